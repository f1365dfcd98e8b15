use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A stretch of the wall clock as it is written: `["09:00", "13:00"]`, start and end.
///
/// Clock texts are `HH:MM` or `HH:MM:SS`; `24:00` is the end of the day and only an end. The end does not belong to it.
pub type ClockPair = [String; 2];

/// The working hours of a week by `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`; a day that is not named is off.
///
/// An end before its start means over midnight: what lies after midnight belongs to the next weekday's date.
pub type Weekly = BTreeMap<String, Vec<ClockPair>>;

/// A working calendar (производственный календарь, график обслуживания) as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarDefinition {
    /// The IANA name of the zone whose wall clock the hours are, like `Europe/Moscow`.
    #[serde(default)]
    pub time_zone: String,
    /// What holds from when on, in any order; there is at least one.
    #[serde(default)]
    pub versions: Vec<VersionDefinition>,
}

impl CalendarDefinition {
    /// A calendar that never closes.
    #[must_use]
    pub fn always_open(time_zone: impl Into<String>) -> Self {
        let day = vec![["00:00".to_owned(), "24:00".to_owned()]];
        let weekly = WEEKDAYS.iter().map(|weekday| ((*weekday).to_owned(), day.clone())).collect();
        let version = VersionDefinition { weekly: Some(weekly), ..VersionDefinition::default() };
        Self { time_zone: time_zone.into(), versions: vec![version] }
    }
}

/// What a calendar or a layer says from a local date on, until the next version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionDefinition {
    /// The first local date that it rules, `YYYY-MM-DD`; absent: since ever.
    #[serde(default)]
    pub valid_from: Option<String>,
    /// The working week. In a layer, absent means: as the layers below say; in a calendar: no working hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly: Option<Weekly>,
    /// Days off of every year, `MM-DD`; `02-29` occurs in leap years only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub yearly_holidays: Vec<String>,
    /// What single dates (`YYYY-MM-DD`) do instead of their weekday or yearly holiday.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dates: BTreeMap<String, DateRule>,
    /// Stretches taken away last, from whatever their date has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closures: Vec<Closure>,
}

/// What one date does: exactly one of `closed`, `intervals`, `works_as`; `shorten_end_min` alone or with the last two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateRule {
    /// No work on this date; `false` says nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// These hours, not over midnight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intervals: Option<Vec<ClockPair>>,
    /// The hours of this weekday (a moved working day, перенос), what comes over midnight into it included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub works_as: Option<String>,
    /// Minutes of work taken from the end of the date (сокращённый день), through a break if need be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shorten_end_min: Option<i64>,
}

impl DateRule {
    /// No work on the date.
    #[must_use]
    pub fn closed() -> Self {
        Self { closed: true, ..Self::default() }
    }

    /// The hours of a weekday, like `mon`.
    #[must_use]
    pub fn works_as(weekday: impl Into<String>) -> Self {
        Self { works_as: Some(weekday.into()), ..Self::default() }
    }

    /// The same rule with `minutes` of work less at the end.
    #[must_use]
    pub fn shortened(self, minutes: i64) -> Self {
        Self { shorten_end_min: Some(minutes), ..self }
    }

    /// Whether the rule says which hours the date has, not only that they are shorter.
    #[must_use]
    pub fn says_hours(&self) -> bool {
        self.closed || self.intervals.is_some() || self.works_as.is_some()
    }
}

/// A stretch of one date without work: a fire drill, an early closing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closure {
    /// The local date, `YYYY-MM-DD`.
    pub date: String,
    /// Where it begins, a clock text.
    pub from: String,
    /// Where it ends, a clock text after `from` on the same date.
    pub to: String,
}

/// One layer of a calendar: what a country, a tenant, a line or a person adds to those below.
///
/// See [`compose`](super::compose) for how layers meet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// The zone; absent: as the layers below say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Whether, once a version of this layer is in force, nothing of the layers below counts but their zone:
    /// a line that works round the clock keeps no country's holidays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
    /// What holds from when on; before its first version the layer says nothing.
    #[serde(default)]
    pub versions: Vec<VersionDefinition>,
}

impl Layer {
    /// A layer of date rules alone, since ever.
    #[must_use]
    pub fn of_dates(dates: BTreeMap<String, DateRule>) -> Self {
        Self {
            versions: vec![VersionDefinition { dates, ..VersionDefinition::default() }],
            ..Self::default()
        }
    }
}

impl From<CalendarDefinition> for Layer {
    fn from(calendar: CalendarDefinition) -> Self {
        Self { time_zone: Some(calendar.time_zone), alone: false, versions: calendar.versions }
    }
}

/// The weekdays as definitions name them, in the order of ISO 8601.
pub(super) const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
