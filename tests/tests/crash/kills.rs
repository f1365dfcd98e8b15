//! Nodes that are killed at random moments: what they acknowledged is there and whole, and nothing else is half there.

use std::time::Duration;

use okno::base::{Ids as _, SeededIds, Span};

use crate::ground::{Ground, cluster};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_node_on_sqlite_leaves_everything_that_it_acknowledged_and_nothing_half() {
    survive_kills(Ground::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_node_on_postgres_leaves_everything_that_it_acknowledged_and_nothing_half() {
    if let Some(ground) = Ground::postgres().await {
        survive_kills(ground).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_postgres_server_keeps_what_was_acknowledged_and_its_nodes_go_on() {
    let Some(mut cluster) = cluster().await else { return };
    let mut ground = Ground::on(&cluster, "killed").await;
    let (rounds, chance) = (rounds(), SeededIds::new(0x7067));
    // Leases of what is in hand when the server goes end while nobody waits for them.
    let mut node = ground.node(Span::ZERO, Span::ZERO);
    node.tell("work 6");
    let mut said = Vec::new();
    for round in 1..=rounds {
        // The node goes on by itself each time that the server is back.
        said.extend(std::iter::from_fn(|| node.hear()).take(20));
        std::thread::sleep(Duration::from_millis((chance.seed() % 150) as u64));
        match round % 2 {
            0 => cluster.stop_at_once(),
            _ => cluster.kill(),
        }
        cluster.start_again();
    }
    said.extend(std::iter::from_fn(|| node.hear()).take(20));
    said.extend(node.kill());
    ground.note(&said);
    ground.settle(Span::minutes(2)).await;
    assert!(ground.witness.acknowledged.len() >= 20 * (rounds as usize + 1));
}

/// Starts a node again and again, and kills each at a random moment.
async fn survive_kills(mut ground: Ground) {
    let (rounds, chance) = (rounds(), SeededIds::new(0x6b69_6c6c));
    let at_most = |millis: u128| Duration::from_millis((chance.seed() % millis) as u64);
    let mut acknowledged = 0;
    for round in 1..=rounds {
        // Leases of the node that was killed before have ended.
        let later = Span::minutes(2 * round);
        let mut node = ground.node(later, later);
        node.tell("work 6");
        // Some are killed while they open the store.
        let begun = round % 4 != 0;
        let mut said: Vec<String> = begun.then(|| node.hear()).flatten().into_iter().collect();
        std::thread::sleep(at_most(if begun { 150 } else { 40 }));
        said.extend(node.kill());
        ground.note(&said);
        assert!(!begun || ground.witness.acknowledged.len() > acknowledged, "round {round} did nothing");
        acknowledged = ground.witness.acknowledged.len();
        if round % AUDITED_EVERY == 0 || round == rounds {
            ground.settle(Span::minutes(2 * round + 2)).await;
        }
    }
    assert!(!ground.witness.delivered.is_empty(), "nothing was delivered");
}

/// How often a node is killed.
fn rounds() -> i64 {
    let asked = std::env::var("OKNO_CRASH_ROUNDS").ok().and_then(|asked| asked.parse().ok());
    asked.unwrap_or(4)
}

const AUDITED_EVERY: i64 = 10;
