use okno::base::Span;
use okno::store::{Kind, Kinds, Queue, Store, WorkChange, WorkClaim, WorkList};
use okno_storage_sqlx::SqliteStore;
use uuid::Uuid;

use crate::support::{NOTE, PERSON, at, batch, decode, item, kinds, other_program, tenant};

static OTHER: Kind = Kind {
    name: "other",
    schema: 1,
    columns: &[],
    indexes: &[],
    texts: &[],
    relations: &[],
    mark: None,
    growing: false,
    decode: |_, body| decode(&OTHER, body),
    decode_event: NOTE.decode_event,
};

#[tokio::test]
async fn an_item_that_this_program_cannot_read_stops_no_other() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("desk.db");
    let all = Kinds::new([&NOTE, &PERSON, &OTHER]);
    let store = SqliteStore::open(&path, all.clone()).await.expect("opened");
    let mut arming = batch();
    // The first is of a kind that the next program does not know, the next two cannot be read at all.
    arming.work.push(WorkChange::Set(item(1, OTHER.key(Uuid::nil()))));
    arming.work.extend([2, 3, 4, 5].map(|key| WorkChange::Set(item(key, NOTE.key(Uuid::nil())))));
    store.commit(arming).await.expect("committed");
    store.close().await;
    let mut other = other_program(&path).await;
    let spoil = "UPDATE okno_work SET due = -9000000000000000000 WHERE key IN (?, ?)";
    let spoil = sqlx::query(spoil).bind(Uuid::from_u128(2)).bind(Uuid::from_u128(3));
    spoil.execute(&mut other).await.expect("spoilt");

    let store = SqliteStore::open(&path, kinds()).await.expect("opened");
    let claim = || WorkClaim { queue: Queue::Timers, now: at(1_000), lease: Span::minutes(1), limit: 2 };
    let leased = store.claim(claim()).await.expect("claimed");
    let keys: Vec<_> = leased.iter().map(|leased| leased.lease.key.as_u128()).collect();
    assert_eq!(keys, [4, 5]);
    assert!(store.claim(claim()).await.expect("claimed").is_empty());
    let list = WorkList { tenant: tenant(), queue: Queue::Timers, parked: true, subject: None, limit: 10 };
    let parked = store.work(list).await.expect("listed");
    assert_eq!(parked.iter().map(|state| state.key.as_u128()).collect::<Vec<_>>(), [2, 3]);
    for state in parked {
        let reason = state.error.expect("a reason");
        assert!(reason.contains("cannot be read") && reason.contains("-9000000000000000000"), "{reason}");
    }
    store.close().await;

    let store = SqliteStore::open(&path, all).await.expect("opened");
    let leased = store.claim(claim()).await.expect("claimed");
    assert_eq!(leased.iter().map(|leased| leased.lease.key.as_u128()).collect::<Vec<_>>(), [1]);
    let fence = leased.iter().map(|leased| leased.lease.fence).max();
    assert_eq!(fence, Some(5), "the fences of the parked are not given again");
}
