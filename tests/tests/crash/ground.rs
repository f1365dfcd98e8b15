use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use okno::base::Span;
use okno::engine::Tick;
use okno::{Desk, TenantId};
use okno_tests::audit::{Witness, assert_sound};
use okno_tests::cluster::Cluster;
use okno_tests::found;
use okno_tests::node::{PostFile, Process, SharedStore, Shifted, Start, acknowledged};
use okno_tests::postgres::{Database, server};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard, OnceCell};
use uuid::Uuid;

/// The tenant that every node works for.
pub(crate) const TENANT: TenantId = TenantId(Uuid::from_u128(1));

/// The server that one test after the other has for itself; nothing where there is none.
pub(crate) async fn cluster() -> Option<MutexGuard<'static, Cluster>> {
    static CLUSTER: OnceCell<Option<Mutex<Cluster>>> = OnceCell::const_new();
    let cluster = CLUSTER.get_or_init(async || Cluster::start().map(Mutex::new)).await;
    Some(cluster.as_ref()?.lock().await)
}

/// A store that processes share, with a center in it, and what is known of it.
pub(crate) struct Ground {
    pub(crate) store: SharedStore,
    pub(crate) post: PathBuf,
    pub(crate) witness: Witness,
    _folder: TempDir,
    _guard: Box<dyn Any + Send>,
}

impl Ground {
    /// A center in a SQLite file.
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SharedStore::Sqlite(folder.path().join("desk.db"));
        Self::found(store, Box::new(folder)).await
    }

    /// A center in a schema of the server for tests; nothing where there is none.
    pub(crate) async fn postgres() -> Option<Self> {
        let schema = server()?.schema(Database::Bytewise).await;
        let store = SharedStore::Postgres { schema: schema.name().to_owned(), url: schema.url().to_owned() };
        Some(Self::found(store, Box::new(schema)).await)
    }

    /// A center in a schema of a server that the test has for itself.
    pub(crate) async fn on(cluster: &Cluster, schema: &str) -> Self {
        let store = SharedStore::Postgres { schema: schema.to_owned(), url: cluster.url() };
        Self::found(store, Box::new(())).await
    }

    /// A center in a store that is empty, and what is dropped after it.
    pub(crate) async fn found(store: SharedStore, guard: Box<dyn Any + Send>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let post = folder.path().join("post");
        let ground = Self { store, post, witness: Witness::default(), _folder: folder, _guard: guard };
        found(&ground.desk(Span::ZERO).await, TENANT).await.expect("the center can be founded");
        ground
    }

    /// A desk of this process, by a clock that is wrong, as that of its leases is.
    pub(crate) async fn desk(&self, wrong: Span) -> Desk {
        let store = self.store.open(wrong).await.expect("the store can be opened");
        Desk::new(store)
            .with_clock(Arc::new(Shifted(wrong)))
            .with_messenger(Arc::new(PostFile::open(&self.post)))
    }

    /// Starts a node by a clock that is wrong.
    pub(crate) fn node(&self, clock: Span, leases: Span) -> Process {
        let program = Path::new(env!("CARGO_BIN_EXE_node"));
        Process::start(&Start { program, store: &self.store, post: &self.post, clock, leases })
    }

    /// Notes what a node acknowledged.
    pub(crate) fn note(&mut self, said: &[String]) {
        self.witness.acknowledged.extend(said.iter().filter_map(|line| acknowledged(line)));
    }

    /// Does everything that is due by a clock that is wrong, when all leases of killed nodes have ended, and audits what is
    /// left.
    pub(crate) async fn settle(&mut self, wrong: Span) {
        let desk = self.desk(wrong).await;
        let mut now = desk.now();
        for round in 0.. {
            assert!(round < 100, "there is always something to do");
            if desk.tick(now).await.expect("the store does its part") == Tick::default() {
                break;
            }
            now = desk.now();
        }
        self.witness.settled = Some(now);
        self.witness.delivered = PostFile::read(&self.post);
        assert_sound(&**desk.store(), TENANT, &self.witness).await;
    }
}
