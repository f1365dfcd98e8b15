use super::*;
use crate::base::Problems;
use proptest::prelude::*;

fn feed(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
}

fn event(lines: &[&str]) -> String {
    feed(&format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", lines.join("\r\n")))
}

fn dates(text: &str, years: std::ops::RangeInclusive<i32>) -> Vec<String> {
    let import = import_ics(text, years).expect("no problems");
    import.layer.versions[0].dates.keys().cloned().collect()
}

fn code(result: Result<impl std::fmt::Debug, Problems>) -> &'static str {
    result.expect_err("problems").0[0].code
}

#[test]
fn a_feed_closes_the_dates_of_its_events() {
    let text = feed(
        "BEGIN:VTIMEZONE\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nRRULE:FREQ=DAILY\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
         BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20241229\r\nDTEND;VALUE=DATE:20250102\r\nSUMMARY:Новогодние \r\n каникулы\\, длинные\r\n\
         BEGIN:VALARM\r\nDTSTART:20200101\r\nEND:VALARM\r\nEND:VEVENT\r\n\
         BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20250301\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n\
         BEGIN:VEVENT\r\nDTSTART;TZID=\"A:B\":20250401T100000\r\nSUMMARY:Совещание\r\nRRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\n",
    );
    let import = import_ics(&text, 2025..=2025).expect("no problems");
    assert_eq!(import.layer.versions[0].dates.keys().collect::<Vec<_>>(), ["2025-01-01"]);
    assert_eq!(import.names.values().next().map(String::as_str), Some("Новогодние каникулы, длинные"));
    assert_eq!(import.warnings.0[0].code, "not_all_day");
}

#[test]
fn yearly_rules_recur() {
    let of = |rule: &str, start: &str| {
        dates(
            &event(&[&format!("DTSTART;VALUE=DATE:{start}"), &format!("RRULE:FREQ=YEARLY{rule}")]),
            2023..=2028,
        )
    };
    assert_eq!(of("", "20200229"), ["2024-02-29", "2028-02-29"]);
    assert_eq!(of(";INTERVAL=3", "20200501"), ["2023-05-01", "2026-05-01"]);
    assert_eq!(of(";COUNT=5", "20200501"), ["2023-05-01", "2024-05-01"]);
    assert_eq!(of(";UNTIL=20240501T000000Z", "20200501"), ["2023-05-01", "2024-05-01"]);
    assert_eq!(of(";BYMONTH=11;BYDAY=4TH;COUNT=2", "20231123"), ["2023-11-23", "2024-11-28"]);
    assert_eq!(of(";BYMONTH=5;BYDAY=-1MO;UNTIL=20240601", "20230529"), ["2023-05-29", "2024-05-27"]);
    assert_eq!(of(";BYDAY=1MO;COUNT=2", "20230102"), ["2023-01-02", "2024-01-01"]);
    assert_eq!(
        of(";BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=2", "20231107"),
        ["2023-11-07", "2024-11-05"]
    );
    assert_eq!(of(";BYMONTH=2;BYMONTHDAY=-1;COUNT=2", "20230228"), ["2023-02-28", "2024-02-29"]);
}

#[test]
fn single_recurrences_are_taken_out_moved_and_added() {
    let master = "BEGIN:VEVENT\r\nUID:a\r\nDTSTART;VALUE=DATE:20230501\r\nRRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20240501\r\n\
                  RDATE;VALUE=DATE:20240506,20240507\r\nEND:VEVENT\r\n";
    let moved = "BEGIN:VEVENT\r\nUID:a\r\nRECURRENCE-ID;VALUE=DATE:20250501\r\nDTSTART;VALUE=DATE:20250502\r\nEND:VEVENT\r\n";
    let found = dates(&feed(&format!("{master}{moved}")), 2023..=2025);
    assert_eq!(found, ["2023-05-01", "2024-05-06", "2024-05-07", "2025-05-02"]);
}

#[test]
fn what_is_not_understood_is_refused_with_its_line() {
    let start = "DTSTART;VALUE=DATE:20240101";
    for (lines, expected) in [
        (vec![start, "RRULE:FREQ=SECONDLY"], "unsupported_recurrence"),
        (vec![start, "RRULE:FREQ=YEARLY;BYSETPOS=1"], "unsupported_recurrence"),
        (vec![start, "RRULE:FREQ=YEARLY;INTERVAL=0"], "unsupported_recurrence"),
        (vec![start, "RRULE:FREQ=YEARLY;COUNT=1;UNTIL=20250101"], "unsupported_recurrence"),
        (vec![start, "RRULE:FREQ=YEARLY;BYDAY=54MO"], "unsupported_recurrence"),
        (vec!["DTSTART;VALUE=DATE:20240230"], "invalid_date"),
        (vec!["SUMMARY:no start"], "malformed"),
        (vec![start, "DTEND;VALUE=DATE:20990101"], "invalid_date"),
        (vec![start, "DTEND;VALUE=DATE:20230101"], "invalid_date"),
        (vec![start, "no colon"], "malformed"),
        (vec!["BEGIN:VCALENDAR"], "malformed"),
    ] {
        assert_eq!(code(import_ics(&event(&lines), 2020..=2030)), expected, "{lines:?}");
    }
    assert_eq!(code(import_ics("", 2020..=2030)), "malformed");
    assert_eq!(code(import_ics("<html>: no calendar</html>", 2020..=2030)), "malformed");
    assert_eq!(code(import_ics(&"x".repeat(5 << 20), 2020..=2030)), "too_large");
    let problems = import_ics(&event(&[start, "RRULE:FREQ=DAILY"]), 2020..=2030).expect_err("problems");
    assert_eq!(problems.0[0].path, "line 3");
}

#[test]
fn huge_rules_end_soon() {
    let one = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:16000101\r\nRRULE:FREQ=YEARLY;BYDAY=MO;COUNT=4000000000\r\nEND:VEVENT\r\n";
    assert_eq!(code(import_ics(&feed(&one.repeat(1_000)), 1900..=2199)), "too_many");
    let sparse = event(&["DTSTART;VALUE=DATE:20240101", "RRULE:FREQ=YEARLY;INTERVAL=4294967295"]);
    assert_eq!(dates(&sparse, 1900..=2199), ["2024-01-01"]);
    assert!(dates(&sparse, i32::MIN..=i32::MIN).is_empty());
}

#[test]
fn a_production_calendar_in_json_says_what_the_built_in_table_says() {
    let months = [
        "1,2,3,4,5,6,7,8,13,14,20,21,27,28",
        "3,4,10,11,17,18,22*,23,24,25",
        "2,3,7*,8,9,10,16,17,23,24,30,31",
        "6,7,13,14,20,21,28,29+,30+",
        "1,4,5,8*,9,10+,11,12,18,19,25,26",
        "1,2,8,9,11*,12,15,16,22,23,29,30",
        "6,7,13,14,20,21,27,28",
        "3,4,10,11,17,18,24,25,31",
        "1,7,8,14,15,21,22,28,29",
        "5,6,12,13,19,20,26,27",
        "2*,3,4,9,10,16,17,23,24,30",
        "1,7,8,14,15,21,22,29,30+,31+",
    ];
    let lists: Vec<_> =
        (1..).zip(months).map(|(n, days)| format!(r#"{{"month": {n}, "days": "{days}"}}"#)).collect();
    let json = format!(
        r#"{{"year": 2024, "months": [{}], "transitions": [{{"from": "04.27", "to": "04.29"}}, {{"from": "11.02", "to": "04.30"}},
            {{"from": "12.28", "to": "12.30"}}], "statistic": {{"workdays": 248}}}}"#,
        lists.join(",")
    );
    let by_week = import_xmlcalendar_json(&json, Weekends::ByWeek).expect("no problems");
    let mut expected = builtin::layer("RU").expect("a country").versions[0].dates.clone();
    expected.retain(|date, _| date.starts_with("2024"));
    expected.retain(|date, rule| {
        let date = chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").expect("a date");
        rule.works_as.is_some() || !super::super::local::is_weekend(date)
    });
    assert_eq!(by_week.versions[0].dates, expected);

    let rows = format!("Год/Месяц,Январь\n2024,\"{}\",247,1979\n", months.join("\",\""));
    let from_csv = import_xmlcalendar_csv(&rows, Weekends::Closed).expect("no problems");
    let from_json = import_xmlcalendar_json(&json, Weekends::Closed).expect("no problems");
    let closed = |layer: &Layer| layer.versions[0].dates.values().filter(|rule| rule.closed).count();
    assert_eq!((closed(&from_csv), closed(&from_json)), (118, 118));
    assert_eq!(from_csv.versions[0].dates["2024-11-02"], DateRule::works_as("mon").shortened(60));
    assert_eq!(from_json.versions[0].dates["2024-11-02"], DateRule::works_as("tue").shortened(60));
}

#[test]
fn a_production_calendar_with_a_hole_is_refused() {
    assert_eq!(code(import_xmlcalendar_json("{", Weekends::Closed)), "malformed");
    assert_eq!(
        code(import_xmlcalendar_json(r#"{"year": 2024, "months": []}"#, Weekends::Closed)),
        "missing_month"
    );
    let month = r#"{"year": 2024, "months": [{"month": 13, "days": ""}, {"month": 1, "days": "32,1,1"}]}"#;
    let problems = import_xmlcalendar_json(month, Weekends::Closed).expect_err("problems");
    let found: Vec<_> =
        problems.0.iter().take(3).map(|problem| (problem.code, problem.path.as_str())).collect();
    let expected =
        [("missing_month", "months[0]"), ("invalid_day", "months[1]"), ("invalid_day", "months[1]")];
    assert_eq!(found, expected);
    assert_eq!(code(import_xmlcalendar_csv("a,b\n", Weekends::Closed)), "malformed");
    assert_eq!(code(import_xmlcalendar_csv("2024,1;2;3\n", Weekends::Closed)), "malformed");
}

#[test]
fn a_table_reads_quoted_fields_and_names_bad_lines() {
    let table = HolidayTable::from_csv(
        "country,subdivision,date,kind,moved_from,name\nXX,,2024-01-01,holiday,,\"New, \"\"Year\"\"\nDay\"\nXX,A,2024-01-02,holiday,,\n",
    )
    .expect("no problems");
    assert_eq!(table.rows_of("XX", "").count(), 1);
    assert!(table.layer("XX", "B").is_none());
    let bad = "country,subdivision,date,kind,moved_from\nXX,,2024-1-1,holiday,\nXX,,2024-01-01,party,\n";
    let problems = HolidayTable::from_csv(bad).expect_err("problems");
    let found: Vec<_> = problems.0.iter().map(|problem| (problem.code, problem.path.as_str())).collect();
    assert_eq!(found, [("invalid_date", "line 2"), ("unknown_kind", "line 3")]);
    assert_eq!(code(HolidayTable::from_csv("a,b")), "missing_column");
}

proptest! {
    #[test]
    fn no_text_makes_an_import_panic(
        lines in proptest::collection::vec(
            prop_oneof![
                Just("BEGIN:VCALENDAR".to_owned()), Just("END:VCALENDAR".to_owned()), Just("BEGIN:VEVENT".to_owned()),
                Just("END:VEVENT".to_owned()), "DTSTART(;VALUE=DATE)?:[0-9]{8}", "RRULE:FREQ=YEARLY;[A-Z]{5}=[-0-9A-Z,]{1,9}",
                "RRULE:FREQ=YEARLY;BYDAY=-?[0-9]{0,3}[A-Zé]{2}", "DURATION:P[0-9]{1,12}[DW]", "EXDATE:\\PC{0,12}", "\\PC{0,40}",
            ],
            0..12,
        ),
    ) {
        let text = lines.join("\n");
        let _ = import_ics(&text, 1900..=2199);
        let _ = import_ics(&event(&[&text]), 1900..=2199);
        let _ = import_xmlcalendar_csv(&text, Weekends::Closed);
        let _ = HolidayTable::from_csv(&text);
    }
}
