use std::ops::ControlFlow::{Break, Continue};

use serde::{Deserialize, Serialize};

use super::compiled::Calendar;
use super::error::CalendarError;
use super::operations::{instant, not_negative};
use super::time_of_day::TimeOfDay;
use super::year::{WorkingDate, Year, day_number_start_s};
use crate::base::Timestamp;

/// Up to a time of day: what is asked before a cut-off counts from the same working date, what comes later from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutOff {
    /// Before which reading of the clock the same date counts.
    pub before: TimeOfDay,
    /// By which reading it is due.
    pub by: TimeOfDay,
    /// How many working dates later.
    #[serde(default)]
    pub days: i64,
}

impl Calendar {
    /// When what is asked at an instant is due by a cut-off: on the first working date whose cut-off, and whose hour when it
    /// is due, still lie ahead, or so many working dates later.
    ///
    /// An hour outside the working time of the date is moved into it: to the next opening, or back to the last closing.
    ///
    /// # Errors
    /// Negative days; no working time within reach; an answer after 2199.
    pub fn cut_off(&self, at: Timestamp, cut_off: CutOff) -> Result<Timestamp, CalendarError> {
        let mut left = usize::try_from(not_negative(cut_off.days)?).unwrap_or(usize::MAX);
        let found = self.forward(at, |year| {
            let over = |date: &WorkingDate| !self.takes(year, year.rank_of(date.first), at, cut_off);
            let first = year.dates.partition_point(over);
            let (place, dates) = (first.saturating_add(left), year.dates.len());
            if place < dates {
                return Break(self.due_on(year, place, cut_off.by));
            }
            left -= dates - first;
            Continue(())
        })?;
        instant(found)
    }

    /// Whether a date still takes what is asked at an instant. Later dates of a year take whatever an earlier one does.
    fn takes(&self, year: &Year, rank: usize, at: Timestamp, cut_off: CutOff) -> bool {
        let closes = year.dates.get(rank).map(|date| self.reading(date.day, cut_off.before));
        closes.is_some_and(|closes| at.millis() < closes)
            && self.due_on(year, rank, cut_off.by).is_some_and(|due| at.millis() < due)
    }

    fn due_on(&self, year: &Year, rank: usize, by: TimeOfDay) -> Option<i64> {
        let (stretches, due) = (year.stretches_of(rank), self.reading(year.dates.get(rank)?.day, by));
        let holding = stretches.iter().find(|stretch| due <= stretch.end);
        holding.map(|stretch| stretch.start.max(due)).or_else(|| stretches.last().map(|last| last.end))
    }

    fn reading(&self, day: i32, time: TimeOfDay) -> i64 {
        self.zone().instant_s(day_number_start_s(day) + time.seconds()) * 1_000
    }
}
