//! An edited calendar rules from a date on; what lies before stays as it was.

use proptest::prelude::*;

use super::random::scene;
use super::{at, definition};
use crate::config::calendar::{CalendarDefinition, DateRule, is_older_zone_data};

fn closing(dates: &[&str]) -> CalendarDefinition {
    let mut calendar = CalendarDefinition::always_open("Europe/Moscow");
    calendar.versions[0].dates = dates.iter().map(|date| ((*date).to_owned(), DateRule::closed())).collect();
    calendar
}

#[test]
fn an_edit_of_the_future_leaves_the_calendar_as_it_is_written() {
    let (before, after) = (closing(&["2024-03-01"]), closing(&["2024-03-01", "2024-06-03"]));
    assert_eq!(after.with_past_of(&before, "2024-05-01"), None);
    assert_eq!(after.with_past_of(&before, "2024-06-03"), None, "the day of the edit counts whole");
    assert!(after.with_past_of(&before, "2024-06-04").is_some());
}

#[test]
fn an_edit_of_the_past_does_not_rule_the_past() {
    let (before, after) = (closing(&["2024-03-01"]), closing(&["2024-02-01", "2024-06-03"]));
    let kept = after.with_past_of(&before, "2024-05-01").expect("the past was edited");
    let calendar = kept.clone().check().expect("no problems").compile();
    let is_open = |text| calendar.is_open(at(text));
    assert!(is_open("2024-02-01T09:00:00Z"), "this holiday came too late");
    assert!(!is_open("2024-03-01T09:00:00Z") && !is_open("2024-06-03T09:00:00Z"));
    assert_eq!(kept.with_past_of(&kept, "2024-07-01"), None);
}

#[test]
fn where_an_edited_calendar_begins_later_nothing_of_the_former_one_goes_on() {
    let after = definition(
        r#"{"time_zone": "UTC", "versions": [{"valid_from": "2024-07-01", "weekly": {"mon": [["09:00", "18:00"]]}}]}"#,
    );
    let before = CalendarDefinition::always_open("UTC");
    let kept =
        after.with_past_of(&before, "2024-05-01").expect("the past was edited").check().expect("no problems");
    let calendar = kept.compile();
    assert!(calendar.is_open(at("2024-04-30T23:00:00Z")));
    assert!(!calendar.is_open(at("2024-05-01T00:00:00Z")) && !calendar.is_open(at("2024-06-03T10:00:00Z")));
    assert!(calendar.is_open(at("2024-07-01T10:00:00Z")));
}

#[test]
fn releases_of_zone_data_come_in_order() {
    for (older, newer) in [("2024b", "2025a"), ("2025a", "2025b"), ("2025z", "2025aa"), ("2025", "2025a")] {
        assert!(is_older_zone_data(older, newer) && !is_older_zone_data(newer, older), "{older} {newer}");
    }
    assert!(!is_older_zone_data("2025b", "2025b"));
}

const DAY_MS: i64 = 86_400_000;

proptest! {
    #[test]
    fn what_lies_before_the_date_is_as_it_was_and_the_rest_as_it_is_written(
        before in scene(),
        mut after in scene(),
        days in 3..40_i64,
        millis in 0..DAY_MS,
    ) {
        after.definition.time_zone.clone_from(&before.definition.time_zone);
        let date = before.day.to_string();
        let kept = after.definition.with_past_of(&before.definition, &date);
        let kept = kept.unwrap_or_else(|| after.definition.clone());
        let [kept, was, is] = [&kept, &before.definition, &after.definition]
            .map(|definition| definition.clone().check().expect("no problems").compile());
        let (past, rest) = (before.instant(-days * DAY_MS + millis), before.instant(days * DAY_MS + millis));
        prop_assert_eq!(kept.is_open(past), was.is_open(past));
        prop_assert_eq!(kept.is_open(rest), is.is_open(rest));
    }
}
