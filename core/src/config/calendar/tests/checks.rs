use super::*;

fn codes(json: &str) -> Vec<(&'static str, String)> {
    let problems = definition(json).check().expect_err("problems");
    problems.0.into_iter().map(|problem| (problem.code, problem.path)).collect()
}

#[test]
fn every_problem_is_reported_with_its_place() {
    let found = codes(
        r#"{"time_zone": "Europe/Moskow", "versions": [
            {"weekly": {"mon": [["09:00", "13:00"], ["12:00", "18:00"]], "tue": [["9:00", "17:00"]], "mo": []},
             "yearly_holidays": ["02-30"],
             "dates": {"2024-06-03": {"closed": true, "shorten_end_min": 60}, "2024-06-31": {"closed": true},
                       "2024-06-04": {}, "2024-06-05": {"intervals": [["22:00", "06:00"]]},
                       "2024-06-06": {"works_as": "monday"}, "2024-06-07": {"shorten_end_min": -1}},
             "closures": [{"date": "2024-06-03", "from": "11:00", "to": "11:00"}]},
            {"valid_from": null}]}"#,
    );
    let expected = [
        ("unknown_time_zone", "time_zone"),
        ("unknown_weekday", "versions[0].weekly.mo"),
        ("invalid_interval", "versions[0].weekly.tue[0]"),
        ("overlapping_intervals", "versions[0].weekly.mon"),
        ("invalid_date", "versions[0].yearly_holidays[0]"),
        ("conflicting_date_rules", "versions[0].dates.2024-06-03"),
        ("conflicting_date_rules", "versions[0].dates.2024-06-04"),
        ("invalid_interval", "versions[0].dates.2024-06-05.intervals[0]"),
        ("unknown_weekday", "versions[0].dates.2024-06-06.works_as"),
        ("invalid_shortening", "versions[0].dates.2024-06-07.shorten_end_min"),
        ("invalid_date", "versions[0].dates.2024-06-31"),
        ("invalid_interval", "versions[0].closures[0]"),
        ("invalid_versions", "versions[1].valid_from"),
    ];
    let expected: Vec<_> = expected.map(|(code, path)| (code, path.to_owned())).into();
    assert_eq!(found, expected);
}

#[test]
fn a_mistyped_zone_gets_a_hint() {
    let problems = office("Europe/Moskow").check().expect_err("problems");
    assert_eq!(problems.0[0].hint.as_deref(), Some("did you mean `Europe/Moscow`?"));
}

#[test]
fn a_calendar_without_versions_is_refused() {
    assert_eq!(
        codes(r#"{"time_zone": "UTC", "versions": []}"#),
        [("invalid_versions", "versions".to_owned())]
    );
}

#[test]
fn clock_texts_are_read_strictly() {
    for (start, end) in [
        ("24:00", "24:00"),
        ("24:00", "06:00"),
        ("09:00", "24:01"),
        ("09:00", "09:60"),
        ("9:00", "17:00"),
        ("09:00:60", "17:00"),
        ("09:00:00:00", "17:00"),
        ("+9:00", "17:00"),
        ("", "17:00"),
    ] {
        let problems = week("UTC", &["mon"], &format!(r#"[["{start}", "{end}"]]"#)).check().expect_err(start);
        assert_eq!(problems.0[0].code, "invalid_interval", "{start} {end}");
    }
    for (start, end) in [("22:00", "00:00"), ("00:00", "24:00:00"), ("08:59:30", "17:30:01")] {
        assert!(
            week("UTC", &["mon"], &format!(r#"[["{start}", "{end}"]]"#)).check().is_ok(),
            "{start} {end}"
        );
    }
}

#[test]
fn what_comes_over_midnight_may_not_overlap_the_next_day() {
    let hours = r#"{"time_zone": "UTC", "versions": [{"weekly": {"sun": [["22:00", "06:00"]], "mon": [["05:00", "09:00"]]}}]}"#;
    assert_eq!(codes(hours), [("overlapping_intervals", "versions[0].weekly.mon".to_owned())]);
}

#[test]
fn a_day_that_ends_a_minute_early_is_warned_about() {
    let checked = week("UTC", &["mon"], r#"[["00:00", "23:59"]]"#).check().expect("only a warning");
    assert_eq!(checked.warnings().0[0].code, "ends_before_midnight");
}

#[test]
fn too_much_of_anything_is_refused() {
    let mut many = office("UTC");
    many.versions = (0..=crate::base::limits::CALENDAR_VERSIONS_MAX)
        .map(|n| VersionDefinition {
            valid_from: Some(format!("{:04}-01-01", 1900 + n)),
            ..Default::default()
        })
        .collect();
    assert_eq!(many.check().expect_err("problems").0[0].code, "too_many");
    let pieces = vec![["09:00".to_owned(), "10:00".to_owned()]; 97];
    let mut many = office("UTC");
    many.versions[0].weekly = Some([("mon".to_owned(), pieces)].into());
    assert_eq!(many.check().expect_err("problems").0[0].code, "too_many");
    let closure = Closure { date: "2024-01-01".into(), from: "10:00".into(), to: "11:00".into() };
    let mut many = office("UTC");
    many.versions[0].closures = vec![closure; 97];
    assert_eq!(many.check().expect_err("problems").0[0].code, "too_many");
}

#[test]
fn a_definition_reads_what_it_writes() {
    let written = serde_json::to_string(&office("UTC")).expect("JSON");
    assert_eq!(definition(&written), office("UTC"));
    let unknown = serde_json::from_str::<CalendarDefinition>(r#"{"time_zone": "UTC", "version": []}"#);
    assert!(unknown.is_err(), "an unknown field is an error");
}
