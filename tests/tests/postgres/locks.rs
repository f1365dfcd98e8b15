//! Transactions that are held open: who waits for them, and who does not.

use std::time::Duration;

use okno::base::{CommandId, Span};
use okno::conformance::{SAMPLES, id, instant, tenant};
use okno::store::{JournalRead, Queue, Store, StoreError, Version, WorkClaim};
use okno_tests::kinds;

use crate::bench::{Bench, batch, effect, here, noting, on_a_server, options};

#[test]
fn a_transaction_held_open_makes_its_tenant_wait_and_no_other() {
    on_a_server(async |bench| {
        let (here, there) = (tenant(1), tenant(2));
        bench.commit(here, 1).await.expect("the tenant is new");
        let mut holder = bench.hold(here).await;
        bench.commit(there, 1).await.expect("nobody holds the other tenant");
        let error = bench.commit(here, 2).await.expect_err("somebody holds the tenant");
        assert!(matches!(error, StoreError::Locked { .. }) && error.is_retryable(), "{error:?}");
        bench.commit(there, 2).await.expect("nobody holds the other tenant");
        bench.run(&mut holder, "ROLLBACK").await;
        bench.commit(here, 2).await.expect("nobody holds the tenant any more");
        assert_eq!(bench.positions(here).await, [1, 2]);
    });
}

#[test]
fn what_others_committed_while_a_batch_waited_is_held_against_it() {
    on_a_server(async |bench| {
        bench.commit(here(), 1).await.expect("the sample is new");
        let mut holder = bench.hold(here()).await;
        let store = bench.store.clone();
        let mut change = noting(here(), 1);
        (change.command, change.puts[0].expected) = (CommandId(id(2)), Version(1));
        let waiting = tokio::spawn(async move { store.commit(change).await });
        until_somebody_waits(&bench).await;
        let sample = bench.table("conformance_sample");
        let head = bench.table("okno_head");
        bench.run(&mut holder, &format!("UPDATE {sample} SET row_version = 2")).await;
        bench.run(&mut holder, &format!("UPDATE {head} SET turn = turn + 1; COMMIT")).await;
        let error = waiting.await.expect("no panic").expect_err("the sample was changed");
        let StoreError::Conflict { expected, found, .. } = error else { panic!("{error:?}") };
        assert_eq!((expected, found), (Version(1), Version(2)));
        assert_eq!(bench.positions(here()).await, [1]);
    });
}

#[test]
fn a_batch_goes_on_when_the_holder_changed_nothing() {
    on_a_server(async |bench| {
        bench.commit(here(), 1).await.expect("the tenant is new");
        let mut holder = bench.hold(here()).await;
        let store = bench.store.clone();
        let waiting = tokio::spawn(async move { store.commit(noting(here(), 2)).await });
        until_somebody_waits(&bench).await;
        bench.run(&mut holder, "ROLLBACK").await;
        assert_eq!(waiting.await.expect("no panic").expect("nothing hinders it").position, 2);
    });
}

#[test]
fn readers_skip_nothing_while_nodes_commit_and_transactions_are_held_open() {
    const EACH: u64 = 60;
    on_a_server(async |bench| {
        bench.commit(here(), 1).await.expect("the tenant is new");
        let patient = || options(&bench.schema).lock_timeout(Duration::from_secs(20)).open(kinds());
        let mut nodes = Vec::new();
        for node in 1..=3 {
            let store = patient().await.expect("another node");
            nodes.push(tokio::spawn(async move {
                for number in 0..EACH {
                    store.commit(noting(here(), 1_000 * node + number)).await.expect("it is committed");
                }
            }));
        }
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let store = bench.store.clone();
                tokio::spawn(async move {
                    let mut after = 0;
                    while after < 3 * EACH + 1 {
                        let read = JournalRead { tenant: here(), after, subject: None, limit: 7 };
                        for event in store.events(read).await.expect("the journal is read") {
                            assert_eq!(event.position, after + 1);
                            after = event.position;
                        }
                    }
                })
            })
            .collect();
        for _ in 0..10 {
            let mut holder = bench.hold(here()).await;
            bench.run(&mut holder, "ROLLBACK").await;
        }
        for task in nodes.into_iter().chain(readers) {
            task.await.expect("no panic");
        }
    });
}

#[test]
fn work_is_leased_while_somebody_holds_its_tenant() {
    on_a_server(async |bench| {
        let mut new = batch(here(), 1);
        new.work.push(okno::store::WorkChange::Set(effect(1)));
        bench.store.commit(new).await.expect("the item is set");
        let _holder = bench.hold(here()).await;
        let claim = WorkClaim { queue: Queue::Effects, now: instant(0), limit: 9, lease: Span::hours(1) };
        let leased = bench.store.claim(claim).await.expect("nobody holds the item");
        assert_eq!(leased.len(), 1);
        bench.store.renew(leased[0].lease, Span::hours(2)).await.expect("the lease is held");
        assert_eq!(leased[0].subject, SAMPLES.key(id(1)));
    });
}

/// Waits until a statement of the schema waits for a lock.
pub(crate) async fn until_somebody_waits(bench: &Bench) {
    let mut other = bench.other().await;
    let waiting =
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND strpos(query, $1) > 0";
    let found = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let query = sqlx::query_scalar::<_, bool>(waiting).bind(bench.schema.name());
            if query.fetch_one(&mut other).await.expect("activity") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    found.await.expect("somebody waits");
}
