//! What follows when clocks reach their thresholds.

use std::collections::BTreeSet;

use super::case::Case;
use super::values::Settable;
use super::{no_change, working};
use crate::base::limits::{ESCALATION_DEPTH_MAX, ESCALATION_TOLD_MAX};
use crate::base::{Party, Timestamp, derived_id};
use crate::config::agreement::{Before, EscalationAction, Threshold, Warned};
use crate::config::catalog::{Action, LineCode};
use crate::life::clock::{ClockState, Reached, Stage};
use crate::life::decision::{Halt, Reader};
use crate::life::directory::EmployeeId;
use crate::life::refusal::Refusal;
use crate::life::request::clocks::stage;
use crate::life::request::effect::{Effect, Milestone};
use crate::life::request::escalation::{Escalation, EscalationStep, Skipped};
use crate::life::request::event::RequestEvent;
use crate::life::request::status::{Status, Verb};
use crate::store::Queue;

impl Case<'_, '_> {
    /// Does what follows from the thresholds that were reached, and from those that are reached by that, until there are
    /// none. A rule that led to itself is not followed, nor one at the end of too long a chain.
    pub(super) fn escalate(&mut self, reader: Reader<'_>) -> Result<(), Halt> {
        self.begin_clocks();
        while let Some(reached) = self.next_reached() {
            let world = self.context.world;
            let agreement = world.catalog.agreement(&reached.agreement);
            let target = agreement.and_then(|agreement| agreement.target(&reached.rule.target));
            let threshold = target.and_then(|compiled| compiled.target.threshold(&reached.rule.name));
            if let Some(threshold) = threshold.filter(|threshold| !threshold.actions.is_empty()) {
                self.follow(reader, &reached, threshold)?;
            }
        }
        Ok(())
    }

    fn follow(&mut self, reader: Reader<'_>, reached: &Reached, threshold: &Threshold) -> Result<(), Halt> {
        let skipped = self.skips(reached, &threshold.only_if_before);
        self.led_by(reached.led_by.iter().chain([&reached.rule]).cloned().collect());
        let mut steps = Vec::new();
        for (n, action) in threshold.actions.iter().enumerate() {
            let taken = match &skipped {
                Some(skipped) => Some(skipped.clone()),
                None => match self.act(reader, (n, action), reached) {
                    Ok(()) => None,
                    Err(Halt::Refused(refusal)) => Some(Skipped::Refused { rule: refusal.code().to_owned() }),
                    Err(need @ Halt::Need(_)) => return Err(need),
                },
            };
            steps.push(EscalationStep { action: action.code().to_owned(), skipped: taken });
        }
        let Reached { rule, cycle, at, led_by, .. } = reached.clone();
        self.apply(RequestEvent::Escalated(Box::new(Escalation { rule, cycle, at, led_by, steps })));
        self.led_by(Vec::new());
        Ok(())
    }

    fn skips(&self, reached: &Reached, before: &[Before]) -> Option<Skipped> {
        if reached.led_by.contains(&reached.rule) {
            return Some(Skipped::FeedsItself);
        }
        if reached.led_by.len() >= ESCALATION_DEPTH_MAX {
            return Some(Skipped::TooDeep);
        }
        let past = before.iter().find(|before| !self.lies_ahead(reached, **before));
        past.map(|before| Skipped::Late { before: *before })
    }

    fn lies_ahead(&self, reached: &Reached, before: Before) -> bool {
        let request = &self.request;
        let clock = request.clocks.iter().find(|clock| clock.target == reached.rule.target);
        let cycle = clock.filter(|clock| clock.cycle == reached.cycle);
        match before {
            Before::Due => cycle.is_some_and(|clock| {
                let reading = clock.read(&self.context.world.catalog, self.context.now);
                clock.is_active() && !reading.breached
            }),
            Before::Stop => {
                cycle.is_some_and(|clock| matches!(clock.state, ClockState::Running | ClockState::Paused))
            }
            Before::Classified => request.classified_at.is_none(),
            Before::Assigned => request.assignee.is_none(),
            Before::Started => {
                let status = request.hold.as_ref().map_or(request.status, |hold| hold.before);
                matches!(status, Status::New | Status::Classified | Status::Assigned)
            }
            Before::Answered => request.answered_at.is_none(),
            Before::Resolved => stage(request.status) == Stage::Open,
        }
    }

    fn act(
        &mut self,
        reader: Reader<'_>,
        (n, action): (usize, &EscalationAction),
        reached: &Reached,
    ) -> Result<(), Halt> {
        match action {
            EscalationAction::Notify { to } => self.warn((n, to), reached)?,
            EscalationAction::RaisePriority { by } => self.raise_priority(*by)?,
            EscalationAction::Assign { operator } => {
                self.check_step(Verb::Assign)?;
                let operator = EmployeeId(*operator);
                let guard = working(reader, operator)?;
                self.assign(operator)?;
                self.hold_to(guard);
            }
            EscalationAction::Release => {
                self.check_step(Verb::Release)?;
                self.release()?;
            }
            EscalationAction::Move { line } => self.hand_on(line)?,
            EscalationAction::NextTier => {
                let line = self.context.world.catalog.line(&self.request.line);
                let last = || Refusal::rule("last_tier", "no line comes next");
                let next = line.and_then(|line| line.next.clone()).ok_or_else(last)?;
                self.hand_on(&next)?;
            }
            EscalationAction::SetField { field, value } => {
                self.check_step(Verb::ChangeFields)?;
                self.set_values(&[(field.clone(), value.clone())].into(), Settable::All)?;
            }
            EscalationAction::Emit { name } => self.emit((n, name), reached),
        }
        Ok(())
    }

    fn hand_on(&mut self, line: &LineCode) -> Result<(), Refusal> {
        self.check_step(Verb::Move)?;
        self.hand_over(line)
    }

    fn raise_priority(&mut self, by: u8) -> Result<(), Refusal> {
        self.check_step(Verb::Prioritize)?;
        let from = self.request.priority;
        let priority = from.saturating_sub(by).max(HIGHEST_PRIORITY);
        if priority == from {
            return Err(no_change("the priority is the highest already"));
        }
        self.apply(RequestEvent::PriorityRaised { from, priority });
        Ok(())
    }

    /// Tells each of those who may see the request, when they are at work.
    fn warn(&mut self, (n, to): (usize, &Warned), reached: &Reached) -> Result<(), Refusal> {
        let told = self.warned(to);
        if told.is_empty() {
            return Err(Refusal::rule("nobody_told", "nobody is there who may see the request"));
        }
        if told.len() > ESCALATION_TOLD_MAX {
            let reason = format!("{} people would be told; at most {ESCALATION_TOLD_MAX} are", told.len());
            return Err(Refusal::rule("too_many_told", reason));
        }
        for to in told {
            let effect = Effect::Warn { to, milestone: self.milestone(reached) };
            self.send((n, &to.to_string()), reached, (effect, self.at_work(to)));
        }
        Ok(())
    }

    fn emit(&mut self, (n, name): (usize, &str), reached: &Reached) {
        let effect = Effect::Emit { name: name.to_owned(), milestone: self.milestone(reached) };
        self.send((n, name), reached, (effect, self.context.now));
    }

    /// Sets an effect that is the same however often the same threshold of the same cycle is looked at.
    fn send(&mut self, (n, what): (usize, &str), reached: &Reached, (effect, due): (Effect, Timestamp)) {
        let rule = &reached.rule;
        let fact = format!("escalate {} {} {} {n} {what}", rule.target, reached.cycle, rule.name);
        if let Ok(body) = serde_json::to_string(&effect) {
            self.set_work(Queue::Effects, derived_id(self.request.id.0, &fact), due, body);
        }
    }

    fn milestone(&self, reached: &Reached) -> Milestone {
        Milestone {
            request: self.request.id,
            number: self.request.number.clone(),
            target: reached.rule.target.clone(),
            threshold: reached.rule.name.clone(),
            reached_at: reached.at,
        }
    }

    fn warned(&self, to: &Warned) -> BTreeSet<Party> {
        let (directory, request) = (&self.context.world.directory, &self.request);
        let named: Vec<Party> = match to {
            Warned::Assignee => request.assignee.map(Party::from).into_iter().collect(),
            Warned::Line => directory.members_of(&request.line).map(Party::from).collect(),
            Warned::Role { role } => directory.holders_of(role).collect(),
            Warned::Watchers => request.watched_by().collect(),
        };
        let now = self.context.now;
        let policy = self.context.policy();
        let sees = |who| policy.lets(who, Action::See, request);
        let told = named.into_iter().filter(|party| directory.is_active(*party)).flat_map(|party| {
            let told = directory.told(party, now).into_iter().enumerate();
            told.map(move |(n, to)| (to, (n > 0).then_some(party)))
        });
        told.filter(|who| sees(*who)).map(|(to, _)| to).collect()
    }

    /// When somebody is at work next: in the calendar of the request's line, or of another one that they work on. Whoever
    /// works on no line that has a calendar has no quiet hours.
    fn at_work(&self, party: Party) -> Timestamp {
        let (world, now) = (self.context.world, self.context.now);
        let places = world.directory.places(EmployeeId(party.id)).map(|place| &place.line);
        let own = places.filter_map(|line| {
            let calendar = world.catalog.line(line)?.calendar.as_ref()?;
            Some((*line != self.request.line, world.catalog.calendar(calendar)?.next_open(now).ok()?))
        });
        own.min().map_or(now, |(_, opening)| opening)
    }
}

const HIGHEST_PRIORITY: u8 = 1;
