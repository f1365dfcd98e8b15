//! Batches that wait, in a line for each tenant, and who serves them.

use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use okno::base::TenantId;
use okno::base::limits::GROUP_BATCHES_MAX;
use okno::store::{Batch, Receipt, StoreError, Verdict};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Commits groups.
pub(crate) trait Committer: Send + Sync + 'static {
    /// Commits a group of one tenant and says of each batch what became of it.
    fn commit(&self, group: Vec<Batch>) -> impl Future<Output = Vec<Verdict>> + Send;

    /// Waits until those who are read for now were read for.
    fn reading(&self) -> impl Future<Output = ()> + Send;
}

/// The lines of all tenants. One committer at a time serves a tenant's, so that its batches commit in groups, and so many
/// serve the lines of different tenants: one whose head somebody holds never holds up another.
#[derive(Debug)]
pub(crate) struct Lines<C> {
    committer: C,
    /// A line is here as long as a committer serves it.
    waiting: Mutex<HashMap<TenantId, VecDeque<Waiting>>>,
    /// Who commits at once.
    committing: Semaphore,
    /// Who waits at once; it is closed with the store.
    places: Arc<Semaphore>,
}

/// A batch, where its answer goes, and its place.
#[derive(Debug)]
struct Waiting {
    batch: Batch,
    answer: oneshot::Sender<Verdict>,
    _place: OwnedSemaphorePermit,
}

/// Takes a line away whose committer panics: everybody who stands in it learns that the answer was lost, and whoever comes
/// next finds a new committer.
struct Serving<'a, C> {
    lines: &'a Lines<C>,
    /// The line, as long as it is served.
    tenant: Option<TenantId>,
}

impl<C: Committer> Lines<C> {
    /// Lines that so many committers serve at once.
    pub(crate) fn new(committer: C, committers: u32) -> Self {
        Self {
            committer,
            waiting: Mutex::default(),
            committing: Semaphore::new(committers.max(1) as usize),
            places: Arc::new(Semaphore::new(WAITING_MAX)),
        }
    }

    /// Stands in line with a batch until it was committed or refused.
    ///
    /// # Errors
    /// What became of the batch; [`StoreError::Closed`].
    pub(crate) async fn commit(self: &Arc<Self>, batch: Batch) -> Result<Receipt, StoreError> {
        let place = self.places.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let (sender, answer) = oneshot::channel();
        let tenant = batch.tenant;
        let waiting = Waiting { batch, answer: sender, _place: place };
        if self.stand(tenant, waiting) {
            tokio::spawn(self.clone().serve(tenant));
        }
        // A committer that ended in the middle cannot say what became of the batch.
        answer.await.unwrap_or_else(|lost| Err(StoreError::Unknown { source: Box::new(lost) }))
    }

    /// Who commits, for those who do not stand in line.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub(crate) fn committer(&self) -> Result<&C, StoreError> {
        if self.places.is_closed() { Err(StoreError::Closed) } else { Ok(&self.committer) }
    }

    /// Waits until everybody in line was answered, and lets nobody stand in line any more.
    pub(crate) async fn close(&self) {
        let everybody = u32::try_from(WAITING_MAX).unwrap_or(u32::MAX);
        let all = self.places.acquire_many(everybody).await;
        self.places.close();
        drop(all);
    }

    /// Puts a batch in its line, and says whether nobody serves that yet.
    fn stand(&self, tenant: TenantId, waiting: Waiting) -> bool {
        let mut lines = self.lock();
        let is_new = !lines.contains_key(&tenant);
        lines.entry(tenant).or_default().push_back(waiting);
        is_new
    }

    async fn serve(self: Arc<Self>, tenant: TenantId) {
        let mut serving = Serving { lines: &*self, tenant: Some(tenant) };
        loop {
            self.gather(tenant).await;
            // Nobody closes the semaphore.
            let Ok(turn) = self.committing.acquire().await else { return };
            let Some(group) = self.next(tenant) else {
                serving.tenant = None;
                return;
            };
            let (batches, answers): (Vec<_>, Vec<_>) =
                group.into_iter().map(|waiting| (waiting.batch, (waiting.answer, waiting._place))).unzip();
            let verdicts = self.committer.commit(batches).await;
            drop(turn);
            for ((answer, _), verdict) in answers.into_iter().zip(verdicts) {
                let _ = answer.send(verdict);
            }
        }
    }

    /// The next group of a line; a line in which nobody stands is gone.
    fn next(&self, tenant: TenantId) -> Option<Vec<Waiting>> {
        let mut lines = self.lock();
        let line = lines.get_mut(&tenant)?;
        let most = line.len().min(GROUP_BATCHES_MAX);
        let group: Vec<_> = line.drain(..most).collect();
        if group.is_empty() {
            lines.remove(&tenant);
            return None;
        }
        Some(group)
    }

    /// Lets callers that are about to ask, or were just answered, do so before a group begins, as long as more do: without
    /// this, half of the callers wait in every group for the other half. Most read before they ask, so what is being read
    /// is waited for. Nobody waits for a caller that does not come.
    async fn gather(&self, tenant: TenantId) {
        let standing = || self.lock().get(&tenant).map_or(0, VecDeque::len);
        let mut waiting = standing();
        loop {
            tokio::task::yield_now().await;
            self.committer.reading().await;
            tokio::task::yield_now().await;
            let now = standing();
            if now <= waiting || now >= GROUP_BATCHES_MAX {
                return;
            }
            waiting = now;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TenantId, VecDeque<Waiting>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C> Drop for Serving<'_, C> {
    fn drop(&mut self) {
        let Some(tenant) = self.tenant else { return };
        let left = self.lines.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&tenant);
        // Outside of the lock: it answers everybody by dropping where their answers go.
        drop(left);
    }
}

/// Batches of all tenants that may wait before callers do.
const WAITING_MAX: usize = 1_024;

#[cfg(test)]
mod tests;
