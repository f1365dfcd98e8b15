//! The lives of requests, folded from the journal alone, and the records that have to say the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use okno::base::{Party, derived_id};
use okno::config::catalog::{Notification, Recipient};
use okno::life::definitions::{CATALOG, Published};
use okno::life::request::{
    ARROWS, ATTACHMENT, Attachment, AttachmentId, CloseReason, ENTRY, ENTRY_REVISION, Entry, EntryId,
    EntryKind, EntryRevision, FIELD_VALUE, INVOLVEMENT, IndexedValue, REQUEST, Request, RequestEvent,
    ResumeReason, TAG, Tagging,
};
use okno::store::{Event, Key, Stored};
use okno::{CommandId, RequestId, Timestamp};
use uuid::Uuid;

use super::{Breach, Holdings, Law};

/// What the journal tells of a request.
#[derive(Debug, Clone)]
pub(super) struct Life {
    /// The request.
    pub(super) request: Request,
    /// Its entries.
    entries: BTreeMap<EntryId, Told>,
    /// Its attachments.
    attachments: BTreeMap<AttachmentId, Attachment>,
    /// When each of its timers is due, and which command set it.
    pub(super) timers: [Option<(Timestamp, CommandId)>; TIMERS.len()],
    /// What was set going again after it was put aside.
    pub(super) retried: BTreeSet<Uuid>,
    /// The keys of the messages that had to be sent.
    pub(super) owed: BTreeSet<Uuid>,
    /// The command that put something aside last.
    parked_by: Option<CommandId>,
}

/// What the journal tells of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    number: u32,
    kind: EntryKind,
    author: Party,
    at: Timestamp,
    /// How many former texts there are, and how many it says.
    revisions: (u32, u32),
    redacted: bool,
    retracted: Option<bool>,
}

/// The timers that a request can have: what their keys are made of.
pub(super) const TIMERS: [&str; 3] = ["close by silence", "end hold", "clocks"];

/// The key of one of a request's own timers.
pub(super) fn timer_key(request: RequestId, timer: usize) -> Uuid {
    derived_id(request.0, TIMERS[timer])
}

/// When each timer of a request is due.
fn due(request: &Request) -> [Option<Timestamp>; TIMERS.len()] {
    [request.closes_at, request.hold.as_ref().and_then(|hold| hold.until), request.clock_at()]
}

impl Holdings {
    /// Folds every request, and says what cannot have happened.
    pub(super) fn fold(&self) -> (BTreeMap<RequestId, Life>, Vec<Breach>) {
        let rules = self.all::<Published>(&CATALOG).next();
        let rules = rules.map_or_else(Vec::new, |published| published.catalog.notifications.clone());
        let (mut lives, mut breaches) = (BTreeMap::new(), Vec::new());
        for batch in self.batches() {
            let mut touched = BTreeSet::new();
            for (n, event) in batch.iter().enumerate().filter(|(_, event)| event.subject.kind == &REQUEST) {
                let id = RequestId(event.subject.id);
                touched.insert(id);
                match event.of::<RequestEvent>() {
                    Some(fact) => breaches.extend(happened(&mut lives, id, event, fact)),
                    None => breaches.push(Breach::of(Law::Fold, format!("{event:?} is about a request"))),
                }
                if let (Some(life), Some(fact)) = (lives.get_mut(&id), event.of()) {
                    life.owe(&rules, event, fact, n);
                }
            }
            for id in touched {
                if let Some(life) = lives.get_mut(&id) {
                    life.set_timers(batch[0].command);
                }
            }
        }
        (lives, breaches)
    }

    /// Holds the records against the lives of requests.
    pub(super) fn audit_parts(&self, lives: &BTreeMap<RequestId, Life>) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let mut expected: BTreeMap<Key, Arc<dyn Stored>> = BTreeMap::new();
        let mut entries = BTreeMap::new();
        for (id, life) in lives.iter().filter(|(id, _)| !self.is_archived(REQUEST.key(id.0))) {
            let kept = self.request(*id);
            if kept.as_deref() != Some(&life.request) {
                let what = format!("{id} is not the fold of its events:\n {kept:?}\n {:?}", life.request);
                breaches.push(Breach::of(Law::Fold, what));
            }
            let rows = rows(&life.request).into_iter();
            let files = life.attachments.values().map(|file| Arc::new(file.clone()) as Arc<dyn Stored>);
            expected.extend(rows.chain(files).map(|row| (row.key(), row)));
            entries.extend(life.entries.iter().map(|(entry, told)| ((*id, *entry), told)));
        }
        breaches.extend(self.audit_rows(&expected));
        breaches.extend(self.audit_entries(entries));
        breaches
    }

    /// Rows that follow from requests are there, say what they have to say, and are all that there is.
    fn audit_rows(&self, expected: &BTreeMap<Key, Arc<dyn Stored>>) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let encoded = |record: &Arc<dyn Stored>| record.encode().expect("a record can be written");
        for (key, row) in expected {
            let kept = self.records.get(key).map(|loaded| encoded(&loaded.record));
            if kept.as_ref() != Some(&encoded(row)) {
                breaches.push(Breach::of(Law::Fold, format!("{row:?} is kept as {kept:?}")));
            }
        }
        let kinds = [&INVOLVEMENT, &TAG, &FIELD_VALUE, &ATTACHMENT];
        for key in self.records.keys().filter(|key| kinds.contains(&key.kind) && !expected.contains_key(key))
        {
            breaches.push(Breach::of(Law::Fold, format!("`{key}` follows from no request")));
        }
        breaches
    }

    fn audit_entries(&self, mut told: BTreeMap<(RequestId, EntryId), &Told>) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let mut revisions: BTreeMap<EntryId, u32> = BTreeMap::new();
        for revision in self.all::<EntryRevision>(&ENTRY_REVISION) {
            *revisions.entry(revision.entry).or_default() += 1;
        }
        for entry in self.all::<Entry>(&ENTRY) {
            let kept = Told {
                number: entry.number,
                kind: entry.kind,
                author: entry.author,
                at: entry.at,
                revisions: (revisions.remove(&entry.id).unwrap_or(0), entry.revisions),
                redacted: entry.redacted.is_some(),
                retracted: entry.work.map(|work| work.retracted),
            };
            let known = told.remove(&(entry.request, entry.id));
            if known != Some(&kept) {
                let what = format!("entry {} is {kept:?}, its events say {known:?}", entry.id);
                breaches.push(Breach::of(Law::Fold, what));
            }
        }
        let lost = told.keys().map(|(id, entry)| format!("entry {entry} of {id} is lost"));
        let stray = revisions.keys().map(|entry| format!("revisions of {entry}, which is no entry"));
        breaches.extend(lost.chain(stray).map(|what| Breach::of(Law::Fold, what)));
        breaches
    }
}

/// The rows that follow from a request.
fn rows(request: &Request) -> Vec<Arc<dyn Stored>> {
    let involved = request.involvements().map(|row| Arc::new(row) as Arc<dyn Stored>);
    let tags = request.tags.iter().map(|tag| {
        let row = Tagging { request: request.id, tag: tag.clone() };
        Arc::new(row) as Arc<dyn Stored>
    });
    let values = request.fields.iter().filter(|(_, value)| value.indexed).map(|(field, value)| {
        let row = IndexedValue { request: request.id, field: field.clone(), value: value.value.clone() };
        Arc::new(row) as Arc<dyn Stored>
    });
    involved.chain(tags).chain(values).collect()
}

/// Applies an event to the life that it is about.
fn happened(
    lives: &mut BTreeMap<RequestId, Life>,
    id: RequestId,
    event: &Event,
    fact: &RequestEvent,
) -> Vec<Breach> {
    let place = format!("event {} of {id}", event.position);
    let Some(life) = lives.get_mut(&id) else {
        let RequestEvent::Submitted(facts) = fact else {
            return vec![Breach::of(Law::Fold, format!("{place} comes before its submission"))];
        };
        let request = Request::submitted((**facts).clone(), event.at);
        lives.insert(id, Life::new(request));
        return Vec::new();
    };
    let mut breaches: Vec<Breach> = life.wrongly_woken(event, fact).into_iter().collect();
    let before = life.request.status;
    life.request.evolve(fact, event.at);
    let after = life.request.status;
    if before != after && !ARROWS.iter().any(|arrow| (arrow.0, arrow.2) == (before, after)) {
        breaches.push(Breach::of(Law::Fold, format!("{place} leads from {before:?} to {after:?}")));
    }
    breaches.extend(life.note(event, fact).map(|what| Breach::of(Law::Fold, format!("{place}: {what}"))));
    breaches
}

impl Life {
    fn new(request: Request) -> Self {
        let (entries, attachments) = (BTreeMap::new(), BTreeMap::new());
        let (retried, owed) = (BTreeSet::new(), BTreeSet::new());
        Self { request, entries, attachments, timers: [None; TIMERS.len()], retried, owed, parked_by: None }
    }

    /// A timer takes effect once for each command that set it, not before it is due.
    fn wrongly_woken(&self, event: &Event, fact: &RequestEvent) -> Option<Breach> {
        let timer = match fact {
            RequestEvent::Closed { reason: CloseReason::Silence } => 0,
            RequestEvent::Resumed { reason: ResumeReason::DateCame, .. } => 1,
            // Who puts the timer aside notes as well what passed since.
            RequestEvent::Clocked { .. }
                if event.origin.cause == Some(timer_key(self.request.id, 2))
                    && self.parked_by != Some(event.command) =>
            {
                2
            }
            _ => return None,
        };
        let key = timer_key(self.request.id, timer);
        let right = self.timers[timer].is_some_and(|(due, set_by)| {
            event.at >= due && event.command.0 == derived_id(key, &set_by.to_string())
        });
        let set = self.timers[timer];
        let what =
            || format!("event {} at {} wakes {}: set {set:?}", event.position, event.at, self.request.id);
        (!right).then(|| Breach::of(Law::Timers, what()))
    }

    /// Notes what an event says of entries and attachments.
    fn note(&mut self, event: &Event, fact: &RequestEvent) -> Option<&'static str> {
        for attachment in self.attachments.values_mut() {
            attachment.evolve(fact, event.at);
        }
        match fact {
            RequestEvent::Submitted(_) => return Some("it was submitted before"),
            RequestEvent::Written { entry, kind, .. } | RequestEvent::SplitFrom { entry, kind, .. } => {
                self.write(*entry, *kind, event);
            }
            RequestEvent::Attached(attached) => {
                let (facts, author) = ((**attached).clone(), event.origin.actor);
                let attachment = Attachment::attached(self.request.id, facts, author, event.at);
                self.attachments.insert(attachment.id, attachment);
            }
            RequestEvent::Parked { .. } => self.parked_by = Some(event.command),
            RequestEvent::Retried { key } => drop(self.retried.insert(*key)),
            RequestEvent::EntryEdited { entry, .. } => match self.entries.get_mut(entry) {
                Some(told) => told.revisions = (told.revisions.0 + 1, told.revisions.1 + 1),
                None => return Some("nobody wrote the entry that it edits"),
            },
            RequestEvent::EntryRedacted { entry, .. } => match self.entries.get_mut(entry) {
                Some(told) => told.redacted = true,
                None => return Some("nobody wrote the entry that it blanks"),
            },
            RequestEvent::WorkLogged { entry, .. } => match self.entries.get_mut(entry) {
                Some(told) => told.retracted = Some(false),
                None => return Some("nobody wrote the entry that logs the work"),
            },
            RequestEvent::WorkRetracted { entry, .. } => match self.entries.get_mut(entry) {
                Some(told) => told.retracted = Some(true),
                None => return Some("nobody wrote the entry that logged the work"),
            },
            _ => {}
        }
        None
    }

    fn write(&mut self, entry: EntryId, kind: EntryKind, event: &Event) {
        let told = Told {
            number: self.request.entries,
            kind,
            author: event.origin.actor,
            at: event.at,
            revisions: (0, 0),
            redacted: false,
            retracted: None,
        };
        self.entries.insert(entry, told);
    }

    /// Notes who has to be told of an event, the `n`-th of its batch. Substitutes and watchers are told as well where they
    /// may see it, which the journal does not say.
    fn owe(&mut self, rules: &[Notification], event: &Event, fact: &RequestEvent, n: usize) {
        let request = &self.request;
        for (rule, notification) in rules.iter().enumerate().filter(|(_, rule)| rule.on == event.fact.name())
        {
            let told: Vec<Party> = match notification.to {
                Recipient::Requester | Recipient::CopiedIn if fact.is_internal() => Vec::new(),
                Recipient::Requester => vec![request.requester],
                Recipient::CopiedIn => request.copied_in().map(|copied| copied.party).collect(),
                Recipient::Assignee => request.assignee.map(Party::from).into_iter().collect(),
                Recipient::Watchers => Vec::new(),
            };
            let told = told.into_iter().filter(|party| *party != event.origin.actor);
            let keys = told.map(|to| derived_id(event.command.0, &format!("notify {rule} {n} {to}")));
            self.owed.extend(keys);
        }
    }

    fn set_timers(&mut self, command: CommandId) {
        for (timer, due) in self.timers.iter_mut().zip(due(&self.request)) {
            if timer.map(|(due, _)| due) != due {
                *timer = due.map(|due| (due, command));
            }
        }
    }
}
