use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use super::{
    Batch, Event, JournalRead, Lease, Leased, Page, Query, Read, Receipt, Store, StoreError, View, WorkClaim,
    WorkList, WorkState,
};
use crate::base::{Ids, SeededIds, Span, Timestamp};

/// How often a [`FaultyStore`] fails, in thousandths of the calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FaultPlan {
    /// Calls that fail and change nothing.
    pub before: u16,
    /// Commits that are applied and whose answer is lost.
    pub after: u16,
    /// Commits that are answered with a conflict and change nothing.
    pub conflict: u16,
}

/// A store that fails by a seed: before a call, or after a commit whose answer is lost.
#[derive(Debug)]
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    plan: FaultPlan,
    chance: SeededIds,
    faults: AtomicU64,
}

/// The fault of a [`FaultyStore`].
#[derive(Debug, thiserror::Error)]
#[error("an injected fault")]
struct Injected;

impl FaultyStore {
    /// Wraps a store.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, plan: FaultPlan, seed: u64) -> Self {
        Self { inner, plan, chance: SeededIds::new(seed), faults: AtomicU64::new(0) }
    }

    /// How many faults were injected.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.faults.load(Ordering::SeqCst)
    }

    fn strikes(&self, per_mille: u16) -> bool {
        let strikes = self.chance.seed() % 1_000 < u128::from(per_mille);
        if strikes {
            self.faults.fetch_add(1, Ordering::SeqCst);
        }
        strikes
    }

    fn before(&self) -> Result<(), StoreError> {
        if self.strikes(self.plan.before) {
            return Err(StoreError::Unavailable { source: Box::new(Injected) });
        }
        Ok(())
    }
}

#[async_trait]
impl Store for FaultyStore {
    async fn load(&self, read: Read) -> Result<View, StoreError> {
        self.before()?;
        self.inner.load(read).await
    }

    async fn query(&self, query: Query) -> Result<Page, StoreError> {
        self.before()?;
        self.inner.query(query).await
    }

    async fn commit(&self, batch: Batch) -> Result<Receipt, StoreError> {
        self.before()?;
        if let Some(put) = batch.puts.first()
            && self.strikes(self.plan.conflict)
        {
            let (key, expected) = (put.key(), put.expected);
            return Err(StoreError::Conflict { key, expected, found: expected.next() });
        }
        let receipt = self.inner.commit(batch).await?;
        if self.strikes(self.plan.after) {
            return Err(StoreError::Unknown { source: Box::new(Injected) });
        }
        Ok(receipt)
    }

    async fn events(&self, read: JournalRead) -> Result<Vec<Event>, StoreError> {
        self.before()?;
        self.inner.events(read).await
    }

    async fn claim(&self, claim: WorkClaim) -> Result<Vec<Leased>, StoreError> {
        self.before()?;
        self.inner.claim(claim).await
    }

    async fn renew(&self, lease: Lease, span: Span) -> Result<(), StoreError> {
        self.before()?;
        self.inner.renew(lease, span).await
    }

    async fn work(&self, list: WorkList) -> Result<Vec<WorkState>, StoreError> {
        self.before()?;
        self.inner.work(list).await
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        self.inner.now().await
    }
}
