use std::collections::BTreeSet;

use super::check::{check_versions, check_zone};
use super::definition::{CalendarDefinition, DateRule, Layer, VersionDefinition};
use crate::base::Problems;
use crate::base::limits::{CALENDAR_LAYERS_MAX, CALENDAR_VERSIONS_MAX};

/// Composes a calendar from layers, the lowest first: country, tenant, line, person.
///
/// Dates on which any layer gets a new version begin a version of the whole. In it:
/// - the zone and the working week are those of the highest layer that has one;
/// - holidays and closures of all layers count;
/// - of two rules for one date the higher one holds, a higher yearly holiday among them; a higher rule that only shortens
///   the date keeps the hours that the lower one gives it;
/// - a layer that stands [`alone`](Layer::alone) leaves only the zone of those below.
///
/// # Errors
/// Every problem of every layer, with `layers[n]` before its path; `unknown_time_zone` when no layer names one,
/// `invalid_versions` when there is no layer, `too_many` layers or versions.
pub fn compose(layers: &[Layer]) -> Result<CalendarDefinition, Problems> {
    let mut problems = Problems::default();
    if layers.is_empty() {
        problems.error("invalid_versions", "layers", "a calendar has at least one layer");
    }
    if layers.len() > CALENDAR_LAYERS_MAX {
        let message = format!("{} layers where {CALENDAR_LAYERS_MAX} are the limit", layers.len());
        problems.error("too_many", "layers", message);
        return Err(problems);
    }
    for (n, layer) in layers.iter().enumerate() {
        check_versions(&mut problems, &format!("layers[{n}]."), &layer.versions);
        if let Some(zone) = &layer.time_zone {
            check_zone(&mut problems, &format!("layers[{n}].time_zone"), zone);
        }
    }
    let time_zone = layers.iter().rev().find_map(|layer| layer.time_zone.clone());
    if time_zone.is_none() {
        problems.error("unknown_time_zone", "layers", "no layer names a time zone");
    }
    // Checked dates sort as their texts do; `None`, since ever, comes first.
    let starts: BTreeSet<Option<&str>> = layers.iter().flat_map(|layer| &layer.versions).map(from).collect();
    if starts.len() > CALENDAR_VERSIONS_MAX {
        let message =
            format!("{} versions together where {CALENDAR_VERSIONS_MAX} are the limit", starts.len());
        problems.error("too_many", "layers", message);
    }
    let time_zone = problems.finish(time_zone.unwrap_or_default())?;
    Ok(CalendarDefinition {
        time_zone,
        versions: starts.into_iter().map(|start| stack(layers, start)).collect(),
    })
}

fn from(version: &VersionDefinition) -> Option<&str> {
    version.valid_from.as_deref()
}

/// What the layers say together from a date on.
fn stack(layers: &[Layer], start: Option<&str>) -> VersionDefinition {
    let mut whole = VersionDefinition::default();
    for layer in layers {
        let begun = layer.versions.iter().filter(|version| from(version) <= start);
        let Some(version) = begun.max_by_key(|version| from(version)) else { continue };
        if layer.alone {
            whole = version.clone();
        } else {
            lay(&mut whole, version);
        }
    }
    whole.valid_from = start.map(str::to_owned);
    whole
}

fn lay(below: &mut VersionDefinition, above: &VersionDefinition) {
    if above.weekly.is_some() {
        below.weekly.clone_from(&above.weekly);
    }
    // A holiday is a word on its dates, so it outdoes the rules of lower layers for them.
    below.dates.retain(|date, _| !above.yearly_holidays.iter().any(|holiday| date.get(5..) == Some(holiday)));
    below.yearly_holidays.extend(above.yearly_holidays.iter().cloned());
    below.yearly_holidays.sort();
    below.yearly_holidays.dedup();
    for (date, rule) in &above.dates {
        let merged = match below.dates.get(date) {
            Some(lower) if !rule.says_hours() => shorten(lower.clone(), rule),
            Some(_) | None => rule.clone(),
        };
        below.dates.insert(date.clone(), merged);
    }
    below.closures.extend(above.closures.iter().cloned());
}

fn shorten(lower: DateRule, rule: &DateRule) -> DateRule {
    // From a closed date there is nothing to take.
    if lower.closed { lower } else { DateRule { shorten_end_min: rule.shorten_end_min, ..lower } }
}
