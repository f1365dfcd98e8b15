use std::fmt;
use std::sync::Arc;

use okno::store::{DecodeError, StoreError};
use tokio::time::error::Elapsed;

/// Why a statement, or a group of them, did not succeed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The database refused a statement, or could not be asked: nothing was changed.
    Sql(Arc<sqlx::Error>),
    /// The database was asked for a change, and its answer was lost.
    Lost(Arc<sqlx::Error>),
    /// The database did not answer in time: nothing was changed.
    Late(Arc<Elapsed>),
    /// The database was asked for a change and did not answer in time.
    LateAnswer(Arc<Elapsed>),
    /// It is the caller's, or what was read makes no sense.
    Store(StoreError),
}

impl Failure {
    /// The failure of a statement that changes something by itself, or of a commit: whatever the database did not refuse
    /// in so many words may have happened.
    pub(crate) fn of_a_change(self) -> Self {
        match self {
            Self::Sql(error) if is_lost(&error) => Self::Lost(error),
            other => other.of_a_late_commit(),
        }
    }

    /// The failure of a transaction that did not end in time: it may have been about to commit.
    pub(crate) fn of_a_late_commit(self) -> Self {
        match self {
            Self::Late(late) => Self::LateAnswer(late),
            other => other,
        }
    }

    /// The same failure once more, when it concerns the store as a whole and not one of the calls.
    pub(crate) fn of_the_store(&self) -> Option<Self> {
        match self {
            Self::Sql(error) if is_of_a_row(error) => None,
            Self::Sql(error) => Some(Self::Sql(error.clone())),
            Self::Lost(error) => Some(Self::Lost(error.clone())),
            Self::Late(late) => Some(Self::Late(late.clone())),
            Self::LateAnswer(late) => Some(Self::LateAnswer(late.clone())),
            Self::Store(StoreError::NewerSchema { what, found, known }) => {
                let (what, found, known) = (what.clone(), *found, *known);
                Some(StoreError::NewerSchema { what, found, known }.into())
            }
            Self::Store(StoreError::Closed) => Some(StoreError::Closed.into()),
            Self::Store(_) => None,
        }
    }

    /// Whether the connection is of use afterwards: the database answered.
    pub(crate) fn leaves_the_connection(&self) -> bool {
        match self {
            Self::Sql(error) | Self::Lost(error) => error.as_database_error().is_some() && !is_lost(error),
            Self::Late(_) | Self::LateAnswer(_) => false,
            Self::Store(_) => true,
        }
    }

    /// Whether a statement that looked at nothing before it wrote was refused by what it found: a lease that was taken,
    /// a row that is there, a table that was changed. Looking first tells what it is.
    pub(crate) fn asks_for_a_look(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        is_of_a_row(error)
            || matches!(
                &*code(error),
                DEADLOCK | SERIALIZATION | UNDEFINED_TABLE | UNDEFINED_COLUMN | CHANGED_RESULT
            )
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
            Failure::Lost(error) => Self::Unknown { source: Box::new(Seen(error)) },
            Failure::Late(late) => Self::Unavailable { source: Box::new(late) },
            Failure::LateAnswer(late) => Self::Unknown { source: Box::new(late) },
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
    let (of_a_row, code) = (is_of_a_row(&error), code(&error).into_owned());
    let unreadable = matches!(
        *error,
        sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
    );
    let source = Box::new(Seen(error));
    match &*code {
        LOCK_TIMEOUT | DEADLOCK | SERIALIZATION => StoreError::Locked { source },
        READ_ONLY | NO_PRIVILEGE => StoreError::ReadOnly { source },
        DISK_FULL => StoreError::Full { source },
        NO_DATABASE | NO_SCHEMA | UNDEFINED_TABLE => StoreError::Missing { source },
        UNDEFINED_COLUMN => StoreError::Corrupt { what: "a table".to_owned(), source },
        DATA_CORRUPTED | INDEX_CORRUPTED => StoreError::Corrupt { what: "the database".to_owned(), source },
        code if code.starts_with(BEYOND_A_LIMIT) => {
            StoreError::Unstorable { what: "a row".to_owned(), source }
        }
        NOT_IN_ENCODING => StoreError::Unstorable { what: "a text".to_owned(), source },
        _ if of_a_row || unreadable => StoreError::Corrupt { what: "a row".to_owned(), source },
        _ => StoreError::Unavailable { source },
    }
}

/// Whether nobody knows what became of a statement: the connection ended, or the server ended it.
fn is_lost(error: &sqlx::Error) -> bool {
    let code = code(error);
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => {
            true
        }
        _ => SERVER_ENDS.contains(&&*code) || code.starts_with(CONNECTION),
    }
}

/// Whether a statement was refused by what one row holds.
fn is_of_a_row(error: &sqlx::Error) -> bool {
    let code = code(error);
    OF_A_ROW.iter().any(|class| code.starts_with(class))
}

/// What PostgreSQL calls the error (<https://www.postgresql.org/docs/15/errcodes-appendix.html>); empty when it said
/// nothing.
fn code(error: &sqlx::Error) -> std::borrow::Cow<'_, str> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default()
}

/// Data that do not fit, a constraint, and limits of the program.
const OF_A_ROW: [&str; 3] = ["22", "23", BEYOND_A_LIMIT];
const BEYOND_A_LIMIT: &str = "54";
const CONNECTION: &str = "08";
const NOT_IN_ENCODING: &str = "22021";
const READ_ONLY: &str = "25006";
const NO_DATABASE: &str = "3D000";
const NO_SCHEMA: &str = "3F000";
const SERIALIZATION: &str = "40001";
const DEADLOCK: &str = "40P01";
const NO_PRIVILEGE: &str = "42501";
const UNDEFINED_COLUMN: &str = "42703";
const UNDEFINED_TABLE: &str = "42P01";
/// A statement that was prepared before a table was changed.
const CHANGED_RESULT: &str = "0A000";
const DISK_FULL: &str = "53100";
const LOCK_TIMEOUT: &str = "55P03";
/// An administrator ends the connection, the server crashed, or it cannot be connected to.
const SERVER_ENDS: [&str; 4] = ["57P01", "57P02", "57P03", "25P03"];
const DATA_CORRUPTED: &str = "XX001";
const INDEX_CORRUPTED: &str = "XX002";

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
