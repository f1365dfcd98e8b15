//! What the tests of okno share: the stores that they run on.

use std::sync::Arc;

use okno::base::Clock;
use okno::conformance::Fixture;
use okno_storage_memory::MemoryStore;

/// A store that tests run on.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// What it is called in messages.
    pub name: &'static str,
    /// Opens it, fresh and empty, with leases that follow the clock.
    pub open: fn(Arc<dyn Clock>) -> Fixture,
}

/// Every store that there is: a test of one is a test of all.
pub const STORES: &[Candidate] = &[Candidate { name: "memory", open: memory }];

/// The memory store.
#[must_use]
pub fn memory(clock: Arc<dyn Clock>) -> Fixture {
    Fixture::from(MemoryStore::with_clock(clock))
}
