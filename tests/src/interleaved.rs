use std::sync::Arc;

use async_trait::async_trait;
use okno::Timestamp;
use okno::base::{Ids, SeededIds, Span};
use okno::store::{
    Batch, Event, JournalRead, Lease, Leased, Page, Query, Read, Receipt, Store, StoreError, View, WorkClaim,
    WorkList, WorkState,
};

/// A store that lets others go first by a seed, so that calls on one thread meet in an order that can be replayed.
#[derive(Debug)]
pub struct Interleaved {
    inner: Arc<dyn Store>,
    chance: SeededIds,
}

impl Interleaved {
    /// Wraps a store.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, seed: u64) -> Self {
        Self { inner, chance: SeededIds::new(seed) }
    }

    async fn wait(&self) {
        for _ in 0..self.chance.seed() % 4 {
            tokio::task::yield_now().await;
        }
    }
}

#[async_trait]
impl Store for Interleaved {
    async fn load(&self, read: Read) -> Result<View, StoreError> {
        self.wait().await;
        self.inner.load(read).await
    }

    async fn query(&self, query: Query) -> Result<Page, StoreError> {
        self.wait().await;
        self.inner.query(query).await
    }

    async fn commit(&self, batch: Batch) -> Result<Receipt, StoreError> {
        self.wait().await;
        let receipt = self.inner.commit(batch).await;
        // A caller that goes away now never hears that it was done.
        self.wait().await;
        receipt
    }

    async fn events(&self, read: JournalRead) -> Result<Vec<Event>, StoreError> {
        self.wait().await;
        self.inner.events(read).await
    }

    async fn claim(&self, claim: WorkClaim) -> Result<Vec<Leased>, StoreError> {
        self.wait().await;
        let leased = self.inner.claim(claim).await;
        self.wait().await;
        leased
    }

    async fn renew(&self, lease: Lease, span: Span) -> Result<(), StoreError> {
        self.wait().await;
        self.inner.renew(lease, span).await
    }

    async fn work(&self, list: WorkList) -> Result<Vec<WorkState>, StoreError> {
        self.wait().await;
        self.inner.work(list).await
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        self.inner.now().await
    }
}
