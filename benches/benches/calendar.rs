//! Business time: operations of a calendar beside one conversion of a local time to an instant, steps of ten years beside
//! steps of one day.

use std::hint::black_box;

use chrono::{NaiveDateTime, TimeZone};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use okno::Timestamp;
use okno::base::WorkingTime;
use okno::config::calendar::{Calendar, CalendarDefinition, Layer, builtin, compose};

/// Monday to Friday with a break at noon.
const WEEKDAYS: &str = r#"{
    "time_zone": "Europe/Berlin",
    "versions": [{
        "weekly": {
            "mon": [["09:00", "13:00"], ["14:00", "18:00"]],
            "tue": [["09:00", "13:00"], ["14:00", "18:00"]],
            "wed": [["09:00", "13:00"], ["14:00", "18:00"]],
            "thu": [["09:00", "13:00"], ["14:00", "18:00"]],
            "fri": [["09:00", "16:00"]]
        },
        "yearly_holidays": ["01-01", "05-01", "10-03", "12-25", "12-26"]
    }]
}"#;

/// Two shifts a day, one of them over midnight, where clocks change twice a year.
const SHIFTS: &str = r#"{
    "time_zone": "America/New_York",
    "versions": [{
        "weekly": {
            "mon": [["06:00", "10:00"], ["22:00", "02:30"]],
            "tue": [["06:00", "10:00"], ["22:00", "02:30"]],
            "wed": [["06:00", "10:00"], ["22:00", "02:30"]],
            "thu": [["06:00", "10:00"], ["22:00", "02:30"]],
            "fri": [["06:00", "10:00"], ["22:00", "02:30"]],
            "sat": [["22:00", "02:30"]]
        }
    }]
}"#;

fn compiled(definition: CalendarDefinition) -> Calendar {
    definition.check().expect("no problem").compile()
}

fn written(text: &str) -> Calendar {
    compiled(serde_json::from_str(text).expect("a definition"))
}

/// A working week of five days under the Russian production calendar.
fn russian() -> Calendar {
    let week = r#"{"versions": [{"weekly": {
        "mon": [["09:00", "13:00"], ["14:00", "18:00"]], "tue": [["09:00", "13:00"], ["14:00", "18:00"]],
        "wed": [["09:00", "13:00"], ["14:00", "18:00"]], "thu": [["09:00", "13:00"], ["14:00", "18:00"]],
        "fri": [["09:00", "13:00"], ["14:00", "18:00"]]}}], "time_zone": "Europe/Moscow"}"#;
    let week: Layer = serde_json::from_str(week).expect("a layer");
    compiled(compose(&[builtin::layer("RU").expect("a layer"), week]).expect("no problem"))
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// What the conversion reads, and where it is done.
fn conversion(c: &mut Criterion, group: &str, zone: chrono_tz::Tz) {
    let reading: NaiveDateTime = "2016-02-29T07:30:00".parse().expect("a reading");
    c.benchmark_group(group).bench_function("a local time to an instant (baseline)", |b| {
        b.iter(|| zone.from_local_datetime(black_box(&reading)).earliest());
    });
}

fn operations(c: &mut Criterion) {
    let calendars = [
        ("weekdays", written(WEEKDAYS), chrono_tz::Europe::Berlin),
        ("Russian production calendar", russian(), chrono_tz::Europe::Moscow),
        ("split shifts over midnight", written(SHIFTS), chrono_tz::America::New_York),
    ];
    let from = at("2016-02-29T07:30:00Z");
    for (name, calendar, zone) in calendars {
        conversion(c, name, zone);
        let mut group = c.benchmark_group(name);
        for (far, hours) in [("one day", 8), ("ten years", 8 * 2_480)] {
            let amount = WorkingTime::hours(hours);
            let to = calendar.add(from, amount).expect("an instant");
            group.bench_function(BenchmarkId::new("add", far), |b| {
                b.iter(|| calendar.add(black_box(from), black_box(amount)));
            });
            group.bench_function(BenchmarkId::new("between", far), |b| {
                b.iter(|| calendar.between(black_box(from), black_box(to)));
            });
        }
        group.finish();
    }
}

fn compiling(c: &mut Criterion) {
    let from = at("2016-02-29T07:30:00Z");
    c.bench_function("add over ten years that are not compiled yet", |b| {
        let add = |cold: Calendar| cold.add(from, WorkingTime::hours(8 * 2_480));
        b.iter_batched(|| written(WEEKDAYS), add, BatchSize::SmallInput);
    });
}

criterion_group!(benches, operations, compiling);
criterion_main!(benches);
