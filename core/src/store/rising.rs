use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::base::{Clock, Timestamp};

/// A clock that never goes back: while the one below it was set back, it stands at the latest instant it showed.
///
/// Every store keeps its time by one, as a lease that was given until an instant must end at it.
#[derive(Debug)]
pub struct RisingClock {
    inner: Arc<dyn Clock>,
    latest: AtomicI64,
}

impl RisingClock {
    /// Wraps a clock.
    #[must_use]
    pub fn new(inner: Arc<dyn Clock>) -> Self {
        Self { inner, latest: AtomicI64::new(Timestamp::MIN.millis()) }
    }
}

impl Clock for RisingClock {
    fn now(&self) -> Timestamp {
        let now = self.inner.now();
        let before = self.latest.fetch_max(now.millis(), Ordering::SeqCst);
        // Invariant: only instants are put in, so that this one is one.
        Timestamp::from_millis(before).map_or(now, |before| now.max(before))
    }
}
