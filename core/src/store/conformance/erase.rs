use std::sync::Arc;

use super::batches::commit_at_once;
use super::bench::{Bench, FIRST, Fill, id, sample};
use super::sample::{DIRECTORY, Noted, SAMPLES};
use crate::base::limits::BATCH_OPERATIONS_MAX;
use crate::store::{Batch, Event, Key, NewEvent, Store, StoreError, Version};

fn key(number: u64) -> Key {
    SAMPLES.key(id(number))
}

trait Erase {
    /// Says a text about a record.
    fn say(self, subject: Key, text: &str) -> Self;
    /// Erases what was said about a record.
    fn erase(self, subject: Key) -> Self;
}

impl Erase for Batch {
    fn say(mut self, subject: Key, text: &str) -> Self {
        let fact = Noted { number: text.len() as i64, text: Some(text.to_owned()) };
        self.events.push(NewEvent { subject, fact: Arc::new(fact) });
        self
    }

    fn erase(mut self, subject: Key) -> Self {
        self.erase.push(subject);
        self
    }
}

/// The numbers and texts of events.
fn said(events: &[Event]) -> Vec<(i64, Option<&str>)> {
    let noted = events.iter().filter_map(|event| event.of::<Noted>());
    noted.map(|noted| (noted.number, noted.text.as_deref())).collect()
}

/// The content of every earlier event about an erased record is gone from every later read; all else of it stays.
pub async fn erased_content_is_gone_and_all_else_stays(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.commit(bench.batch().put(sample(1), Version::ABSENT).say(key(1), "Ёлка")).await;
    bench.commit(bench.batch().note(key(1), 7).say(key(1), "").say(key(1), "ab")).await;
    let before = bench.whole_journal().await;
    let receipt = bench.commit(bench.batch().delete(key(1), FIRST).erase(key(1))).await;
    assert_eq!(receipt.position, 4);
    let whole = bench.whole_journal().await;
    for read in [whole.clone(), bench.journal(0, Some(key(1)), 10).await] {
        assert_eq!(said(&read), [(8, None), (7, None), (0, None), (2, None)]);
        assert_eq!(read.len(), before.len());
        for (event, before) in read.iter().zip(&before) {
            let all = |event: &Event| {
                let Event { tenant, position, at, command, origin, subject, fact } = event.clone();
                (tenant, position, at, command, origin, subject, fact.name(), fact.encode().ok())
            };
            assert_eq!(all(event), all(before));
        }
    }
    // Erased again, and erased where nothing ever happened.
    bench.commit(bench.batch().erase(key(1)).erase(key(9))).await;
    assert_eq!(said(&bench.whole_journal().await), said(&whole));
}

/// A refused batch erases nothing.
pub async fn a_refused_batch_erases_nothing(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.commit(bench.batch_of(7).say(key(1), "a")).await;
    let error = bench.refused(bench.batch().guard(key(1), FIRST).erase(key(1))).await;
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    let error = bench.refused(bench.batch_of(7).erase(key(1))).await;
    assert!(matches!(error, StoreError::Repeated { .. }), "{error:?}");
    let over = (0..=BATCH_OPERATIONS_MAX as u64).fold(bench.batch(), |batch, n| batch.erase(key(n)));
    let error = bench.refused(over).await;
    assert!(matches!(error, StoreError::Limit { .. }), "{error:?}");
    assert_eq!(said(&bench.whole_journal().await), [(1, Some("a"))]);
}

/// Erasing leaves the content of other records, of other tenants, and of the batch's own and later events.
pub async fn erasing_leaves_all_other_content(store: Arc<dyn Store>) {
    let ours = Bench::new(store);
    let theirs = ours.of_tenant(2);
    // Another kind may use the same id.
    let namesake = DIRECTORY.key(id(1));
    for bench in [&ours, &theirs] {
        bench.commit(bench.batch().say(key(1), "a").say(key(2), "b").say(namesake, "c")).await;
    }
    ours.commit(ours.batch().say(key(1), "own").erase(key(1))).await;
    ours.commit(ours.batch().say(key(1), "later")).await;
    let expected = [(1, None), (1, Some("b")), (1, Some("c")), (3, Some("own")), (5, Some("later"))];
    assert_eq!(said(&ours.whole_journal().await), expected);
    assert_eq!(said(&ours.journal(0, Some(key(1)), 10).await), [expected[0], expected[3], expected[4]]);
    assert_eq!(said(&theirs.whole_journal().await), [(1, Some("a")), (1, Some("b")), (1, Some("c"))]);
    // Batches that are committed together erase each what came before it.
    let batches = (0..20).map(|n| match n % 2 {
        0 => ours.batch().say(key(3), "x"),
        _ => ours.batch().erase(key(3)).say(key(4), "y"),
    });
    let (done, refused) = commit_at_once(&ours, batches).await;
    assert_eq!((done.len(), refused.len()), (20, 0));
    let read = ours.journal(5, None, 100).await;
    let last = read.iter().rposition(|event| event.subject == key(4)).unwrap_or(0);
    for (place, event) in read.iter().enumerate() {
        let gone = event.subject == key(3) && place < last;
        assert_eq!(event.of::<Noted>().is_some_and(|noted| noted.text.is_none()), gone, "{place}");
    }
}
