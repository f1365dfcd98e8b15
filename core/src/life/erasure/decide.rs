use std::sync::Arc;

use uuid::Uuid;

use super::command::ErasureCommand;
use super::event::ErasureEvent;
use super::part::{Holds, PARTS, Part, Texts, Trace, Traces, part};
use super::record::{Erasure, Place};
use crate::base::limits::WORDS_MAX;
use crate::base::{Party, PartyKind, Words};
use crate::config::catalog::Action;
use crate::life::decision::{Context, Decision, Halt, Reader};
use crate::life::directory::{ContactId, EmployeeId};
use crate::life::refusal::Refusal;
use crate::life::request::{ATTACHMENT, AttachmentId, Left, REQUEST, Request, RequestEvent};
use crate::store::{Key, Loaded, NewEvent, NewWork, Put, Queue, Stored, Version, WorkChange};

/// Decides to erase a person. One whose erasure is going is let go on; one who was erased before is looked for again.
pub(crate) fn start(reader: Reader<'_>, party: Party, context: &Context<'_>) -> Result<Decision, Halt> {
    context.policy().require_role(Action::ErasePersons)?;
    let directory = &context.world.directory;
    let known = match party.kind {
        PartyKind::Employee => directory.employee(EmployeeId(party.id)).is_some(),
        PartyKind::Contact => directory.contact(ContactId(party.id)).is_some(),
        PartyKind::Bot | PartyKind::Integration | PartyKind::System => false,
    };
    if !known {
        return Err(Refusal::not_found("person", party).into());
    }
    let person = directory.standing_for(party);
    let found = reader.find::<Erasure>(Erasure::key(person))?;
    let version = found.as_ref().map_or(Version::ABSENT, |(_, version)| *version);
    let erasure = match found {
        Some((erasure, _)) => (*erasure).clone(),
        None => Erasure {
            party: person,
            identities: Vec::new(),
            by: context.actor.party,
            round: 0,
            place: Place::Ended,
            words: Words::default(),
            started_at: context.now,
            ended_at: None,
        },
    };
    let going = erasure.is_going();
    let mut draft = Draft { erasure, version, decision: context.begin() };
    if !going {
        let identities = directory.identities(person);
        let by = context.actor.party;
        draft.apply(ErasureEvent::ErasureStarted { party: person, identities, by }, context);
    }
    draft.go_on(context);
    Ok(draft.finish())
}

/// Decides a step of an erasure.
pub(crate) fn decide(
    reader: Reader<'_>,
    party: Party,
    command: &ErasureCommand,
    context: &Context<'_>,
) -> Result<Decision, Halt> {
    context.policy().require_role(Action::Wake)?;
    let found = reader.find::<Erasure>(Erasure::key(party))?;
    let (erasure, version) = found.ok_or_else(|| Refusal::not_found("erasure", party))?;
    if !erasure.is_going() {
        return Err(Refusal::rule("erasure_ended", "nothing is left to erase").into());
    }
    let mut draft = Draft { erasure: (*erasure).clone(), version, decision: context.begin() };
    match command {
        ErasureCommand::Learn { words } => {
            words.iter().take(WORDS_MAX).for_each(|word| draft.erasure.words.add(word));
            draft.apply(ErasureEvent::ErasureAdvanced { to: Place::Directory }, context);
            draft.go_on(context);
        }
        ErasureCommand::Advance { to: Place::Ended } => draft.apply(ErasureEvent::ErasureEnded, context),
        ErasureCommand::Advance { to } => {
            draft.apply(ErasureEvent::ErasureAdvanced { to: to.clone() }, context);
            draft.go_on(context);
        }
        ErasureCommand::Erase { kind, id, journal } => {
            let key = asks_for(kind, *id).ok_or_else(|| Refusal::not_found("kind", kind))?;
            return erase(reader, &erasure, (key, *journal), context);
        }
    }
    Ok(draft.finish())
}

/// The record that an erasure of this name and id is about.
pub(crate) fn asks_for(kind: &str, id: Uuid) -> Option<Key> {
    part(kind).map(|part| part.kind.key(id))
}

/// Erases what one record holds, and with it the content of the journal that says the same.
fn erase(
    reader: Reader<'_>,
    erasure: &Erasure,
    (key, journal): (Key, bool),
    context: &Context<'_>,
) -> Result<Decision, Halt> {
    let nothing = || Refusal::rule("no_change", "nothing is left to erase");
    let texts = texts_of(key.kind).ok_or_else(nothing)?;
    reader.version(key)?;
    let mut decision = context.begin();
    decision.answer.subject = key.id;
    let Some(loaded) = reader.0.records.get(&key).and_then(Option::as_ref) else {
        // It was deleted before, and only its journal is left.
        if !journal {
            return Err(nothing().into());
        }
        decision.erase.push(key);
        return Ok(decision);
    };
    let request = match (texts.below)(loaded) {
        Some(id) => reader.find::<Request>(REQUEST.key(id.0))?,
        None => None,
    };
    let mut traces = Traces {
        identities: &erasure.identities,
        words: &erasure.words,
        requests: Default::default(),
        at: context.now,
    };
    traces.requests = request.iter().map(|(r, _)| &**r).filter(|r| traces.owns(r)).map(|r| r.id).collect();
    let trace = (texts.trace)(loaded, &traces);
    let own = matches!(trace, Some(Trace::Forgotten(_)));
    match trace {
        None if !journal => return Err(nothing().into()),
        Some(Trace::Gone) => decision.deletes.push((key, loaded.version)),
        Some(Trace::Forgotten(record)) => write(&mut decision, texts, loaded, (record, true)),
        Some(Trace::Masked(record)) => write(&mut decision, texts, loaded, (record, false)),
        None => write(&mut decision, texts, loaded, (loaded.record.clone(), false)),
    }
    if let Some((request, version)) = request.filter(|_| texts.in_request) {
        anchor(&mut decision, (&request, version), (key, own));
    }
    Ok(decision)
}

fn texts_of(kind: &crate::store::Kind) -> Option<&'static Texts> {
    match &PARTS.iter().find(|part| part.kind == kind)?.holds {
        Holds::Texts(texts) => Some(texts),
        Holds::Nothing | Holds::Persons | Holds::Bundles => None,
    }
}

/// Writes what is left of a record. What its journal said before is erased, and said once more as far as it is left.
fn write(decision: &mut Decision, texts: &Texts, before: &Loaded, (record, own): (Arc<dyn Stored>, bool)) {
    let key = record.key();
    if let Some(fact) = (texts.told)(&*record, own) {
        decision.events.push(NewEvent { subject: key, fact });
        decision.erase.push(key);
    }
    let as_request = |record: &Arc<dyn Stored>| {
        Loaded { version: before.version, position: 0, record: record.clone() }.of::<Request>()
    };
    if let (Some(before), Some(after)) = (before.of::<Request>(), as_request(&record)) {
        replace_rows(decision, &before, &after);
    }
    decision.puts.push(Put { record, expected: before.version });
}

/// Rows that say what the request says go and come with it.
fn replace_rows(decision: &mut Decision, before: &Request, after: &Request) {
    let (before, after) = (before.rows(), after.rows());
    let lacks =
        |rows: &[Arc<dyn Stored>], row: &dyn Stored| rows.iter().all(|other| other.key() != row.key());
    let gone = before.iter().filter(|row| lacks(&after, &***row));
    decision.deletes.extend(gone.map(|row| (row.key(), Version::ABSENT.next())));
    let new = after.iter().filter(|row| lacks(&before, &***row));
    decision.puts.extend(new.map(|row| Put { record: row.clone(), expected: Version::ABSENT }));
}

/// Says in the journal of a request that something which belongs to it was erased. The names of its attachments stand
/// there, so its content goes; what is left of the request itself is said again. The request is written as well: whoever
/// reads all of it at one version reads what is left.
fn anchor(decision: &mut Decision, (request, version): (&Arc<Request>, Version), (part, own): (Key, bool)) {
    let key = REQUEST.key(request.id.0);
    let is_attachment = part.kind == &ATTACHMENT;
    let attachment = (is_attachment && own).then_some(AttachmentId(part.id));
    let fact = RequestEvent::Erased { attachment, left: Some(Box::new(Left::of(request))) };
    decision.events.push(NewEvent { subject: key, fact: Arc::new(fact) });
    if is_attachment {
        decision.erase.push(key);
    }
    decision.puts.push(Put { record: request.clone(), expected: version });
}

/// An erasure while a decision about it is made.
struct Draft {
    erasure: Erasure,
    version: Version,
    decision: Decision,
}

impl Draft {
    fn apply(&mut self, event: ErasureEvent, context: &Context<'_>) {
        self.erasure.evolve(&event, context.now);
        let subject = Erasure::key(self.erasure.party);
        self.decision.events.push(NewEvent { subject, fact: Arc::new(event) });
    }

    /// Lets the worker carry it on.
    fn go_on(&mut self, context: &Context<'_>) {
        let party = self.erasure.party;
        let (subject, key) = (Erasure::key(party), Erasure::timer(party));
        let (queue, due, body) = (Queue::Timers, context.now, "{}".to_owned());
        self.decision.work.push(WorkChange::Set(NewWork { queue, key, subject, due, body }));
    }

    fn finish(mut self) -> Decision {
        self.decision.answer.subject = Erasure::key(self.erasure.party).id;
        self.decision.answer.version = self.version.next();
        self.decision.puts.push(Put { record: Arc::new(self.erasure), expected: self.version });
        self.decision
    }
}

impl Place {
    /// The next kind to look at after one, or the journal after the last.
    pub(crate) fn after(kind: Option<&str>) -> Self {
        let rest = match kind.and_then(|kind| PARTS.iter().position(|part| part.kind.name == kind)) {
            Some(at) => &PARTS[at + 1..],
            None => PARTS,
        };
        let has_texts = |part: &&Part| matches!(part.holds, Holds::Texts(_) | Holds::Bundles);
        match rest.iter().find(has_texts) {
            Some(part) => Self::Records { kind: part.kind.name.to_owned(), after: None },
            None => Self::Journal { after: 0 },
        }
    }
}
