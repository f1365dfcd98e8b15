//! What a desk on PostgreSQL does when the server, its disk or its connections let it down: the error says whether a retry
//! helps, nothing acknowledged is lost, and work goes on without a restart.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use okno::base::{Ids as _, RandomIds, SeededIds, Span};
use okno::store::StoreError;
use okno::{CommandId, Condition, Desk, DeskError, List, RequestId, Submit};
use okno_storage_sqlx::PostgresOptions;
use okno_tests::audit::assert_sound;
use okno_tests::node::SharedStore;
use okno_tests::{Who, code, kinds, text};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use crate::ground::{Ground, TENANT, cluster};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_server_that_does_not_answer_is_waited_for_so_long_and_no_longer() {
    let Some(mut cluster) = cluster().await else { return };
    let mut ground = Ground::on(&cluster, "paused").await;
    let options = PostgresOptions::new(cluster.url()).schema("paused");
    let options = options.answer_timeout(Duration::from_millis(400));
    let options = options.acquire_timeout(Duration::from_millis(200));
    let desk = Desk::new(Arc::new(options.open(kinds()).await.expect("it answers")));
    acknowledged(&mut ground, &desk, 10).await;
    cluster.pause();
    let command = CommandId(Uuid::from_u128(77));
    let mut errors = vec![submit(&desk, command, 10).await.expect_err("nobody answers")];
    errors.push(desk.world(TENANT).await.expect_err("nobody answers").into_store());
    errors.push(submit(&desk, command, 10).await.expect_err("nobody answers"));
    cluster.go_on();
    for error in errors {
        assert!(error.is_retryable(), "{error:?}");
        assert!(matches!(error, StoreError::Unavailable { .. } | StoreError::Unknown { .. }), "{error:?}");
    }
    let mut first = None;
    for _ in 0..100 {
        match submit(&desk, command, 10).await {
            Ok(receipt) => {
                first = Some(receipt);
                break;
            }
            Err(error) => assert!(error.is_retryable(), "{error:?}"),
        }
    }
    let again = submit(&desk, command, 10).await.expect("the server is back");
    assert_eq!(first.as_ref(), Some(&again), "done once, whenever it was");
    ground.witness.acknowledged.insert(command, again);
    assert_sound(&**desk.store(), TENANT, &ground.witness).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_finds_no_free_connection_to_postgres_is_told_to_try_again() {
    let Some(cluster) = cluster().await else { return };
    let mut ground = Ground::on(&cluster, "pooled").await;
    let pool = PgPoolOptions::new().max_connections(2).acquire_timeout(Duration::from_millis(200));
    let pool = pool.connect(&cluster.url()).await.expect("it answers");
    let options = PostgresOptions::with_pool(pool.clone()).schema("pooled");
    let store = options.acquire_timeout(Duration::from_millis(200)).open(kinds()).await.expect("it answers");
    let desk = Desk::new(Arc::new(store));
    acknowledged(&mut ground, &desk, 10).await;
    let held = (pool.acquire().await.expect("free"), pool.acquire().await.expect("free"));
    let refused = submit(&desk, fresh(), 10).await.expect_err("none is free");
    assert!(matches!(refused, StoreError::Unavailable { .. }) && refused.is_retryable(), "{refused:?}");
    drop(held);
    acknowledged(&mut ground, &desk, 10).await;

    // Nor has the server any left.
    let mut taken = Vec::new();
    while let Ok(connection) = PgConnection::connect(&cluster.url()).await {
        taken.push(connection);
    }
    let refused = ground.store.open(Span::ZERO).await.expect_err("none is left");
    assert!(matches!(refused, StoreError::Unavailable { .. }) && refused.is_retryable(), "{refused:?}");
    for connection in taken {
        connection.close().await.expect("it ends");
    }
    let other = ground.store.open(Span::ZERO).await.expect("the server has connections again");
    assert_sound(&*other, TENANT, &ground.witness).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_server_that_takes_no_changes_is_read_and_written_to_when_it_takes_them_again() {
    let Some(cluster) = cluster().await else { return };
    let mut ground = Ground::on(&cluster, "read_only").await;
    let desk = ground.desk(Span::ZERO).await;
    acknowledged(&mut ground, &desk, 10).await;
    let mut host = PgConnection::connect(&cluster.url()).await.expect("it answers");
    takes_changes(&mut host, false).await;
    let refused = submit(&desk, fresh(), 10).await.expect_err("nothing can be written");
    assert!(matches!(refused, StoreError::ReadOnly { .. }) && !refused.is_retryable(), "{refused:?}");
    let replica = ground.store.open(Span::ZERO).await.expect("its tables need no change");
    assert_sound(&*replica, TENANT, &ground.witness).await;
    takes_changes(&mut host, true).await;
    acknowledged(&mut ground, &desk, 10).await;
    assert_sound(&**desk.store(), TENANT, &ground.witness).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_of_postgres_that_fills_up_loses_nothing_acknowledged_and_goes_on_when_there_is_room() {
    let Some(cluster) = cluster().await else { return };
    let Some(disk) = SmallDisk::mount() else { return };
    let mut host = PgConnection::connect(&cluster.url()).await.expect("it answers");
    let place = disk.0.display();
    let tablespace = format!("CREATE TABLESPACE small LOCATION '{place}'");
    host.execute(AssertSqlSafe(tablespace)).await.expect("a tablespace can be made");
    let url = format!("{}&options[default_tablespace]=small", cluster.url());
    let store = SharedStore::Postgres { schema: "full".to_owned(), url };
    let mut ground = Ground::found(store, Box::new(())).await;
    let desk = ground.desk(Span::ZERO).await;
    let mut refused = 0;
    while refused < 5 {
        let command = fresh();
        match submit(&desk, command, 100_000).await {
            Ok(receipt) => drop(ground.witness.acknowledged.insert(command, receipt)),
            Err(error) => {
                assert!(matches!(error, StoreError::Full { .. }) && error.is_retryable(), "{error:?}");
                refused += 1;
            }
        }
    }
    assert!(!ground.witness.acknowledged.is_empty(), "some fitted");
    assert_sound(&**desk.store(), TENANT, &ground.witness).await;
    disk.grow();
    acknowledged(&mut ground, &desk, 100_000).await;
    assert_sound(&**desk.store(), TENANT, &ground.witness).await;
    drop(desk);
    host.execute("DROP SCHEMA \"full\" CASCADE").await.expect("dropped");
    host.execute("DROP TABLESPACE small").await.expect("dropped");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_index_on_postgres_changes_no_answer_and_is_made_again_when_the_store_is_opened() {
    let Some(mut ground) = Ground::postgres().await else { return };
    let SharedStore::Postgres { schema, url } = ground.store.clone() else { return };
    let desk = ground.desk(Span::ZERO).await;
    for _ in 0..5 {
        acknowledged(&mut ground, &desk, 10).await;
    }
    let before = answers(&desk).await;
    let mut host = PgConnection::connect(&url).await.expect("it answers");
    let indexes = "SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = $1 ORDER BY indexname";
    let made: Vec<(String, String)> =
        sqlx::query_as(indexes).bind(&schema).fetch_all(&mut host).await.expect("read");
    let mut drop = String::new();
    for (name, _) in made.iter().filter(|(_, text)| !text.contains("UNIQUE")) {
        write!(drop, "DROP INDEX \"{schema}\".\"{name}\";").expect("text takes text");
    }
    assert!(drop.matches("DROP").count() > 10, "{made:?}");
    sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut host).await.expect("dropped");
    assert_eq!(answers(&desk).await, before);
    acknowledged(&mut ground, &desk, 10).await;
    let again = ground.store.open(Span::ZERO).await.expect("opened again");
    let remade: Vec<(String, String)> =
        sqlx::query_as(indexes).bind(&schema).fetch_all(&mut host).await.expect("read");
    assert_eq!(remade, made);
    assert_sound(&*again, TENANT, &ground.witness).await;
}

/// A disk of a few megabytes, as far as this machine gives one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder").keep();
        let run = |program: &str, words: &[&str]| {
            let done = Command::new(program).args(words).arg(&folder).output();
            done.is_ok_and(|done| done.status.success())
        };
        if !run("mount", &["-t", "tmpfs", "-o", "size=12m,mode=0777", "tmpfs"]) {
            let told = "\nA full disk of PostgreSQL is not tested: only root can mount a small one\n";
            // Past the capture of tests: whoever runs them sees it.
            let _ = writeln!(std::io::stderr(), "{told}");
            let _ = std::fs::remove_dir(&folder);
            return None;
        }
        // The server's own, and nobody else's, as it wants it.
        let owned = run("chown", &["postgres"]) && run("chmod", &["700"]);
        assert!(owned, "the server gets the disk");
        Some(Self(folder))
    }

    fn grow(&self) {
        let done = Command::new("mount").args(["-o", "remount,size=64m"]).arg(&self.0).status();
        assert!(done.expect("`mount` is there").success(), "the disk grows");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // The test is over, however it ended.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

/// Lets the server take changes, or none.
async fn takes_changes(host: &mut PgConnection, takes: bool) {
    let text =
        format!("ALTER SYSTEM SET default_transaction_read_only = {}", if takes { "off" } else { "on" });
    host.execute("SET default_transaction_read_only = off").await.expect("set");
    host.execute(AssertSqlSafe(text)).await.expect("set");
    host.execute("SELECT pg_reload_conf()").await.expect("asked");
    host.execute("RESET default_transaction_read_only").await.expect("set");
    let wanted = if takes { "off" } else { "on" };
    for _ in 0..200 {
        let is: String = sqlx::query_scalar("SHOW default_transaction_read_only")
            .fetch_one(&mut *host)
            .await
            .expect("told");
        if is == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the server does not hear");
}

/// What people see of the requests.
async fn answers(desk: &Desk) -> String {
    let requests = desk.acting(Who::Operator.actor(TENANT)).requests();
    let list = requests.list(&List::of(Condition::eq("line", "it"))).await.expect("it may");
    let count = requests.count(&Condition::eq("service", "IT-01")).await.expect("it may");
    format!("{list:?} {count} {:?}", requests.by_number("IT-000001").await.expect("it may"))
}

/// Submits a request, which succeeds.
async fn acknowledged(ground: &mut Ground, desk: &Desk, length: usize) -> RequestId {
    let command = fresh();
    let receipt = submit(desk, command, length).await.expect("the store does its part");
    let id = RequestId(receipt.subject);
    ground.witness.acknowledged.insert(command, receipt);
    id
}

async fn submit(desk: &Desk, command: CommandId, length: usize) -> Result<okno::store::Receipt, StoreError> {
    let submit = Submit::new(code("IT-01"), text("The printer prints nothing"));
    // What can hardly be made shorter, and is the same each time.
    let (mut random, words) = (String::new(), SeededIds::new(command.0.as_u128() as u64));
    while random.len() < length {
        write!(random, "{:x}", words.seed()).expect("text takes text");
    }
    let submit = Submit { text: random, ..submit };
    let acting = desk.acting(Who::Requester.actor(TENANT)).once(command);
    acting.requests().submit(submit).await.map_err(IntoStore::into_store)
}

fn fresh() -> CommandId {
    CommandId(Uuid::from_u128(RandomIds.seed()))
}

/// The error of the store, which every failure here is.
trait IntoStore {
    fn into_store(self) -> StoreError;
}

impl IntoStore for DeskError {
    fn into_store(self) -> StoreError {
        match self {
            Self::Store(error) | Self::Contended { source: error, .. } => error,
            other => panic!("{other}"),
        }
    }
}
