use std::sync::Arc;

use super::bench::{Bench, FIRST, Fill, effect, id, instant, sample, sample_of};
use super::sample::{BLUEPRINT, DIRECTORY, SAMPLES, Sample};
use crate::base::CommandId;
use crate::base::limits::{BATCH_EVENTS_MAX, BATCH_OPERATIONS_MAX};
use crate::store::{Batch, Digest, Head, Key, Marks, NewWork, Read, Receipt, Store, StoreError, Version};

fn key(number: u64) -> Key {
    SAMPLES.key(id(number))
}

/// A batch is applied whole or not at all.
pub async fn a_batch_is_applied_whole_or_not_at_all(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all([sample(1)]).await;
    let whole = |batch: Batch, guarded: Version| {
        let batch = batch.put(sample(2), Version::ABSENT).delete(key(1), FIRST).claim("mail", "a", id(2));
        batch.note(key(2), 1).set(effect(2, instant(0))).guard(key(9), guarded)
    };
    let error = bench.refused(whole(bench.batch(), FIRST)).await;
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    assert_eq!(bench.version(key(1)).await, FIRST);
    assert_eq!(bench.version(key(2)).await, Version::ABSENT);
    assert_eq!(bench.owner("mail", "a").await, None);
    assert!(bench.whole_journal().await.is_empty());
    assert!(bench.work(false).await.is_empty());

    bench.commit(whole(bench.batch(), Version::ABSENT)).await;
    assert_eq!(bench.version(key(1)).await, Version::ABSENT);
    assert_eq!(bench.version(key(2)).await, FIRST);
    assert_eq!(bench.owner("mail", "a").await, Some(id(2)));
    assert_eq!(bench.whole_journal().await.len(), 1);
    assert_eq!(bench.work(false).await.len(), 1);
}

/// A put or a delete is refused when the record's version is not the expected one.
pub async fn a_wrong_version_refuses_a_put_or_a_delete(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all([sample(1)]).await;
    bench.commit(bench.batch().put(sample(1), FIRST)).await;
    for batch in [
        bench.batch().put(sample(1), FIRST),
        bench.batch().put(sample(1), Version::ABSENT),
        bench.batch().put(sample(1), Version(3)),
        bench.batch().delete(key(1), FIRST),
        bench.batch().delete(key(1), Version::ABSENT),
    ] {
        let error = bench.refused(batch).await;
        let found = Version(2);
        let told =
            matches!(error, StoreError::Conflict { key: k, found: f, .. } if k == key(1) && f == found);
        assert!(told, "{error:?}");
    }
    let error = bench.refused(bench.batch().put(sample(2), FIRST)).await;
    assert!(matches!(error, StoreError::Conflict { found: Version::ABSENT, .. }), "{error:?}");
    assert_eq!(bench.version(key(1)).await, Version(2));
}

/// A guard is refused when the record's version is not the guarded one, and changes nothing.
pub async fn a_guard_is_held_against_the_version_and_changes_nothing(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all([sample(1)]).await;
    for (guarded, expected) in [(key(1), Version(2)), (key(1), Version::ABSENT), (key(2), FIRST)] {
        let error =
            bench.refused(bench.batch().guard(guarded, expected).put(sample(3), Version::ABSENT)).await;
        assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    }
    let batch = bench.batch().guard(key(1), FIRST).guard(key(2), Version::ABSENT);
    bench.commit(batch.put(sample(3), Version::ABSENT)).await;
    assert_eq!(bench.version(key(1)).await, FIRST);
    assert_eq!(bench.version(key(2)).await, Version::ABSENT);
    assert_eq!(bench.version(key(3)).await, FIRST);
}

/// A version rises by one with every write; a record that was deleted begins anew.
pub async fn a_version_rises_by_one_with_every_write(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    for version in 0..3 {
        bench.commit(bench.batch().put(sample(1), Version(version))).await;
        assert_eq!(bench.version(key(1)).await, Version(version + 1));
    }
    bench.commit(bench.batch().delete(key(1), Version(3))).await;
    assert_eq!(bench.version(key(1)).await, Version::ABSENT);
    bench.commit(bench.batch().put(sample(1), Version::ABSENT)).await;
    assert_eq!(bench.version(key(1)).await, FIRST);
}

/// A record carries the journal position of its last change.
pub async fn a_record_carries_the_position_of_its_last_change(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let batch = bench.batch().put(sample(1), Version::ABSENT).put(sample(2), Version::ABSENT);
    bench.commit(batch.note(key(1), 1).note(key(2), 2)).await;
    bench.commit(bench.batch().put(sample(2), FIRST).note(key(2), 3)).await;
    let positions = [bench.record(key(1)).await, bench.record(key(2)).await];
    // A batch's records are dated by its first event.
    assert_eq!(positions.map(|loaded| loaded.map(|loaded| loaded.position)), [Some(1), Some(3)]);
}

/// A claimed value has one owner in its space; a released value can be claimed again.
pub async fn a_claimed_value_has_one_owner_until_it_is_released(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.commit(bench.batch().claim("mail", "Ё@x", id(1))).await;
    bench.commit(bench.batch().claim("mail", "Ё@x", id(1))).await;
    let error = bench.refused(bench.batch().claim("mail", "Ё@x", id(2))).await;
    assert!(matches!(error, StoreError::Taken { owner, .. } if owner == id(1)), "{error:?}");
    bench.commit(bench.batch().claim("phone", "Ё@x", id(2)).claim("mail", "ё@x", id(2))).await;
    let error = bench.refused(bench.batch().claim("mail", "new", id(1)).claim("mail", "new", id(2))).await;
    assert!(matches!(error, StoreError::Taken { .. }), "{error:?}");

    bench.commit(bench.batch().release("mail", "Ё@x", id(1))).await;
    assert_eq!(bench.owner("mail", "Ё@x").await, None);
    bench.commit(bench.batch().claim("mail", "Ё@x", id(2))).await;
    assert_eq!(bench.owner("mail", "Ё@x").await, Some(id(2)));
}

/// Two owners can exchange their values in one batch.
pub async fn two_owners_can_exchange_their_values_in_one_batch(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.commit(bench.batch().claim("room", "a", id(1)).claim("room", "b", id(2))).await;
    let batch = bench.batch().claim("room", "b", id(1)).claim("room", "a", id(2));
    bench.commit(batch.release("room", "a", id(1)).release("room", "b", id(2))).await;
    assert_eq!(bench.owner("room", "a").await, Some(id(2)));
    assert_eq!(bench.owner("room", "b").await, Some(id(1)));
}

/// A release of a value that its owner does not hold changes nothing.
pub async fn a_release_by_another_changes_nothing(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.commit(bench.batch().claim("room", "a", id(1))).await;
    bench.commit(bench.batch().release("room", "a", id(2)).release("room", "b", id(2))).await;
    assert_eq!(bench.owner("room", "a").await, Some(id(1)));
    let error = bench.refused(bench.batch().release("room", "a", id(2)).claim("room", "a", id(2))).await;
    assert!(matches!(error, StoreError::Taken { .. }), "{error:?}");
}

/// The second batch of a command id is refused with what the first was answered.
pub async fn a_repeated_command_is_refused_with_the_first_answer(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let first = bench.batch_of(7).put(sample(1), Version::ABSENT).note(key(1), 1).note(key(1), 2);
    let receipt = bench.commit(first.clone().answer("IT-000123")).await;
    let expected = Receipt { subject: id(1), label: "IT-000123".to_owned(), version: FIRST, position: 2 };
    assert_eq!(receipt, expected);
    bench.commit(bench.batch().note(key(1), 3)).await;

    let other = Batch { digest: Digest::of(b"another payload"), ..bench.batch_of(7) };
    for again in [first.clone(), other] {
        match bench.refused(again).await {
            StoreError::Repeated { first: remembered } => {
                assert_eq!(remembered.receipt, receipt);
                assert_eq!(remembered.digest, first.digest);
            }
            error => panic!("{error:?}"),
        }
    }
    let read = Read { command: Some(CommandId(id(7))), ..Read::new(bench.tenant) };
    let view = bench.store.load(read).await.expect("the first answer is read");
    assert_eq!(view.first.map(|first| first.receipt), Some(receipt));
    assert_eq!(bench.version(key(1)).await, FIRST);
    assert_eq!(bench.position().await, 3);
}

/// A command that was refused is not remembered and can be done again.
pub async fn a_refused_command_is_not_remembered(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.refused(bench.batch_of(7).guard(key(1), FIRST)).await;
    let read = Read { command: Some(CommandId(id(7))), ..Read::new(bench.tenant) };
    let view = bench.store.load(read).await.expect("the answer is read");
    assert_eq!(view.first, None);
    bench.put_all([sample(1)]).await;
    bench.commit(bench.batch_of(7).guard(key(1), FIRST)).await;
}

/// A batch is answered with its last position, or with the tenant's when it brings no event.
pub async fn a_batch_is_answered_with_its_last_position(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    assert_eq!(bench.commit(bench.batch()).await.position, 0);
    assert_eq!(bench.commit(bench.batch().note(key(1), 1).note(key(1), 2)).await.position, 2);
    assert_eq!(bench.commit(bench.batch().put(sample(1), Version::ABSENT)).await.position, 2);
    assert_eq!(bench.position().await, 2);
}

/// A batch over a limit is refused and changes nothing.
pub async fn a_batch_over_a_limit_is_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let mut operations = bench.batch().put(sample(1), Version::ABSENT);
    for number in 0..BATCH_OPERATIONS_MAX as u64 {
        operations = operations.guard(key(2 + number), Version::ABSENT);
    }
    let mut events = bench.batch().put(sample(1), Version::ABSENT);
    for _ in 0..=BATCH_EVENTS_MAX {
        events = events.note(key(1), 1);
    }
    for batch in [operations, events] {
        let error = bench.refused(batch).await;
        let told = matches!(error, StoreError::Limit { found, max, .. } if found == max + 1);
        assert!(told, "{error:?}");
    }
    assert_eq!(bench.version(key(1)).await, Version::ABSENT);
    assert_eq!(bench.position().await, 0);
}

/// A batch as large as the limits is applied.
pub async fn a_batch_as_large_as_the_limits_is_applied(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let mut batch = bench.batch();
    for number in 0..BATCH_OPERATIONS_MAX as u64 {
        batch = match number % 4 {
            0 => batch.put(Sample { rest: "т".repeat(2_000), ..sample(number) }, Version::ABSENT),
            1 => batch.guard(key(number), Version::ABSENT),
            2 => batch.claim("number", &number.to_string(), id(number)),
            _ => batch.set(effect(number, instant(0))),
        };
    }
    for number in 0..BATCH_EVENTS_MAX as i64 {
        batch = batch.note(key(0), number);
    }
    assert_eq!(bench.commit(batch).await.position, BATCH_EVENTS_MAX as u64);
    assert_eq!(bench.version(key(BATCH_OPERATIONS_MAX as u64 - 4)).await, FIRST);
    assert_eq!(bench.work(false).await.len(), BATCH_OPERATIONS_MAX / 4);
    assert_eq!(bench.whole_journal().await.len(), BATCH_EVENTS_MAX);
}

/// A batch that holds U+0000 in a code, a claimed value or the body of an item is refused.
pub async fn a_batch_that_holds_nul_is_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let coded = Sample { code: Some("a\0b".to_owned()), ..sample(1) };
    let item = NewWork { body: "\0".to_owned(), ..effect(1, instant(0)) };
    for batch in [
        bench.batch().put(coded, Version::ABSENT),
        bench.batch().claim("mail", "a\0b", id(1)),
        bench.batch().set(item),
    ] {
        let error = bench.refused(batch).await;
        assert!(matches!(error, StoreError::Unstorable { .. }) && !error.is_retryable(), "{error:?}");
    }
    assert_eq!(bench.version(key(1)).await, Version::ABSENT);
}

/// A change or a deletion of a marked kind moves its mark, each time to another value; nothing else moves it.
pub async fn a_change_of_a_marked_kind_moves_its_mark(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let heads = async |batch: Batch| -> Head {
        bench.commit(batch).await;
        bench.store.load(Read::new(bench.tenant)).await.expect("the head is read").head
    };
    let plain = heads(bench.batch().put(sample(1), Version::ABSENT).note(key(1), 1)).await;
    assert_eq!((plain.directory, plain.blueprint), (0, 0));
    let unit = || sample_of(&DIRECTORY, 2);
    let added = heads(bench.batch().put(unit(), Version::ABSENT).note(key(1), 2)).await;
    assert_eq!((added.directory, added.blueprint), (2, 0));
    let changed = heads(bench.batch().put(unit(), FIRST)).await;
    assert!(changed.directory > added.directory && changed.blueprint == 0, "{changed:?}");
    let deleted = heads(bench.batch().delete(DIRECTORY.key(id(2)), Version(2))).await;
    assert!(deleted.directory > changed.directory, "{deleted:?}");
    let published = heads(bench.batch().put(sample_of(&BLUEPRINT, 3), Version::ABSENT).note(key(1), 3)).await;
    assert_eq!((published.directory, published.blueprint), (deleted.directory, 3));
}

/// A batch that was decided by snapshots which became stale is refused, whoever made them stale: in a group of its own
/// or in the same one.
pub async fn a_batch_decided_by_stale_snapshots_is_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let unit = |number| bench.batch().put(sample_of(&DIRECTORY, number), Version::ABSENT).note(key(1), 1);
    let decided_by = |marks, number| {
        let batch = bench.batch().put(sample(number), Version::ABSENT).note(key(number), 2);
        Batch { marks: Some(marks), ..batch }
    };
    bench.commit(decided_by(Marks::default(), 3)).await;
    bench.commit(unit(1)).await;
    let standing = bench.store.load(Read::new(bench.tenant)).await.expect("the head is read").head.marks();
    assert_eq!(standing, Marks { directory: 2, blueprint: 0 });
    for stale in [Marks::default(), Marks { directory: 3, ..standing }, Marks { blueprint: 1, ..standing }] {
        let error = bench.refused(decided_by(stale, 4)).await;
        assert!(matches!(error, StoreError::Outdated { .. }), "{error:?}");
    }
    bench.commit(decided_by(standing, 4)).await;
    let group = (5..21).map(|number| decided_by(standing, number)).chain([unit(2)]);
    let (done, refused) = commit_at_once(&bench, group).await;
    assert!(refused.iter().all(|error| matches!(error, StoreError::Outdated { .. })), "{refused:?}");
    assert_eq!(bench.position().await, 3 + u64::try_from(done.len()).expect("a small number"));
    assert_eq!(bench.version(DIRECTORY.key(id(2))).await, FIRST);
}

/// Of concurrent batches that expect one version exactly one is applied.
pub async fn of_concurrent_writers_of_one_version_one_wins(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all([sample(1)]).await;
    let batches = (0..16).map(|_| bench.batch().put(sample(1), FIRST).note(key(1), 1));
    let (done, refused) = commit_at_once(&bench, batches).await;
    assert_eq!(done.len(), 1);
    assert!(refused.iter().all(|error| matches!(error, StoreError::Conflict { .. })), "{refused:?}");
    assert_eq!(bench.version(key(1)).await, Version(2));
    assert_eq!(bench.position().await, 1);
}

/// Of concurrent claims of one value exactly one is applied.
pub async fn of_concurrent_claims_of_one_value_one_wins(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let batches = (0..16).map(|number| bench.batch().claim("room", "a", id(number)).note(key(1), 1));
    let (done, refused) = commit_at_once(&bench, batches).await;
    assert_eq!(done.len(), 1);
    assert!(refused.iter().all(|error| matches!(error, StoreError::Taken { .. })), "{refused:?}");
    assert_eq!(bench.position().await, 1);
}

/// Concurrent batches of one command id are applied once, and the others get that answer.
pub async fn concurrent_batches_of_one_command_are_applied_once(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let batches = (0..16).map(|_| bench.batch_of(7).put(sample(1), Version::ABSENT).note(key(1), 1));
    let (done, refused) = commit_at_once(&bench, batches).await;
    assert_eq!(done.len(), 1);
    for error in refused {
        let told = matches!(&error, StoreError::Repeated { first } if first.receipt == done[0]);
        assert!(told, "{error:?}");
    }
    assert_eq!(bench.version(key(1)).await, FIRST);
    assert_eq!(bench.position().await, 1);
}

/// What was answered is seen by every read that begins afterwards.
pub async fn what_was_answered_is_seen_by_later_reads(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    for number in 0..50 {
        let receipt =
            bench.commit(bench.batch().put(sample(number), Version::ABSENT).note(key(number), 1)).await;
        let query = bench.query(&SAMPLES, crate::condition::Filter::everything(), &[]);
        assert_eq!(bench.page(query).await.rows.len() as u64, number + 1);
        assert_eq!(bench.version(key(number)).await, FIRST);
        assert_eq!(bench.journal(receipt.position - 1, None, 10).await.len(), 1);
    }
}

/// Commits batches at the same time; gives the receipts and the refusals.
pub(super) async fn commit_at_once(
    bench: &Bench,
    batches: impl Iterator<Item = Batch>,
) -> (Vec<Receipt>, Vec<StoreError>) {
    let tasks: Vec<_> = batches
        .map(|batch| {
            let store = bench.store.clone();
            tokio::spawn(async move { store.commit(batch).await })
        })
        .collect();
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for task in tasks {
        match task.await.expect("the store does not panic") {
            Ok(receipt) => done.push(receipt),
            Err(error) => refused.push(error),
        }
    }
    (done, refused)
}
