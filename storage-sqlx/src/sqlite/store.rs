use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use okno::base::{Clock, Span, Timestamp};
use okno::store::{
    Batch, Event, JournalRead, Kinds, Lease, Leased, Page, Query, Read, Receipt, RisingClock, Store,
    StoreError, View, WorkClaim, WorkList, WorkState,
};
use sqlx::{ConnectOptions as _, Sqlite, Transaction};
use tokio::sync::{mpsc, oneshot};

use super::options::SqliteOptions;
use super::presence::Presence;
use super::readers::{Reader, Readers};
use super::together::Together;
use super::writer::{Job, Reply, Writer};
use super::{schema, within, work};
use crate::sql::{Gathering, Tables, Turn, answer, events, is_shared, prepare, view, work_list};

/// A store in one SQLite file.
///
/// One task writes: it commits the batches that wait together, and answers each when the file is synced (WAL,
/// `synchronous=FULL`). Readers never wait for it. Several stores, of one program or of several, may share a file on a
/// local disk; each waits for the others' writes, and one whose tables a
/// newer program brought up to date meanwhile is refused with [`StoreError::NewerSchema`] when it writes.
///
/// A clone is the same store. The writer ends when the last clone is dropped and everything sent to it is done;
/// [`SqliteStore::close`] waits for that.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use okno::store::{Kinds, Store};
/// use okno_storage_sqlx::SqliteStore;
///
/// let dir = tempfile::tempdir()?;
/// let store = SqliteStore::open(dir.path().join("desk.db"), Kinds::default()).await?;
/// assert!(store.now().await?.millis() > 0);
/// store.close().await;
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct SqliteStore {
    readers: Arc<Readers>,
    /// Where the writer takes its jobs; `None` for a store that is only read.
    writer: Option<mpsc::Sender<Job>>,
    tables: Arc<Tables>,
    clock: Arc<dyn Clock>,
    commits: Arc<AtomicU64>,
    file: Arc<Presence>,
    loads: Arc<Gathering<Together>>,
}

impl SqliteStore {
    /// Opens the store in a file, which is created when it is missing, with its tables brought up to date.
    ///
    /// # Errors
    /// [`StoreError::NewerSchema`] when a newer program wrote it, [`StoreError::Unstorable`] when a kind cannot be a
    /// table, [`StoreError::Missing`] when there is no file and none can be made, [`StoreError::ReadOnly`],
    /// [`StoreError::Locked`], [`StoreError::Corrupt`] and [`StoreError::Unavailable`] by the state of the file.
    pub async fn open(path: impl AsRef<Path>, kinds: Kinds) -> Result<Self, StoreError> {
        SqliteOptions::new(path).open(kinds).await
    }

    pub(crate) async fn with(options: SqliteOptions, kinds: Kinds) -> Result<Self, StoreError> {
        let tables = Arc::new(Tables::new(kinds, None)?);
        let connected = options.writer().connect().await;
        let mut connection = connected.map_err(|error| options.not_opened(error))?;
        schema::prepare(&mut connection, &tables).await?;
        let commits = Arc::new(AtomicU64::new(0));
        let clock: Arc<dyn Clock> = Arc::new(RisingClock::new(options.clock.clone()));
        let loads = Arc::new(Gathering::new(Together::new(&tables)));
        let writer = (!options.read_only).then(|| {
            let (sender, jobs) = mpsc::channel(JOBS_MAX);
            let (clock, commits) = (clock.clone(), commits.clone());
            let writer = Writer::new((connection, &options), (tables.clone(), loads.clone()), clock, commits);
            tokio::spawn(writer.run(jobs));
            sender
        });
        let readers = Arc::new(Readers::new(&options));
        let file = Arc::new(options.presence());
        Ok(Self { readers, writer, tables, clock, commits, file, loads })
    }

    /// Commits what was sent, moves it into the file itself and ends; every later call fails with
    /// [`StoreError::Closed`].
    pub async fn close(&self) {
        let (sender, done) = oneshot::channel();
        // The writer comes first, as readers of waiting calls hold nothing that it needs; it is gone already when
        // neither the sending nor the answer succeeds.
        if let Some(writer) = &self.writer
            && writer.send(Job::Close(sender)).await.is_ok()
        {
            let _ = done.await;
        }
        self.readers.close().await;
    }

    /// Writes the file anew, so that neither it nor its log holds a byte of what was erased, replaced or deleted before.
    ///
    /// It takes as long as writing the whole file, and needs room for a second one; commits wait meanwhile, readers do
    /// not. Copies that others made, such as backups, are theirs to look after.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another program, or a long read, keeps the log in use: nothing is lost, and it can be
    /// asked again. [`StoreError::Full`], [`StoreError::ReadOnly`], [`StoreError::Closed`].
    pub async fn compact(&self) -> Result<(), StoreError> {
        self.send(Job::Compact).await
    }

    /// Commits a batch as a part of a transaction that the host began on the same file: the host's own rows and the batch
    /// take effect together or not at all. It is refused as [`Store::commit`] refuses; the transaction stays usable, with
    /// nothing of the batch in it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use okno::base::{CommandId, TenantId, Timestamp};
    /// # use okno::store::{Batch, Digest, Kinds, Origin};
    /// # use okno_storage_sqlx::SqliteStore;
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("erp.db");
    /// # let store = SqliteStore::open(&path, Kinds::default()).await?;
    /// # let (tenant, id) = (TenantId(uuid::Uuid::from_u128(1)), CommandId(uuid::Uuid::from_u128(2)));
    /// # let batch = Batch::new(tenant, Timestamp::from_millis(0)?, id, Digest::of(&[]), Origin::SYSTEM);
    /// let erp = sqlx::SqlitePool::connect_with(sqlx::sqlite::SqliteConnectOptions::new().filename(&path)).await?;
    /// let mut transaction = erp.begin_with("BEGIN IMMEDIATE").await?;
    /// sqlx::query("CREATE TABLE invoice (number TEXT)").execute(&mut *transaction).await?;
    /// store.commit_within(&mut transaction, batch).await?;
    /// transaction.commit().await?;
    /// # store.close().await;
    /// # Ok(()) }
    /// ```
    ///
    /// Begin with `BEGIN IMMEDIATE`: a transaction that read before it writes may find that others wrote meanwhile. Until it
    /// ends, every other writer of the file waits, the store's own included, and nothing that the desk plans or reads sees
    /// the batch. How durable the transaction is, is up to the host's connection (`synchronous`).
    ///
    /// # Errors
    /// The refusals of [`Store::commit`]; [`StoreError::Locked`] when somebody else wrote since the transaction began;
    /// [`StoreError::Missing`] when the connection is to another database.
    pub async fn commit_within(
        &self,
        transaction: &mut Transaction<'_, Sqlite>,
        batch: Batch,
    ) -> Result<Receipt, StoreError> {
        if self.writer.is_none() {
            return Err(read_only());
        }
        Ok(within::commit(transaction, &self.tables, &self.file, batch).await?)
    }

    /// How many transactions the writer committed: with many callers at once, far fewer than batches.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// A connection to read with. A file that is gone can still be read by who has it open; what it holds is no answer any
    /// more.
    async fn reader(&self) -> Result<Reader<'_>, StoreError> {
        self.file.check().map_err(|error| StoreError::Missing { source: Box::new(error) })?;
        Ok(self.readers.take().await?)
    }

    /// Sends a job to the writer and waits for its answer.
    async fn send<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, StoreError> {
        let Some(writer) = &self.writer else {
            return Err(read_only());
        };
        let (sender, answer) = oneshot::channel();
        writer.send(job(sender)).await.map_err(|_| StoreError::Closed)?;
        // A writer that ended in the middle cannot say what became of the job.
        answer.await.unwrap_or_else(|lost| Err(StoreError::Unknown { source: Box::new(lost) }))
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn load(&self, read: Read) -> Result<View, StoreError> {
        read.within_limits()?;
        let read = Arc::new(read);
        if is_shared(&read) {
            read.keys.iter().try_for_each(|key| self.tables.get(key.kind.name).map(drop))?;
            match self.loads.ask(&read).await {
                Turn::Found(found) => return found.view(),
                Turn::Lead(mut lead) => {
                    let mut reader = self.reader().await?;
                    if lead.is_asked() {
                        let found = lead.read(&mut reader, &read).await;
                        return reader.settle(found)?.view();
                    }
                    let view = view::<Sqlite>(&mut reader, &self.tables, &read).await;
                    return Ok(reader.settle(view)?);
                }
                Turn::Alone => {}
            }
        }
        let mut reader = self.reader().await?;
        let view = view::<Sqlite>(&mut reader, &self.tables, &read).await;
        Ok(reader.settle(view)?)
    }

    async fn query(&self, asked: Query) -> Result<Page, StoreError> {
        asked.within_limits()?;
        let mut reader = self.reader().await?;
        let page = answer::<Sqlite>(&mut reader, &self.tables, &asked).await;
        Ok(reader.settle(page)?)
    }

    async fn commit(&self, batch: Batch) -> Result<Receipt, StoreError> {
        let batch = Box::new(prepare(batch, &self.tables)?);
        self.send(|answer| Job::Commit(batch, answer)).await
    }

    async fn events(&self, read: JournalRead) -> Result<Vec<Event>, StoreError> {
        read.within_limits()?;
        let mut reader = self.reader().await?;
        let events = events::<Sqlite>(&mut reader, &self.tables, &read).await;
        Ok(reader.settle(events)?)
    }

    async fn claim(&self, claim: WorkClaim) -> Result<Vec<Leased>, StoreError> {
        claim.within_limits()?;
        let mut reader = self.reader().await?;
        let due = work::is_due(&mut reader, &self.tables, &claim, self.clock.now()).await;
        if !reader.settle(due)? {
            return Ok(Vec::new());
        }
        self.send(|answer| Job::Claim(claim, answer)).await
    }

    async fn renew(&self, lease: Lease, span: Span) -> Result<(), StoreError> {
        self.send(|answer| Job::Renew(lease, span, answer)).await
    }

    async fn work(&self, list: WorkList) -> Result<Vec<WorkState>, StoreError> {
        list.within_limits()?;
        let mut reader = self.reader().await?;
        let listed = work_list::<Sqlite>(&mut reader, &self.tables, &list).await;
        Ok(reader.settle(listed)?)
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        Ok(self.clock.now())
    }
}

fn read_only() -> StoreError {
    StoreError::ReadOnly { source: "the store was opened for reading".into() }
}

/// Jobs that may wait before callers do.
const JOBS_MAX: usize = 1_024;
