use serde::{Deserialize, Serialize};

use super::event;
use super::record::RequestId;
use crate::base::{Channel, Party, Timestamp};
use crate::condition::ValueRef;

crate::id! {
    /// Names an entry.
    EntryId
}

/// An entry (запись) of a request: something that somebody wrote, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// The request.
    pub request: RequestId,
    /// Its number within the request, from 1.
    pub number: u32,
    /// What it is, and so who may read it.
    pub kind: EntryKind,
    /// Who wrote it.
    pub author: Party,
    /// On whose behalf, when for somebody else.
    pub principal: Option<Party>,
    /// When.
    pub at: Timestamp,
    /// By which channel.
    pub channel: Channel,
    /// What was written.
    pub text: String,
    /// The entry that it is a copy of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy_of: Option<CopyOf>,
}

/// Where the text of an entry was written first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyOf {
    /// The request.
    pub request: RequestId,
    /// The entry.
    pub entry: EntryId,
    /// Who wrote it.
    pub author: Party,
    /// When.
    pub at: Timestamp,
}

impl From<&Entry> for CopyOf {
    fn from(entry: &Entry) -> Self {
        Self { request: entry.request, entry: entry.id, author: entry.author, at: entry.at }
    }
}

/// What an entry is; each kind is either public or internal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// The requester wrote it.
    Message,
    /// An operator wrote it to the requester.
    Answer,
    /// An operator wrote it for colleagues.
    Note,
    /// How the request was resolved.
    Resolution,
}

/// Who may read an entry, or see an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Requesters and operators.
    Public,
    /// Operators only.
    Internal,
}

impl EntryKind {
    /// The kind's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Answer => "answer",
            Self::Note => "note",
            Self::Resolution => "resolution",
        }
    }

    /// Who may read it.
    #[must_use]
    pub fn visibility(self) -> Visibility {
        match self {
            Self::Message | Self::Answer | Self::Resolution => Visibility::Public,
            Self::Note => Visibility::Internal,
        }
    }
}

crate::record_kind! {
    /// Entries.
    pub static ENTRY: Entry {
        name: "entry",
        schema: 1,
        mark: None,
        growing: true,
        id: |entry| entry.id.0,
        facts: event::decode,
        relations: &[],
        columns entry_column {
            request: Id => |entry| ValueRef::Id(entry.request.0),
            number: Int => |entry| ValueRef::Int(entry.number.into()),
            kind: Code => |entry| ValueRef::Code(entry.kind.code()),
            public: Bool => |entry| ValueRef::Bool(entry.kind.visibility() == Visibility::Public),
            author_kind: Code => |entry| ValueRef::Code(entry.author.kind.code()),
            author: Id => |entry| ValueRef::Id(entry.author.id),
            at: Instant => |entry| ValueRef::Instant(entry.at),
        }
        indexes {
            by_request: [request, number],
        }
    }
}
