//! Several processes on one store: what they do at once is done once.

use std::collections::BTreeSet;
use std::time::Duration;

use okno::base::{Ids as _, SeededIds, Span};
use okno::life::request::{HoldFor, HoldReason};
use okno::{CommandId, Desk, RequestCommand, RequestId, Submit};
use okno_tests::node::{PostFile, Process, SharedStore};
use okno_tests::{Who, code, text};
use uuid::Uuid;

use crate::ground::{Ground, TENANT};

const NODES: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_nodes_on_sqlite_whose_clocks_are_minutes_apart_do_everything_once() {
    work_together(Ground::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_on_sqlite_that_was_stopped_past_its_leases_finds_them_taken() {
    stop_past_leases(Ground::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_four_nodes_on_sqlite_that_race_one_wins() {
    race(Ground::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_nodes_on_postgres_whose_clocks_are_minutes_apart_do_everything_once() {
    if let Some(ground) = Ground::postgres().await {
        work_together(ground).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_on_postgres_that_was_stopped_past_its_leases_finds_them_taken() {
    if let Some(ground) = Ground::postgres().await {
        stop_past_leases(ground).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_four_nodes_on_postgres_that_race_one_wins() {
    if let Some(ground) = Ground::postgres().await {
        race(ground).await;
    }
}

/// Nodes by clocks that are minutes apart work on one store; one is stopped for a while and one is killed.
async fn work_together(mut ground: Ground) {
    let clocks = [-7, 0, 3, 11].map(Span::minutes);
    let mut nodes: Vec<Process> = clocks.iter().map(|clock| ground.node(*clock, Span::ZERO)).collect();
    for node in &mut nodes {
        node.tell("work 2");
    }
    let mut said: Vec<String> = Vec::new();
    for node in &mut nodes {
        // Each has come to do something.
        said.extend(std::iter::from_fn(|| node.hear()).take(12));
    }
    nodes[1].stop();
    said.extend(nodes.remove(0).kill());
    if let SharedStore::Sqlite(_) = ground.store {
        // Whoever stops while it writes the file holds the others up until it goes on.
        std::thread::sleep(Duration::from_millis(300));
        nodes[0].go_on();
    }
    for node in &mut nodes[1..] {
        said.extend(std::iter::from_fn(|| node.hear()).take(60));
    }
    nodes[0].go_on();
    said.extend(std::iter::from_fn(|| nodes[0].hear()).take(12));
    for node in nodes {
        said.extend(node.kill());
    }
    ground.note(&said);
    ground.settle(Span::minutes(15)).await;
}

/// A node stops with timers in its hands, and again with messages, until another one has done them; then it goes on.
async fn stop_past_leases(mut ground: Ground) {
    let desk = ground.desk(Span::ZERO).await;
    let supervisor = desk.acting(Who::Supervisor.actor(TENANT)).requests();
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(submit(&desk).await);
        let until = desk.now() + Span::seconds(30);
        let hold = RequestCommand::Hold(HoldFor::until(HoldReason::Internal, until));
        supervisor.step(ids[ids.len() - 1], hold).await.expect("the supervisor may");
    }
    let mut slow = ground.node(Span::minutes(1), Span::ZERO);
    let mut quick = ground.node(Span::minutes(1), Span::minutes(2));
    overtake(&mut slow, &mut quick, "claimed 3 timers");
    for (in_hand, operator, delivered) in
        [("claimed 3 effects", Who::Operator, 3), ("delivering", Who::Colleague, 3 + 4)]
    {
        for id in &ids {
            supervisor.assign(*id, operator.employee(TENANT)).await.expect("the supervisor may");
        }
        let ticked = overtake(&mut slow, &mut quick, in_hand);
        assert!(
            ticked.contains("done: 0") && ticked.contains("fenced: 3"),
            "its leases were taken: {ticked}"
        );
        // What was in the messenger's hands came twice, under one key.
        assert_eq!(PostFile::read(&ground.post).len(), delivered, "{in_hand}");
    }
    ground.settle(Span::minutes(4)).await;
    let keys: BTreeSet<Uuid> = ground.witness.delivered.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys.len(), 6, "each message once for a receiver that remembers keys");
}

/// Stops a node with something in its hands, lets another one do it whose time is past the leases, and lets the first go on.
/// Tells what the first one says that it did.
fn overtake(slow: &mut Process, quick: &mut Process, in_hand: &str) -> String {
    slow.tell("tick slowly");
    while !slow.hear().expect("it says what it has in its hands").starts_with(in_hand) {}
    slow.stop();
    let ticked = quick.ask("tick");
    assert!(ticked.contains("done: 3"), "the other one does them: {ticked}");
    slow.go_on();
    slow.hear().expect("it goes on")
}

/// Nodes that ask for the same at the same moment.
async fn race(mut ground: Ground) {
    let desk = ground.desk(Span::ZERO).await;
    let mut nodes: Vec<Process> = (0..NODES).map(|_| ground.node(Span::ZERO, Span::ZERO)).collect();
    let ids = SeededIds::new(7);
    for _ in 0..3 {
        let (one, other) = (submit(&desk).await, submit(&desk).await);
        let claimed = all_at_once(&mut nodes, |n| {
            format!("claim {one} {:?}", if n % 2 == 0 { Who::Operator } else { Who::Colleague })
        });
        assert_eq!(won(&claimed), 1, "{claimed:?}");
        assert!(claimed.iter().all(|said| said.starts_with("done") || said == "refused already_assigned"));
        let merged = all_at_once(&mut nodes, |n| {
            let (from, into) = if n % 2 == 0 { (one, other) } else { (other, one) };
            format!("merge {from} {into}")
        });
        assert_eq!(won(&merged), 1, "{merged:?}");
        assert!(merged.iter().all(|said| said.starts_with("done") || said.starts_with("refused")));
        let command = CommandId(Uuid::from_u128(ids.seed()));
        let submitted = all_at_once(&mut nodes, |_| format!("submit {command}"));
        assert_eq!(won(&submitted), NODES, "{submitted:?}");
        assert!(submitted.iter().all(|said| *said == submitted[0]), "{submitted:?}");
    }
    ground.settle(Span::ZERO).await;
}

fn all_at_once(nodes: &mut [Process], order: impl Fn(usize) -> String) -> Vec<String> {
    for (n, node) in nodes.iter_mut().enumerate() {
        node.tell(&order(n));
    }
    nodes.iter_mut().map(|node| node.hear().expect("it goes on")).collect()
}

fn won(said: &[String]) -> usize {
    said.iter().filter(|said| said.starts_with("done")).count()
}

async fn submit(desk: &Desk) -> RequestId {
    let submit = Submit::new(code("IT-01"), text("The printer prints nothing"));
    let receipt = desk.acting(Who::Requester.actor(TENANT)).requests().submit(submit).await;
    RequestId(receipt.expect("the requester may").subject)
}
