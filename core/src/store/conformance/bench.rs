use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use uuid::Uuid;

use super::sample::{Noted, SAMPLES, Sample};
use crate::base::limits::{JOURNAL_PAGE_MAX, LEASES_MAX};
use crate::base::{CommandId, Span, TenantId, Timestamp};
use crate::condition::{Condition, Expr, Filter, Place, Unasked};
use crate::store::{
    Answer, Batch, Claim, Cursor, Digest, Direction, Event, Finished, JournalRead, Key, Kind, Leased, Loaded,
    NewEvent, NewWork, Origin, Page, Put, Query, Queue, Read, Receipt, SortBy, Store, StoreError, Stored,
    Version, WorkChange, WorkClaim, WorkList, WorkState,
};

/// The version of a record that was written once.
pub(super) const FIRST: Version = Version(1);

/// The id with a number.
#[must_use]
pub fn id(number: u64) -> Uuid {
    Uuid::from_u128(0x0195_0000_0000_7000_8000_0000_0000_0000 | u128::from(number))
}

/// The tenant with a number.
#[must_use]
pub fn tenant(number: u64) -> TenantId {
    TenantId(Uuid::from_u128(0x0194_0000_0000_7000_8000_0000_0000_0000 | u128::from(number)))
}

/// An instant some milliseconds after the beginning of 2026.
#[must_use]
pub fn instant(millis: i64) -> Timestamp {
    let start = Timestamp::from_millis(1_767_225_600_000).unwrap_or(Timestamp::MIN);
    start + Span::from_millis(millis)
}

/// A plain sample whose number and code follow from its id.
pub(super) fn sample(number: u64) -> Sample {
    sample_of(&SAMPLES, number)
}

/// A sample of a kind whose number and code follow from its id.
pub(super) fn sample_of(kind: &'static Kind, number: u64) -> Sample {
    let whole = i64::try_from(number).unwrap_or(i64::MAX);
    Sample { number: Some(whole), code: Some(format!("c{number}")), ..Sample::new(kind, id(number)) }
}

/// A filter over a kind's columns.
pub(super) fn filter(kind: &'static Kind, condition: &Condition) -> Filter {
    ground(&condition.check(kind).expect("the suite's conditions fit their kind"))
}

/// The filter of an expression that asks neither time nor trees.
pub(super) fn ground(expr: &Expr) -> Filter {
    expr.ground(&Unasked)
}

pub(super) fn ascending(place: impl Into<Place>) -> SortBy {
    SortBy::new(place, Direction::Ascending)
}

pub(super) fn descending(place: impl Into<Place>) -> SortBy {
    SortBy::new(place, Direction::Descending)
}

/// A store under test and a tenant in it; every helper asserts that the store does what it is asked.
#[derive(Debug, Clone)]
pub(super) struct Bench {
    pub(super) store: Arc<dyn Store>,
    pub(super) tenant: TenantId,
    commands: Arc<AtomicU64>,
}

impl Bench {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, tenant: tenant(1), commands: Arc::default() }
    }

    /// The same store with another tenant.
    pub(super) fn of_tenant(&self, number: u64) -> Self {
        Self { tenant: tenant(number), ..self.clone() }
    }

    /// An empty batch of a fresh command.
    pub(super) fn batch(&self) -> Batch {
        self.batch_of(1_000 + self.commands.fetch_add(1, Ordering::SeqCst))
    }

    /// An empty batch of the command with a number.
    pub(super) fn batch_of(&self, command: u64) -> Batch {
        let digest = Digest::of(&command.to_be_bytes());
        Batch::new(self.tenant, instant(0), CommandId(id(command)), digest, Origin::SYSTEM)
    }

    pub(super) async fn commit(&self, batch: Batch) -> Receipt {
        self.store.commit(batch).await.expect("the batch is applied")
    }

    pub(super) async fn refused(&self, batch: Batch) -> StoreError {
        self.store.commit(batch).await.expect_err("the batch is refused")
    }

    /// Writes new samples, each in a batch of its own without an event.
    pub(super) async fn put_all(&self, samples: impl IntoIterator<Item = Sample>) {
        for sample in samples {
            self.commit(self.batch().put(sample, Version::ABSENT)).await;
        }
    }

    pub(super) async fn record(&self, key: Key) -> Option<Loaded> {
        let read = Read { keys: vec![key], ..Read::new(self.tenant) };
        let mut view = self.store.load(read).await.expect("the record is read");
        view.records.remove(&key).expect("a key that was asked for is answered")
    }

    pub(super) async fn version(&self, key: Key) -> Version {
        self.record(key).await.map_or(Version::ABSENT, |loaded| loaded.version)
    }

    pub(super) async fn position(&self) -> u64 {
        self.store.load(Read::new(self.tenant)).await.expect("the head is read").head.position
    }

    pub(super) async fn owner(&self, space: &str, value: &str) -> Option<Uuid> {
        let claim = claim(space, value, Uuid::nil()).key();
        let read = Read { claims: vec![claim.clone()], ..Read::new(self.tenant) };
        let view = self.store.load(read).await.expect("the claim is read");
        *view.claims.get(&claim).expect("a claim that was asked for is answered")
    }

    pub(super) fn query(&self, kind: &'static Kind, filter: Filter, sort: &[SortBy]) -> Query {
        Query { sort: sort.to_vec(), ..Query::records(self.tenant, kind, filter) }
    }

    pub(super) async fn page(&self, query: Query) -> Page {
        self.store.query(query).await.expect("the query is answered")
    }

    /// The ids of the samples that meet a condition, in an order.
    pub(super) async fn found(&self, condition: &Condition, sort: &[SortBy]) -> Vec<Uuid> {
        let page = self.page(self.query(&SAMPLES, filter(&SAMPLES, condition), sort)).await;
        page.rows.iter().map(|row| row.id).collect()
    }

    /// The ids of every page of a query, read one after the other.
    pub(super) async fn paged(&self, query: &Query) -> Vec<Uuid> {
        let mut ids = Vec::new();
        let mut after: Option<Cursor> = query.after.clone();
        loop {
            let page = self.page(Query { after, ..query.clone() }).await;
            assert!(page.rows.len() <= query.limit, "a page holds at most what was asked for");
            ids.extend(page.rows.iter().map(|row| row.id));
            match page.next {
                Some(next) => after = Some(next),
                None => return ids,
            }
        }
    }

    pub(super) async fn journal(&self, after: u64, subject: Option<Key>, limit: usize) -> Vec<Event> {
        let read = JournalRead { tenant: self.tenant, after, subject, limit };
        self.store.events(read).await.expect("the journal is read")
    }

    pub(super) async fn whole_journal(&self) -> Vec<Event> {
        self.journal(0, None, JOURNAL_PAGE_MAX).await
    }

    /// Sets an effect that is due at an instant.
    pub(super) async fn set(&self, key: u64, due: Timestamp) {
        self.commit(self.batch().set(effect(key, due))).await;
    }

    /// Leases effects that are due by an instant.
    pub(super) async fn lease(&self, now: Timestamp, span: Span) -> Vec<Leased> {
        let claim = WorkClaim { queue: Queue::Effects, now, limit: LEASES_MAX, lease: span };
        self.store.claim(claim).await.expect("items are claimed")
    }

    /// Sets an effect and leases it.
    pub(super) async fn leased(&self, key: u64, span: Span) -> Leased {
        self.set(key, instant(0)).await;
        let mut leased = self.lease(instant(0), span).await;
        assert_eq!(leased.len(), 1, "one item is due");
        leased.remove(0)
    }

    pub(super) async fn work(&self, parked: bool) -> Vec<WorkState> {
        let (tenant, queue) = (self.tenant, Queue::Effects);
        let list = WorkList { tenant, queue, subject: None, parked, limit: LEASES_MAX };
        self.store.work(list).await.expect("the work is listed")
    }

    pub(super) async fn now(&self) -> Timestamp {
        self.store.now().await.expect("the store tells the time")
    }
}

/// Lets real time pass.
pub(super) async fn pass(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// An effect about the sample of the same number.
pub(super) fn effect(key: u64, due: Timestamp) -> NewWork {
    let body = format!("{{\"effect\":{key}}}");
    NewWork { queue: Queue::Effects, key: id(key), subject: SAMPLES.key(id(key)), due, body }
}

pub(super) fn claim(space: &str, value: &str, owner: Uuid) -> Claim {
    Claim { space: space.into(), value: value.into(), owner }
}

pub(super) fn retry(at: Timestamp) -> Finished {
    Finished::Retry { at, error: "no answer".to_owned() }
}

pub(super) fn park() -> Finished {
    Finished::Park { reason: "refused for good".to_owned() }
}

/// Fills a batch.
pub(super) trait Fill: Sized {
    fn put(self, record: impl Stored, expected: Version) -> Self;
    fn delete(self, key: Key, expected: Version) -> Self;
    fn guard(self, key: Key, expected: Version) -> Self;
    fn claim(self, space: &str, value: &str, owner: Uuid) -> Self;
    fn release(self, space: &str, value: &str, owner: Uuid) -> Self;
    fn note(self, subject: Key, number: i64) -> Self;
    fn set(self, work: NewWork) -> Self;
    fn change(self, change: WorkChange) -> Self;
    fn answer(self, label: &str) -> Self;
}

impl Fill for Batch {
    fn put(mut self, record: impl Stored, expected: Version) -> Self {
        self.puts.push(Put { record: Arc::new(record), expected });
        self
    }

    fn delete(mut self, key: Key, expected: Version) -> Self {
        self.deletes.push((key, expected));
        self
    }

    fn guard(mut self, key: Key, expected: Version) -> Self {
        self.guards.push((key, expected));
        self
    }

    fn claim(mut self, space: &str, value: &str, owner: Uuid) -> Self {
        self.claims.push(claim(space, value, owner));
        self
    }

    fn release(mut self, space: &str, value: &str, owner: Uuid) -> Self {
        self.releases.push(claim(space, value, owner));
        self
    }

    fn note(mut self, subject: Key, number: i64) -> Self {
        self.events.push(NewEvent { subject, fact: Arc::new(Noted { number, text: None }) });
        self
    }

    fn set(mut self, work: NewWork) -> Self {
        self.work.push(WorkChange::Set(work));
        self
    }

    fn change(mut self, change: WorkChange) -> Self {
        self.work.push(change);
        self
    }

    fn answer(mut self, label: &str) -> Self {
        self.answer = Answer { label: label.to_owned(), version: FIRST, subject: id(1) };
        self
    }
}
