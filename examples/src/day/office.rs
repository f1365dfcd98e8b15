//! The office of the day: the desk, the clock, what was asked of it, and the page on which the day is told.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;

use okno::base::{Clock, ManualClock, SeededIds, derived_id};
use okno::engine::{Acting, Archived, Command, Requests};
use okno::life::directory::{DirectoryCommand, UnitId};
use okno::store::{Receipt, Store};
use okno::{
    Actor, Catalog, Channel, CommandId, Desk, Founding, Person, RequestCommand, RequestId, Submit, Text,
    Timestamp,
};
use okno_storage_memory::MemoryBlobs;
use uuid::Uuid;

use super::names;
use super::people::{TENANT, Who};
use super::ports::{Letters, ToyScanner};

/// What a part of the day ends with.
pub(super) type Done = Result<(), Box<dyn Error>>;

/// The office.
#[derive(Debug)]
pub(super) struct Office {
    pub(super) desk: Desk,
    pub(super) letters: Arc<Letters>,
    /// Who set the tenant up.
    pub(super) founder: Actor,
    /// The unit that the tenant began with.
    pub(super) top: UnitId,
    /// The names of the commands that were given, by their ids.
    pub(super) given: BTreeMap<CommandId, String>,
    clock: Arc<ManualClock>,
    requests: BTreeMap<&'static str, RequestId>,
    page: String,
}

impl Office {
    /// Founds the center at half past seven in the morning.
    pub(super) async fn open(store: Arc<dyn Store>, seed: u64) -> Result<Self, Box<dyn Error>> {
        let clock = Arc::new(ManualClock::new(time("07:30")?));
        let letters = Arc::new(Letters::default());
        let desk = Desk::new(store)
            .with_clock(clock.clone())
            .with_ids(Arc::new(SeededIds::new(seed)))
            .with_messenger(letters.clone())
            .with_blobs(Arc::new(MemoryBlobs::new()))
            .with_scanner(Arc::new(ToyScanner::default()));
        let founding = founding()?;
        desk.found(&founding).await?;
        let (top, administrator) = (founding.unit(), founding.administrator_id());
        let founder = Actor::employee(TENANT, administrator, Channel::Api);
        let (given, requests, page) = (BTreeMap::new(), BTreeMap::new(), String::new());
        Ok(Self { desk, letters, founder, top, given, clock, requests, page })
    }

    /// Asks for something, and notes what.
    pub(super) async fn give(&mut self, actor: Actor, command: Command) -> Result<Receipt, Box<dyn Error>> {
        let id = CommandId(derived_id(TENANT.0, &format!("command {}", self.given.len())));
        let name = names::name_of(&command)?;
        let done = self.desk.acting(actor).once(id).run(command).await;
        let receipt = done.map_err(|error| format!("{name} at {}: {error}", self.now()))?;
        self.given.insert(id, name);
        Ok(receipt)
    }

    /// Changes the directory.
    pub(super) async fn change(&mut self, who: Who, command: DirectoryCommand) -> Done {
        self.give(who.actor(), Command::Directory { command }).await.map(drop)
    }

    /// Submits a request that the story calls `name` from now on.
    pub(super) async fn submit(&mut self, actor: Actor, name: &'static str, submit: Submit) -> Done {
        let receipt = self.give(actor, Command::Submit { submit }).await?;
        self.requests.insert(name, RequestId(receipt.subject));
        Ok(())
    }

    /// Takes a step of a request.
    pub(super) async fn step(&mut self, who: Who, name: &str, command: RequestCommand) -> Done {
        self.step_as(who.actor(), name, command).await.map(drop)
    }

    /// The same as any actor, with the receipt.
    pub(super) async fn step_as(
        &mut self,
        actor: Actor,
        name: &str,
        command: RequestCommand,
    ) -> Result<Receipt, Box<dyn Error>> {
        let id = self.request(name)?;
        self.give(actor, Command::Request { id, command }).await
    }

    /// Lets what ended before an instant leave for the archive.
    pub(super) async fn archive(&mut self, before: Timestamp) -> Result<Archived, Box<dyn Error>> {
        let archived = self.acting(Who::Anna).administration().archive(before).await?;
        // The desk itself gives the command, once for each request.
        if archived.left > 0 {
            self.given.insert(CommandId(derived_id(TENANT.0, "archive")), "archive".to_owned());
        }
        Ok(archived)
    }

    /// Calls a request by a name.
    pub(super) fn call(&mut self, name: &'static str, id: RequestId) {
        self.requests.insert(name, id);
    }

    /// Lets the clock go on to a time of the day, and the engine do what is due by then.
    pub(super) async fn until(&mut self, at: &str) -> Done {
        self.tick().await?;
        self.clock.set(time(at)?.max(self.now()));
        self.tick().await
    }

    /// Lets the engine do what is due.
    pub(super) async fn tick(&self) -> Done {
        self.desk.tick(self.now()).await?;
        Ok(())
    }

    /// Writes a line on the page, with the time.
    pub(super) fn say(&mut self, line: &str) {
        let _ = writeln!(self.page, "{}  {line}", clock_face(self.now()));
    }

    /// Writes a whole block on the page.
    pub(super) fn print(&mut self, block: &str) {
        self.page.push_str(block);
    }

    /// The page as it stands at the end.
    pub(super) fn into_page(self) -> String {
        self.page
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn acting(&self, who: Who) -> Acting {
        self.desk.acting(who.actor())
    }

    pub(super) fn requests(&self, who: Who) -> Requests {
        self.acting(who).requests()
    }

    /// The request that the story calls so.
    pub(super) fn request(&self, name: &str) -> Result<RequestId, Box<dyn Error>> {
        Ok(*self.requests.get(name).ok_or_else(|| format!("nobody submitted `{name}`"))?)
    }

    /// How many requests the story knows.
    pub(super) fn submitted(&self) -> usize {
        self.requests.len()
    }

    /// The commands that people and programs gave.
    pub(super) fn used(&self) -> BTreeSet<String> {
        self.given.values().cloned().collect()
    }
}

/// The catalog that the day begins with.
pub(super) fn catalog() -> Result<Catalog, serde_json::Error> {
    serde_json::from_str(include_str!("catalog.json"))
}

fn founding() -> Result<Founding, Box<dyn Error>> {
    let (name, administrator) = (Text::new("Northern Group")?, Person::named("Installer")?);
    Ok(Founding { tenant: TENANT, name, catalog: catalog()?, administrator })
}

/// A time of the day, a Monday in March.
pub(super) fn time(at: &str) -> Result<Timestamp, Box<dyn Error>> {
    Ok(format!("2026-03-02T{at}:00Z").parse()?)
}

/// How a clock on the wall shows an instant.
pub(super) fn clock_face(at: Timestamp) -> String {
    at.to_utc().format("%H:%M").to_string()
}

/// An id that the story gives itself.
pub(super) const fn own_id(n: u128) -> Uuid {
    Uuid::from_u128(0x500 + n)
}
