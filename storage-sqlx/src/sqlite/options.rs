use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use okno::base::{Clock, SystemClock};
use okno::store::{Kinds, StoreError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::failure::Failure;
use super::presence::Presence;
use super::store::SqliteStore;

/// How a SQLite store is opened.
///
/// ```no_run
/// # async fn open() -> Result<(), okno::store::StoreError> {
/// use std::time::Duration;
///
/// use okno::store::Kinds;
/// use okno_storage_sqlx::SqliteOptions;
///
/// let store = SqliteOptions::new("desk.db").readers(8).busy_timeout(Duration::from_secs(1));
/// let store = store.open(Kinds::default()).await?;
/// # store.close().await; Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    path: PathBuf,
    pub(crate) readers: u32,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) read_only: bool,
    busy_timeout: Duration,
    create: bool,
    pages_max: Option<u32>,
}

impl SqliteOptions {
    /// Options for a file: it is created when it is missing, four readers, five seconds of patience.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            readers: 4,
            clock: Arc::new(SystemClock),
            read_only: false,
            busy_timeout: Duration::from_secs(5),
            create: true,
            pages_max: None,
        }
    }

    /// How many calls can read at once; at least one.
    #[must_use]
    pub fn readers(mut self, readers: u32) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// The clock that leases follow.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How long a write waits for another program before it fails with [`StoreError::Locked`].
    #[must_use]
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Whether a missing file is created.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Opens the store for reading only: every write fails with [`StoreError::ReadOnly`], and a store that is not up to
    /// date is refused.
    #[must_use]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// Pages of 4096 bytes that the file may have; a write beyond them fails with [`StoreError::Full`].
    #[must_use]
    pub fn pages_max(mut self, pages: u32) -> Self {
        self.pages_max = Some(pages);
        self
    }

    /// Opens the store, with its tables brought up to date. Its writer runs as a task of the present runtime.
    ///
    /// # Errors
    /// See [`SqliteStore::open`].
    pub async fn open(self, kinds: Kinds) -> Result<SqliteStore, StoreError> {
        SqliteStore::with(self, kinds).await
    }

    /// How a reader connects.
    pub(crate) fn reader(&self) -> SqliteConnectOptions {
        self.base().read_only(true).create_if_missing(false).statement_cache_capacity(READER_STATEMENTS)
    }

    /// How the writer connects.
    pub(crate) fn writer(&self) -> SqliteConnectOptions {
        if self.read_only {
            return self.reader();
        }
        let options = self
            .base()
            .create_if_missing(self.create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // What was replaced or deleted is overwritten, and so leaves the file for good.
            .pragma("secure_delete", "ON")
            // What a statement puts aside is small: a file for it costs more than the memory.
            .pragma("temp_store", "MEMORY")
            // Pages of indexes are written again and again: the longer a log, the less often each is moved.
            .pragma("wal_autocheckpoint", LOG_PAGES)
            .pragma("cache_size", WRITER_CACHE)
            .statement_cache_capacity(WRITER_STATEMENTS);
        match self.pages_max {
            Some(pages) => options.pragma("max_page_count", pages.to_string()),
            None => options,
        }
    }

    /// Why the file could not be opened: one that is not there does not appear by trying again.
    pub(crate) fn not_opened(&self, error: sqlx::Error) -> StoreError {
        match StoreError::from(Failure::from(error)) {
            StoreError::Unavailable { source } if !self.path.exists() => StoreError::Missing { source },
            other => other,
        }
    }

    /// The file as it stands now.
    pub(crate) fn presence(&self) -> Presence {
        Presence::of(&self.path)
    }

    fn base(&self) -> SqliteConnectOptions {
        let options = SqliteConnectOptions::new().filename(&self.path).busy_timeout(self.busy_timeout);
        // Rows are gathered as they come: a buffer that is never full spares the thread of the connection its waiting.
        let options = options.row_buffer_size(BUFFERED_ROWS);
        // What refers to what is for decisions to guard; the store has no foreign keys.
        options.foreign_keys(false)
    }
}

/// Rows between the thread of a connection and whoever gathers them.
const BUFFERED_ROWS: usize = 1_024;
/// Texts of statements that the writer keeps prepared: some for each kind and number of rows.
const WRITER_STATEMENTS: usize = 512;
/// Texts of statements that a reader keeps prepared.
const READER_STATEMENTS: usize = 256;
/// Pages of the log after which they are moved to the file (16 MiB).
const LOG_PAGES: &str = "4096";
/// What the writer keeps of the file, in negative KiB as SQLite asks for.
const WRITER_CACHE: &str = "-32768";
