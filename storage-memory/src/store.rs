use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use okno::base::{Clock, Span, SystemClock, TenantId, Timestamp};
use okno::store::{
    Batch, Event, JournalRead, Lease, Leased, Page, Query, Read, Receipt, RisingClock, Store, StoreError,
    View, WorkClaim, WorkList, WorkState, admit,
};

use crate::state::State;
use crate::tenant::Tenant;

/// A store that keeps everything in memory and loses it when it is dropped.
///
/// A commit takes the one lock for as long as it applies its batch. A reader takes it only to get hold of an
/// immutable snapshot of its tenant, so that long queries hinder nobody.
pub struct MemoryStore {
    state: Mutex<State>,
    clock: RisingClock,
}

impl MemoryStore {
    /// Makes an empty store whose leases follow the machine's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// Makes an empty store whose leases follow `clock`.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self { state: Mutex::default(), clock: RisingClock::new(clock) }
    }

    /// A poisoned lock is taken all the same: what can fail is decided by admission, which changes nothing, and what
    /// is applied afterwards only moves values. Were it to panic none the less, its batch would be there in part.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn snapshot(&self, tenant: TenantId) -> Arc<Tenant> {
        self.state().snapshot(tenant)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows no records, which may hold personal data.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("clock", &self.clock).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn load(&self, read: Read) -> Result<View, StoreError> {
        read.within_limits()?;
        Ok(self.snapshot(read.tenant).load(read))
    }

    async fn query(&self, query: Query) -> Result<Page, StoreError> {
        query.within_limits()?;
        let tenant = match query.text {
            Some(_) => self.state().searchable(query.tenant, query.kind),
            None => self.snapshot(query.tenant),
        };
        tenant.query(&query)
    }

    async fn commit(&self, batch: Batch) -> Result<Receipt, StoreError> {
        batch.within_limits()?;
        let mut state = self.state();
        let mut admitted = admit(vec![batch], &*state);
        let blanked = state.blanked(&admitted.writes)?;
        state.apply(admitted.writes, blanked);
        // Invariant: admission gives one verdict for each batch.
        admitted.verdicts.swap_remove(0)
    }

    async fn events(&self, read: JournalRead) -> Result<Vec<Event>, StoreError> {
        read.within_limits()?;
        Ok(self.snapshot(read.tenant).events(&read))
    }

    async fn claim(&self, claim: WorkClaim) -> Result<Vec<Leased>, StoreError> {
        claim.within_limits()?;
        let now = self.clock.now();
        Ok(self.state().work.claim(&claim, now))
    }

    async fn renew(&self, lease: Lease, span: Span) -> Result<(), StoreError> {
        let until = self.clock.now() + span;
        self.state().work.renew(lease, until)
    }

    async fn work(&self, list: WorkList) -> Result<Vec<WorkState>, StoreError> {
        list.within_limits()?;
        Ok(self.state().work.list(&list))
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        Ok(self.clock.now())
    }
}
