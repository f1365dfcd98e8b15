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
use uuid::Uuid;

/// The tenant that every node works for.
pub(crate) const TENANT: TenantId = TenantId(Uuid::from_u128(1));

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
        Self::found(store, folder, Box::new(())).await
    }

    /// A center in a schema of the server for tests; nothing where there is none.
    pub(crate) async fn postgres() -> Option<Self> {
        let schema = server()?.schema(Database::Bytewise).await;
        let store = SharedStore::Postgres { schema: schema.name().to_owned(), url: schema.url().to_owned() };
        let folder = tempfile::tempdir().expect("a folder");
        Some(Self::found(store, folder, Box::new(schema)).await)
    }

    /// A center on a server of its own, which can be killed.
    pub(crate) async fn on(cluster: &Cluster) -> Self {
        let store = SharedStore::Postgres { schema: "okno".to_owned(), url: cluster.url() };
        let folder = tempfile::tempdir().expect("a folder");
        Self::found(store, folder, Box::new(())).await
    }

    async fn found(store: SharedStore, folder: TempDir, guard: Box<dyn Any + Send>) -> Self {
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
