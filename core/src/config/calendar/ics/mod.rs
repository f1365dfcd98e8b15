//! Holiday feeds in the iCalendar form of RFC 5545: the part of it that such feeds use, read strictly.

mod event;
mod reader;
mod recurrence;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate};

use self::event::Event;
use self::reader::Reader;
use self::recurrence::YearlyRule;
use super::definition::{DateRule, Layer};
use super::table::within_limit;
use crate::base::Problems;
use crate::base::limits::{CALENDAR_DATES_MAX, CALENDAR_RECURRENCE_STEPS_MAX};

/// What a holiday feed gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IcsImport {
    /// Every date of the feed, closed.
    pub layer: Layer,
    /// What each date is called, by the summaries of its events.
    pub names: BTreeMap<NaiveDate, String>,
    /// Events that were passed over (those that do not last whole days), with their lines.
    pub warnings: Problems,
}

/// Reads a holiday feed of RFC 5545 (`.ics`): each date of an all-day event is closed.
///
/// Events may last several days (`DTEND`, `DURATION`), recur each year (`RRULE` with `FREQ=YEARLY`; `INTERVAL`, `COUNT`,
/// `UNTIL`, `BYMONTH`, `BYMONTHDAY`, `BYDAY`), have `RDATE`, `EXDATE`, and single recurrences changed by `RECURRENCE-ID`.
/// Cancelled events do not count. Dates outside `years` are left out.
///
/// # Errors
/// Every problem with its line: `too_large`, `malformed`, `invalid_date`, `unsupported_recurrence`, `too_many` dates or
/// steps of recurrence.
pub fn import_ics(text: &str, years: RangeInclusive<i32>) -> Result<IcsImport, Problems> {
    let mut problems = Problems::default();
    if !within_limit(text, &mut problems) {
        return Err(problems);
    }
    let years = (*years.start()).max(YEAR_FIRST)..=(*years.end()).min(YEAR_LAST);
    let events = Reader::default().read(text, &mut problems);
    let mut feed = Feed { years, steps: CALENDAR_RECURRENCE_STEPS_MAX, names: BTreeMap::new() };
    let replaced: BTreeSet<_> =
        events.iter().filter_map(|event| Some((event.uid.as_str(), event.replaces?))).collect();
    for event in events.iter().filter(|event| !event.cancelled) {
        let Err((code, message)) = feed.add(event, &replaced) else { continue };
        problems.error(code, format!("line {}", event.line), message);
        if code == "too_many" {
            break;
        }
    }
    let dates = feed.names.keys().map(|date| (date.to_string(), DateRule::closed())).collect();
    let (layer, names) = (Layer::of_dates(dates), feed.names);
    if problems.has_errors() { Err(problems) } else { Ok(IcsImport { layer, names, warnings: problems }) }
}

/// Puts events together.
struct Feed {
    years: RangeInclusive<i32>,
    steps: usize,
    names: BTreeMap<NaiveDate, String>,
}

impl Feed {
    fn add(&mut self, event: &Event, replaced: &BTreeSet<(&str, NaiveDate)>) -> Result<(), Fault> {
        let start = event.start.ok_or_else(|| ("malformed", "an event has a `DTSTART`".to_owned()))?;
        let length = event.length(start)?;
        let Some(rule) = &event.rule else {
            return self.add_all(event, &[start], length, replaced);
        };
        if !(RULE_YEAR_FIRST..=YEAR_LAST).contains(&start.year()) {
            return Err(("invalid_date", format!("a rule begins from {RULE_YEAR_FIRST} to {YEAR_LAST}")));
        }
        let rule = YearlyRule::parse(rule).map_err(unsupported)?;
        let recurring = rule.dates(start, *self.years.end(), &mut self.steps);
        let recurring =
            recurring.ok_or_else(|| ("too_many", "the rules of the feed go over too many dates".into()))?;
        self.add_all(event, &recurring, length, replaced)
    }

    fn add_all(
        &mut self,
        event: &Event,
        starts: &[NaiveDate],
        length: u64,
        replaced: &BTreeSet<(&str, NaiveDate)>,
    ) -> Result<(), Fault> {
        let is_moved = |date| event.replaces.is_none() && replaced.contains(&(event.uid.as_str(), date));
        let counts = |date: &&NaiveDate| !event.except.contains(date) && !is_moved(**date);
        for start in starts.iter().chain(&event.extra).filter(counts) {
            let days = (0..length).filter_map(|days| start.checked_add_days(Days::new(days)));
            for date in days.filter(|date| self.years.contains(&date.year())) {
                self.names.entry(date).or_insert_with(|| event.summary.clone());
            }
            if self.names.len() > CALENDAR_DATES_MAX {
                return Err(("too_many", format!("the feed has more than {CALENDAR_DATES_MAX} dates")));
            }
        }
        Ok(())
    }
}

fn unsupported(message: impl Into<String>) -> Fault {
    ("unsupported_recurrence", message.into())
}

fn short(text: &str) -> String {
    text.chars().take(32).collect()
}

/// A code and a message; the line is added where it is known.
type Fault = (&'static str, String);

const YEAR_FIRST: i32 = 1_900;
const YEAR_LAST: i32 = 2_199;
/// Where rules may begin: every year up to the asked ones costs steps.
const RULE_YEAR_FIRST: i32 = 1_600;
