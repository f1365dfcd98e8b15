//! What the tests of okno share: the stores that they run on, and a small service center with its people.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use okno::base::Clock;
use okno::conformance::{self, Fixture};
use okno::store::Kinds;
use okno_storage_memory::MemoryStore;
use okno_storage_sqlx::SqliteOptions;

mod center;
mod journal;
mod moves;
mod post;
mod world;

pub use center::{Center, Outcome};
pub use journal::{Line, lines};
pub use moves::{Move, What, moves, steps};
pub use post::Post;
pub use world::{LINES, SERVICES, Who, branch, catalog, code, employee, found, founding, sales, start, text};

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

/// The kinds of the engine and those of the conformance suite.
#[must_use]
pub fn kinds() -> Kinds {
    Kinds::new(okno::kinds().iter().chain(conformance::kinds().iter()))
}

/// Runs a test on every store, one after the other, and names the store on which it fails.
pub fn on_every_store(test: impl AsyncFn(Candidate)) {
    for store in STORES {
        let _named = Named(store.name);
        block_on(test(*store));
    }
}

/// Runs a future to its end on two threads.
///
/// # Panics
/// When the machine gives no threads.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().expect("threads for the test");
    runtime.block_on(future)
}

struct Named(&'static str);

impl Drop for Named {
    #[expect(clippy::print_stderr, reason = "a failing test says on which store")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("this was on the store `{}`", self.0);
        }
    }
}
