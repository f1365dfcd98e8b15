use super::*;
use crate::base::{Problems, Timestamp};

#[test]
fn days_are_counted_from_the_first_date() {
    let every_third = schedule(Every::Days(3), "2026-03-30");
    assert_eq!(
        occurrences(&every_third, "2026-03-01T00:00:00Z", 3),
        ["2026-03-30T06:30:00Z", "2026-04-02T06:30:00Z", "2026-04-05T06:30:00Z"]
    );
    assert_eq!(occurrences(&every_third, "2026-04-02T06:30:00Z", 1), ["2026-04-05T06:30:00Z"]);
}

#[test]
fn weeks_begin_on_monday_and_the_days_before_the_first_date_are_left_out() {
    let on = vec!["fri".to_owned(), "mon".to_owned(), "fri".to_owned()];
    let fortnight = schedule(Every::Weeks { every: 2, on }, "2026-03-04");
    assert_eq!(
        occurrences(&fortnight, "2026-01-01T00:00:00Z", 3),
        ["2026-03-06T06:30:00Z", "2026-03-16T06:30:00Z", "2026-03-20T06:30:00Z"]
    );
}

#[test]
fn a_month_that_is_too_short_takes_its_last_day() {
    let on_the_31st = schedule(Every::Months { every: 1, on: MonthDay::Day(31) }, "2026-01-15");
    assert_eq!(
        occurrences(&on_the_31st, "2026-01-15T00:00:00Z", 3),
        ["2026-01-31T06:30:00Z", "2026-02-28T06:30:00Z", "2026-03-31T06:30:00Z"]
    );
    let last = schedule(Every::Months { every: 12, on: MonthDay::Last }, "2027-02-01");
    assert_eq!(occurrences(&last, "2027-03-01T00:00:00Z", 1), ["2028-02-29T06:30:00Z"]);
}

#[test]
fn a_month_without_a_fifth_weekday_is_left_out() {
    let on = MonthDay::Weekday { nth: 5, weekday: "tue".into() };
    let fifth = schedule(Every::Months { every: 1, on }, "2026-01-01");
    assert_eq!(
        occurrences(&fifth, "2026-01-01T00:00:00Z", 2),
        ["2026-03-31T06:30:00Z", "2026-06-30T06:30:00Z"]
    );
}

#[test]
fn a_time_that_the_clocks_jump_over_or_repeat_happens_once_a_day() {
    let nightly = Schedule {
        at: "02:30".into(),
        zone: "Europe/Berlin".into(),
        ..schedule(Every::Days(1), "2026-01-01")
    };
    assert_eq!(
        occurrences(&nightly, "2026-03-28T12:00:00Z", 2),
        ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
    );
    assert_eq!(
        occurrences(&nightly, "2026-10-24T12:00:00Z", 2),
        ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
    );
}

#[test]
fn nothing_happens_after_the_last_date() {
    let mut short = schedule(Every::Days(1), "2026-03-02");
    short.until = "2026-03-03".parse().ok();
    assert_eq!(occurrences(&short, "2026-01-01T00:00:00Z", 9).len(), 2);
}

#[test]
fn every_problem_is_told_with_its_place() {
    let wrong = Schedule {
        every: Every::Weeks { every: 0, on: vec!["monday".into()] },
        at: "25:00".into(),
        zone: "Europe/Atlantis".into(),
        from: "2026-03-02".parse().expect("a date"),
        until: "2026-03-01".parse().ok(),
    };
    let problems = wrong.check().expect_err("it has problems");
    assert_eq!(paths(&problems), ["at", "zone", "until", "every.weeks.on[0]", "every.weeks.every"]);
    let empty = Schedule {
        every: Every::Weeks { every: 1, on: Vec::new() },
        ..schedule(Every::Days(1), "2026-01-01")
    };
    assert_eq!(paths(&empty.check().expect_err("no weekday")), ["every.weeks.on"]);
    let on = MonthDay::Weekday { nth: 6, weekday: "tue".into() };
    let sixth = schedule(Every::Months { every: 1, on }, "2026-01-01");
    assert_eq!(paths(&sixth.check().expect_err("no sixth")), ["every.months.on.weekday.nth"]);
}

#[test]
fn occurrences_of_any_schedule_are_in_order_and_none_is_between_two() {
    let every = [
        Every::Days(1),
        Every::Days(17),
        Every::Weeks { every: 3, on: vec!["wed".into(), "sun".into()] },
        Every::Months { every: 5, on: MonthDay::Day(30) },
    ];
    for every in every {
        let checked = schedule(every, "2026-01-31").check().expect("no problem");
        let mut at: Timestamp = "2020-01-01T00:00:00Z".parse().expect("an instant");
        for _ in 0..50 {
            let next = checked.next_after(at).expect("it has no end");
            assert!(next > at);
            let just_before = Timestamp::from_millis(next.millis() - 1).expect("an instant");
            assert_eq!(checked.next_after(just_before), Some(next));
            at = next;
        }
    }
}

fn schedule(every: Every, from: &str) -> Schedule {
    let from = from.parse().expect("a date");
    Schedule { every, at: "09:30".into(), zone: "Europe/Moscow".into(), from, until: None }
}

fn occurrences(schedule: &Schedule, after: &str, count: usize) -> Vec<String> {
    let checked = schedule.check().expect("no problem");
    let first = after.parse().expect("an instant");
    let next = |at: &Timestamp| checked.next_after(*at);
    std::iter::successors(Some(first), next).skip(1).take(count).map(|at| at.to_string()).collect()
}

fn paths(problems: &Problems) -> Vec<&str> {
    problems.0.iter().map(|problem| problem.path.as_str()).collect()
}

#[test]
fn buckets_begin_on_the_wall_clock_and_hold_the_first_and_the_last_instant() {
    let edges = |each, from: &str, to: &str| {
        let (from, to) = (from.parse().expect("an instant"), to.parse().expect("an instant"));
        let buckets = Buckets { each, zone: "Europe/Berlin".into(), from, to };
        let edges = buckets.edges(1_000).expect("no problem");
        edges.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        edges(Bucket::Day, "2026-03-28T12:00:00Z", "2026-03-29T22:00:00Z"),
        ["2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"]
    );
    assert_eq!(
        edges(Bucket::Week, "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"),
        ["2026-02-22T23:00:00Z", "2026-03-01T23:00:00Z", "2026-03-08T23:00:00Z"]
    );
    assert_eq!(
        edges(Bucket::Month, "2026-01-31T23:00:00Z", "2026-02-01T00:00:00Z"),
        ["2026-01-31T23:00:00Z", "2026-02-28T23:00:00Z"]
    );
    assert_eq!(
        edges(Bucket::Year, "2026-12-31T22:59:59Z", "2027-01-01T00:00:00Z"),
        ["2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z", "2027-12-31T23:00:00Z"]
    );
}

#[test]
fn buckets_that_cannot_be_are_told_so() {
    let from: Timestamp = "2026-03-28T12:00:00Z".parse().expect("an instant");
    let buckets = |zone: &str, to| Buckets { each: Bucket::Day, zone: zone.to_owned(), from, to };
    let later = "2036-03-28T12:00:00Z".parse().expect("an instant");
    assert_eq!(paths(&buckets("Mars/Base", later).edges(10).expect_err("no zone")), ["zone"]);
    assert_eq!(paths(&buckets("UTC", from).edges(10).expect_err("no time between")), ["to"]);
    assert_eq!(paths(&buckets("UTC", later).edges(10).expect_err("too many")), ["to"]);
    for edge in [Timestamp::MIN, Timestamp::MAX] {
        let extreme = Buckets { from: edge, ..buckets("UTC", Timestamp::MAX) };
        assert!(extreme.edges(10).is_err(), "there is no time between, or too much");
    }
}
