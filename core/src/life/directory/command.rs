use serde::{Deserialize, Serialize};

use super::record::{Contact, Employee, Grant, Member, Unit, UnitId};

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
}
