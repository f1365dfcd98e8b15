use okno::base::{Channel, Party, PartyKind, Span};
use okno::condition::Value;
use okno::store::{JournalRead, NewWork, Queue, Read, Store, StoreError, Version, WorkChange, WorkClaim};
use okno_storage_sqlx::SqliteStore;
use uuid::Uuid;

use crate::support::{NOTE, Said, at, blank, kinds, noting, put, store, tenant};

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
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
    let refused = store.load(Read::new(tenant())).await.expect_err("closed");
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
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
