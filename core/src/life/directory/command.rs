use serde::{Deserialize, Serialize};

use super::record::{
    CONTACT, Contact, ContactId, EMPLOYEE, Employee, EmployeeId, GRANT, Grant, MEMBER, Member, Placement,
    TENANT, UNIT, Unit, UnitId,
};
use super::standing_in::{ABSENCE, Absence, DELEGATION, Delegation};
use crate::base::limits::IMPORT_MAX;
use crate::base::{CommandId, Party, TenantId};
use crate::store::Key;

/// Changes the directory. Saving a record again replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
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
    /// Adds an employee or changes one. One who is saved as no longer active leaves as by `Leave`.
    SaveEmployee {
        /// The employee.
        employee: Employee,
    },
    /// Moves an employee to another place; lines and grants stay.
    MoveEmployee {
        /// The employee.
        employee: EmployeeId,
        /// The place.
        to: Placement,
    },
    /// Lets an employee go: places on lines, grants, absences and delegations end, open work goes back to its lines. Of
    /// somebody who left already, what was given to them in that moment is looked for again.
    Leave {
        /// The employee.
        employee: EmployeeId,
    },
    /// Takes an employee back, with nothing of what was held before.
    Return {
        /// The employee.
        employee: EmployeeId,
        /// The place.
        to: Placement,
    },
    /// Adds a contact or changes one.
    SaveContact {
        /// The contact.
        contact: Contact,
    },
    /// Says that two contacts are one person: from now on the second one stands for both.
    MergeContact {
        /// The contact that is stood for.
        contact: ContactId,
        /// The contact that stands for both.
        into: ContactId,
    },
    /// Lets a merged contact stand for itself again.
    UnmergeContact {
        /// The contact.
        contact: ContactId,
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
    /// Declares an absence, changes it, or withdraws it.
    SaveAbsence {
        /// The absence.
        absence: Absence,
    },
    /// Lets somebody act for an employee, changes how, or ends it.
    SaveDelegation {
        /// The delegation.
        delegation: Delegation,
    },
    /// Erases who somebody is, with everybody who is the same person; the engine's own.
    Erase {
        /// Who.
        party: Party,
    },
    /// Makes several changes together, each seeing the ones before it: all of them or none.
    Import {
        /// The changes, up to [`IMPORT_MAX`](crate::base::limits::IMPORT_MAX).
        changes: Vec<DirectoryCommand>,
    },
}

impl DirectoryCommand {
    /// The records that the change writes, whatever the directory holds.
    pub(crate) fn keys(&self, tenant: TenantId) -> Vec<Key> {
        let anchored = |key| vec![key, TENANT.key(tenant.0)];
        match self {
            Self::SaveUnit { unit } => anchored(UNIT.key(unit.id.0)),
            Self::MoveUnit { unit, .. } => anchored(UNIT.key(unit.0)),
            Self::SaveEmployee { employee } => anchored(EMPLOYEE.key(employee.id.0)),
            Self::MoveEmployee { employee, .. }
            | Self::Leave { employee }
            | Self::Return { employee, .. } => anchored(EMPLOYEE.key(employee.0)),
            Self::SaveContact { contact } => vec![CONTACT.key(contact.id.0)],
            Self::MergeContact { contact, into } => vec![CONTACT.key(contact.0), CONTACT.key(into.0)],
            Self::UnmergeContact { contact } => vec![CONTACT.key(contact.0)],
            Self::SaveMember { member } => vec![MEMBER.key(Member::id(&member.line, member.employee))],
            Self::SaveGrant { grant } => vec![GRANT.key(grant.id.0)],
            Self::SaveAbsence { absence } => anchored(ABSENCE.key(absence.id.0)),
            Self::SaveDelegation { delegation } => anchored(DELEGATION.key(delegation.id.0)),
            // Who is the same person is known to the directory.
            Self::Erase { .. } => vec![TENANT.key(tenant.0)],
            // An import that is too long is refused before anything is read.
            Self::Import { changes } if changes.len() > IMPORT_MAX => Vec::new(),
            Self::Import { changes } => changes.iter().flat_map(|change| change.keys(tenant)).collect(),
        }
    }

    /// The employee whose places, grants, absences and delegations the change may end.
    pub(super) fn uproots(&self) -> Option<EmployeeId> {
        match self {
            Self::Leave { employee } | Self::Return { employee, .. } => Some(*employee),
            Self::SaveEmployee { employee } if !employee.active => Some(employee.id),
            Self::SaveEmployee { .. }
            | Self::SaveUnit { .. }
            | Self::MoveUnit { .. }
            | Self::MoveEmployee { .. }
            | Self::SaveContact { .. }
            | Self::MergeContact { .. }
            | Self::UnmergeContact { .. }
            | Self::SaveMember { .. }
            | Self::SaveGrant { .. }
            | Self::SaveAbsence { .. }
            | Self::SaveDelegation { .. }
            | Self::Erase { .. }
            | Self::Import { .. } => None,
        }
    }
}

/// What is left to do after a change of the directory, beyond its own records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FollowUp {
    /// To give the requests of somebody who left back to their lines.
    GiveBack {
        /// Who left.
        employee: EmployeeId,
        /// The command that asked for it.
        set_by: CommandId,
    },
}
