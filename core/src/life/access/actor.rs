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
    /// By which channel.
    pub channel: Channel,
}

impl Actor {
    /// An employee.
    #[must_use]
    pub fn employee(tenant: TenantId, id: EmployeeId, channel: Channel) -> Self {
        Self { tenant, party: id.into(), channel }
    }

    /// A contact.
    #[must_use]
    pub fn contact(tenant: TenantId, id: ContactId, channel: Channel) -> Self {
        Self { tenant, party: id.into(), channel }
    }

    /// A program that calls on its own account.
    #[must_use]
    pub fn integration(tenant: TenantId, id: Uuid) -> Self {
        Self { tenant, party: Party { kind: PartyKind::Integration, id }, channel: Channel::Api }
    }

    /// A program that talks to people.
    #[must_use]
    pub fn bot(tenant: TenantId, id: Uuid, channel: Channel) -> Self {
        Self { tenant, party: Party { kind: PartyKind::Bot, id }, channel }
    }

    /// The engine itself.
    #[must_use]
    pub fn system(tenant: TenantId) -> Self {
        Self { tenant, party: Party::SYSTEM, channel: Channel::Internal }
    }
}
