//! Clocks (счётчик срока): how far a request is with each target of its agreement.
//!
//! A [`Clock`] is the list of stretches for which it ran, each in a calendar. What is elapsed, what remains, when it is due
//! and whether it was met follow from that ([`Clock::read`]); nothing of it is stored but caches that lists are sorted by,
//! and facts: what was noted on the way, and how finished cycles ended.
//!
//! Clocks move with what happens to their request, inside the same decision. A [`ClockTick`] says what one did; the fold of
//! the ticks is the clock.
//!
//! # Equal instants
//!
//! Events come first, timers after them: a stop or a pause at the due instant wins. A threshold is dated at its own instant
//! however late somebody looks; one that is found already past, because the clock came late or got another target, is dated
//! at that change.

mod breakdown;
mod compliance;
mod credit;
mod explain;
mod forecast;
mod gauge;
mod hand;
mod reading;
mod rebase;
mod record;
mod rule;
mod signal;
mod tick;

pub use breakdown::{Breakdown, Owner, OwnerShare};
pub use compliance::{Compliance, Counted, Tally};
pub use credit::{CreditOwed, Credits};
pub use explain::{Explanation, Segment, SegmentKind};
pub use forecast::{Assumes, Forecast};
pub(crate) use hand::Hand;
pub use reading::ClockReading;
pub use rebase::{ClockMove, Moves, RebaseId, RebaseMode, RebaseOf, RebasePlan, Rebased, Rebasing};
pub use record::{Attempt, Clock, ClockState, Fired, Outcome, Stretch, Terms};
pub use rule::EscalationRule;
pub(crate) use rule::Reached;
pub(crate) use signal::{Moment, Stage, Step};
pub use tick::{ClockChange, ClockTick};

#[cfg(test)]
mod tests;
