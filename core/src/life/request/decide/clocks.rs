//! How the clocks of a request move with what is decided about it.

use std::sync::Arc;

use super::case::Case;
use crate::base::limits::CLOCK_STRETCHES_MAX;
use crate::base::{PartyKind, Timestamp};
use crate::config::agreement::{AgreementRef, CompiledTarget, TargetKind};
use crate::config::catalog::CheckedCatalog;
use crate::life::clock::{
    Clock, ClockState, ClockTick, EscalationRule, Fired, Hand, Moment, Reached, Stage, Step, Terms,
};
use crate::life::decision::{Halt, Need};
use crate::life::refusal::Refusal;
use crate::life::request::clocks::{Replay, Seen, stage, step};
use crate::life::request::event::RequestEvent;
use crate::life::request::record::REQUEST;
use crate::store::{Fact, Key};

/// What the clocks of the request do in a decision.
#[derive(Debug, Default)]
pub(super) struct Timing {
    /// What they did, in order.
    ticks: Vec<ClockTick>,
    /// The thresholds from which something may follow yet.
    reached: Vec<Reached>,
    /// The escalations that are being followed.
    led_by: Vec<EscalationRule>,
    /// Whether a new request has its clocks.
    begun: bool,
    /// Whether what lay before the decision was noted.
    caught_up: bool,
    /// Whether the requester wrote in this decision.
    asked: bool,
    /// The request whose past is needed to go on.
    lacks_past: Option<Key>,
}

impl Timing {
    /// Whether clocks did something that was not told yet.
    pub(super) fn has_ticks(&self) -> bool {
        !self.ticks.is_empty()
    }

    /// Takes over what a hand did.
    pub(super) fn note(&mut self, (ticks, reached): (Vec<ClockTick>, Vec<Reached>)) {
        self.ticks.extend(ticks);
        self.reached.extend(reached);
    }
}

/// For which clocks the past of the request counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PastCounts {
    /// For those that come late and say so.
    AsTargetsSay,
    /// For all, those that are there among them.
    Always,
}

impl Case<'_, '_> {
    /// Whether what is written now is written by a program, and by nobody behind it.
    pub(super) fn writes_by_itself(&self) -> bool {
        let human = matches!(self.context.actor.party.kind, PartyKind::Employee | PartyKind::Contact);
        !human && self.principal().is_none()
    }

    /// Lets the clocks see what just happened to the request. A new one gets its clocks when all is known of it.
    pub(super) fn run_clocks(&mut self, event: &RequestEvent) {
        if (self.is_new() && !self.timing.begun) || !self.keeps_time() {
            return;
        }
        let step = step(event, false, self.timing.asked);
        self.timing.asked |= step == Step::Asked;
        let back = self.let_see((event.name(), step));
        let other =
            chooses_anew(event, &self.context.world.catalog) && self.choose_anew((event.name(), step));
        if back || other || gives_other_terms(event) {
            self.retarget((event.name(), step), PastCounts::AsTargetsSay);
        }
    }

    /// Notes what the clocks reached before now, and writes it down.
    pub(super) fn catch_clocks_up(&mut self) {
        let mut hand = Hand::new(&self.context.world.catalog, &[]);
        for clock in &mut self.request.clocks {
            hand.catch_up(clock, self.context.now);
        }
        self.timing.caught_up = true;
        self.timing.note(hand.told());
        self.tell_ticks();
    }

    /// Notes what the clocks reached by now: the turn of their timer.
    pub(super) fn wake_clocks(&mut self) {
        let mut hand = Hand::new(&self.context.world.catalog, &[]);
        for clock in &mut self.request.clocks {
            hand.wake(clock, self.context.now);
        }
        self.timing.note(hand.told());
        self.tell_ticks();
    }

    /// Refuses a step by which a clock would stand still too often. The engine's own steps go on: each follows from one
    /// that was not refused.
    pub(super) fn check_clocks(&self) -> Result<(), Refusal> {
        let was_full = |clock: &&Clock| {
            let before = self.before().into_iter().flat_map(|before| &before.clocks);
            before.filter(|known| known.target == clock.target).any(Clock::is_full)
        };
        let full = self.request.clocks.iter().find(|clock| clock.is_full() && !was_full(clock));
        match full.filter(|_| self.context.actor.party.kind != PartyKind::System) {
            None => Ok(()),
            Some(clock) => {
                let reason = format!(
                    "the clock `{}` ran {} times in this cycle; at most {CLOCK_STRETCHES_MAX} are kept",
                    clock.target,
                    clock.stretches.len()
                );
                Err(Refusal::rule("too_many_stretches", reason))
            }
        }
    }

    /// Asks for the past of a request without which its clocks cannot be told.
    pub(super) fn require_past(&self) -> Result<(), Halt> {
        match self.timing.lacks_past {
            Some(key) => Err(Need { past: Some(key), ..Need::default() }.into()),
            None => Ok(()),
        }
    }

    /// Gives a new request its clocks, once all is known of it.
    pub(super) fn begin_clocks(&mut self) {
        if self.is_new() && !self.timing.begun && self.keeps_time() {
            self.timing.begun = true;
            let submitted = ("submitted", Step::Other);
            if self.choose_anew(submitted) {
                self.retarget(submitted, PastCounts::AsTargetsSay);
            }
        }
        self.tell_ticks();
    }

    /// The earliest threshold that was reached and from which nothing followed yet.
    pub(super) fn next_reached(&mut self) -> Option<Reached> {
        self.tell_ticks();
        let reached = &mut self.timing.reached;
        let first = (0..reached.len()).min_by_key(|n| reached[*n].at)?;
        Some(reached.remove(first))
    }

    /// Says from which escalations follows what happens now.
    pub(super) fn led_by(&mut self, rules: Vec<EscalationRule>) {
        self.timing.led_by = rules;
    }

    /// Writes down what the clocks did, before the decision turns to another request or ends.
    pub(super) fn settle_clocks(&mut self) {
        self.begin_clocks();
        self.timing = Timing { lacks_past: self.timing.lacks_past, ..Timing::default() };
    }

    /// A request without an agreement, where there is none, costs nothing.
    fn keeps_time(&self) -> bool {
        let request = &self.request;
        let served = request.agreement.is_some() || !request.clocks.is_empty();
        served || self.context.world.catalog.agreements().next().is_some()
    }

    /// Says whether a clock that had stopped goes on.
    fn let_see(&mut self, what: (&'static str, Step)) -> bool {
        let (world, now) = (self.context.world, self.context.now);
        let led_by = self.timing.led_by.clone();
        let mut hand = Hand::new(&world.catalog, &led_by);
        let mut clocks = std::mem::take(&mut self.request.clocks);
        if !std::mem::replace(&mut self.timing.caught_up, true) {
            clocks.iter_mut().for_each(|clock| hand.catch_up(clock, now));
        }
        let current = self.request.agreement.as_ref();
        let counts = (self.request.created_at, self.request.counts_from());
        let back = self.seen(what).show(|moment| {
            let mut back = false;
            for clock in clocks.iter_mut().filter(|clock| may_move(clock, current, &world.catalog)) {
                count_from(&mut hand, clock, (counts, now), &world.catalog);
                back |= step_one(&mut hand, clock, moment, &world.catalog);
            }
            back
        });
        self.request.clocks = clocks;
        self.timing.note(hand.told());
        back
    }

    /// Says whether another agreement fits now.
    fn choose_anew(&mut self, what: (&'static str, Step)) -> bool {
        let choice = self.seen(what).choose();
        let code = choice.as_ref().map(|choice| &choice.agreement.code);
        if code == self.request.agreement.as_ref().map(|current| &current.code) {
            return false;
        }
        let event = RequestEvent::AgreementChosen { choice };
        self.request.evolve(&event, self.context.now);
        self.push(Arc::new(event));
        true
    }

    /// Holds the clocks against what the agreement says of the request now.
    pub(super) fn retarget(&mut self, what: (&'static str, Step), counts: PastCounts) {
        if stage(self.request.status) == Stage::Gone {
            return;
        }
        let catalog = &self.context.world.catalog;
        let agreement = self.request.agreement.as_ref().and_then(|of| catalog.agreement(of));
        let wanted = agreement.map(|of| self.seen(what).wanted(of)).unwrap_or_default();
        let led_by = self.timing.led_by.clone();
        let mut hand = Hand::new(catalog, &led_by);
        let mut clocks = std::mem::take(&mut self.request.clocks);
        self.seen(what).show(|moment| {
            clocks.retain_mut(|clock| {
                let mut wanted = wanted.iter();
                let found = wanted.find(|(compiled, _)| compiled.target.code == clock.target);
                let replayed = counts == PastCounts::Always && found.is_some();
                replayed || !hand.retarget(clock, found.cloned(), moment)
            });
        });
        let is_new = |wanted: &_| counts == PastCounts::Always || is_missing(&clocks, wanted);
        let missing: Vec<_> = wanted.into_iter().filter(is_new).collect();
        self.request.clocks = clocks;
        self.timing.note(hand.told());
        if !missing.is_empty() {
            self.attach_clocks(missing, what, counts);
        }
    }

    fn attach_clocks(
        &mut self,
        missing: Vec<(&CompiledTarget, Terms)>,
        what: (&'static str, Step),
        counts: PastCounts,
    ) {
        let Some(replayed) = self.replayed(missing) else {
            self.timing.lacks_past = Some(REQUEST.key(self.request.id.0));
            return;
        };
        let led_by = self.timing.led_by.clone();
        let mut hand = Hand::new(&self.context.world.catalog, &led_by);
        let always = self.is_new() || counts == PastCounts::Always;
        let attached: Vec<Clock> = self.seen(what).show(|moment| {
            let attach = |(compiled, mut clock): (&CompiledTarget, Clock)| {
                clock.fired = self.fired_in_cycle(&clock);
                hand.attach(clock, &compiled.target, always || compiled.target.retroactive, moment)
            };
            replayed.into_iter().map(attach).collect()
        });
        let clocks = &mut self.request.clocks;
        for clock in attached {
            match clocks.iter_mut().find(|known| known.target == clock.target) {
                Some(known) => *known = clock,
                None => clocks.push(clock),
            }
        }
        self.timing.note(hand.told());
    }

    /// What was noted in the cycle of a clock that goes through the past again: that stays noted.
    fn fired_in_cycle(&self, clock: &Clock) -> Vec<Fired> {
        let known = self.request.clocks.iter().find(|known| known.target == clock.target);
        let same = known.filter(|known| known.cycle == clock.cycle && known.state != ClockState::Cancelled);
        same.map_or_else(Vec::new, |known| known.fired.clone())
    }

    /// Clocks that went through the past of the request; `None` when it is not known yet.
    fn replayed<'t>(
        &self,
        targets: Vec<(&'t CompiledTarget, Terms)>,
    ) -> Option<Vec<(&'t CompiledTarget, Clock)>>
    where
        Self: 't,
    {
        let known = self.context.past.as_ref().filter(|past| past.subject == REQUEST.key(self.request.id.0));
        let past = match known {
            Some(past) => &past.events[..],
            None if self.is_new() => &[],
            None => return None,
        };
        let mut replay = Replay::new(self.context.world, targets);
        for event in past {
            if let Some(fact) = event.of::<RequestEvent>() {
                replay.see(fact, event.at, event.command);
            }
        }
        for event in self.own_events() {
            replay.see(event, self.context.now, self.context.command);
        }
        Some(replay.clocks())
    }

    fn seen(&self, (event, step): (&'static str, Step)) -> Seen<'_> {
        let (world, request, at) = (self.context.world, &self.request, self.context.now);
        Seen { world, request, event, step, at }
    }

    fn tell_ticks(&mut self) {
        let ticks = std::mem::take(&mut self.timing.ticks);
        if !ticks.is_empty() {
            self.push(Arc::new(RequestEvent::Clocked { ticks }));
        }
    }
}

/// Whether a clock may move: what stands still for good under another agreement stays as it is.
fn may_move(clock: &Clock, current: Option<&AgreementRef>, catalog: &CheckedCatalog) -> bool {
    match clock.state {
        ClockState::Running | ClockState::Paused => true,
        ClockState::Cancelled => current == Some(&clock.terms.agreement),
        ClockState::NotStarted | ClockState::Stopped { .. } => {
            let agreement = current.and_then(|current| catalog.agreement(current));
            agreement.is_some_and(|agreement| agreement.target(&clock.target).is_some())
        }
    }
}

/// Lets one clock count from where its request does by now.
fn count_from(
    hand: &mut Hand<'_>,
    clock: &mut Clock,
    (counts, now): ((Timestamp, Timestamp), Timestamp),
    catalog: &CheckedCatalog,
) {
    let agreement = catalog.agreement(&clock.terms.agreement);
    if let Some(compiled) = agreement.and_then(|agreement| agreement.target(&clock.target)) {
        hand.count_from(clock, compiled, counts, now);
    }
}

/// Lets one clock see a step; says whether it had stopped and goes on.
fn step_one(hand: &mut Hand<'_>, clock: &mut Clock, moment: &Moment<'_>, catalog: &CheckedCatalog) -> bool {
    let stopped = matches!(clock.state, ClockState::Stopped { .. });
    let agreement = catalog.agreement(&clock.terms.agreement);
    let compiled = agreement.and_then(|agreement| agreement.target(&clock.target));
    if let Some(compiled) = compiled {
        hand.step(clock, compiled, moment);
    }
    stopped && clock.is_active()
}

/// Whether a target has no clock, or one that was withdrawn. What a custom clock cancelled by its own rules stays so.
fn is_missing(clocks: &[Clock], (compiled, terms): &(&CompiledTarget, Terms)) -> bool {
    let Some(clock) = clocks.iter().find(|clock| clock.target == compiled.target.code) else { return true };
    let by_itself = matches!(compiled.target.kind, TargetKind::Custom(_)) && clock.terms == *terms;
    clock.state == ClockState::Cancelled && !by_itself
}

/// Whether another agreement may fit after an event. Running work keeps its own through publications.
fn chooses_anew(event: &RequestEvent, catalog: &CheckedCatalog) -> bool {
    match event {
        RequestEvent::Classified { .. } | RequestEvent::ValuesSet { .. } => true,
        RequestEvent::FieldsChanged(changes) => changes.unit.is_some(),
        RequestEvent::Prioritized { .. } | RequestEvent::PriorityRaised { .. } => {
            catalog.agreements().any(|of| of.agreement.when.is_some())
        }
        _ => false,
    }
}

/// Whether an event may give a request other amounts, or clocks back.
fn gives_other_terms(event: &RequestEvent) -> bool {
    matches!(
        event,
        RequestEvent::Prioritized { .. }
            | RequestEvent::PriorityRaised { .. }
            | RequestEvent::Classified { .. }
            | RequestEvent::ValuesSet { .. }
            | RequestEvent::FieldsChanged(_)
            | RequestEvent::Unmerged { .. }
    )
}
