use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::super::local::digits;
use super::reader::Property;
use super::recurrence::parse_date;
use super::{Fault, short, unsupported};

/// An event; its rule is read only when it counts.
#[derive(Debug, Default)]
pub(super) struct Event {
    /// The line of its `BEGIN`.
    pub(super) line: usize,
    pub(super) uid: String,
    pub(super) summary: String,
    pub(super) start: Option<NaiveDate>,
    end: Option<NaiveDate>,
    days: Option<u32>,
    pub(super) rule: Option<String>,
    pub(super) extra: Vec<NaiveDate>,
    pub(super) except: BTreeSet<NaiveDate>,
    pub(super) replaces: Option<NaiveDate>,
    pub(super) cancelled: bool,
    /// Whether it lasts from one time to another, not whole days.
    pub(super) timed: bool,
}

impl Event {
    /// An event that begins at a line of the feed.
    pub(super) fn at_line(line: usize) -> Self {
        Self { line, ..Self::default() }
    }

    /// Takes what a property says.
    pub(super) fn take(&mut self, property: &Property) -> Result<(), Fault> {
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
            "RRULE" => self.rule = Some(value.to_owned()),
            "EXRULE" => return Err(unsupported("`EXRULE` is not supported")),
            "RDATE" => self.extra.extend(dates(value)?),
            "EXDATE" => self.except.extend(dates(value)?),
            "RECURRENCE-ID" => self.replaces = Some(date(value)?),
            _ => {}
        }
        Ok(())
    }

    /// How many dates each recurrence lasts.
    pub(super) fn length(&self, start: NaiveDate) -> Result<u64, Fault> {
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

const EVENT_DAYS_MAX: u64 = 366;
const SUMMARY_CHARS_MAX: usize = 500;
