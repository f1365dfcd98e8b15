use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use okno::base::{Clock, Span, SystemClock};
use okno::engine::{DeliveryError, Messenger};
use okno::life::request::Effect;
use okno::store::{Store, StoreError};
use okno::{TenantId, Timestamp};
use okno_storage_sqlx::{PostgresOptions, SqliteOptions};
use uuid::Uuid;

use crate::kinds;

/// A store that several processes can open, in words that fit on a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedStore {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A schema of a PostgreSQL database.
    Postgres {
        /// The schema.
        schema: String,
        /// The URL of the database.
        url: String,
    },
}

impl SharedStore {
    /// The words.
    ///
    /// # Panics
    /// When a path is no text.
    #[must_use]
    pub fn to_words(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite {}", path.to_str().expect("a path of text")),
            Self::Postgres { schema, url } => format!("postgres {schema} {url}"),
        }
    }

    /// Reads the words.
    #[must_use]
    pub fn from_words(words: &str) -> Option<Self> {
        match words.split_once(' ')? {
            ("sqlite", path) => Some(Self::Sqlite(path.into())),
            ("postgres", rest) => {
                let (schema, url) = rest.split_once(' ')?;
                Some(Self::Postgres { schema: schema.to_owned(), url: url.to_owned() })
            }
            _ => None,
        }
    }

    /// Opens the store. Its leases follow its own clock, which is wrong by a span: that of the machine, or of the database.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn open(&self, wrong: Span) -> Result<Arc<dyn Store>, StoreError> {
        let clock = Arc::new(Shifted(wrong));
        match self {
            Self::Sqlite(path) => Ok(Arc::new(SqliteOptions::new(path).clock(clock).open(kinds()).await?)),
            Self::Postgres { schema, url } => {
                let options = PostgresOptions::new(url).schema(schema).readers(4).committers(2);
                // Tests do not wait as long as hosts.
                let options = options.lock_timeout(Duration::from_secs(1));
                let options = options.answer_timeout(Duration::from_secs(3));
                let options = options.acquire_timeout(Duration::from_secs(1));
                let options = if wrong == Span::ZERO { options } else { options.clock(clock) };
                Ok(Arc::new(options.open(kinds()).await?))
            }
        }
    }
}

/// The machine's clock, wrong by a span.
#[derive(Debug, Clone, Copy)]
pub struct Shifted(pub Span);

impl Clock for Shifted {
    fn now(&self) -> Timestamp {
        SystemClock.now() + self.0
    }
}

/// A receiver of messages in a file: each is a line with its key, as long as the process lives that appends it.
#[derive(Debug)]
pub struct PostFile(File);

impl PostFile {
    /// Opens the file, which is made when it is not there.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[must_use]
    pub fn open(path: &Path) -> Self {
        Self(OpenOptions::new().create(true).append(true).open(path).expect("the post can be opened"))
    }

    /// Everything that was delivered, in order.
    ///
    /// # Panics
    /// When a line is none that was written whole.
    #[must_use]
    pub fn read(path: &Path) -> Vec<(Uuid, Effect)> {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = |line: &str| {
            let (key, effect) = line.split_once(' ')?;
            Some((key.parse().ok()?, serde_json::from_str(effect).ok()?))
        };
        text.lines().map(|text| line(text).unwrap_or_else(|| panic!("a torn line: {text}"))).collect()
    }
}

#[async_trait]
impl Messenger for PostFile {
    async fn deliver(&self, _: TenantId, key: Uuid, effect: &Effect) -> Result<(), DeliveryError> {
        let failed = |reason: String| DeliveryError { reason, retryable: true };
        let effect = serde_json::to_string(effect).map_err(|error| failed(error.to_string()))?;
        // One write, so that whoever kills the process leaves all of the line or nothing of it.
        let line = format!("{key} {effect}\n");
        (&self.0).write_all(line.as_bytes()).map_err(|error| failed(error.to_string()))
    }
}
