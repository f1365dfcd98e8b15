//! Employees who come, move, leave and come back.

use std::sync::Arc;

use super::Draft;
use crate::base::derived_id;
use crate::life::decision::Halt;
use crate::life::directory::command::FollowUp;
use crate::life::directory::event::DirectoryEvent;
use crate::life::directory::record::{EMPLOYEE, Employee, EmployeeId, Grant, Member, Placement};
use crate::life::directory::standing_in::{Absence, Delegation};
use crate::life::refusal::Refusal;
use crate::store::{Key, NewWork, Queue, Stored, WorkChange};

impl Draft<'_> {
    pub(super) fn save_employee(&mut self, employee: &Employee) -> Result<(), Halt> {
        self.check_employee(employee)?;
        let known = self.directory.employee(employee.id).cloned();
        let manager = known.as_ref().and_then(|known| known.manager);
        self.anchored |= employee.manager.is_some() && employee.manager != manager;
        let event = DirectoryEvent::EmployeeSaved(employee.clone());
        self.save(EMPLOYEE.key(employee.id.0), Arc::new(employee.clone()), event)?;
        match known {
            Some(known) if known.active && !employee.active => self.let_go(employee.id),
            Some(known) if !known.active && employee.active => self.uproot(employee.id),
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn move_employee(&mut self, id: EmployeeId, to: &Placement) -> Result<(), Halt> {
        let known = self.known(id)?;
        if !known.active {
            return Err(Refusal::rule("employee_left", format!("`{id}` has left")).into());
        }
        if known.placement() == *to {
            return Err(Refusal::rule("no_change", "the employee works there already").into());
        }
        self.check_placement(id, to)?;
        self.anchored |= to.manager.is_some() && to.manager != known.manager;
        self.happen(&known, DirectoryEvent::EmployeeMoved(to.clone()))
    }

    pub(super) fn leave(&mut self, id: EmployeeId) -> Result<(), Halt> {
        let known = self.known(id)?;
        if known.active {
            self.happen(&known, DirectoryEvent::EmployeeLeft)?;
        }
        // Of somebody who left already, what was given in that moment ends, and the requests are looked for again.
        self.subject = Some(EMPLOYEE.key(id.0));
        self.let_go(id)
    }

    pub(super) fn take_back(&mut self, id: EmployeeId, to: &Placement) -> Result<(), Halt> {
        let known = self.known(id)?;
        if known.active {
            return Err(Refusal::rule("no_change", format!("`{id}` works here")).into());
        }
        self.check_placement(id, to)?;
        self.anchored |= to.manager.is_some() && to.manager != known.manager;
        self.happen(&known, DirectoryEvent::EmployeeReturned(to.clone()))?;
        // What was given in the moment of leaving, by a decision that did not know of it, ends here.
        self.uproot(id)
    }

    /// Everything that an employee holds and loses by leaving.
    pub(super) fn holdings(&self, id: EmployeeId) -> Vec<Key> {
        let directory = &self.directory;
        let places = directory.places(id).map(|member| member.key());
        let grants = directory.grants(id.into()).map(|grant| grant.key());
        let absences = directory.absences(id).map(|absence| absence.key());
        let delegations = directory.delegations_of(id).chain(directory.delegations_to(id));
        let delegations = delegations.map(|delegation| delegation.key());
        places.chain(grants).chain(absences).chain(delegations).collect()
    }

    pub(super) fn known(&self, id: EmployeeId) -> Result<Arc<Employee>, Refusal> {
        self.directory.employee(id).cloned().ok_or_else(|| Refusal::not_found("employee", id))
    }

    fn happen(&mut self, known: &Employee, event: DirectoryEvent) -> Result<(), Halt> {
        let mut employee = known.clone();
        employee.evolve(&event);
        self.save(EMPLOYEE.key(known.id.0), Arc::new(employee), event)
    }

    /// Ends what somebody who left holds, and has their requests given back. Those are records of their own, so that is
    /// follow-up work.
    fn let_go(&mut self, id: EmployeeId) -> Result<(), Halt> {
        self.uproot(id)?;
        let give_back = FollowUp::GiveBack { employee: id, set_by: self.context.command };
        let body = serde_json::to_string(&give_back)
            .map_err(|error| Refusal::invalid("employee", error.to_string()))?;
        let (key, subject) = (derived_id(id.0, "give back"), EMPLOYEE.key(id.0));
        let item = NewWork { queue: Queue::Timers, key, subject, due: self.context.now, body };
        self.work.push(WorkChange::Set(item));
        Ok(())
    }

    /// Withdraws places, grants, absences and delegations to and from, each with its event.
    fn uproot(&mut self, id: EmployeeId) -> Result<(), Halt> {
        let places: Vec<_> = self.directory.places(id).cloned().collect();
        let grants: Vec<_> = self.directory.grants(id.into()).cloned().collect();
        let absences: Vec<_> = self.directory.absences(id).cloned().collect();
        let delegations = self.directory.delegations_of(id).chain(self.directory.delegations_to(id));
        let delegations: Vec<_> = delegations.cloned().collect();
        for member in places {
            let ended = Member { active: false, ..(*member).clone() };
            let event = DirectoryEvent::MemberSaved(ended.clone());
            self.save_along(ended.key(), Arc::new(ended), event)?;
        }
        for grant in grants {
            let ended = Grant { active: false, ..(*grant).clone() };
            let event = DirectoryEvent::GrantSaved(ended.clone());
            self.save_along(ended.key(), Arc::new(ended), event)?;
        }
        for absence in absences {
            let ended = Absence { active: false, ..(*absence).clone() };
            let event = DirectoryEvent::AbsenceSaved(ended.clone());
            self.save_along(ended.key(), Arc::new(ended), event)?;
        }
        for delegation in delegations {
            let ended = Delegation { active: false, ..(*delegation).clone() };
            let event = DirectoryEvent::DelegationSaved(ended.clone());
            self.save_along(ended.key(), Arc::new(ended), event)?;
        }
        Ok(())
    }
}
