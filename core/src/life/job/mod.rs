//! Bulk work (массовая операция): one command over many requests, with a verdict for each.
//!
//! A [`Job`] first collects its [items](JobItem), then carries the command out on one request after another, each in a
//! batch of its own, with the rights that the owner has at that moment. An item's verdict lands together with what the
//! command changed, so a job that was interrupted goes on where it stopped and does nothing twice.

mod command;
mod decide;
mod event;
mod evolve;
mod record;

pub use command::{Bulk, JobCommand, Selection};
pub(crate) use decide::{decide, go_on, start};
pub use event::JobEvent;
pub use record::{JOB, JOB_ITEM, Job, JobId, JobItem, JobState, Verdict};
pub(crate) use record::{item_column, job_column};

#[cfg(test)]
mod tests;
