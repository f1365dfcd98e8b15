use std::sync::Arc;

use super::command::DirectoryCommand;
use super::event::DirectoryEvent;
use super::record::{
    CONTACT, Contact, EMPLOYEE, Employee, EmployeeId, GRANT, Grant, MEMBER, Member, Only, Scope, TENANT,
    Tenant, UNIT, Unit, UnitId,
};
use crate::base::Text;
use crate::base::limits::{SUBJECT_CHARS_MAX, UNIT_DEPTH_MAX};
use crate::config::catalog::Action;
use crate::life::decision::{Context, Decision, Halt, Reader};
use crate::life::refusal::Refusal;
use crate::store::{Key, NewEvent, Put, Stored, Version};

/// Decides a change of the directory.
pub(crate) fn decide(
    reader: Reader<'_>,
    command: &DirectoryCommand,
    context: &Context<'_>,
) -> Result<Decision, Halt> {
    context.policy().require_role(Action::ManageDirectory)?;
    match command {
        DirectoryCommand::SaveUnit { unit } => save_unit(reader, unit.clone(), context),
        DirectoryCommand::MoveUnit { unit, parent } => {
            let known =
                context.world.directory.unit(*unit).ok_or_else(|| Refusal::not_found("unit", unit))?;
            save_unit(reader, Unit { parent: *parent, ..(**known).clone() }, context)
        }
        DirectoryCommand::SaveEmployee { employee } => save_employee(reader, employee, context),
        DirectoryCommand::SaveContact { contact } => save_contact(reader, contact, context),
        DirectoryCommand::SaveMember { member } => save_member(reader, member, context),
        DirectoryCommand::SaveGrant { grant } => save_grant(reader, grant, context),
    }
}

/// The tree of units is one invariant, so each change of it writes the tenant's own record as its anchor.
fn save_unit(reader: Reader<'_>, unit: Unit, context: &Context<'_>) -> Result<Decision, Halt> {
    check_name("unit.name", &unit.name)?;
    if let Some(parent) = unit.parent {
        check_place(&unit, parent, context)?;
    }
    let tenant = TENANT.key(context.actor.tenant.0);
    let anchor = reader.find::<Tenant>(tenant)?;
    let event = DirectoryEvent::UnitSaved(unit.clone());
    let mut decision = save(reader, UNIT.key(unit.id.0), Arc::new(unit), event, context)?;
    if let Some((tenant, expected)) = anchor {
        decision.puts.push(Put { record: tenant, expected });
    }
    Ok(decision)
}

fn check_place(unit: &Unit, parent: UnitId, context: &Context<'_>) -> Result<(), Refusal> {
    let directory = &context.world.directory;
    check_unit("unit.parent", parent, context)?;
    if directory.lineage(parent).any(|above| above == unit.id) {
        return Err(Refusal::rule("unit_cycle", format!("`{}` would belong to itself", unit.name)));
    }
    let depth = directory.lineage(parent).count() + directory.depth_under(unit.id);
    if depth > UNIT_DEPTH_MAX {
        let reason =
            format!("the tree of units would have {depth} levels; at most {UNIT_DEPTH_MAX} are taken");
        return Err(Refusal::rule("units_too_deep", reason));
    }
    Ok(())
}

fn save_employee(reader: Reader<'_>, employee: &Employee, context: &Context<'_>) -> Result<Decision, Halt> {
    check_name("employee.person.name", &employee.person.name)?;
    check_unit("employee.unit", employee.unit, context)?;
    if let Some(manager) = employee.manager {
        check_manager(employee.id, manager, context)?;
    }
    let event = DirectoryEvent::EmployeeSaved(employee.clone());
    save(reader, EMPLOYEE.key(employee.id.0), Arc::new(employee.clone()), event, context)
}

fn check_manager(employee: EmployeeId, manager: EmployeeId, context: &Context<'_>) -> Result<(), Refusal> {
    let directory = &context.world.directory;
    if directory.employee(manager).is_none() {
        return Err(Refusal::invalid("employee.manager", format!("there is no employee `{manager}`")));
    }
    let mut above = Some(manager);
    for _ in 0..=UNIT_DEPTH_MAX {
        match above {
            None => return Ok(()),
            Some(found) if found == employee => break,
            Some(found) => above = directory.employee(found).and_then(|employee| employee.manager),
        }
    }
    Err(Refusal::rule("manager_cycle", "the chain of managers would not end"))
}

fn save_contact(reader: Reader<'_>, contact: &Contact, context: &Context<'_>) -> Result<Decision, Halt> {
    check_name("contact.person.name", &contact.person.name)?;
    if let Some(unit) = contact.unit {
        check_unit("contact.unit", unit, context)?;
    }
    let event = DirectoryEvent::ContactSaved(contact.clone());
    save(reader, CONTACT.key(contact.id.0), Arc::new(contact.clone()), event, context)
}

fn save_member(reader: Reader<'_>, member: &Member, context: &Context<'_>) -> Result<Decision, Halt> {
    let line = context.world.catalog.line(&member.line);
    let line =
        line.ok_or_else(|| Refusal::invalid("member.line", format!("there is no line `{}`", member.line)))?;
    if context.world.directory.employee(member.employee).is_none() {
        let reason = format!("there is no employee `{}`", member.employee);
        return Err(Refusal::invalid("member.employee", reason).into());
    }
    if member.tier == 0 || member.tier > line.tiers {
        let reason = format!("`{}` has the tiers 1 to {}", line.code, line.tiers);
        return Err(Refusal::invalid("member.tier", reason).into());
    }
    let event = DirectoryEvent::MemberSaved(member.clone());
    let key = MEMBER.key(Member::id(&member.line, member.employee));
    save(reader, key, Arc::new(member.clone()), event, context)
}

fn save_grant(reader: Reader<'_>, grant: &Grant, context: &Context<'_>) -> Result<Decision, Halt> {
    if context.world.catalog.role(grant.role.as_str()).is_none() {
        return Err(Refusal::invalid("grant.role", format!("there is no role `{}`", grant.role)).into());
    }
    check_scope(&grant.scope, context)?;
    let event = DirectoryEvent::GrantSaved(grant.clone());
    save(reader, GRANT.key(grant.id.0), Arc::new(grant.clone()), event, context)
}

fn check_scope(scope: &Scope, context: &Context<'_>) -> Result<(), Refusal> {
    let catalog = &context.world.catalog;
    if let Only::These(units) = &scope.units {
        units.iter().try_for_each(|unit| check_unit("grant.scope.units", *unit, context))?;
    }
    if let Only::These(lines) = &scope.lines
        && let Some(line) = lines.iter().find(|line| catalog.line(line).is_none())
    {
        return Err(Refusal::invalid("grant.scope.lines", format!("there is no line `{line}`")));
    }
    if let Only::These(services) = &scope.services
        && let Some(service) = services.iter().find(|service| catalog.service(service).is_none())
    {
        return Err(Refusal::invalid("grant.scope.services", format!("there is no service `{service}`")));
    }
    Ok(())
}

fn check_unit(field: &'static str, unit: UnitId, context: &Context<'_>) -> Result<(), Refusal> {
    match context.world.directory.unit(unit) {
        Some(_) => Ok(()),
        None => Err(Refusal::invalid(field, format!("there is no unit `{unit}`"))),
    }
}

fn check_name(field: &'static str, name: &Text) -> Result<(), Refusal> {
    let length = name.as_str().chars().count();
    if name.as_str().trim().is_empty() || length > SUBJECT_CHARS_MAX {
        return Err(Refusal::invalid(field, format!("1 to {SUBJECT_CHARS_MAX} characters are expected")));
    }
    Ok(())
}

fn save(
    reader: Reader<'_>,
    key: Key,
    record: Arc<dyn Stored>,
    event: DirectoryEvent,
    context: &Context<'_>,
) -> Result<Decision, Halt> {
    let expected: Version = reader.version(key)?;
    context.unchanged(expected)?;
    let mut decision = context.begin();
    decision.puts.push(Put { record, expected });
    decision.events.push(NewEvent { subject: key, fact: Arc::new(event) });
    decision.answer.subject = key.id;
    decision.answer.version = expected.next();
    Ok(decision)
}
