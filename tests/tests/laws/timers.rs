//! Law 6: a timer takes effect once, on however many nodes, through crashes and late wake-ups.

use std::sync::Arc;

use okno::base::Span;
use okno::life::request::{HoldFor, HoldReason};
use okno::store::{FaultPlan, FaultyStore, Finished, Leased, Queue, StoreError, WorkClaim};
use okno::{RequestCommand, RequestId, Status};
use okno_tests::{Candidate, Center, Who, on_every_store, start};

const REQUESTS: usize = 12;

#[test]
fn two_nodes_that_tick_at_once_fire_each_timer_once() {
    on_every_store(async |store| {
        let center = waiting(store).await;
        center.wait(Span::days(10));
        let now = center.now();
        let nodes = [center.node(2), center.node(3), center.node(4)];
        let ticks = nodes.map(|node| tokio::spawn(async move { node.tick(now).await }));
        for tick in ticks {
            tick.await.expect("no panic").expect("the store does its part");
        }
        assert_fired_once(&center).await;
    });
}

#[test]
fn what_a_node_claimed_before_it_died_is_fired_by_another_once_the_lease_has_ended() {
    on_every_store(async |store| {
        let center = waiting(store).await;
        center.wait(Span::days(10));
        let dead = claim(&center, 2 * REQUESTS).await;
        assert_eq!(dead.len(), 2 * REQUESTS);
        assert_eq!(center.tick().await.done, 0, "the leases still hold");
        center.wait(Span::minutes(1));
        assert_eq!(center.tick().await.done, 2 * REQUESTS);
        assert_fired_once(&center).await;
        for leased in dead {
            let late = center.store.commit(finish(&center, &leased)).await;
            assert!(matches!(late, Err(StoreError::Fenced { .. })), "{late:?}");
        }
    });
}

#[test]
fn nodes_whose_store_fails_and_forgets_fire_each_timer_once_in_the_end() {
    on_every_store(async |store| {
        let center = waiting(store).await;
        center.wait(Span::days(10));
        let plan = FaultPlan { before: 60, after: 120, conflict: 60 };
        let faulty = [1, 2].map(|seed| Arc::new(FaultyStore::new(center.store.clone(), plan, seed)));
        let nodes = [0, 1].map(|n| center.node_on(faulty[n].clone(), 8 + n as u64));
        for round in 0.. {
            assert!(round < 500, "the timers are never done");
            for node in &nodes {
                // A tick that a fault ended leaves what it had leased to the next one.
                let _ = node.tick(center.now()).await;
            }
            drop(claim(&center, 1).await);
            center.wait(Span::minutes(2));
            if center.work(Queue::Timers, None, false).await.is_empty() {
                break;
            }
        }
        assert!(faulty.iter().any(|store| store.faults() > 0));
        assert_eq!(center.work(Queue::Timers, None, true).await.len(), 0);
        assert_fired_once(&center).await;
    });
}

#[test]
fn a_request_resolved_again_is_closed_by_its_new_timer_and_not_by_the_old_one() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let resolve = || RequestCommand::Resolve { code: "fixed".into(), text: String::new() };
        center.step(id, resolve()).await;
        center.wait(Span::hours(120));
        let old = claim(&center, 1).await;
        center.step(id, RequestCommand::Reopen { text: String::new(), hold: None }).await;
        center.step(id, resolve()).await;

        center.clock.set(center.now() + Span::hours(120) - Span::from_millis(1));
        center.tick().await;
        assert_eq!(center.request(id).await.status, Status::Resolved);
        let late = center.store.commit(finish(&center, &old[0])).await;
        assert!(matches!(late, Err(StoreError::Fenced { .. })), "{late:?}");
        center.wait(Span::from_millis(1));
        center.tick().await;
        assert_eq!(center.request(id).await.status, Status::Closed);
        assert_eq!(center.times("closed").await, 1);
    });
}

#[test]
fn a_request_closed_by_silence_reopened_and_resolved_again_is_closed_by_silence_again() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        for round in 1..=3 {
            let resolve = RequestCommand::Resolve { code: "fixed".into(), text: String::new() };
            center.step(id, resolve).await;
            center.wait(Span::hours(120));
            assert_eq!(center.tick().await.done, 1);
            assert_eq!(
                (center.request(id).await.status, center.times("closed").await),
                (Status::Closed, round)
            );
            center.step(id, RequestCommand::Reopen { text: String::new(), hold: None }).await;
        }
    });
}

#[test]
fn a_late_wake_up_is_dated_when_it_happened() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let until = start() + Span::hours(1);
        center.step(id, RequestCommand::Hold(HoldFor::until(HoldReason::Scheduled, until))).await;
        center.wait(Span::days(3));
        center.tick().await;
        let request = center.request(id).await;
        assert_eq!((request.status, request.updated_at), (Status::New, center.now()));
    });
}

/// Requests on hold until a date, and as many resolved ones that close by silence.
async fn waiting(store: Candidate) -> Center {
    let mut center = Center::open(store).await;
    for n in 0..REQUESTS {
        let held = center.submit("IT-02").await;
        let until = start() + Span::hours(1 + i64::try_from(n).expect("few requests"));
        center.step(held, RequestCommand::Hold(HoldFor::until(HoldReason::Requester, until))).await;
        let resolved = center.submit("IT-01").await;
        center.step(resolved, RequestCommand::Resolve { code: "fixed".into(), text: String::new() }).await;
    }
    center
}

async fn assert_fired_once(center: &Center) {
    assert_eq!((center.times("resumed").await, center.times("closed").await), (REQUESTS, REQUESTS));
    let mut stood: Vec<(RequestId, Status)> = Vec::new();
    for id in &center.submitted {
        stood.push((*id, center.request(*id).await.status));
    }
    assert!(stood.iter().all(|(_, status)| matches!(status, Status::New | Status::Closed)), "{stood:?}");
    assert!(center.work(Queue::Timers, None, false).await.is_empty());
    let seen = center.requests(Who::Supervisor).count(&okno::Condition::eq("status", "closed")).await;
    assert_eq!(seen.expect("the supervisor may count"), REQUESTS as u64);
}

/// Claims timers as a node does that dies right after.
async fn claim(center: &Center, limit: usize) -> Vec<Leased> {
    let claim = WorkClaim { queue: Queue::Timers, now: center.now(), limit, lease: Span::minutes(1) };
    center.store.claim(claim).await.expect("the store does its part")
}

/// What a node commits that comes back from the dead.
fn finish(center: &Center, leased: &Leased) -> okno::store::Batch {
    let command = okno::CommandId(okno::base::derived_id(leased.lease.key, "late"));
    let digest = okno::store::Digest::of(&[]);
    let origin = okno::store::Origin::SYSTEM;
    let mut batch = okno::store::Batch::new(center.tenant, center.now(), command, digest, origin);
    batch.work.push(leased.lease.finish(Finished::Done));
    batch
}
