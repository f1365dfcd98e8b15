use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::record::{Contact, ContactId, Employee, Grant, Member, Person, Placement, Tenant, Unit};
use super::standing_in::{Absence, Delegation};
use crate::base::Text;
use crate::store::Fact;

/// What happened to the directory: the state that a record was given, or how a person's standing changed.
///
/// The person of an employee or a contact and the reason of an absence are the event's content and may have been erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum DirectoryEvent {
    /// A tenant was founded.
    TenantFounded(Tenant),
    /// A unit was saved.
    UnitSaved(Unit),
    /// An employee was saved.
    EmployeeSaved(Employee),
    /// An employee moved to another place.
    EmployeeMoved(Placement),
    /// An employee left.
    EmployeeLeft,
    /// An employee came back.
    EmployeeReturned(Placement),
    /// A contact was saved.
    ContactSaved(Contact),
    /// A contact was merged into another.
    ContactMerged {
        /// The contact that stands for both.
        into: ContactId,
    },
    /// A contact stands for itself again.
    ContactUnmerged {
        /// The contact that stood for both.
        from: ContactId,
    },
    /// A place on a line was saved.
    MemberSaved(Member),
    /// A grant was saved.
    GrantSaved(Grant),
    /// An absence was saved.
    AbsenceSaved(Absence),
    /// A delegation was saved.
    DelegationSaved(Delegation),
    /// Who an employee or a contact is was erased, and they no longer act.
    PersonErased,
    /// The reason of an absence was erased, or a name in it.
    AbsenceErased {
        /// What is left of the reason: the event's content.
        #[serde(skip)]
        reason: Option<Text>,
    },
}

impl Employee {
    /// Applies what happened. A stored fact is a fact, so this cannot fail.
    pub fn evolve(&mut self, event: &DirectoryEvent) {
        match event {
            DirectoryEvent::EmployeeSaved(saved) => *self = saved.clone(),
            DirectoryEvent::EmployeeMoved(placement) => self.place(placement),
            DirectoryEvent::EmployeeLeft => self.active = false,
            DirectoryEvent::PersonErased => (self.person, self.active) = (Person::default(), false),
            DirectoryEvent::EmployeeReturned(placement) => {
                self.place(placement);
                self.active = true;
            }
            DirectoryEvent::TenantFounded(_)
            | DirectoryEvent::UnitSaved(_)
            | DirectoryEvent::ContactSaved(_)
            | DirectoryEvent::ContactMerged { .. }
            | DirectoryEvent::ContactUnmerged { .. }
            | DirectoryEvent::MemberSaved(_)
            | DirectoryEvent::GrantSaved(_)
            | DirectoryEvent::AbsenceSaved(_)
            | DirectoryEvent::DelegationSaved(_)
            | DirectoryEvent::AbsenceErased { .. } => {}
        }
    }

    fn place(&mut self, Placement { unit, position, manager }: &Placement) {
        (self.unit, self.position, self.manager) = (*unit, position.clone(), *manager);
    }
}

impl Contact {
    /// Applies what happened. A stored fact is a fact, so this cannot fail.
    pub fn evolve(&mut self, event: &DirectoryEvent) {
        match event {
            DirectoryEvent::ContactSaved(saved) => *self = saved.clone(),
            DirectoryEvent::ContactMerged { into } => self.merged_into = Some(*into),
            DirectoryEvent::ContactUnmerged { .. } => self.merged_into = None,
            DirectoryEvent::PersonErased => (self.person, self.active) = (Person::default(), false),
            DirectoryEvent::TenantFounded(_)
            | DirectoryEvent::UnitSaved(_)
            | DirectoryEvent::EmployeeSaved(_)
            | DirectoryEvent::EmployeeMoved(_)
            | DirectoryEvent::EmployeeLeft
            | DirectoryEvent::EmployeeReturned(_)
            | DirectoryEvent::MemberSaved(_)
            | DirectoryEvent::GrantSaved(_)
            | DirectoryEvent::AbsenceSaved(_)
            | DirectoryEvent::DelegationSaved(_)
            | DirectoryEvent::AbsenceErased { .. } => {}
        }
    }
}

/// The fields that are content: no record has another field of these names.
const CONTENT: [&str; 2] = ["person", "reason"];

impl Fact for DirectoryEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::TenantFounded(_) => "tenant_founded",
            Self::UnitSaved(_) => "unit_saved",
            Self::EmployeeSaved(_) => "employee_saved",
            Self::EmployeeMoved(_) => "employee_moved",
            Self::EmployeeLeft => "employee_left",
            Self::EmployeeReturned(_) => "employee_returned",
            Self::ContactSaved(_) => "contact_saved",
            Self::ContactMerged { .. } => "contact_merged",
            Self::ContactUnmerged { .. } => "contact_unmerged",
            Self::MemberSaved(_) => "member_saved",
            Self::GrantSaved(_) => "grant_saved",
            Self::AbsenceSaved(_) => "absence_saved",
            Self::DelegationSaved(_) => "delegation_saved",
            Self::PersonErased => "person_erased",
            Self::AbsenceErased { .. } => "absence_erased",
        }
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        let mut body = serde_json::to_value(self)?;
        if let Value::Object(fields) = &mut body {
            CONTENT.iter().for_each(|field| drop(fields.remove(*field)));
        }
        serde_json::to_string(&body)
    }

    fn content(&self) -> Result<Option<String>, serde_json::Error> {
        match self {
            Self::EmployeeSaved(employee) => serde_json::to_string(&employee.person).map(Some),
            Self::ContactSaved(contact) => serde_json::to_string(&contact.person).map(Some),
            Self::AbsenceSaved(Absence { reason: Some(reason), .. }) => {
                serde_json::to_string(reason).map(Some)
            }
            Self::AbsenceErased { reason: Some(reason) } => serde_json::to_string(reason).map(Some),
            Self::AbsenceErased { reason: None }
            | Self::PersonErased
            | Self::AbsenceSaved(Absence { reason: None, .. })
            | Self::TenantFounded(_)
            | Self::UnitSaved(_)
            | Self::EmployeeMoved(_)
            | Self::EmployeeLeft
            | Self::EmployeeReturned(_)
            | Self::ContactMerged { .. }
            | Self::ContactUnmerged { .. }
            | Self::MemberSaved(_)
            | Self::GrantSaved(_)
            | Self::DelegationSaved(_) => Ok(None),
        }
    }
}

/// Reads an event back; what was erased comes back empty.
pub(super) fn decode(body: &str, content: Option<&str>) -> Result<DirectoryEvent, serde_json::Error> {
    let mut event = serde_json::from_str(body)?;
    if let Some(content) = content {
        match &mut event {
            DirectoryEvent::EmployeeSaved(employee) => employee.person = serde_json::from_str(content)?,
            DirectoryEvent::ContactSaved(contact) => contact.person = serde_json::from_str(content)?,
            DirectoryEvent::AbsenceSaved(absence) => absence.reason = serde_json::from_str(content)?,
            DirectoryEvent::AbsenceErased { reason } => *reason = serde_json::from_str(content)?,
            _ => {}
        }
    }
    Ok(event)
}
