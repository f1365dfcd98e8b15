use serde::{Deserialize, Serialize};

use super::record::{
    CONTACT, Contact, EMPLOYEE, Employee, GRANT, Grant, MEMBER, Member, TENANT, UNIT, Unit, UnitId,
};
use crate::base::TenantId;
use crate::base::limits::IMPORT_MAX;
use crate::store::Key;

/// Changes the directory. Saving a record again replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DirectoryCommand {
    /// Adds a unit or changes it.
    SaveUnit {
        /// The unit.
        unit: Unit,
    },
    /// Moves a unit with everything below it.
    MoveUnit {
        /// The unit.
        unit: UnitId,
        /// The unit that it shall belong to; none for the top.
        parent: Option<UnitId>,
    },
    /// Adds an employee or changes one.
    SaveEmployee {
        /// The employee.
        employee: Employee,
    },
    /// Adds a contact or changes one.
    SaveContact {
        /// The contact.
        contact: Contact,
    },
    /// Puts an operator on a line, changes the tier, or takes the operator off.
    SaveMember {
        /// The place on the line.
        member: Member,
    },
    /// Gives a grant, changes it, or withdraws it.
    SaveGrant {
        /// The grant.
        grant: Grant,
    },
    /// Makes several changes together, each seeing the ones before it: all of them or none.
    Import {
        /// The changes, up to [`IMPORT_MAX`](crate::base::limits::IMPORT_MAX).
        changes: Vec<DirectoryCommand>,
    },
}

impl DirectoryCommand {
    /// The records that the change writes.
    pub(crate) fn keys(&self, tenant: TenantId) -> Vec<Key> {
        match self {
            Self::SaveUnit { unit } => vec![UNIT.key(unit.id.0), TENANT.key(tenant.0)],
            Self::MoveUnit { unit, .. } => vec![UNIT.key(unit.0), TENANT.key(tenant.0)],
            Self::SaveEmployee { employee } => vec![EMPLOYEE.key(employee.id.0), TENANT.key(tenant.0)],
            Self::SaveContact { contact } => vec![CONTACT.key(contact.id.0)],
            Self::SaveMember { member } => vec![MEMBER.key(Member::id(&member.line, member.employee))],
            Self::SaveGrant { grant } => vec![GRANT.key(grant.id.0)],
            // An import that is too long is refused before anything is read.
            Self::Import { changes } if changes.len() > IMPORT_MAX => Vec::new(),
            Self::Import { changes } => changes.iter().flat_map(|change| change.keys(tenant)).collect(),
        }
    }
}
