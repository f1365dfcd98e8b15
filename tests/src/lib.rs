//! What the tests of okno share: the stores that they run on, and what they are filled with.

pub mod audit;
mod center;
pub mod cluster;
pub mod faults;
pub mod generate;
mod interleaved;
mod journal;
mod moves;
pub mod node;
mod post;
pub mod postgres;
mod world;

use std::future::Future;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};

use okno::base::{Clock, CommandId, ManualClock, TenantId};
use okno::conformance::{self, Extra, Fixture, Label, Sample, id, instant, tenant};
use okno::store::{
    Batch, BlobStore, Digest, Kinds, Loaded, Origin, Put, Query, RecordingStore, Store, StoreError, Stored,
    Version,
};
use okno_storage_files::FileBlobs;
use okno_storage_memory::{MemoryBlobs, MemoryStore};
use okno_storage_sqlx::{PostgresOptions, SqliteOptions};
use proptest::test_runner::Config;
use tokio::runtime::Runtime;

pub use center::{Center, Outcome, attach};
pub use interleaved::Interleaved;
pub use journal::lines;
pub use moves::{Move, OfEntry, SUBSTITUTES, Tie, What, moves, steps, tangles};
pub use post::Post;
pub use postgres::Database;
pub use world::{
    LINES, SERVICES, Who, branch, catalog, code, employee, found, founding, promising, sales, start, text,
};

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
pub const STORES: &Stores = &Stores { in_every_order: false };

/// The same, and PostgreSQL once more in a database that orders texts in a way of its own.
pub const IN_EVERY_ORDER: &Stores = &Stores { in_every_order: true };

/// The stores of [`STORES`] or [`IN_EVERY_ORDER`]: memory, SQLite, and PostgreSQL where there is a server for tests.
#[derive(Debug)]
pub struct Stores {
    in_every_order: bool,
}

impl Deref for Stores {
    type Target = [Candidate];

    fn deref(&self) -> &[Candidate] {
        static FOUND: LazyLock<Vec<Candidate>> = LazyLock::new(|| {
            let mut found = vec![
                Candidate { name: "memory", open: |clock| Box::pin(memory(clock)) },
                Candidate { name: "sqlite", open: |clock| Box::pin(sqlite(clock)) },
            ];
            if postgres::server().is_some() {
                found.push(Candidate { name: "postgres", open: |clock| Box::pin(postgres(clock)) });
                found.push(Candidate { name: LOCALIZED, open: |clock| Box::pin(postgres_localized(clock)) });
            }
            found
        });
        match FOUND.split_last() {
            Some((last, others)) if !self.in_every_order && last.name == LOCALIZED => others,
            _ => &FOUND,
        }
    }
}

const LOCALIZED: &str = "postgres localized";

impl IntoIterator for &'static Stores {
    type Item = &'static Candidate;
    type IntoIter = std::slice::Iter<'static, Candidate>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

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

/// The PostgreSQL store, in a schema of its own that the fixture gives back.
///
/// # Panics
/// When there is no server for tests; [`postgres::server`] says whether there is one.
pub async fn postgres(clock: Arc<dyn Clock>) -> Fixture {
    postgres_in(Database::Bytewise, clock).await
}

/// The PostgreSQL store in a database that orders texts as Russian readers expect.
///
/// # Panics
/// As [`postgres()`] does.
pub async fn postgres_localized(clock: Arc<dyn Clock>) -> Fixture {
    postgres_in(Database::Localized, clock).await
}

async fn postgres_in(database: Database, clock: Arc<dyn Clock>) -> Fixture {
    let server = postgres::server().expect("there is a server for tests");
    let schema = server.schema(database).await;
    let options = PostgresOptions::new(schema.url()).schema(schema.name()).clock(clock);
    let store = options.open(kinds()).await.expect("a fresh schema can be opened");
    Fixture { store: Arc::new(store), guard: Box::new(schema) }
}

/// Blobs in memory.
pub async fn memory_blobs() -> Fixture<dyn BlobStore> {
    Fixture::from(MemoryBlobs::new())
}

/// Blobs in a folder that is removed with the fixture.
pub async fn file_blobs() -> Fixture<dyn BlobStore> {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let blobs = FileBlobs::open(dir.path().join("blobs")).await.expect("a fresh folder can be opened");
    Fixture { store: Arc::new(blobs), guard: Box::new(dir) }
}

/// A blob store that tests run on.
#[derive(Debug, Clone, Copy)]
pub struct BlobCandidate {
    /// What it is called in messages.
    pub name: &'static str,
    /// Opens it, fresh and empty.
    pub open: fn() -> BlobOpening,
}

/// A blob store that is being opened.
pub type BlobOpening = Pin<Box<dyn Future<Output = Fixture<dyn BlobStore>> + Send>>;

/// Every blob store that there is.
pub const BLOB_STORES: &[BlobCandidate] = &[
    BlobCandidate { name: "memory", open: || Box::pin(memory_blobs()) },
    BlobCandidate { name: "files", open: || Box::pin(file_blobs()) },
];

/// The kinds of the engine and those of the conformance suite.
#[must_use]
pub fn kinds() -> Kinds {
    Kinds::new(okno::kinds().iter().chain(conformance::kinds().iter()))
}

/// The memory store behind a recorder: it answers as the memory store does.
pub async fn recorded(clock: Arc<dyn Clock>) -> Fixture {
    let Fixture { store, guard } = memory(clock).await;
    Fixture { guard, ..Fixture::from(RecordingStore::new(store)) }
}

/// An open store, a tenant in it and the clock that its leases follow.
#[derive(Debug)]
pub struct Ground {
    /// The store.
    pub fixture: Fixture,
    /// The tenant.
    pub tenant: TenantId,
    /// The clock of the store.
    pub clock: Arc<ManualClock>,
}

impl Ground {
    /// Opens a store whose clock stands at the beginning of 2026.
    pub async fn open(candidate: &Candidate) -> Self {
        let clock = Arc::new(ManualClock::new(instant(0)));
        Self { fixture: (candidate.open)(clock.clone()).await, tenant: tenant(1), clock }
    }

    /// Writes new samples in one batch and reads them back as the store holds them, by id.
    ///
    /// # Panics
    /// When the store refuses.
    pub async fn put_all(&self, samples: Vec<Sample>) -> Vec<Loaded> {
        let Some(kind) = samples.first().map(|sample| sample.kind) else { return Vec::new() };
        let mut batch = self.batch(1);
        let put = |sample| Put { record: Arc::new(sample), expected: Version::ABSENT };
        batch.puts = samples.into_iter().map(put).collect();
        self.store().commit(batch).await.expect("the samples are written");
        let everything = Query::records(self.tenant, kind, okno::condition::Filter::everything());
        let page = self.store().query(everything).await.expect("the samples are read");
        page.rows.into_iter().filter_map(|row| row.record).collect()
    }

    /// Writes what belongs to samples in one batch.
    ///
    /// # Panics
    /// When the store refuses.
    pub async fn put_related(&self, labels: &[Label], extras: &[Extra]) {
        fn put(record: impl Stored) -> Put {
            Put { record: Arc::new(record), expected: Version::ABSENT }
        }
        let mut batch = self.batch(2);
        batch.puts = labels.iter().cloned().map(put).chain(extras.iter().cloned().map(put)).collect();
        self.store().commit(batch).await.expect("what belongs to samples is written");
    }

    /// An empty batch of the command with a number.
    #[must_use]
    pub fn batch(&self, command: u64) -> Batch {
        let digest = Digest::of(&command.to_be_bytes());
        Batch::new(self.tenant, instant(0), CommandId(id(command)), digest, Origin::SYSTEM)
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.fixture.store
    }
}

/// Runs a test on every store, one after the other, and names the store on which it fails.
///
/// # Panics
/// When the test does.
pub fn on_every_store(test: impl AsyncFn(Candidate)) {
    for store in STORES {
        let done = catch_unwind(AssertUnwindSafe(|| runtime().block_on(test(*store))));
        if let Err(panic) = done {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
            panic!("on the store `{}`: {said}", store.name);
        }
    }
}

/// A property test of so many cases; `PROPTEST_CASES` asks for more.
#[must_use]
pub fn cases(cases: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|asked| asked.parse().ok());
    Config { cases: asked.unwrap_or(cases), failure_persistence: None, ..Config::default() }
}

/// A runtime for property tests, which are not async.
///
/// # Panics
/// When the machine gives no threads.
#[must_use]
pub fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("the machine gives threads")
}

/// What a refusal says, to compare those of two stores; what was seen inside a store is its own affair.
#[must_use]
pub fn refusal(error: &StoreError) -> String {
    match error {
        StoreError::Repeated { first } => format!("repeated {first:?}"),
        other => other.to_string(),
    }
}

/// The program of README.md, compiled and run as a documentation test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;
