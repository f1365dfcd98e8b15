use std::any::Any;
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use super::error::StoreError;
use super::kind::Key;
use crate::base::limits::JOURNAL_PAGE_MAX;
use crate::base::{Channel, CommandId, Party, TenantId, Timestamp};

/// What happened, as a typed fact.
///
/// Free text and personal values are kept apart, in [`Fact::content`], so that they can be erased
/// ([`Batch::erase`](super::Batch::erase)) while the fact stays.
pub trait Fact: Any + fmt::Debug + Send + Sync {
    /// Its name: a participle in snake case.
    fn name(&self) -> &'static str;

    /// The fact as JSON, without its content.
    ///
    /// # Errors
    /// What the serialiser reports.
    fn encode(&self) -> Result<String, serde_json::Error>;

    /// Its free text and personal values as JSON, if it has any.
    ///
    /// # Errors
    /// What the serialiser reports.
    fn content(&self) -> Result<Option<String>, serde_json::Error> {
        Ok(None)
    }
}

/// Who caused a batch, for whom, how and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Who acted.
    pub actor: Party,
    /// On whose behalf, when for somebody else.
    pub principal: Option<Party>,
    /// By which channel.
    pub channel: Channel,
    /// The timer or effect that gave the command, when nobody did.
    pub cause: Option<Uuid>,
}

impl Origin {
    /// The engine itself.
    pub const SYSTEM: Self =
        Self { actor: Party::SYSTEM, principal: None, channel: Channel::Internal, cause: None };
}

/// An event that a batch brings.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// The record that it is about.
    pub subject: Key,
    /// What happened.
    pub fact: Arc<dyn Fact>,
}

/// An event of the journal.
#[derive(Debug, Clone)]
pub struct Event {
    /// The tenant.
    pub tenant: TenantId,
    /// Its place in the tenant's journal, from 1, without gaps.
    pub position: u64,
    /// When the command was decided.
    pub at: Timestamp,
    /// The command.
    pub command: CommandId,
    /// Who, for whom, how and why.
    pub origin: Origin,
    /// The record that it is about.
    pub subject: Key,
    /// What happened.
    pub fact: Arc<dyn Fact>,
}

impl Event {
    /// The fact as its own type; `None` when it is of another.
    #[must_use]
    pub fn of<T: Fact>(&self) -> Option<&T> {
        let any: &dyn Any = &*self.fact;
        any.downcast_ref()
    }
}

/// Asks for a part of a tenant's journal.
#[derive(Debug, Clone)]
pub struct JournalRead {
    /// The tenant.
    pub tenant: TenantId,
    /// Events after this position.
    pub after: u64,
    /// Of this record only.
    pub subject: Option<Key>,
    /// At most so many, up to [`JOURNAL_PAGE_MAX`](crate::base::limits::JOURNAL_PAGE_MAX).
    pub limit: usize,
}

impl JournalRead {
    /// Holds the read against the limits; every store asks this first.
    ///
    /// # Errors
    /// [`StoreError::Limit`].
    pub fn within_limits(&self) -> Result<(), StoreError> {
        StoreError::within("events of a journal page", self.limit, JOURNAL_PAGE_MAX)
    }
}
