use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::base::{Channel, Party, Timestamp};
use crate::life::request::{Attachment, Entry, EntryRevision, Request};
use crate::store::Event;

/// Everything of a request, as it leaves for the archive. Of its files it holds what they were and the digests of their
/// bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// The number of the format.
    pub format: u32,
    /// The request, as it ended.
    pub request: Request,
    /// Its entries, in order.
    pub entries: Vec<Entry>,
    /// What the entries said before.
    pub revisions: Vec<EntryRevision>,
    /// Its attachments, in order.
    pub attachments: Vec<Attachment>,
    /// What happened to it, in order.
    pub events: Vec<BundledEvent>,
}

impl Bundle {
    /// The format that is written.
    pub const FORMAT: u32 = 1;
}

/// Something that happened, with its texts and personal values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundledEvent {
    /// Its place in the journal.
    pub position: u64,
    /// When.
    pub at: Timestamp,
    /// Who acted.
    pub actor: Party,
    /// For whom, when for somebody else.
    pub principal: Option<Party>,
    /// By which channel.
    pub channel: Channel,
    /// The timer or effect that gave the command.
    pub cause: Option<Uuid>,
    /// The name of what happened.
    pub name: String,
    /// What happened.
    pub body: Value,
    /// Texts and personal values, unless they were erased.
    pub content: Option<Value>,
}

impl BundledEvent {
    /// An event of the journal.
    ///
    /// # Errors
    /// What the serialiser reports.
    pub fn of(event: &Event) -> Result<Self, serde_json::Error> {
        let content = event.fact.content()?;
        Ok(Self {
            position: event.position,
            at: event.at,
            actor: event.origin.actor,
            principal: event.origin.principal,
            channel: event.origin.channel,
            cause: event.origin.cause,
            name: event.fact.name().to_owned(),
            body: serde_json::from_str(&event.fact.encode()?)?,
            content: content.as_deref().map(serde_json::from_str).transpose()?,
        })
    }
}
