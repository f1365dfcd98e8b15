use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, Weekday};

use super::super::local::digits;

/// A yearly recurrence rule of RFC 5545, section 3.3.10: `FREQ=YEARLY` with `INTERVAL`, `COUNT`, `UNTIL`, `BYMONTH`,
/// `BYMONTHDAY` and `BYDAY`.
#[derive(Debug, Clone, Default)]
pub(super) struct YearlyRule {
    interval: u32,
    count: Option<u32>,
    until: Option<NaiveDate>,
    months: BTreeSet<u32>,
    month_days: BTreeSet<i32>,
    weekdays: Vec<Nth>,
}

/// A weekday, every one (0) or the n-th from the front or the back of its month or year.
#[derive(Debug, Clone, Copy)]
struct Nth {
    n: i32,
    weekday: Weekday,
}

impl YearlyRule {
    /// Reads the value of an `RRULE`.
    ///
    /// # Errors
    /// What is malformed in it or not supported.
    pub(super) fn parse(value: &str) -> Result<Self, String> {
        let mut rule = Self { interval: 1, ..Self::default() };
        let mut seen = BTreeSet::new();
        for part in value.split(';') {
            let (name, value) =
                part.split_once('=').ok_or_else(|| format!("`{part}` is not a part of a rule"))?;
            let name = name.to_ascii_uppercase();
            rule.part(&name, &value.to_ascii_uppercase())?;
            if !seen.insert(name) {
                return Err(format!("`{part}` is the second of its kind"));
            }
        }
        match (seen.contains("FREQ"), rule.count, rule.until) {
            (false, ..) => Err("a rule has a `FREQ`".into()),
            (_, Some(_), Some(_)) => Err("a rule has a `COUNT` or an `UNTIL`, not both".into()),
            _ => Ok(rule),
        }
    }

    fn part(&mut self, name: &str, value: &str) -> Result<(), String> {
        let bad = || format!("`{name}={value}` is not understood");
        match name {
            "FREQ" if value == "YEARLY" => {}
            "FREQ" => return Err(format!("`FREQ={value}` is not supported; holidays recur `YEARLY`")),
            "INTERVAL" => self.interval = digits(value).filter(|years| *years > 0).ok_or_else(bad)?,
            "COUNT" => self.count = Some(digits(value).filter(|count| *count > 0).ok_or_else(bad)?),
            "UNTIL" => self.until = Some(parse_date(value).ok_or_else(bad)?),
            "BYMONTH" => {
                let months =
                    value.split(',').map(|month| digits(month).filter(|month| (1..=12).contains(month)));
                self.months = months.collect::<Option<_>>().ok_or_else(bad)?;
            }
            "BYMONTHDAY" => {
                let days =
                    value.split(',').map(|day| signed(day).filter(|day| (1..=31).contains(&day.abs())));
                self.month_days = days.collect::<Option<_>>().ok_or_else(bad)?;
            }
            "BYDAY" => {
                self.weekdays = value.split(',').map(Nth::parse).collect::<Option<_>>().ok_or_else(bad)?;
            }
            // With whole years the first day of the week changes nothing.
            "WKST" => {}
            _ => return Err(format!("`{name}` is not supported")),
        }
        Ok(())
    }

    /// The dates from `start` on, `start` first whatever the rule says of it, up to the end of the year `last`; `steps`
    /// counts down the dates that were looked at.
    ///
    /// # Errors
    /// `None` when no steps are left.
    pub(super) fn dates(&self, start: NaiveDate, last: i32, steps: &mut usize) -> Option<Vec<NaiveDate>> {
        let rule = self.with_defaults(start);
        let limit = rule.count.map_or(usize::MAX, |count| count as usize);
        let mut dates = vec![start];
        for year in (start.year()..=last).step_by(rule.interval as usize) {
            let months = (1..=12).filter(|month| rule.months.is_empty() || rule.months.contains(month));
            let firsts = months.filter_map(|month| NaiveDate::from_ymd_opt(year, month, 1));
            for date in
                firsts.flat_map(|first| first.iter_days().take(usize::from(first.num_days_in_month())))
            {
                *steps = steps.checked_sub(1)?;
                if dates.len() >= limit || rule.until.is_some_and(|until| date > until) {
                    return Some(dates);
                }
                if date > start && rule.holds(date) {
                    dates.push(date);
                }
            }
        }
        Some(dates)
    }

    /// Fills in from the start what the rule leaves open.
    fn with_defaults(&self, start: NaiveDate) -> Self {
        let mut rule = self.clone();
        if rule.weekdays.is_empty() && rule.month_days.is_empty() {
            rule.month_days.insert(start.day() as i32);
            if rule.months.is_empty() {
                rule.months.insert(start.month());
            }
        }
        rule
    }

    /// Whether a date of the rule's months is one of its days.
    fn holds(&self, date: NaiveDate) -> bool {
        let from_end = date.day() as i32 - days_of_month(date) - 1;
        let by_day = self.month_days.is_empty()
            || self.month_days.contains(&(date.day() as i32))
            || self.month_days.contains(&from_end);
        let by_weekday = || {
            let (place, length) = match self.months.is_empty() {
                true => (date.ordinal() as i32, if date.leap_year() { 366 } else { 365 }),
                false => (date.day() as i32, days_of_month(date)),
            };
            self.weekdays.iter().any(|nth| nth.holds(date.weekday(), place, length))
        };
        by_day && (self.weekdays.is_empty() || by_weekday())
    }
}

impl Nth {
    fn parse(text: &str) -> Option<Self> {
        let (n, weekday) = text.split_at_checked(text.len().checked_sub(2)?)?;
        let weekday = match weekday {
            "MO" => Weekday::Mon,
            "TU" => Weekday::Tue,
            "WE" => Weekday::Wed,
            "TH" => Weekday::Thu,
            "FR" => Weekday::Fri,
            "SA" => Weekday::Sat,
            "SU" => Weekday::Sun,
            _ => return None,
        };
        let n = if n.is_empty() { 0 } else { signed(n).filter(|n| (1..=53).contains(&n.abs()))? };
        Some(Self { n, weekday })
    }

    /// Whether a weekday at a place (from 1) of a period of a length is the one that is meant.
    fn holds(self, weekday: Weekday, place: i32, length: i32) -> bool {
        let (from_front, from_back) = ((place - 1) / 7 + 1, (length - place) / 7 + 1);
        weekday == self.weekday && (self.n == 0 || self.n == from_front || self.n == -from_back)
    }
}

fn days_of_month(date: NaiveDate) -> i32 {
    i32::from(date.num_days_in_month())
}

fn signed(text: &str) -> Option<i32> {
    let (sign, number) = match text.strip_prefix('-') {
        Some(number) => (-1, number),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let number = digits(number).filter(|_| !number.is_empty())?;
    Some(sign * i32::try_from(number).ok()?)
}

/// Reads `YYYYMMDD`, and of a date with a time the date.
pub(super) fn parse_date(text: &str) -> Option<NaiveDate> {
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let timed = time.is_none_or(|time| {
        let clock = time.strip_suffix('Z').unwrap_or(time);
        clock.len() == 6 && digits(clock).is_some()
    });
    if date.len() != 8 || !date.is_ascii() || !timed {
        return None;
    }
    let year = i32::try_from(digits(&date[..4])?).ok()?;
    NaiveDate::from_ymd_opt(year, digits(&date[4..6])?, digits(&date[6..])?)
}
