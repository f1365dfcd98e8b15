//! Rows that were read, of any database.

use okno::store::{Queue, StoreError};
use sqlx::{ColumnIndex, Decode, Row, Type};
use uuid::Uuid;

/// A row whose values are read by their places. A number is whole, and what it means is the reader's affair.
pub(crate) trait SqlRow: Send + Sync {
    /// A number that can be absent.
    fn some_int(&self, at: usize) -> Result<Option<i64>, StoreError>;
    /// An id that can be absent.
    fn some_id(&self, at: usize) -> Result<Option<Uuid>, StoreError>;
    /// A text that can be absent.
    fn some_text(&self, at: usize) -> Result<Option<&str>, StoreError>;
    /// Bytes that can be absent.
    fn some_bytes(&self, at: usize) -> Result<Option<&[u8]>, StoreError>;

    /// A number.
    fn int(&self, at: usize) -> Result<i64, StoreError> {
        self.some_int(at)?.ok_or_else(|| absent(at))
    }

    /// A number that cannot be negative.
    fn number(&self, at: usize) -> Result<u64, StoreError> {
        u64::try_from(self.int(at)?).map_err(|why| corrupt("a number", why))
    }

    /// A number that is neither negative nor large.
    fn small(&self, at: usize) -> Result<u32, StoreError> {
        u32::try_from(self.int(at)?).map_err(|why| corrupt("a number", why))
    }

    /// An id.
    fn id(&self, at: usize) -> Result<Uuid, StoreError> {
        self.some_id(at)?.ok_or_else(|| absent(at))
    }

    /// A text.
    fn text(&self, at: usize) -> Result<&str, StoreError> {
        self.some_text(at)?.ok_or_else(|| absent(at))
    }

    /// Bytes.
    fn bytes(&self, at: usize) -> Result<&[u8], StoreError> {
        self.some_bytes(at)?.ok_or_else(|| absent(at))
    }

    /// The queue of a code.
    fn queue(&self, at: usize) -> Result<Queue, StoreError> {
        let code = self.text(at)?;
        let queue = Queue::ALL.into_iter().find(|queue| queue.code() == code);
        queue.ok_or_else(|| corrupt("a queue", format!("`{code}` is not a queue")))
    }
}

impl<R> SqlRow for R
where
    R: Row,
    usize: ColumnIndex<R>,
    i64: for<'r> Decode<'r, R::Database> + Type<R::Database>,
    Uuid: for<'r> Decode<'r, R::Database> + Type<R::Database>,
    for<'r> &'r str: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> &'r [u8]: Decode<'r, R::Database> + Type<R::Database>,
{
    fn some_int(&self, at: usize) -> Result<Option<i64>, StoreError> {
        self.try_get(at).map_err(unreadable)
    }

    fn some_id(&self, at: usize) -> Result<Option<Uuid>, StoreError> {
        self.try_get(at).map_err(unreadable)
    }

    fn some_text(&self, at: usize) -> Result<Option<&str>, StoreError> {
        self.try_get(at).map_err(unreadable)
    }

    fn some_bytes(&self, at: usize) -> Result<Option<&[u8]>, StoreError> {
        self.try_get(at).map_err(unreadable)
    }
}

/// What was read back makes no sense.
pub(crate) fn corrupt(what: &str, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Corrupt { what: what.to_owned(), source: why.into() }
}

fn unreadable(error: sqlx::Error) -> StoreError {
    corrupt("a row", error)
}

fn absent(at: usize) -> StoreError {
    corrupt("a row", format!("nothing stands at place {at}"))
}
