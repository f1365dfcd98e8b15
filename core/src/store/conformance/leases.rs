use std::collections::BTreeSet;
use std::sync::Arc;

use super::bench::{Bench, FIRST, Fill, effect, id, instant, park, pass, retry, sample};
use super::sample::SAMPLES;
use crate::base::limits::LEASES_MAX;
use crate::base::{Span, Timestamp};
use crate::store::{
    Finished, Lease, Leased, NewWork, Queue, Store, StoreError, Version, WorkChange, WorkClaim, WorkList,
    WorkState,
};

/// Long enough for no lease to end during a test.
const LONG: Span = Span::hours(1);

fn keys(leased: &[Leased]) -> Vec<uuid::Uuid> {
    leased.iter().map(|leased| leased.lease.key).collect()
}

fn listed(states: &[WorkState]) -> Vec<uuid::Uuid> {
    states.iter().map(|state| state.key).collect()
}

fn cancel(key: u64) -> WorkChange {
    WorkChange::Cancel { queue: Queue::Effects, key: id(key) }
}

async fn assert_fenced(bench: &Bench, lease: Lease) {
    for finished in [Finished::Done, retry(instant(5)), park()] {
        let error = bench.refused(bench.batch().change(lease.finish(finished))).await;
        let told =
            matches!(error, StoreError::Fenced { queue, key } if (queue, key) == (lease.queue, lease.key));
        assert!(told, "{error:?}");
    }
    let error = bench.store.renew(lease, LONG).await.expect_err("the lease is not held");
    assert!(matches!(error, StoreError::Fenced { .. }), "{error:?}");
}

/// A leased item is given to nobody else until its lease ends.
pub async fn a_leased_item_is_given_to_nobody_else_in_real_time(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.set(1, instant(0)).await;
    let before = bench.now().await;
    let span = Span::from_millis(60);
    let first = bench.lease(instant(0), span).await;
    assert_eq!(keys(&first), [id(1)]);
    for _ in 0..500 {
        let again = bench.lease(instant(0), LONG).await;
        let now = bench.now().await;
        if !again.is_empty() {
            assert!(now >= before + span, "the lease had not ended");
            assert_eq!((keys(&again), again[0].attempts), (vec![id(1)], 2));
            assert!(bench.lease(instant(0), LONG).await.is_empty());
            return;
        }
        pass(10).await;
    }
    panic!("the lease never ended");
}

/// An item is claimed only when it is due by the caller's time, earliest first.
pub async fn an_item_is_claimed_when_it_is_due_earliest_first(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    for (key, due) in [(1, 30), (2, 10), (3, 20), (4, 20), (5, 40)] {
        bench.set(key, instant(due)).await;
    }
    bench.set(6, Timestamp::MAX).await;
    assert!(bench.lease(instant(9), LONG).await.is_empty());
    assert_eq!(keys(&bench.lease(instant(10), LONG).await), [id(2)]);
    assert_eq!(keys(&bench.lease(instant(39), LONG).await), [id(3), id(4), id(1)]);
    let claim = WorkClaim { queue: Queue::Effects, now: Timestamp::MAX, limit: 1, lease: LONG };
    let last = bench.store.claim(claim).await.expect("an item is claimed");
    assert_eq!((keys(&last), last[0].due, last[0].attempts), (vec![id(5)], instant(40), 1));
    assert_eq!((last[0].subject, last[0].body.as_str()), (SAMPLES.key(id(5)), "{\"effect\":5}"));
}

/// A claim takes at most as many items as it asks for, of every tenant.
pub async fn a_claim_keeps_to_its_limit(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    for number in 0..6 {
        bench.of_tenant(number % 3).set(number, instant(number as i64)).await;
    }
    let claim = WorkClaim { queue: Queue::Effects, now: instant(100), limit: 4, lease: LONG };
    let leased = bench.store.claim(claim.clone()).await.expect("items are claimed");
    assert_eq!(keys(&leased), [id(0), id(1), id(2), id(3)]);
    let tenants: Vec<_> = leased.iter().map(|leased| leased.lease.tenant).collect();
    assert_eq!(tenants, [0, 1, 2, 0].map(|number| bench.of_tenant(number).tenant));
    let rest = bench.store.claim(claim.clone()).await.expect("items are claimed");
    assert_eq!(keys(&rest), [id(4), id(5)]);
    let over = WorkClaim { limit: LEASES_MAX + 1, ..claim };
    let error = bench.store.claim(over).await.expect_err("the limit is passed");
    assert!(matches!(error, StoreError::Limit { .. }), "{error:?}");
}

/// Workers that claim at the same time never hold the same item.
pub async fn workers_never_hold_the_same_item(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let batch = (0..60).fold(bench.batch(), |batch, key| batch.set(effect(key, instant(0))));
    bench.commit(batch).await;
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let store = bench.store.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let claim = WorkClaim { queue: Queue::Effects, now: instant(0), limit: 5, lease: LONG };
                    let leased = store.claim(claim).await.expect("items are claimed");
                    if leased.is_empty() {
                        return taken;
                    }
                    taken.extend(keys(&leased));
                }
            })
        })
        .collect();
    let mut taken = Vec::new();
    for worker in workers {
        taken.extend(worker.await.expect("the worker ends"));
    }
    assert_eq!(taken.len(), 60);
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>().len(), 60);
}

/// A finish with an old generation or fence refuses its whole batch.
pub async fn a_finish_with_an_old_lease_refuses_its_batch(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let old = bench.leased(1, Span::ZERO).await.lease;
    let held = bench.lease(instant(0), LONG).await.remove(0).lease;
    assert!(held.fence > old.fence);
    for lease in
        [old, Lease { generation: held.generation + 1, ..held }, Lease { fence: held.fence + 1, ..held }]
    {
        let batch = bench.batch().change(lease.finish(Finished::Done));
        let error = bench.refused(batch.put(sample(1), Version::ABSENT).note(SAMPLES.key(id(1)), 1)).await;
        assert!(matches!(error, StoreError::Fenced { .. }), "{error:?}");
    }
    assert_eq!(bench.version(SAMPLES.key(id(1))).await, Version::ABSENT);
    assert_eq!(bench.position().await, 0);
    bench.commit(bench.batch().change(held.finish(Finished::Done))).await;
}

/// A batch that finishes an item applies both or neither.
pub async fn a_finish_and_its_batch_stand_or_fall_together(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let lease = bench.leased(1, LONG).await.lease;
    let batch = bench.batch().change(lease.finish(Finished::Done));
    bench.refused(batch.put(sample(1), FIRST)).await;
    assert_eq!(listed(&bench.work(false).await), [id(1)]);
    let batch = bench.batch().change(lease.finish(Finished::Done));
    bench.commit(batch.put(sample(1), Version::ABSENT)).await;
    assert!(bench.work(false).await.is_empty());
    assert_eq!(bench.version(SAMPLES.key(id(1))).await, FIRST);
    assert_fenced(&bench, lease).await;
}

/// An item that nobody leases cannot be finished or renewed.
pub async fn an_item_that_nobody_leases_cannot_be_finished(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.set(1, instant(0)).await;
    let (tenant, queue) = (bench.tenant, Queue::Effects);
    for (key, fence) in [(1, 0), (1, 1), (2, 0), (2, 1)] {
        assert_fenced(&bench, Lease { tenant, queue, key: id(key), generation: 1, fence }).await;
    }
    assert_eq!(listed(&bench.work(false).await), [id(1)]);
}

/// An item can be finished once; an item that its batch set, cancelled or finished before cannot.
pub async fn an_item_is_finished_once(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let lease = bench.leased(1, LONG).await.lease;
    let done = || lease.finish(Finished::Done);
    let batch = bench.batch().change(done()).change(lease.finish(retry(instant(9))));
    assert!(matches!(bench.refused(batch).await, StoreError::Fenced { .. }));
    let batch = bench.batch().set(effect(1, instant(3))).change(done());
    assert!(matches!(bench.refused(batch).await, StoreError::Fenced { .. }));
    // The other way round is how an item recurs.
    bench.commit(bench.batch().change(done()).set(effect(1, instant(3)))).await;
    let states = bench.work(false).await;
    assert_eq!((states.len(), states[0].due, states[0].attempts), (1, instant(3), 0));
    assert_fenced(&bench, lease).await;
}

/// A lease that ended can be finished or renewed until somebody else takes the item.
pub async fn a_lease_that_ended_is_held_until_the_item_is_taken(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let first = bench.leased(1, Span::ZERO).await.lease;
    bench.store.renew(first, Span::ZERO).await.expect("nobody took the item");
    let second = bench.lease(instant(0), Span::ZERO).await.remove(0).lease;
    assert_fenced(&bench, first).await;
    bench.commit(bench.batch().change(second.finish(Finished::Done))).await;
    assert!(bench.work(false).await.is_empty());
}

/// A renewed lease ends its new span from now.
pub async fn a_renewed_lease_ends_its_span_from_now(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let lease = bench.leased(1, Span::ZERO).await.lease;
    bench.store.renew(lease, LONG).await.expect("the lease is held");
    assert!(bench.lease(instant(0), LONG).await.is_empty());
    bench.store.renew(lease, Span::ZERO).await.expect("the lease is held");
    let next = bench.lease(instant(0), LONG).await;
    assert_eq!(keys(&next), [id(1)]);
    assert_fenced(&bench, lease).await;
    bench.store.renew(next[0].lease, LONG).await.expect("the new lease is held");
}

/// An item to be tried again is due at its new time and keeps its attempts and the error.
pub async fn an_item_to_be_tried_again_waits_for_its_time(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let lease = bench.leased(1, LONG).await.lease;
    bench.commit(bench.batch().change(lease.finish(retry(instant(50))))).await;
    let state = bench.work(false).await.remove(0);
    assert_eq!((state.due, state.attempts, state.error.as_deref()), (instant(50), 1, Some("no answer")));
    assert_eq!((state.generation, state.body.as_str()), (lease.generation, "{\"effect\":1}"));
    assert_fenced(&bench, lease).await;
    assert!(bench.lease(instant(49), LONG).await.is_empty());
    let again = bench.lease(instant(50), LONG).await.remove(0);
    assert_eq!((again.attempts, again.due), (2, instant(50)));
    assert!(again.lease.fence > lease.fence);
}

/// A parked item is given to nobody until it is set anew.
pub async fn a_parked_item_waits_until_it_is_set_anew(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let lease = bench.leased(1, LONG).await.lease;
    bench.commit(bench.batch().change(lease.finish(park()))).await;
    assert!(bench.lease(Timestamp::MAX, LONG).await.is_empty());
    assert!(bench.work(false).await.is_empty());
    let state = bench.work(true).await.remove(0);
    assert_eq!((state.attempts, state.error.as_deref()), (1, Some("refused for good")));
    assert_fenced(&bench, lease).await;
    bench.set(1, instant(1)).await;
    assert!(bench.work(true).await.is_empty());
    let state = bench.work(false).await.remove(0);
    assert_eq!((state.due, state.attempts, state.error), (instant(1), 0, None));
    assert_eq!(bench.lease(instant(1), LONG).await[0].attempts, 1);
}

/// A cancelled item is gone, whoever leased it; one that is not there is cancelled without harm.
pub async fn a_cancelled_item_is_gone(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let lease = bench.leased(1, LONG).await.lease;
    bench.commit(bench.batch().change(cancel(1)).change(cancel(2))).await;
    assert!(bench.work(false).await.is_empty());
    assert_fenced(&bench, lease).await;
    bench.set(1, instant(0)).await;
    assert_fenced(&bench, lease).await;
    let again = bench.lease(instant(0), LONG).await.remove(0);
    assert_ne!((again.lease.generation, again.lease.fence), (lease.generation, lease.fence));
    assert_fenced(&bench, lease).await;
}

/// An item that is set anew while it is leased is free, and its old holder is fenced.
pub async fn an_item_set_anew_fences_its_old_holder(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let lease = bench.leased(1, LONG).await.lease;
    let anew = NewWork { body: "{}".to_owned(), subject: SAMPLES.key(id(9)), ..effect(1, instant(2)) };
    bench.commit(bench.batch().set(anew)).await;
    assert_fenced(&bench, lease).await;
    assert!(bench.lease(instant(1), LONG).await.is_empty());
    let next = bench.lease(instant(2), LONG).await.remove(0);
    assert_eq!((next.lease.generation, next.attempts), (lease.generation + 1, 1));
    assert_eq!((next.body.as_str(), next.subject), ("{}", SAMPLES.key(id(9))));
    assert_fenced(&bench, lease).await;
}

/// Timers and effects never meet, even under one key.
pub async fn timers_and_effects_never_meet(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let timer = NewWork { queue: Queue::Timers, body: "{}".to_owned(), ..effect(1, instant(0)) };
    bench.commit(bench.batch().set(effect(1, instant(0))).set(timer)).await;
    let leased = bench.lease(instant(0), LONG).await;
    assert_eq!((leased.len(), leased[0].lease.queue), (1, Queue::Effects));
    let confused = Lease { queue: Queue::Timers, ..leased[0].lease };
    assert_fenced(&bench, confused).await;
    bench.commit(bench.batch().change(cancel(1))).await;
    let claim = WorkClaim { queue: Queue::Timers, now: instant(0), limit: 10, lease: LONG };
    let timers = bench.store.claim(claim).await.expect("items are claimed");
    assert_eq!((timers.len(), timers[0].body.as_str()), (1, "{}"));
}

/// A work list holds what is armed or what is parked, of one record where asked, earliest first.
pub async fn a_work_list_holds_what_was_asked_for(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let parked = bench.leased(9, LONG).await.lease;
    bench.commit(bench.batch().change(parked.finish(park()))).await;
    for (key, due) in [(1, 30), (2, 10), (3, 20), (4, 20)] {
        let subject = SAMPLES.key(id(100 + key % 2));
        bench.commit(bench.batch().set(NewWork { subject, ..effect(key, instant(due)) })).await;
    }
    let leased = bench.lease(instant(10), LONG).await;
    assert_eq!(keys(&leased), [id(2)]);
    assert_eq!(listed(&bench.work(false).await), [id(2), id(3), id(4), id(1)]);
    assert_eq!(listed(&bench.work(true).await), [id(9)]);
    let list = WorkList {
        tenant: bench.tenant,
        queue: Queue::Effects,
        subject: Some(SAMPLES.key(id(101))),
        parked: false,
        limit: 10,
    };
    let work = async |list: &WorkList| bench.store.work(list.clone()).await.expect("the work is listed");
    assert_eq!(listed(&work(&list).await), [id(3), id(1)]);
    assert_eq!(listed(&work(&WorkList { limit: 1, ..list.clone() }).await), [id(3)]);
    assert!(work(&WorkList { parked: true, ..list.clone() }).await.is_empty());
    assert!(work(&WorkList { queue: Queue::Timers, ..list.clone() }).await.is_empty());
    let error = bench.store.work(WorkList { limit: LEASES_MAX + 1, ..list }).await;
    assert!(matches!(error, Err(StoreError::Limit { .. })), "{error:?}");
}
