use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::entry::EntryKind;
use super::fact;
use super::record::RequestId;
use crate::base::{Party, Timestamp, derived_id};
use crate::condition::ValueRef;
use crate::store::Key;

/// What somebody has begun to write (черновик). Only its author sees it.
///
/// A draft is no part of what happened: no event tells of it, and the request is not its fold. It is replaced as often as
/// its author likes, and goes when the message is sent or the draft is discarded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The request.
    pub request: RequestId,
    /// Who writes.
    pub author: Party,
    /// What it is going to be.
    pub kind: EntryKind,
    /// The text so far.
    pub text: String,
    /// When it was saved last.
    pub at: Timestamp,
}

impl Draft {
    /// The id: an author has one draft of each kind for a request.
    #[must_use]
    pub fn id(&self) -> Uuid {
        Self::key(self.request, self.author, self.kind).id
    }

    /// The key of an author's draft.
    #[must_use]
    pub fn key(request: RequestId, author: Party, kind: EntryKind) -> Key {
        DRAFT.key(derived_id(request.0, &format!("draft {} {author}", kind.code())))
    }
}

crate::record_kind! {
    /// Drafts.
    pub static DRAFT: Draft {
        name: "draft",
        schema: 1,
        mark: None,
        growing: true,
        id: Draft::id,
        facts: fact::decode,
        relations: &[],
        columns draft_column {
            request: Id => |draft| ValueRef::Id(draft.request.0),
            author_kind: Code => |draft| ValueRef::Code(draft.author.kind.code()),
            author: Id => |draft| ValueRef::Id(draft.author.id),
            kind: Code => |draft| ValueRef::Code(draft.kind.code()),
            at: Instant => |draft| ValueRef::Instant(draft.at),
        }
        indexes {
            by_request: [request, author],
            by_author: [author, at],
        }
    }
}
