use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

use okno::base::limits::IMPORT_MAX;
use okno::base::{Clock, ManualClock, SeededIds, derived_id};
use okno::config::catalog::{
    Catalog, Category, CategoryCode, Line, LineCode, OnParentEnd, PriorityMatrix, RequestKind, Role,
    RoleCode, Service, ServiceCode,
};
use okno::engine::Acting;
use okno::life::directory::{Contact, ContactId, DirectoryCommand, Grant, GrantId, Scope};
use okno::store::Store;
use okno::{
    Actor, Channel, Desk, Employee, EmployeeId, Founding, Member, Person, Span, TenantId, Text, Timestamp,
};
use uuid::Uuid;

use super::log::{Log, Row};
use super::promise;

/// The service center that a log is replayed into, and its clock.
#[derive(Debug)]
pub struct Center {
    /// The desk.
    pub desk: Desk,
    /// The tenant.
    pub tenant: TenantId,
    clock: Arc<ManualClock>,
}

const INTAKE: &str = "intake";
const SERVICE: &str = "incident";

impl Center {
    /// Founds the center: every group of the log is a line, `?` the intake that contains every operator; every caller
    /// is a contact, `?` one placeholder; who made an update is an operator on all lines.
    ///
    /// # Errors
    /// What the desk refuses or the store reports.
    pub async fn found(
        store: Arc<dyn Store>,
        log: &Log,
        close_after: Option<Span>,
    ) -> Result<Self, Box<dyn Error>> {
        let first = log.rows.iter().map(|row| row.updated_at).min().unwrap_or(Timestamp::MIN);
        let clock = Arc::new(ManualClock::new(first));
        let desk = Desk::new(store).with_clock(clock.clone()).with_ids(Arc::new(SeededIds::new(2016)));
        let founding = Founding {
            tenant: TenantId(Uuid::from_u128(498)),
            name: Text::new("IT service desk")?,
            catalog: catalog(log, close_after)?,
            administrator: Person::named("Administrator")?,
        };
        desk.found(&founding).await?;
        let center = Self { desk, tenant: founding.tenant, clock };
        let administrator = Actor::employee(center.tenant, founding.administrator_id(), Channel::Workplace);
        let people = center.desk.acting(administrator).people();
        for changes in people_of(log, &founding)?.chunks(IMPORT_MAX) {
            people.import(changes.to_vec()).await?;
        }
        Ok(center)
    }

    /// The time that the center shows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Puts the clock of the center.
    pub fn set_clock(&self, at: Timestamp) {
        self.clock.set(at);
    }

    /// The desk as the operator who made an update uses it.
    #[must_use]
    pub fn operator(&self, row: &Row) -> Acting {
        self.desk.acting(Actor::employee(self.tenant, operator(&row.updated_by), channel(&row.contact_type)))
    }

    /// The desk as somebody uses it who sees everything.
    #[must_use]
    pub fn reader(&self, log: &Log) -> Option<Acting> {
        log.rows.first().map(|row| self.operator(row))
    }
}

/// The service that every incident asks for.
///
/// # Errors
/// Never: the code is a good one.
pub(super) fn service() -> Result<ServiceCode, Box<dyn Error>> {
    Ok(SERVICE.parse()?)
}

/// The line of a group.
///
/// # Errors
/// When the group's name does not make a code.
pub(super) fn line(group: &str) -> Result<LineCode, Box<dyn Error>> {
    Ok(if group == "?" { INTAKE.parse()? } else { code(group).parse()? })
}

/// The category of a name.
///
/// # Errors
/// When the name does not make a code.
pub(super) fn category(name: &str) -> Result<CategoryCode, Box<dyn Error>> {
    Ok(code(name).parse()?)
}

/// The caller of a name.
#[must_use]
pub(super) fn caller(name: &str) -> ContactId {
    ContactId(derived_id(Uuid::nil(), &format!("caller {name}")))
}

fn operator(name: &str) -> EmployeeId {
    EmployeeId(derived_id(Uuid::nil(), &format!("operator {name}")))
}

fn code(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join("-")
}

fn channel(contact_type: &str) -> Channel {
    match contact_type {
        "Phone" | "IVR" => Channel::Phone,
        "Email" => Channel::Mail,
        "Self service" => Channel::Portal,
        _ => Channel::Workplace,
    }
}

fn catalog(log: &Log, close_after: Option<Span>) -> Result<Catalog, Box<dyn Error>> {
    let groups: BTreeSet<&str> = log.rows.iter().map(|row| row.group.as_str()).chain(["?"]).collect();
    let categories: BTreeSet<&str> = log.rows.iter().filter_map(|row| row.category.as_deref()).collect();
    let lines = groups.into_iter().map(|group| {
        let name = if group == "?" { "Intake" } else { group }.to_owned();
        Ok(Line { code: line(group)?, name, tiers: 1, confidentiality: 0, calendar: None, next: None })
    });
    let categories = categories
        .into_iter()
        .map(|name| Ok(Category { code: category(name)?, name: name.to_owned(), parent: None }));
    let incidents = Service {
        code: service()?,
        name: "Incident".to_owned(),
        kind: RequestKind::Incident,
        prefix: "INC".to_owned(),
        line: line("?")?,
        confidentiality: 0,
        reopen_on_reply: false,
        reopen_within: None,
        close_after,
        edit_within: None,
        rating_window: Span::days(7),
        children: OnParentEnd::Leave,
    };
    Ok(Catalog {
        services: vec![incidents],
        categories: categories.collect::<Result<_, Box<dyn Error>>>()?,
        lines: lines.collect::<Result<_, Box<dyn Error>>>()?,
        administrators: line("?")?,
        priorities: PriorityMatrix { cells: vec![vec![1, 2, 3], vec![2, 3, 4], vec![3, 4, 4]], unknown: 4 },
        roles: Role::defaults(),
        notifications: Vec::new(),
        scan_attachments: false,
        fields: Vec::new(),
        replies: Vec::new(),
        macros: Vec::new(),
        calendars: [promise::calendar()?].into(),
        agreements: vec![promise::agreement()?],
    })
}

fn people_of(log: &Log, founding: &Founding) -> Result<Vec<DirectoryCommand>, Box<dyn Error>> {
    let callers: BTreeSet<&str> = log.rows.iter().map(|row| row.caller.as_str()).collect();
    let operators: BTreeSet<&str> = log.rows.iter().map(|row| row.updated_by.as_str()).collect();
    let mut changes = Vec::new();
    for name in callers {
        let contact = Contact::new(caller(name), Person::named(name)?);
        let contact = Contact { unit: Some(founding.unit()), ..contact };
        changes.push(DirectoryCommand::SaveContact { contact });
    }
    for name in operators {
        let id = operator(name);
        let employee = Employee::new(id, Person::named(name)?, founding.unit());
        let grant = Grant {
            id: GrantId(derived_id(id.0, "every line")),
            holder: id.into(),
            role: "operator".parse::<RoleCode>()?,
            scope: Scope::default(),
            active: true,
        };
        let member = Member::new(line("?")?, id);
        changes.push(DirectoryCommand::SaveEmployee { employee });
        changes.push(DirectoryCommand::SaveGrant { grant });
        changes.push(DirectoryCommand::SaveMember { member });
    }
    Ok(changes)
}
