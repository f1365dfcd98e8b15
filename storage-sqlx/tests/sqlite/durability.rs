use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use okno::base::{Channel, Clock, ManualClock, Party, PartyKind, Span, SystemClock, Timestamp};
use okno::condition::{Filter, Value};
use okno::store::{
    Claim, ClaimKey, JournalRead, Lookup, NewWork, Query, Queue, Read, Select, Store, StoreError, Version,
    WorkChange, WorkClaim,
};
use okno_storage_sqlx::{SqliteOptions, SqliteStore};
use uuid::Uuid;

use crate::support::{NOTE, Said, at, batch, blank, item, kinds, noting, put, store, tenant};

fn whole_journal() -> JournalRead {
    JournalRead { tenant: tenant(), after: 0, subject: None, limit: 10_000 }
}

#[tokio::test]
async fn everything_survives_reopening() {
    let (dir, store) = store().await;
    let mut batch = noting(1);
    batch.at = at(-1_234_567);
    batch.origin.principal = Some(Party { kind: PartyKind::Contact, id: Uuid::from_u128(9) });
    batch.origin.channel = Channel::Mail;
    batch.work.push(WorkChange::Set(NewWork {
        queue: Queue::Timers,
        key: Uuid::from_u128(5),
        subject: NOTE.key(Uuid::from_u128(1)),
        due: at(-5),
        body: "{}".to_owned(),
    }));
    let (command, origin) = (batch.command, batch.origin);
    let receipt = store.commit(batch).await.expect("committed");
    store.close().await;

    let store = SqliteStore::open(dir.path().join("desk.db"), kinds()).await.expect("opened again");
    let mut read = Read::new(tenant());
    let key = NOTE.key(Uuid::from_u128(1));
    read.keys.push(key);
    read.command = Some(command);
    let view = store.load(read).await.expect("loaded");
    assert_eq!(view.head.position, 1);
    assert_eq!(view.first.expect("remembered").receipt, receipt);
    let loaded = view.records[&key].as_ref().expect("there");
    assert_eq!((loaded.version, loaded.position), (Version(1), 1));
    let events = store.events(whole_journal()).await.expect("read");
    assert_eq!((events[0].at, events[0].origin, events[0].command), (at(-1_234_567), origin, command));
    assert_eq!(events[0].of::<Said>().expect("said").text.as_deref(), Some("hello"));
    let claim = WorkClaim { queue: Queue::Timers, now: at(0), limit: 10, lease: Span::minutes(1) };
    let leased = store.claim(claim.clone()).await.expect("claimed");
    assert_eq!((leased[0].due, leased[0].attempts, leased[0].lease.fence), (at(-5), 1, 1));
    assert!(store.claim(claim).await.expect("asked").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_after_the_store_was_dropped() {
    let (dir, store) = store().await;
    let calls: Vec<_> = (1..=300)
        .map(|id| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(noting(id)).await.map(|_| id) })
        })
        .collect();
    drop(store);
    let mut acknowledged = Vec::new();
    for (n, call) in calls.into_iter().enumerate() {
        // Some callers go away without waiting.
        if n % 3 == 0 {
            call.abort();
        } else if let Ok(Ok(id)) = call.await {
            acknowledged.push(Uuid::from_u128(id));
        }
    }
    assert!(!acknowledged.is_empty());
    let store = SqliteStore::open(dir.path().join("desk.db"), kinds()).await.expect("opened again");
    for ids in acknowledged.chunks(500) {
        let mut read = Read::new(tenant());
        read.keys = ids.iter().map(|id| NOTE.key(*id)).collect();
        let view = store.load(read).await.expect("loaded");
        assert!(view.records.values().all(Option::is_some));
    }
    let events = store.events(whole_journal()).await.expect("read");
    let positions: Vec<_> = events.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=events.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let (_dir, store) = store().await;
    store.commit(noting(1)).await.expect("committed");
    store.close().await;
    store.close().await;
    let refused = store.commit(noting(2)).await.expect_err("closed");
    assert!(matches!(refused, StoreError::Closed) && !refused.is_retryable(), "{refused:?}");
    let refused = store.load(Read::new(tenant())).await.expect_err("closed");
    assert!(matches!(refused, StoreError::Closed) && !refused.is_retryable(), "{refused:?}");
}

#[tokio::test]
async fn a_call_that_its_caller_dropped_leaves_a_store_that_works() {
    let (_dir, store) = store().await;
    for id in 1..50 {
        let (store, other) = (store.clone(), store.clone());
        tokio::select! {
            biased;
            _ = store.commit(noting(id)) => {}
            () = tokio::task::yield_now() => {}
        }
        tokio::select! {
            biased;
            _ = other.load(Read::new(tenant())) => {}
            () = tokio::task::yield_now() => {}
        }
    }
    store.commit(noting(1_000)).await.expect("committed");
    let view = store.load(Read::new(tenant())).await.expect("loaded");
    let events = store.events(whole_journal()).await.expect("read");
    assert_eq!(view.head.position, events.len() as u64);
    assert!(view.head.position >= 1);
}

#[tokio::test]
async fn a_load_of_as_much_as_is_taken_is_answered_whole() {
    let (_dir, store) = store().await;
    let mut batch = noting(1);
    let claim = |n: u64| ClaimKey { space: "number".into(), value: n.to_string().into() };
    for n in 0..400 {
        let ClaimKey { space, value } = claim(n);
        batch.claims.push(Claim { space, value, owner: Uuid::from_u128(n.into()) });
    }
    store.commit(batch).await.expect("committed");
    let mut read = Read::new(tenant());
    read.keys = (0..300).map(|id| NOTE.key(Uuid::from_u128(id))).collect();
    read.claims = (300..700).map(claim).collect();
    let everything = Lookup { kind: &NOTE, equal: Vec::new(), limit: 10 };
    read.lookups = vec![everything; 300];
    let view = store.load(read).await.expect("loaded");
    assert_eq!((view.records.len(), view.records.values().flatten().count()), (300, 1));
    assert_eq!((view.claims.len(), view.claims.values().flatten().count()), (400, 100));
    assert!(view.lookups.len() == 300 && view.lookups.iter().all(|(_, found)| found.len() == 1));
}

#[tokio::test]
async fn the_tables_can_be_read_by_other_programs() {
    use sqlx::Row as _;

    let (dir, store) = store().await;
    let mut batch = noting(1);
    let mut record = blank(2);
    record.values[0] = Value::Code("new".into());
    record.values[1] = Value::Text(okno::base::Text::new("Счёт").expect("a text"));
    record.values[5] = Value::Date("1969-12-31".parse().expect("a date"));
    put(&mut batch, record, Version::ABSENT);
    store.commit(batch).await.expect("committed");
    store.close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.path().join("desk.db"));
    let mut other = sqlx::ConnectOptions::connect(&options).await.expect("connected");
    let text =
        "SELECT status, title, title_key, date(day * 86400, 'unixepoch') FROM note WHERE status IS NOT NULL";
    let row = sqlx::query(text).fetch_one(&mut other).await.expect("a row");
    let cells: Vec<String> = (0..4).map(|n| row.get(n)).collect();
    assert_eq!(cells, ["new", "Счёт", "счет", "1969-12-31"]);
}

/// What the process does that is killed: it says the id of each note once it is committed.
async fn commit_until_killed(path: OsString) {
    let store = SqliteStore::open(path, kinds()).await.expect("opened");
    let callers: Vec<_> = (0..8_u128)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0..100_000 {
                    let id = caller * 1_000_000 + n;
                    store.commit(noting(id)).await.expect("committed");
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "acknowledged {id}").and_then(|()| out.flush()).expect("somebody listens");
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("no panic");
    }
}

const STORE_TO_KILL: &str = "OKNO_STORE_TO_KILL";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9() {
    // The test starts itself again as the process that it kills.
    if let Some(path) = std::env::var_os(STORE_TO_KILL) {
        return commit_until_killed(path).await;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("desk.db");
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program)
        .args(["--exact", "durability::what_was_acknowledged_survives_kill_9", "--nocapture"])
        .env(STORE_TO_KILL, &path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let said = |line: String| line.split_once("acknowledged ").and_then(|(_, id)| id.parse::<u128>().ok());
    let mut acknowledged = Vec::new();
    for id in lines.map_while(Result::ok).filter_map(said) {
        acknowledged.push(id);
        if acknowledged.len() == 500 {
            child.kill().expect("killed");
        }
    }
    child.wait().expect("ended");
    assert!(acknowledged.len() >= 500);

    let store = SqliteStore::open(&path, kinds()).await.expect("opened again");
    for ids in acknowledged.chunks(500) {
        let mut read = Read::new(tenant());
        read.keys = ids.iter().map(|id| NOTE.key(Uuid::from_u128(*id))).collect();
        let view = store.load(read).await.expect("loaded");
        assert!(view.records.values().all(Option::is_some));
    }
    // What was not acknowledged is there whole or not at all: every note has its event.
    let events = store.events(whole_journal()).await.expect("read");
    assert!(events.iter().map(|event| event.position).eq(1..=events.len() as u64));
    let mut count = Query::records(tenant(), &NOTE, Filter::everything());
    count.select = Select::Count;
    assert_eq!(store.query(count).await.expect("counted").count, Some(events.len() as u64));
}

/// A clock that fails when it is told to: the one thing of somebody else's that the writer runs.
#[derive(Debug, Default)]
struct Broken(AtomicBool);

impl Clock for Broken {
    fn now(&self) -> Timestamp {
        assert!(!self.0.load(Ordering::SeqCst), "the clock is broken");
        SystemClock.now()
    }
}

#[tokio::test]
async fn a_writer_that_panics_answers_its_callers() {
    let dir = tempfile::tempdir().expect("a directory");
    let clock = Arc::new(Broken::default());
    let options = SqliteOptions::new(dir.path().join("desk.db")).clock(clock.clone());
    let store = options.open(kinds()).await.expect("opened");
    store.commit(noting(1)).await.expect("committed");
    clock.0.store(true, Ordering::SeqCst);
    let (one, two) = tokio::join!(store.commit(noting(2)), store.commit(noting(3)));
    for refused in [one.expect_err("lost"), two.expect_err("lost")] {
        assert!(matches!(refused, StoreError::Unknown { .. }), "{refused:?}");
    }
    let refused = store.commit(noting(4)).await.expect_err("gone");
    assert!(matches!(refused, StoreError::Closed) && !refused.is_retryable(), "{refused:?}");
    assert_eq!(store.load(Read::new(tenant())).await.expect("readers go on").head.position, 1);
    store.close().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_neither_turns_the_time_nor_prolongs_a_lease() {
    let dir = tempfile::tempdir().expect("a directory");
    let clock = Arc::new(ManualClock::new(at(600_000)));
    let options = SqliteOptions::new(dir.path().join("desk.db")).clock(clock.clone());
    let store = options.open(kinds()).await.expect("opened");
    let mut waiting = batch();
    waiting.work.push(WorkChange::Set(item(1, NOTE.key(Uuid::from_u128(1)))));
    store.commit(waiting).await.expect("committed");
    let claim = |now| WorkClaim { queue: Queue::Timers, now, lease: Span::minutes(1), limit: 10 };
    let leased = store.claim(claim(at(600_000))).await.expect("claimed");
    assert_eq!(leased.len(), 1);
    clock.set(at(0));
    assert_eq!(store.now().await.expect("it tells"), at(600_000));
    store.renew(leased[0].lease, Span::minutes(2)).await.expect("renewed");
    clock.set(at(719_999));
    assert!(store.claim(claim(at(719_999))).await.expect("claimed").is_empty());
    clock.set(at(720_000));
    assert_eq!(store.claim(claim(at(720_000))).await.expect("claimed").len(), 1);
}
