use std::sync::Arc;

use okno::base::{CommandId, ManualClock, Span, TenantId, Timestamp};
use okno::store::{Batch, DecodeError, Digest, Kind, NewWork, Origin, Queue, Store, WorkChange, WorkClaim};
use uuid::Uuid;

use crate::MemoryStore;

static THING: Kind = Kind {
    name: "thing",
    schema: 1,
    columns: &[],
    indexes: &[],
    texts: &[],
    relations: &[],
    mark: None,
    growing: false,
    decode: |_, _| Err(unread()),
    decode_event: |_, _| Err(unread()),
};

fn unread() -> DecodeError {
    unreachable!("nothing is kept as bytes")
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).expect("an instant")
}

#[tokio::test]
async fn a_clock_that_is_set_back_neither_turns_the_time_nor_prolongs_a_lease() {
    let clock = Arc::new(ManualClock::new(at(600_000)));
    let store = MemoryStore::with_clock(clock.clone());
    let command = CommandId(Uuid::from_u128(1));
    let mut waiting =
        Batch::new(TenantId(Uuid::from_u128(1)), at(0), command, Digest::of(b"1"), Origin::SYSTEM);
    let subject = THING.key(Uuid::from_u128(1));
    let item =
        NewWork { queue: Queue::Timers, key: Uuid::from_u128(2), subject, due: at(0), body: String::new() };
    waiting.work.push(WorkChange::Set(item));
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
