//! Absences and delegations.

use std::sync::Arc;

use super::Draft;
use super::check::check_length;
use crate::base::Timestamp;
use crate::base::limits::{ABSENCES_MAX, DELEGATIONS_MAX, SCOPE_LIST_MAX};
use crate::life::decision::Halt;
use crate::life::directory::event::DirectoryEvent;
use crate::life::directory::record::Only;
use crate::life::directory::standing_in::{ABSENCE, Absence, DELEGATION, Delegation};
use crate::life::refusal::Refusal;

impl Draft<'_> {
    pub(super) fn save_absence(&mut self, absence: &Absence) -> Result<(), Halt> {
        let key = ABSENCE.key(absence.id.0);
        let known = self.current::<Absence>(key)?;
        if known.as_ref().is_some_and(|known| known.employee != absence.employee) {
            return Err(Refusal::invalid("absence.employee", "an absence does not change hands").into());
        }
        let absence = match known {
            _ if absence.active => {
                self.check_absence(absence)?;
                absence.clone()
            }
            // Withdrawing changes nothing else.
            Some(known) => Absence { active: false, ..(*known).clone() },
            None => return Err(Refusal::not_found("absence", absence.id).into()),
        };
        self.anchored = true;
        self.save(key, Arc::new(absence.clone()), DirectoryEvent::AbsenceSaved(absence))
    }

    pub(super) fn save_delegation(&mut self, delegation: &Delegation) -> Result<(), Halt> {
        let key = DELEGATION.key(delegation.id.0);
        let known = self.current::<Delegation>(key)?;
        if known.as_ref().is_some_and(|known| known.principal != delegation.principal) {
            let reason = "a delegation does not change hands";
            return Err(Refusal::invalid("delegation.principal", reason).into());
        }
        let delegation = match known {
            _ if delegation.active => {
                self.check_delegation(delegation)?;
                delegation.clone()
            }
            // Withdrawing changes nothing else.
            Some(known) => Delegation { active: false, ..(*known).clone() },
            None => return Err(Refusal::not_found("delegation", delegation.id).into()),
        };
        self.anchored = true;
        self.save(key, Arc::new(delegation.clone()), DirectoryEvent::DelegationSaved(delegation))
    }

    fn check_absence(&self, absence: &Absence) -> Result<(), Refusal> {
        self.check_works("absence.employee", absence.employee)?;
        check_period("absence.until", absence.from, absence.until)?;
        absence.reason.as_ref().map_or(Ok(()), |reason| check_length("absence.reason", reason))?;
        let others = || self.directory.absences(absence.employee).filter(|other| other.id != absence.id);
        if others().any(|other| other.overlaps(absence)) {
            let reason = format!("`{}` is away at that time already", absence.employee);
            return Err(Refusal::rule("absence_overlaps", reason));
        }
        if others().count() >= ABSENCES_MAX {
            let reason = format!("an employee has at most {ABSENCES_MAX} absences");
            return Err(Refusal::rule("too_many_absences", reason));
        }
        Ok(())
    }

    fn check_delegation(&self, delegation: &Delegation) -> Result<(), Refusal> {
        self.check_works("delegation.principal", delegation.principal)?;
        self.check_works("delegation.delegate", delegation.delegate)?;
        check_period("delegation.until", delegation.from, delegation.until)?;
        let fields = [
            "delegation.scope",
            "delegation.scope.units",
            "delegation.scope.lines",
            "delegation.scope.services",
        ];
        self.check_scope(fields, &delegation.scope)?;
        check_actions(delegation)?;
        self.check_number(delegation)?;
        if delegation.principal == delegation.delegate || self.directory.closes_circle(delegation) {
            let reason = format!("`{}` would act for themselves in the end", delegation.principal);
            return Err(Refusal::rule("delegation_cycle", reason));
        }
        Ok(())
    }

    /// So many may act for one employee, and one for so many, that a policy stays a short expression. What has ended does
    /// not count.
    fn check_number(&self, delegation: &Delegation) -> Result<(), Refusal> {
        let now = self.context.now;
        let counts = |other: &&Arc<Delegation>| {
            other.id != delegation.id && other.until.is_none_or(|until| until > now)
        };
        let of = self.directory.delegations_of(delegation.principal).filter(counts).count();
        let to = self.directory.delegations_to(delegation.delegate).filter(counts).count();
        if of.max(to) >= DELEGATIONS_MAX {
            let reason = format!("an employee has at most {DELEGATIONS_MAX} delegations from or to others");
            return Err(Refusal::rule("too_many_delegations", reason));
        }
        Ok(())
    }
}

fn check_period(field: &'static str, from: Timestamp, until: Option<Timestamp>) -> Result<(), Refusal> {
    match until {
        Some(until) if until <= from => {
            Err(Refusal::invalid(field, format!("`{until}` is not after `{from}`")))
        }
        Some(_) | None => Ok(()),
    }
}

fn check_actions(delegation: &Delegation) -> Result<(), Refusal> {
    let Only::These(actions) = &delegation.actions else { return Ok(()) };
    if actions.len() > SCOPE_LIST_MAX {
        let reason = format!("a list of {} is longer than {SCOPE_LIST_MAX}", actions.len());
        return Err(Refusal::invalid("delegation.actions", reason));
    }
    match actions.iter().find(|action| !action.is_delegable()) {
        Some(action) => {
            let reason = format!("{action:?} is done by nobody for somebody else");
            Err(Refusal::invalid("delegation.actions", reason))
        }
        None => Ok(()),
    }
}
