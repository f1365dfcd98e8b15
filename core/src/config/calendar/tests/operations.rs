use super::*;
use crate::base::WorkingTime;
use crate::base::limits::CALENDAR_EMPTY_DATES_MAX;

/// A calendar that works one hour on each of some dates.
fn single_dates(dates: &[&str]) -> Calendar {
    let rule = |date: &&str| format!(r#""{date}": {{"intervals": [["10:00", "11:00"]]}}"#);
    let rules: Vec<_> = dates.iter().map(rule).collect();
    calendar(&format!(r#"{{"time_zone": "UTC", "versions": [{{"dates": {{{}}}}}]}}"#, rules.join(",")))
}

#[test]
fn a_search_passes_ten_years_of_empty_dates_and_no_more() {
    let first = chrono::NaiveDate::from_ymd_opt(2020, 1, 1).expect("a date");
    for (gap, found) in [(CALENDAR_EMPTY_DATES_MAX, true), (CALENDAR_EMPTY_DATES_MAX + 1, false)] {
        let next = first + chrono::Days::new(gap as u64 + 1);
        let calendar = single_dates(&["2020-01-01", &next.to_string()]);
        let (close, open) = (at("2020-01-01T11:00:00Z"), at(&format!("{next}T10:00:00Z")));
        assert_eq!(calendar.next_open(close).is_ok(), found, "forwards over {gap}");
        assert_eq!(calendar.prev_close(open).is_ok(), found, "backwards over {gap}");
        assert_eq!(calendar.add(at("2020-01-01T10:30:00Z"), WorkingTime::hours(1)).is_ok(), found);
        assert_eq!(calendar.subtract(at(&format!("{next}T10:30:00Z")), WorkingTime::hours(1)).is_ok(), found);
        assert_eq!(calendar.add_days(at("2020-01-01T10:30:00Z"), 1, DayMode::EndOfDay).is_ok(), found);
        // From an empty date that date counts as well.
        assert_eq!(calendar.next_open(at("2020-01-02T00:00:00Z")).is_ok(), found);
        assert!(calendar.next_open(at("2020-01-03T00:00:00Z")).is_ok());
    }
}

#[test]
fn a_reading_of_the_wall_clock_is_the_first_instant_at_which_it_is_read() {
    let calendar = office("America/New_York").check().expect("no problems").compile();
    let instant = |reading: &str| {
        let reading = reading.parse().expect("a reading");
        calendar.instant(reading).map(|at| at.to_string()).map_err(|error| error.code())
    };
    let known = [
        ("2015-07-01T12:00:00.25", "2015-07-01T16:00:00.250Z"),
        ("2015-03-08T02:30:00.25", "2015-03-08T07:00:00Z"),
        ("2015-11-01T01:30:00.25", "2015-11-01T05:30:00.250Z"),
    ];
    for (reading, expected) in known {
        assert_eq!(instant(reading), Ok(expected.to_owned()));
    }
    for unknown in
        ["-9999-01-01T00:00:00", "1899-12-31T12:00:00", "2199-12-31T20:00:00", "9999-01-01T00:00:00"]
    {
        assert_eq!(instant(unknown), Err("out_of_range"), "{unknown}");
    }
}

#[test]
fn an_empty_calendar_answers_at_once() {
    let calendar = calendar(r#"{"time_zone": "Europe/Moscow", "versions": [{}]}"#);
    let now = at("2024-01-10T10:00:00Z");
    let none = CalendarError::NoWorkingTime { near: now };
    assert_eq!(calendar.add(now, WorkingTime::ZERO), Ok(now));
    assert_eq!(calendar.add(now, WorkingTime::from_millis(1)), Err(none.clone()));
    assert_eq!(calendar.subtract(now, WorkingTime::from_millis(1)), Err(none.clone()));
    assert_eq!(calendar.next_open(now), Err(none.clone()));
    assert_eq!(calendar.prev_close(now), Err(none.clone()));
    assert_eq!(calendar.add_days(now, 0, DayMode::SameTime), Err(none));
    assert_eq!(calendar.between(Timestamp::MIN, Timestamp::MAX), WorkingTime::ZERO);
    assert_eq!(calendar.intervals(Timestamp::MIN, Timestamp::MAX).count(), 0);
    assert!(!calendar.is_open(now));
}

#[test]
fn the_edges_of_time_give_errors_not_panics() {
    for zone in ["UTC", "Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati"] {
        for calendar in [office(zone), CalendarDefinition::always_open(zone)] {
            let calendar = calendar.check().expect("no problems").compile();
            for edge in [Timestamp::MIN, Timestamp::MAX] {
                for amount in [1, 1 << 40, i64::MAX] {
                    let amount = WorkingTime::from_millis(amount);
                    let _ = calendar.add_to_next_open(edge, amount);
                    let _ = calendar.subtract(edge, amount);
                }
                let _ = (calendar.next_open(edge), calendar.prev_close(edge), calendar.is_open(edge));
                for days in [0, 1, i64::MAX] {
                    let _ = calendar.add_days(edge, days, DayMode::SameTime);
                }
            }
            let forever = WorkingTime::from_millis(i64::MAX);
            assert_eq!(calendar.add(Timestamp::MIN, forever), Err(CalendarError::OutOfRange));
            assert_eq!(calendar.subtract(Timestamp::MAX, forever), Err(CalendarError::OutOfRange));
            assert_eq!(
                calendar.add_days(Timestamp::MIN, i64::MAX, DayMode::EndOfDay),
                Err(CalendarError::OutOfRange)
            );
            let whole = calendar.between(Timestamp::MIN, Timestamp::MAX);
            assert_eq!(calendar.between(Timestamp::MAX, Timestamp::MIN), -whole);
        }
    }
}

#[test]
fn amounts_below_zero_are_refused() {
    let (calendar, now) = (office("UTC").check().expect("no problems").compile(), at("2024-01-10T10:00:00Z"));
    let less = WorkingTime::from_millis(-1);
    assert_eq!(calendar.add(now, less), Err(CalendarError::NegativeDuration));
    assert_eq!(calendar.subtract(now, less), Err(CalendarError::NegativeDuration));
    assert_eq!(calendar.add_days(now, -1, DayMode::SameTime), Err(CalendarError::NegativeDuration));
}

#[test]
fn a_skipped_local_date_is_no_working_date() {
    // Samoa went from 29 to 31 December 2011.
    let daily =
        week("Pacific/Apia", &["mon", "tue", "wed", "thu", "fri", "sat", "sun"], r#"[["09:00", "17:00"]]"#);
    let calendar = daily.check().expect("no problems").compile();
    let due = calendar.add_days(at("2011-12-29T20:00:00Z"), 1, DayMode::EndOfDay);
    assert_eq!(due, Ok(at("2011-12-31T03:00:00Z")));
}

#[test]
fn days_keep_the_time_of_day_to_the_millisecond() {
    let calendar = office("Europe/Berlin").check().expect("no problems").compile();
    let due = calendar.add_days(at("2024-03-29T09:30:15.250Z"), 1, DayMode::SameTime);
    assert_eq!(due, Ok(at("2024-04-01T08:30:15.250Z")), "an hour earlier in UTC: summer time began");
}

#[test]
fn threads_share_one_compiled_calendar() {
    let calendar = office("Europe/Berlin").check().expect("no problems").compile();
    let count = || calendar.between(at("2015-01-01T00:00:00Z"), at("2025-01-01T00:00:00Z"));
    let counts: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(counts.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn what_is_asked_before_the_cut_off_is_due_on_the_same_working_date() {
    let calendar = office("UTC").check().expect("no problems").compile();
    let cut = |before: &str, by: &str, days| CutOff {
        before: before.parse().expect("a time"),
        by: by.parse().expect("a time"),
        days,
    };
    let noon = cut("12:00", "17:00", 0);
    let due = |asked: &str, cut_off| calendar.cut_off(at(asked), cut_off).expect("it is due").to_string();
    // A Wednesday, a Friday and a Saturday.
    assert_eq!(due("2024-01-10T11:59:59Z", noon), "2024-01-10T17:00:00Z");
    assert_eq!(due("2024-01-10T12:00:00Z", noon), "2024-01-11T17:00:00Z", "noon itself is too late");
    assert_eq!(due("2024-01-12T12:30:00Z", noon), "2024-01-15T17:00:00Z");
    assert_eq!(due("2024-01-13T08:00:00Z", noon), "2024-01-15T17:00:00Z");
    assert_eq!(due("2024-01-12T08:00:00Z", cut("12:00", "17:00", 2)), "2024-01-16T17:00:00Z");
    // The hour when it is due has to lie ahead as well.
    assert_eq!(due("2024-01-10T11:00:00Z", cut("12:00", "10:00", 0)), "2024-01-11T10:00:00Z");
    // Outside working time it is moved into it.
    let closing = calendar.add_days(at("2024-01-10T09:00:00Z"), 0, DayMode::EndOfDay).expect("it closes");
    assert_eq!(due("2024-01-10T09:00:00Z", cut("12:00", "24:00", 0)), closing.to_string());
    assert_eq!(calendar.cut_off(closing, cut("12:00", "17:00", -1)), Err(CalendarError::NegativeDuration));
}

#[test]
fn a_cut_off_never_makes_what_is_asked_later_due_earlier_and_always_ends() {
    for zone in ["UTC", "America/Sao_Paulo", "Africa/Cairo"] {
        let calendar = office(zone).check().expect("no problems").compile();
        let cut_off = CutOff {
            before: "12:30:15".parse().expect("a time"),
            by: "16:00".parse().expect("a time"),
            days: 1,
        };
        let mut last = Timestamp::MIN;
        for hour in 0..2_000 {
            let asked = at("2018-10-01T00:17:00Z") + crate::base::Span::hours(hour);
            let due = calendar.cut_off(asked, cut_off).expect("it is due");
            assert!(asked < due && last <= due, "{zone} {asked}");
            last = due;
        }
        for edge in [Timestamp::MIN, Timestamp::MAX] {
            let _ = calendar.cut_off(edge, CutOff { days: i64::MAX, ..cut_off });
        }
    }
    let empty = calendar(r#"{"time_zone": "UTC", "versions": [{}]}"#);
    let cut_off =
        CutOff { before: "12:00".parse().expect("a time"), by: "18:00".parse().expect("a time"), days: 0 };
    let now = at("2024-01-10T10:00:00Z");
    assert_eq!(empty.cut_off(now, cut_off), Err(CalendarError::NoWorkingTime { near: now }));
}

#[test]
fn a_time_of_day_is_read_back_as_it_was_written() {
    for text in ["00:00", "09:30", "23:59:59", "24:00"] {
        assert_eq!(text.parse::<TimeOfDay>().expect("a time").to_string(), text);
    }
    for text in ["24:01", "9:30", "12:60", "", "noon", "12:00:00:00"] {
        assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
    }
}
