use std::ops::ControlFlow::{Break, Continue};

use super::compiled::Calendar;
use super::error::CalendarError;
use super::year::{Stretch, Year, day_number_start_s};
use crate::base::{Timestamp, WorkingTime};

/// Where on its last date a target in working days ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayMode {
    /// At the same wall-clock time, moved into the working time of that date.
    SameTime,
    /// At the last closing of that date.
    EndOfDay,
}

impl Calendar {
    /// The least instant at or after `at` with `amount` of working time between; `at` itself for nothing.
    ///
    /// So a deadline that uses up a day's work is that day's closing time.
    ///
    /// # Errors
    /// A negative amount; no working time within reach; an answer after 2199.
    pub fn add(&self, at: Timestamp, amount: WorkingTime) -> Result<Timestamp, CalendarError> {
        let amount = not_negative(amount.millis())?;
        if amount == 0 {
            return Ok(at);
        }
        let mut left = amount.saturating_add(self.year_at(at)?.1.worked_before(at.millis()));
        let found = self.forward(at, |year| {
            if left <= year.total {
                return Break(year.least_at(left));
            }
            left -= year.total;
            Continue(())
        })?;
        instant(found)
    }

    /// The greatest instant at or before `at` with `amount` of working time between; `at` itself for nothing.
    ///
    /// # Errors
    /// A negative amount; no working time within reach; an answer before 1900.
    pub fn subtract(&self, at: Timestamp, amount: WorkingTime) -> Result<Timestamp, CalendarError> {
        let amount = not_negative(amount.millis())?;
        if amount == 0 {
            return Ok(at);
        }
        let (_, year) = self.year_at(at)?;
        let mut left = amount.saturating_add(year.total - year.worked_before(at.millis()));
        let found = self.backward(at, |year| {
            if left <= year.total {
                return Break(year.greatest_at(year.total - left));
            }
            left -= year.total;
            Continue(())
        })?;
        instant(found)
    }

    /// As [`add`](Self::add), but a deadline that falls on a closing time moves to the next opening.
    ///
    /// # Errors
    /// As `add` and [`next_open`](Self::next_open).
    pub fn add_to_next_open(&self, at: Timestamp, amount: WorkingTime) -> Result<Timestamp, CalendarError> {
        self.next_open(self.add(at, amount)?)
    }

    /// The working time from one instant to another; negative when `to` comes first.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> WorkingTime {
        if to < from {
            return -self.between(to, from);
        }
        // Invariant: every instant falls into a year that searches reach.
        let (Ok((first, from_year)), Ok((last, to_year))) = (self.year_at(from), self.year_at(to)) else {
            return WorkingTime::ZERO;
        };
        let whole: i64 = (first..last).filter_map(|place| self.year(place)).map(|year| year.total).sum();
        let millis = whole + to_year.worked_before(to.millis()) - from_year.worked_before(from.millis());
        WorkingTime::from_millis(millis)
    }

    /// Whether an instant is working time; an opening is, a closing is not.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.year_at(at).is_ok_and(|(_, year)| year.next_open(at.millis()) == Some(at.millis()))
    }

    /// The least instant of working time at or after `at`.
    ///
    /// # Errors
    /// No working time within reach; an answer after 2199.
    pub fn next_open(&self, at: Timestamp) -> Result<Timestamp, CalendarError> {
        let found = self.forward(at, |year| year.next_open(at.millis()).map_or(Continue(()), Break))?;
        instant(Some(found))
    }

    /// The greatest instant at or before `at` that ends working time; inside working time `at` itself.
    ///
    /// # Errors
    /// No working time within reach; an answer before 1900.
    pub fn prev_close(&self, at: Timestamp) -> Result<Timestamp, CalendarError> {
        let found = self.backward(at, |year| year.prev_close(at.millis()).map_or(Continue(()), Break))?;
        instant(Some(found))
    }

    /// Counts working dates: from the date whose working time holds the next opening, `days` dates with working time
    /// further, there at the place that `mode` names.
    ///
    /// # Errors
    /// Negative days; no working time within reach; an answer after 2199.
    pub fn add_days(&self, at: Timestamp, days: i64, mode: DayMode) -> Result<Timestamp, CalendarError> {
        let days = not_negative(days)?;
        let opening = self.next_open(at)?;
        if days == 0 && mode == DayMode::SameTime {
            return Ok(opening);
        }
        let (_, year) = self.year_at(opening)?;
        let rank = year.rank_of(year.first_ending_after(opening.millis()));
        let mut left = usize::try_from(days).map_or(usize::MAX, |days| days.saturating_add(rank));
        let (year, rank) = self.forward(opening, |year| {
            if left < year.dates.len() {
                return Break((year, left));
            }
            left -= year.dates.len();
            Continue(())
        })?;
        instant(self.place_on(year, rank, opening, mode))
    }

    fn place_on(&self, year: &Year, rank: usize, opening: Timestamp, mode: DayMode) -> Option<i64> {
        let stretches = year.stretches_of(rank);
        let closing = stretches.last().map(|stretch| stretch.end);
        if mode == DayMode::EndOfDay {
            return closing;
        }
        let same_time = self.reading_on(year.dates.get(rank)?.day, opening);
        let holding = stretches.iter().find(|stretch: &&Stretch| same_time < stretch.end);
        holding.map(|stretch| stretch.start.max(same_time)).or(closing)
    }

    /// The instant of a date at which the clock reads what it reads at `at`, milliseconds included.
    fn reading_on(&self, day: i32, at: Timestamp) -> i64 {
        let of_day_ms = self.zone().reading_ms(at.millis()).rem_euclid(DAY_MS);
        self.zone().instant_ms(day_number_start_s(day) * 1_000 + of_day_ms)
    }
}

pub(super) fn not_negative(amount: i64) -> Result<i64, CalendarError> {
    if amount < 0 { Err(CalendarError::NegativeDuration) } else { Ok(amount) }
}

pub(super) fn instant(found: Option<i64>) -> Result<Timestamp, CalendarError> {
    Ok(Timestamp::from_millis(found.ok_or(CalendarError::OutOfRange)?)?)
}

const DAY_MS: i64 = 86_400_000;
