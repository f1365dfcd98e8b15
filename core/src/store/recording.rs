use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{
    Batch, Event, JournalRead, Lease, Leased, Page, Query, Read, Receipt, Store, StoreError, View, WorkClaim,
    WorkList, WorkState,
};
use crate::base::{Span, Timestamp};

/// A call that a [`RecordingStore`] passed on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Call {
    /// `load`
    Load(Read),
    /// `query`
    Query(Query),
    /// `commit`
    Commit(Batch),
    /// `events`
    Events(JournalRead),
    /// `claim`
    Claim(WorkClaim),
    /// `renew`
    Renew(Lease),
    /// `work`
    Work(WorkList),
}

/// A store that notes every call before it passes it on: tests count trips and look at batches.
#[derive(Debug, Clone)]
pub struct RecordingStore {
    inner: Arc<dyn Store>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl RecordingStore {
    /// Wraps a store.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, calls: Arc::default() }
    }

    /// Gives the calls noted since the last time.
    #[must_use]
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, call: Call) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }
}

#[async_trait]
impl Store for RecordingStore {
    async fn load(&self, read: Read) -> Result<View, StoreError> {
        self.note(Call::Load(read.clone()));
        self.inner.load(read).await
    }

    async fn query(&self, query: Query) -> Result<Page, StoreError> {
        self.note(Call::Query(query.clone()));
        self.inner.query(query).await
    }

    async fn commit(&self, batch: Batch) -> Result<Receipt, StoreError> {
        self.note(Call::Commit(batch.clone()));
        self.inner.commit(batch).await
    }

    async fn events(&self, read: JournalRead) -> Result<Vec<Event>, StoreError> {
        self.note(Call::Events(read.clone()));
        self.inner.events(read).await
    }

    async fn claim(&self, claim: WorkClaim) -> Result<Vec<Leased>, StoreError> {
        self.note(Call::Claim(claim.clone()));
        self.inner.claim(claim).await
    }

    async fn renew(&self, lease: Lease, span: Span) -> Result<(), StoreError> {
        self.note(Call::Renew(lease));
        self.inner.renew(lease, span).await
    }

    async fn work(&self, list: WorkList) -> Result<Vec<WorkState>, StoreError> {
        self.note(Call::Work(list.clone()));
        self.inner.work(list).await
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        self.inner.now().await
    }
}
