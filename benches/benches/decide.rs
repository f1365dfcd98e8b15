//! What a rule costs by itself: no store, no commit. The aim is at most two microseconds.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use okno::base::IdGen;
use okno::life::directory::EMPLOYEE;
use okno::life::request::{REQUEST, ReadMark, decide, submit};
use okno::life::{Context, Number, Reader, World};
use okno::store::{Digest, Read, View};
use okno::{Actor, CommandId, Desk, RequestCommand, RequestId};
use okno_benches::load::{Dice, PREFIX, TENANT, actor, found, operator, requester, requests, submission};
use okno_storage_memory::MemoryStore;
use tokio::runtime::Runtime;
use uuid::Uuid;

/// A request, and everything that a decision about it reads.
struct Case {
    world: Arc<World>,
    desk: Desk,
    id: RequestId,
    view: View,
}

impl Case {
    /// A request that was submitted and, if asked for, given to an operator.
    async fn new(assigned: bool) -> Self {
        let desk = found(Arc::new(MemoryStore::new())).await.expect("founded");
        let asked = submission(0, &mut Dice::new(1)).expect("a submission");
        let receipt = requests(&desk, requester(0)).submit(asked).await.expect("submitted");
        let id = RequestId(receipt.subject);
        if assigned {
            requests(&desk, operator(0, 0)).assign(id, operator(0, 0)).await.expect("assigned");
        }
        let marks = [requester(0), operator(0, 0)].map(|reader| ReadMark::key(id, reader.into()));
        let others = [REQUEST.key(id.0), EMPLOYEE.key(operator(0, 0).0)];
        let keys = marks.into_iter().chain(others).collect();
        let view = desk.store().load(Read { keys, ..Read::new(TENANT) }).await.expect("loaded");
        Self { world: desk.world(TENANT).await.expect("a world"), desk, id, view }
    }

    fn context<'a>(&'a self, actor: &'a Actor) -> Context<'a> {
        Context {
            now: self.desk.now(),
            actor,
            world: &self.world,
            command: CommandId(Uuid::nil()),
            digest: Digest::of(&[]),
            seen: None,
            cause: None,
            scanning: false,
            past: None,
            number: Some(Number { prefix: PREFIX.to_owned(), count: 1 }),
            ids: IdGen::new(self.desk.now(), 1),
        }
    }
}

fn decisions(c: &mut Criterion) {
    let runtime = Runtime::new().expect("threads");
    let (fresh, taken) = (runtime.block_on(Case::new(false)), runtime.block_on(Case::new(true)));
    let (asks, works) = (actor(requester(0)), actor(operator(0, 0)));
    let mut group = c.benchmark_group("decide");
    let asked = submission(0, &mut Dice::new(2)).expect("a submission");
    group.bench_function("submit", |b| {
        b.iter(|| {
            let mut context = fresh.context(&asks);
            black_box(submit(Reader(&fresh.view), black_box(&asked), &mut context).expect("decided"))
        });
    });
    let steps = [
        ("assign", &fresh, &works, RequestCommand::Assign { operator: operator(0, 0) }),
        ("reply", &taken, &asks, RequestCommand::Reply("Не работает".into())),
        (
            "resolve",
            &taken,
            &works,
            RequestCommand::Resolve { code: "fixed".to_owned(), text: "Да".to_owned() },
        ),
    ];
    for (name, case, actor, command) in &steps {
        group.bench_function(*name, |b| {
            b.iter(|| {
                let mut context = case.context(actor);
                let decided = decide(Reader(&case.view), case.id, black_box(command), &mut context);
                black_box(decided.expect("decided"))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decisions);
criterion_main!(benches);
