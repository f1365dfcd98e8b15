use std::fmt;
use std::io;
use std::sync::Arc;

use okno::store::{DecodeError, StoreError};

/// Why a statement, or a group of them, did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The database refused a statement: nothing was changed.
    Sql(Arc<sqlx::Error>),
    /// The database refused to commit.
    Commit(Arc<sqlx::Error>),
    /// The file went away before anything was changed.
    Gone(Arc<io::Error>),
    /// The file went away while it was changed.
    Lost(Arc<io::Error>),
    /// It is the caller's, or what was read makes no sense.
    Store(StoreError),
}

impl Failure {
    /// The same failure once more, when it concerns the store as a whole and not one of the calls.
    pub(crate) fn of_the_store(&self) -> Option<Self> {
        match self {
            Self::Sql(error) => match code(error) {
                Some(CONSTRAINT | FULL | CORRUPT | TOO_BIG) => None,
                _ => Some(Self::Sql(error.clone())),
            },
            Self::Commit(error) => Some(Self::Commit(error.clone())),
            Self::Gone(error) => Some(Self::Gone(error.clone())),
            Self::Lost(error) => Some(Self::Lost(error.clone())),
            Self::Store(StoreError::NewerSchema { what, found, known }) => {
                let (what, found, known) = (what.clone(), *found, *known);
                Some(StoreError::NewerSchema { what, found, known }.into())
            }
            Self::Store(_) => None,
        }
    }

    /// Whether the connection may be of no use any more: the database itself said nothing of what hinders it.
    pub(crate) fn is_of_the_connection(&self) -> bool {
        match self {
            Self::Sql(error) | Self::Commit(error) => {
                !matches!(code(error), Some(BUSY | LOCKED | READ_ONLY | FULL))
            }
            Self::Gone(_) | Self::Lost(_) | Self::Store(_) => false,
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(Arc::new(error))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        Self::Store(error.into())
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Sql(error) => of_sql(error),
            Failure::Commit(error) => match code(&error) {
                // Neither leaves anything of the transaction behind.
                Some(BUSY | LOCKED | FULL | READ_ONLY) => of_sql(error),
                _ => Self::Unknown { source: Box::new(Seen(error)) },
            },
            Failure::Gone(error) => Self::Missing { source: Box::new(error) },
            Failure::Lost(error) => Self::Unknown { source: Box::new(error) },
            Failure::Store(error) => error,
        }
    }
}

/// The store cannot be reached.
pub(crate) fn unavailable(why: &'static str) -> StoreError {
    StoreError::Unavailable { source: why.into() }
}

fn of_sql(error: Arc<sqlx::Error>) -> StoreError {
    if matches!(*error, sqlx::Error::PoolClosed) {
        return StoreError::Closed;
    }
    let code = code(&error);
    let unreadable = matches!(
        *error,
        sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
    );
    let source = Box::new(Seen(error));
    match code {
        Some(BUSY | LOCKED) => StoreError::Locked { source },
        Some(READ_ONLY) => StoreError::ReadOnly { source },
        Some(FULL) => StoreError::Full { source },
        Some(CORRUPT | NOT_A_DATABASE) => StoreError::Corrupt { what: "the file".to_owned(), source },
        Some(CONSTRAINT) => StoreError::Corrupt { what: "a row".to_owned(), source },
        Some(TOO_BIG) => StoreError::Unstorable { what: "a row".to_owned(), source },
        _ if unreadable => StoreError::Corrupt { what: "a row".to_owned(), source },
        _ => StoreError::Unavailable { source },
    }
}

/// The primary result code of SQLite (<https://www.sqlite.org/rescode.html>).
fn code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READ_ONLY: i32 = 8;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const TOO_BIG: i32 = 18;
const CONSTRAINT: i32 = 19;
const NOT_A_DATABASE: i32 = 26;

/// An error of the driver that several callers see.
#[derive(Debug)]
struct Seen(Arc<sqlx::Error>);

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Seen {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
