//! Business time: a step of ten years beside a step of one day.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use okno::Timestamp;
use okno::base::WorkingTime;
use okno::config::calendar::{Calendar, CalendarDefinition};

const HOURS: &str = r#"{
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

fn calendar() -> Calendar {
    let definition: CalendarDefinition = serde_json::from_str(HOURS).expect("a definition");
    definition.check().expect("no problem").compile()
}

fn add(c: &mut Criterion) {
    let at: Timestamp = "2016-02-29T07:30:00Z".parse().expect("an instant");
    let warm = calendar();
    let mut group = c.benchmark_group("add");
    for (name, hours) in [("one day (baseline)", 8), ("ten years", 8 * 2_500)] {
        group.bench_function(name, |b| b.iter(|| warm.add(at, WorkingTime::hours(hours))));
    }
    group.bench_function("ten years, years not compiled yet", |b| {
        b.iter_batched(calendar, |cold| cold.add(at, WorkingTime::hours(8 * 2_500)), BatchSize::SmallInput);
    });
    group.finish();
}

criterion_group!(benches, add);
criterion_main!(benches);
