use super::command::Command;
use super::desk::Acting;
use super::error::DeskError;
use crate::life::directory::{Contact, DirectoryCommand, Employee, Grant, Member, Unit, UnitId};
use crate::store::Receipt;

/// Changes the directory on behalf of somebody. Saving a record again replaces it.
#[derive(Debug, Clone)]
pub struct People(pub(super) Acting);

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
    /// An actor without the right, a bad name, an unknown unit or manager, managers in a circle.
    pub async fn save_employee(&self, employee: Employee) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::SaveEmployee { employee }).await
    }

    /// Adds a contact or changes one.
    ///
    /// # Errors
    /// An actor without the right, a bad name, an unknown unit.
    pub async fn save_contact(&self, contact: Contact) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::SaveContact { contact }).await
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
    /// An actor without the right, an unknown role, unit, line or service.
    pub async fn save_grant(&self, grant: Grant) -> Result<Receipt, DeskError> {
        self.run(DirectoryCommand::SaveGrant { grant }).await
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
