use chrono::{DateTime, Datelike, Days, Months, NaiveDate};
use chrono_tz::Tz;

use super::definition::{Every, MonthDay, Schedule};
use crate::base::{Problems, Timestamp};
use crate::config::calendar::{Zone, parse_clock, parse_weekday};

/// A schedule without problems.
#[derive(Debug, Clone)]
pub struct CheckedSchedule {
    every: Period,
    at_s: i64,
    zone: Zone,
    from: NaiveDate,
    until: Option<NaiveDate>,
}

/// Numbered periods from the one that holds the first date; each has some dates, in order.
#[derive(Debug, Clone)]
enum Period {
    Days(u32),
    Weeks { every: u32, weekdays: Vec<u32> },
    Months { every: u32, on: Day },
}

#[derive(Debug, Clone, Copy)]
enum Day {
    Numbered(u32),
    Last,
    Weekday { nth: u8, weekday: chrono::Weekday },
}

impl Schedule {
    /// Holds the schedule against its rules.
    ///
    /// # Errors
    /// Every problem at once: a time of day, a zone or a weekday that does not exist, numbers out of range, an end before
    /// the beginning, no weekday at all.
    pub fn check(&self) -> Result<CheckedSchedule, Problems> {
        let mut problems = Problems::default();
        let at_s = parse_clock(&self.at).filter(|seconds| *seconds < DAY_S);
        if at_s.is_none() {
            problems.error("bad_time", "at", format!("`{}` is no time of day like `09:30`", self.at));
        }
        let zone = self.zone.parse::<Tz>().ok();
        if zone.is_none() {
            problems.error("unknown_zone", "zone", format!("there is no zone `{}`", self.zone));
        }
        if self.until.is_some_and(|until| until < self.from) {
            problems.error("bad_range", "until", "the end lies before the beginning");
        }
        let every = self.every.check(&mut problems);
        let (zone, at_s) = (Zone(zone.unwrap_or(Tz::UTC)), i64::from(at_s.unwrap_or(0)));
        problems.finish(CheckedSchedule { every, at_s, zone, from: self.from, until: self.until })
    }
}

impl Every {
    fn check(&self, problems: &mut Problems) -> Period {
        match self {
            Self::Days(every) => Period::Days(checked_every(problems, "every.days", *every)),
            Self::Weeks { every, on } => {
                let mut weekdays: Vec<u32> = Vec::new();
                for (n, name) in on.iter().enumerate() {
                    weekdays.extend(weekday(problems, &format!("every.weeks.on[{n}]"), name));
                }
                if on.is_empty() {
                    problems.error("no_weekday", "every.weeks.on", "at least one weekday is expected");
                }
                weekdays.sort_unstable();
                weekdays.dedup();
                Period::Weeks { every: checked_every(problems, "every.weeks.every", *every), weekdays }
            }
            Self::Months { every, on } => {
                let every = checked_every(problems, "every.months.every", *every);
                Period::Months { every, on: on.check(problems) }
            }
        }
    }
}

impl MonthDay {
    fn check(&self, problems: &mut Problems) -> Day {
        match self {
            Self::Day(day) => {
                if !(1..=31).contains(day) {
                    problems.error("bad_day", "every.months.on.day", "a day from 1 to 31 is expected");
                }
                Day::Numbered(*day)
            }
            Self::Last => Day::Last,
            Self::Weekday { nth, weekday: name } => {
                if !(1..=5).contains(nth) {
                    problems.error("bad_number", "every.months.on.weekday.nth", "1 to 5 is expected");
                }
                let number = weekday(problems, "every.months.on.weekday.weekday", name).unwrap_or(0);
                let weekday = chrono::Weekday::try_from(number as u8).unwrap_or(chrono::Weekday::Mon);
                Day::Weekday { nth: *nth, weekday }
            }
        }
    }
}

impl CheckedSchedule {
    /// The first occurrence after an instant; `None` when there is no more.
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let reading = self.zone.reading_s(after.millis().div_euclid(1_000));
        let date = DateTime::from_timestamp(reading, 0)?.date_naive();
        let first = self.period_of(date.max(self.from));
        let dates = (first..first + PERIODS_MAX).flat_map(|period| self.dates(period));
        let within = dates
            .skip_while(|date| *date < self.from)
            .take_while(|date| self.until.is_none_or(|until| *date <= until));
        within.filter_map(|date| self.instant(date)).find(|at| *at > after)
    }

    fn instant(&self, date: NaiveDate) -> Option<Timestamp> {
        let local_s = date.and_hms_opt(0, 0, 0)?.and_utc().timestamp() + self.at_s;
        Timestamp::from_millis(self.zone.instant_s(local_s) * 1_000).ok()
    }

    /// The period that holds a date, or the one before a pause that does.
    fn period_of(&self, date: NaiveDate) -> u32 {
        let whole = |passed: i64, every: u32| u32::try_from(passed.max(0) / i64::from(every)).unwrap_or(0);
        match &self.every {
            Period::Days(every) => whole((date - self.from).num_days(), *every),
            Period::Weeks { every, .. } => whole((date - monday(self.from)).num_weeks(), *every),
            Period::Months { every, .. } => whole(month_number(date) - month_number(self.from), *every),
        }
    }

    /// The dates of a period, in order.
    fn dates(&self, period: u32) -> Vec<NaiveDate> {
        match &self.every {
            Period::Days(every) => later(self.from, period, *every).into_iter().collect(),
            Period::Weeks { every, weekdays } => {
                let Some(monday) = later(monday(self.from), period, every.saturating_mul(7)) else {
                    return Vec::new();
                };
                weekdays.iter().filter_map(|day| monday.checked_add_days(Days::new((*day).into()))).collect()
            }
            Period::Months { every, on } => {
                let first = self.from.with_day(1);
                let months = Months::new(period.saturating_mul(*every));
                first.and_then(|first| on.of(first.checked_add_months(months)?)).into_iter().collect()
            }
        }
    }
}

impl Day {
    /// The day in the month that begins with a date.
    fn of(self, first: NaiveDate) -> Option<NaiveDate> {
        let last = first.checked_add_months(Months::new(1))?.pred_opt()?;
        match self {
            Self::Numbered(day) => first.with_day(day.min(last.day())),
            Self::Last => Some(last),
            Self::Weekday { nth, weekday } => {
                NaiveDate::from_weekday_of_month_opt(first.year(), first.month(), weekday, nth)
            }
        }
    }
}

fn later(date: NaiveDate, period: u32, days: u32) -> Option<NaiveDate> {
    date.checked_add_days(Days::new(u64::from(period) * u64::from(days)))
}

fn monday(date: NaiveDate) -> NaiveDate {
    let passed = Days::new(date.weekday().num_days_from_monday().into());
    date.checked_sub_days(passed).unwrap_or(date)
}

fn month_number(date: NaiveDate) -> i64 {
    i64::from(date.year()) * 12 + i64::from(date.month0())
}

fn checked_every(problems: &mut Problems, path: &str, every: u32) -> u32 {
    if !(1..=EVERY_MAX).contains(&every) {
        problems.error("bad_number", path, format!("1 to {EVERY_MAX} is expected"));
    }
    every.clamp(1, EVERY_MAX)
}

fn weekday(problems: &mut Problems, path: &str, name: &str) -> Option<u32> {
    let number = parse_weekday(name);
    if number.is_none() {
        problems.error("unknown_weekday", path, format!("`{name}` is none of `mon` to `sun`"));
    }
    number.map(|number| number as u32)
}

const DAY_S: u32 = 86_400;
/// The longest way between two occurrences, in days, weeks or months.
const EVERY_MAX: u32 = 1_000;
/// Periods in a row that may be without a date: a fifth weekday is found within six months.
const PERIODS_MAX: u32 = 100;
