use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::command::DirectoryCommand;
use super::event::DirectoryEvent;
use super::record::{
    CONTACT, Contact, EMPLOYEE, Employee, EmployeeId, GRANT, Grant, MEMBER, Member, Only, Scope, TENANT,
    UNIT, Unit, UnitId,
};
use super::snapshot::Directory;
use crate::base::Text;
use crate::base::limits::{IMPORT_MAX, LANGUAGES_MAX, SCOPE_LIST_MAX, SUBJECT_CHARS_MAX, UNIT_DEPTH_MAX};
use crate::config::catalog::{Action, CheckedCatalog};
use crate::life::decision::{Context, Decision, Halt, Reader};
use crate::life::refusal::Refusal;
use crate::store::{Key, Loaded, NewEvent, Put, Stored, Version};

/// Decides a change of the directory.
pub(crate) fn decide(
    reader: Reader<'_>,
    command: &DirectoryCommand,
    context: &Context<'_>,
) -> Result<Decision, Halt> {
    context.policy().require_role(Action::ManageDirectory)?;
    let changes = match command {
        DirectoryCommand::Import { changes } => changes.as_slice(),
        single => std::slice::from_ref(single),
    };
    if changes.is_empty() {
        return Err(Refusal::rule("no_change", "no change is given").into());
    }
    if changes.len() > IMPORT_MAX {
        let reason = format!("{} changes are more than {IMPORT_MAX}", changes.len());
        return Err(Refusal::invalid("changes", reason).into());
    }
    let mut draft = Draft::new(context);
    for change in changes {
        draft.change(reader, change)?;
    }
    draft.finish(reader, context)
}

/// A directory in which changes are tried out, and what they write.
struct Draft<'a> {
    directory: Cow<'a, Directory>,
    catalog: &'a CheckedCatalog,
    tenant: Key,
    puts: BTreeMap<Key, Put>,
    events: Vec<NewEvent>,
    lineage_changed: bool,
}

impl<'a> Draft<'a> {
    fn new(context: &Context<'a>) -> Self {
        Self {
            directory: Cow::Borrowed(&context.world.directory),
            catalog: &context.world.catalog,
            tenant: TENANT.key(context.actor.tenant.0),
            puts: BTreeMap::new(),
            events: Vec::new(),
            lineage_changed: false,
        }
    }

    fn change(&mut self, reader: Reader<'_>, change: &DirectoryCommand) -> Result<(), Halt> {
        match change {
            DirectoryCommand::SaveUnit { unit } => self.save_unit(reader, unit.clone()),
            DirectoryCommand::MoveUnit { unit, parent } => {
                let known = self.directory.unit(*unit).ok_or_else(|| Refusal::not_found("unit", unit))?;
                let moved = Unit { parent: *parent, ..(**known).clone() };
                self.save_unit(reader, moved)
            }
            DirectoryCommand::SaveEmployee { employee } => {
                self.check_employee(employee)?;
                let known = self.directory.employee(employee.id).and_then(|known| known.manager);
                self.lineage_changed |= employee.manager.is_some() && employee.manager != known;
                let event = DirectoryEvent::EmployeeSaved(employee.clone());
                self.save(reader, EMPLOYEE.key(employee.id.0), Arc::new(employee.clone()), event)
            }
            DirectoryCommand::SaveContact { contact } => {
                self.check_contact(contact)?;
                let event = DirectoryEvent::ContactSaved(contact.clone());
                self.save(reader, CONTACT.key(contact.id.0), Arc::new(contact.clone()), event)
            }
            DirectoryCommand::SaveMember { member } => {
                self.check_member(member)?;
                let event = DirectoryEvent::MemberSaved(member.clone());
                let key = MEMBER.key(Member::id(&member.line, member.employee));
                self.save(reader, key, Arc::new(member.clone()), event)
            }
            DirectoryCommand::SaveGrant { grant } => {
                self.check_grant(grant)?;
                let event = DirectoryEvent::GrantSaved(grant.clone());
                self.save(reader, GRANT.key(grant.id.0), Arc::new(grant.clone()), event)
            }
            DirectoryCommand::Import { .. } => {
                Err(Refusal::invalid("changes", "an import inside an import is not taken").into())
            }
        }
    }

    fn save_unit(&mut self, reader: Reader<'_>, unit: Unit) -> Result<(), Halt> {
        check_name("unit.name", &unit.name)?;
        if let Some(parent) = unit.parent {
            self.check_place(&unit, parent)?;
        }
        self.lineage_changed = true;
        let event = DirectoryEvent::UnitSaved(unit.clone());
        self.save(reader, UNIT.key(unit.id.0), Arc::new(unit), event)
    }

    fn save(
        &mut self,
        reader: Reader<'_>,
        key: Key,
        record: Arc<dyn Stored>,
        event: DirectoryEvent,
    ) -> Result<(), Halt> {
        let expected = reader.version(key)?;
        let loaded = Loaded { version: expected.next(), position: 0, record: record.clone() };
        self.directory.to_mut().take(&loaded);
        self.puts.insert(key, Put { record, expected });
        self.events.push(NewEvent { subject: key, fact: Arc::new(event) });
        Ok(())
    }

    fn finish(mut self, reader: Reader<'_>, context: &Context<'_>) -> Result<Decision, Halt> {
        let mut decision = context.begin();
        if let Some(last) = self.events.last() {
            decision.answer.subject = last.subject.id;
            let version = self.puts.get(&last.subject).map_or(Version::ABSENT, |put| put.expected);
            decision.answer.version = version.next();
            context.unchanged(version)?;
        }
        if self.lineage_changed {
            self.touch_anchor(reader)?;
        }
        decision.puts = self.puts.into_values().collect();
        decision.events = self.events;
        Ok(decision)
    }

    /// That neither units nor managers form a circle is one invariant, so each change of who stands below whom writes
    /// the tenant's own record as its anchor.
    fn touch_anchor(&mut self, reader: Reader<'_>) -> Result<(), Halt> {
        let expected = reader.version(self.tenant)?;
        if let Some(tenant) = self.directory.tenant() {
            let put = Put { record: tenant.clone(), expected };
            self.puts.insert(self.tenant, put);
        }
        Ok(())
    }

    fn check_place(&self, unit: &Unit, parent: UnitId) -> Result<(), Refusal> {
        self.check_unit("unit.parent", parent)?;
        if self.directory.lineage(parent).any(|above| above == unit.id) {
            return Err(Refusal::rule("unit_cycle", format!("`{}` would belong to itself", unit.name)));
        }
        let depth = self.directory.lineage(parent).count() + self.directory.depth_under(unit.id);
        if depth > UNIT_DEPTH_MAX {
            let reason =
                format!("the tree of units would have {depth} levels; at most {UNIT_DEPTH_MAX} are taken");
            return Err(Refusal::rule("units_too_deep", reason));
        }
        Ok(())
    }

    fn check_employee(&self, employee: &Employee) -> Result<(), Refusal> {
        check_name("employee.person.name", &employee.person.name)?;
        check_length("employee.person.email", employee.person.email.as_ref())?;
        check_length("employee.position", Some(&employee.position))?;
        check_languages(&employee.languages)?;
        self.check_unit("employee.unit", employee.unit)?;
        match employee.manager {
            Some(manager) => self.check_manager(employee.id, manager),
            None => Ok(()),
        }
    }

    fn check_manager(&self, employee: EmployeeId, manager: EmployeeId) -> Result<(), Refusal> {
        if self.directory.employee(manager).is_none() {
            return Err(Refusal::invalid("employee.manager", format!("there is no employee `{manager}`")));
        }
        let above = |id: &EmployeeId| self.directory.employee(*id).and_then(|employee| employee.manager);
        let chain = std::iter::successors(Some(manager), above).take(UNIT_DEPTH_MAX + 1);
        let (length, circle) =
            chain.fold((0, false), |(length, circle), id| (length + 1, circle || id == employee));
        if circle || length > UNIT_DEPTH_MAX {
            return Err(Refusal::rule("manager_cycle", "the chain of managers would not end"));
        }
        Ok(())
    }

    fn check_contact(&self, contact: &Contact) -> Result<(), Refusal> {
        check_name("contact.person.name", &contact.person.name)?;
        check_length("contact.person.email", contact.person.email.as_ref())?;
        contact.unit.map_or(Ok(()), |unit| self.check_unit("contact.unit", unit))
    }

    fn check_member(&self, member: &Member) -> Result<(), Refusal> {
        let unknown = || Refusal::invalid("member.line", format!("there is no line `{}`", member.line));
        let line = self.catalog.line(&member.line).ok_or_else(unknown)?;
        if self.directory.employee(member.employee).is_none() {
            let reason = format!("there is no employee `{}`", member.employee);
            return Err(Refusal::invalid("member.employee", reason));
        }
        if member.tier == 0 || member.tier > line.tiers {
            let reason = format!("`{}` has the tiers 1 to {}", line.code, line.tiers);
            return Err(Refusal::invalid("member.tier", reason));
        }
        Ok(())
    }

    fn check_grant(&self, grant: &Grant) -> Result<(), Refusal> {
        if self.catalog.role(grant.role.as_str()).is_none() {
            return Err(Refusal::invalid("grant.role", format!("there is no role `{}`", grant.role)));
        }
        let Scope { units, services, lines, .. } = &grant.scope;
        let longest = units.len().max(services.len()).max(lines.len());
        if longest > SCOPE_LIST_MAX {
            let reason = format!("a list of {longest} is longer than {SCOPE_LIST_MAX}");
            return Err(Refusal::invalid("grant.scope", reason));
        }
        if let Only::These(units) = units {
            units.iter().try_for_each(|unit| self.check_unit("grant.scope.units", *unit))?;
        }
        if let Only::These(lines) = lines
            && let Some(line) = lines.iter().find(|line| self.catalog.line(line).is_none())
        {
            return Err(Refusal::invalid("grant.scope.lines", format!("there is no line `{line}`")));
        }
        if let Only::These(services) = services
            && let Some(service) = services.iter().find(|service| self.catalog.service(service).is_none())
        {
            return Err(Refusal::invalid("grant.scope.services", format!("there is no service `{service}`")));
        }
        Ok(())
    }

    fn check_unit(&self, field: &'static str, unit: UnitId) -> Result<(), Refusal> {
        match self.directory.unit(unit) {
            Some(_) => Ok(()),
            None => Err(Refusal::invalid(field, format!("there is no unit `{unit}`"))),
        }
    }
}

/// Takes a name that says something and keeps to its limit.
pub(crate) fn check_name(field: &'static str, name: &Text) -> Result<(), Refusal> {
    let length = name.as_str().chars().count();
    if name.as_str().trim().is_empty() || length > SUBJECT_CHARS_MAX {
        return Err(Refusal::invalid(field, format!("1 to {SUBJECT_CHARS_MAX} characters are expected")));
    }
    Ok(())
}

fn check_length(field: &'static str, text: Option<&Text>) -> Result<(), Refusal> {
    if text.is_some_and(|text| text.as_str().chars().count() > SUBJECT_CHARS_MAX) {
        return Err(Refusal::invalid(field, format!("at most {SUBJECT_CHARS_MAX} characters are taken")));
    }
    Ok(())
}

fn check_languages(languages: &[String]) -> Result<(), Refusal> {
    let is_code = |code: &String| code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_lowercase());
    if languages.len() > LANGUAGES_MAX || !languages.iter().all(is_code) {
        let reason = format!("at most {LANGUAGES_MAX} codes of two small letters are expected, like `ru`");
        return Err(Refusal::invalid("employee.languages", reason));
    }
    Ok(())
}
