//! What a node does that is a process of its own: it takes orders, a line each, and says what came of them.

use std::future::Future;
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use okno::base::{Clock, Ids as _, RandomIds, Span};
use okno::engine::{Command, DeliveryError, Messenger};
use okno::life::request::{Effect, HoldFor, HoldReason};
use okno::store::{
    Batch, Event, JournalRead, Lease, Leased, Page, Query, Read, Receipt, Store, StoreError, View, WorkClaim,
    WorkList, WorkState,
};
use okno::{
    CommandId, Desk, DeskError, Refusal, RequestCommand as C, RequestId, Submit, TenantId, Timestamp,
};
use uuid::Uuid;

use super::shared::{PostFile, SharedStore, Shifted};
use crate::{Who, code, runtime, text};

/// Runs the node that the command line describes until its orders end.
///
/// # Panics
/// When the command line, an order or the store makes no sense.
pub fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [store, post, clock, leases] = &words[..] else { panic!("usage: node STORE POST CLOCK LEASES") };
    let span = |text: &str| Span::from_millis(text.parse().expect("milliseconds"));
    let store = SharedStore::from_words(store).expect("a store");
    let node = Node { store, post: post.into(), clock: span(clock), leases: span(leases) };
    runtime().block_on(node.serve());
}

struct Node {
    store: SharedStore,
    post: PathBuf,
    clock: Span,
    leases: Span,
}

impl Node {
    async fn serve(self) {
        let clock: Arc<dyn Clock> = Arc::new(Shifted(self.clock));
        let store = self.store.open(self.leases).await.expect("the store can be opened");
        let desk = |store: Arc<dyn Store>| Desk::new(store).with_clock(clock.clone());
        let plain = desk(store.clone()).with_messenger(Arc::new(PostFile::open(&self.post)));
        let slow = desk(Arc::new(Slow(store)));
        let slow = slow.with_messenger(Arc::new(Slow(PostFile::open(&self.post))));
        let (sender, mut orders) = tokio::sync::mpsc::unbounded_channel();
        // Whoever gives the orders is gone when they end.
        std::thread::spawn(move || {
            std::io::stdin().lock().lines().map_while(Result::ok).all(|order| sender.send(order).is_ok())
        });
        while let Some(order) = orders.recv().await {
            let words: Vec<&str> = order.split(' ').collect();
            match words[..] {
                ["work", callers] => work(&plain, callers.parse().expect("a number")),
                ["tick"] => ticked(plain.tick(plain.now()).await),
                ["tick", "slowly"] => ticked(slow.tick(slow.now()).await),
                ["claim", id, who] => said(step(&plain, who, id, C::Claim).await),
                ["merge", id, into] => {
                    let into = into.parse().expect("a request");
                    said(
                        step(&plain, "Supervisor", id, C::Merge { into, requester: None, earliest: false })
                            .await,
                    );
                }
                ["submit", command] => {
                    let id = command.parse().expect("a command");
                    said(run(&plain, Who::Requester, id, submission()).await);
                }
                _ => panic!("what is `{order}`?"),
            }
        }
    }
}

/// Lets callers work, and a worker do what is due, until the process is killed.
fn work(desk: &Desk, callers: u32) {
    for caller in 0..callers {
        let desk = desk.clone();
        spawn(async move {
            for round in caller.. {
                one_request(&desk, round).await;
            }
        });
    }
    let desk = desk.clone();
    spawn(async move {
        loop {
            match desk.tick(desk.now()).await {
                Ok(_) => tokio::time::sleep(Duration::from_millis(5)).await,
                Err(error) => try_later(&error).await,
            }
        }
    });
}

/// A task whose panic ends the process, so that whoever leads it sees that something is wrong.
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(async move {
        if tokio::spawn(task).await.is_err() {
            std::process::exit(101);
        }
    });
}

/// The life of a request: it is submitted, assigned, answered, held for a moment, and resolved, or left where it is.
async fn one_request(desk: &Desk, round: u32) {
    let receipt = insist(desk, Who::Requester, submission()).await;
    let id = RequestId(receipt.subject);
    let step = |command| Command::Request { id, command };
    let operator = Who::Operator.employee(TENANT);
    insist(desk, Who::Supervisor, step(C::Assign { operator })).await;
    insist(desk, Who::Operator, step(C::Answer("On it.".into()))).await;
    if round.is_multiple_of(2) {
        let until = desk.now() + Span::from_millis(100);
        let hold = step(C::Hold(HoldFor::until(HoldReason::Internal, until)));
        // While the store was away, the moment may have passed.
        let _ = persist(desk, Who::Operator, hold).await;
    } else {
        let resolve = C::Resolve { code: "fixed".into(), text: "Done.".into() };
        insist(desk, Who::Operator, step(resolve)).await;
    }
}

async fn insist(desk: &Desk, who: Who, command: Command) -> Receipt {
    let name = format!("{command:?}");
    persist(desk, who, command).await.unwrap_or_else(|refusal| panic!("{name}: {refusal}"))
}

/// Gives a command under one id until it is done, and says so, or until a rule refuses it. Only what a retry may mend is tried
/// again.
async fn persist(desk: &Desk, who: Who, command: Command) -> Result<Receipt, Refusal> {
    let id = CommandId(Uuid::from_u128(RandomIds.seed()));
    loop {
        match run(desk, who, id, command.clone()).await {
            Ok(receipt) => {
                let Receipt { subject, label, version, position } = &receipt;
                say(&format!("acknowledged {id} {subject} {label} {version} {position}"));
                return Ok(receipt);
            }
            Err(DeskError::Refused(refusal)) => return Err(refusal),
            Err(error) => try_later(&error).await,
        }
    }
}

/// Waits a moment after what a retry may mend: another one has the store, or its server went away.
async fn try_later(error: &DeskError) {
    assert!(error.is_retryable(), "{error:?}");
    tokio::time::sleep(Duration::from_millis(5)).await;
}

async fn run(desk: &Desk, who: Who, id: CommandId, command: Command) -> Result<Receipt, DeskError> {
    desk.acting(who.actor(TENANT)).once(id).run(command).await
}

async fn step(desk: &Desk, who: &str, id: &str, command: C) -> Result<Receipt, DeskError> {
    let who = Who::ALL.into_iter().find(|known| format!("{known:?}") == who).expect("somebody");
    let command = Command::Request { id: id.parse().expect("a request"), command };
    run(desk, who, CommandId(Uuid::from_u128(RandomIds.seed())), command).await
}

fn submission() -> Command {
    let submit = Submit::new(code("IT-01"), text("The printer prints nothing"));
    Command::Submit { submit: Submit { text: "It blinks.".to_owned(), ..submit } }
}

fn said(done: Result<Receipt, DeskError>) {
    match done {
        Ok(receipt) => say(&format!("done {receipt:?}")),
        Err(error) => match error.refusal() {
            Some(refusal) => say(&format!("refused {}", refusal.code())),
            None => say(&format!("failed {error:?}")),
        },
    }
}

fn ticked(done: Result<okno::engine::Tick, DeskError>) {
    match done {
        Ok(tick) => say(&format!("{tick:?}")),
        Err(error) => say(&format!("failed {error:?}")),
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("somebody listens");
}

/// A store that takes its time after a claim, or a messenger that does before it carries something out, and says so: the
/// moment to stop its process.
#[derive(Debug)]
struct Slow<T>(T);

impl<T> Slow<T> {
    async fn pause(&self, why: &str) {
        say(why);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[async_trait]
impl Messenger for Slow<PostFile> {
    async fn deliver(&self, tenant: TenantId, key: Uuid, effect: &Effect) -> Result<(), DeliveryError> {
        self.pause(&format!("delivering {key}")).await;
        self.0.deliver(tenant, key, effect).await
    }
}

#[async_trait]
impl Store for Slow<Arc<dyn Store>> {
    async fn load(&self, read: Read) -> Result<View, StoreError> {
        self.0.load(read).await
    }

    async fn query(&self, query: Query) -> Result<Page, StoreError> {
        self.0.query(query).await
    }

    async fn commit(&self, batch: Batch) -> Result<Receipt, StoreError> {
        self.0.commit(batch).await
    }

    async fn events(&self, read: JournalRead) -> Result<Vec<Event>, StoreError> {
        self.0.events(read).await
    }

    async fn claim(&self, claim: WorkClaim) -> Result<Vec<Leased>, StoreError> {
        let queue = claim.queue;
        let leased = self.0.claim(claim).await?;
        if !leased.is_empty() {
            self.pause(&format!("claimed {} {queue}", leased.len())).await;
        }
        Ok(leased)
    }

    async fn renew(&self, lease: Lease, span: Span) -> Result<(), StoreError> {
        self.0.renew(lease, span).await
    }

    async fn work(&self, list: WorkList) -> Result<Vec<WorkState>, StoreError> {
        self.0.work(list).await
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        self.0.now().await
    }
}

/// The tenant of every node.
const TENANT: TenantId = TenantId(Uuid::from_u128(1));
