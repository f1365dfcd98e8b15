use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::record::{Contact, Employee, Grant, Member, Tenant, Unit};
use crate::store::Fact;

/// What happened to the directory: the state that a record was given.
///
/// The person of an employee or a contact is the event's content and may have been erased.
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
    /// A contact was saved.
    ContactSaved(Contact),
    /// A place on a line was saved.
    MemberSaved(Member),
    /// A grant was saved.
    GrantSaved(Grant),
}

const PERSON: &str = "person";

impl Fact for DirectoryEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::TenantFounded(_) => "tenant_founded",
            Self::UnitSaved(_) => "unit_saved",
            Self::EmployeeSaved(_) => "employee_saved",
            Self::ContactSaved(_) => "contact_saved",
            Self::MemberSaved(_) => "member_saved",
            Self::GrantSaved(_) => "grant_saved",
        }
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        let mut body = serde_json::to_value(self)?;
        if let Value::Object(fields) = &mut body {
            fields.remove(PERSON);
        }
        serde_json::to_string(&body)
    }

    fn content(&self) -> Result<Option<String>, serde_json::Error> {
        match self {
            Self::EmployeeSaved(employee) => serde_json::to_string(&employee.person).map(Some),
            Self::ContactSaved(contact) => serde_json::to_string(&contact.person).map(Some),
            Self::TenantFounded(_) | Self::UnitSaved(_) | Self::MemberSaved(_) | Self::GrantSaved(_) => {
                Ok(None)
            }
        }
    }
}

/// Reads an event back; a person that was erased comes back without name and address.
pub(super) fn decode(body: &str, content: Option<&str>) -> Result<DirectoryEvent, serde_json::Error> {
    let mut event = serde_json::from_str(body)?;
    if let Some(content) = content {
        match &mut event {
            DirectoryEvent::EmployeeSaved(employee) => employee.person = serde_json::from_str(content)?,
            DirectoryEvent::ContactSaved(contact) => contact.person = serde_json::from_str(content)?,
            _ => {}
        }
    }
    Ok(event)
}
