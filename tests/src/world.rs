//! A small service center: its catalog, its units, and somebody in every role.

use okno::base::{Party, PartyKind};
use okno::config::calendar::CalendarDefinition;
use okno::engine::Acting;
use okno::life::directory::{Contact, ContactId, Grant, GrantId, Only, Scope, Unit, UnitId, UnitKind};
use okno::{
    Actor, Catalog, Channel, Desk, DeskError, Employee, EmployeeId, Founding, Member, Person, TenantId, Text,
    Timestamp,
};
use uuid::Uuid;

/// The services of the catalog.
pub const SERVICES: [&str; 3] = ["IT-01", "IT-02", "HR-01"];

/// The lines of the catalog.
pub const LINES: [&str; 4] = ["front", "it", "hr", "root"];

const CATALOG: &str = r#"{
    "services": [
        {"code": "IT-01", "name": "Incident", "kind": "incident", "prefix": "IT", "line": "it",
         "reopen_within": "240h", "close_after": "120h", "edit_within": "15m",
         "children": "follow"},
        {"code": "IT-02", "name": "Access", "prefix": "IT", "line": "it", "reopen_on_reply": false,
         "children": "refuse"},
        {"code": "HR-01", "name": "Certificate", "prefix": "HR", "line": "hr", "confidentiality": 2}
    ],
    "categories": [{"code": "hw", "name": "Hardware"}, {"code": "disk", "name": "Disk", "parent": "hw"}],
    "lines": [{"code": "front", "name": "Front office"}, {"code": "it", "name": "IT"},
              {"code": "hr", "name": "HR", "confidentiality": 2}, {"code": "root", "name": "Administrators"}],
    "fields": [
        {"code": "amount", "name": "Amount", "type": "decimal", "indexed": true, "public": true},
        {"code": "color", "name": "Color", "type": "code", "indexed": true,
         "options": [{"code": "red", "name": "Red"}, {"code": "blue", "name": "Blue"}]},
        {"code": "passport", "name": "Passport", "type": "code", "personal": true, "public": true},
        {"code": "remark", "name": "Remark", "type": "text"}
    ],
    "replies": [{"code": "hello", "name": "Hello", "texts": [
        {"language": "en", "text": "Dear {requester.name}, {request.number} is with {operator.name}. {{sic}"},
        {"language": "ru", "text": "Здравствуйте, {requester.name}! {service.name}: {request.subject}"}
    ]}],
    "macros": [
        {"code": "take", "name": "Take it", "steps": [
            {"type": "assign_to_me"}, {"type": "start"}, {"type": "tag", "tag": "vip"},
            {"type": "set_field", "field": "color", "value": {"type": "code", "value": "red"}},
            {"type": "answer_with", "reply": "hello"}, {"type": "hold", "reason": "requester", "lasting": "24h"}
        ]},
        {"code": "away", "name": "Not ours", "steps": [
            {"type": "tag", "tag": "moved"}, {"type": "move", "line": "hr"}, {"type": "note", "text": "Not ours."}
        ]},
        {"code": "vip", "name": "Important", "steps": [{"type": "tag", "tag": "vip"}]}
    ],
    "administrators": "root",
    "notifications": [{"on": "resolved", "to": "requester"}, {"on": "assigned", "to": "assignee"}]
}"#;

const AGREEMENTS: &str = r#"[
    {"code": "red", "name": "Red", "customer": {"type": "contract", "field": "color", "code": "red"}, "targets": [
        {"code": "solve", "kind": {"type": "resolution", "on_reopen": "restart"}, "calendar": "always",
         "on_change": "restart", "amounts": [{"amount": {"type": "working", "time": "90m"}}],
         "thresholds": [{"name": "most", "at": {"type": "percent", "percent": 80}}]},
        {"code": "it", "kind": {"type": "team", "line": "it"}, "calendar": "always",
         "amounts": [{"amount": {"type": "working", "time": "1h"}}]}]},
    {"code": "usual", "name": "Usual", "compliance_min_bp": 9000, "targets": [
        {"code": "first", "kind": {"type": "first_response"}, "calendar": "always",
         "amounts": [{"amount": {"type": "working", "time": "1h"}}]},
        {"code": "next", "kind": {"type": "next_response"}, "calendar": "always",
         "amounts": [{"amount": {"type": "working", "time": "1h"}}]},
        {"code": "solve", "kind": {"type": "resolution"}, "calendar": "always",
         "amounts": [{"priorities": [1, 2], "amount": {"type": "working", "time": "2h"}},
                     {"amount": {"type": "working", "time": "4h"}}],
         "thresholds": [{"name": "half", "at": {"type": "percent", "percent": 50}},
                        {"name": "late", "at": {"type": "after", "time": "1h"}}]}]}
]"#;

/// Somebody who uses the center.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Asks for things.
    Requester,
    /// Asks for things as well.
    Neighbour,
    /// Works on the lines `it` and `front`.
    Operator,
    /// Works on the line `it`.
    Colleague,
    /// Works on the line `hr`, up to its confidentiality.
    Clerk,
    /// Supervises every line, confidential requests included.
    Supervisor,
    /// Set the center up.
    Administrator,
    /// A contact outside, who speaks for a unit.
    Caller,
    /// A program without any grant.
    Program,
    /// The engine itself.
    Engine,
}

impl Who {
    /// Everybody.
    pub const ALL: [Self; 10] = [
        Self::Requester,
        Self::Neighbour,
        Self::Operator,
        Self::Colleague,
        Self::Clerk,
        Self::Supervisor,
        Self::Administrator,
        Self::Caller,
        Self::Program,
        Self::Engine,
    ];

    /// The id; hosts give the same ids to the people of different tenants, so that a leak would show.
    #[must_use]
    pub fn id(self, tenant: TenantId) -> Uuid {
        match self {
            Self::Administrator => founding(tenant).administrator_id().0,
            Self::Engine => Uuid::nil(),
            other => Uuid::from_u128(100 + other as u128),
        }
    }

    /// The same person as an employee.
    #[must_use]
    pub fn employee(self, tenant: TenantId) -> EmployeeId {
        EmployeeId(self.id(tenant))
    }

    /// As somebody who acts.
    #[must_use]
    pub fn actor(self, tenant: TenantId) -> Actor {
        let id = self.id(tenant);
        match self {
            Self::Caller => Actor::contact(tenant, ContactId(id), Channel::Mail),
            Self::Program => Actor::integration(tenant, id),
            Self::Engine => Actor::system(tenant),
            Self::Requester | Self::Neighbour => Actor::employee(tenant, EmployeeId(id), Channel::Portal),
            Self::Operator | Self::Colleague | Self::Clerk | Self::Supervisor | Self::Administrator => {
                Actor::employee(tenant, EmployeeId(id), Channel::Workplace)
            }
        }
    }

    /// As somebody who is concerned.
    #[must_use]
    pub fn party(self, tenant: TenantId) -> Party {
        let kind = match self {
            Self::Caller => PartyKind::Contact,
            Self::Program => PartyKind::Integration,
            Self::Engine => PartyKind::System,
            _ => PartyKind::Employee,
        };
        Party { kind, id: self.id(tenant) }
    }
}

/// When every test begins: a Monday at noon.
///
/// # Panics
/// Never: the instant is well written.
#[must_use]
pub fn start() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().expect("an instant")
}

/// The branch, below the founding unit.
#[must_use]
pub fn branch() -> UnitId {
    UnitId(Uuid::from_u128(11))
}

/// The sales department, below the branch; everybody belongs to it.
#[must_use]
pub fn sales() -> UnitId {
    UnitId(Uuid::from_u128(12))
}

/// The catalog of the center.
///
/// # Panics
/// Never: the catalog is well written.
#[must_use]
pub fn catalog() -> Catalog {
    serde_json::from_str(CATALOG).expect("the catalog is well written")
}

/// The catalog of the center with agreements: a contract for who pays with red, and one that is everybody's.
///
/// # Panics
/// Never: the agreements are well written.
#[must_use]
pub fn promising() -> Catalog {
    let mut catalog = catalog();
    catalog.calendars.insert(code("always"), CalendarDefinition::always_open("Europe/Moscow"));
    catalog.agreements = serde_json::from_str(AGREEMENTS).expect("the agreements are well written");
    catalog
}

/// The founding of a tenant.
#[must_use]
pub fn founding(tenant: TenantId) -> Founding {
    let administrator = Person { name: text("Anna Petrova"), addresses: Vec::new() };
    Founding { tenant, name: text("North Holding"), catalog: catalog(), administrator }
}

/// An employee of the sales department.
#[must_use]
pub fn employee(id: EmployeeId, name: &str) -> Employee {
    let person = Person { name: text(name), addresses: Vec::new() };
    let position = Text::default();
    Employee { id, person, position, unit: sales(), manager: None, languages: Vec::new(), active: true }
}

/// Founds a tenant with everybody in it.
///
/// # Errors
/// What the desk reports.
pub async fn found(desk: &Desk, tenant: TenantId) -> Result<(), DeskError> {
    let founding = founding(tenant);
    desk.found(&founding).await?;
    let people = desk.acting(Who::Administrator.actor(tenant)).people();
    for (id, parent) in [(branch(), founding.unit()), (sales(), branch())] {
        let unit = Unit { id, kind: UnitKind::Department, name: text("Unit"), parent: Some(parent) };
        people.save_unit(unit).await?;
    }
    let employees =
        [Who::Requester, Who::Neighbour, Who::Operator, Who::Colleague, Who::Clerk, Who::Supervisor];
    for who in employees {
        people.save_employee(employee(who.employee(tenant), &format!("{who:?}"))).await?;
    }
    let (id, person) =
        (ContactId(Who::Caller.id(tenant)), Person { name: text("Caller"), addresses: Vec::new() });
    people.save_contact(Contact { unit: Some(sales()), ..Contact::new(id, person) }).await?;
    let places =
        [("it", Who::Operator), ("front", Who::Operator), ("it", Who::Colleague), ("hr", Who::Clerk)];
    for (line, who) in places {
        let place = Member { line: code(line), employee: who.employee(tenant), tier: 1, active: true };
        people.save_member(place).await?;
    }
    let scope = Scope { lines: Only::All, confidentiality: 9, ..Scope::default() };
    let (id, holder) = (GrantId(Uuid::from_u128(50)), Who::Supervisor.party(tenant));
    people.save_grant(Grant { id, holder, role: code("supervisor"), scope, active: true }).await?;
    Ok(())
}

/// A code that is well written.
///
/// # Panics
/// When it is not.
#[must_use]
pub fn code<T: std::str::FromStr<Err = okno::base::CodeError>>(text: &str) -> T {
    text.parse().expect("a code")
}

/// A text without U+0000.
///
/// # Panics
/// When it holds U+0000.
#[must_use]
pub fn text(text: &str) -> Text {
    Text::new(text).expect("a text without U+0000")
}

/// The desk as somebody uses it.
#[must_use]
pub(crate) fn acting(desk: &Desk, tenant: TenantId, who: Who) -> Acting {
    desk.acting(who.actor(tenant))
}
