//! What the tests of okno share: the stores that they run on.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use okno::base::Clock;
use okno::conformance::{Fixture, kinds};
use okno_storage_memory::MemoryStore;
use okno_storage_sqlx::SqliteOptions;

/// A store that tests run on.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// What it is called in messages.
    pub name: &'static str,
    /// Opens it, fresh and empty, with leases that follow the clock.
    pub open: fn(Arc<dyn Clock>) -> Opening,
}

/// A store that is being opened.
pub type Opening = Pin<Box<dyn Future<Output = Fixture> + Send>>;

/// Every store that there is: a test of one is a test of all.
pub const STORES: &[Candidate] = &[
    Candidate { name: "memory", open: |clock| Box::pin(memory(clock)) },
    Candidate { name: "sqlite", open: |clock| Box::pin(sqlite(clock)) },
];

/// The memory store.
pub async fn memory(clock: Arc<dyn Clock>) -> Fixture {
    Fixture::from(MemoryStore::with_clock(clock))
}

/// The SQLite store, in a folder that is removed with the fixture.
pub async fn sqlite(clock: Arc<dyn Clock>) -> Fixture {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let options = SqliteOptions::new(dir.path().join("desk.db")).clock(clock);
    let store = options.open(kinds()).await.expect("a fresh store can be opened");
    Fixture { store: Arc::new(store), guard: Box::new(dir) }
}
