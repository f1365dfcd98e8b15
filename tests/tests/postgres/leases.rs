//! Leases that somebody else takes meanwhile, and the time that they follow.

use okno::base::{Span, Timestamp};
use okno::conformance::{id, instant};
use okno::store::{Finished, Queue, Store, StoreError, Version, WorkChange, WorkClaim};
use okno_storage_sqlx::PostgresOptions;
use okno_tests::kinds;

use crate::bench::{batch, effect, here, noting, on_a_server};
use crate::locks::until_somebody_waits;

#[test]
fn a_lease_that_is_taken_while_its_end_is_written_refuses_the_batch() {
    on_a_server(async |bench| {
        let mut new = batch(here(), 1);
        new.work.push(WorkChange::Set(effect(1)));
        bench.store.commit(new).await.expect("the item is set");
        let claim = WorkClaim { queue: Queue::Effects, now: instant(0), limit: 1, lease: Span::ZERO };
        let lease = bench.store.claim(claim).await.expect("it is due").remove(0).lease;
        let mut other = bench.other().await;
        let work = bench.table("okno_work");
        bench.run(&mut other, &format!("BEGIN; UPDATE {work} SET fence = fence + 1")).await;
        let mut ending = noting(here(), 2);
        ending.work.push(lease.finish(Finished::Done));
        let store = bench.store.clone();
        let waiting = tokio::spawn(async move { store.commit(ending).await });
        until_somebody_waits(&bench).await;
        bench.run(&mut other, "COMMIT").await;
        let error = waiting.await.expect("no panic").expect_err("the lease was taken");
        assert!(matches!(error, StoreError::Fenced { key, .. } if key == id(1)), "{error:?}");
        assert_eq!(bench.version(here(), 2).await, Version::ABSENT);
        assert_eq!(bench.positions(here()).await, [0; 0]);
    });
}

#[test]
fn an_item_that_is_set_anew_without_a_look_begins_a_new_generation() {
    on_a_server(async |bench| {
        let claim = WorkClaim { queue: Queue::Effects, now: instant(0), limit: 1, lease: Span::hours(1) };
        for number in 1..=3 {
            let mut new = batch(here(), number);
            new.work.push(WorkChange::Set(effect(1)));
            bench.store.commit(new).await.expect("the item is set");
            let leased = bench.store.claim(claim.clone()).await.expect("it is due");
            assert_eq!((leased[0].lease.generation, leased[0].attempts), (number, 1));
        }
    });
}

#[test]
fn without_a_clock_of_its_own_the_store_has_the_time_of_the_database() {
    on_a_server(async |bench| {
        let options = PostgresOptions::new(bench.schema.url()).schema(bench.schema.name());
        let store = options.open(kinds()).await.expect("another node");
        let mut other = bench.other().await;
        let time = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        let before: i64 = sqlx::query_scalar(time).fetch_one(&mut other).await.expect("the time");
        let now = store.now().await.expect("the time");
        let after: i64 = sqlx::query_scalar(time).fetch_one(&mut other).await.expect("the time");
        assert!((before..=after).contains(&now.millis()), "{before} {now} {after}");
        // The caller's time says what is due, the database's how long it is leased.
        let mut new = batch(here(), 1);
        new.work.push(WorkChange::Set(effect(1)));
        store.commit(new).await.expect("the item is set");
        let claim = |lease| WorkClaim { queue: Queue::Effects, now: Timestamp::MAX, limit: 1, lease };
        assert_eq!(store.claim(claim(Span::hours(1))).await.expect("it is due").len(), 1);
        assert!(store.claim(claim(Span::hours(1))).await.expect("claimed").is_empty());
        let until = format!("SELECT leased_until FROM {}", bench.table("okno_work"));
        let until = sqlx::query_scalar::<_, i64>(sqlx::AssertSqlSafe(until)).fetch_one(&mut other).await;
        let until = until.expect("the lease");
        assert!(until >= after + Span::hours(1).millis() && until < after + Span::hours(2).millis());
    });
}
