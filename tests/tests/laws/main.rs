//! The laws of the design, each on every store that there is.

mod effects;
mod fold;
mod next;
mod once;
mod readable;
mod replay;
mod tenants;
mod timers;

use okno_tests::{Candidate, Move, moves, on_every_store};
use proptest::test_runner::{Config, TestRunner};

/// Holds a law against random moves on every store.
fn law(cases: u32, at_most: usize, holds: impl AsyncFn(Candidate, &[Move])) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let checked = TestRunner::new(config).run(&moves(at_most), |moves| {
        on_every_store(async |store| holds(store, &moves).await);
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}
