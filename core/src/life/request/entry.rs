use serde::{Deserialize, Serialize};

use super::fact;
use super::record::{REQUEST, RequestId};
use crate::base::{Channel, Party, Span, Timestamp, is_default};
use crate::condition::ValueRef;
use crate::life::directory::EmployeeId;
use crate::store::Relation;

crate::id! {
    /// Names an entry.
    EntryId
}

/// An entry (запись) of a request: something that somebody wrote.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Party>,
    /// When.
    pub at: Timestamp,
    /// By which channel.
    pub channel: Channel,
    /// What it says now.
    pub text: String,
    /// The employees whom the author mentioned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<EmployeeId>,
    /// How often it was edited; each former text is a [revision](super::EntryRevision).
    #[serde(default, skip_serializing_if = "is_default")]
    pub revisions: u32,
    /// Who edited it last, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited: Option<Touched>,
    /// Who blanked it, or passages of it, last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted: Option<Redacted>,
    /// The work that it logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
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

/// Who did something to an entry, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// Who.
    pub by: Party,
    /// When.
    pub at: Timestamp,
}

/// That an entry was blanked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redacted {
    /// Who blanked it, and when.
    pub last: Touched,
    /// Whether nothing of it is left.
    pub whole: bool,
}

/// Work that an entry logs (трудозатраты).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// How long it took.
    pub spent: Span,
    /// When it was done.
    pub at: Timestamp,
    /// Whether it was retracted: it no longer counts.
    pub retracted: bool,
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
    /// What an operator spent time on.
    Work,
    /// What the requester says about how the request was served.
    Rating,
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

impl Visibility {
    /// Whether who sees this much sees something of the other visibility.
    #[must_use]
    pub fn shows(self, other: Self) -> bool {
        self == Self::Internal || other == Self::Public
    }
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
            Self::Work => "work",
            Self::Rating => "rating",
        }
    }

    /// Who may read it.
    #[must_use]
    pub fn visibility(self) -> Visibility {
        match self {
            Self::Message | Self::Answer | Self::Resolution | Self::Rating => Visibility::Public,
            Self::Note | Self::Work => Visibility::Internal,
        }
    }
}

crate::record_kind! {
    /// Entries.
    pub static ENTRY: Entry {
        name: "entry",
        schema: 2,
        mark: None,
        growing: true,
        id: |entry| entry.id.0,
        facts: fact::decode,
        relations: &[Relation::to("request", &REQUEST, entry_column::request)],
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
        texts {
            text => |entry| Some(&entry.text),
        }
    }
}
