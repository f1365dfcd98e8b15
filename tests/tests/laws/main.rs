//! The laws of the design, each on every store that there is.

mod clocks;
mod effects;
mod faults;
mod fold;
mod next;
mod once;
mod readable;
mod readable_parts;
mod replay;
mod searchable;
mod tenant_reads;
mod tenants;
mod ties;
mod timers;

use okno_tests::{Candidate, Move, cases, moves, on_every_store};
use proptest::strategy::Strategy;
use proptest::test_runner::TestRunner;

/// Holds a law against random moves on every store.
fn law(tries: u32, at_most: usize, holds: impl AsyncFn(Candidate, &[Move])) {
    law_of(tries, moves(at_most), holds);
}

/// The same with moves of another kind.
fn law_of(tries: u32, moves: impl Strategy<Value = Vec<Move>>, holds: impl AsyncFn(Candidate, &[Move])) {
    let checked = TestRunner::new(cases(tries)).run(&moves, |moves| {
        on_every_store(async |store| holds(store, &moves).await);
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}
