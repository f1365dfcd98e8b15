//! The laws together, after random work of two tenants through stores that fail and nodes that are killed.

use okno_tests::faults::{Storm, run};
use okno_tests::{STORES, runtime};

#[test]
fn every_law_holds_after_faults_kills_and_lost_answers() {
    for store in STORES {
        // More of them: `cargo run --release -p okno-tests --bin faults -- --store NAME --seeds 1000`.
        let seeds = if store.name == "memory" { 0..24 } else { 0..5 };
        let mut all = Storm::default();
        for seed in seeds {
            let done = runtime().block_on(run(*store, seed));
            all = all.with(done.unwrap_or_else(|why| panic!("seed {seed} on {}: {why}", store.name)));
        }
        let happened = [all.acknowledged, all.refused, all.killed, all.delivered, all.events];
        assert!(happened.iter().all(|times| *times > 0) && all.faults > 0, "{all:?}");
    }
}
