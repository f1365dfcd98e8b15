//! Random calendars and instants around changes of clocks.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::super::definition::WEEKDAYS;
use super::super::{CalendarDefinition, ClockPair, Closure, DateRule, VersionDefinition, Weekly};
use crate::base::Timestamp;

/// Zones, each with a day near which its clocks change: whole and half hours, midnights, skipped and repeated days.
const PLACES: [(&str, (i32, u32, u32)); 18] = [
    ("UTC", (2024, 2, 29)),
    ("Europe/Berlin", (2024, 3, 31)),
    ("Europe/Berlin", (2024, 10, 27)),
    ("Europe/Berlin", (1945, 5, 24)),
    ("Europe/London", (1947, 4, 13)),
    ("Europe/Moscow", (2011, 3, 27)),
    ("Europe/Moscow", (2014, 10, 26)),
    ("America/New_York", (2030, 11, 3)),
    ("America/Sao_Paulo", (2018, 2, 18)),
    ("America/Sao_Paulo", (2018, 11, 4)),
    ("America/St_Johns", (2010, 11, 7)),
    ("America/St_Johns", (1988, 4, 3)),
    ("Australia/Lord_Howe", (2024, 4, 7)),
    ("Australia/Lord_Howe", (2024, 10, 6)),
    ("Asia/Kathmandu", (1986, 1, 1)),
    ("Pacific/Apia", (2011, 12, 30)),
    ("Pacific/Kwajalein", (1993, 8, 21)),
    ("Pacific/Kwajalein", (1969, 10, 1)),
];

/// A calendar, and the day around which it is interesting.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) definition: CalendarDefinition,
    pub(super) day: NaiveDate,
}

impl Scene {
    /// An instant some milliseconds from the interesting day's midnight in UTC.
    pub(super) fn instant(&self, millis: i64) -> Timestamp {
        let midnight = self.day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
        Timestamp::from_millis(midnight + millis).expect("in range")
    }
}

pub(super) fn scene() -> impl Strategy<Value = Scene> {
    select(PLACES.as_slice()).prop_flat_map(|(zone, (year, month, day))| {
        let day = NaiveDate::from_ymd_opt(year, month, day).expect("a date");
        versions(day).prop_map(move |versions| Scene {
            definition: CalendarDefinition { time_zone: zone.to_owned(), versions },
            day,
        })
    })
}

fn versions(day: NaiveDate) -> impl Strategy<Value = Vec<VersionDefinition>> {
    (vec(version(day), 1..4), btree_set(0..8_u64, 2)).prop_map(move |(mut versions, starts)| {
        for (version, start) in versions.iter_mut().skip(1).zip(starts) {
            version.valid_from = Some(date_near(day, start));
        }
        versions
    })
}

fn version(day: NaiveDate) -> impl Strategy<Value = VersionDefinition> {
    let holidays = vec(0..8_u64, 0..2);
    let dates = proptest::collection::btree_map(0..8_u64, rule(), 0..4);
    (weekly(), holidays, dates, vec((0..8_u64, piece()), 0..3)).prop_map(
        move |(weekly, holidays, dates, closures)| {
            let closures =
                closures.into_iter().map(|(n, [from, to])| Closure { date: date_near(day, n), from, to });
            VersionDefinition {
                valid_from: None,
                weekly: Some(weekly),
                yearly_holidays: holidays.into_iter().map(|n| date_near(day, n)[5..].to_owned()).collect(),
                dates: dates.into_iter().map(|(n, rule)| (date_near(day, n), rule)).collect(),
                closures: closures.collect(),
            }
        },
    )
}

fn date_near(day: NaiveDate, n: u64) -> String {
    (day + Days::new(n) - Days::new(4)).to_string()
}

/// Hours between 06:00 and midnight, some of which go on until before 06:00.
fn weekly() -> impl Strategy<Value = Weekly> {
    let day = prop_oneof![
        1 => Just(vec![]),
        4 => (pieces(360), proptest::option::of(0..360_u32)).prop_map(|(mut pieces, tail)| {
            if let (Some(tail), Some([_, end])) = (tail, pieces.last_mut()) {
                *end = clock(tail);
            }
            pieces
        }),
        1 => Just(vec![["00:00".to_owned(), "24:00".to_owned()]]),
    ];
    vec(day, 7).prop_map(|mut days| {
        // A whole day leaves no room for what comes over midnight into it.
        for n in 0..7 {
            let whole = days[(n + 1) % 7].first().is_some_and(|[start, _]| start == "00:00");
            if let (true, Some([_, end])) = (whole, days[n].last_mut()) {
                *end = "24:00".to_owned();
            }
        }
        WEEKDAYS.iter().map(|weekday| (*weekday).to_owned()).zip(days).collect::<BTreeMap<_, _>>()
    })
}

/// One to three stretches from a minute of the day on.
fn pieces(from: u32) -> impl Strategy<Value = Vec<ClockPair>> {
    btree_set(from..=1_440_u32, 2..7).prop_map(|minutes| {
        let minutes: Vec<_> = minutes.into_iter().collect();
        minutes.chunks_exact(2).map(|pair| [clock(pair[0]), clock(pair[1])]).collect()
    })
}

fn piece() -> impl Strategy<Value = ClockPair> {
    pieces(0).prop_map(|mut pieces| pieces.remove(0))
}

fn rule() -> impl Strategy<Value = DateRule> {
    let shorten = proptest::option::of(0..600_i64);
    let hours = prop_oneof![
        pieces(0).prop_map(|pieces| DateRule { intervals: Some(pieces), ..DateRule::default() }),
        select(WEEKDAYS.as_slice()).prop_map(DateRule::works_as),
    ];
    prop_oneof![
        Just(DateRule::closed()),
        (0..600_i64).prop_map(|minutes| DateRule::default().shortened(minutes)),
        (hours, shorten).prop_map(|(rule, shorten_end_min)| DateRule { shorten_end_min, ..rule }),
    ]
}

fn clock(minutes: u32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
