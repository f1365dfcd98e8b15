//! Random work of two tenants through stores that fail: nodes meet at every call, lose answers, and are killed in the middle;
//! messages fail before and after they are carried out. An auditor then looks at what is left.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use okno::base::{Ids, SeededIds, Span};
use okno::config::schedule::{Every, Schedule};
use okno::engine::{Command, DeliveryError, Messenger};
use okno::life::directory::{Contact, ContactId, DirectoryCommand};
use okno::life::erasure::{ERASURE, Erasure};
use okno::life::job::{Bulk, JOB, JobId, Selection};
use okno::life::request::{Effect, NewFile, REQUEST, Request, SeriesId};
use okno::life::series::{CatchUp, SeriesCommand, SeriesPlan};
use okno::store::{BlobStore, FaultPlan, FaultyStore, Queue, Read, Receipt};
use okno::{
    Actor, CommandId, Condition, Desk, DeskError, Person, RequestCommand, RequestId, Submit, TenantId,
    Timestamp,
};
use okno_storage_memory::MemoryBlobs;
use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use uuid::Uuid;

use crate::audit::{Breach, Holdings, Witness, told};
use crate::interleaved::Interleaved;
use crate::{Candidate, Center, Move, What, Who, code, moves, promising, tangles, text};

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Storm {
    /// Commands that were acknowledged.
    pub acknowledged: usize,
    /// Commands that a rule refused.
    pub refused: usize,
    /// Commands of which nobody knows.
    pub unknown: usize,
    /// Calls that were dropped in the middle.
    pub killed: usize,
    /// Faults of the stores.
    pub faults: u64,
    /// Messages that were carried out, repetitions included.
    pub delivered: usize,
    /// Events in the journals.
    pub events: usize,
}

impl Storm {
    /// What two runs did together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            acknowledged: self.acknowledged + other.acknowledged,
            refused: self.refused + other.refused,
            unknown: self.unknown + other.unknown,
            killed: self.killed + other.killed,
            faults: self.faults + other.faults,
            delivered: self.delivered + other.delivered,
            events: self.events + other.events,
        }
    }
}

/// Runs a seed on a store.
///
/// # Errors
/// The laws that do not hold, in words.
///
/// # Panics
/// When the store or the engine does.
pub async fn run(store: Candidate, seed: u64) -> Result<Storm, String> {
    let mut run = Run::open(store, seed).await;
    for pair in stories(seed).chunks(2) {
        run.go_on(pair).await;
    }
    run.finish_archiving().await?;
    run.audit("after the storm").await?;
    run.settle().await?;
    run.audit("after everything was done").await?;
    run.storm.faults += run.nodes.iter().map(|(_, store)| store.faults()).sum::<u64>();
    Ok(run.storm)
}

/// The moves of a seed.
fn stories(seed: u64) -> Vec<Move> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let some = if seed.is_multiple_of(3) { tangles(80).boxed() } else { moves(120).boxed() };
    some.new_tree(&mut runner).expect("moves are never filtered out").current()
}

/// A run of one seed.
struct Run {
    seed: u64,
    chance: Chance,
    plan: FaultPlan,
    centers: [Center; 2],
    witnesses: [Witness; 2],
    nodes: Vec<(Desk, Arc<FaultyStore>)>,
    started: u64,
    blobs: Arc<dyn BlobStore>,
    post: Arc<Unsteady>,
    storm: Storm,
}

/// A command that somebody gave, and what came of it.
struct Attempt {
    of: usize,
    id: CommandId,
    command: Command,
    outcome: Outcome,
    /// What doing it once more was answered, when it was done once more.
    again: Option<Result<Receipt, DeskError>>,
    killed: usize,
}

enum Outcome {
    Done(Receipt),
    Refused,
    Unknown,
}

impl Run {
    async fn open(store: Candidate, seed: u64) -> Self {
        let chance = Chance(SeededIds::new(seed));
        let center = Center::with_seed(store, seed).await;
        let neighbour = center.neighbour().await;
        for center in [&center, &neighbour] {
            // In two of three runs something is promised in time.
            if !seed.is_multiple_of(3) {
                let administration = center.acting(Who::Administrator).administration();
                administration.publish(promising()).await.expect("the administrator may publish");
            }
        }
        let plan = FaultPlan {
            before: chance.one_of([0, 20, 60]),
            after: chance.one_of([20, 60, 150]),
            conflict: chance.one_of([0, 40, 120]),
        };
        let post = Arc::new(Unsteady::new(seed));
        let mut run = Self {
            seed,
            chance,
            plan,
            centers: [center, neighbour],
            witnesses: Default::default(),
            nodes: Vec::new(),
            started: 0,
            blobs: Arc::new(MemoryBlobs::new()),
            post,
            storm: Storm::default(),
        };
        run.nodes = (0..NODES).map(|_| run.start_node()).collect();
        run
    }

    fn start_node(&mut self) -> (Desk, Arc<FaultyStore>) {
        self.started += 1;
        let seed = self.seed.wrapping_mul(1_000).wrapping_add(self.started);
        let meeting = Arc::new(Interleaved::new(self.centers[0].store.clone(), seed));
        let faulty = Arc::new(FaultyStore::new(meeting, self.plan, seed));
        let desk = self.centers[0].node_on(faulty.clone(), seed);
        (desk.with_blobs(self.blobs.clone()).with_messenger(self.post.clone()), faulty)
    }

    /// Two moves at once while a node does what is due.
    async fn go_on(&mut self, moves: &[Move]) {
        let minutes = moves.iter().map(|step| step.wait_minutes).sum();
        self.centers[0].wait(Span::minutes(minutes));
        let attempts = {
            let run = &*self;
            let second = async {
                match moves.get(1) {
                    Some(step) => run.make(step).await,
                    None => None,
                }
            };
            let (one, two, three, ()) = tokio::join!(run.make(&moves[0]), second, run.besides(), run.tick());
            [one, two, three]
        };
        for attempt in attempts.into_iter().flatten() {
            self.note(attempt);
        }
        if self.chance.below(8) == 0 {
            let node = self.chance.below(NODES) as usize;
            self.storm.faults += self.nodes[node].1.faults();
            self.nodes[node] = self.start_node();
        }
    }

    async fn make(&self, step: &Move) -> Option<Attempt> {
        let of = self.chance.below(2) as usize;
        let center = &self.centers[of];
        let actor = center.actor(step);
        let command = match (&step.what, center.command(step).await) {
            (_, Some(command)) => command,
            (What::Attach(visibility), None) => {
                let requests = self.node().acting(actor).requests();
                let upload = requests.upload(&mut &b"A few bytes"[..]).await.ok()?;
                let media_type = "text/plain".parse().expect("a media type");
                let file = NewFile { upload, name: text("Счёт.txt"), media_type };
                let command = RequestCommand::Attach { file, visibility: *visibility };
                Command::Request { id: center.any_request(step), command }
            }
            (_, None) => {
                self.tick().await;
                return None;
            }
        };
        Some(self.attempt(of, actor, command).await)
    }

    /// Now and then, what random moves have not or seldom: contacts who say that they have one address, bulk work, and steps
    /// that somebody is told of.
    async fn besides(&self) -> Option<Attempt> {
        let of = self.chance.below(2) as usize;
        let center = &self.centers[of];
        let tenant = center.tenant;
        let any = self.chance.below(1_000) as usize;
        let id = center.submitted.get(any % center.submitted.len().max(1)).copied();
        if self.chance.below(20) == 0 {
            self.archive(center).await;
            return None;
        }
        let step = |command| Some((Who::Supervisor, Command::Request { id: id?, command }));
        let resolve = || RequestCommand::Resolve { code: "fixed".into(), text: "Done.".into() };
        let (who, command) = match self.chance.below(15) {
            0 | 1 => (Who::Administrator, self.contact()),
            2 => (Who::Supervisor, bulk()),
            3 | 4 => step(resolve())?,
            5 => step(RequestCommand::Assign { operator: Who::Operator.employee(tenant) })?,
            6 => step(RequestCommand::Reopen { text: "Not yet.".into(), hold: None })?,
            7 => step(RequestCommand::Close { reason: "done".into() })?,
            8 => (Who::Administrator, self.erasure(tenant)),
            9 => (Who::Supervisor, self.series(center)),
            _ => return None,
        };
        Some(self.attempt(of, who.actor(tenant), command).await)
    }

    /// Lets everything leave that ended, and may stop in the middle; a fault leaves the rest to the next time.
    async fn archive(&self, center: &Center) {
        let patience = (self.chance.below(3) == 0).then(|| self.chance.below(60));
        let administration = self.node().acting(Who::Administrator.actor(center.tenant)).administration();
        let _ = within(patience, administration.archive(center.now())).await;
    }

    /// One of the contacts is forgotten, seldom the one who asks for things.
    fn erasure(&self, tenant: TenantId) -> Command {
        let party = match self.chance.below(8) {
            0 => Who::Caller.party(tenant),
            n => ContactId(Uuid::from_u128(900 + u128::from(n % 3))).into(),
        };
        Command::ErasePerson { party }
    }

    /// One of two series happens each day or each other day, for three weeks.
    fn series(&self, center: &Center) -> Command {
        let id = SeriesId(Uuid::from_u128(700 + u128::from(self.chance.below(2))));
        let from = center.now();
        let date = |at: Timestamp| {
            at.to_string()
                .split('T')
                .next()
                .and_then(|date| date.parse().ok())
                .expect("an instant begins with its date")
        };
        let schedule = Schedule {
            every: Every::Days(1 + self.chance.below(2) as u32),
            at: "09:00".to_owned(),
            zone: "Europe/Moscow".to_owned(),
            from: date(from),
            until: Some(date(from + Span::days(21))),
        };
        let requester = Some(Who::Requester.party(center.tenant));
        let submit =
            Submit { requester, ..Submit::new(code("IT-01"), text("Проверить ленты")) };
        let catch_up = self.chance.one_of([CatchUp::Each, CatchUp::Latest, CatchUp::Within(Span::hours(2))]);
        let active = self.chance.below(4) > 0;
        let plan = SeriesPlan { id, name: text("Tapes"), schedule, catch_up, submit, active };
        Command::Series { id, command: SeriesCommand::Save { plan: Box::new(plan) } }
    }

    /// One of three contacts has one of three addresses now, or is gone.
    fn contact(&self) -> Command {
        let address = format!("email:{}@north.example", self.chance.below(3));
        let person = Person { name: text("Somebody"), addresses: Vec::new() };
        let person = person.with_address(address.parse().expect("an address"), true);
        let id = ContactId(Uuid::from_u128(900 + u128::from(self.chance.below(3))));
        let contact = Contact { active: self.chance.below(4) > 0, ..Contact::new(id, person) };
        Command::Directory { command: DirectoryCommand::SaveContact { contact } }
    }

    /// Gives a command as a host does whose nodes fail: again, under the same id, on any node, as long as a retry can help
    /// and the host does not lose patience.
    async fn attempt(&self, of: usize, actor: Actor, command: Command) -> Attempt {
        let id = CommandId(Uuid::from_u128(self.chance.0.seed()));
        let (mut outcome, mut again, mut killed) = (Outcome::Unknown, None, 0);
        for _ in 0..TRIES {
            let call = self.node().acting(actor).once(id);
            let patience = (self.chance.below(12) == 0).then(|| self.chance.below(12));
            match within(patience, call.run(command.clone())).await {
                Some(Ok(receipt)) => {
                    outcome = Outcome::Done(receipt);
                    break;
                }
                Some(Err(error)) if error.is_retryable() => {}
                Some(Err(_)) => {
                    outcome = Outcome::Refused;
                    break;
                }
                None => killed += 1,
            }
        }
        if matches!(outcome, Outcome::Done(_)) && self.chance.below(6) == 0 {
            again = Some(self.centers[0].desk.acting(actor).once(id).run(command.clone()).await);
        }
        Attempt { of, id, command, outcome, again, killed }
    }

    async fn tick(&self) {
        let patience = (self.chance.below(4) == 0).then(|| self.chance.below(30));
        let desk = self.node();
        // A fault that ends a tick leaves what it had leased to the next one.
        let _ = within(patience, desk.tick(desk.now())).await;
    }

    fn node(&self) -> &Desk {
        &self.nodes[self.chance.below(NODES) as usize].0
    }

    fn note(&mut self, attempt: Attempt) {
        let Attempt { of, id, command, outcome, again, killed } = attempt;
        let witness = &mut self.witnesses[of];
        self.storm.killed += killed;
        match outcome {
            Outcome::Done(receipt) => {
                if let Some(again) = again {
                    assert_eq!(again.ok().as_ref(), Some(&receipt), "done again, {command:?} is answered");
                }
                self.storm.acknowledged += 1;
                self.centers[of].note(&command, &receipt);
                witness.acknowledged.insert(id, receipt);
            }
            Outcome::Refused => {
                self.storm.refused += 1;
                witness.refused.insert(id);
            }
            Outcome::Unknown => self.storm.unknown += 1,
        }
    }

    /// Goes on with what archiving left in the middle.
    async fn finish_archiving(&self) -> Result<(), String> {
        for center in &self.centers {
            let administration = center.desk.clone().with_blobs(self.blobs.clone());
            let administration =
                administration.acting(Who::Administrator.actor(center.tenant)).administration();
            let done = administration.archive(Timestamp::MIN).await;
            done.map_err(|error| format!("archiving without faults: {error}"))?;
        }
        Ok(())
    }

    /// Lets time pass on a node that does not fail until nothing is left to do.
    async fn settle(&mut self) -> Result<(), String> {
        self.post.be_steady();
        let desk =
            self.centers[0].desk.clone().with_messenger(self.post.clone()).with_blobs(self.blobs.clone());
        for _ in 0..SETTLING_HALF_DAYS {
            self.centers[0].wait(Span::hours(12));
            desk.tick(desk.now()).await.map_err(|error| format!("a tick without faults: {error}"))?;
            let mut left = 0;
            for center in &self.centers {
                retry(center).await;
                for queue in Queue::ALL {
                    left += center.work(queue, None, false).await.len();
                }
            }
            if left == 0 {
                for witness in &mut self.witnesses {
                    witness.settled = Some(desk.now());
                }
                return Ok(());
            }
        }
        Err("work is left that is never done".to_owned())
    }

    async fn audit(&mut self, when: &str) -> Result<(), String> {
        let mut breaches: Vec<Breach> = Vec::new();
        let mut both = Vec::new();
        self.storm.events = 0;
        for (center, witness) in self.centers.iter().zip(&mut self.witnesses) {
            witness.delivered = self.post.delivered(center.tenant);
            let holdings = Holdings::read(&*center.store, center.tenant, witness).await;
            self.storm.events += holdings.journal.len();
            breaches.extend(holdings.audit(witness));
            both.push(holdings);
        }
        breaches.extend(both[0].audit_apart(&both[1]));
        self.storm.delivered = self.witnesses.iter().map(|witness| witness.delivered.len()).sum();
        if breaches.is_empty() { Ok(()) } else { Err(format!("{when}, {}", told(&breaches))) }
    }
}

/// A tag for everything on a line.
fn bulk() -> Command {
    let over = Selection::Where(Condition::eq("line", "it"));
    let bulk = Bulk { over, command: RequestCommand::Tag { tag: code("vip") } };
    Command::Bulk { bulk: Box::new(bulk) }
}

/// Sets everything going again that was put aside.
async fn retry(center: &Center) {
    let query = okno::store::Query::records(center.tenant, &REQUEST, okno::condition::Filter::everything());
    let page = center.store.query(query).await.expect("the store does its part");
    let administration = center.acting(Who::Administrator).administration();
    for request in page.rows.iter().filter_map(|row| row.record.as_ref()?.of::<Request>()) {
        for _ in &request.stuck {
            administration.retry(RequestId(request.id.0)).await.expect("something was put aside");
        }
    }
    for item in center.work(Queue::Timers, None, true).await {
        if item.subject.kind == &JOB {
            let jobs = center.acting(Who::Administrator).jobs();
            jobs.resume(JobId(item.subject.id)).await.expect("the job was put aside");
        }
        if item.subject.kind == &ERASURE {
            let view = center.store.load(Read { keys: vec![item.subject], ..Read::new(center.tenant) }).await;
            let view = view.expect("the store does its part");
            let erasure = view.record::<Erasure>(item.subject).flatten().expect("it was put aside");
            // Whoever asks again goes on with it.
            center.acting(Who::Administrator).people().erase(erasure.0.party).await.expect("it is known");
        }
    }
}

/// Waits for a call, or drops it after so many turns.
async fn within<T>(turns: Option<u64>, call: impl Future<Output = T>) -> Option<T> {
    let Some(turns) = turns else { return Some(call.await) };
    let patience = async {
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        done = call => Some(done),
        () = patience => None,
    }
}

/// A messenger that fails by a seed, before or after it carried something out.
#[derive(Debug)]
struct Unsteady {
    chance: Chance,
    steady: AtomicBool,
    delivered: Mutex<Vec<(TenantId, Uuid, Effect)>>,
}

impl Unsteady {
    fn new(seed: u64) -> Self {
        let chance = Chance(SeededIds::new(!seed));
        Self { chance, steady: AtomicBool::new(false), delivered: Mutex::default() }
    }

    fn be_steady(&self) {
        self.steady.store(true, Ordering::SeqCst);
    }

    fn delivered(&self, tenant: TenantId) -> Vec<(Uuid, Effect)> {
        let delivered = self.delivered.lock().unwrap_or_else(PoisonError::into_inner);
        let own = delivered.iter().filter(|(whose, ..)| *whose == tenant);
        own.map(|(_, key, effect)| (*key, effect.clone())).collect()
    }
}

#[async_trait]
impl Messenger for Unsteady {
    async fn deliver(&self, tenant: TenantId, key: Uuid, effect: &Effect) -> Result<(), DeliveryError> {
        tokio::task::yield_now().await;
        let luck = if self.steady.load(Ordering::SeqCst) { u64::MAX } else { self.chance.below(24) };
        let failed =
            |retryable| Err(DeliveryError { reason: "the mail server is down".to_owned(), retryable });
        match luck {
            0 => return failed(false),
            1..=4 => return failed(true),
            _ => {}
        }
        let mut delivered = self.delivered.lock().unwrap_or_else(PoisonError::into_inner);
        delivered.push((tenant, key, effect.clone()));
        if luck == 5 { failed(true) } else { Ok(()) }
    }
}

/// Random numbers of a seed.
#[derive(Debug)]
struct Chance(SeededIds);

impl Chance {
    fn below(&self, bound: u64) -> u64 {
        (self.0.seed() % u128::from(bound)) as u64
    }

    fn one_of<T: Copy, const N: usize>(&self, choices: [T; N]) -> T {
        choices[self.below(N as u64) as usize]
    }
}

const NODES: u64 = 3;
const TRIES: usize = 5;
/// Holds end within 600 hours, and what was put aside is tried again.
const SETTLING_HALF_DAYS: usize = 100;
