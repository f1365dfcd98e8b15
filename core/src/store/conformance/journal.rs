use std::sync::Arc;

use super::batches::commit_at_once;
use super::bench::{Bench, FIRST, Fill, id, instant, sample};
use super::sample::{GROWING, Noted, SAMPLES};
use crate::base::limits::JOURNAL_PAGE_MAX;
use crate::base::{Channel, CommandId, Party, PartyKind};
use crate::store::{Batch, Event, JournalRead, Key, NewEvent, Origin, Store, StoreError, Version};

fn key(number: u64) -> Key {
    SAMPLES.key(id(number))
}

fn positions(events: &[Event]) -> Vec<u64> {
    events.iter().map(|event| event.position).collect()
}

/// Journal positions of a tenant begin at 1 and have no gap, whatever was refused between.
pub async fn journal_positions_have_no_gap(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    for number in 1..=5 {
        bench.commit(bench.batch().note(key(1), number).note(key(1), number)).await;
        bench.refused(bench.batch().guard(key(1), FIRST).note(key(1), number)).await;
    }
    let batches = (0..40).map(|number| match number % 4 {
        0 => bench.batch().guard(key(9), FIRST).note(key(1), number),
        _ => bench.batch().note(key(1), number).note(key(2), number),
    });
    let (done, refused) = commit_at_once(&bench, batches).await;
    assert_eq!((done.len(), refused.len()), (30, 10));
    assert_eq!(positions(&bench.whole_journal().await), (1..=70).collect::<Vec<_>>());
    assert_eq!(bench.position().await, 70);
}

/// A reader that follows the journal never skips an event.
pub async fn a_reader_that_follows_the_journal_skips_nothing(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let bench = bench.clone();
            tokio::spawn(async move {
                for number in 0..25 {
                    bench.commit(bench.batch().note(key(1), number).note(key(1), number)).await;
                }
            })
        })
        .collect();
    let mut followed = Vec::new();
    while followed.len() < 200 {
        let after = followed.last().copied().unwrap_or(0);
        followed.extend(positions(&bench.journal(after, None, 7).await));
        tokio::task::yield_now().await;
    }
    for writer in writers {
        writer.await.expect("the writer ends");
    }
    assert_eq!(followed, (1..=200).collect::<Vec<_>>());
}

/// The events of a batch stand in its order, with nothing between them.
pub async fn the_events_of_a_batch_stand_together(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let batches = (0..20).map(|number| {
        let batch = bench.batch_of(100 + number as u64);
        batch.note(key(1), number * 10).note(key(2), number * 10 + 1).note(key(1), number * 10 + 2)
    });
    let (done, _) = commit_at_once(&bench, batches).await;
    assert_eq!(done.len(), 20);
    for together in bench.whole_journal().await.chunks(3) {
        let numbers: Vec<_> = together.iter().filter_map(|event| Some(event.of::<Noted>()?.number)).collect();
        assert_eq!(numbers, [numbers[0], numbers[0] + 1, numbers[0] + 2]);
        assert!(together.iter().all(|event| event.command == together[0].command));
    }
}

/// An event is read back as it was written: its origin, its command, its time, its subject, its fact and content.
pub async fn an_event_is_read_back_as_it_was_written(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let origin = Origin {
        actor: Party { kind: PartyKind::Employee, id: id(1) },
        principal: Some(Party { kind: PartyKind::Contact, id: id(2) }),
        channel: Channel::Mail,
        cause: Some(id(3)),
    };
    let facts = [
        Noted { number: i64::MIN, text: Some("Ёлка\n\"'\\% 😀".to_owned()) },
        Noted { number: i64::MAX, text: Some(String::new()) },
        Noted { number: 0, text: None },
    ];
    let events = facts.iter().map(|fact| NewEvent { subject: key(5), fact: Arc::new(fact.clone()) });
    let batch = Batch { origin, at: instant(1), events: events.collect(), ..bench.batch_of(7) };
    bench.commit(batch).await;
    let read = bench.whole_journal().await;
    assert_eq!(read.iter().filter_map(|event| event.of::<Noted>().cloned()).collect::<Vec<_>>(), facts);
    for event in &read {
        assert_eq!((event.tenant, event.at, event.command), (bench.tenant, instant(1), CommandId(id(7))));
        assert_eq!((event.origin, event.subject), (origin, key(5)));
    }
    bench.commit(bench.batch().note(key(5), 1)).await;
    assert_eq!(bench.journal(3, None, 1).await[0].origin, Origin::SYSTEM);
}

/// The journal of one record is the tenant's journal without the events of others.
pub async fn the_journal_of_a_record_leaves_out_others(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    for number in 0..12 {
        let subject = [key(1), key(2), GROWING.key(id(1))][number % 3];
        bench.commit(bench.batch().note(subject, number as i64)).await;
    }
    assert_eq!(positions(&bench.journal(0, Some(key(1)), 100).await), [1, 4, 7, 10]);
    assert_eq!(positions(&bench.journal(4, Some(key(1)), 1).await), [7]);
    assert_eq!(positions(&bench.journal(0, Some(GROWING.key(id(1))), 100).await), [3, 6, 9, 12]);
    assert!(bench.journal(0, Some(key(3)), 100).await.is_empty());
    assert!(bench.journal(12, Some(key(1)), 100).await.is_empty());
}

/// A part of the journal begins after the position asked for and holds at most as many events as asked.
pub async fn a_part_of_the_journal_keeps_to_what_was_asked(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    for number in 0..10 {
        bench.commit(bench.batch().put(sample(number), Version::ABSENT).note(key(number), 1)).await;
    }
    assert_eq!(positions(&bench.journal(3, None, 4).await), [4, 5, 6, 7]);
    assert_eq!(positions(&bench.journal(8, None, 100).await), [9, 10]);
    assert!(bench.journal(10, None, 100).await.is_empty());
    assert!(bench.journal(u64::MAX, None, 100).await.is_empty());
    let read = JournalRead { tenant: bench.tenant, after: 0, subject: None, limit: JOURNAL_PAGE_MAX + 1 };
    let error = bench.store.events(read).await.expect_err("the limit is passed");
    assert!(matches!(error, StoreError::Limit { .. }), "{error:?}");
}
