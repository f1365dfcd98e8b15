use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::entry::EntryId;
use super::fact;
use super::record::RequestId;
use crate::base::{Party, Timestamp, derived_id};
use crate::condition::ValueRef;

/// What an entry said before it was edited (редакция записи). Whoever may read the entry may read its revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRevision {
    /// The entry.
    pub entry: EntryId,
    /// The request.
    pub request: RequestId,
    /// Its number within the entry, from 1, the first text first.
    pub number: u32,
    /// What the entry said.
    pub text: String,
    /// Who had written that.
    pub author: Party,
    /// When.
    pub at: Timestamp,
}

impl EntryRevision {
    /// The id, which follows from entry and number.
    #[must_use]
    pub fn id(&self) -> Uuid {
        derived_id(self.entry.0, &format!("revision {}", self.number))
    }
}

crate::record_kind! {
    /// Revisions of entries.
    pub static ENTRY_REVISION: EntryRevision {
        name: "entry_revision",
        schema: 1,
        mark: None,
        growing: true,
        id: EntryRevision::id,
        facts: fact::decode,
        relations: &[],
        columns revision_column {
            entry: Id => |revision| ValueRef::Id(revision.entry.0),
            request: Id => |revision| ValueRef::Id(revision.request.0),
            number: Int => |revision| ValueRef::Int(revision.number.into()),
            at: Instant => |revision| ValueRef::Instant(revision.at),
        }
        indexes {
            by_entry: [entry, number],
            by_request: [request],
        }
    }
}
