//! What is left of somebody who was erased: the id, and where they stood.

use std::sync::Arc;

use super::Draft;
use crate::base::{Party, PartyKind};
use crate::life::decision::Halt;
use crate::life::directory::command::DirectoryCommand;
use crate::life::directory::event::DirectoryEvent;
use crate::life::directory::record::{CONTACT, Contact, ContactId, EMPLOYEE, Employee, EmployeeId, Person};
use crate::life::refusal::Refusal;
use crate::store::Key;

impl Draft<'_> {
    /// The records of everybody whom a change erases, and what the employees among them hold.
    pub(super) fn persons(&self, change: &DirectoryCommand) -> Vec<Key> {
        let DirectoryCommand::Erase { party } = change else { return Vec::new() };
        let of = |who: Party| match who.kind {
            PartyKind::Employee => {
                let id = EmployeeId(who.id);
                [EMPLOYEE.key(who.id)].into_iter().chain(self.holdings(id)).collect()
            }
            PartyKind::Contact => vec![CONTACT.key(who.id)],
            PartyKind::Bot | PartyKind::Integration | PartyKind::System => Vec::new(),
        };
        self.directory.identities(*party).into_iter().flat_map(of).collect()
    }

    /// Erases who somebody is. Addresses become free with it; an employee leaves.
    pub(super) fn erase_person(&mut self, party: Party) -> Result<(), Halt> {
        for who in self.directory.identities(party) {
            match who.kind {
                PartyKind::Employee => self.erase_employee(EmployeeId(who.id))?,
                PartyKind::Contact => self.erase_contact(ContactId(who.id))?,
                PartyKind::Bot | PartyKind::Integration | PartyKind::System => {
                    return Err(Refusal::not_found("person", party).into());
                }
            }
        }
        Ok(())
    }

    fn erase_employee(&mut self, id: EmployeeId) -> Result<(), Halt> {
        let key = EMPLOYEE.key(id.0);
        let active = self.known(id)?.active;
        if active {
            self.leave(id)?;
        }
        let left = Employee { person: Person::default(), active: false, ..(*self.known(id)?).clone() };
        self.erase.push(key);
        self.save(key, Arc::new(left), DirectoryEvent::PersonErased)
    }

    fn erase_contact(&mut self, id: ContactId) -> Result<(), Halt> {
        let key = CONTACT.key(id.0);
        let known = self.known_contact(id)?;
        let left = Contact { person: Person::default(), active: false, ..(*known).clone() };
        self.erase.push(key);
        self.save(key, Arc::new(left), DirectoryEvent::PersonErased)
    }
}
