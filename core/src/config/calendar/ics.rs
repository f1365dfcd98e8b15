use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate};

use super::definition::{DateRule, Layer};
use super::local::digits;
use super::recurrence::{YearlyRule, parse_date};
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

/// An all-day event.
#[derive(Debug, Default)]
struct Event {
    /// The line of its `BEGIN`.
    line: usize,
    uid: String,
    summary: String,
    start: Option<NaiveDate>,
    end: Option<NaiveDate>,
    days: Option<u32>,
    rule: Option<YearlyRule>,
    extra: Vec<NaiveDate>,
    except: BTreeSet<NaiveDate>,
    replaces: Option<NaiveDate>,
    cancelled: bool,
    /// Whether a part of a day is meant.
    timed: bool,
}

/// Reads content lines into events.
#[derive(Default)]
struct Reader {
    /// The components that are open.
    open: Vec<String>,
    event: Event,
    events: Vec<Event>,
}

impl Reader {
    fn read(mut self, text: &str, problems: &mut Problems) -> Vec<Event> {
        let mut calendars = 0;
        for (line, content) in unfolded(text) {
            let Some(property) = Property::parse(&content) else {
                problems.error("malformed", format!("line {line}"), "a line has a name, a colon and a value");
                continue;
            };
            calendars += usize::from(property.name == "BEGIN" && self.open.is_empty());
            if let Err((code, message)) = self.take(line, &property, problems) {
                problems.error(code, format!("line {line}"), message);
            }
        }
        if calendars == 0 || !self.open.is_empty() {
            problems.error("malformed", "file", "a feed is whole from `BEGIN:VCALENDAR` to `END:VCALENDAR`");
        }
        self.events
    }

    fn take(&mut self, line: usize, property: &Property, problems: &mut Problems) -> Result<(), Fault> {
        match property.name.as_str() {
            "BEGIN" => self.begin(line, property.value.to_ascii_uppercase()),
            "END" => self.end(&property.value.to_ascii_uppercase(), problems),
            _ if self.open.is_empty() => Err(("malformed", "a property stands outside the calendar".into())),
            _ if self.open == ["VCALENDAR", "VEVENT"] => self.event.take(property),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, line: usize, component: String) -> Result<(), Fault> {
        if self.open.is_empty() != (component == "VCALENDAR") || self.open.len() >= NESTING_MAX {
            return Err(("malformed", format!("`{}` cannot begin here", short(&component))));
        }
        if component == "VEVENT" {
            self.event = Event { line, ..Event::default() };
        }
        self.open.push(component);
        Ok(())
    }

    fn end(&mut self, component: &str, problems: &mut Problems) -> Result<(), Fault> {
        if self.open.last().map(String::as_str) != Some(component) {
            return Err(("malformed", format!("`{}` ends but is not open", short(component))));
        }
        let finished = self.open == ["VCALENDAR", "VEVENT"];
        self.open.pop();
        if finished {
            let event = std::mem::take(&mut self.event);
            if event.timed {
                let message =
                    format!("`{}` does not last whole days and is passed over", short(&event.summary));
                problems.warning("not_all_day", format!("line {}", event.line), message);
            } else {
                self.events.push(event);
            }
        }
        Ok(())
    }
}

impl Event {
    fn take(&mut self, property: &Property) -> Result<(), Fault> {
        let value = property.value.as_str();
        match property.name.as_str() {
            "UID" => self.uid = value.to_owned(),
            "SUMMARY" => self.summary = unescaped(value),
            "STATUS" => self.cancelled = value.eq_ignore_ascii_case("CANCELLED"),
            "DTSTART" => {
                self.start = Some(date(value)?);
                self.timed = property.is_timed();
            }
            "DTEND" => self.end = Some(date(value)?),
            "DURATION" => self.days = duration_days(value),
            "RRULE" if self.rule.is_some() => return Err(unsupported("an event has one `RRULE`")),
            "RRULE" => self.rule = Some(YearlyRule::parse(value).map_err(unsupported)?),
            "EXRULE" => return Err(unsupported("`EXRULE` is not supported")),
            "RDATE" => self.extra.extend(dates(value)?),
            "EXDATE" => self.except.extend(dates(value)?),
            "RECURRENCE-ID" => self.replaces = Some(date(value)?),
            _ => {}
        }
        Ok(())
    }

    /// How many dates each recurrence lasts.
    fn length(&self, start: NaiveDate) -> Result<u64, Fault> {
        let days = match (self.end, self.days) {
            (Some(end), _) => u64::try_from((end - start).num_days()).ok(),
            (None, days) => Some(u64::from(days.unwrap_or(1))),
        };
        // RFC 5545 excludes the end; some feeds give a single day the same end as its start.
        let days = days.map(|days| days.max(1));
        days.filter(|days| *days <= EVENT_DAYS_MAX)
            .ok_or_else(|| ("invalid_date", format!("an event lasts from one to {EVENT_DAYS_MAX} days")))
    }
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
        let (Some(rule), true) = (&event.rule, (RULE_YEAR_FIRST..=YEAR_LAST).contains(&start.year())) else {
            if event.rule.is_some() {
                return Err(("invalid_date", format!("a rule begins from {RULE_YEAR_FIRST} to {YEAR_LAST}")));
            }
            return self.add_all(event, &[start], length, replaced);
        };
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

/// One content line: `NAME;PARAM=VALUE:VALUE`.
struct Property {
    name: String,
    parameters: String,
    value: String,
}

impl Property {
    fn parse(line: &str) -> Option<Self> {
        let mut quoted = false;
        let colon = line.find(|c| {
            quoted ^= c == '"';
            c == ':' && !quoted
        })?;
        let (head, value) = (&line[..colon], &line[colon + 1..]);
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        let valid = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        valid.then(|| Self {
            name: name.to_ascii_uppercase(),
            parameters: parameters.to_ascii_uppercase(),
            value: value.trim_end().to_owned(),
        })
    }

    fn is_timed(&self) -> bool {
        let says_date = self.parameters.split(';').any(|parameter| parameter == "VALUE=DATE");
        !says_date && self.value.contains('T')
    }
}

/// The content lines with their first line numbers: a line that begins with a blank continues the one before.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (n, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, last))) => last.push_str(rest),
            _ if line.trim().is_empty() => {}
            _ => lines.push((n + 1, line.to_owned())),
        }
    }
    lines
}

fn date(value: &str) -> Result<NaiveDate, Fault> {
    parse_date(value)
        .ok_or_else(|| ("invalid_date", format!("`{}` is not a date like `20260131`", short(value))))
}

fn dates(value: &str) -> Result<Vec<NaiveDate>, Fault> {
    value.split(',').map(|value| date(value.trim())).collect()
}

/// Whole days of a duration like `P1D` or `P2W`; anything else lasts its one day.
fn duration_days(value: &str) -> Option<u32> {
    let amount = value.strip_prefix('P')?;
    match (amount.strip_suffix('D'), amount.strip_suffix('W')) {
        (Some(days), _) => digits(days),
        (_, Some(weeks)) => digits(weeks)?.checked_mul(7),
        _ => None,
    }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars().take(SUMMARY_CHARS_MAX);
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.extend(
                chars.next().map(|escaped| if escaped == 'n' || escaped == 'N' { ' ' } else { escaped }),
            ),
            c => plain.push(c),
        }
    }
    plain
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
const EVENT_DAYS_MAX: u64 = 366;
const NESTING_MAX: usize = 8;
const SUMMARY_CHARS_MAX: usize = 500;
