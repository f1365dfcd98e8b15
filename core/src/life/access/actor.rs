use uuid::Uuid;

use crate::base::{Channel, Party, PartyKind, TenantId};
use crate::life::directory::{ContactId, EmployeeId};

/// Who asks: every call has one. Identity is the host's business; the engine believes what it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Actor {
    /// The tenant that the call is about.
    pub tenant: TenantId,
    /// Who asks.
    pub party: Party,
    /// For whom, when for somebody else: then the actor may do what that principal may, as far as a delegation goes.
    pub principal: Option<Party>,
    /// By which channel.
    pub channel: Channel,
}

impl Actor {
    fn new(tenant: TenantId, party: Party, channel: Channel) -> Self {
        Self { tenant, party, principal: None, channel }
    }

    /// An employee.
    #[must_use]
    pub fn employee(tenant: TenantId, id: EmployeeId, channel: Channel) -> Self {
        Self::new(tenant, id.into(), channel)
    }

    /// A contact.
    #[must_use]
    pub fn contact(tenant: TenantId, id: ContactId, channel: Channel) -> Self {
        Self::new(tenant, id.into(), channel)
    }

    /// A program that calls on its own account.
    #[must_use]
    pub fn integration(tenant: TenantId, id: Uuid) -> Self {
        Self::new(tenant, Party { kind: PartyKind::Integration, id }, Channel::Api)
    }

    /// A program that talks to people.
    #[must_use]
    pub fn bot(tenant: TenantId, id: Uuid, channel: Channel) -> Self {
        Self::new(tenant, Party { kind: PartyKind::Bot, id }, channel)
    }

    /// The engine itself.
    #[must_use]
    pub fn system(tenant: TenantId) -> Self {
        Self::new(tenant, Party::SYSTEM, Channel::Internal)
    }

    /// The same employee on behalf of another one, whose absence or delegation has to allow it.
    #[must_use]
    pub fn acting_for(self, principal: EmployeeId) -> Self {
        Self { principal: Some(principal.into()), ..self }
    }

    /// In whose place things are done: the principal's, or the actor's own.
    #[must_use]
    pub fn on_behalf_of(&self) -> Party {
        self.principal.unwrap_or(self.party)
    }
}
