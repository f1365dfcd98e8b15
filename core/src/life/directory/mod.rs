//! The directory of a tenant: units, employees, contacts, members of lines, grants, absences and delegations.
//!
//! They are records, so that a new hire needs no publishing. The engine holds all of them as one immutable
//! [`Directory`]; what belongs to a unit, who works on a line, who may do what, and who stands in for whom is asked there.

mod acting_for;
mod command;
mod decide;
mod event;
mod record;
mod snapshot;
mod standing_in;

pub use acting_for::Chain;
pub use command::{DirectoryCommand, FollowUp};
pub(crate) use decide::{check_name, decide};
pub use event::DirectoryEvent;
pub use record::{
    CONTACT, Contact, ContactId, EMPLOYEE, Employee, EmployeeId, GRANT, Grant, GrantId, MEMBER, Member, Only,
    Person, PersonAddress, Placement, Scope, TENANT, Tenant, UNIT, Unit, UnitId, UnitKind,
};
pub use snapshot::Directory;
pub use standing_in::{ABSENCE, Absence, AbsenceId, DELEGATION, Delegation, DelegationId};

#[cfg(test)]
mod tests;
