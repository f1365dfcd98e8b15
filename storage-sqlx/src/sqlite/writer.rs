//! The one task that writes: it takes the batches that wait and commits them together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use okno::base::limits::GROUP_BATCHES_MAX;
use okno::base::{Clock, Span};
use okno::store::{Batch, Lease, Leased, Receipt, StoreError, Verdict, WorkClaim, Writes, admit};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use tokio::sync::{mpsc, oneshot};

use super::compact::compact;
use super::failure::{Failure, unavailable};
use super::options::SqliteOptions;
use super::presence::Presence;
use super::snapshot::Reads;
use super::texts::Numbers;
use super::together::Together;
use super::write::Statements;
use super::{schema, work};
use crate::sql::{Gathering, Tables};

/// Where an answer goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// What a caller wants of the writer, and where the answer goes.
#[derive(Debug)]
pub(crate) enum Job {
    /// Applies a prepared batch.
    Commit(Box<Batch>, Reply<Receipt>),
    /// Leases items.
    Claim(WorkClaim, Reply<Vec<Leased>>),
    /// Prolongs a lease.
    Renew(Lease, Span, Reply<()>),
    /// Does what was asked before, and writes the file anew.
    Compact(Reply<()>),
    /// Does what was asked before, and ends.
    Close(oneshot::Sender<()>),
}

/// The task that writes.
#[derive(Debug)]
pub(crate) struct Writer {
    connection: SqliteConnection,
    options: SqliteConnectOptions,
    file: Presence,
    tables: Arc<Tables>,
    clock: Arc<dyn Clock>,
    commits: Arc<AtomicU64>,
    reads: Reads,
    statements: Statements,
    loads: Arc<Gathering<Together>>,
    /// The version of the tables that were last found to be those of this program.
    schema: Option<i64>,
}

/// Jobs of one transaction.
#[derive(Debug, Default)]
struct Group {
    batches: Vec<Batch>,
    committers: Vec<Reply<Receipt>>,
    claims: Vec<(WorkClaim, Reply<Vec<Leased>>)>,
    renewals: Vec<(Lease, Span, Reply<()>)>,
    /// Who wants the file to be written anew, once the transaction is through.
    compactions: Vec<Reply<()>>,
}

/// What a transaction did, not answered before it is durable.
#[derive(Debug, Default)]
struct Done {
    verdicts: Vec<Verdict>,
    claimed: Vec<Vec<Leased>>,
    renewed: Vec<Result<(), StoreError>>,
    /// Whether there is anything to commit.
    changed: bool,
}

impl Writer {
    pub(crate) fn new(
        (connection, options): (SqliteConnection, &SqliteOptions),
        (tables, loads): (Arc<Tables>, Arc<Gathering<Together>>),
        clock: Arc<dyn Clock>,
        commits: Arc<AtomicU64>,
    ) -> Self {
        let (file, options) = (options.presence(), options.writer());
        let (reads, statements) = (Reads::new(&tables), Statements::new(&tables));
        Self { connection, options, file, tables, clock, commits, reads, statements, loads, schema: None }
    }

    /// Serves jobs until nobody can send any more, or until it is told to close.
    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut waiting = Vec::with_capacity(GROUP_BATCHES_MAX);
        let mut closing = None;
        while closing.is_none() && jobs.recv_many(&mut waiting, GROUP_BATCHES_MAX).await > 0 {
            let mut group = Group::default();
            for job in waiting.drain(..) {
                match job {
                    Job::Commit(batch, answer) => {
                        group.batches.push(*batch);
                        group.committers.push(answer);
                    }
                    Job::Claim(claim, answer) => group.claims.push((claim, answer)),
                    Job::Renew(lease, span, answer) => group.renewals.push((lease, span, answer)),
                    Job::Compact(answer) => group.compactions.push(answer),
                    Job::Close(answer) => {
                        jobs.close();
                        closing = Some(answer);
                    }
                }
            }
            let served = group.len();
            let compactions = std::mem::take(&mut group.compactions);
            if served > 0 {
                self.serve(group).await;
            }
            for answer in compactions {
                let _ = answer.send(self.compact().await);
            }
            if served > 1 {
                gather(&jobs, &self.loads).await;
            }
        }
        while let Some(job) = jobs.recv().await {
            job.refuse();
        }
        // Other programs may still read: what is not moved now is moved later.
        let _ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
        let _ = self.connection.close().await;
        if let Some(answer) = closing {
            let _ = answer.send(());
        }
    }

    async fn serve(&mut self, mut group: Group) {
        let again = (group.len() > 1).then(|| group.batches.clone());
        let batches = std::mem::take(&mut group.batches);
        match (self.transact(batches, &group).await, again) {
            (Ok(done), _) => group.answer(done),
            (Err(failure), Some(batches)) if failure.of_the_store().is_none() => {
                tracing::warn!(?failure, "a group failed; its calls are served one by one");
                group.batches = batches;
                for mut alone in group.split() {
                    let batches = std::mem::take(&mut alone.batches);
                    match self.transact(batches, &alone).await {
                        Ok(done) => alone.answer(done),
                        Err(failure) => alone.fail(failure),
                    }
                }
            }
            (Err(failure), _) => group.fail(failure),
        }
    }

    async fn compact(&mut self) -> Result<(), StoreError> {
        self.file.check().map_err(|error| Failure::Gone(Arc::new(error)))?;
        let done = compact(&mut self.connection, &self.tables).await;
        if done.as_ref().is_err_and(Failure::is_of_the_connection) {
            self.roll_back().await;
        }
        Ok(done?)
    }

    /// Does everything in one transaction.
    async fn transact(&mut self, batches: Vec<Batch>, group: &Group) -> Result<Done, Failure> {
        self.file.check().map_err(|error| Failure::Gone(Arc::new(error)))?;
        if let Err(error) = self.connection.execute("BEGIN IMMEDIATE").await {
            let failure = Failure::from(error);
            if failure.is_of_the_connection() {
                self.roll_back().await;
            }
            return Err(failure);
        }
        match self.inside(batches, group).await {
            Ok(done) if done.changed => match self.connection.execute("COMMIT").await {
                Ok(_) => {
                    self.commits.fetch_add(1, Ordering::Relaxed);
                    self.file.check().map_err(|error| Failure::Lost(Arc::new(error)))?;
                    Ok(done)
                }
                Err(error) => {
                    self.roll_back().await;
                    Err(Failure::Commit(Arc::new(error)))
                }
            },
            Ok(done) => {
                self.roll_back().await;
                Ok(done)
            }
            Err(failure) => {
                self.roll_back().await;
                Err(failure)
            }
        }
    }

    async fn inside(&mut self, batches: Vec<Batch>, group: &Group) -> Result<Done, Failure> {
        self.check_schema().await?;
        let mut done = Done::default();
        if !batches.is_empty() {
            let (before, numbers) = self.reads.read(&mut self.connection, &batches).await?;
            let admitted = admit(batches, &before);
            done.verdicts = admitted.verdicts;
            done.changed = done.verdicts.iter().any(Result::is_ok);
            self.write(admitted.writes, &numbers).await?;
        }
        let now = self.clock.now();
        for (claim, _) in &group.claims {
            let claimed = work::claim(&mut self.connection, &self.tables, claim, now).await?;
            done.changed |= !claimed.leased.is_empty() || claimed.parked > 0;
            done.claimed.push(claimed.leased);
        }
        for (lease, span, _) in &group.renewals {
            let renewed = work::renew(&mut self.connection, lease, now + *span).await?;
            done.changed |= renewed.is_ok();
            done.renewed.push(renewed);
        }
        Ok(done)
    }

    /// Another program that shares the file may have brought its tables up to date: what this one would write then
    /// is no longer what they hold.
    async fn check_schema(&mut self) -> Result<(), Failure> {
        let version = schema::version(&mut self.connection).await?;
        if self.schema != Some(version) {
            schema::check(&mut self.connection, &self.tables).await?;
            self.schema = Some(version);
        }
        Ok(())
    }

    async fn write(&mut self, writes: Writes, numbers: &Numbers) -> Result<(), Failure> {
        self.statements.write(&mut self.connection, &self.tables, (writes, numbers)).await
    }

    /// Ends a transaction, with its connection where need be: nothing may be left of it.
    async fn roll_back(&mut self) {
        if self.connection.execute("ROLLBACK").await.is_ok() {
            return;
        }
        // Either SQLite rolled back by itself, or the connection is of no use any more.
        match self.options.connect().await {
            Ok(connection) => self.connection = connection,
            Err(error) => tracing::error!(%error, "the writer could not connect again"),
        }
    }
}

/// Lets callers that were just answered ask again before the next group begins, as long as more of them do: without
/// this, half of the callers wait in every group for the other half. Most read before they ask, so what is being read is
/// waited for. Nobody waits for a caller that does not come.
async fn gather(jobs: &mpsc::Receiver<Job>, loads: &Gathering<Together>) {
    let mut waiting = jobs.len();
    loop {
        tokio::task::yield_now().await;
        loads.turn().await;
        tokio::task::yield_now().await;
        let now = jobs.len();
        if now <= waiting || now >= GROUP_BATCHES_MAX {
            return;
        }
        waiting = now;
    }
}

impl Group {
    fn len(&self) -> usize {
        self.batches.len() + self.claims.len() + self.renewals.len()
    }

    /// Each job as a group of its own.
    fn split(self) -> impl Iterator<Item = Self> {
        let commits = self.batches.into_iter().zip(self.committers).map(|(batch, answer)| Self {
            batches: vec![batch],
            committers: vec![answer],
            ..Self::default()
        });
        let claims = self.claims.into_iter().map(|claim| Self { claims: vec![claim], ..Self::default() });
        let renewals =
            self.renewals.into_iter().map(|renewal| Self { renewals: vec![renewal], ..Self::default() });
        commits.chain(claims).chain(renewals)
    }

    /// Tells each caller what became of its job; one that is gone does not hear it.
    fn answer(self, done: Done) {
        for (answer, verdict) in self.committers.into_iter().zip(done.verdicts) {
            let _ = answer.send(verdict);
        }
        for ((_, answer), leased) in self.claims.into_iter().zip(done.claimed) {
            let _ = answer.send(Ok(leased));
        }
        for ((_, _, answer), renewed) in self.renewals.into_iter().zip(done.renewed) {
            let _ = answer.send(renewed);
        }
    }

    /// Tells each caller that nothing was done. Several callers share only failures of the store as a whole.
    fn fail(self, failure: Failure) {
        let shared = failure.of_the_store();
        let mut own = Some(failure);
        let mut next = move || match (&shared, own.take()) {
            (Some(shared), _) => shared.of_the_store().map_or_else(lost, StoreError::from),
            (None, Some(own)) => own.into(),
            (None, None) => lost(),
        };
        for answer in self.committers {
            let _ = answer.send(Err(next()));
        }
        for (_, answer) in self.claims {
            let _ = answer.send(Err(next()));
        }
        for (_, _, answer) in self.renewals {
            let _ = answer.send(Err(next()));
        }
    }
}

impl Job {
    /// Answers a job that came too late.
    fn refuse(self) {
        match self {
            Self::Commit(_, answer) => drop(answer.send(Err(StoreError::Closed))),
            Self::Claim(_, answer) => drop(answer.send(Err(StoreError::Closed))),
            Self::Renew(_, _, answer) | Self::Compact(answer) => drop(answer.send(Err(StoreError::Closed))),
            Self::Close(answer) => drop(answer.send(())),
        }
    }
}

fn lost() -> StoreError {
    unavailable("the group of the call failed")
}
