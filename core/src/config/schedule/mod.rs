//! Plain schedules (расписание): every so many days, weeks or months, at a time of day on the wall clock of a zone.
//!
//! A [`Schedule`] is checked once; the [`CheckedSchedule`] then tells the next occurrence after any instant. A reading that
//! a change of clocks jumps over is the instant of the jump, one that occurs twice is its first occurrence.

mod buckets;
mod check;
mod definition;

pub use buckets::{Bucket, Buckets};
pub use check::CheckedSchedule;
pub use definition::{Every, MonthDay, Schedule};

#[cfg(test)]
mod tests;
