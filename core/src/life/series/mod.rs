//! Recurring requests (периодические заявки): a series submits the same request again and again, by a schedule.
//!
//! A timer stands at the next occurrence. When it comes, the request is submitted and the series moves on in one batch, so
//! each occurrence happens once, on however many nodes. What was missed while no worker ran is made up for as the
//! series [says](CatchUp).

mod command;
mod decide;
mod event;
mod evolve;
mod record;

pub use command::{SeriesCommand, SeriesPlan};
pub(crate) use decide::decide;
pub use event::{Occurrence, SeriesEvent};
pub use record::{CatchUp, SERIES, Series};

#[cfg(test)]
mod tests;
