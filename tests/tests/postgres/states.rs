//! A database that cannot be reached, or not written: which error tells it, and that the store goes on afterwards.

use std::time::Duration;

use okno::conformance::tenant;
use okno::store::{Read, Store, StoreError, Version};
use okno_storage_sqlx::PostgresOptions;
use okno_tests::kinds;
use sqlx::postgres::PgPoolOptions;

use crate::bench::{here, noting, on_a_server, options};

#[test]
fn a_database_that_is_only_read_refuses_commits_and_is_read() {
    on_a_server(async |bench| {
        bench.commit(here(), 1).await.expect("the database is written");
        let url = format!("{}&options=-c%20default_transaction_read_only=on", bench.schema.url());
        let store = PostgresOptions::new(url).schema(bench.schema.name()).open(kinds()).await;
        let store = store.expect("tables that are up to date are not written");
        for number in [2, 3] {
            let error = store.commit(noting(tenant(number), number)).await.expect_err("nothing is written");
            assert!(matches!(error, StoreError::ReadOnly { .. }) && !error.is_retryable(), "{error:?}");
        }
        assert_eq!(store.load(Read::new(here())).await.expect("it is read").head.position, 1);
    });
}

#[test]
fn a_pool_that_the_host_uses_up_is_unavailable_until_the_host_gives_back() {
    on_a_server(async |bench| {
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_millis(200));
        let pool = pool.connect(bench.schema.url()).await.expect("connected");
        let store = PostgresOptions::with_pool(pool.clone()).schema(bench.schema.name());
        let store = store.open(kinds()).await.expect("the host's pool serves");
        store.commit(noting(here(), 1)).await.expect("the host's pool serves");
        let taken = pool.acquire().await.expect("the host takes it");
        let read = store.load(Read::new(here())).await.expect_err("no connection is free");
        let written = store.commit(noting(here(), 2)).await.expect_err("no connection is free");
        for error in [read, written] {
            assert!(matches!(error, StoreError::Unavailable { .. }) && error.is_retryable(), "{error:?}");
        }
        drop(taken);
        store.commit(noting(here(), 2)).await.expect("the host gave it back");
        store.close().await;
        assert!(matches!(store.commit(noting(here(), 3)).await, Err(StoreError::Closed)));
        assert!(matches!(store.load(Read::new(here())).await, Err(StoreError::Closed)));
        let one: i32 = sqlx::query_scalar("SELECT 1").fetch_one(&pool).await.expect("the pool is the host's");
        assert_eq!(one, 1);
    });
}

#[test]
fn connections_that_the_server_ends_are_replaced() {
    on_a_server(async |bench| {
        bench.commit(here(), 1).await.expect("the tenant is new");
        bench.commit(here(), 2).await.expect("it is known now");
        let mut other = bench.other().await;
        let end = "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity \
                   WHERE pid <> pg_backend_pid() AND strpos(query, $1) > 0";
        let ended: i64 =
            sqlx::query_scalar(end).bind(bench.schema.name()).fetch_one(&mut other).await.expect("ended");
        assert!(ended > 0);
        let mut tries = 0;
        let repeated = loop {
            match bench.commit(here(), 3).await {
                Ok(()) => break false,
                Err(StoreError::Repeated { .. }) => break true,
                Err(error) => assert!(error.is_retryable() && tries < 9, "{error:?}"),
            }
            tries += 1;
        };
        assert!(!repeated || tries > 0);
        assert_eq!(bench.version(here(), 3).await, Version(1));
        assert_eq!(bench.positions(here()).await, [1, 2, 3]);
    });
}

#[test]
fn a_server_that_does_not_answer_in_time_leaves_a_commit_unknown_and_its_repetition_tells() {
    on_a_server(async |bench| {
        bench.commit(here(), 1).await.expect("the tenant is new");
        let options = options(&bench.schema).lock_timeout(Duration::from_secs(20));
        let hasty = options.answer_timeout(Duration::from_millis(200)).open(kinds()).await.expect("opened");
        let mut holder = bench.hold(here()).await;
        let error = hasty.commit(noting(here(), 2)).await.expect_err("the answer takes longer");
        assert!(error.is_retryable(), "{error:?}");
        bench.run(&mut holder, "ROLLBACK").await;
        match hasty.commit(noting(here(), 2)).await {
            Ok(receipt) => assert_eq!(receipt.position, 2),
            Err(StoreError::Repeated { first }) => assert_eq!(first.receipt.position, 2),
            Err(error) => panic!("{error:?}"),
        }
    });
}

#[test]
fn what_is_not_there_says_so() {
    on_a_server(async |bench| {
        let nowhere = bench.schema.url().replacen("/postgres", "/nowhere", 1);
        let error = PostgresOptions::new(nowhere).open(kinds()).await.expect_err("there is no database");
        assert!(matches!(error, StoreError::Missing { .. }), "{error:?}");
        let silent = PostgresOptions::new("postgres://okno@127.0.0.1:1/okno");
        let silent = silent.acquire_timeout(Duration::from_millis(200)).open(kinds()).await;
        let error = silent.expect_err("nobody listens");
        assert!(matches!(error, StoreError::Unavailable { .. }) && error.is_retryable(), "{error:?}");
        let error = PostgresOptions::new("no url").open(kinds()).await.expect_err("it is no URL");
        assert!(!format!("{error:?}").is_empty());
    });
}
