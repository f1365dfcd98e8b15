use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use okno::base::{Clock, Span, Timestamp};
use okno::store::{
    Batch, Event, JournalRead, Kinds, Lease, Leased, Page, Query, Read, Receipt, RisingClock, Store,
    StoreError, View, WorkClaim, WorkList, WorkState,
};
use sqlx::postgres::PgPool;
use sqlx::{Postgres, Transaction};
use tokio::time::timeout;

use super::commit::Groups;
use super::connection::{Connections, Held};
use super::failure::Failure;
use super::lines::Lines;
use super::options::{Connected, PostgresOptions};
use super::together::Together;
use super::{schema, work};
use crate::sql::{Gathering, Tables, Turn, answer, events, is_shared, prepare, view, work_list};

/// A store in one schema of a PostgreSQL database (15 or later), which any number of nodes share.
///
/// The batches of one tenant that wait together are committed in groups, mostly with a single statement; each is
/// answered when the database says that it is durable (`fsync` and `synchronous_commit`, as the server has them). In one
/// tenant, groups come one after the other, also those of other nodes; tenants go on without each other. Nobody
/// who reads waits for those who write.
///
/// A clone is the same store.
///
/// ```no_run
/// # async fn open() -> Result<(), okno::store::StoreError> {
/// use okno::store::Kinds;
/// use okno_storage_sqlx::PostgresStore;
///
/// let store = PostgresStore::open("postgres://okno@localhost/erp", Kinds::default()).await?;
/// # store.close().await; Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct PostgresStore {
    tables: Arc<Tables>,
    readers: Arc<Connections>,
    /// For whoever loads for all who load.
    loaders: Arc<Connections>,
    writers: Arc<Connections>,
    loads: Arc<Gathering<Together>>,
    lines: Arc<Lines<Groups>>,
    /// The clock of the options; that of the database otherwise.
    clock: Option<Arc<dyn Clock>>,
    /// The latest time of the database that was told.
    latest: Arc<AtomicI64>,
    commits: Arc<AtomicU64>,
    answer_timeout: Duration,
}

impl PostgresStore {
    /// Opens the store in the schema `okno` of a database, with its tables brought up to date.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] when a newer program wrote it, [`StoreError::Unstorable`] when a kind cannot be a
    /// table or the database is not encoded as UTF-8, [`StoreError::Missing`] when there is no such database,
    /// [`StoreError::ReadOnly`] when the tables need a change and cannot be changed, and [`StoreError::Unavailable`].
    pub async fn open(url: impl Into<String>, kinds: Kinds) -> Result<Self, StoreError> {
        PostgresOptions::new(url).open(kinds).await
    }

    /// Opens the store in the schema `okno` of the database of the host's own pool.
    ///
    /// # Errors
    /// As of [`PostgresStore::open`].
    pub async fn with_pool(pool: PgPool, kinds: Kinds) -> Result<Self, StoreError> {
        PostgresOptions::with_pool(pool).open(kinds).await
    }

    pub(crate) async fn with(options: PostgresOptions, kinds: Kinds) -> Result<Self, StoreError> {
        let tables = Arc::new(Tables::new(kinds, Some(&options.schema))?);
        let Connected { readers, loaders, writers } = options.connections()?;
        let loads = Arc::new(Gathering::new(Together(tables.clone())));
        // A table may take long to be brought up to date: nobody looks at the clock.
        let mut held = writers.take().await?;
        let prepared = schema::prepare(&mut held, &tables, &options.schema).await;
        let epoch = held.settle(Ok(prepared))?;
        let commits = Arc::new(AtomicU64::new(0));
        let groups = Groups {
            tables: tables.clone(),
            schema: options.schema,
            connections: writers.clone(),
            loads: loads.clone(),
            lock_timeout: options.lock_timeout,
            answer_timeout: options.answer_timeout,
            epoch: AtomicI64::new(epoch),
            commits: commits.clone(),
        };
        let lines = Arc::new(Lines::new(groups, options.committers));
        let clock = options.clock.map(|clock| Arc::new(RisingClock::new(clock)) as Arc<dyn Clock>);
        let latest = Arc::new(AtomicI64::new(Timestamp::MIN.millis()));
        let answer_timeout = options.answer_timeout;
        Ok(Self { tables, readers, loaders, writers, loads, lines, clock, latest, commits, answer_timeout })
    }

    /// Commits what was sent and ends; every later call fails with [`StoreError::Closed`].
    pub async fn close(&self) {
        self.lines.close().await;
        self.readers.close();
        self.loaders.close();
        self.writers.close();
    }

    /// Commits a batch as a part of a transaction that the host began in the same database: the host's own rows and the
    /// batch take effect together or not at all. It is refused as [`Store::commit`] refuses; the transaction stays usable,
    /// with nothing of the batch in it.
    ///
    /// ```no_run
    /// # async fn book(store: okno_storage_sqlx::PostgresStore, erp: sqlx::PgPool, batch: okno::store::Batch)
    /// # -> Result<(), Box<dyn std::error::Error>> {
    /// let mut transaction = erp.begin().await?;
    /// let receipt = store.commit_within(&mut transaction, batch).await?;
    /// let text = "INSERT INTO invoice (number, request) VALUES ($1, $2)";
    /// sqlx::query(text).bind("2041").bind(receipt.subject).execute(&mut *transaction).await?;
    /// transaction.commit().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// From here until the transaction ends, everybody else who commits in the tenant waits for it, the store's own
    /// committer included, and fails with [`StoreError::Locked`] after the lock timeout; so let this be the last that the
    /// transaction does. Other tenants go on. Nothing that the desk plans or reads sees the batch before the end.
    ///
    /// # Errors
    /// The refusals of [`Store::commit`]; [`StoreError::Locked`] when somebody holds the tenant for too long, or wrote
    /// since a transaction of an isolation above READ COMMITTED began; [`StoreError::Missing`] when the database of the
    /// transaction has no such tables.
    pub async fn commit_within(
        &self,
        transaction: &mut Transaction<'_, Postgres>,
        batch: Batch,
    ) -> Result<Receipt, StoreError> {
        let batch = prepare(batch, &self.tables)?;
        Ok(self.lines.committer()?.within(transaction, batch).await?)
    }

    /// How many groups were committed: with many callers at once, far fewer than batches.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    async fn reader(&self) -> Result<Held<'_>, Failure> {
        self.readers.take().await
    }

    fn leased_from(&self) -> Option<Timestamp> {
        self.clock.as_ref().map(|clock| clock.now())
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn load(&self, read: Read) -> Result<View, StoreError> {
        read.within_limits()?;
        let read = Arc::new(read);
        if is_shared(&read) {
            read.keys.iter().try_for_each(|key| self.tables.get(key.kind.name).map(drop))?;
            match self.loads.ask(&read).await {
                Turn::Found(found) => return found.view(),
                Turn::Lead(mut lead) => {
                    // Whoever was answered at the same time asks now as well.
                    tokio::task::yield_now().await;
                    let mut loader = self.loaders.take().await?;
                    let found = timeout(self.answer_timeout, lead.read(&mut loader, &read)).await;
                    return loader.settle(found)?.view();
                }
                Turn::Alone => {}
            }
        }
        let mut reader = self.reader().await?;
        let view = timeout(self.answer_timeout, view::<Postgres>(&mut reader, &self.tables, &read)).await;
        Ok(reader.settle(view)?)
    }

    async fn query(&self, asked: Query) -> Result<Page, StoreError> {
        asked.within_limits()?;
        let mut reader = self.reader().await?;
        let page = timeout(self.answer_timeout, answer::<Postgres>(&mut reader, &self.tables, &asked)).await;
        Ok(reader.settle(page)?)
    }

    async fn commit(&self, batch: Batch) -> Result<Receipt, StoreError> {
        self.lines.commit(prepare(batch, &self.tables)?).await
    }

    async fn events(&self, read: JournalRead) -> Result<Vec<Event>, StoreError> {
        read.within_limits()?;
        let mut reader = self.reader().await?;
        let events = timeout(self.answer_timeout, events::<Postgres>(&mut reader, &self.tables, &read)).await;
        Ok(reader.settle(events)?)
    }

    async fn claim(&self, claim: WorkClaim) -> Result<Vec<Leased>, StoreError> {
        claim.within_limits()?;
        let mut writer = self.writers.take().await?;
        let leased = work::claim(&mut writer, &self.tables, &claim, self.leased_from());
        let leased = timeout(self.answer_timeout, leased).await;
        Ok(writer.settle(leased)?)
    }

    async fn renew(&self, lease: Lease, span: Span) -> Result<(), StoreError> {
        let mut writer = self.writers.take().await?;
        let renewed = work::renew(&mut writer, &self.tables, (&lease, span), self.leased_from());
        let renewed = timeout(self.answer_timeout, renewed).await;
        Ok(writer.settle(renewed)?)
    }

    async fn work(&self, list: WorkList) -> Result<Vec<WorkState>, StoreError> {
        list.within_limits()?;
        let mut reader = self.reader().await?;
        let listed =
            timeout(self.answer_timeout, work_list::<Postgres>(&mut reader, &self.tables, &list)).await;
        Ok(reader.settle(listed)?)
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        if let Some(now) = self.leased_from() {
            return Ok(now);
        }
        let mut reader = self.reader().await?;
        let now = timeout(self.answer_timeout, work::now(&mut reader)).await;
        let now = reader.settle(now)?;
        let before = self.latest.fetch_max(now.millis(), Ordering::SeqCst);
        // Invariant: only instants are put in, so that this one is one.
        Ok(Timestamp::from_millis(before).map_or(now, |before| now.max(before)))
    }
}
