use std::fmt;

use uuid::Uuid;

use super::error::StoreError;
use super::kind::Key;
use crate::base::limits::LEASES_MAX;
use crate::base::{Span, TenantId, Timestamp};

/// A queue of things to do later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    /// What the clock brings.
    Timers,
    /// What a decision wants done: messages, calls, commands.
    Effects,
}

impl Queue {
    /// Both queues.
    pub const ALL: [Self; 2] = [Self::Timers, Self::Effects];

    /// The queue's name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Timers => "timers",
            Self::Effects => "effects",
        }
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What a batch does to a queue.
#[derive(Debug, Clone)]
pub enum WorkChange {
    /// Sets an item; one of the same key is replaced, whoever leases it, and its generation rises.
    Set(NewWork),
    /// Removes an item, whoever leases it; nothing happens when there is none.
    Cancel {
        /// The queue.
        queue: Queue,
        /// The item.
        key: Uuid,
    },
    /// Ends a lease; refused with [`StoreError::Fenced`] when it is no longer held, or when an earlier change of
    /// the same batch touches the item.
    Finish(Finish),
}

/// An item to set.
#[derive(Debug, Clone)]
pub struct NewWork {
    /// The queue.
    pub queue: Queue,
    /// The item's key, unique in the tenant's queue.
    pub key: Uuid,
    /// The record that it is about.
    pub subject: Key,
    /// When it is due.
    pub due: Timestamp,
    /// What is to be done, as JSON.
    pub body: String,
}

/// The end of a lease.
#[derive(Debug, Clone)]
pub struct Finish {
    /// The queue.
    pub queue: Queue,
    /// The item.
    pub key: Uuid,
    /// The generation that was leased.
    pub generation: u64,
    /// The fence of the lease.
    pub fence: u64,
    /// How it ended.
    pub finished: Finished,
}

/// How a try at an item ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finished {
    /// Done: the item is gone.
    Done,
    /// It is tried again at this time.
    Retry {
        /// When.
        at: Timestamp,
        /// Why it failed.
        error: String,
    },
    /// It is put aside until somebody sets it anew.
    Park {
        /// Why.
        reason: String,
    },
}

/// Asks for items that are due.
#[derive(Debug, Clone)]
pub struct WorkClaim {
    /// The queue.
    pub queue: Queue,
    /// The caller's time: what is due by it is given.
    pub now: Timestamp,
    /// At most so many, up to [`LEASES_MAX`](crate::base::limits::LEASES_MAX).
    pub limit: usize,
    /// How long the items are the caller's, by the store's time.
    pub lease: Span,
}

impl WorkClaim {
    /// Holds the claim against the limits; every store asks this first.
    ///
    /// # Errors
    /// [`StoreError::Limit`].
    pub fn within_limits(&self) -> Result<(), StoreError> {
        StoreError::within("leases of a claim", self.limit, LEASES_MAX)
    }
}

/// Names a lease.
///
/// It is held until somebody else takes the item or a batch sets, cancels or finishes it: a lease that ended
/// can still be finished or renewed as long as nobody took the item since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The tenant.
    pub tenant: TenantId,
    /// The queue.
    pub queue: Queue,
    /// The item.
    pub key: Uuid,
    /// The generation that was leased.
    pub generation: u64,
    /// The number of the lease, from 1: rises with every lease of the store, so that an old holder is told from a new one.
    pub fence: u64,
}

impl Lease {
    /// The end of this lease.
    #[must_use]
    pub fn finish(&self, finished: Finished) -> WorkChange {
        let Self { queue, key, generation, fence, .. } = *self;
        WorkChange::Finish(Finish { queue, key, generation, fence, finished })
    }
}

/// An item that is the caller's until its lease ends.
#[derive(Debug, Clone)]
pub struct Leased {
    /// The lease.
    pub lease: Lease,
    /// How often it was leased, this time included.
    pub attempts: u32,
    /// The record that it is about.
    pub subject: Key,
    /// When it was due.
    pub due: Timestamp,
    /// What is to be done, as JSON.
    pub body: String,
}

/// Asks for the items of a tenant's queue, whoever leases them.
#[derive(Debug, Clone)]
pub struct WorkList {
    /// The tenant.
    pub tenant: TenantId,
    /// The queue.
    pub queue: Queue,
    /// Of this record only.
    pub subject: Option<Key>,
    /// Parked ones, or those still armed.
    pub parked: bool,
    /// At most so many, up to [`LEASES_MAX`](crate::base::limits::LEASES_MAX).
    pub limit: usize,
}

impl WorkList {
    /// Holds the list against the limits; every store asks this first.
    ///
    /// # Errors
    /// [`StoreError::Limit`].
    pub fn within_limits(&self) -> Result<(), StoreError> {
        StoreError::within("items of a work list", self.limit, LEASES_MAX)
    }
}

/// How an item stands.
#[derive(Debug, Clone)]
pub struct WorkState {
    /// The item.
    pub key: Uuid,
    /// Its generation.
    pub generation: u64,
    /// The record that it is about.
    pub subject: Key,
    /// When it is due.
    pub due: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// What is to be done, as JSON.
    pub body: String,
    /// Why the last try failed, or why it was parked.
    pub error: Option<String>,
}
