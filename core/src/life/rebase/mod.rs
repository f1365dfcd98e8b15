//! Rebases (пересчёт сроков): running work is held against agreements, calendars and zone data that changed.
//!
//! Running work keeps its agreement, and what was counted stays counted. Whoever wants it otherwise asks for a rebase: a
//! [`RebasePlan`](crate::life::clock::RebasePlan) says of what, and how far back. The worker goes through the requests in
//! which clocks run, a slice at a time, each request in a batch of its own; which clocks moved stands in the journal of
//! their request, with the rebase as the cause. The publication of an edited calendar starts one by itself, so that what is
//! stored of deadlines follows the calendar.

mod command;
mod decide;
mod event;
mod evolve;
mod record;

pub use command::RebaseCommand;
pub(crate) use decide::{decide, put};
pub use event::RebaseEvent;
pub(crate) use record::rebase_column;
pub use record::{REBASE, Rebase};

#[cfg(test)]
mod tests;
