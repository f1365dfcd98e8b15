mod checks;
mod imports;
mod laws;
mod layers;
mod operations;
mod oracle;
mod past;
mod random;
mod zones;

use super::*;
use crate::base::Timestamp;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn definition(json: &str) -> CalendarDefinition {
    serde_json::from_str(json).expect("a definition")
}

fn calendar(json: &str) -> Calendar {
    definition(json).check().expect("no problems").compile()
}

/// A calendar of weekdays with the same hours.
fn week(zone: &str, days: &[&str], hours: &str) -> CalendarDefinition {
    let weekly: Vec<_> = days.iter().map(|day| format!(r#""{day}": {hours}"#)).collect();
    definition(&format!(r#"{{"time_zone": "{zone}", "versions": [{{"weekly": {{{}}}}}]}}"#, weekly.join(",")))
}

fn office(zone: &str) -> CalendarDefinition {
    week(zone, &["mon", "tue", "wed", "thu", "fri"], r#"[["09:00", "13:00"], ["14:00", "18:00"]]"#)
}
