use std::sync::Arc;

use uuid::Uuid;

use super::access::{Actor, Policy};
use super::refusal::Refusal;
use super::world::{World, WorldAt};
use crate::base::{CommandId, IdGen, Timestamp};
use crate::store::{Batch, Digest, Event, Key, Loaded, Lookup, Origin, Stored, Version, View};

/// What a decision changes: a batch, ready to be committed.
pub type Decision = Batch;

/// What comes of deciding.
#[derive(Debug)]
pub enum Outcome {
    /// The decision is made.
    Done(Box<Decision>),
    /// More has to be read first; then the same question is asked again.
    Need(Need),
}

/// What a decision wants to know before it is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Need {
    /// Records.
    pub keys: Vec<Key>,
    /// Records by an index.
    pub lookups: Vec<Lookup>,
    /// A human number that begins with this prefix.
    pub number: Option<String>,
    /// Everything that happened to a record.
    pub past: Option<Key>,
}

impl Need {
    /// A human number that begins with a prefix.
    pub(crate) fn number(prefix: &str) -> Self {
        Self { number: Some(prefix.to_owned()), ..Self::default() }
    }
}

/// Why deciding stopped: `?` carries both up.
#[derive(Debug)]
pub enum Halt {
    /// More has to be read.
    Need(Need),
    /// The command is refused.
    Refused(Refusal),
}

impl From<Need> for Halt {
    fn from(need: Need) -> Self {
        Self::Need(need)
    }
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A human number of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// What it begins with.
    pub prefix: String,
    /// What it counts.
    pub count: u64,
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{:06}", self.prefix, self.count)
    }
}

/// What happened to a record, in order.
#[derive(Debug, Clone)]
pub struct Past {
    /// The record.
    pub subject: Key,
    /// What happened.
    pub events: Vec<Event>,
}

/// Everything that a decision may look at beside the records: who asks, when, and how the tenant is set up.
#[derive(Debug)]
pub struct Context<'a> {
    /// The present instant.
    pub now: Timestamp,
    /// Who asks.
    pub actor: &'a Actor,
    /// Directory and definitions.
    pub world: &'a World,
    /// The command.
    pub command: CommandId,
    /// Digest of the command's payload.
    pub digest: Digest,
    /// The version of the subject that the actor saw, when the command depends on it.
    pub seen: Option<Version>,
    /// The timer or effect that gave the command.
    pub cause: Option<Uuid>,
    /// Whether attachments are scanned for malware.
    pub scanning: bool,
    /// A fresh human number, once it was asked for.
    pub number: Option<Number>,
    /// What happened to a record, once it was asked for.
    pub past: Option<Past>,
    /// Fresh ids.
    pub ids: IdGen,
}

impl Context<'_> {
    /// What the actor may do.
    #[must_use]
    pub fn policy(&self) -> Policy<'_> {
        Policy::new(self.world, self.actor, self.now)
    }

    /// Time and trees for conditions.
    #[must_use]
    pub fn env(&self) -> WorldAt<'_> {
        WorldAt { world: self.world, now: self.now }
    }

    /// Begins the decision.
    #[must_use]
    pub fn begin(&self) -> Decision {
        let origin = Origin {
            actor: self.actor.party,
            principal: self.actor.principal,
            channel: self.actor.channel,
            cause: self.cause,
        };
        Batch::new(self.actor.tenant, self.now, self.command, self.digest, origin)
    }

    /// Refuses when the record changed since the actor saw it.
    pub(crate) fn unchanged(&self, current: Version) -> Result<(), Refusal> {
        match self.seen {
            Some(seen) if seen != current => Err(Refusal::Stale { seen, current, changed: Vec::new() }),
            _ => Ok(()),
        }
    }
}

/// Reads loaded records, and asks for those that were not loaded.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(pub &'a View);

impl<'a> Reader<'a> {
    /// A record and its version; `None` when there is none.
    pub fn find<T: Stored>(&self, key: Key) -> Result<Option<(Arc<T>, Version)>, Halt> {
        self.0.record(key).ok_or_else(|| Need { keys: vec![key], ..Need::default() }.into())
    }

    /// The version of a record, [`Version::ABSENT`] when there is none.
    pub fn version(&self, key: Key) -> Result<Version, Halt> {
        match self.0.records.get(&key) {
            Some(found) => Ok(found.as_ref().map_or(Version::ABSENT, |loaded| loaded.version)),
            None => Err(Need { keys: vec![key], ..Need::default() }.into()),
        }
    }

    /// The records that a lookup finds.
    pub fn lookup(&self, lookup: &Lookup) -> Result<&'a [Loaded], Halt> {
        match self.0.lookups.iter().find(|(asked, _)| asked == lookup) {
            Some((_, found)) => Ok(found),
            None => Err(Need { lookups: vec![lookup.clone()], ..Need::default() }.into()),
        }
    }
}
