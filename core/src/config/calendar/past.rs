use std::collections::BTreeMap;

use chrono::DateTime;

use super::definition::{CalendarDefinition, DateRule, VersionDefinition};
use super::zone::Zone;
use crate::base::Timestamp;

impl CalendarDefinition {
    /// The calendar with the past of another one: what lies before a local date (`YYYY-MM-DD`) is as that one says, the rest
    /// as this one does. `None` when both say the same of the past.
    ///
    /// So an edited calendar rules from a date on, and what was counted before stays what it was.
    #[must_use]
    pub fn with_past_of(&self, former: &Self, date: &str) -> Option<Self> {
        let mut before = former.before(date);
        if before == self.before(date) {
            return None;
        }
        before.extend(self.from(date));
        Some(Self { time_zone: self.time_zone.clone(), versions: before })
    }

    /// The local date of an instant; `None` when the calendar's zone is unknown.
    #[must_use]
    pub fn date_at(&self, at: Timestamp) -> Option<String> {
        let zone = Zone(self.time_zone.parse().ok()?);
        let reading = DateTime::from_timestamp(zone.reading_s(at.millis().div_euclid(1_000)), 0)?;
        Some(reading.date_naive().to_string())
    }

    /// What it says of the dates before one, in order.
    fn before(&self, date: &str) -> Vec<VersionDefinition> {
        let begun = |version: &&VersionDefinition| version.valid_from.as_deref() < Some(date);
        let cut = |version: &VersionDefinition| VersionDefinition {
            dates: rules(version, |of| of < date),
            closures: version
                .closures
                .iter()
                .filter(|closure| closure.date.as_str() < date)
                .cloned()
                .collect(),
            ..version.clone()
        };
        let mut versions: Vec<_> = self.versions.iter().filter(begun).map(cut).collect();
        versions.sort_by(|one, other| one.valid_from.cmp(&other.valid_from));
        versions
    }

    /// What it says from a date on; where that is nothing at first, an empty version says so.
    fn from(&self, date: &str) -> Vec<VersionDefinition> {
        let rules_at = |version: &&VersionDefinition| version.valid_from.as_deref() <= Some(date);
        let current = self.versions.iter().filter(rules_at).max_by_key(|version| &version.valid_from);
        let first = current.map_or_else(VersionDefinition::default, |version| VersionDefinition {
            dates: rules(version, |of| of >= date),
            closures: version
                .closures
                .iter()
                .filter(|closure| closure.date.as_str() >= date)
                .cloned()
                .collect(),
            ..version.clone()
        });
        let later =
            self.versions.iter().filter(|version| version.valid_from.as_deref() > Some(date)).cloned();
        let first = VersionDefinition { valid_from: Some(date.to_owned()), ..first };
        std::iter::once(first).chain(later).collect()
    }
}

/// The rules of a version for some dates.
fn rules(version: &VersionDefinition, holds: impl Fn(&str) -> bool) -> BTreeMap<String, DateRule> {
    let rules = version.dates.iter().filter(|(date, _)| holds(date));
    rules.map(|(date, rule)| (date.clone(), rule.clone())).collect()
}
