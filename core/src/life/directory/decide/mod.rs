mod check;
mod contact;
mod employee;
mod erase;
mod standing_in;

pub(crate) use check::check_name;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::command::DirectoryCommand;
use super::event::DirectoryEvent;
use super::record::{GRANT, MEMBER, Member, TENANT, UNIT, Unit};
use super::snapshot::Directory;
use crate::base::Party;
use crate::base::limits::IMPORT_MAX;
use crate::config::catalog::{Action, CheckedCatalog};
use crate::life::decision::{Context, Decision, Halt, Need, Reader};
use crate::life::refusal::Refusal;
use crate::store::{Key, Loaded, NewEvent, Put, Stored, WorkChange};

/// Decides a change of the directory.
pub(crate) fn decide(
    reader: Reader<'_>,
    command: &DirectoryCommand,
    context: &Context<'_>,
) -> Result<Decision, Halt> {
    let changes = match command {
        DirectoryCommand::Import { changes } => changes.as_slice(),
        single => std::slice::from_ref(single),
    };
    changes.iter().try_for_each(|change| context.policy().require_role(leave_for(change, context)))?;
    if changes.is_empty() {
        context.policy().require_role(Action::ManageDirectory)?;
        return Err(Refusal::rule("no_change", "no change is given").into());
    }
    if changes.len() > IMPORT_MAX {
        let reason = format!("{} changes are more than {IMPORT_MAX}", changes.len());
        return Err(Refusal::invalid("changes", reason).into());
    }
    let mut draft = Draft::new(reader, context);
    draft.read_ahead(changes)?;
    for change in changes {
        draft.change(change)?;
    }
    draft.finish()
}

/// What a change needs leave for: an employee arranges the own absences and delegations, in person.
fn leave_for(change: &DirectoryCommand, context: &Context<'_>) -> Action {
    let own = |party: Party| context.actor.party == party && context.actor.principal.is_none();
    match change {
        DirectoryCommand::SaveAbsence { absence } if own(absence.employee.into()) => Action::Delegate,
        DirectoryCommand::SaveDelegation { delegation } if own(delegation.principal.into()) => {
            Action::Delegate
        }
        DirectoryCommand::Erase { .. } => Action::Wake,
        DirectoryCommand::SaveAbsence { .. }
        | DirectoryCommand::SaveDelegation { .. }
        | DirectoryCommand::SaveUnit { .. }
        | DirectoryCommand::MoveUnit { .. }
        | DirectoryCommand::SaveEmployee { .. }
        | DirectoryCommand::MoveEmployee { .. }
        | DirectoryCommand::Leave { .. }
        | DirectoryCommand::Return { .. }
        | DirectoryCommand::SaveContact { .. }
        | DirectoryCommand::MergeContact { .. }
        | DirectoryCommand::UnmergeContact { .. }
        | DirectoryCommand::SaveMember { .. }
        | DirectoryCommand::SaveGrant { .. }
        | DirectoryCommand::Import { .. } => Action::ManageDirectory,
    }
}

/// A directory in which changes are tried out, and what they write.
struct Draft<'a> {
    reader: Reader<'a>,
    context: &'a Context<'a>,
    directory: Cow<'a, Directory>,
    catalog: &'a CheckedCatalog,
    puts: BTreeMap<Key, Put>,
    events: Vec<NewEvent>,
    work: Vec<WorkChange>,
    /// Records whose journal loses its content.
    erase: Vec<Key>,
    /// What the latest change is about.
    subject: Option<Key>,
    /// Whether what must form no circle or not overlap changed.
    anchored: bool,
}

impl<'a> Draft<'a> {
    fn new(reader: Reader<'a>, context: &'a Context<'a>) -> Self {
        Self {
            reader,
            context,
            directory: Cow::Borrowed(&context.world.directory),
            catalog: &context.world.catalog,
            puts: BTreeMap::new(),
            events: Vec::new(),
            work: Vec::new(),
            erase: Vec::new(),
            subject: None,
            anchored: false,
        }
    }

    /// Asks at once for everything that the changes may write beside the records that they name.
    fn read_ahead(&self, changes: &[DirectoryCommand]) -> Result<(), Halt> {
        let uprooted = changes.iter().filter_map(DirectoryCommand::uproots);
        let further = uprooted.flat_map(|id| self.holdings(id));
        let persons = changes.iter().flat_map(|change| self.persons(change));
        let keys: Vec<Key> =
            further.chain(persons).filter(|key| !self.reader.0.records.contains_key(key)).collect();
        if keys.is_empty() { Ok(()) } else { Err(Need { keys, ..Need::default() }.into()) }
    }

    fn change(&mut self, change: &DirectoryCommand) -> Result<(), Halt> {
        match change {
            DirectoryCommand::SaveUnit { unit } => self.save_unit(unit.clone()),
            DirectoryCommand::MoveUnit { unit, parent } => {
                let known = self.directory.unit(*unit).ok_or_else(|| Refusal::not_found("unit", unit))?;
                let moved = Unit { parent: *parent, ..(**known).clone() };
                self.save_unit(moved)
            }
            DirectoryCommand::SaveEmployee { employee } => self.save_employee(employee),
            DirectoryCommand::MoveEmployee { employee, to } => self.move_employee(*employee, to),
            DirectoryCommand::Leave { employee } => self.leave(*employee),
            DirectoryCommand::Return { employee, to } => self.take_back(*employee, to),
            DirectoryCommand::SaveContact { contact } => self.save_contact(contact),
            DirectoryCommand::MergeContact { contact, into } => self.merge_contact(*contact, *into),
            DirectoryCommand::UnmergeContact { contact } => self.unmerge_contact(*contact),
            DirectoryCommand::SaveMember { member } => {
                self.check_member(member)?;
                let key = MEMBER.key(Member::id(&member.line, member.employee));
                self.save(key, Arc::new(member.clone()), DirectoryEvent::MemberSaved(member.clone()))
            }
            DirectoryCommand::SaveGrant { grant } => {
                self.check_grant(grant)?;
                let event = DirectoryEvent::GrantSaved(grant.clone());
                self.save(GRANT.key(grant.id.0), Arc::new(grant.clone()), event)
            }
            DirectoryCommand::SaveAbsence { absence } => self.save_absence(absence),
            DirectoryCommand::SaveDelegation { delegation } => self.save_delegation(delegation),
            DirectoryCommand::Erase { party } => self.erase_person(*party),
            DirectoryCommand::Import { .. } => {
                Err(Refusal::invalid("changes", "an import inside an import is not taken").into())
            }
        }
    }

    fn save_unit(&mut self, unit: Unit) -> Result<(), Halt> {
        check_name("unit.name", &unit.name)?;
        if let Some(parent) = unit.parent {
            self.check_place(&unit, parent)?;
        }
        self.anchored = true;
        let event = DirectoryEvent::UnitSaved(unit.clone());
        self.save(UNIT.key(unit.id.0), Arc::new(unit), event)
    }

    /// Writes what a change is about.
    fn save(&mut self, key: Key, record: Arc<dyn Stored>, event: DirectoryEvent) -> Result<(), Halt> {
        self.subject = Some(key);
        self.save_along(key, record, event)
    }

    /// Writes what a change brings along.
    fn save_along(&mut self, key: Key, record: Arc<dyn Stored>, event: DirectoryEvent) -> Result<(), Halt> {
        self.put(key, record)?;
        self.events.push(NewEvent { subject: key, fact: Arc::new(event) });
        Ok(())
    }

    fn put(&mut self, key: Key, record: Arc<dyn Stored>) -> Result<(), Halt> {
        let expected = self.reader.version(key)?;
        let loaded = Loaded { version: expected.next(), position: 0, record: record.clone() };
        self.directory.to_mut().take(&loaded);
        self.puts.insert(key, Put { record, expected });
        Ok(())
    }

    /// A record as it stands after the changes so far.
    fn current<T: Stored>(&self, key: Key) -> Result<Option<Arc<T>>, Halt> {
        match self.puts.get(&key) {
            Some(Put { record, expected }) => {
                Ok(Loaded { version: *expected, position: 0, record: record.clone() }.of())
            }
            None => Ok(self.reader.find(key)?.map(|(record, _)| record)),
        }
    }

    fn finish(mut self) -> Result<Decision, Halt> {
        let mut decision = self.context.begin();
        if let Some(subject) = self.subject {
            let version = self.reader.version(subject)?;
            self.context.unchanged(version)?;
            decision.answer.subject = subject.id;
            let written = self.puts.contains_key(&subject);
            decision.answer.version = if written { version.next() } else { version };
        }
        if self.anchored {
            self.touch_anchor()?;
        }
        (decision.claims, decision.releases) = self.claims();
        decision.puts = self.puts.into_values().collect();
        decision.events = self.events;
        decision.work = self.work;
        decision.erase = self.erase;
        Ok(decision)
    }

    /// That units, managers and delegations form no circle and absences do not overlap are invariants over several
    /// records, so each change of them writes the tenant's own record as its anchor.
    fn touch_anchor(&mut self) -> Result<(), Halt> {
        let Some(tenant) = self.directory.tenant().cloned() else { return Ok(()) };
        self.put(TENANT.key(tenant.id.0), tenant)
    }
}
