//! The store contract: what a back end keeps and finds, and how it answers when several callers meet.
//!
//! A back end implements [`Store`] and passes the `conformance` suite; it never decides
//! anything about requests. A caller loads records ([`Read`] → [`View`]), decides, and commits one
//! [`Batch`] whole or not at all. Which batches of a group are admitted is one pure function,
//! [`admit`], that every store uses.
//!
//! Records and events are typed all the way: a [`Kind`] declares columns, indexes and a schema number,
//! a batch carries `Arc<dyn Stored>`, and only stores that must turn them into bytes do so.

mod admit;
mod batch;
mod error;
mod event;
mod faulty;
mod kind;
mod query;
mod read;
mod record_kind;
mod recording;
mod work;

use std::fmt::Debug;

use async_trait::async_trait;

use crate::base::{Span, Timestamp};

pub use admit::{
    Admitted, RecordWrite, Snapshot, Touched, Verdict, WorkOutcome, WorkSlot, WorkWrite, Writes, admit,
    touched,
};
pub use batch::{Answer, Batch, Claim, Digest, Put, Receipt, Remembered};
pub use error::StoreError;
pub use event::{Event, Fact, JournalRead, NewEvent, Origin};
pub use faulty::{FaultPlan, FaultyStore};
pub use kind::{
    Column, DecodeError, DecodeFact, DecodeRecord, Index, Key, Kind, Kinds, Loaded, Mark, Relation, Stored,
    Version,
};
pub use query::{Cursor, Direction, Page, PageRow, Query, Select, SortBy};
pub use read::{ClaimKey, Head, Lookup, Read, View};
pub use recording::{Call, RecordingStore};
pub use work::{Finish, Finished, Lease, Leased, NewWork, Queue, WorkChange, WorkClaim, WorkList, WorkState};

/// Keeps records, the journal, timers and effects of every tenant.
///
/// # Must hold
/// Each sentence is one function of the conformance suite.
///
/// - A batch is applied whole or not at all.
/// - A put or a delete is refused when the record's version is not the expected one.
/// - A guard is refused when the record's version is not the guarded one, and changes nothing.
/// - A claimed value has one owner in its space; a released value can be claimed again.
/// - The second batch of a command id is refused with what the first was answered.
/// - Journal positions of a tenant begin at 1 and have no gap, whatever was refused between.
/// - A reader that follows the journal never skips an event.
/// - Tenants never meet: no call returns or counts another tenant's row.
/// - A leased item is given to nobody else until its lease ends.
/// - An item is claimed only when it is due by the caller's time, earliest first.
/// - A finish with an old generation or fence refuses its whole batch.
/// - A batch that finishes an item applies both or neither.
/// - A query returns what its filter matches, in its order, absent values first.
/// - Pages that follow a cursor neither repeat nor skip a row that stays where it was.
/// - A count is the number of rows that all pages together hold.
/// - A query over a growing kind whose only selective terms have no index is refused.
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

    /// Takes items that are due for the length of a lease, earliest first.
    async fn claim(&self, claim: WorkClaim) -> Result<Vec<Leased>, StoreError>;

    /// Prolongs a lease from now on; [`StoreError::Fenced`] when it is no longer held.
    async fn renew(&self, lease: Lease, span: Span) -> Result<(), StoreError>;

    /// Lists items of a queue, earliest first: what is armed, and what was parked and why.
    async fn work(&self, list: WorkList) -> Result<Vec<WorkState>, StoreError>;

    /// The store's own time, which leases follow.
    async fn now(&self) -> Result<Timestamp, StoreError>;
}
