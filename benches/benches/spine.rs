//! What the engine adds to its store: each operation through the desk beside the same rows committed bare.

use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use okno::base::{Clock, IdGen, Ids, RandomIds, SystemClock, derived_id};
use okno::engine::Requests;
use okno::life::request::{Entry, EntryId, Involvement};
use okno::store::{Batch, Call, Put, RecordingStore, Store, Stored};
use okno::{
    Actor, Channel, CommandId, Desk, Employee, EmployeeId, Founding, Member, Person, Request, RequestId,
    Submit, TenantId, Text, kinds,
};
use okno_storage_memory::MemoryStore;
use okno_storage_sqlx::SqliteStore;
use tokio::runtime::Runtime;
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const CATALOG: &str = r#"{
    "services": [{"code": "IT-01", "name": "Incident", "prefix": "IT", "line": "it"}],
    "lines": [{"code": "it", "name": "IT"}],
    "administrators": "it"
}"#;
const TEXT: &str = "Не печатает принтер на третьем этаже: мигает красным, бумага на месте. ";

/// A center with one operator, who asks as well.
async fn center(store: Arc<dyn Store>) -> Requests {
    let desk = Desk::new(store);
    let founding = Founding {
        tenant: TENANT,
        name: Text::new("Bench").expect("a name"),
        catalog: serde_json::from_str(CATALOG).expect("a catalog"),
        administrator: Person::named("Administrator").expect("a name"),
    };
    desk.found(&founding).await.expect("founded");
    let administrator = Actor::employee(TENANT, founding.administrator_id(), Channel::Workplace);
    let people = desk.acting(administrator).people();
    let id = EmployeeId(derived_id(TENANT.0, "operator"));
    let operator = Employee::new(id, Person::named("Operator").expect("a name"), founding.unit());
    people.save_employee(operator).await.expect("saved");
    people.save_member(Member::new("it".parse().expect("a code"), id)).await.expect("saved");
    desk.acting(Actor::employee(TENANT, id, Channel::Workplace)).requests()
}

fn submission() -> Submit {
    let mut submit =
        Submit::new("IT-01".parse().expect("a code"), Text::new("Принтер не печатает").expect("a text"));
    submit.text = TEXT.repeat(4);
    submit
}

/// The batch that a submission commits.
async fn bare_batch() -> Batch {
    let recorder = RecordingStore::new(Arc::new(MemoryStore::new()));
    let requests = center(Arc::new(recorder.clone())).await;
    requests.submit(submission()).await.expect("submitted");
    let calls = recorder.take().into_iter();
    let batches = calls.filter_map(|call| if let Call::Commit(batch) = call { Some(batch) } else { None });
    batches.last().expect("a submission commits")
}

/// The same records and events under fresh ids, with nothing read and nothing decided.
fn fresh(batch: &Batch) -> Batch {
    // Ids rise with time, as those of the desk do.
    let mut ids = IdGen::new(SystemClock.now(), RandomIds.seed());
    let mut fresh = Batch { command: CommandId(ids.fresh()), puts: Vec::new(), ..batch.clone() };
    let id = RequestId(ids.fresh());
    for put in &batch.puts {
        let any: &dyn std::any::Any = &*put.record;
        let record: Arc<dyn Stored> = if let Some(request) = any.downcast_ref::<Request>() {
            Arc::new(Request { id, ..request.clone() })
        } else if let Some(entry) = any.downcast_ref::<Entry>() {
            Arc::new(Entry { id: EntryId(ids.fresh()), request: id, ..entry.clone() })
        } else if let Some(involvement) = any.downcast_ref::<Involvement>() {
            Arc::new(Involvement { request: id, ..involvement.clone() })
        } else {
            put.record.clone()
        };
        fresh.puts.push(Put { record, expected: put.expected });
    }
    fresh
}

fn stores(runtime: &Runtime, folder: &std::path::Path) -> Vec<(&'static str, Arc<dyn Store>)> {
    let sqlite = runtime.block_on(SqliteStore::open(folder.join("bench.db"), kinds())).expect("opened");
    vec![("memory", Arc::new(MemoryStore::with_clock(Arc::new(SystemClock)))), ("sqlite", Arc::new(sqlite))]
}

fn submit(c: &mut Criterion) {
    let runtime = Runtime::new().expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    let batch = runtime.block_on(bare_batch());
    let mut group = c.benchmark_group("submit");
    group.measurement_time(Duration::from_secs(3));
    for (name, store) in stores(&runtime, folder.path()) {
        let requests = runtime.block_on(center(store.clone()));
        group.bench_function(BenchmarkId::new("bare rows (baseline)", name), |b| {
            b.to_async(&runtime).iter(|| async { store.commit(fresh(&batch)).await.expect("committed") });
        });
        group.bench_function(BenchmarkId::new("through the desk", name), |b| {
            b.to_async(&runtime).iter(|| async { requests.submit(submission()).await.expect("submitted") });
        });
    }
    group.finish();
}

fn look(c: &mut Criterion) {
    let runtime = Runtime::new().expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    let mut group = c.benchmark_group("read a request");
    for (name, store) in stores(&runtime, folder.path()) {
        let requests = runtime.block_on(center(store.clone()));
        let receipt = runtime.block_on(requests.submit(submission())).expect("submitted");
        let id = RequestId(receipt.subject);
        group.bench_function(BenchmarkId::new("bare head (baseline)", name), |b| {
            b.to_async(&runtime)
                .iter(|| async { store.load(okno::store::Read::new(TENANT)).await.expect("a view") });
        });
        group.bench_function(BenchmarkId::new("through the desk, with rights", name), |b| {
            b.to_async(&runtime).iter(|| async { requests.get(id).await.expect("found") });
        });
    }
    group.finish();
}

criterion_group!(benches, submit, look);
criterion_main!(benches);
