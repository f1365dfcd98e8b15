use chrono::{Datelike, NaiveDate};

use super::local::{DAY_S, Piece};
use super::rules::Rules;
use super::zone::Zone;

/// The working time of the local dates of one year, with running sums.
///
/// Local dates cut the line of time without hole or overlap: a date lasts from the first instant that reads its
/// midnight or later to that of the next date.
#[derive(Debug)]
pub(super) struct Year {
    /// Its first instant, in milliseconds.
    pub(super) start: i64,
    /// The first instant of the next year.
    pub(super) end: i64,
    /// Its first and its last date, as days since 0001-01-01.
    pub(super) first_day: i32,
    pub(super) last_day: i32,
    /// Invariant: ascending, not empty, not overlapping; a stretch lies within one date and may touch the next one.
    pub(super) stretches: Vec<Stretch>,
    /// The dates that have working time, ascending.
    pub(super) dates: Vec<WorkingDate>,
    /// All working time of the year in milliseconds.
    pub(super) total: i64,
}

/// A half-open stretch of working time in milliseconds, and the working time of the year before it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    pub(super) start: i64,
    pub(super) end: i64,
    before: i64,
}

/// A date with working time and the place of its first stretch.
#[derive(Debug, Clone, Copy)]
pub(super) struct WorkingDate {
    pub(super) day: i32,
    pub(super) first: usize,
}

impl Year {
    pub(super) fn build(rules: &Rules, zone: Zone, number: i32) -> Self {
        let first = new_year(number);
        let mut clock = Clock::starting(zone, first);
        let mut year = Self {
            start: zone.instant_s(day_start_s(first)) * 1_000,
            end: zone.instant_s(day_start_s(new_year(number + 1))) * 1_000,
            first_day: first.num_days_from_ce(),
            last_day: new_year(number + 1).num_days_from_ce() - 1,
            stretches: Vec::new(),
            dates: Vec::new(),
            total: 0,
        };
        for date in first.iter_days().take_while(|date| date.year() == number) {
            year.push(date.num_days_from_ce(), &rules.pieces(date), &clock);
            clock.advance();
        }
        year
    }

    fn push(&mut self, day: i32, pieces: &[Piece], clock: &Clock) {
        let first = self.stretches.len();
        for piece in pieces {
            let (start, end) = (clock.instant_ms(piece.start), clock.instant_ms(piece.end));
            if start < end {
                self.stretches.push(Stretch { start, end, before: self.total });
                self.total += end - start;
            }
        }
        if self.stretches.len() > first {
            self.dates.push(WorkingDate { day, first });
        }
    }

    /// The working time of the year before an instant.
    pub(super) fn worked_before(&self, at: i64) -> i64 {
        let later = self.stretches.partition_point(|stretch| stretch.start < at);
        later.checked_sub(1).map_or(0, |last| {
            let stretch = self.stretches[last];
            stretch.before + at.min(stretch.end) - stretch.start
        })
    }

    /// The least instant before which `worked` of the year's working time lies; `0 < worked <= total`.
    pub(super) fn least_at(&self, worked: i64) -> Option<i64> {
        let later = self.stretches.partition_point(|stretch| stretch.before < worked);
        later.checked_sub(1).map(|last| self.stretches[last].start + worked - self.stretches[last].before)
    }

    /// The greatest instant before which `worked` of the year's working time lies; `0 <= worked < total`.
    pub(super) fn greatest_at(&self, worked: i64) -> Option<i64> {
        let later = self.stretches.partition_point(|stretch| stretch.before <= worked);
        later.checked_sub(1).map(|last| self.stretches[last].start + worked - self.stretches[last].before)
    }

    /// The place of the first stretch that ends after an instant.
    pub(super) fn first_ending_after(&self, at: i64) -> usize {
        self.stretches.partition_point(|stretch| stretch.end <= at)
    }

    /// The least open instant at or after `at`, in this year.
    pub(super) fn next_open(&self, at: i64) -> Option<i64> {
        self.stretches.get(self.first_ending_after(at)).map(|stretch| stretch.start.max(at))
    }

    /// The greatest instant at or before `at` that ends working time, in this year.
    pub(super) fn prev_close(&self, at: i64) -> Option<i64> {
        let later = self.stretches.partition_point(|stretch| stretch.start < at);
        later.checked_sub(1).map(|last| self.stretches[last].end.min(at))
    }

    /// The rank, among the year's working dates, of the date that a stretch belongs to.
    pub(super) fn rank_of(&self, stretch: usize) -> usize {
        self.dates.partition_point(|date| date.first <= stretch).saturating_sub(1)
    }

    /// The stretches of the working date of a rank.
    pub(super) fn stretches_of(&self, rank: usize) -> &[Stretch] {
        let from = self.dates.get(rank).map_or(self.stretches.len(), |date| date.first);
        let to = self.dates.get(rank + 1).map_or(self.stretches.len(), |date| date.first);
        &self.stretches[from..to]
    }
}

/// Maps readings of one date after the other to instants, and looks into the zone only near a change of clocks.
struct Clock {
    zone: Zone,
    /// Midnight of the date, as a reading.
    midnight_s: i64,
    /// The offsets at UTC midnight one day before, on, one and two days after the date.
    offsets: [i64; 4],
}

impl Clock {
    fn starting(zone: Zone, date: NaiveDate) -> Self {
        let midnight_s = day_start_s(date);
        let offsets = [-1, 0, 1, 2].map(|days| zone.offset_s(midnight_s + days * i64::from(DAY_S)));
        Self { zone, midnight_s, offsets }
    }

    fn advance(&mut self) {
        self.midnight_s += i64::from(DAY_S);
        let next = self.zone.offset_s(self.midnight_s + 2 * i64::from(DAY_S));
        self.offsets = [self.offsets[1], self.offsets[2], self.offsets[3], next];
    }

    fn instant_ms(&self, reading_s: u32) -> i64 {
        let local_s = self.midnight_s + i64::from(reading_s);
        let [offset, rest @ ..] = self.offsets;
        // A local date lies within these three days of UTC: offsets stay below 16 hours.
        let steady = rest.iter().all(|other| *other == offset);
        1_000 * if steady { local_s - offset } else { self.zone.instant_s(local_s) }
    }
}

/// The first date of a year; the years asked for are few and all exist.
fn new_year(number: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(number, 1, 1).unwrap_or(NaiveDate::MIN)
}

/// Midnight of a date, as a reading.
fn day_start_s(date: NaiveDate) -> i64 {
    day_number_start_s(date.num_days_from_ce())
}

/// The date of a reading.
pub(super) fn day_of_reading(reading_s: i64) -> i32 {
    // Readings of the years asked for are far from the bounds of `i32` days.
    i32::try_from(reading_s.div_euclid(i64::from(DAY_S))).unwrap_or(i32::MAX / 2) + EPOCH_DAY
}

/// The reading at midnight of a day number.
pub(super) fn day_number_start_s(day: i32) -> i64 {
    i64::from(day - EPOCH_DAY) * i64::from(DAY_S)
}

/// 1970-01-01 as days since 0001-01-01.
const EPOCH_DAY: i32 = 719_163;
