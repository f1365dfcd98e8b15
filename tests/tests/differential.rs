//! The same random work on two stores gives the same answers: verdicts, journals, records, lists of work.

use std::sync::Arc;

use okno::base::{Span, TenantId};
use okno::condition::Filter;
use okno::conformance::{DIRECTORY, GROWING, Noted, SAMPLES, Sample, id, instant, tenant};
use okno::store::{
    Batch, Claim, ClaimKey, Finished, JournalRead, Key, Kind, Lease, Leased, Lookup, NewEvent, NewWork, Put,
    Query, Queue, Read, Store, Version, WorkChange, WorkClaim, WorkList,
};
use okno_tests::generate::{sample, sorts};
use okno_tests::{Candidate, Ground, IN_EVERY_ORDER, cases, memory, recorded, refusal, runtime};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;

const REFERENCE: Candidate = Candidate { name: "memory", open: |clock| Box::pin(memory(clock)) };
/// Shows on every machine that the comparison itself holds.
const SMOKE: Candidate = Candidate { name: "recorded memory", open: |clock| Box::pin(recorded(clock)) };
const KINDS: [&Kind; 3] = [&SAMPLES, &GROWING, &DIRECTORY];
const TENANTS: u64 = 2;
const RECORDS: u64 = 5;
const ITEMS: u64 = 4;
const VALUES: [&str; 4] = ["a", "A", "ё", "е"];

#[test]
fn two_stores_answer_the_same_work_alike() {
    let runtime = runtime();
    let others = IN_EVERY_ORDER.iter().filter(|store| store.name != REFERENCE.name).chain([&SMOKE]);
    for other in others {
        let mut runner = TestRunner::new(cases(32));
        let steps = prop::collection::vec(steps(), 1..40);
        let outcome = runner.run(&(steps, sorts()), |(steps, sort)| {
            runtime.block_on(async {
                let mut pair = Pair::open(other).await;
                for step in steps {
                    pair.step(step).await?;
                }
                pair.same_everything(&sort).await
            })
        });
        outcome.unwrap_or_else(|failure| panic!("{} and {}: {failure}", REFERENCE.name, other.name));
    }
}

/// Something to do on both stores.
#[derive(Debug, Clone)]
enum Step {
    Commit(Box<Plan>),
    Claim { queue: Queue, now: i64, limit: usize, lease: Span },
    Renew { lease: Index, span: Span },
    Wait(i64),
}

/// A batch, as far as it is known before it is tried.
#[derive(Debug, Clone)]
struct Plan {
    tenant: u64,
    command: u64,
    puts: Vec<(Sample, Place, Expected)>,
    deletes: Vec<(Place, Expected)>,
    guards: Vec<(Place, Expected)>,
    claims: Vec<(&'static str, u64)>,
    releases: Vec<(&'static str, u64)>,
    events: Vec<(Place, i64)>,
    erase: Vec<Place>,
    work: Vec<Change>,
}

/// A kind and a number: names a record.
type Place = (usize, u64);

#[derive(Debug, Clone, Copy)]
enum Expected {
    Current,
    Exactly(u64),
}

#[derive(Debug, Clone)]
enum Change {
    Set { queue: Queue, key: u64, subject: Place, due: i64 },
    Cancel { queue: Queue, key: u64 },
    Finish { lease: Index, finished: Finished },
}

fn steps() -> impl Strategy<Value = Step> + Clone {
    let spans = select(vec![Span::ZERO, Span::from_millis(5), Span::hours(1)]);
    prop_oneof![
        8 => plans().prop_map(|plan| Step::Commit(Box::new(plan))),
        3 => (queues(), 0..10_i64, 1..4_usize, spans.clone())
            .prop_map(|(queue, now, limit, lease)| Step::Claim { queue, now, limit, lease }),
        1 => (any::<Index>(), spans).prop_map(|(lease, span)| Step::Renew { lease, span }),
        1 => (1..10_i64).prop_map(Step::Wait),
    ]
}

fn plans() -> impl Strategy<Value = Plan> + Clone {
    let few = 0..3_usize;
    let claims = || prop::collection::vec((select(&VALUES[..]), 0..3_u64), 0..2);
    let places = || prop::collection::vec((place(), expected()), 0..2);
    let records = (prop::collection::vec((sample(), place(), expected()), few.clone()), places(), places());
    let events = prop::collection::vec((place(), any::<i64>()), few.clone());
    let erase = prop::collection::vec(place(), 0..2);
    let rest = (claims(), claims(), events, erase, prop::collection::vec(change(), few));
    // Few command numbers, so that some are repeated.
    (0..TENANTS, 100..160_u64, records, rest).prop_map(|(tenant, command, records, rest)| {
        let (puts, deletes, guards) = records;
        let (claims, releases, events, erase, work) = rest;
        Plan { tenant, command, puts, deletes, guards, claims, releases, events, erase, work }
    })
}

fn place() -> impl Strategy<Value = Place> + Clone {
    (0..KINDS.len(), 0..RECORDS)
}

fn expected() -> impl Strategy<Value = Expected> + Clone {
    prop_oneof![12 => Just(Expected::Current), 1 => (0..3_u64).prop_map(Expected::Exactly)]
}

fn change() -> impl Strategy<Value = Change> + Clone {
    let finished = prop_oneof![
        Just(Finished::Done),
        (0..10_i64).prop_map(|at| Finished::Retry { at: instant(at), error: "ошибка".to_owned() }),
        Just(Finished::Park { reason: "'%_\\".to_owned() }),
    ];
    prop_oneof![
        4 => (queues(), 0..ITEMS, place(), 0..10_i64)
            .prop_map(|(queue, key, subject, due)| Change::Set { queue, key, subject, due }),
        1 => (queues(), 0..ITEMS).prop_map(|(queue, key)| Change::Cancel { queue, key }),
        3 => (any::<Index>(), finished).prop_map(|(lease, finished)| Change::Finish { lease, finished }),
    ]
}

fn queues() -> impl Strategy<Value = Queue> + Clone {
    select(&Queue::ALL[..])
}

fn key((kind, number): Place) -> Key {
    KINDS[kind].key(id(number))
}

/// Two stores and the leases that both gave.
struct Pair {
    left: Ground,
    right: Ground,
    leases: Vec<(Lease, Lease)>,
    millis: i64,
}

impl Pair {
    async fn open(other: &Candidate) -> Self {
        let (left, right) = (Ground::open(&REFERENCE).await, Ground::open(other).await);
        Self { left, right, leases: Vec::new(), millis: 0 }
    }

    async fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Commit(plan) => self.commit(*plan).await,
            Step::Claim { queue, now, limit, lease } => {
                let claim = WorkClaim { queue, now: instant(now), limit, lease };
                self.claim(claim).await
            }
            Step::Renew { lease, span } => {
                let Some((left, right)) = self.lease(lease) else { return Ok(()) };
                let left = self.left.store().renew(left, span).await.map_err(|error| refusal(&error));
                let right = self.right.store().renew(right, span).await.map_err(|error| refusal(&error));
                prop_assert_eq!(left, right);
                Ok(())
            }
            Step::Wait(millis) => {
                self.millis += millis;
                self.left.clock.set(instant(self.millis));
                self.right.clock.set(instant(self.millis));
                Ok(())
            }
        }
    }

    async fn commit(&mut self, plan: Plan) -> Result<(), TestCaseError> {
        let (left, right) = self.batches(plan).await?;
        let left = self.left.store().commit(left).await.map_err(|error| refusal(&error));
        let right = self.right.store().commit(right).await.map_err(|error| refusal(&error));
        prop_assert_eq!(left, right);
        Ok(())
    }

    async fn claim(&mut self, claim: WorkClaim) -> Result<(), TestCaseError> {
        let left = self.left.store().claim(claim.clone()).await?;
        let right = self.right.store().claim(claim).await?;
        let shown = |leased: &[Leased]| leased.iter().map(shown_lease).collect::<Vec<_>>();
        prop_assert_eq!(shown(&left), shown(&right));
        self.leases.extend(left.iter().zip(&right).map(|(left, right)| (left.lease, right.lease)));
        Ok(())
    }

    /// The batch of a plan for each store: they differ in the fences of leases only.
    async fn batches(&self, plan: Plan) -> Result<(Batch, Batch), TestCaseError> {
        let tenant = tenant(plan.tenant);
        let mut left = Batch { tenant, ..self.left.batch(plan.command) };
        left.answer.label = format!("№ {}", plan.command);
        for (sample, place, expected) in plan.puts {
            let record = Sample { kind: KINDS[place.0], id: id(place.1), ..sample };
            left.puts.push(Put {
                record: Arc::new(record),
                expected: self.version(tenant, place, expected).await?,
            });
        }
        for (place, expected) in plan.deletes {
            left.deletes.push((key(place), self.version(tenant, place, expected).await?));
        }
        for (place, expected) in plan.guards {
            left.guards.push((key(place), self.version(tenant, place, expected).await?));
        }
        let claim =
            |(value, owner): (&str, u64)| Claim { space: "s".into(), value: value.into(), owner: id(owner) };
        left.claims = plan.claims.into_iter().map(claim).collect();
        left.releases = plan.releases.into_iter().map(claim).collect();
        let event = |(place, number): (Place, i64)| {
            let text = (number % 2 == 0).then(|| format!("ё {number}"));
            NewEvent { subject: key(place), fact: Arc::new(Noted { number, text }) }
        };
        left.events = plan.events.into_iter().map(event).collect();
        left.erase = plan.erase.into_iter().map(key).collect();
        let mut right = left.clone();
        for change in plan.work {
            let Some((for_left, for_right)) = self.changes(change) else { continue };
            left.work.push(for_left);
            right.work.push(for_right);
        }
        Ok((left, right))
    }

    async fn version(
        &self,
        tenant: TenantId,
        place: Place,
        expected: Expected,
    ) -> Result<Version, TestCaseError> {
        match expected {
            Expected::Exactly(version) => Ok(Version(version)),
            Expected::Current => {
                let read = Read { keys: vec![key(place)], ..Read::new(tenant) };
                let view = self.left.store().load(read).await?;
                let found = view.records.into_values().next().flatten();
                Ok(found.map_or(Version::ABSENT, |loaded| loaded.version))
            }
        }
    }

    fn changes(&self, change: Change) -> Option<(WorkChange, WorkChange)> {
        let same = |change: WorkChange| Some((change.clone(), change));
        match change {
            Change::Set { queue, key: item, subject, due } => {
                let body = format!("{{\"due\":{due}}}");
                let new = NewWork { queue, key: id(item), subject: key(subject), due: instant(due), body };
                same(WorkChange::Set(new))
            }
            Change::Cancel { queue, key } => same(WorkChange::Cancel { queue, key: id(key) }),
            Change::Finish { lease, finished } => {
                let (left, right) = self.lease(lease)?;
                Some((left.finish(finished.clone()), right.finish(finished)))
            }
        }
    }

    fn lease(&self, lease: Index) -> Option<(Lease, Lease)> {
        // Late leases are the ones that may still be held.
        let late = &self.leases[self.leases.len().saturating_sub(6)..];
        (!late.is_empty()).then(|| *lease.get(late))
    }

    async fn same_everything(&self, sort: &[okno::store::SortBy]) -> Result<(), TestCaseError> {
        for number in 0..TENANTS {
            let tenant = tenant(number);
            let (left, right) = (self.left.store(), self.right.store());
            prop_assert_eq!(everything_loaded(left, tenant).await?, everything_loaded(right, tenant).await?);
            prop_assert_eq!(
                everything_listed(left, tenant, sort).await?,
                everything_listed(right, tenant, sort).await?
            );
            prop_assert_eq!(every_event(left, tenant).await?, every_event(right, tenant).await?);
            prop_assert_eq!(every_item(left, tenant).await?, every_item(right, tenant).await?);
        }
        Ok(())
    }
}

/// A lease without its fence, which each store counts for itself.
fn shown_lease(leased: &Leased) -> String {
    let Lease { tenant, queue, key, generation, .. } = leased.lease;
    let Leased { attempts, subject, due, body, .. } = leased;
    format!("{tenant} {queue} {key} {generation}: {attempts} {subject} {due} {body}")
}

async fn everything_loaded(store: &dyn Store, tenant: TenantId) -> Result<Vec<String>, TestCaseError> {
    let all = || (0..KINDS.len()).flat_map(|kind| (0..RECORDS).map(move |number| (kind, number)));
    let lookup = |number: u64| Lookup {
        kind: &GROWING,
        equal: vec![(Sample::PLACE, okno::condition::Value::Id(id(900 + number)))],
        limit: 3,
    };
    let mut read = Read { keys: all().map(key).collect(), ..Read::new(tenant) };
    read.lookups = (0..4).map(lookup).collect();
    read.claims = VALUES.iter().map(|value| ClaimKey { space: "s".into(), value: (*value).into() }).collect();
    let view = store.load(read).await?;
    let mut shown = vec![format!("{:?} {:?}", view.head, view.claims)];
    let loaded = |loaded: &okno::store::Loaded| format!("{loaded:?}");
    shown.extend(view.records.iter().map(|(key, found)| format!("{key} {:?}", found.as_ref().map(loaded))));
    shown.extend(view.lookups.iter().map(|(_, found)| found.iter().map(loaded).collect()));
    for command in 100..160 {
        let read = Read { command: Some(okno::base::CommandId(id(command))), ..Read::new(tenant) };
        shown.push(format!("{:?}", store.load(read).await?.first));
    }
    Ok(shown)
}

async fn everything_listed(
    store: &dyn Store,
    tenant: TenantId,
    sort: &[okno::store::SortBy],
) -> Result<Vec<String>, TestCaseError> {
    let mut shown = Vec::new();
    for kind in KINDS {
        let sort = if kind.growing { Vec::new() } else { sort.to_vec() };
        let query = Query { sort, limit: 2, ..Query::records(tenant, kind, Filter::everything()) };
        let mut after = None;
        loop {
            let page = store.query(Query { after, ..query.clone() }).await?;
            shown.extend(page.rows.iter().map(|row| format!("{row:?}")));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(shown)
}

async fn every_event(store: &dyn Store, tenant: TenantId) -> Result<Vec<String>, TestCaseError> {
    let mut shown = Vec::new();
    for subject in [None, Some(key((0, 0))), Some(key((1, 0)))] {
        let events = store.events(JournalRead { tenant, after: 0, subject, limit: 10_000 }).await?;
        shown.extend(events.iter().map(|event| format!("{subject:?} {event:?}")));
    }
    Ok(shown)
}

async fn every_item(store: &dyn Store, tenant: TenantId) -> Result<Vec<String>, TestCaseError> {
    let mut shown = Vec::new();
    for queue in Queue::ALL {
        for (parked, subject) in
            [(false, None), (true, None), (false, Some(key((0, 0)))), (true, Some(key((0, 0))))]
        {
            let items = store.work(WorkList { tenant, queue, subject, parked, limit: 100 }).await?;
            shown.extend(items.iter().map(|item| format!("{queue} {item:?}")));
        }
    }
    Ok(shown)
}
