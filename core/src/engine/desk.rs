use std::fmt;
use std::sync::Arc;

use super::administration::Administration;
use super::command::Command;
use super::error::DeskError;
use super::jobs::Jobs;
use super::numbers::Numbers;
use super::people::People;
use super::presence::{MemoryPresence, Presence};
use super::recent::Recent;
use super::requests::Requests;
use super::run::Call;
use super::scan::Scanner;
use super::series::AllSeries;
use super::tick::Messenger;
use super::views::Views;
use super::worlds::Worlds;
use crate::base::{Clock, CommandId, Ids, RandomIds, SystemClock, TenantId, Timestamp};
use crate::life::World;
use crate::life::access::{Actor, Policy};
use crate::store::{BlobStore, Receipt, Store, Version};

/// The engine: a store, a clock and a source of ids, used on behalf of somebody.
///
/// Cheap to clone; clones share what they know of tenants. Nodes that share a store need nothing else in common.
#[derive(Clone)]
pub struct Desk {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) worlds: Arc<Worlds>,
    pub(super) numbers: Arc<Numbers>,
    pub(super) recent: Arc<Recent>,
    pub(super) messenger: Option<Arc<dyn Messenger>>,
    pub(super) blobs: Option<Arc<dyn BlobStore>>,
    pub(super) scanner: Option<Arc<dyn Scanner>>,
    pub(super) presence: Arc<dyn Presence>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("store", &self.store).field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Desk {
    /// A desk on a store, with the machine's clock and randomness.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            worlds: Arc::default(),
            numbers: Arc::default(),
            recent: Arc::default(),
            messenger: None,
            blobs: None,
            scanner: None,
            presence: Arc::new(MemoryPresence::default()),
        }
    }

    /// The same desk by another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same desk with another source of ids.
    #[must_use]
    pub fn with_ids(mut self, ids: Arc<dyn Ids>) -> Self {
        self.ids = ids;
        self
    }

    /// The same desk with somebody who carries messages out; without one, effects wait in the store.
    #[must_use]
    pub fn with_messenger(mut self, messenger: Arc<dyn Messenger>) -> Self {
        self.messenger = Some(messenger);
        self
    }

    /// The same desk with a place for the bytes of attachments; without one, nobody can attach anything.
    #[must_use]
    pub fn with_blobs(mut self, blobs: Arc<dyn BlobStore>) -> Self {
        self.blobs = Some(blobs);
        self
    }

    /// The same desk with somebody who looks for malware in attachments before requesters get them. Nodes without one
    /// hand out nothing unscanned where the catalog says that attachments are scanned.
    #[must_use]
    pub fn with_scanner(mut self, scanner: Arc<dyn Scanner>) -> Self {
        self.scanner = Some(scanner);
        self
    }

    /// The same desk with marks of who looks at what that it shares with other nodes.
    #[must_use]
    pub fn with_presence(mut self, presence: Arc<dyn Presence>) -> Self {
        self.presence = presence;
        self
    }

    /// The desk as somebody uses it.
    #[must_use]
    pub fn acting(&self, actor: Actor) -> Acting {
        Acting { desk: self.clone(), actor, command: None, seen: None }
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The present instant by the desk's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The directory and the definitions of a tenant, as they stand now.
    ///
    /// # Errors
    /// An unknown tenant is refused.
    pub async fn world(&self, tenant: TenantId) -> Result<Arc<World>, DeskError> {
        self.current_world(tenant).await
    }
}

/// A desk as somebody uses it.
#[derive(Debug, Clone)]
pub struct Acting {
    pub(super) desk: Desk,
    pub(super) actor: Actor,
    command: Option<CommandId>,
    seen: Option<Version>,
}

impl Acting {
    /// Gives the command of this handle an id, so that doing it again gives the first answer. A handle with an id is
    /// for one command: another one under the same id is an error.
    #[must_use]
    pub fn once(mut self, command: CommandId) -> Self {
        self.command = Some(command);
        self
    }

    /// Lets the command of this handle depend on the version of the record that the actor saw.
    #[must_use]
    pub fn having_seen(mut self, version: Version) -> Self {
        self.seen = Some(version);
        self
    }

    /// Requests: submit, work, talk, look.
    #[must_use]
    pub fn requests(&self) -> Requests {
        Requests(self.clone())
    }

    /// The directory.
    #[must_use]
    pub fn people(&self) -> People {
        People(self.clone())
    }

    /// Saved views.
    #[must_use]
    pub fn views(&self) -> Views {
        Views(self.clone())
    }

    /// Recurring requests.
    #[must_use]
    pub fn series(&self) -> AllSeries {
        AllSeries(self.clone())
    }

    /// Bulk work.
    #[must_use]
    pub fn jobs(&self) -> Jobs {
        Jobs(self.clone())
    }

    /// Definitions, and work that was put aside.
    #[must_use]
    pub fn administration(&self) -> Administration {
        Administration(self.clone())
    }

    /// What the actor may do now.
    pub(super) fn policy<'a>(&'a self, world: &'a World) -> Policy<'a> {
        Policy::new(world, &self.actor, self.desk.now())
    }

    /// Does a command.
    ///
    /// # Errors
    /// What refused it, or what the store reports.
    pub async fn run(&self, command: Command) -> Result<Receipt, DeskError> {
        self.desk.run(self.call(command)).await
    }

    pub(super) fn call(&self, command: Command) -> Call {
        let id = self.command.unwrap_or_else(|| self.desk.fresh_command());
        Call { id, seen: self.seen, ..Call::new(self.actor, id, command, self.desk.now()) }
    }
}
