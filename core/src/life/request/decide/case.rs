use std::sync::Arc;

use uuid::Uuid;

use super::clocks::Timing;
use super::files::Files;
use crate::base::{CommandId, Party, Timestamp, derived_id};
use crate::config::catalog::{Action, Recipient, Service};
use crate::life::decision::{Context, Decision, Halt, Reader};
use crate::life::directory::EmployeeId;
use crate::life::refusal::Refusal;
use crate::life::request::command::Wake;
use crate::life::request::effect::Effect;
use crate::life::request::entry::{CopyOf, Entry, EntryId, EntryKind};
use crate::life::request::event::RequestEvent;
use crate::life::request::mark::ReadMark;
use crate::life::request::record::{REQUEST, Request, RequestId};
use crate::life::request::status::{Status, Verb};
use crate::store::{Fact, Key, NewEvent, NewWork, Put, Queue, Stored, Version, WorkChange};

/// A request while a decision about it is made: each event is applied as soon as it is decided.
#[derive(Debug)]
pub(super) struct Case<'a, 'w> {
    pub(super) context: &'a mut Context<'w>,
    pub(super) request: Request,
    /// The request that the command names.
    pub(super) named: RequestId,
    /// The request as it stands in the store; none when it is being submitted.
    before: Option<Arc<Request>>,
    version: Version,
    /// The entry that was written last.
    pub(super) written: Option<EntryId>,
    /// What the entries to be written are copies of.
    pub(super) copying: Option<CopyOf>,
    /// The files that the command names.
    pub(super) files: Files,
    decision: Decision,
    /// What the clocks do.
    pub(super) timing: Timing,
}

/// The timers that a request can have.
#[derive(Debug, Clone, Copy)]
enum Timer {
    CloseBySilence,
    EndHold,
    Clocks,
}

impl Timer {
    const ALL: [Self; 3] = [Self::CloseBySilence, Self::EndHold, Self::Clocks];

    fn key(self, request: RequestId) -> Uuid {
        match self {
            Self::CloseBySilence => derived_id(request.0, "close by silence"),
            Self::EndHold => derived_id(request.0, "end hold"),
            Self::Clocks => derived_id(request.0, "clocks"),
        }
    }

    fn wake(self, set_by: CommandId) -> Wake {
        match self {
            Self::CloseBySilence => Wake::CloseBySilence { set_by },
            Self::EndHold => Wake::EndHold { set_by },
            Self::Clocks => Wake::Clocks { set_by },
        }
    }
}

/// When each timer of a request is due: a function of where the request stands.
fn timers(request: &Request) -> [Option<Timestamp>; 3] {
    Timer::ALL.map(|timer| match timer {
        Timer::CloseBySilence => request.closes_at,
        Timer::EndHold => request.hold.as_ref().and_then(|hold| hold.until),
        Timer::Clocks => request.clock_at(),
    })
}

impl Decision {
    /// Writes a request in the place of the one that was read.
    fn write(&mut self, request: Request, before: Option<Arc<Request>>, expected: Version) {
        self.puts.push(Put { record: Arc::new(request), expected });
        self.replaced.extend(before.map(|before| before as Arc<dyn Stored>));
    }
}

impl<'a, 'w> Case<'a, 'w> {
    pub(super) fn new(
        context: &'a mut Context<'w>,
        request: Arc<Request>,
        version: Version,
        files: Files,
    ) -> Self {
        let decision = context.begin();
        let (named, now, before) = (request.id, (*request).clone(), Some(request));
        let mut case = Self {
            context,
            request: now,
            named,
            before,
            version,
            written: None,
            copying: None,
            files,
            decision,
            timing: Timing::default(),
        };
        case.answer_with_this();
        case
    }

    /// Begins with a submission.
    pub(super) fn submitted(
        context: &'a mut Context<'w>,
        event: RequestEvent,
        request: Request,
        files: Files,
    ) -> Self {
        let mut decision = context.begin();
        if decision.origin.principal.is_none() && request.requester != context.actor.party {
            decision.origin.principal = Some(request.requester);
        }
        let (named, before, version, written) = (request.id, None, Version::ABSENT, None);
        let mut case = Self {
            context,
            request,
            named,
            before,
            version,
            written,
            copying: None,
            files,
            decision,
            timing: Timing::default(),
        };
        case.answer_with_this();
        case.record(event);
        case
    }

    /// Turns to another request, which is changed in the same batch. The answer stays that of the first one.
    pub(super) fn turn_to(
        &mut self,
        reader: Reader<'_>,
        (request, version): (Arc<Request>, Version),
    ) -> Result<(), Halt> {
        self.escalate(reader)?;
        let next = (*request).clone();
        self.leave(next, Some(request), version);
        Ok(())
    }

    /// Turns to a request that is submitted in the same batch, and answers with that one.
    pub(super) fn turn_to_new(
        &mut self,
        reader: Reader<'_>,
        (event, request): (RequestEvent, Request),
    ) -> Result<(), Halt> {
        self.escalate(reader)?;
        self.leave(request, None, Version::ABSENT);
        self.answer_with_this();
        self.record(event);
        Ok(())
    }

    /// Notes on whose behalf a command of the engine is done.
    pub(super) fn speak_for(&mut self, party: Party) {
        self.decision.origin.principal = Some(party);
    }

    /// Notes what happened and applies it.
    pub(super) fn apply(&mut self, event: RequestEvent) {
        self.request.evolve(&event, self.context.now);
        self.record(event);
    }

    /// Writes an entry; an empty text writes none.
    pub(super) fn write(&mut self, kind: EntryKind, text: &str) -> Option<EntryId> {
        if text.trim().is_empty() {
            return None;
        }
        Some(self.write_entry(kind, text, |_| ()))
    }

    /// Writes an entry with more than a text.
    pub(super) fn write_entry(
        &mut self,
        kind: EntryKind,
        text: &str,
        complete: impl FnOnce(&mut Entry),
    ) -> EntryId {
        let id = EntryId(self.context.ids.fresh());
        let ends_silence = kind == EntryKind::Message && self.request.closes_at.is_some();
        let closes_at = if ends_silence { self.closes_at() } else { None };
        let automatic = self.writes_by_itself();
        self.apply(RequestEvent::Written { entry: id, kind, closes_at, automatic });
        self.put_entry(id, kind, text, complete);
        id
    }

    /// Puts an entry whose event was applied.
    pub(super) fn put_entry(
        &mut self,
        id: EntryId,
        kind: EntryKind,
        text: &str,
        complete: impl FnOnce(&mut Entry),
    ) {
        self.written = Some(id);
        let mut entry = Entry {
            id,
            request: self.request.id,
            number: self.request.entries,
            kind,
            author: self.context.actor.party,
            principal: self.decision.origin.principal,
            at: self.context.now,
            channel: self.context.actor.channel,
            text: text.to_owned(),
            mentions: Vec::new(),
            revisions: 0,
            edited: None,
            redacted: None,
            work: None,
            copy_of: self.copying,
        };
        complete(&mut entry);
        self.put(entry, Version::ABSENT);
    }

    /// Writes a record beside the request, in the place of the version that was read.
    pub(super) fn put(&mut self, record: impl Stored, expected: Version) {
        self.decision.puts.push(Put { record: Arc::new(record), expected });
    }

    /// Deletes a record beside the request, at the version that was read.
    pub(super) fn delete(&mut self, key: Key, expected: Version) {
        self.decision.deletes.push((key, expected));
    }

    /// Tells somebody that something happened, once for each cause.
    pub(super) fn tell(&mut self, to: Party, event: &str, cause: &str) {
        let effect = Effect::Notify {
            to,
            request: self.request.id,
            number: self.request.number.clone(),
            event: event.to_owned(),
        };
        let key = derived_id(self.context.command.0, cause);
        if let Ok(body) = serde_json::to_string(&effect) {
            self.set_work(Queue::Effects, key, self.context.now, body);
        }
    }

    /// The operator to whom the decision gives the request.
    pub(super) fn new_operator(&self) -> Option<EmployeeId> {
        let before = self.before.as_ref().and_then(|before| before.assignee);
        self.request.assignee.filter(|operator| before != Some(*operator))
    }

    /// Lets the decision count only while a record has a version.
    pub(super) fn hold_to(&mut self, guard: (Key, Version)) {
        if !self.decision.guards.contains(&guard) {
            self.decision.guards.push(guard);
        }
    }

    /// Takes an item out of a queue.
    pub(super) fn cancel_work(&mut self, queue: Queue, key: Uuid) {
        self.decision.work.push(WorkChange::Cancel { queue, key });
    }

    /// Sets an item of a queue.
    pub(super) fn set_work(&mut self, queue: Queue, key: Uuid, due: Timestamp, body: String) {
        let subject = REQUEST.key(self.request.id.0);
        self.decision.work.push(WorkChange::Set(NewWork { queue, key, subject, due, body }));
    }

    /// Refuses a step that the life cycle does not have from here.
    pub(super) fn check_step(&self, verb: Verb) -> Result<(), Refusal> {
        let status = self.request.status;
        if verb.targets(status).next().is_some() {
            return Ok(());
        }
        Err(Refusal::WrongStatus { status: status.code(), verb: verb.code() })
    }

    /// The status to which a step leads that has only one from here; where it has several, the first.
    pub(super) fn target(&self, verb: Verb) -> Status {
        verb.targets(self.request.status).next().unwrap_or(self.request.status)
    }

    /// The service, as it is defined now.
    pub(super) fn service(&self) -> Option<&Arc<Service>> {
        self.context.world.catalog.service(&self.request.service)
    }

    /// Lets who had read everything have read what they write now as well: who sees the request, and who sees what is
    /// public, each by what they had to read.
    pub(super) fn keep_read(&mut self, reader: Reader<'_>) -> Result<(), Halt> {
        let party = self.context.actor.party;
        let Some(before) = self.before.clone() else { return Ok(()) };
        if before.entries == self.request.entries || party == Party::SYSTEM {
            return Ok(());
        }
        let Some((mark, expected)) = reader.find::<ReadMark>(ReadMark::key(before.id, party))? else {
            return Ok(());
        };
        let moved = |seen, had, has| if seen == had { has } else { seen };
        let record = Arc::new(ReadMark {
            seen: moved(mark.seen, before.entries, self.request.entries),
            seen_public: moved(mark.seen_public, before.public_entries, self.request.public_entries),
            ..*mark
        });
        if *record != *mark {
            self.decision.puts.push(Put { record, expected });
        }
        Ok(())
    }

    /// Closes the decision. Where nothing happened to the request, it stays as it is.
    pub(super) fn finish(mut self) -> Decision {
        if self.decision.events.is_empty() {
            self.decision.answer.version = self.version;
            return self.decision;
        }
        self.settle();
        let Self { mut decision, request, before, version, .. } = self;
        decision.write(request, before, version);
        decision
    }

    /// Writes the request and turns to another one.
    fn leave(&mut self, next: Request, before: Option<Arc<Request>>, version: Version) {
        self.settle();
        let left = std::mem::replace(&mut self.request, next);
        let before = std::mem::replace(&mut self.before, before);
        let version = std::mem::replace(&mut self.version, version);
        self.decision.write(left, before, version);
    }

    fn answer_with_this(&mut self) {
        self.decision.answer.subject = self.request.id.0;
        self.decision.answer.label.clone_from(&self.request.number);
        self.decision.answer.version = self.version.next();
    }

    /// Writes the timers and rows that follow from where the request stands now.
    fn settle(&mut self) {
        self.settle_clocks();
        self.reset_timers();
        self.put_rows();
    }

    /// Rows are never changed, so those of which the request says the same stay, others go, and new ones come.
    fn put_rows(&mut self) {
        if self.before.as_ref().is_some_and(|before| before.has_rows_of(&self.request)) {
            return;
        }
        let before = self.before.as_ref().map_or_else(Vec::new, |before| before.rows());
        let after = self.request.rows();
        let lacks =
            |rows: &[Arc<dyn Stored>], row: &dyn Stored| rows.iter().all(|other| other.key() != row.key());
        for gone in before.iter().filter(|row| lacks(&after, &***row)) {
            self.decision.deletes.push((gone.key(), Version::ABSENT.next()));
        }
        for new in after.iter().filter(|row| lacks(&before, &***row)) {
            self.decision.puts.push(Put { record: new.clone(), expected: Version::ABSENT });
        }
    }

    fn record(&mut self, event: RequestEvent) {
        self.notify(&event);
        let event = Arc::new(event);
        self.push(event.clone());
        self.run_clocks(&event);
    }

    /// Puts an event into the journal that was applied.
    pub(super) fn push(&mut self, event: Arc<RequestEvent>) {
        let subject = REQUEST.key(self.request.id.0);
        self.decision.events.push(NewEvent { subject, fact: event });
    }

    /// What the decision says so far of the request, in order.
    pub(super) fn own_events(&self) -> impl Iterator<Item = &RequestEvent> {
        let subject = REQUEST.key(self.request.id.0);
        let own = self.decision.events.iter().filter(move |event| event.subject == subject);
        own.filter_map(|event| (&*event.fact as &dyn std::any::Any).downcast_ref())
    }

    /// On whose behalf the decision is made.
    pub(super) fn principal(&self) -> Option<Party> {
        self.decision.origin.principal
    }

    /// The request as it stood before the decision.
    pub(super) fn before(&self) -> Option<&Request> {
        self.before.as_deref()
    }

    /// Whether the request is being submitted.
    pub(super) fn is_new(&self) -> bool {
        self.before.is_none()
    }

    fn notify(&mut self, event: &RequestEvent) {
        let world = self.context.world;
        let notifications = &world.catalog.definition().notifications;
        for (n, notification) in notifications.iter().enumerate().filter(|(_, rule)| rule.on == event.name())
        {
            for to in self.told(notification.to, event) {
                let cause = format!("notify {n} {} {to}", self.decision.events.len());
                self.tell(to, event.name(), &cause);
            }
        }
    }

    /// Who is told of an event: not who caused it, and nobody of what they may not see.
    fn told(&self, recipient: Recipient, event: &RequestEvent) -> Vec<Party> {
        let request = &self.request;
        let mut told: Vec<Party> = match recipient {
            // An internal note is nothing to the requester, not even that it was written.
            Recipient::Requester | Recipient::CopiedIn if event.is_internal() => Vec::new(),
            Recipient::Requester => vec![request.requester],
            Recipient::CopiedIn => request.copied_in().map(|copied| copied.party).collect(),
            Recipient::Assignee => request.assignee.map(Party::from).into_iter().collect(),
            Recipient::Watchers => {
                let sees = |watcher: &Party| self.may_know((*watcher, None), event);
                request.watched_by().filter(sees).collect()
            }
        };
        told = told.into_iter().flat_map(|party| self.with_substitutes(party, event)).collect();
        told.sort_unstable();
        told.dedup();
        told.retain(|to| *to != self.context.actor.party);
        told
    }

    /// A party as it can be told now and, while it is away, the substitutes who may know of the event.
    fn with_substitutes(&self, party: Party, event: &RequestEvent) -> impl Iterator<Item = Party> {
        let told = self.context.world.directory.told(party, self.context.now).into_iter().enumerate();
        told.filter(move |(n, to)| *n == 0 || self.may_know((*to, Some(party)), event)).map(|(_, to)| to)
    }

    fn may_know(&self, who: (Party, Option<Party>), event: &RequestEvent) -> bool {
        self.may_read(who, event.is_internal())
    }

    /// Whether somebody, perhaps for somebody else, may read what is internal to the request, or what is not.
    pub(super) fn may_read(&self, who: (Party, Option<Party>), internal: bool) -> bool {
        let policy = self.context.policy();
        policy.lets(who, Action::See, &self.request)
            || (!internal && policy.lets(who, Action::SeeOwn, &self.request))
    }

    fn reset_timers(&mut self) {
        let before = self.before.as_ref().map_or([None; 3], |before| timers(before));
        let due = timers(&self.request);
        for ((timer, before), after) in Timer::ALL.into_iter().zip(before).zip(due) {
            if before == after {
                continue;
            }
            let key = timer.key(self.request.id);
            match after
                .and_then(|at| Some((at, serde_json::to_string(&timer.wake(self.context.command)).ok()?)))
            {
                Some((at, body)) => self.set_work(Queue::Timers, key, at, body),
                None => self.decision.work.push(WorkChange::Cancel { queue: Queue::Timers, key }),
            }
            if self.request.stuck.iter().any(|stuck| stuck.key == key) {
                self.apply(RequestEvent::Retried { key });
            }
        }
    }
}
