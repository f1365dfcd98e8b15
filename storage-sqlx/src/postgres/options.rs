use std::fmt;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use okno::base::Clock;
use okno::store::{Kinds, StoreError};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::connection::Connections;
use super::failure::Failure;
use super::store::PostgresStore;

/// How a PostgreSQL store is opened.
///
/// ```no_run
/// # async fn open() -> Result<(), okno::store::StoreError> {
/// use std::time::Duration;
///
/// use okno::store::Kinds;
/// use okno_storage_sqlx::PostgresOptions;
///
/// let store = PostgresOptions::new("postgres://okno@localhost/erp").schema("service_desk");
/// let store = store.lock_timeout(Duration::from_secs(2)).open(Kinds::default()).await?;
/// # store.close().await; Ok(()) }
/// ```
#[derive(Clone)]
pub struct PostgresOptions {
    source: Source,
    pub(crate) schema: String,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    readers: u32,
    pub(crate) committers: u32,
    pub(crate) lock_timeout: Duration,
    pub(crate) answer_timeout: Duration,
    acquire_timeout: Duration,
}

/// Connections, by what they are for.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) readers: Arc<Connections>,
    pub(crate) loaders: Arc<Connections>,
    /// Those of committers and workers.
    pub(crate) writers: Arc<Connections>,
}

/// Where connections come from.
#[derive(Clone)]
enum Source {
    Url(String),
    Pool(PgPool),
}

impl PostgresOptions {
    /// Options for a database by its URL, `postgres://user:password@host:port/database`: the schema `okno`, eight readers,
    /// eight committers, the clock of the database.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self::of(Source::Url(url.into()))
    }

    /// Options for the database of the host's own pool, which serves everything: it needs a connection for each committer
    /// that is to commit at once, and some to read. The host closes it.
    #[must_use]
    pub fn with_pool(pool: PgPool) -> Self {
        Self::of(Source::Pool(pool))
    }

    fn of(source: Source) -> Self {
        Self {
            source,
            schema: "okno".to_owned(),
            clock: None,
            readers: 8,
            committers: 8,
            lock_timeout: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(30),
            acquire_timeout: Duration::from_secs(5),
        }
    }

    /// The schema that holds the tables; it is made when it is missing. Several stores can share a database, each in a
    /// schema of its own.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// The clock that leases follow, in place of that of the database, which all nodes share.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// How many calls can read at once; at least one.
    #[must_use]
    pub fn readers(mut self, readers: u32) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// How many tenants can commit at once; at least one. The batches of one tenant commit one group after the other.
    #[must_use]
    pub fn committers(mut self, committers: u32) -> Self {
        self.committers = committers.max(1);
        self
    }

    /// How long a commit waits for somebody who holds the tenant before it fails with [`StoreError::Locked`].
    #[must_use]
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = timeout.max(LEAST);
        self
    }

    /// How long the database may take to answer before a call fails with [`StoreError::Unavailable`], or a commit with
    /// [`StoreError::Unknown`]; the server ends a transaction of a program that stopped after the same time.
    #[must_use]
    pub fn answer_timeout(mut self, timeout: Duration) -> Self {
        self.answer_timeout = timeout.max(LEAST);
        self
    }

    /// How long a call waits for a connection before it fails with [`StoreError::Unavailable`].
    #[must_use]
    pub fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout.max(LEAST);
        self
    }

    /// Opens the store, with its tables brought up to date. Commits run as tasks of the present runtime.
    ///
    /// # Errors
    /// See [`PostgresStore::open`].
    pub async fn open(self, kinds: Kinds) -> Result<PostgresStore, StoreError> {
        PostgresStore::with(self, kinds).await
    }

    /// The connections, by what they are for.
    pub(crate) fn connections(&self) -> Result<Connected, StoreError> {
        let writers = self.committers + WORKERS;
        let (reading, writing, keeps) = match &self.source {
            Source::Pool(pool) => (pool.clone(), pool.clone(), false),
            Source::Url(url) => {
                let options = PgConnectOptions::from_str(url).map_err(Failure::from)?;
                let options = options.application_name("okno").options([
                    ("jit", "off".to_owned()),
                    ("statement_timeout", self.answer_timeout.as_millis().to_string()),
                ]);
                let reading = options.clone().statement_cache_capacity(READER_STATEMENTS);
                // Groups are written and records loaded in few shapes: planning each anew would cost more than running
                // it. A plan that was made while a table was small has to serve when it is large.
                let writing = options
                    .options([("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off")])
                    .statement_cache_capacity(WRITER_STATEMENTS);
                (self.pool(reading, self.readers), self.pool(writing, writers + LOADERS), true)
            }
        };
        let connections =
            |pool: &PgPool, most| Arc::new(Connections::new(pool.clone(), most, self.acquire_timeout, keeps));
        Ok(Connected {
            readers: connections(&reading, self.readers),
            loaders: connections(&writing, LOADERS),
            writers: connections(&writing, writers),
        })
    }

    fn pool(&self, options: PgConnectOptions, most: u32) -> PgPool {
        PgPoolOptions::new()
            .max_connections(most)
            .acquire_timeout(self.acquire_timeout)
            .idle_timeout(None)
            .max_lifetime(None)
            // Who keeps connections asks those that were not used lately.
            .test_before_acquire(false)
            .connect_lazy_with(options)
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL may hold a password.
        f.debug_struct("PostgresOptions")
            .field("schema", &self.schema)
            .field("readers", &self.readers)
            .field("committers", &self.committers)
            .field("lock_timeout", &self.lock_timeout)
            .field("answer_timeout", &self.answer_timeout)
            .field("acquire_timeout", &self.acquire_timeout)
            .finish_non_exhaustive()
    }
}

/// No time at all would mean for ever to PostgreSQL.
const LEAST: Duration = Duration::from_millis(1);
/// Connections beside those of the committers, for those who lease work.
const WORKERS: u32 = 2;
/// Connections of those who load for all who load: one does at a time.
const LOADERS: u32 = 1;
/// Texts of statements that a writer keeps prepared: the shapes of groups, and each takes room on the server.
const WRITER_STATEMENTS: usize = 128;
/// Texts of statements that a reader keeps prepared.
const READER_STATEMENTS: usize = 256;
