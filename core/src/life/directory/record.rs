use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event;
use crate::base::{Address, Party, PartyKind, TenantId, Text, TextError, derived_id};
use crate::condition::ValueRef;
use crate::config::catalog::{LineCode, RoleCode, ServiceCode};
use crate::store::Mark;

crate::id! {
    /// Names a unit.
    UnitId
}

crate::id! {
    /// Names an employee.
    EmployeeId
}

crate::id! {
    /// Names a contact.
    ContactId
}

crate::id! {
    /// Names a grant.
    GrantId
}

impl From<EmployeeId> for Party {
    fn from(id: EmployeeId) -> Self {
        Self { kind: PartyKind::Employee, id: id.0 }
    }
}

impl From<ContactId> for Party {
    fn from(id: ContactId) -> Self {
        Self { kind: PartyKind::Contact, id: id.0 }
    }
}

/// A tenant (арендатор): an isolated client of the center.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: Text,
}

/// A unit (подразделение): a legal entity, branch or department; a customer of the center.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// What it is.
    pub kind: UnitKind,
    /// Its name.
    pub name: Text,
    /// The unit that it belongs to; none at the top.
    pub parent: Option<UnitId>,
}

/// What a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// A legal entity (юридическое лицо).
    LegalEntity,
    /// A branch (филиал).
    Branch,
    /// A department (отдел).
    Department,
}

impl UnitKind {
    fn code(self) -> &'static str {
        match self {
            Self::LegalEntity => "legal_entity",
            Self::Branch => "branch",
            Self::Department => "department",
        }
    }
}

/// What is personal about somebody: kept apart in events, hidden from debug output.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name.
    pub name: Text,
    /// The addresses, the preferred one first; none stands twice.
    #[serde(default)]
    pub addresses: Vec<PersonAddress>,
}

impl Person {
    /// Somebody with a name and no address.
    ///
    /// # Errors
    /// A name with U+0000.
    pub fn named(name: &str) -> Result<Self, TextError> {
        Ok(Self { name: Text::new(name)?, addresses: Vec::new() })
    }

    /// The same person with one more address, which is verified or only claimed.
    #[must_use]
    pub fn with_address(mut self, address: Address, verified: bool) -> Self {
        self.addresses.push(PersonAddress { address, verified });
        self
    }

    /// Whether the person has an address, verified or not.
    #[must_use]
    pub fn has(&self, address: &Address) -> bool {
        self.addresses.iter().any(|known| known.address == *address)
    }
}

/// An address that somebody has, or says to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonAddress {
    /// The address.
    pub address: Address,
    /// Whether somebody made sure that it is theirs; otherwise it is only claimed.
    #[serde(default)]
    pub verified: bool,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person { .. }")
    }
}

/// An employee (сотрудник): a person of the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employee {
    /// The id.
    pub id: EmployeeId,
    /// Name and addresses.
    #[serde(default)]
    pub person: Person,
    /// The position (должность).
    pub position: Text,
    /// The unit.
    pub unit: UnitId,
    /// The manager.
    pub manager: Option<EmployeeId>,
    /// Languages, the preferred one first, as ISO 639-1 codes.
    pub languages: Vec<String>,
    /// Whether the person works here.
    pub active: bool,
}

impl Employee {
    /// Somebody who works in a unit, without position, manager and languages.
    #[must_use]
    pub fn new(id: EmployeeId, person: Person, unit: UnitId) -> Self {
        Self {
            id,
            person,
            position: Text::default(),
            unit,
            manager: None,
            languages: Vec::new(),
            active: true,
        }
    }

    /// Where the employee works, or worked last.
    #[must_use]
    pub fn placement(&self) -> Placement {
        Placement { unit: self.unit, position: self.position.clone(), manager: self.manager }
    }
}

/// Where somebody works: unit, position and manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// The unit.
    pub unit: UnitId,
    /// The position.
    pub position: Text,
    /// The manager.
    pub manager: Option<EmployeeId>,
}

/// A contact (контакт): a person outside the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The id.
    pub id: ContactId,
    /// Name and addresses. An address belongs to at most one active contact, verified or not.
    #[serde(default)]
    pub person: Person,
    /// The customer unit that the contact speaks for.
    pub unit: Option<UnitId>,
    /// Whether the contact may still call.
    pub active: bool,
    /// The contact that stands for this one since they were merged.
    #[serde(default)]
    pub merged_into: Option<ContactId>,
}

impl Contact {
    /// Somebody outside, who speaks for no unit.
    #[must_use]
    pub fn new(id: ContactId, person: Person) -> Self {
        Self { id, person, unit: None, active: true, merged_into: None }
    }

    /// The addresses that nobody else may have.
    pub(crate) fn claimed(&self) -> impl Iterator<Item = &Address> {
        self.person.addresses.iter().filter(|_| self.active).map(|known| &known.address)
    }
}

/// An operator's place on a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The line.
    pub line: LineCode,
    /// The operator.
    pub employee: EmployeeId,
    /// The tier, from 1.
    pub tier: u8,
    /// Whether the operator still belongs to the line.
    pub active: bool,
}

impl Member {
    /// An operator's place on the first tier of a line.
    #[must_use]
    pub fn new(line: LineCode, employee: EmployeeId) -> Self {
        Self { line, employee, tier: 1, active: true }
    }

    /// The id of an operator's place on a line: there is at most one.
    #[must_use]
    pub fn id(line: &LineCode, employee: EmployeeId) -> Uuid {
        derived_id(employee.0, line.as_str())
    }
}

/// A grant (право): a role for somebody, over a part of the requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The id.
    pub id: GrantId,
    /// Who holds it.
    pub holder: Party,
    /// The role.
    pub role: RoleCode,
    /// Over which requests.
    pub scope: Scope,
    /// Whether it is in force.
    pub active: bool,
}

/// A part of the requests: unit subtrees × services × lines × confidentiality up to a level.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    /// Requests of these units and of units below them.
    pub units: Only<UnitId>,
    /// Requests of these services.
    pub services: Only<ServiceCode>,
    /// Requests on these lines.
    pub lines: Only<LineCode>,
    /// Requests up to this confidentiality.
    pub confidentiality: u8,
}

impl Scope {
    /// Whether it leaves no unit, service or line out.
    #[must_use]
    pub(crate) fn is_whole(&self) -> bool {
        matches!((&self.units, &self.services, &self.lines), (Only::All, Only::All, Only::All))
    }
}

/// Everything, or only what is listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Only<T> {
    /// Everything.
    #[default]
    All,
    /// Only these.
    These(Vec<T>),
}

impl<T: PartialEq> Only<T> {
    /// Whether something is meant.
    pub(crate) fn has(&self, one: &T) -> bool {
        match self {
            Self::All => true,
            Self::These(listed) => listed.contains(one),
        }
    }
}

impl<T> Only<T> {
    /// How many are listed; none when everything is meant.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::All => 0,
            Self::These(listed) => listed.len(),
        }
    }
}

crate::record_kind! {
    /// Tenants: each tenant has one row, its own.
    pub static TENANT: Tenant {
        name: "tenant",
        schema: 1,
        mark: Some(Mark::Directory),
        growing: false,
        id: |tenant| tenant.id.0,
        facts: event::decode,
        relations: &[],
        columns tenant_column { name: Text => |tenant| ValueRef::Text(&tenant.name), }
        indexes {}
    }
}

crate::record_kind! {
    /// Units.
    pub static UNIT: Unit {
        name: "unit",
        schema: 1,
        mark: Some(Mark::Directory),
        growing: false,
        id: |unit| unit.id.0,
        facts: event::decode,
        relations: &[],
        columns unit_column {
            kind: Code => |unit| ValueRef::Code(unit.kind.code()),
            name: Text => |unit| ValueRef::Text(&unit.name),
            parent: Id in "unit" => |unit| ValueRef::id(unit.parent),
        }
        indexes {}
    }
}

crate::record_kind! {
    /// Employees.
    pub static EMPLOYEE: Employee {
        name: "employee",
        schema: 2,
        mark: Some(Mark::Directory),
        growing: false,
        id: |employee| employee.id.0,
        facts: event::decode,
        relations: &[],
        columns employee_column {
            name: Text => |employee| ValueRef::Text(&employee.person.name),
            job_title: Text => |employee| ValueRef::Text(&employee.position),
            unit: Id in "unit" => |employee| ValueRef::Id(employee.unit.0),
            manager: Id => |employee| ValueRef::id(employee.manager),
            active: Bool => |employee| ValueRef::Bool(employee.active),
        }
        indexes {}
        texts {
            name => |employee| Some(employee.person.name.as_str()),
        }
    }
}

crate::record_kind! {
    /// Contacts.
    pub static CONTACT: Contact {
        name: "contact",
        schema: 2,
        mark: Some(Mark::Directory),
        growing: false,
        id: |contact| contact.id.0,
        facts: event::decode,
        relations: &[],
        columns contact_column {
            name: Text => |contact| ValueRef::Text(&contact.person.name),
            unit: Id in "unit" => |contact| ValueRef::id(contact.unit),
            active: Bool => |contact| ValueRef::Bool(contact.active),
            merged_into: Id => |contact| ValueRef::id(contact.merged_into),
        }
        indexes {}
        texts {
            name => |contact| Some(contact.person.name.as_str()),
        }
    }
}

crate::record_kind! {
    /// Members of lines.
    pub static MEMBER: Member {
        name: "member",
        schema: 1,
        mark: Some(Mark::Directory),
        growing: false,
        id: |member| Member::id(&member.line, member.employee),
        facts: event::decode,
        relations: &[],
        columns member_column {
            line: Code => |member| ValueRef::Code(member.line.as_str()),
            employee: Id => |member| ValueRef::Id(member.employee.0),
            tier: Int => |member| ValueRef::Int(member.tier.into()),
            active: Bool => |member| ValueRef::Bool(member.active),
        }
        indexes {}
    }
}

crate::record_kind! {
    /// Grants.
    pub static GRANT: Grant {
        name: "access_grant",
        schema: 1,
        mark: Some(Mark::Directory),
        growing: false,
        id: |grant| grant.id.0,
        facts: event::decode,
        relations: &[],
        columns grant_column {
            holder_kind: Code => |grant| ValueRef::Code(grant.holder.kind.code()),
            holder: Id => |grant| ValueRef::Id(grant.holder.id),
            role: Code => |grant| ValueRef::Code(grant.role.as_str()),
            active: Bool => |grant| ValueRef::Bool(grant.active),
        }
        indexes {}
    }
}
