use std::path::{Path, PathBuf};
use std::sync::Arc;

use okno::base::Span;
use okno::engine::Tick;
use okno::{Desk, TenantId};
use okno_tests::audit::{Witness, assert_sound};
use okno_tests::found;
use okno_tests::node::{PostFile, Process, SharedStore, Shifted, Start, acknowledged};
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
}

impl Ground {
    /// A center in a SQLite file.
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SharedStore::Sqlite(folder.path().join("desk.db"));
        let post = folder.path().join("post");
        let ground = Self { store, post, witness: Witness::default(), _folder: folder };
        found(&ground.desk(Span::ZERO).await, TENANT).await.expect("the center can be founded");
        ground
    }

    /// A desk of this process, by a clock that is wrong, as that of its leases is.
    pub(crate) async fn desk(&self, wrong: Span) -> Desk {
        let clock = Arc::new(Shifted(wrong));
        let store = self.store.open(clock.clone()).await.expect("the store can be opened");
        Desk::new(store).with_clock(clock).with_messenger(Arc::new(PostFile::open(&self.post)))
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
