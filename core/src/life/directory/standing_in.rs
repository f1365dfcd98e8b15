//! Who is away, and who may act for whom.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::event;
use super::record::{EmployeeId, Only, Scope};
use crate::base::{Text, Timestamp};
use crate::condition::ValueRef;
use crate::config::catalog::Action;
use crate::store::Mark;

crate::id! {
    /// Names an absence.
    AbsenceId
}

crate::id! {
    /// Names a delegation.
    DelegationId
}

/// An absence (отсутствие) of an employee. Two of one employee never overlap.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// The id.
    pub id: AbsenceId,
    /// Who is away, for good: an absence does not change hands.
    pub employee: EmployeeId,
    /// From when.
    pub from: Timestamp,
    /// Until when, that instant left out; none when nobody knows yet.
    pub until: Option<Timestamp>,
    /// Why, in words: personal, and so the event's content.
    #[serde(default)]
    pub reason: Option<Text>,
    /// Whether it counts; a withdrawn one does not.
    pub active: bool,
}

impl Absence {
    /// An absence between two instants, without a reason.
    #[must_use]
    pub fn new(id: AbsenceId, employee: EmployeeId, from: Timestamp, until: Option<Timestamp>) -> Self {
        Self { id, employee, from, until, reason: None, active: true }
    }

    /// Whether it keeps the employee away at an instant.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.active && covers(self.from, self.until, now)
    }

    /// Whether both keep somebody away at the same time.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let begins_before = |one: &Self, end: Option<Timestamp>| end.is_none_or(|end| one.from < end);
        self.active && other.active && begins_before(self, other.until) && begins_before(other, self.until)
    }
}

impl fmt::Debug for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, employee, from, until, active, reason: _ } = self;
        write!(f, "Absence {{ {id}, {employee}, {from}, {until:?}, active: {active}, .. }}")
    }
}

/// A delegation (делегирование): one employee may act for another, for a while and within bounds.
///
/// One that counts only while the principal is away makes a substitute (заместитель). What is done is recorded as
/// "the delegate for the principal".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// The id.
    pub id: DelegationId,
    /// For whom, for good: a delegation does not change hands.
    pub principal: EmployeeId,
    /// Who may act.
    pub delegate: EmployeeId,
    /// From when.
    pub from: Timestamp,
    /// Until when, that instant left out; none when it ends only by being withdrawn.
    pub until: Option<Timestamp>,
    /// To which requests.
    #[serde(default)]
    pub scope: Scope,
    /// To do what. Administration is left out unless it is listed.
    #[serde(default)]
    pub actions: Only<Action>,
    /// Whether it counts only while the principal is away.
    pub only_while_absent: bool,
    /// Whether it counts; a withdrawn one does not.
    pub active: bool,
}

impl Delegation {
    /// Whether its period holds at an instant and it was not withdrawn; the principal may have to be away as well.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.active && covers(self.from, self.until, now)
    }

    /// Whether it lets the delegate do something.
    #[must_use]
    pub fn lets(&self, action: Action) -> bool {
        match &self.actions {
            Only::All => action.is_delegable() && !action.is_administration(),
            Only::These(listed) => action.is_delegable() && listed.contains(&action),
        }
    }
}

fn covers(from: Timestamp, until: Option<Timestamp>, now: Timestamp) -> bool {
    from <= now && until.is_none_or(|until| now < until)
}

crate::record_kind! {
    /// Absences.
    pub static ABSENCE: Absence {
        name: "absence",
        schema: 1,
        mark: Some(Mark::Directory),
        growing: false,
        id: |absence| absence.id.0,
        facts: event::decode,
        relations: &[],
        columns absence_column {
            employee: Id => |absence| ValueRef::Id(absence.employee.0),
            absent_from: Instant => |absence| ValueRef::Instant(absence.from),
            absent_until: Instant => |absence| ValueRef::instant(absence.until),
            active: Bool => |absence| ValueRef::Bool(absence.active),
        }
        indexes {}
    }
}

crate::record_kind! {
    /// Delegations.
    pub static DELEGATION: Delegation {
        name: "delegation",
        schema: 1,
        mark: Some(Mark::Directory),
        growing: false,
        id: |delegation| delegation.id.0,
        facts: event::decode,
        relations: &[],
        columns delegation_column {
            principal: Id => |delegation| ValueRef::Id(delegation.principal.0),
            delegate: Id => |delegation| ValueRef::Id(delegation.delegate.0),
            valid_from: Instant => |delegation| ValueRef::Instant(delegation.from),
            valid_until: Instant => |delegation| ValueRef::instant(delegation.until),
            only_while_absent: Bool => |delegation| ValueRef::Bool(delegation.only_while_absent),
            active: Bool => |delegation| ValueRef::Bool(delegation.active),
        }
        indexes {}
    }
}
