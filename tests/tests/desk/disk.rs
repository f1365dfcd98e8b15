//! What a desk on a SQLite file does when the disk is full, when the file goes away, and when several programs share it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use okno::base::{ManualClock, SeededIds, TenantId};
use okno::engine::DeskError;
use okno::store::{Store, StoreError};
use okno::{CommandId, Condition, Desk, List, RequestId, Status, Submit};
use okno_storage_sqlx::{SqliteOptions, SqliteStore};
use okno_tests::{Who, code, found, kinds, start, text};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};
use tokio::task::JoinSet;
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_loses_nothing_acknowledged_and_goes_on_when_there_is_room() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("desk.db");
    let store = Arc::new(SqliteOptions::new(&path).pages_max(600).open(kinds()).await.expect("opened"));
    let desk = founded(store).await;
    let mut host = SqliteConnection::connect(path.to_str().expect("a path")).await.expect("opened");
    host.execute("CREATE TABLE ballast AS SELECT randomblob(300000) AS bytes").await.expect("there is room");
    let (mut acknowledged, mut refused) = (Vec::new(), 0);
    while refused < 5 {
        match submit(&desk, 20_000).await {
            Ok(id) => acknowledged.push(id),
            Err(DeskError::Store(error)) => {
                assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
                refused += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(!acknowledged.is_empty(), "some fitted");
    all_there(&desk, &acknowledged).await;
    host.execute("DROP TABLE ballast").await.expect("dropped");
    acknowledged.push(submit(&desk, 20_000).await.expect("there is room again"));
    all_there(&desk, &acknowledged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acknowledged_after_the_file_went_away_and_all_goes_on_when_it_is_back() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("desk.db");
    let desk = founded(Arc::new(SqliteStore::open(&path, kinds()).await.expect("opened"))).await;
    let (gone, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let mut tasks = JoinSet::new();
    for _ in 0..4 {
        let (desk, gone, stop) = (desk.clone(), gone.clone(), stop.clone());
        tasks.spawn(async move {
            let mut acknowledged = Vec::new();
            while !stop.load(Ordering::SeqCst) {
                let began_without = gone.load(Ordering::SeqCst);
                match submit(&desk, 10).await {
                    Ok(id) => {
                        assert!(!began_without, "acknowledged without a file");
                        acknowledged.push(id);
                    }
                    Err(DeskError::Store(error)) => {
                        assert!(matches!(error, StoreError::Missing { .. }), "{error:?}");
                    }
                    Err(other) => panic!("{other}"),
                }
            }
            acknowledged
        });
    }
    while submit(&desk, 10).await.expect("the file is there").0.is_nil() {}
    let moved = dir.path().join("away");
    std::fs::create_dir(&moved).expect("a folder");
    move_file(&path, &moved);
    gone.store(true, Ordering::SeqCst);
    for _ in 0..5 {
        let error = submit(&desk, 10).await.expect_err("the file is gone");
        assert!(!error.is_retryable(), "{error}");
    }
    let requests = desk.acting(Who::Operator.actor(TENANT)).requests();
    let counted = requests.count(&Condition::eq("service", "IT-01")).await.expect_err("the file is gone");
    assert!(matches!(counted, DeskError::Store(StoreError::Missing { .. })), "{counted:?}");
    stop.store(true, Ordering::SeqCst);
    let acknowledged: Vec<RequestId> = tasks.join_all().await.into_iter().flatten().collect();
    move_file(&moved.join("desk.db"), dir.path());
    submit(&desk, 10).await.expect("the file is back");
    all_there(&desk, &acknowledged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_index_changes_no_answer_and_is_made_again_when_the_file_is_opened() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("desk.db");
    let store = Arc::new(SqliteStore::open(&path, kinds()).await.expect("opened"));
    let desk = founded(store.clone()).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(submit(&desk, 10).await.expect("there is room"));
    }
    let answers = async |desk: &Desk| {
        let requests = desk.acting(Who::Operator.actor(TENANT)).requests();
        let list = requests.list(&List::of(Condition::eq("line", "it"))).await.expect("it may");
        let count = requests.count(&Condition::eq("service", "IT-01")).await.expect("it may");
        format!("{list:?} {count} {:?}", requests.by_number("IT-000001").await.expect("it may"))
    };
    let before = answers(&desk).await;
    let mut other = SqliteConnection::connect(path.to_str().expect("a path")).await.expect("opened");
    // Each with what the planner is told of it.
    let indexes = "SELECT i.name, s.stat FROM sqlite_master i LEFT JOIN sqlite_stat1 s ON s.idx = i.name \
                   WHERE i.type = 'index' AND i.sql IS NOT NULL ORDER BY i.name";
    let made: Vec<(String, Option<String>)> =
        sqlx::query_as(indexes).fetch_all(&mut other).await.expect("read");
    assert!(made.len() > 10, "{made:?}");
    for (name, _) in &made {
        other.execute(AssertSqlSafe(format!("DROP INDEX \"{name}\""))).await.expect("dropped");
    }
    assert_eq!(answers(&desk).await, before);
    ids.push(submit(&desk, 10).await.expect("there is room"));
    all_there(&desk, &ids).await;
    store.close().await;
    let again = Arc::new(SqliteStore::open(&path, kinds()).await.expect("opened again"));
    let remade: Vec<(String, Option<String>)> =
        sqlx::query_as(indexes).fetch_all(&mut other).await.expect("read");
    assert_eq!(remade, made);
    all_there(&desk_on(again, 2), &ids).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_claim_over_one_shared_file_exactly_one_gets_the_request() {
    let dir = tempfile::tempdir().expect("a folder");
    let nodes = nodes(&dir.path().join("desk.db")).await;
    for _ in 0..5 {
        let id = submit(&nodes[0], 10).await.expect("there is room");
        let mut tasks = JoinSet::new();
        for n in 0..12 {
            let who = if n % 2 == 0 { Who::Operator } else { Who::Colleague };
            let requests = nodes[n % nodes.len()].acting(who.actor(TENANT)).requests();
            tasks.spawn(async move { requests.claim(id).await });
        }
        let outcomes = tasks.join_all().await;
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(won, 1, "{outcomes:?}");
        let lost = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        assert!(lost.filter_map(DeskError::refusal).all(|refusal| refusal.code() == "already_assigned"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_id_over_one_shared_file_is_done_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let nodes = nodes(&dir.path().join("desk.db")).await;
    for round in 0..5 {
        let command = CommandId(Uuid::from_u128(7_000 + round));
        let mut tasks = JoinSet::new();
        for n in 0..12 {
            let acting = nodes[n % nodes.len()].acting(Who::Requester.actor(TENANT)).once(command);
            let submit = Submit::new(code("IT-01"), text("The printer prints nothing"));
            tasks.spawn(
                async move { acting.requests().submit(submit).await.expect("it is done or was done") },
            );
        }
        let answers = tasks.join_all().await;
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_requests_merged_into_each_other_over_one_shared_file_exactly_one_goes_on() {
    let dir = tempfile::tempdir().expect("a folder");
    let nodes = nodes(&dir.path().join("desk.db")).await;
    let supervisor = |n: usize| nodes[n % nodes.len()].acting(Who::Supervisor.actor(TENANT)).requests();
    for _ in 0..5 {
        let first = submit(&nodes[0], 10).await.expect("there is room");
        let second = submit(&nodes[1], 10).await.expect("there is room");
        let mut tasks = JoinSet::new();
        for n in 0..12 {
            let (from, into) = if n % 2 == 0 { (first, second) } else { (second, first) };
            let requests = supervisor(n);
            tasks.spawn(async move { requests.merge(from, into).await });
        }
        let outcomes = tasks.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        let (first, _) = supervisor(0).get(first).await.expect("it is there");
        let (second, _) = supervisor(1).get(second).await.expect("it is there");
        let (gone, master) = if first.merged.is_some() { (first, second) } else { (second, first) };
        assert_eq!((gone.status, master.status), (Status::Merged, Status::New));
        assert_eq!(gone.merged.as_ref().map(|merged| merged.into), Some(master.id));
        let absorbed: Vec<RequestId> = master.absorbed.iter().map(|absorbed| absorbed.request).collect();
        assert_eq!((absorbed, master.merged.is_none()), (vec![gone.id], true));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rating_given_many_times_over_one_shared_file_is_given_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let nodes = nodes(&dir.path().join("desk.db")).await;
    for _ in 0..5 {
        let id = submit(&nodes[0], 10).await.expect("there is room");
        let operator = nodes[0].acting(Who::Operator.actor(TENANT)).requests();
        operator.resolve(id, "fixed", "").await.expect("an operator may");
        let mut tasks = JoinSet::new();
        for n in 0..12 {
            let requests = nodes[n % nodes.len()].acting(Who::Requester.actor(TENANT)).requests();
            tasks.spawn(async move { requests.rate(id, 5, "").await });
        }
        let outcomes = tasks.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        let lost = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        assert!(lost.filter_map(DeskError::refusal).all(|refusal| refusal.code() == "no_change"));
        let timeline = operator.timeline(id).await.expect("an operator sees it");
        assert_eq!(timeline.iter().filter(|event| event.fact.name() == "rated").count(), 1);
        let (request, _) = operator.get(id).await.expect("an operator sees it");
        assert_eq!(request.rating.map(|rating| rating.score), Some(5));
    }
}

/// Desks on two stores that share a file, as two programs would.
async fn nodes(path: &Path) -> Vec<Desk> {
    let first = Arc::new(SqliteStore::open(path, kinds()).await.expect("opened"));
    let second = Arc::new(SqliteStore::open(path, kinds()).await.expect("opened"));
    let desk = founded(first.clone()).await;
    let node = |store: Arc<SqliteStore>, seed| desk_on(store, seed);
    vec![desk, node(second.clone(), 2), node(first, 3), node(second, 4)]
}

async fn founded(store: Arc<SqliteStore>) -> Desk {
    let desk = desk_on(store, 1);
    found(&desk, TENANT).await.expect("the center can be founded");
    desk
}

fn desk_on(store: Arc<SqliteStore>, seed: u64) -> Desk {
    let store: Arc<dyn Store> = store;
    let clock = Arc::new(ManualClock::new(start()));
    Desk::new(store).with_clock(clock).with_ids(Arc::new(SeededIds::new(seed)))
}

async fn submit(desk: &Desk, length: usize) -> Result<RequestId, DeskError> {
    let submit =
        Submit { text: "x".repeat(length), ..Submit::new(code("IT-01"), text("The printer prints nothing")) };
    let receipt = desk.acting(Who::Requester.actor(TENANT)).requests().submit(submit).await?;
    Ok(RequestId(receipt.subject))
}

/// Everything that was acknowledged is there, whole.
async fn all_there(desk: &Desk, acknowledged: &[RequestId]) {
    let requests = desk.acting(Who::Operator.actor(TENANT)).requests();
    for id in acknowledged {
        let (request, _) = requests.get(*id).await.expect("it was acknowledged");
        let entries = requests.entries(*id).await.expect("it was acknowledged");
        assert_eq!(entries.len(), request.entries as usize);
        assert_eq!(requests.timeline(*id).await.expect("it was acknowledged").len(), 2);
    }
}

/// Moves a database with what lies beside it into another folder.
fn move_file(path: &Path, to: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut from = path.as_os_str().to_owned();
        from.push(suffix);
        let from = PathBuf::from(from);
        let name = from.file_name().expect("a name").to_owned();
        std::fs::rename(&from, to.join(name)).expect("moved");
    }
}
