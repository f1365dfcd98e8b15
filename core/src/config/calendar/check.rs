use std::sync::Arc;

use chrono_tz::{TZ_VARIANTS, Tz};

use super::check_version::VersionCheck;
use super::compiled::Calendar;
use super::definition::{CalendarDefinition, VersionDefinition};
use super::rules::{Rules, Version};
use super::zone::Zone;
use crate::base::limits::CALENDAR_VERSIONS_MAX;
use crate::base::{Problems, closest};

/// A calendar without errors; [`compile`](Self::compile) makes the form that answers.
#[derive(Debug, Clone)]
pub struct CheckedCalendar {
    definition: CalendarDefinition,
    zone: Zone,
    rules: Arc<Rules>,
    warnings: Problems,
}

impl CheckedCalendar {
    /// The definition that was checked.
    #[must_use]
    pub fn definition(&self) -> &CalendarDefinition {
        &self.definition
    }

    /// What is likely a mistake: a day that ends at 23:59.
    #[must_use]
    pub fn warnings(&self) -> &Problems {
        &self.warnings
    }

    /// The form that answers.
    #[must_use]
    pub fn compile(&self) -> Calendar {
        Calendar::new(self.zone, Arc::clone(&self.rules))
    }
}

impl CalendarDefinition {
    /// Holds the calendar against its rules.
    ///
    /// # Errors
    /// Every problem at once, with these codes: `unknown_time_zone`, `invalid_versions` (none, or two from one date),
    /// `invalid_interval`, `overlapping_intervals`, `conflicting_date_rules`, `unknown_weekday`, `invalid_date`,
    /// `invalid_shortening`, `too_many`.
    pub fn check(self) -> Result<CheckedCalendar, Problems> {
        let mut problems = Problems::default();
        let zone = check_zone(&mut problems, "time_zone", &self.time_zone);
        let versions = check_versions(&mut problems, "", &self.versions);
        let (Some(zone), false) = (zone, problems.has_errors()) else {
            return Err(problems);
        };
        Ok(CheckedCalendar {
            definition: self,
            zone,
            rules: Arc::new(Rules { versions }),
            warnings: problems,
        })
    }
}

/// Finds a zone by its IANA name.
pub(super) fn check_zone(problems: &mut Problems, path: &str, name: &str) -> Option<Zone> {
    if let Ok(zone) = name.parse::<Tz>() {
        return Some(Zone(zone));
    }
    let shown: String = name.chars().take(64).collect();
    let problem = problems.error("unknown_time_zone", path, format!("`{shown}` is not a time zone"));
    match closest(&shown, TZ_VARIANTS.iter().map(|zone| zone.name())) {
        Some(known) => problem.hint(format!("did you mean `{known}`?")),
        None => problem.hint("an IANA name is expected, like `Europe/Moscow`"),
    };
    None
}

/// Checks versions and sorts them by their first date; `prefix` is the path to them, with its dot.
pub(super) fn check_versions(
    problems: &mut Problems,
    prefix: &str,
    all: &[VersionDefinition],
) -> Vec<Version> {
    if all.is_empty() {
        problems.error(
            "invalid_versions",
            format!("{prefix}versions"),
            "a calendar has at least one version",
        );
    }
    at_most(problems, &format!("{prefix}versions"), all.len(), CALENDAR_VERSIONS_MAX);
    let mut versions = Vec::new();
    for (n, definition) in all.iter().take(CALENDAR_VERSIONS_MAX).enumerate() {
        let path = format!("{prefix}versions[{n}]");
        let version = VersionCheck { problems: &mut *problems, path: &path }.run(definition);
        if version.from.is_none() && definition.valid_from.is_some() {
            continue; // its date is reported already
        }
        if versions.iter().any(|other: &Version| other.from == version.from) {
            let message = "another version begins on the same date";
            problems.error("invalid_versions", format!("{path}.valid_from"), message);
        }
        versions.push(version);
    }
    versions.sort_by_key(|version| version.from);
    versions
}

/// Notes more entries than a limit allows.
pub(super) fn at_most(problems: &mut Problems, path: &str, count: usize, limit: usize) {
    if count > limit {
        problems.error("too_many", path, format!("{count} entries where {limit} are the limit"));
    }
}
