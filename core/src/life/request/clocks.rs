//! What the clocks of a request see of it, now and when its past is gone through again.

use uuid::Uuid;

use super::entry::EntryKind;
use super::event::RequestEvent;
use super::hold::HoldReason;
use super::record::Request;
use super::status::Status;
use crate::base::{CommandId, Timestamp};
use crate::condition::{Row, Slot, Value, ValueRef};
use crate::config::agreement::{
    Amount, Choice, CompiledAgreement, CompiledTarget, Facts, Pause, Starts, Subject,
};
use crate::config::catalog::{CategoryCode, FieldCode};
use crate::life::clock::{Clock, Hand, Moment, Stage, Step, Terms};
use crate::life::world::{World, WorldAt};
use crate::store::Fact;

/// A request after a step, as its clocks see it.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) world: &'a World,
    pub(super) request: &'a Request,
    /// The name of what happened.
    pub(super) event: &'static str,
    pub(super) step: Step,
    pub(super) at: Timestamp,
}

impl Seen<'_> {
    /// Shows the step.
    pub(super) fn show<R>(&self, look: impl FnOnce(&Moment<'_>) -> R) -> R {
        look(&Moment {
            at: self.at,
            step: self.step,
            stage: stage(self.request.status),
            stands: &stands(self.request),
            line: &self.request.line,
            answered: self.request.answered_at.is_some(),
            begins: &|starts| self.begins(starts),
            row: self,
            env: &self.env(),
        })
    }

    /// The agreement that fits the request now.
    pub(super) fn choose(&self) -> Option<Choice> {
        let units: Vec<Uuid> = match self.request.unit {
            Some(unit) => self.world.directory.lineage(unit).map(Uuid::from).collect(),
            None => Vec::new(),
        };
        let code = |field: &FieldCode| match self.request.fields.get(field).map(|value| &value.value) {
            Some(Value::Code(code)) => Some(&**code),
            _ => None,
        };
        let (service, env) = (&self.request.service, &self.env());
        self.world.catalog.choose(Subject { service, units: &units, row: self, code: &code, env })
    }

    /// The targets of an agreement that the request has now, each with its terms.
    pub(super) fn wanted<'c>(&self, agreement: &'c CompiledAgreement) -> Vec<(&'c CompiledTarget, Terms)> {
        let terms = |compiled: &CompiledTarget| {
            let rule = compiled.amount(self.request.priority, self, &self.env())?;
            let amount = match &rule.amount {
                Amount::FixedBy { field } => Amount::Fixed { at: self.instant(field)? },
                amount => amount.clone(),
            };
            let (agreement, calendar) = (agreement.reference(), compiled.target.calendar.clone());
            Some(Terms { agreement, calendar, amount, at_closing: compiled.target.at_closing })
        };
        agreement.targets.iter().filter_map(|compiled| Some((compiled, terms(compiled)?))).collect()
    }

    fn begins(&self, starts: &Starts) -> Option<Timestamp> {
        match starts {
            Starts::Creation => Some(self.request.counts_from()),
            Starts::Classification => self.request.classified_at,
            Starts::Occurrence => self.request.occurred_at,
            Starts::Field { field } => self.instant(field),
        }
    }

    fn instant(&self, field: &FieldCode) -> Option<Timestamp> {
        match self.request.fields.get(field).map(|value| &value.value) {
            Some(Value::Instant(at)) => Some(*at),
            _ => None,
        }
    }

    fn env(&self) -> WorldAt<'_> {
        WorldAt { world: self.world, now: self.at }
    }
}

impl Row for Seen<'_> {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        let request = self.request;
        if let Some(place) = Facts::own_place(slot) {
            let own = self.world.catalog.definition().fields.get(place);
            let value = own.and_then(|field| request.fields.get(&field.code));
            return value.map_or(ValueRef::Absent, |value| value.value.borrow());
        }
        match Facts::name(slot) {
            Some("event") => ValueRef::Code(self.event),
            Some("status") => ValueRef::Code(request.status.code()),
            Some("hold_reason") => ValueRef::code(request.hold.as_ref().map(|hold| hold.reason.code())),
            Some("kind") => ValueRef::Code(request.kind.code()),
            Some("service") => ValueRef::Code(request.service.as_str()),
            Some("category") => ValueRef::code(request.category.as_ref().map(CategoryCode::as_str)),
            Some("unit") => ValueRef::id(request.unit),
            Some("channel") => ValueRef::Code(request.channel.code()),
            Some("impact") => ValueRef::int(request.impact),
            Some("urgency") => ValueRef::int(request.urgency),
            Some("priority") => ValueRef::Int(request.priority.into()),
            Some("line") => ValueRef::Code(request.line.as_str()),
            Some("confidentiality") => ValueRef::Int(request.confidentiality.into()),
            Some("reopened") => ValueRef::Int(request.reopened.into()),
            _ => ValueRef::Absent,
        }
    }
}

/// Goes through the past of a request again, for clocks that come late.
pub(super) struct Replay<'a> {
    world: &'a World,
    request: Option<Request>,
    clocks: Vec<(&'a CompiledTarget, Clock)>,
    /// The command that submitted the request: what it wrote is the request, and no message.
    submitted_by: Option<CommandId>,
    /// The command by which the requester wrote last.
    asked_by: Option<CommandId>,
}

impl<'a> Replay<'a> {
    pub(super) fn new(world: &'a World, targets: Vec<(&'a CompiledTarget, Terms)>) -> Self {
        let clock = |(compiled, terms): (&'a CompiledTarget, Terms)| {
            (compiled, Clock::new(compiled.target.code.clone(), terms))
        };
        let clocks = targets.into_iter().map(clock).collect();
        Self { world, request: None, clocks, submitted_by: None, asked_by: None }
    }

    /// Lets the clocks see something that happened.
    pub(super) fn see(&mut self, event: &RequestEvent, at: Timestamp, command: CommandId) {
        match (event, &mut self.request) {
            (RequestEvent::Submitted(facts), _) => {
                self.request = Some(Request::submitted((**facts).clone(), at));
                self.submitted_by = Some(command);
            }
            (_, Some(request)) => request.evolve(event, at),
            (_, None) => {}
        }
        let Some(request) = &self.request else { return };
        let with_submission = self.submitted_by == Some(command);
        let step = step(event, with_submission, self.asked_by == Some(command));
        if step == Step::Asked {
            self.asked_by = Some(command);
        }
        let seen = Seen { world: self.world, request, event: event.name(), step, at };
        let mut hand = Hand::replaying(&self.world.catalog);
        let (created_at, counts_from) = (request.created_at, request.counts_from());
        seen.show(|moment| {
            for (compiled, clock) in &mut self.clocks {
                hand.count_from(clock, compiled, (created_at, counts_from), at);
                hand.step(clock, compiled, moment);
            }
        });
    }

    /// The clocks as they stand after all that.
    pub(super) fn clocks(self) -> Vec<(&'a CompiledTarget, Clock)> {
        self.clocks
    }
}

/// What an event is to clocks: whether it came with the submission matters, and whether the requester wrote just now.
pub(super) fn step(event: &RequestEvent, with_submission: bool, asked: bool) -> Step {
    match event {
        RequestEvent::Submitted(_) => Step::Submitted,
        RequestEvent::Classified { .. } => Step::Classified,
        RequestEvent::Written { kind: EntryKind::Message, .. } if !with_submission => Step::Asked,
        RequestEvent::Written { kind: EntryKind::Answer, automatic: false, .. } => Step::Answered,
        RequestEvent::Reopened { .. } => Step::Reopened { asking: asked },
        _ => Step::Other,
    }
}

/// Whether a request still needs work, as its clocks see it.
pub(super) fn stage(status: Status) -> Stage {
    match status {
        Status::New | Status::Classified | Status::Assigned | Status::InProgress | Status::OnHold => {
            Stage::Open
        }
        Status::Resolved | Status::Closed => Stage::Done,
        Status::Cancelled | Status::Rejected | Status::Merged => Stage::Gone,
    }
}

fn stands(request: &Request) -> Vec<Pause> {
    let status = match request.status {
        Status::New => Some(Pause::New),
        Status::Classified => Some(Pause::Classified),
        Status::Assigned => Some(Pause::Assigned),
        Status::InProgress => Some(Pause::InProgress),
        Status::OnHold => Some(Pause::OnHold),
        Status::Resolved | Status::Closed | Status::Cancelled | Status::Rejected | Status::Merged => None,
    };
    let hold = request.hold.as_ref().map(|hold| match hold.reason {
        HoldReason::Requester => Pause::Requester,
        HoldReason::ThirdParty => Pause::ThirdParty,
        HoldReason::Approval => Pause::Approval,
        HoldReason::Scheduled => Pause::Scheduled,
        HoldReason::Internal => Pause::Internal,
    });
    status.into_iter().chain(hold).collect()
}
