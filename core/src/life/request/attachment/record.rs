use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::media::MediaType;
use super::scan::Scan;
use crate::base::{Party, Text, Timestamp, derived_id};
use crate::condition::ValueRef;
use crate::life::request::entry::{EntryId, Visibility};
use crate::life::request::event::RequestEvent;
use crate::life::request::fact;
use crate::life::request::record::{REQUEST, RequestId};
use crate::store::{BlobDigest, Relation};

crate::id! {
    /// Names an attachment.
    AttachmentId
}

/// A file of a request (вложение): the fold of the events that name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// The request.
    pub request: RequestId,
    /// Its number within the request, from 1.
    pub number: u32,
    /// The entry that it came with.
    pub entry: Option<EntryId>,
    /// Who may see it.
    pub visibility: Visibility,
    /// What the file is called.
    pub name: Text,
    /// What it is, as whoever attached it says.
    pub media_type: MediaType,
    /// How many bytes it has.
    pub bytes: u64,
    /// The SHA-256 of its bytes, under which they lie in the blob store.
    pub digest: BlobDigest,
    /// Who attached it.
    pub author: Party,
    /// When.
    pub at: Timestamp,
    /// How far the search for malware is.
    pub scan: Scan,
    /// When it was removed. Nobody gets its bytes any more, and they are swept when nothing else refers to them.
    pub removed_at: Option<Timestamp>,
    /// Whether its name and its bytes were erased.
    #[serde(default)]
    pub erased: bool,
}

/// What was known when a file was attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The attachment's id.
    pub id: AttachmentId,
    /// Its number within the request, from 1.
    pub number: u32,
    /// The entry that it came with.
    pub entry: Option<EntryId>,
    /// Who may see it.
    pub visibility: Visibility,
    /// What the file is called: the event's content.
    #[serde(skip)]
    pub name: Text,
    /// What it is.
    pub media_type: MediaType,
    /// How many bytes it has.
    pub bytes: u64,
    /// The SHA-256 of its bytes.
    pub digest: BlobDigest,
    /// How far the search for malware is.
    pub scan: Scan,
}

impl Attachment {
    /// The attachment that an event of a request makes.
    #[must_use]
    pub fn attached(request: RequestId, facts: Attached, author: Party, at: Timestamp) -> Self {
        Self {
            id: facts.id,
            request,
            number: facts.number,
            entry: facts.entry,
            visibility: facts.visibility,
            name: facts.name,
            media_type: facts.media_type,
            bytes: facts.bytes,
            digest: facts.digest,
            author,
            at,
            scan: facts.scan,
            removed_at: None,
            erased: false,
        }
    }

    /// Applies what happened; events that name another attachment, or none, change nothing.
    pub fn evolve(&mut self, event: &RequestEvent, at: Timestamp) {
        match event {
            RequestEvent::AttachmentScanned { attachment, scan } if *attachment == self.id => {
                self.scan = scan.clone();
            }
            RequestEvent::AttachmentRemoved { attachment, .. } if *attachment == self.id => {
                self.removed_at = Some(at);
            }
            RequestEvent::Erased { attachment, .. } if *attachment == Some(self.id) => {
                (self.name, self.erased) = (Text::default(), true);
            }
            _ => {}
        }
    }

    /// Whether a requester may see it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.visibility == Visibility::Public
    }

    /// Whether it is there and nothing speaks against it: it was not removed or erased, and it waits for no verdict.
    fn is_at_hand(&self) -> bool {
        let harmless = match self.scan {
            Scan::Clean | Scan::NotScanned => true,
            Scan::Pending | Scan::Failed | Scan::Infected { .. } => false,
        };
        harmless && self.removed_at.is_none() && !self.erased
    }

    /// The key of the item that asks for its scan.
    pub(crate) fn scan_key(&self) -> Uuid {
        derived_id(self.id.0, "scan")
    }
}

/// The first half of a digest, by which attachments are found that refer to a blob. Should two blobs ever share it,
/// one stays longer than it had to.
pub(crate) fn blob_id(digest: BlobDigest) -> Uuid {
    let mut half = [0; 16];
    half.copy_from_slice(&digest.0[..16]);
    Uuid::from_bytes(half)
}

crate::record_kind! {
    /// Attachments.
    pub static ATTACHMENT: Attachment {
        name: "attachment",
        schema: 2,
        mark: None,
        growing: true,
        id: |attachment| attachment.id.0,
        facts: fact::decode,
        relations: &[Relation::to("request", &REQUEST, attachment_column::request)],
        columns attachment_column {
            request: Id => |attachment| ValueRef::Id(attachment.request.0),
            number: Int => |attachment| ValueRef::Int(attachment.number.into()),
            public: Bool => |attachment| ValueRef::Bool(attachment.is_public()),
            // Of an attachment that was removed nobody wants the bytes, and those of an erased one are gone.
            blob: Id => |attachment| match attachment.removed_at {
                None if !attachment.erased => ValueRef::Id(blob_id(attachment.digest)),
                None | Some(_) => ValueRef::Absent,
            },
            removed: Bool => |attachment| ValueRef::Bool(attachment.removed_at.is_some()),
            at: Instant => |attachment| ValueRef::Instant(attachment.at),
            scan: Code => |attachment| ValueRef::Code(attachment.scan.code()),
            bytes: Int => |attachment| ValueRef::Int(i64::try_from(attachment.bytes).unwrap_or(i64::MAX)),
        }
        indexes {
            by_request: [request, number],
            by_blob: [blob],
        }
        texts {
            // What may do harm, and what nobody gets any more, is not found.
            name => |attachment| attachment.is_at_hand().then(|| attachment.name.as_str()),
        }
    }
}
