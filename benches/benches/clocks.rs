//! Clocks of requests: reading one that was paused often beside one addition, submissions with and without clocks, and the
//! worker's look at many timers. `OKNO_ARMED` says how many; 10,000 when absent.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use okno::base::{ManualClock, SeededIds};
use okno::base::{WorkingTime, derived_id};
use okno::config::agreement::{AgreementRef, Amount, TargetCode};
use okno::config::calendar::CalendarDefinition;
use okno::config::catalog::{Catalog, CheckedCatalog};
use okno::engine::Requests;
use okno::life::clock::{Clock, ClockState, Stretch, Terms};
use okno::life::request::REQUEST;
use okno::store::{Batch, Digest, NewWork, Origin, Queue, Store, WorkChange};
use okno::{
    Actor, Channel, CommandId, Desk, Founding, Person, Span, Submit, TenantId, Text, Timestamp, kinds,
};
use okno_storage_memory::MemoryStore;
use okno_storage_sqlx::SqliteStore;
use tokio::runtime::Runtime;
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));

/// A catalog with so many promises for each request.
fn catalog(promises: usize) -> Catalog {
    let kinds = ["first_response", "classification", "resolution"];
    let targets: Vec<_> = kinds[..promises]
        .iter()
        .map(|kind| {
            serde_json::json!({"code": kind, "kind": {"type": kind}, "calendar": "week",
                "amounts": [{"amount": {"type": "working", "time": "1h"}}]})
        })
        .collect();
    let agreement = serde_json::json!({"code": "a", "name": "A", "targets": targets});
    let hours = serde_json::json!([["09:00", "13:00"], ["14:00", "18:00"]]);
    let mut catalog: Catalog = serde_json::from_value(serde_json::json!({
        "services": [{"code": "IT-01", "name": "Incident", "prefix": "IT", "line": "it"}],
        "lines": [{"code": "it", "name": "IT"}],
        "administrators": "it",
        "agreements": if promises > 0 { vec![agreement] } else { Vec::new() },
    }))
    .expect("a catalog");
    let week: CalendarDefinition = serde_json::from_value(serde_json::json!({
        "time_zone": "Europe/Moscow",
        "versions": [{"weekly": {"mon": hours, "tue": hours, "wed": hours, "thu": hours, "fri": hours}}],
    }))
    .expect("a calendar");
    catalog.calendars.insert("week".parse().expect("a code"), week);
    catalog
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// A clock that ran and stood still in turn, and runs.
fn paused_often(catalog: &CheckedCatalog, pauses: i64) -> Clock {
    let week = catalog.calendar(&"week".parse().expect("a code")).expect("a calendar");
    let target: TargetCode = "resolution".parse().expect("a code");
    let terms = Terms {
        agreement: AgreementRef { code: "a".parse().expect("a code"), revision: 1 },
        calendar: "week".parse().expect("a code"),
        amount: Amount::Working { time: WorkingTime::hours(400) },
        at_closing: Default::default(),
    };
    let mut clock = Clock::new(target, terms);
    let begun = at("2026-03-02T07:00:00Z");
    let starts = (0..=pauses).map(|n| begun + Span::hours(7 * n));
    clock.stretches = starts
        .map(|start| {
            let end = start + Span::hours(5);
            let ended = Some((end, week.between(start, end)));
            Stretch { start, calendar: clock.terms.calendar.clone(), ended }
        })
        .collect();
    (clock.since, clock.cycle, clock.state) = (Some(begun), 1, ClockState::Running);
    clock.stretches.last_mut().expect("one at least").ended = None;
    clock
}

fn reading(c: &mut Criterion) {
    let catalog = catalog(3).check().expect("no problem");
    let week = catalog.calendar(&"week".parse().expect("a code")).expect("a calendar");
    let clock = paused_often(&catalog, 50);
    let (from, now) = (at("2026-03-02T07:00:00Z"), at("2026-04-01T07:00:00Z"));
    let mut group = c.benchmark_group("recompute");
    group.bench_function("one addition (baseline)", |b| {
        b.iter(|| week.add(black_box(from), black_box(WorkingTime::hours(400))));
    });
    group.bench_function("a clock with 50 pauses", |b| b.iter(|| black_box(&clock).read(&catalog, now)));
    group.finish();
}

/// A desk with so many promises for each request, and somebody who asks.
async fn center(store: Arc<dyn Store>, promises: usize) -> (Desk, Arc<ManualClock>, Requests) {
    let clock = Arc::new(ManualClock::new(at("2026-03-02T07:00:00Z")));
    let desk = Desk::new(store).with_clock(clock.clone()).with_ids(Arc::new(SeededIds::new(1)));
    let founding = Founding {
        tenant: TENANT,
        name: Text::new("Bench").expect("a name"),
        catalog: catalog(promises),
        administrator: Person::named("Administrator").expect("a name"),
    };
    desk.found(&founding).await.expect("founded");
    let asks = Actor::employee(TENANT, founding.administrator_id(), Channel::Workplace);
    let requests = desk.acting(asks).requests();
    (desk, clock, requests)
}

fn submission() -> Submit {
    let subject = Text::new("Принтер не печатает").expect("a text");
    Submit::new("IT-01".parse().expect("a code"), subject)
}

/// A fresh store of each kind that needs no server.
fn stores(runtime: &Runtime, folder: &std::path::Path, name: &str) -> [(&'static str, Arc<dyn Store>); 2] {
    let path = folder.join(format!("{name}.db"));
    let sqlite = runtime.block_on(SqliteStore::open(path, kinds())).expect("opened");
    [("memory", Arc::new(MemoryStore::new())), ("sqlite", Arc::new(sqlite))]
}

fn submitting(c: &mut Criterion) {
    let runtime = Runtime::new().expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    let mut group = c.benchmark_group("submit with clocks");
    group.measurement_time(Duration::from_secs(3));
    for (name, promises) in [("no clock (baseline)", 0), ("three clocks", 3)] {
        for (store, fresh) in stores(&runtime, folder.path(), name) {
            let (_desk, _clock, requests) = runtime.block_on(center(fresh, promises));
            group.bench_function(BenchmarkId::new(name, store), |b| {
                b.to_async(&runtime)
                    .iter(|| async { requests.submit(submission()).await.expect("submitted") });
            });
        }
    }
    group.finish();
}

/// Arms timers that are due in a hundred years.
async fn arm(store: &dyn Store, timers: usize) {
    for first in (0..timers).step_by(ARMED_TOGETHER) {
        let id = CommandId(derived_id(TENANT.0, &format!("arm {first}")));
        let now = at("2026-03-02T07:00:00Z");
        let mut batch = Batch::new(TENANT, now, id, Digest::of(&[]), Origin::SYSTEM);
        let timer = |n: usize| {
            let key = derived_id(TENANT.0, &format!("timer {n}"));
            let due = now + Span::days(36_500) + Span::seconds(n as i64);
            let (queue, subject, body) = (Queue::Timers, REQUEST.key(key), "{}".to_owned());
            WorkChange::Set(NewWork { queue, key, subject, due, body })
        };
        batch.work = (first..timers.min(first + ARMED_TOGETHER)).map(timer).collect();
        store.commit(batch).await.expect("committed");
    }
}

fn ticking(c: &mut Criterion) {
    let runtime = Runtime::new().expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    let armed = std::env::var("OKNO_ARMED").ok().and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let mut group = c.benchmark_group("tick");
    for (armed, name) in [(0, "none armed (baseline)".to_owned()), (armed, format!("{armed} armed"))] {
        for (store, fresh) in stores(&runtime, folder.path(), &name) {
            let (desk, _clock, _requests) = runtime.block_on(center(fresh.clone(), 1));
            runtime.block_on(arm(&*fresh, armed));
            group.bench_function(BenchmarkId::new(format!("nothing due, {name}"), store), |b| {
                b.to_async(&runtime).iter(|| async { desk.tick(desk.now()).await.expect("ticked") });
            });
        }
    }
    group.finish();
}

/// Timers of one batch.
const ARMED_TOGETHER: usize = 1_000;

criterion_group!(benches, reading, submitting, ticking);
criterion_main!(benches);
