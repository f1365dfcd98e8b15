use serde::{Deserialize, Serialize};

use crate::base::limits::UPLOAD_HOURS;
use crate::base::{Party, Span, Timestamp};
use crate::condition::ValueRef;
use crate::life::request::fact;
use crate::store::BlobDigest;

crate::id! {
    /// Names an upload.
    UploadId
}

/// Bytes that somebody brought and did not attach yet. Whoever knows their digest cannot attach them; whoever brought
/// them can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// Who brought it.
    pub author: Party,
    /// When.
    pub at: Timestamp,
    /// How many bytes there are.
    pub bytes: u64,
    /// Their SHA-256.
    pub digest: BlobDigest,
}

impl Upload {
    /// Whether it can no longer be attached.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now - self.at > Span::hours(UPLOAD_HOURS)
    }
}

crate::record_kind! {
    /// Uploads. They are deleted when they are attached, and swept when they never were.
    pub static UPLOAD: Upload {
        name: "upload",
        schema: 1,
        mark: None,
        growing: true,
        id: |upload| upload.id.0,
        // No event is about an upload.
        facts: fact::decode,
        relations: &[],
        columns upload_column {
            author: Id => |upload| ValueRef::Id(upload.author.id),
            at: Instant => |upload| ValueRef::Instant(upload.at),
        }
        indexes {
            by_at: [at],
        }
    }
}
