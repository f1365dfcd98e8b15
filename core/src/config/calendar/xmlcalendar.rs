use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::csv;
use super::definition::{DateRule, Layer};
use super::local::{digits, is_weekend, weekday_name};
use super::table::within_limit;
use crate::base::Problems;

/// What becomes of the days off that fall on a Saturday or Sunday.
///
/// A production calendar is written for a week of five days, and does not tell a holiday on a Saturday from a plain one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weekends {
    /// They are closed as listed: right for a week of five days, and for whoever rests on every holiday.
    Closed,
    /// The working week decides: right for a week of six or seven days.
    ByWeek,
}

/// Reads a production calendar (производственный календарь) of one year in the JSON form of the xmlcalendar project:
/// `{"year": 2024, "months": [{"month": 1, "days": "1,2,…"}, …], "transitions": [{"from": "04.27", "to": "04.29"}, …]}`.
///
/// Listed days are off, `+` marks one that was moved there; `*` marks a working day that is an hour shorter. A weekend day
/// that is not off works as the weekday that its transition exchanges it for, as a Monday where none does.
///
/// # Errors
/// Every problem with its place: `too_large`, `malformed`, `missing_month` (each month lists its weekends, so that a month
/// without a list would turn them all into working days), `invalid_day`.
pub fn import_xmlcalendar_json(text: &str, weekends: Weekends) -> Result<Layer, Problems> {
    let mut problems = Problems::default();
    if !within_limit(text, &mut problems) {
        return Err(problems);
    }
    let document: Document = match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(document) => document,
        Err(error) => {
            problems.error("malformed", format!("line {}", error.line()), error.to_string());
            return Err(problems);
        }
    };
    let mut year = Year::new(document.year, &mut problems);
    for (n, month) in document.months.iter().enumerate() {
        year.read_month(month.month, &month.days, &format!("months[{n}]"), &mut problems);
    }
    for (n, transition) in document.transitions.iter().enumerate() {
        year.read_transition(transition, &format!("transitions[{n}]"), &mut problems);
    }
    let rules = year.rules(weekends, &mut problems);
    problems.finish(Layer::of_dates(rules))
}

/// Reads production calendars in the CSV form of the xmlcalendar project and data.gov.ru: a row for each year, its first
/// field the year, twelve fields of days after it; further fields and a header are passed over.
///
/// The meaning is that of [`import_xmlcalendar_json`]; exchanges are not in this form, so a weekend day that is not off
/// works as a Monday. Fields are separated by commas, or by semicolons when the first line has one.
///
/// # Errors
/// As for JSON; `malformed` also when there is no row, or two of one year.
pub fn import_xmlcalendar_csv(text: &str, weekends: Weekends) -> Result<Layer, Problems> {
    let mut problems = Problems::default();
    if !within_limit(text, &mut problems) {
        return Err(problems);
    }
    let semicolons = text.lines().next().is_some_and(|line| line.contains(';'));
    let mut rules = BTreeMap::new();
    let mut years = BTreeSet::new();
    for (n, row) in csv::rows(text, if semicolons { ';' } else { ',' }).iter().enumerate() {
        let Some(number) = row.first().and_then(|field| digits(field.trim())) else {
            if n > 0 {
                problems.error("malformed", format!("row {}", n + 1), "the row does not begin with a year");
            }
            continue;
        };
        if !years.insert(number) {
            problems.error("malformed", format!("row {}", n + 1), format!("the year {number} occurs twice"));
        }
        let mut year = Year::new(i64::from(number), &mut problems);
        for (month, days) in (1..=12).zip(&row[1..]) {
            year.read_month(month, days, &format!("row {}, month {month}", n + 1), &mut problems);
        }
        rules.extend(year.rules(weekends, &mut problems));
    }
    if years.is_empty() {
        problems.error("malformed", "file", "there is no row that begins with a year");
    }
    problems.finish(Layer::of_dates(rules))
}

#[derive(Deserialize)]
struct Document {
    year: i64,
    months: Vec<Month>,
    #[serde(default)]
    transitions: Vec<Transition>,
}

#[derive(Deserialize)]
struct Month {
    month: u32,
    days: String,
}

#[derive(Deserialize)]
struct Transition {
    from: String,
    to: String,
}

/// What one year's lists say.
struct Year {
    number: i32,
    months: BTreeSet<u32>,
    off: BTreeSet<NaiveDate>,
    shortened: BTreeSet<NaiveDate>,
    /// Weekend days, and what they were exchanged for.
    exchanged: BTreeMap<NaiveDate, NaiveDate>,
}

impl Year {
    fn new(number: i64, problems: &mut Problems) -> Self {
        let within = i32::try_from(number).ok().filter(|year| (1900..2200).contains(year));
        if within.is_none() {
            problems.error("malformed", "year", format!("{number} is not a year from 1900 to 2199"));
        }
        Self {
            number: within.unwrap_or(1900),
            months: BTreeSet::new(),
            off: BTreeSet::new(),
            shortened: BTreeSet::new(),
            exchanged: BTreeMap::new(),
        }
    }

    fn read_month(&mut self, month: u32, days: &str, path: &str, problems: &mut Problems) {
        if !(1..=12).contains(&month) || !self.months.insert(month) {
            problems.error(
                "missing_month",
                path,
                format!("month {month} is not one of twelve, each listed once"),
            );
            return;
        }
        for token in days.split(',').map(str::trim).filter(|token| !token.is_empty()) {
            let (number, shortened) = match token.strip_suffix('*') {
                Some(number) => (number, true),
                None => (token.strip_suffix('+').unwrap_or(token), false),
            };
            let date = digits(number).and_then(|day| NaiveDate::from_ymd_opt(self.number, month, day));
            let list = if shortened { &mut self.shortened } else { &mut self.off };
            if !date.is_some_and(|date| list.insert(date)) {
                let shown: String = token.chars().take(16).collect();
                let message = format!("`{shown}` is not a day of month {month}, or occurs twice");
                problems.error("invalid_day", path, message);
            }
        }
    }

    fn read_transition(&mut self, transition: &Transition, path: &str, problems: &mut Problems) {
        let read = |text: &str| {
            let (month, day) = text.split_once('.')?;
            NaiveDate::from_ymd_opt(self.number, digits(month)?, digits(day)?)
        };
        match (read(&transition.from), read(&transition.to)) {
            (Some(from), Some(to)) => {
                self.exchanged.insert(from, to);
            }
            _ => {
                problems.error("invalid_day", path, "a transition has two dates like `04.27`");
            }
        }
    }

    fn rules(self, weekends: Weekends, problems: &mut Problems) -> BTreeMap<String, DateRule> {
        for month in 1..=12 {
            let rests = |date: &NaiveDate| date.month() == month && is_weekend(*date);
            if !self.off.iter().any(rests) {
                let message = format!("month {month} of {} lists no weekend", self.number);
                problems.error("missing_month", format!("month {month}"), message);
            }
        }
        if let Some(both) = self.off.intersection(&self.shortened).next() {
            problems.error("invalid_day", both.to_string(), "a day is either off or shortened");
        }
        if problems.has_errors() {
            return BTreeMap::new();
        }
        let first = NaiveDate::from_ymd_opt(self.number, 1, 1);
        let dates = first.into_iter().flat_map(|first| first.iter_days());
        let dates = dates.take_while(|date| date.year() == self.number);
        dates.filter_map(|date| Some((date.to_string(), self.rule(date, weekends)?))).collect()
    }

    /// What the lists say of a date that its weekday does not.
    fn rule(&self, date: NaiveDate, weekends: Weekends) -> Option<DateRule> {
        let weekend = is_weekend(date);
        if self.off.contains(&date) {
            return (!weekend || weekends == Weekends::Closed).then(DateRule::closed);
        }
        let usual = match (weekend, self.exchanged.get(&date)) {
            (true, Some(instead)) if !is_weekend(*instead) => DateRule::works_as(weekday_name(*instead)),
            (true, _) => DateRule::works_as("mon"),
            (false, _) => DateRule::default(),
        };
        let rule = if self.shortened.contains(&date) { usual.shortened(60) } else { usual };
        (rule != DateRule::default()).then_some(rule)
    }
}
