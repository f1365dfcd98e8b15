//! The laws of the design, each on every store that there is.

mod effects;
mod fold;
mod next;
mod once;
mod readable;
mod replay;
mod tenants;
mod timers;

use okno_tests::{Candidate, Move, cases, moves, on_every_store};
use proptest::test_runner::TestRunner;

/// Holds a law against random moves on every store.
fn law(tries: u32, at_most: usize, holds: impl AsyncFn(Candidate, &[Move])) {
    let checked = TestRunner::new(cases(tries)).run(&moves(at_most), |moves| {
        on_every_store(async |store| holds(store, &moves).await);
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}
