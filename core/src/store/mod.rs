//! The store contract: what a back end keeps and finds, and how it answers when several callers meet.
//!
//! A back end implements [`Store`] and passes the suite of the feature `conformance`; it never
//! decides anything about requests. A caller loads records ([`Read`] → [`View`]), decides, and commits one
//! [`Batch`] whole or not at all. Which batches of a group are admitted is one pure function,
//! [`admit`], that every store uses.
//!
//! Records and events are typed all the way: a [`Kind`] declares columns, indexes and a schema number,
//! a batch carries `Arc<dyn Stored>`, and only stores that must turn them into bytes do so.
//!
//! Bytes of any length, such as those of an attachment, lie in a [`BlobStore`] of their own, and records name them by
//! their digest.

mod admit;
mod batch;
mod blob;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod error;
mod event;
mod faulty;
mod groups;
mod kind;
mod lead;
mod query;
mod read;
mod record_kind;
mod recording;
mod rising;
mod storable;
mod work;

use std::fmt::Debug;

use async_trait::async_trait;

use crate::base::{Span, Timestamp};

pub use admit::{
    Admitted, RecordWrite, Snapshot, Touched, Verdict, WorkOutcome, WorkSlot, WorkWrite, Writes, admit,
    touched,
};
pub use batch::{Answer, Batch, Claim, Digest, Put, Receipt, Remembered};
pub use blob::{
    Blob, BlobDigest, BlobDigestError, BlobError, BlobGauge, BlobList, BlobStore, ByteSource, read_whole,
};
pub use error::StoreError;
pub use event::{Event, Fact, JournalRead, NewEvent, Origin};
pub use faulty::{FaultPlan, FaultyStore};
pub use groups::{Edges, GroupBy};
pub use kind::{
    Column, DecodeError, DecodeFact, DecodeRecord, Index, Key, Kind, Kinds, Loaded, Mark, Relation, Stored,
    Version,
};
pub use query::{Cursor, Direction, Page, PageRow, Query, Select, SortBy, TextFilter};
pub use read::{ClaimKey, Head, Lookup, Marks, Read, View};
pub use recording::{Call, RecordingStore};
pub use rising::RisingClock;
pub use work::{Finish, Finished, Lease, Leased, NewWork, Queue, WorkChange, WorkClaim, WorkList, WorkState};

/// Keeps records, the journal, timers and effects of every tenant.
///
/// # Must hold
/// Each sentence is one function of the conformance suite.
///
/// - A batch is applied whole or not at all.
/// - A put or a delete is refused when the record's version is not the expected one.
/// - A guard is refused when the record's version is not the guarded one, and changes nothing.
/// - A batch that names marks other than the tenant's is refused.
/// - A version rises by one with every write; a record that was deleted begins anew.
/// - A record carries the journal position of its last change.
/// - A claimed value has one owner in its space; a released value can be claimed again.
/// - Two owners can exchange their values in one batch.
/// - A release of a value that its owner does not hold changes nothing.
/// - The second batch of a command id is refused with what the first was answered.
/// - A command that was refused is not remembered and can be done again.
/// - A batch is answered with its last position, or with the tenant's when it brings no event.
/// - A batch over a limit is refused and changes nothing.
/// - A batch as large as the limits is applied.
/// - A batch that holds U+0000 in a code, a claimed value or the body of an item is refused.
/// - A change or a deletion of a marked kind moves its mark, each time to another value; nothing else
///   moves it.
/// - Of concurrent batches that expect one version exactly one is applied.
/// - Of concurrent claims of one value exactly one is applied.
/// - Concurrent batches of one command id are applied once, and the others get that answer.
/// - What was answered is seen by every read that begins afterwards.
/// - Journal positions of a tenant begin at 1 and have no gap, whatever was refused between.
/// - A reader that follows the journal never skips an event.
/// - The events of a batch stand in its order, with nothing between them.
/// - An event is read back as it was written: its origin, its command, its time, its subject, its fact
///   and content.
/// - The journal of one record is the tenant's journal without the events of others.
/// - A part of the journal begins after the position asked for and holds at most as many events as
///   asked.
/// - Tenants never meet: no call returns or counts another tenant's row.
/// - Tenants can use the same ids, command ids, claimed values and keys of items.
/// - A lease of one tenant neither finishes nor renews the same item of another.
/// - A row of a relation of another tenant belongs to no row of this one.
/// - A load answers every key and claim asked for, with nothing where there is none.
/// - A record is read back as it was written, whatever its columns hold.
/// - A lookup returns the records whose columns equal its values, by id, up to its limit.
/// - A lookup finds texts by their keys, and nothing by an absent value.
/// - A lookup by columns that begin no index is refused.
/// - A load over a limit is refused, and one as large as the limit is answered.
/// - Everything that a load returns is of one moment.
/// - A record that was changed or deleted is no longer found by its old values.
/// - The store's time does not run backwards.
/// - A leased item is given to nobody else until its lease ends.
/// - An item is claimed only when it is due by the caller's time, earliest first.
/// - A claim takes at most as many items as it asks for, of every tenant.
/// - Workers that claim at the same time never hold the same item.
/// - A finish with an old generation or fence refuses its whole batch.
/// - A batch that finishes an item applies both or neither.
/// - An item that nobody leases cannot be finished or renewed.
/// - An item can be finished once; an item that its batch set, cancelled or finished before cannot.
/// - A lease that ended can be finished or renewed until somebody else takes the item.
/// - A renewed lease ends its new span from now.
/// - An item to be tried again is due at its new time and keeps its attempts and the error.
/// - A parked item is given to nobody until it is set anew.
/// - A cancelled item is gone, whoever leased it; one that is not there is cancelled without harm.
/// - An item that is set anew while it is leased is free, and its old holder is fenced.
/// - Timers and effects never meet, even under one key.
/// - A work list holds what is armed or what is parked, of one record where asked, earliest first.
/// - A query returns what its filter matches, in its order, absent values first.
/// - Equal rows are ordered by id, in the direction of the last sort column.
/// - Columns of every type are sorted by their values.
/// - Pages that follow a cursor neither repeat nor skip a row that stays where it was.
/// - The last page has no cursor, and a page in between has one.
/// - A count is the number of rows that all pages together hold.
/// - A query over a growing kind whose only selective terms have no index is refused.
/// - A cursor that does not fit the order of its query is refused.
/// - A query over a limit is refused.
/// - A page holds of each row what was asked for: the columns in the order asked, or the whole record.
/// - A page tells where its tenant stood at the moment of its rows, its count or its groups.
/// - Texts are compared by their keys and codes byte by byte, whatever characters they hold.
/// - A text of any length is found by an index, and sorted by all of its characters.
/// - Numbers, decimals and instants are compared exactly, at their limits too.
/// - A comparison with an absent value is false, and `!=` is its negation.
/// - A row meets a relation when a row that belongs to it meets the inner expression.
/// - A term over a related field holds when a row that belongs and holds the field meets the term.
/// - Rows are sorted by a related value, absent values first, and a cursor carries it.
/// - Of several related values the least one is shown and sorted by, however many there are.
/// - A query over a growing kind in the order of a related value needs a filter that leads to an index.
/// - A relation can lead to the row whose id stands in a column.
/// - A relation that asks for equal columns holds only where they are equal, and nothing equals an absent
///   value.
/// - Groups come in the order of their values, nothing first, and add up to the count.
/// - Rows are grouped by a related value, each once: under its least value, or under nothing.
/// - A bucket of time holds what lies from its edge to before the next: empty ones are there, what lies
///   outside is not.
/// - Groups of a growing kind by what no index begins with are refused, and so are more groups than the
///   limit.
/// - A row is found when one of the texts asked for has every term of the query.
/// - Rows with a text come in the order in which they were written first, the last one first; those of one
///   batch in its order.
/// - Pages of rows with a text follow a cursor as others do, and a count is the number of their rows.
/// - A row is found by its texts as they are: what was changed, deleted or refused is not found.
/// - A filter holds of rows with a text as of others, relations included.
/// - A text is searched for within a tenant.
/// - A query for a text in an order or in groups of its own, or in a text that the kind does not have, is
///   refused.
/// - A text of any length is found by its words up to the limit.
/// - The content of every earlier event about an erased record is gone from every later read; all else of
///   it stays.
/// - A refused batch erases nothing.
/// - Erasing leaves the content of other records, of other tenants, and of the batch's own and later
///   events.
#[async_trait]
pub trait Store: Debug + Send + Sync + 'static {
    /// Reads records, lookups, claims and the first answer of a command, all of one moment.
    async fn load(&self, read: Read) -> Result<View, StoreError>;

    /// Reads one page of a kind.
    async fn query(&self, query: Query) -> Result<Page, StoreError>;

    /// Applies a batch and says so only when it is durable.
    async fn commit(&self, batch: Batch) -> Result<Receipt, StoreError>;

    /// Reads the journal after a position, in order.
    async fn events(&self, read: JournalRead) -> Result<Vec<Event>, StoreError>;

    /// Takes items of every tenant that are due for the length of a lease: earliest first, then by key.
    async fn claim(&self, claim: WorkClaim) -> Result<Vec<Leased>, StoreError>;

    /// Lets a lease end `span` from now; [`StoreError::Fenced`] when it is no longer held.
    async fn renew(&self, lease: Lease, span: Span) -> Result<(), StoreError>;

    /// Lists items of a tenant's queue, earliest first, then by key: what is armed, and what was parked and why.
    async fn work(&self, list: WorkList) -> Result<Vec<WorkState>, StoreError>;

    /// The store's own time, which leases follow.
    async fn now(&self) -> Result<Timestamp, StoreError>;
}

#[cfg(test)]
mod tests;
