use std::sync::Arc;

use super::command::Command;
use super::desk::Acting;
use super::error::DeskError;
use super::list::{List, places};
use crate::base::{Address, Party};
use crate::condition::Filter;
use crate::config::catalog::Action;
use crate::life::directory::{
    Absence, CONTACT, Contact, ContactId, Delegation, DirectoryCommand, EMPLOYEE, Employee, EmployeeId,
    Grant, Member, Placement, Unit, UnitId,
};
use crate::life::erasure::Erasure;
use crate::life::{Refusal, World, WorldAt};
use crate::store::{Kind, Page, Query, Read, Receipt, Select, Stored, Version};

/// The directory on behalf of somebody. Saving a record again replaces it.
#[derive(Debug, Clone)]
pub struct People(pub(super) Acting);

/// Commands. Each is refused with the rule that forbids it, and then changes nothing.
impl People {
    /// Adds a unit or changes it.
    ///
    /// # Errors
    /// An actor without the right, a bad name, an unknown parent, a circle, too many levels.
    pub async fn save_unit(&self, unit: Unit) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::SaveUnit { unit }).await
    }

    /// Moves a unit with everything below it.
    ///
    /// # Errors
    /// An actor without the right, an unknown unit, a circle, too many levels.
    pub async fn move_unit(&self, unit: UnitId, parent: Option<UnitId>) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::MoveUnit { unit, parent }).await
    }

    /// Adds an employee or changes one.
    ///
    /// # Errors
    /// An actor without the right, a bad name or address, an unknown unit or manager, managers in a circle.
    pub async fn save_employee(&self, employee: Employee) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::SaveEmployee { employee }).await
    }

    /// Moves an employee to another place; lines and grants stay.
    ///
    /// # Errors
    /// An actor without the right, somebody who left, an unknown unit or manager, managers in a circle.
    pub async fn move_employee(&self, employee: EmployeeId, to: Placement) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::MoveEmployee { employee, to }).await
    }

    /// Lets an employee go: places on lines, grants, absences and delegations end at once, and the requests that the
    /// employee has go back to their lines with the next tick. Letting somebody go again looks for them again.
    ///
    /// # Errors
    /// An actor without the right, an unknown employee.
    pub async fn leave(&self, employee: EmployeeId) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::Leave { employee }).await
    }

    /// Takes an employee back, with nothing of what was held before.
    ///
    /// # Errors
    /// An actor without the right, somebody who works here, an unknown unit or manager, managers in a circle.
    pub async fn take_back(&self, employee: EmployeeId, to: Placement) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::Return { employee, to }).await
    }

    /// Adds a contact or changes one.
    ///
    /// # Errors
    /// An actor without the right, a bad name or address, an unknown unit, `address_taken`.
    pub async fn save_contact(&self, contact: Contact) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::SaveContact { contact }).await
    }

    /// Says that two contacts are one person: from now on the second one stands for both. Nobody is ever merged without
    /// being told so, whatever the addresses are.
    ///
    /// # Errors
    /// An actor without the right, an unknown contact, one that is merged already, too many.
    pub async fn merge_contact(&self, contact: ContactId, into: ContactId) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::MergeContact { contact, into }).await
    }

    /// Lets a merged contact stand for itself again: everything is as it was before.
    ///
    /// # Errors
    /// An actor without the right, a contact that is not merged.
    pub async fn unmerge_contact(&self, contact: ContactId) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::UnmergeContact { contact }).await
    }

    /// Puts an operator on a line, changes the tier, or takes the operator off.
    ///
    /// # Errors
    /// An actor without the right, an unknown line or employee, a tier that the line does not have.
    pub async fn save_member(&self, member: Member) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::SaveMember { member }).await
    }

    /// Gives a grant, changes it, or withdraws it.
    ///
    /// # Errors
    /// An actor without the right, an unknown role, unit, line or service, a holder who left.
    pub async fn save_grant(&self, grant: Grant) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::SaveGrant { grant }).await
    }

    /// Declares an absence, changes it, or withdraws it: an own one, or anybody's as an administrator.
    ///
    /// # Errors
    /// An actor without the right, a period that ends before it begins, `absence_overlaps`.
    pub async fn save_absence(&self, absence: Absence) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::SaveAbsence { absence }).await
    }

    /// Lets somebody act for an employee, changes how, or ends it: for oneself, or for anybody as an administrator.
    ///
    /// # Errors
    /// An actor without the right, an unknown employee, unit, line or service, a period that ends before it begins,
    /// `delegation_cycle`.
    pub async fn save_delegation(&self, delegation: Delegation) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::SaveDelegation { delegation }).await
    }

    /// Erases a person: everything that says who they are, and everything that they, or others in their requests, wrote.
    /// The worker does it, in slices; asking once more lets it go on or looks again. Figures and times stay, and so does the
    /// party's id. It cannot be undone.
    ///
    /// # Errors
    /// An actor without the right, an unknown person.
    pub async fn erase(&self, party: Party) -> Result<Receipt, DeskError> {
        self.0.run(Command::ErasePerson { party }).await
    }

    /// Makes several changes together, each seeing the ones before it: all of them or none.
    ///
    /// # Errors
    /// What refuses the first change that cannot be made.
    pub async fn import(&self, changes: Vec<DirectoryCommand>) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::Import { changes }).await
    }

    async fn run(&self, command: DirectoryCommand) -> Result<Receipt, DeskError> {
        self.0.run(Command::Directory { command }).await
    }
}

/// Questions, for who may see the directory; everybody may ask about themselves what says so.
impl People {
    /// An employee and the version.
    ///
    /// # Errors
    /// An actor without the right, an unknown employee.
    pub async fn employee(&self, id: EmployeeId) -> Result<(Arc<Employee>, Version), DeskError> {
        self.record(&EMPLOYEE, id.0).await
    }

    /// A contact and the version, as it was saved: it may be merged into another.
    ///
    /// # Errors
    /// An actor without the right, an unknown contact.
    pub async fn contact(&self, id: ContactId) -> Result<(Arc<Contact>, Version), DeskError> {
        self.record(&CONTACT, id.0).await
    }

    /// One page of employees.
    ///
    /// # Errors
    /// An actor without the right, the problems of the filter, an unknown column.
    pub async fn employees(&self, list: &List) -> Result<Page, DeskError> {
        self.page(list, &EMPLOYEE).await
    }

    /// One page of contacts.
    ///
    /// # Errors
    /// An actor without the right, the problems of the filter, an unknown column.
    pub async fn contacts(&self, list: &List) -> Result<Page, DeskError> {
        self.page(list, &CONTACT).await
    }

    /// The active employees who have an address, verified or not.
    ///
    /// # Errors
    /// An actor without the right.
    pub async fn employees_by_address(&self, address: &Address) -> Result<Vec<Arc<Employee>>, DeskError> {
        let world = self.may_see().await?;
        Ok(world.directory.employees_at(address).cloned().collect())
    }

    /// The active contact that has an address, verified or not; of a merged one, the contact that stands for it.
    ///
    /// # Errors
    /// An actor without the right.
    pub async fn contact_by_address(&self, address: &Address) -> Result<Option<Arc<Contact>>, DeskError> {
        let directory = &self.may_see().await?.directory;
        let found = directory.contact_at(address).map(|contact| directory.standing_for(contact.id.into()));
        Ok(found.and_then(|party| directory.contact(ContactId(party.id)).cloned()))
    }

    /// The absences of an employee, those withdrawn left out. Why somebody is away is told to themselves and to those
    /// who manage the directory.
    ///
    /// # Errors
    /// An actor without the right, unless it is the employee.
    pub async fn absences(&self, employee: EmployeeId) -> Result<Vec<Absence>, DeskError> {
        let world = self.may_see_of(employee).await?;
        let told = self.is(employee) || self.0.policy(&world).holds(Action::ManageDirectory);
        let absences = world.directory.absences(employee).map(|absence| Absence {
            reason: absence.reason.clone().filter(|_| told),
            ..(**absence).clone()
        });
        Ok(absences.collect())
    }

    /// The delegations from and to an employee, those withdrawn left out.
    ///
    /// # Errors
    /// An actor without the right, unless it is the employee.
    pub async fn delegations(&self, employee: EmployeeId) -> Result<Vec<Arc<Delegation>>, DeskError> {
        let directory = &self.may_see_of(employee).await?.directory;
        Ok(directory.delegations_of(employee).chain(directory.delegations_to(employee)).cloned().collect())
    }

    /// The employees for whom an employee may act now.
    ///
    /// # Errors
    /// An actor without the right, unless it is the employee.
    pub async fn principals(&self, employee: EmployeeId) -> Result<Vec<EmployeeId>, DeskError> {
        let world = self.may_see_of(employee).await?;
        Ok(world.directory.principals(employee, self.0.desk.now()))
    }

    /// How far the erasure of a person is.
    ///
    /// # Errors
    /// An actor without the right, a person of whom no erasure was asked for.
    pub async fn erasure(&self, party: Party) -> Result<Arc<Erasure>, DeskError> {
        let world = self.0.desk.world(self.0.actor.tenant).await?;
        self.0.policy(&world).require_role(Action::ErasePersons)?;
        let key = Erasure::key(world.directory.standing_for(party));
        let read = Read { keys: vec![key], ..Read::new(self.0.actor.tenant) };
        let view = self.0.desk.store().load(read).await?;
        let found = view.record::<Erasure>(key).flatten();
        Ok(found.ok_or_else(|| Refusal::not_found("erasure", party))?.0)
    }

    async fn record<T: Stored>(
        &self,
        kind: &'static Kind,
        id: uuid::Uuid,
    ) -> Result<(Arc<T>, Version), DeskError> {
        let (world, found) = self.0.find::<T>(kind.key(id)).await?;
        self.0.policy(&world).require_role(Action::SeeDirectory)?;
        Ok(found.ok_or_else(|| Refusal::not_found(kind.name, id))?)
    }

    async fn page(&self, list: &List, kind: &'static Kind) -> Result<Page, DeskError> {
        let (sort, columns) = places(list, kind)?;
        let asked = list.filter.check(kind)?;
        let (after, limit, select) = (list.after.clone(), list.limit, Select::Columns(columns));
        let query = Query {
            sort,
            after,
            limit,
            select,
            ..Query::records(self.0.actor.tenant, kind, Filter::everything())
        };
        let listing = |world: &World| {
            self.0.policy(world).require_role(Action::SeeDirectory)?;
            let filter = asked.ground(&WorldAt { world, now: self.0.desk.now() });
            Ok(Query { filter, ..query.clone() })
        };
        self.0.ask(listing).await
    }

    async fn may_see(&self) -> Result<Arc<World>, DeskError> {
        let world = self.0.desk.world(self.0.actor.tenant).await?;
        self.0.policy(&world).require_role(Action::SeeDirectory)?;
        Ok(world)
    }

    /// The world, for the employee in person and for who may see the directory.
    async fn may_see_of(&self, employee: EmployeeId) -> Result<Arc<World>, DeskError> {
        if !self.is(employee) {
            return self.may_see().await;
        }
        self.0.desk.world(self.0.actor.tenant).await
    }

    fn is(&self, employee: EmployeeId) -> bool {
        self.0.actor.party == employee.into() && self.0.actor.principal.is_none()
    }
}
