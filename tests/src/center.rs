use std::any::Any;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use okno::base::{Clock, Ids, ManualClock, SeededIds, Span};
use okno::condition::Value;
use okno::engine::{Acting, Command, Requests, Tick};
use okno::life::directory::{Delegation, DelegationId, DirectoryCommand, Only, Scope};
use okno::life::request::{
    ATTACHMENT, Attachment, ENTRY, Entry, EntryId, NewFile, REQUEST, Request, Visibility,
};
use okno::store::{
    Event, Head, JournalRead, Loaded, Lookup, Queue, Read, Receipt, Store, Version, WorkList, WorkState,
};
use okno::{Actor, Desk, DeskError, RequestCommand, RequestId, Submit, TenantId, Timestamp};
use okno_storage_memory::MemoryBlobs;
use tempfile::TempDir;
use uuid::Uuid;

use crate::moves::{Move, Tie, What};
use crate::postgres::Schema;
use crate::world::{Who, acting, code, found, start, text};
use crate::{Candidate, lines};

/// A service center on a fresh store, with a clock that stands and ids that follow from a seed.
pub struct Center {
    /// The tenant that everything is about.
    pub tenant: TenantId,
    /// The clock of the desk and of the store's leases.
    pub clock: Arc<ManualClock>,
    /// The store.
    pub store: Arc<dyn Store>,
    /// The desk.
    pub desk: Desk,
    /// The requests that were submitted through it, in order.
    pub submitted: Vec<RequestId>,
    guard: Arc<dyn Any + Send + Sync>,
}

/// What a move was answered: the receipt, or the error as people read it.
pub type Outcome = Result<Receipt, String>;

impl fmt::Debug for Center {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Center").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Center {
    /// Opens a store and founds the center on it.
    ///
    /// # Panics
    /// When the center cannot be founded.
    pub async fn open(store: Candidate) -> Self {
        Self::with_seed(store, 1).await
    }

    /// The same with other ids.
    ///
    /// # Panics
    /// When the center cannot be founded.
    pub async fn with_seed(store: Candidate, seed: u64) -> Self {
        let clock = Arc::new(ManualClock::new(start()));
        let fixture = (store.open)(clock.clone()).await;
        let ids: Arc<dyn Ids> = Arc::new(SeededIds::new(seed));
        let desk = Desk::new(fixture.store.clone())
            .with_clock(clock.clone())
            .with_ids(ids)
            .with_blobs(Arc::new(MemoryBlobs::new()));
        let tenant = TenantId(Uuid::from_u128(1));
        found(&desk, tenant).await.expect("the center can be founded");
        let (store, guard) = (fixture.store, Arc::from(fixture.guard));
        Self { tenant, clock, store, desk, submitted: Vec::new(), guard }
    }

    /// Another tenant of the same shape on the same store and desk.
    ///
    /// # Panics
    /// When the tenant cannot be founded.
    pub async fn neighbour(&self) -> Self {
        let tenant = TenantId(Uuid::from_u128(2));
        found(&self.desk, tenant).await.expect("the neighbour can be founded");
        let (clock, store, guard) = (self.clock.clone(), self.store.clone(), self.guard.clone());
        Self { tenant, clock, store, desk: self.desk.clone(), submitted: Vec::new(), guard }
    }

    /// Another node: a desk of its own on the same store.
    #[must_use]
    pub fn node(&self, seed: u64) -> Desk {
        self.node_on(self.store.clone(), seed)
    }

    /// Another node whose way to the store leads through a wrapper.
    #[must_use]
    pub fn node_on(&self, store: Arc<dyn Store>, seed: u64) -> Desk {
        Desk::new(store).with_clock(self.clock.clone()).with_ids(Arc::new(SeededIds::new(seed)))
    }

    /// The folder of a store that keeps files.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.guard.downcast_ref::<TempDir>().map(TempDir::path)
    }

    /// The schema of a store in a database.
    #[must_use]
    pub fn schema(&self) -> Option<&Schema> {
        self.guard.downcast_ref()
    }

    /// Lets time pass.
    pub fn wait(&self, span: Span) {
        self.clock.set(self.clock.now() + span);
    }

    /// Does everything that is due now.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn tick(&self) -> Tick {
        self.desk.tick(self.now()).await.expect("the store does its part")
    }

    /// Submits a request for the requester.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn submit(&mut self, service: &str) -> RequestId {
        let submit = Submit::new(code(service), text("The printer prints nothing"));
        let receipt = self.requests(Who::Requester).submit(submit).await.expect("the requester may submit");
        self.submitted.push(RequestId(receipt.subject));
        RequestId(receipt.subject)
    }

    /// Asks for a step as the supervisor, who may ask for most.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn step(&self, id: RequestId, command: RequestCommand) -> Receipt {
        let name = format!("{command:?}");
        let done = self.requests(Who::Supervisor).step(id, command).await;
        done.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Makes a random move and tells what it was answered.
    pub async fn perform(&mut self, step: &Move) -> Outcome {
        self.wait(Span::minutes(step.wait_minutes));
        let acting = self.desk.acting(self.actor(step));
        let done = match (&step.what, self.command(step).await) {
            (_, Some(command)) => {
                let done = acting.run(command.clone()).await;
                done.iter().for_each(|receipt| self.note(&command, receipt));
                done
            }
            (What::Attach(visibility), None) => {
                attach(&acting.requests(), self.any_request(step), *visibility).await
            }
            (_, None) => return self.desk.tick(self.now()).await.map(counted).map_err(|e| e.to_string()),
        };
        done.map_err(|error| error.to_string())
    }

    /// Who makes a move, and for whom.
    #[must_use]
    pub fn actor(&self, step: &Move) -> Actor {
        let actor = step.who.actor(self.tenant);
        step.acting_for.map_or(actor, |principal| actor.acting_for(principal.employee(self.tenant)))
    }

    /// What a move asks the desk for as things stand: nothing for a tick, nor for a file, which has to be brought first.
    pub async fn command(&self, step: &Move) -> Option<Command> {
        let id = self.any_request(step);
        Some(match &step.what {
            What::Submit(submit) => Command::Submit { submit: submit.clone() },
            What::Step(command) => Command::Request { id, command: command.clone() },
            What::Entry(entry, what) => {
                let entries = self.entries(id).await;
                let nothing = EntryId(Uuid::from_u128(404));
                let entry =
                    entries.len().checked_sub(1).map_or(nothing, |last| entries[entry % (last + 1)].id);
                Command::Request { id, command: what.step(entry) }
            }
            What::Tie { other, tie } => Command::Request { id, command: self.tie(step, *other, tie).await },
            What::Delegate(delegate) => {
                let delegation = self.between(step.who, *delegate);
                Command::Directory { command: DirectoryCommand::SaveDelegation { delegation } }
            }
            What::MoveUnit(unit, parent) => {
                let (unit, parent) = (*unit, *parent);
                Command::Directory { command: DirectoryCommand::MoveUnit { unit, parent } }
            }
            What::Attach(_) | What::Tick => return None,
        })
    }

    /// Remembers the request that a command made, if it made one.
    pub fn note(&mut self, command: &Command, receipt: &Receipt) {
        let splits = |command: &RequestCommand| matches!(command, RequestCommand::Split { .. });
        let makes = match command {
            Command::Submit { .. } => true,
            Command::Request { command, .. } => splits(command),
            _ => false,
        };
        self.submitted.extend(makes.then_some(RequestId(receipt.subject)));
    }

    /// A delegation from now on, of everything.
    fn between(&self, principal: Who, delegate: Who) -> Delegation {
        Delegation {
            id: DelegationId(Uuid::from_u128(5_000 + 100 * principal as u128 + delegate as u128)),
            principal: principal.employee(self.tenant),
            delegate: delegate.employee(self.tenant),
            from: self.now(),
            until: None,
            scope: Scope { confidentiality: 9, ..Scope::default() },
            actions: Only::All,
            only_while_absent: false,
            active: true,
        }
    }

    /// The command of a step between two requests.
    async fn tie(&self, step: &Move, other: usize, tie: &Tie) -> RequestCommand {
        let to = self.one_of_them(other);
        match tie.clone() {
            Tie::Merge(requester) => RequestCommand::Merge { into: to, requester, earliest: false },
            Tie::Link(kind) => RequestCommand::Link { kind, to },
            Tie::Unlink(kind) => RequestCommand::Unlink { kind, to },
            Tie::Join(on_end) => RequestCommand::JoinParent { parent: to, on_end },
            Tie::Split(submit) => {
                let entries = self.requests(Who::Supervisor).entries(self.any_request(step)).await;
                let entries = entries.unwrap_or_default();
                let entry = entries.get(other % entries.len().max(1)).map(|entry| entry.id);
                let entry = entry.unwrap_or(EntryId(Uuid::from_u128(404)));
                RequestCommand::Split { entry, submit }
            }
        }
    }

    /// The request that a move is about.
    #[must_use]
    pub fn any_request(&self, step: &Move) -> RequestId {
        self.one_of_them(step.about)
    }

    fn one_of_them(&self, any: usize) -> RequestId {
        match self.submitted.len() {
            0 => RequestId(Uuid::from_u128(404)),
            known => self.submitted[any % known],
        }
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The desk as somebody uses it.
    #[must_use]
    pub fn acting(&self, who: Who) -> Acting {
        acting(&self.desk, self.tenant, who)
    }

    /// Requests on behalf of somebody.
    #[must_use]
    pub fn requests(&self, who: Who) -> Requests {
        self.acting(who).requests()
    }

    /// A request as the store has it.
    ///
    /// # Panics
    /// When there is none.
    pub async fn request(&self, id: RequestId) -> Request {
        self.versioned(id).await.expect("there is such a request").0
    }

    /// A request as the store has it and its version, if there is one.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn versioned(&self, id: RequestId) -> Option<(Request, Version)> {
        let mut read = Read::new(self.tenant);
        read.keys = vec![REQUEST.key(id.0)];
        let view = self.store.load(read).await.expect("the store does its part");
        let (request, version) = view.record::<Request>(REQUEST.key(id.0)).flatten()?;
        Some(((*request).clone(), version))
    }

    /// Every entry of a request, as the store has it.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn entries(&self, id: RequestId) -> Vec<Arc<Entry>> {
        let mut read = Read::new(self.tenant);
        let of_request = ENTRY.slot("request").expect("entries belong to requests");
        read.lookups =
            vec![Lookup { kind: &ENTRY, equal: vec![(of_request, Value::Id(id.0))], limit: 1_000 }];
        let view = self.store.load(read).await.expect("the store does its part");
        let rows = view.lookups.iter().flat_map(|(_, rows)| rows);
        let mut entries: Vec<Arc<Entry>> = rows.filter_map(Loaded::of).collect();
        entries.sort_by_key(|entry| entry.number);
        entries
    }

    /// Where the tenant stands.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn head(&self) -> Head {
        self.store.load(Read::new(self.tenant)).await.expect("the store does its part").head
    }

    /// The tenant's whole journal.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn journal(&self) -> Vec<Event> {
        let read = JournalRead { tenant: self.tenant, after: 0, subject: None, limit: 10_000 };
        self.store.events(read).await.expect("the store does its part")
    }

    /// The tenant's whole journal in a form that can be compared.
    pub async fn lines(&self) -> Vec<String> {
        lines(&self.journal().await)
    }

    /// Every attachment of a request, as the store has it.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn attachments(&self, id: RequestId) -> Vec<Arc<Attachment>> {
        let of_request = ATTACHMENT.slot("request").expect("attachments belong to requests");
        let equal = vec![(of_request, Value::Id(id.0))];
        let lookups = vec![Lookup { kind: &ATTACHMENT, equal, limit: 1_000 }];
        let read = Read { lookups, ..Read::new(self.tenant) };
        let view = self.store.load(read).await.expect("the store does its part");
        view.lookups.iter().flat_map(|(_, rows)| rows).filter_map(Loaded::of).collect()
    }

    /// Items of a queue, of one request or of all.
    ///
    /// # Panics
    /// When the store fails.
    pub async fn work(&self, queue: Queue, of: Option<RequestId>, parked: bool) -> Vec<WorkState> {
        let subject = of.map(|id| REQUEST.key(id.0));
        let list = WorkList { tenant: self.tenant, queue, subject, parked, limit: 1_000 };
        self.store.work(list).await.expect("the store does its part")
    }

    /// How often something of this name happened.
    pub async fn times(&self, fact: &str) -> usize {
        self.journal().await.iter().filter(|event| event.fact.name() == fact).count()
    }
}

/// Uploads a file and attaches it.
///
/// # Errors
/// What the desk refuses.
pub async fn attach(
    requests: &Requests,
    id: RequestId,
    visibility: Visibility,
) -> Result<Receipt, DeskError> {
    let upload = requests.upload(&mut &b"A few bytes"[..]).await?;
    let media_type = "text/plain".parse().expect("a media type");
    requests.attach(id, NewFile { upload, name: text("Счёт.txt"), media_type }, visibility).await
}

/// What a tick did, in the form of a receipt.
fn counted(tick: Tick) -> Receipt {
    let label = format!("{tick:?}");
    Receipt { subject: Uuid::nil(), label, version: Version::ABSENT, position: 0 }
}
