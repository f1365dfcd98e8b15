//! What the engine adds to its store: each operation through the desk beside the rows that it commits, or the queries that
//! it asks, without it, on the same store in the same run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use okno::base::SystemClock;
use okno::engine::{Command, Plan, Search};
use okno::store::{Batch, Call, Query, RecordingStore, Store};
use okno::{Actor, Condition, Desk, List, RequestCommand, RequestId, kinds};
use okno_benches::load::{Dice, Operation, actor, found, operator, requester, requests, submission};
use okno_storage_memory::MemoryStore;
use okno_storage_sqlx::SqliteStore;
use tokio::runtime::Runtime;

fn stores(runtime: &Runtime, folder: &std::path::Path) -> [(&'static str, Arc<dyn Store>); 2] {
    let sqlite = runtime.block_on(SqliteStore::open(folder.join("bench.db"), kinds())).expect("opened");
    [("memory", Arc::new(MemoryStore::with_clock(Arc::new(SystemClock)))), ("sqlite", Arc::new(sqlite))]
}

/// A request of a requester, the `n`-th, and where it is submitted.
async fn submitted(desk: &Desk, n: usize) -> RequestId {
    let submit = submission(n, &mut Dice::new(n as u64)).expect("a submission");
    RequestId(requests(desk, requester(0)).submit(submit).await.expect("submitted").subject)
}

/// Somebody with a command that is about a fresh request.
async fn prepared(desk: &Desk, operation: Operation, n: usize) -> (Actor, Command) {
    let (asks, works) = (actor(requester(0)), actor(operator(0, 0)));
    if operation == Operation::Submit {
        let submit = submission(0, &mut Dice::new(n as u64)).expect("a submission");
        return (asks, Command::Submit { submit });
    }
    let id = submitted(desk, 0).await;
    let text = Dice::new(n as u64).text(TEXT_BYTES);
    let (actor, command) = match operation {
        Operation::Submit | Operation::Assign => (works, RequestCommand::Assign { operator: operator(0, 0) }),
        Operation::Reply => (asks, RequestCommand::Reply(text.into())),
        Operation::Resolve => (works, RequestCommand::Resolve { code: "fixed".to_owned(), text }),
    };
    (actor, Command::Request { id, command })
}

/// The time of this machine.
#[expect(clippy::disallowed_methods, reason = "what is measured is the time of this machine")]
fn instant() -> Instant {
    Instant::now()
}

/// How long commands take that are prepared one by one.
async fn commands(desk: &Desk, operation: Operation, times: u64) -> Duration {
    let mut spent = Duration::ZERO;
    for n in 0..times {
        let (actor, command) = prepared(desk, operation, n as usize).await;
        let acting = desk.acting(actor);
        let begun = instant();
        acting.run(command).await.expect("done");
        spent += begun.elapsed();
    }
    spent
}

/// How long the same takes once it is decided.
async fn batches(desk: &Desk, operation: Operation, times: u64) -> Duration {
    let mut spent = Duration::ZERO;
    for n in 0..times {
        let (actor, command) = prepared(desk, operation, n as usize).await;
        let batch: Batch = match desk.acting(actor).plan(command).await.expect("decided") {
            Plan::Commit(batch) => *batch,
            Plan::Done(receipt) => panic!("it was done before: {receipt:?}"),
        };
        let begun = instant();
        desk.store().commit(batch).await.expect("committed");
        spent += begun.elapsed();
    }
    spent
}

fn steps(c: &mut Criterion) {
    let runtime = Runtime::new().expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    for (name, store) in stores(&runtime, folder.path()) {
        let desk = &runtime.block_on(found(store)).expect("founded");
        for operation in Operation::ALL {
            let mut group = c.benchmark_group(operation.name());
            group.measurement_time(Duration::from_secs(3)).sample_size(20);
            group.bench_function(BenchmarkId::new("bare rows (baseline)", name), |b| {
                b.to_async(&runtime).iter_custom(|times| batches(desk, operation, times));
            });
            group.bench_function(BenchmarkId::new("through the desk", name), |b| {
                b.to_async(&runtime).iter_custom(|times| commands(desk, operation, times));
            });
            group.finish();
        }
    }
}

/// What an operator looks at.
#[derive(Debug, Clone, Copy)]
enum Look {
    FirstPage,
    Search,
}

impl Look {
    async fn through(self, desk: &Desk) {
        let requests = requests(desk, operator(0, 0));
        match self {
            Self::FirstPage => {
                requests.list(&List::of(Condition::eq("open", true))).await.expect("a page");
            }
            Self::Search => {
                requests.search(&Search::of("принтер")).await.expect("a page");
            }
        }
    }

    /// The queries that the desk asks for it.
    async fn queries(self, store: Arc<dyn Store>) -> Vec<Query> {
        let recorder = RecordingStore::new(store);
        self.through(&Desk::new(Arc::new(recorder.clone()))).await;
        let asked = recorder.take().into_iter();
        asked.filter_map(|call| if let Call::Query(query) = call { Some(query) } else { None }).collect()
    }
}

fn looks(c: &mut Criterion) {
    let runtime = Runtime::new().expect("threads");
    let folder = tempfile::tempdir().expect("a folder");
    for (name, store) in stores(&runtime, folder.path()) {
        let desk = &runtime.block_on(found(store.clone())).expect("founded");
        runtime.block_on(async {
            for n in 0..FILLED {
                submitted(desk, n).await;
            }
        });
        for (called, look) in [("first page", Look::FirstPage), ("search", Look::Search)] {
            let queries = &runtime.block_on(look.queries(store.clone()));
            let mut group = c.benchmark_group(called);
            group.sample_size(20);
            group.bench_function(BenchmarkId::new("bare queries (baseline)", name), |b| {
                b.to_async(&runtime).iter(async || {
                    for query in queries {
                        desk.store().query(query.clone()).await.expect("a page");
                    }
                });
            });
            group.bench_function(BenchmarkId::new("through the desk, with rights", name), |b| {
                b.to_async(&runtime).iter(|| look.through(desk));
            });
            group.finish();
        }
    }
}

/// About as much as people write.
const TEXT_BYTES: usize = 300;
const FILLED: usize = 1_000;

criterion_group!(benches, steps, looks);
criterion_main!(benches);
