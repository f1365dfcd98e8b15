//! The center that the load is put on: ten lines, two thousand people who ask, fifty who answer.

use std::error::Error;
use std::sync::Arc;

use okno::base::derived_id;
use okno::engine::Requests;
use okno::life::directory::{DirectoryCommand, Unit, UnitId, UnitKind};
use okno::store::Store;
use okno::{Actor, Channel, Desk, Employee, EmployeeId, Founding, Member, Person, Submit, TenantId, Text};
use serde_json::json;
use uuid::Uuid;

use super::text::{Dice, MESSAGE_BYTES, SUBJECT_BYTES};

/// What ends a program of this kind.
pub type Failed = Box<dyn Error + Send + Sync>;

/// The tenant.
pub const TENANT: TenantId = TenantId(Uuid::from_u128(0x0b_e7c4));
/// Lines.
pub(super) const LINES: usize = 10;
/// People who ask.
pub(super) const REQUESTERS: usize = 2_000;
/// Operators of each line.
pub(super) const OPERATORS: usize = 5;
/// What human numbers begin with.
pub const PREFIX: &str = "R";

const UNITS: usize = 40;
/// Changes of one import.
const IMPORTED: usize = 250;

/// The code of a line.
#[must_use]
pub(super) fn line(n: usize) -> String {
    format!("line-{}", n % LINES)
}

/// Somebody who asks.
#[must_use]
pub fn requester(n: usize) -> EmployeeId {
    EmployeeId(derived_id(TENANT.0, &format!("requester {}", n % REQUESTERS)))
}

/// Somebody who works on a line.
#[must_use]
pub fn operator(line: usize, n: usize) -> EmployeeId {
    EmployeeId(derived_id(TENANT.0, &format!("operator {} {}", line % LINES, n % OPERATORS)))
}

/// An employee as an actor.
#[must_use]
pub fn actor(id: EmployeeId) -> Actor {
    Actor::employee(TENANT, id, Channel::Portal)
}

/// The requests of a desk on behalf of an employee.
#[must_use]
pub fn requests(desk: &Desk, id: EmployeeId) -> Requests {
    desk.acting(actor(id)).requests()
}

/// What a requester submits.
///
/// # Errors
/// A text that cannot be one.
pub fn submission(n: usize, dice: &mut Dice) -> Result<Submit, Failed> {
    let service = format!("S-{}", n % LINES).parse()?;
    let mut submit = Submit::new(service, Text::new(dice.text(SUBJECT_BYTES))?);
    submit.text = dice.text(MESSAGE_BYTES);
    Ok(submit)
}

/// Founds the center on a store, unless it is there.
///
/// # Errors
/// What the desk reports.
pub async fn found(store: Arc<dyn Store>) -> Result<Desk, Failed> {
    let desk = Desk::new(store);
    if desk.world(TENANT).await.is_ok() {
        return Ok(desk);
    }
    let founding = Founding {
        tenant: TENANT,
        name: Text::new("Единое окно")?,
        catalog: serde_json::from_value(catalog())?,
        administrator: Person::named("Администратор")?,
    };
    desk.found(&founding).await?;
    let administrator = Actor::employee(TENANT, founding.administrator_id(), Channel::Workplace);
    let people = desk.acting(administrator).people();
    for changes in directory(founding.unit())?.chunks(IMPORTED) {
        people.import(changes.to_vec()).await?;
    }
    Ok(desk)
}

fn catalog() -> serde_json::Value {
    let services = (0..LINES).map(|n| {
        let (code, name) = (format!("S-{n}"), format!("Услуга {n}"));
        json!({"code": code, "name": name, "prefix": PREFIX, "line": line(n), "close_after": "120h"})
    });
    let lines = (0..LINES).map(|n| json!({"code": line(n), "name": format!("Линия {n}")}));
    json!({
        "services": services.collect::<Vec<_>>(),
        "lines": lines.collect::<Vec<_>>(),
        "administrators": line(0),
    })
}

fn directory(top: UnitId) -> Result<Vec<DirectoryCommand>, Failed> {
    let unit_id = |n: usize| UnitId(derived_id(TENANT.0, &format!("unit {}", n % UNITS)));
    let mut changes = Vec::new();
    for n in 0..UNITS {
        let name = Text::new(format!("Отдел {n}"))?;
        let unit = Unit { id: unit_id(n), kind: UnitKind::Department, name, parent: Some(top) };
        changes.push(DirectoryCommand::SaveUnit { unit });
    }
    for n in 0..REQUESTERS {
        let person = Person::named(&format!("Сотрудник {n}"))?;
        let employee = Employee::new(requester(n), person, unit_id(n));
        changes.push(DirectoryCommand::SaveEmployee { employee });
    }
    for (of_line, n) in (0..LINES).flat_map(|of_line| (0..OPERATORS).map(move |n| (of_line, n))) {
        let id = operator(of_line, n);
        let employee = Employee::new(id, Person::named(&format!("Оператор {of_line}.{n}"))?, top);
        changes.push(DirectoryCommand::SaveEmployee { employee });
        changes.push(DirectoryCommand::SaveMember { member: Member::new(line(of_line).parse()?, id) });
    }
    Ok(changes)
}
