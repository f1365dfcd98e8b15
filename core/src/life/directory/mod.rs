//! The directory of a tenant: units, employees, contacts, members of lines and grants.
//!
//! They are records, so that a new hire needs no publishing. The engine holds all of them as one immutable
//! [`Directory`]; what belongs to a unit, who works on a line, and who may do what is asked there.

mod command;
mod decide;
mod event;
mod record;
mod snapshot;

pub use command::DirectoryCommand;
pub(crate) use decide::{check_name, decide};
pub use event::DirectoryEvent;
pub use record::{
    CONTACT, Contact, ContactId, EMPLOYEE, Employee, EmployeeId, GRANT, Grant, GrantId, MEMBER, Member, Only,
    Person, Scope, TENANT, Tenant, UNIT, Unit, UnitId, UnitKind,
};
pub use snapshot::Directory;

#[cfg(test)]
mod tests;
