use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use chrono::{Datelike, NaiveDateTime};

use super::error::CalendarError;
use super::rules::Rules;
use super::year::{Year, day_number_start_s, day_of_reading};
use super::zone::Zone;
use crate::base::Timestamp;
use crate::base::limits::CALENDAR_EMPTY_DATES_MAX;

/// A calendar that answers: the working time of a checked definition, compiled year by year when first asked for.
///
/// Each year keeps its stretches with running sums, so that an operation is one binary search at either end and one
/// addition for each year between; ten years cost about what a day costs. Clones share what is compiled; threads may ask
/// at the same time.
#[derive(Clone)]
pub struct Calendar {
    inner: Arc<Inner>,
}

struct Inner {
    zone: Zone,
    rules: Arc<Rules>,
    /// One place for each year from [`YEAR_FIRST`] on.
    years: Vec<OnceLock<Box<Year>>>,
}

impl Calendar {
    pub(super) fn new(zone: Zone, rules: Arc<Rules>) -> Self {
        let years = (YEAR_FIRST..=YEAR_LAST).map(|_| OnceLock::new()).collect();
        Self { inner: Arc::new(Inner { zone, rules, years }) }
    }

    /// The IANA name of the zone that the calendar's clock times are in.
    #[must_use]
    pub fn time_zone(&self) -> &'static str {
        self.inner.zone.0.name()
    }

    /// The first instant at which the wall clock of the calendar's zone reads `reading` or later.
    ///
    /// A reading that occurs twice is its first occurrence; one that is jumped over is the instant of the jump.
    ///
    /// # Errors
    /// An instant outside the years 1900 to 2199.
    pub fn instant(&self, reading: NaiveDateTime) -> Result<Timestamp, CalendarError> {
        let reading_ms = reading.and_utc().timestamp_millis();
        let known =
            (Timestamp::MIN.millis() - DAY_MS..=Timestamp::MAX.millis() + DAY_MS).contains(&reading_ms);
        if !known {
            return Err(CalendarError::OutOfRange);
        }
        Ok(Timestamp::from_millis(self.zone().instant_ms(reading_ms))?)
    }

    /// The date from which the version rules that holds at an instant, `YYYY-MM-DD`; `None`: since ever, or no version
    /// holds.
    #[must_use]
    pub fn version_at(&self, at: Timestamp) -> Option<String> {
        self.inner.rules.version_from(self.day_of(at)).map(|from| from.to_string())
    }

    pub(super) fn zone(&self) -> Zone {
        self.inner.zone
    }

    /// The year of a place, compiled; `None` outside the years that searches reach.
    pub(super) fn year(&self, place: usize) -> Option<&Year> {
        let cell = self.inner.years.get(place)?;
        let number = YEAR_FIRST + i32::try_from(place).ok()?;
        Some(cell.get_or_init(|| Box::new(Year::build(&self.inner.rules, self.inner.zone, number))))
    }

    /// The place of the local year that an instant falls into, and that year.
    pub(super) fn year_at(&self, at: Timestamp) -> Result<(usize, &Year), CalendarError> {
        // The local year is the year of UTC or a neighbour of it.
        let utc = usize::try_from(at.to_utc().year() - YEAR_FIRST).map_err(|_| CalendarError::OutOfRange)?;
        let holds = |place: usize| {
            let year = self.year(place)?;
            (year.start <= at.millis() && at.millis() < year.end).then_some((place, year))
        };
        [utc, utc + 1, utc.saturating_sub(1)].into_iter().find_map(holds).ok_or(CalendarError::OutOfRange)
    }

    /// Goes from year to year, from that of `at` on, until `find` breaks.
    ///
    /// # Errors
    /// `NoWorkingTime` when too many dates in a row have none, `OutOfRange` past the last year.
    pub(super) fn forward<'a, R>(
        &'a self,
        at: Timestamp,
        mut find: impl FnMut(&'a Year) -> ControlFlow<R>,
    ) -> Result<R, CalendarError> {
        let (mut place, first) = self.year_at(at)?;
        if let ControlFlow::Break(found) = find(first) {
            return Ok(found);
        }
        // Work that lies ahead in the first year tells where the empty dates begin; otherwise the date itself does.
        let ahead = first.stretches.last().is_some_and(|stretch| stretch.end > at.millis());
        let last = first.dates.last().map_or(first.first_day - 1, |date| date.day);
        let mut empty_from = if ahead { last + 1 } else { self.day_of(at).max(last + 1) };
        loop {
            place += 1;
            let year = self.year(place).ok_or(CalendarError::OutOfRange)?;
            let empty_to = year.dates.first().map_or(year.last_day + 1, |date| date.day);
            if empty_to - empty_from > CALENDAR_EMPTY_DATES_MAX {
                return Err(CalendarError::NoWorkingTime { near: at });
            }
            if let ControlFlow::Break(found) = find(year) {
                return Ok(found);
            }
            empty_from = year.dates.last().map_or(empty_from, |date| date.day + 1);
        }
    }

    /// Goes from year to year backwards, as [`forward`](Self::forward) does forwards.
    pub(super) fn backward<'a, R>(
        &'a self,
        at: Timestamp,
        mut find: impl FnMut(&'a Year) -> ControlFlow<R>,
    ) -> Result<R, CalendarError> {
        let (mut place, first) = self.year_at(at)?;
        if let ControlFlow::Break(found) = find(first) {
            return Ok(found);
        }
        let behind = first.stretches.first().is_some_and(|stretch| stretch.start < at.millis());
        let earliest = first.dates.first().map_or(first.last_day + 1, |date| date.day);
        let mut empty_to = if behind { earliest - 1 } else { self.day_of(at).min(earliest - 1) };
        loop {
            place = place.checked_sub(1).ok_or(CalendarError::OutOfRange)?;
            let year = self.year(place).ok_or(CalendarError::OutOfRange)?;
            let empty_from = year.dates.last().map_or(year.first_day - 1, |date| date.day);
            if empty_to - empty_from > CALENDAR_EMPTY_DATES_MAX {
                return Err(CalendarError::NoWorkingTime { near: at });
            }
            if let ControlFlow::Break(found) = find(year) {
                return Ok(found);
            }
            empty_to = year.dates.first().map_or(empty_to, |date| date.day - 1);
        }
    }

    /// The local date that an instant belongs to.
    fn day_of(&self, at: Timestamp) -> i32 {
        let at_s = at.millis().div_euclid(1_000);
        let read = day_of_reading(self.zone().reading_s(at_s));
        // Where clocks go back over midnight, the next date has begun before the reading returns to the old one.
        let begun = self.zone().instant_s(day_number_start_s(read + 1)) <= at_s;
        if begun { read + 1 } else { read }
    }
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let compiled = self.inner.years.iter().filter(|year| year.get().is_some()).count();
        f.debug_struct("Calendar")
            .field("time_zone", &self.time_zone())
            .field("compiled_years", &compiled)
            .finish()
    }
}

/// Searches pass ten empty years on either side of the years that instants have.
const YEAR_FIRST: i32 = 1_888;
const YEAR_LAST: i32 = 2_212;
const DAY_MS: i64 = 86_400_000;
