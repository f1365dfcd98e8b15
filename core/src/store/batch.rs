use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::error::StoreError;
use super::event::{NewEvent, Origin};
use super::kind::{Key, Stored, Version};
use super::read::Marks;
use super::work::WorkChange;
use crate::base::limits::{BATCH_EVENTS_MAX, BATCH_OPERATIONS_MAX};
use crate::base::{CommandId, TenantId, Timestamp};

/// Everything that one decision changes; it is applied whole or not at all.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The tenant whose rows it changes.
    pub tenant: TenantId,
    /// When it was decided.
    pub at: Timestamp,
    /// The command; a second batch of the same id is refused.
    pub command: CommandId,
    /// Digest of the command, to tell a repetition from another command under the same id.
    pub digest: Digest,
    /// Who, for whom, how and why.
    pub origin: Origin,
    /// What a repetition of the command is answered.
    pub answer: Answer,
    /// How the snapshots of the tenant must still stand, when it was decided by some that nobody looked after.
    pub marks: Option<Marks>,
    /// Records to write.
    pub puts: Vec<Put>,
    /// Records that puts replace, as they were read at the versions expected, as far as whoever decided knows them: a store
    /// may leave alone what did not change.
    pub replaced: Vec<Arc<dyn Stored>>,
    /// Records to delete, at the version expected.
    pub deletes: Vec<(Key, Version)>,
    /// Records that must still have this version.
    pub guards: Vec<(Key, Version)>,
    /// Unique values to take.
    pub claims: Vec<Claim>,
    /// Unique values to give back; one that its owner does not hold stays as it is.
    pub releases: Vec<Claim>,
    /// What happened.
    pub events: Vec<NewEvent>,
    /// Records whose free text and personal values are blanked for good, in every event about them that the journal
    /// holds before this batch. Whoever erases a record writes or deletes it as well: its own body stays as it is.
    pub erase: Vec<Key>,
    /// Timers and effects to set, cancel and finish.
    pub work: Vec<WorkChange>,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new(tenant: TenantId, at: Timestamp, command: CommandId, digest: Digest, origin: Origin) -> Self {
        Self {
            tenant,
            at,
            command,
            digest,
            origin,
            answer: Answer::default(),
            marks: None,
            puts: Vec::new(),
            replaced: Vec::new(),
            deletes: Vec::new(),
            guards: Vec::new(),
            claims: Vec::new(),
            releases: Vec::new(),
            events: Vec::new(),
            erase: Vec::new(),
            work: Vec::new(),
        }
    }

    /// Holds the batch against the limits and what every store can keep; each asks this before it takes a batch.
    ///
    /// # Errors
    /// [`StoreError::Limit`] names the limit, [`StoreError::Unstorable`] what cannot be kept.
    pub fn within_limits(&self) -> Result<(), StoreError> {
        let operations = self.puts.len()
            + self.deletes.len()
            + self.guards.len()
            + self.claims.len()
            + self.releases.len()
            + self.erase.len()
            + self.work.len();
        StoreError::within("operations of a batch", operations, BATCH_OPERATIONS_MAX)?;
        StoreError::within("events of a batch", self.events.len(), BATCH_EVENTS_MAX)?;
        self.storable()
    }
}

/// A record to write.
#[derive(Debug, Clone)]
pub struct Put {
    /// The record.
    pub record: Arc<dyn Stored>,
    /// The version that it replaces; [`Version::ABSENT`] for a new one.
    pub expected: Version,
}

impl Put {
    /// The record's key.
    #[must_use]
    pub fn key(&self) -> Key {
        self.record.key()
    }
}

/// A value that one owner holds in a space, such as an e-mail address among contacts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// The space.
    pub space: Arc<str>,
    /// The value, compared byte by byte.
    pub value: Arc<str>,
    /// Who holds it.
    pub owner: Uuid,
}

/// SHA-256 of a command's payload.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of a payload.
    #[must_use]
    pub fn of(payload: &[u8]) -> Self {
        Self(Sha256::digest(payload).into())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a command is answered, as far as the decision knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The record that the command was about.
    pub subject: Uuid,
    /// What people call it, such as `IT-000123`.
    pub label: String,
    /// Its version afterwards.
    pub version: Version,
}

/// What a committed command is answered, the first time and every time after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The record that the command was about.
    pub subject: Uuid,
    /// What people call it, such as `IT-000123`.
    pub label: String,
    /// Its version afterwards.
    pub version: Version,
    /// The last journal position of the batch; of the tenant when it brought no event.
    pub position: u64,
}

/// The first answer of a command id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// Digest of the first payload.
    pub digest: Digest,
    /// The first answer.
    pub receipt: Receipt,
}
