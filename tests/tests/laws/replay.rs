//! Law 9: the same seed and one driver give the same journal, byte for byte.

use okno_tests::{Candidate, Center, Move};

use crate::law;

#[test]
fn the_same_seed_gives_the_same_journal_byte_for_byte() {
    law(4, 40, async |store, moves| {
        let first = played(store, moves, 7).await;
        assert_eq!(first, played(store, moves, 7).await);
        assert!(!first.is_empty());
    });
}

#[test]
fn another_seed_gives_other_ids_and_the_same_story() {
    law(3, 30, async |store, moves| {
        let (first, second) = (played(store, moves, 7).await, played(store, moves, 8).await);
        assert_eq!(first.len(), second.len());
        assert_ne!(first, second);
    });
}

async fn played(store: Candidate, moves: &[Move], seed: u64) -> Vec<String> {
    let mut center = Center::with_seed(store, seed).await;
    for step in moves {
        let _ = center.perform(step).await;
    }
    center.lines().await
}
