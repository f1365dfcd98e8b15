//! How a group is committed: with one statement that writes where everything is as expected, or after a look while the
//! head of its tenant is locked.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use okno::base::TenantId;
use okno::store::{Batch, Receipt, StoreError, Verdict, Writes, admit, touched};
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Postgres, Row as _, Transaction};
use tokio::time::timeout;

use super::assumed::Assumed;
use super::connection::{Connections, bound};
use super::expected::Expected;
use super::failure::{Failure, unavailable};
use super::lines::Committer;
use super::together::Together;
use super::write::{Ground, Wait, statement};
use super::{schema, snapshot};
use crate::sql::{Gathering, Tables};

/// Commits groups of batches, each of one tenant.
#[derive(Debug)]
pub(crate) struct Groups {
    pub(crate) tables: Arc<Tables>,
    pub(crate) schema: String,
    pub(crate) connections: Arc<Connections>,
    pub(crate) loads: Arc<Gathering<Together>>,
    /// How long a group waits for the head of its tenant.
    pub(crate) lock_timeout: Duration,
    /// How long the database may take for a group.
    pub(crate) answer_timeout: Duration,
    /// The number of the last change of the tables that they were found to be those of this program at.
    pub(crate) epoch: AtomicI64,
    pub(crate) commits: Arc<AtomicU64>,
}

impl Committer for Groups {
    async fn commit(&self, group: Vec<Batch>) -> Vec<Verdict> {
        let again = (group.len() > 1).then(|| group.clone());
        match (self.group(group).await, again) {
            (Ok(verdicts), _) => verdicts,
            (Err(failure), Some(batches)) if failure.of_the_store().is_none() => {
                tracing::warn!(?failure, "a group failed; its batches are committed one by one");
                let mut verdicts = Vec::with_capacity(batches.len());
                for batch in batches {
                    let verdict = self.group(vec![batch]).await;
                    let alone = verdict.map(|mut alone| alone.pop().unwrap_or_else(|| Err(lost())));
                    verdicts.push(alone.unwrap_or_else(|failure| Err(failure.into())));
                }
                verdicts
            }
            (Err(failure), again) => shared(failure, again.map_or(1, |batches| batches.len())),
        }
    }

    async fn reading(&self) {
        self.loads.turn().await;
    }
}

impl Groups {
    /// Commits a group.
    async fn group(&self, group: Vec<Batch>) -> Result<Vec<Verdict>, Failure> {
        let Some(tenant) = group.first().map(|batch| batch.tenant) else { return Ok(Vec::new()) };
        for _ in 0..TURNS_MAX {
            let Some(assumed) = Assumed::of(&group) else { break };
            match self.unseen(tenant, &group, assumed).await? {
                Unseen::Done(verdicts) => return Ok(verdicts),
                Unseen::TurnLost => tracing::debug!("another group was quicker"),
                Unseen::Unexpected => break,
            }
        }
        self.seen(tenant, group).await
    }

    /// Commits a group without a look, with one statement.
    async fn unseen(&self, tenant: TenantId, group: &[Batch], assumed: Assumed) -> Result<Unseen, Failure> {
        let admitted = admit(group.to_vec(), &assumed);
        if admitted.verdicts.iter().any(Result::is_err) {
            return Ok(Unseen::Unexpected);
        }
        let expected = Expected::of(group, &assumed)?;
        let wait = Wait { lock_ms: self.lock_timeout.as_millis(), epoch: self.epoch.load(Ordering::Acquire) };
        let ground = Ground::Assumed(Box::new(assumed), expected, wait);
        let bound = bound(statement(&self.tables, tenant, admitted.writes, ground)?)?;
        let mut held = self.connections.take().await?;
        let done = timeout(self.answer_timeout, async {
            let row = bound.fetch_one(&mut *held).await?;
            Ok((row.try_get::<Option<i64>, _>(0)?, row.try_get::<bool, _>(1)?))
        });
        let done = done.await.map(|done: Result<_, sqlx::Error>| done.map_err(Failure::from));
        match held.settle(done).map_err(Failure::of_a_change) {
            Ok((Some(base), _)) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                let verdicts = admitted.verdicts.into_iter();
                Ok(Unseen::Done(verdicts.map(|verdict| behind(verdict, base)).collect()))
            }
            Ok((None, true)) => Ok(Unseen::TurnLost),
            Ok((None, false)) => Ok(Unseen::Unexpected),
            Err(failure) if failure.asks_for_a_look() => {
                tracing::debug!(?failure, "a group was not written without a look");
                Ok(Unseen::Unexpected)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Commits a group after a look, in a transaction that holds the head of its tenant.
    async fn seen(&self, tenant: TenantId, group: Vec<Batch>) -> Result<Vec<Verdict>, Failure> {
        let mut held = self.connections.take().await?;
        let done = timeout(self.answer_timeout, self.transact(&mut held, tenant, group)).await;
        held.settle(done).map_err(Failure::of_a_late_commit)
    }

    async fn transact(
        &self,
        connection: &mut PgConnection,
        tenant: TenantId,
        group: Vec<Batch>,
    ) -> Result<Vec<Verdict>, Failure> {
        let mut transaction = connection.begin_with(sqlx::AssertSqlSafe(self.begin())).await?;
        match self.inside(&mut transaction, tenant, group).await {
            Ok(verdicts) if verdicts.iter().any(Result::is_ok) => {
                transaction.commit().await.map_err(|error| Failure::from(error).of_a_change())?;
                self.commits.fetch_add(1, Ordering::Relaxed);
                Ok(verdicts)
            }
            other => {
                // The first failure tells more than one of undoing it.
                let _ = transaction.rollback().await;
                other
            }
        }
    }

    pub(super) async fn inside(
        &self,
        transaction: &mut Transaction<'_, Postgres>,
        tenant: TenantId,
        group: Vec<Batch>,
    ) -> Result<Vec<Verdict>, Failure> {
        let (head, epoch) = snapshot::lock(transaction, &self.tables, tenant).await?;
        if epoch != self.epoch.load(Ordering::Acquire) {
            // Another program brought the tables up to date: they may no longer be what this one would write.
            schema::check(transaction, &self.tables, &self.schema).await?;
            self.epoch.store(epoch, Ordering::Release);
        }
        let before = snapshot::read(transaction, &self.tables, (tenant, head), &touched(&group)).await?;
        let admitted = admit(group, &before);
        if admitted.verdicts.iter().any(Result::is_ok) {
            self.write(transaction, tenant, (admitted.writes, Ground::Locked(head))).await?;
        }
        Ok(admitted.verdicts)
    }

    async fn write(
        &self,
        transaction: &mut Transaction<'_, Postgres>,
        tenant: TenantId,
        (writes, ground): (Writes, Ground),
    ) -> Result<(), Failure> {
        let bound = bound(statement(&self.tables, tenant, writes, ground)?)?;
        bound.fetch_one(&mut **transaction).await?;
        Ok(())
    }

    /// Begins a transaction that waits for no lock for ever, and that the server ends when this program stops in it.
    fn begin(&self) -> String {
        let (lock, answer) = (self.lock_timeout.as_millis(), self.answer_timeout.as_millis());
        format!(
            "BEGIN; SET LOCAL lock_timeout = {lock}; SET LOCAL statement_timeout = {answer}; \
             SET LOCAL idle_in_transaction_session_timeout = {answer}"
        )
    }
}

/// What became of a group that nobody looked for.
enum Unseen {
    Done(Vec<Verdict>),
    /// Everything was as expected, but another group moved the head first: nothing was written.
    TurnLost,
    /// Something was not as expected: nothing was written.
    Unexpected,
}

/// A verdict whose position was counted from the head's.
fn behind(verdict: Verdict, base: i64) -> Verdict {
    let base = u64::try_from(base).unwrap_or_default();
    verdict.map(|receipt| Receipt { position: base + receipt.position, ..receipt })
}

/// Tells everybody of a group the same failure.
fn shared(failure: Failure, callers: usize) -> Vec<Verdict> {
    let again = |_| failure.of_the_store().map_or_else(lost, StoreError::from);
    let mut others: Vec<Verdict> = (1..callers).map(again).map(Err).collect();
    others.push(Err(failure.into()));
    others
}

fn lost() -> StoreError {
    unavailable("the group of the call failed")
}

/// How often a group tries to be quicker than others before it locks the head.
const TURNS_MAX: usize = 3;
