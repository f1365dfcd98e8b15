//! Nodes that are killed at random moments: what they acknowledged is there and whole, and nothing else is half there.

use std::time::Duration;

use okno::base::{Ids as _, SeededIds, Span};

use crate::ground::Ground;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_node_on_sqlite_leaves_everything_that_it_acknowledged_and_nothing_half() {
    survive_kills(Ground::sqlite().await).await;
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
