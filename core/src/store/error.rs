use std::error::Error;

use uuid::Uuid;

use super::batch::Remembered;
use super::kind::{DecodeError, Key, Version};
use super::work::Queue;
use crate::base::TenantId;

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else changed the record.
    #[error("`{key}` has version {found}, not {expected}")]
    Conflict {
        /// The record.
        key: Key,
        /// The version that was expected.
        expected: Version,
        /// The version that it has.
        found: Version,
    },
    /// The directory or the definitions of the tenant changed since the batch was decided.
    #[error("the directory or the definitions of tenant {tenant} changed")]
    Outdated {
        /// The tenant.
        tenant: TenantId,
    },
    /// The value has another owner.
    #[error("`{value}` is taken in `{space}`")]
    Taken {
        /// The space.
        space: String,
        /// The value.
        value: String,
        /// Its owner.
        owner: Uuid,
    },
    /// The command was done before.
    #[error("the command was done before")]
    Repeated {
        /// What it was answered.
        first: Box<Remembered>,
    },
    /// The lease is no longer held, or the item was set anew.
    #[error("the lease of {queue} item {key} is no longer held")]
    Fenced {
        /// The queue.
        queue: Queue,
        /// The item.
        key: Uuid,
    },
    /// The answer was lost: the batch may or may not be there. Asking again with the same command id tells.
    #[error("the answer of the store was lost")]
    Unknown {
        /// What was seen.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// More than the store takes at once.
    #[error("{what}: {found} are more than {max}")]
    Limit {
        /// What is limited.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many may be.
        max: usize,
    },
    /// The query would scan a kind that grows.
    #[error("a query on `{field}` of `{kind}` has no index to use")]
    Unindexed {
        /// The kind.
        kind: &'static str,
        /// The field.
        field: String,
    },
    /// The cursor does not belong to the query.
    #[error("the cursor does not belong to this query")]
    BadCursor,
    /// The kind is not one that the store was opened with.
    #[error("the store was not opened with the kind `{kind}`")]
    UnknownKind {
        /// The kind.
        kind: String,
    },
    /// The store cannot keep it as it is: a text holds U+0000, a column has another type than its kind declares,
    /// a name cannot name a table, a body cannot be serialised.
    #[error("{what} cannot be stored")]
    Unstorable {
        /// What it is.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A newer program wrote the store.
    #[error("`{what}` has schema {found}, written by a newer program; this one knows {known}")]
    NewerSchema {
        /// The part of the store.
        what: String,
        /// The schema found.
        found: u32,
        /// The newest schema known.
        known: u32,
    },
    /// The store can be read but not written.
    #[error("the store is read-only")]
    ReadOnly {
        /// What was seen.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Another program holds the store.
    #[error("the store is locked by another program")]
    Locked {
        /// What was seen.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The disk is full.
    #[error("the disk of the store is full")]
    Full {
        /// What was seen.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// What was read back makes no sense.
    #[error("the store holds something that cannot be read: {what}")]
    Corrupt {
        /// What it is.
        what: String,
        /// What was seen.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// There is no store at its place: none was made, or it went away.
    #[error("the store is not at its place")]
    Missing {
        /// What was seen.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The store was closed, or what wrote it is gone: it must be opened anew. Nothing was changed.
    #[error("the store is closed")]
    Closed,
    /// The store could not be reached; nothing was changed.
    #[error("the store cannot be reached")]
    Unavailable {
        /// What was seen.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// Whether doing the same once more can succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Conflict { .. }
            | Self::Outdated { .. }
            | Self::Unknown { .. }
            | Self::Locked { .. }
            | Self::Full { .. }
            | Self::Unavailable { .. } => true,
            Self::Taken { .. }
            | Self::Repeated { .. }
            | Self::Fenced { .. }
            | Self::Limit { .. }
            | Self::Unindexed { .. }
            | Self::BadCursor
            | Self::UnknownKind { .. }
            | Self::Unstorable { .. }
            | Self::NewerSchema { .. }
            | Self::ReadOnly { .. }
            | Self::Corrupt { .. }
            | Self::Missing { .. }
            | Self::Closed => false,
        }
    }

    /// Holds a number against a limit.
    ///
    /// # Errors
    /// [`StoreError::Limit`] when there are more.
    pub fn within(what: &'static str, found: usize, max: usize) -> Result<(), Self> {
        if found > max { Err(Self::Limit { what, found, max }) } else { Ok(()) }
    }
}

impl From<DecodeError> for StoreError {
    fn from(error: DecodeError) -> Self {
        Self::Corrupt { what: error.to_string(), source: Box::new(error) }
    }
}
