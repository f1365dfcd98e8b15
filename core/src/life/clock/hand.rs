use super::gauge::{At, Gauge};
use super::record::{Clock, ClockState, Terms};
use super::rule::{EscalationRule, Reached};
use super::signal::{Moment, Signal, Stage, signals};
use super::tick::{ClockChange, ClockTick};
use crate::base::{Timestamp, WorkingTime};
use crate::config::agreement::{CompiledTarget, OnChange, Target, TargetKind};
use crate::config::catalog::CheckedCatalog;

/// Moves the clocks of a request, and tells what they did.
#[derive(Debug)]
pub(crate) struct Hand<'a> {
    catalog: &'a CheckedCatalog,
    /// Whether the past is gone through again: then what ended once and came back stood still in between.
    replaying: bool,
    /// What the clocks did, in order.
    ticks: Vec<ClockTick>,
    /// The thresholds that they reached.
    reached: Vec<Reached>,
    /// The escalations from which all this follows.
    led_by: &'a [EscalationRule],
}

impl<'a> Hand<'a> {
    pub(crate) fn new(catalog: &'a CheckedCatalog, led_by: &'a [EscalationRule]) -> Self {
        Self { catalog, replaying: false, ticks: Vec::new(), reached: Vec::new(), led_by }
    }

    /// A hand that goes through the past again; what it tells is not what happened.
    pub(crate) fn replaying(catalog: &'a CheckedCatalog) -> Self {
        Self { replaying: true, ..Self::new(catalog, &[]) }
    }

    /// What the clocks did, and the thresholds that they reached.
    pub(crate) fn told(self) -> (Vec<ClockTick>, Vec<Reached>) {
        (self.ticks, self.reached)
    }

    /// Lets a clock see a step of its request.
    pub(crate) fn step(&mut self, clock: &mut Clock, compiled: &CompiledTarget, moment: &Moment<'_>) {
        if self.replaying && moment.stage == Stage::Gone {
            return self.stand(clock, true, moment.at);
        }
        for signal in signals(clock, compiled, moment) {
            self.signal(clock, signal, moment.at);
        }
        self.settle(clock, &compiled.target, moment);
    }

    /// Lets a clock that counts from the submission of its request count from another instant up to it.
    pub(crate) fn count_from(
        &mut self,
        clock: &mut Clock,
        compiled: &CompiledTarget,
        (created_at, from): (Timestamp, Timestamp),
        now: Timestamp,
    ) {
        let begun = clock.since.filter(|since| *since <= created_at && *since != from);
        let Some(since) = begun.filter(|_| clock.is_active() && compiled.target.counts_from_submission())
        else {
            return;
        };
        let first = clock.stretches.first().filter(|first| first.start == since);
        let calendar = first.and_then(|first| self.catalog.calendar(&first.calendar));
        let added = calendar.map_or(WorkingTime::ZERO, |calendar| calendar.between(from, since));
        self.apply(clock, ClockChange::Backdated { from, added }, now, At::Before);
        self.note_reached(clock, now, (At::Before, Some(now)));
    }

    /// Notes what was reached before an instant, however late somebody looks.
    pub(crate) fn catch_up(&mut self, clock: &mut Clock, now: Timestamp) {
        if clock.next_at.is_some_and(|next| next < now) {
            self.note_reached(clock, now, (At::Before, None));
        }
    }

    /// Notes what is reached at an instant: the turn of timers.
    pub(crate) fn wake(&mut self, clock: &mut Clock, now: Timestamp) {
        if clock.next_at.is_some_and(|next| next <= now) {
            self.note_reached(clock, now, (At::Including, None));
        }
    }

    /// Holds a clock against what its agreement says now: other terms, or none any more. Says whether it is gone.
    pub(crate) fn retarget(
        &mut self,
        clock: &mut Clock,
        now: Option<(&CompiledTarget, Terms)>,
        moment: &Moment<'_>,
    ) -> bool {
        let Some((compiled, terms)) = now else { return self.withdraw(clock, moment.at) };
        let same = Terms { agreement: clock.terms.agreement.clone(), ..terms.clone() } == clock.terms;
        let change = match (clock.state, compiled.target.on_change) {
            (ClockState::Stopped { .. } | ClockState::Cancelled, _) => return false,
            (ClockState::NotStarted, _) => ClockChange::Termed { terms },
            (ClockState::Running | ClockState::Paused, OnChange::Ignore) => return false,
            (ClockState::Running | ClockState::Paused, _) if same => ClockChange::Termed { terms },
            (ClockState::Running | ClockState::Paused, OnChange::Carry) => {
                ClockChange::Carried { terms, measured: self.gauge(clock).running(moment.at) }
            }
            (ClockState::Running | ClockState::Paused, OnChange::Restart) => ClockChange::Restarted { terms },
        };
        if let ClockChange::Termed { terms } = &change
            && *terms == clock.terms
        {
            return false;
        }
        self.apply(clock, change, moment.at, At::Before);
        self.settle(clock, &compiled.target, moment);
        self.note_reached(clock, moment.at, (At::Before, Some(moment.at)));
        false
    }

    /// Attaches a clock that went through the past of its request, or starts now where that does not count.
    pub(crate) fn attach(
        &mut self,
        mut clock: Clock,
        target: &Target,
        past_counts: bool,
        moment: &Moment<'_>,
    ) -> Clock {
        if !past_counts {
            let needed = clock.is_active();
            clock = Clock::new(clock.target, clock.terms);
            if needed {
                clock.evolve(&ClockChange::Started { from: moment.at }, moment.at);
            }
        }
        clock.breached = false;
        let attached = ClockChange::Attached { clock: Box::new(clock.clone()) };
        self.apply(&mut clock, attached, moment.at, At::Before);
        self.settle(&mut clock, target, moment);
        self.note_reached(&mut clock, moment.at, (At::Before, Some(moment.at)));
        clock
    }

    /// Counts a clock by its calendars as they are now: what goes on, and all that ended and was judged where `all` is. What
    /// is found past is dated no earlier than the change.
    pub(crate) fn recount(&mut self, clock: &mut Clock, all: bool, (since, now): (Timestamp, Timestamp)) {
        let counts = match clock.state {
            ClockState::Running | ClockState::Paused => true,
            ClockState::Stopped { .. } => all,
            ClockState::NotStarted | ClockState::Cancelled => false,
        };
        if !counts {
            return;
        }
        let mut anew = clock.clone();
        let measured = all.then(|| self.gauge(clock).measured_anew());
        anew.evolve(&ClockChange::Recounted { measured: measured.clone(), outcome: None }, now);
        let outcome = match anew.state {
            ClockState::Stopped { at, .. } => Some(self.gauge(&anew).verdict(at)),
            ClockState::NotStarted | ClockState::Running | ClockState::Paused | ClockState::Cancelled => None,
        };
        anew.evolve(&ClockChange::Recounted { measured: None, outcome }, now);
        let gauge = self.gauge(&anew);
        // What was noted when timers had their turn at this very instant stays noted.
        let caches = (gauge.due(), clock.breached && gauge.breached(now, At::Including), gauge.next());
        let same = anew == *clock && caches == (clock.due_at, clock.breached, clock.next_at);
        if !same {
            self.apply(clock, ClockChange::Recounted { measured, outcome }, now, At::Including);
            self.note_reached(clock, now, (At::Before, Some(since)));
        }
    }

    fn signal(&mut self, clock: &mut Clock, signal: Signal, at: Timestamp) {
        let gauge = self.gauge(clock);
        let change = match signal {
            Signal::Start { from } => ClockChange::Started { from },
            Signal::Stop => ClockChange::Stopped { outcome: gauge.verdict(at), measured: gauge.running(at) },
            Signal::Continue => ClockChange::Continued,
            Signal::Cancel => ClockChange::Cancelled { measured: gauge.running(at) },
            Signal::Stand { still } => return self.stand(clock, still, at),
            Signal::StopAgain => return self.stop_again(clock, at),
        };
        self.apply(clock, change, at, At::Before);
        // A start by a date may lie in the past.
        if matches!(signal, Signal::Start { from } if from < at) {
            self.note_reached(clock, at, (At::Before, Some(at)));
        }
    }

    /// The cycle went on until now after all.
    fn stop_again(&mut self, clock: &mut Clock, at: Timestamp) {
        let ClockState::Stopped { at: stopped, paused, .. } = clock.state else { return };
        let mut resumed = clock.clone();
        if !paused && let Some(last) = resumed.stretches.last_mut() {
            last.ended = None;
        }
        resumed.state = if paused { ClockState::Paused } else { ClockState::Running };
        if stopped >= at {
            return;
        }
        self.apply(clock, ClockChange::Attached { clock: Box::new(resumed) }, at, At::Before);
        self.note_reached(clock, at, (At::Before, None));
        self.signal(clock, Signal::Stop, at);
    }

    /// Lets an active clock stand still where its request stands so, and count elsewhere.
    fn settle(&mut self, clock: &mut Clock, target: &Target, moment: &Moment<'_>) {
        let by_conditions = matches!(target.kind, TargetKind::Custom(_)) && target.pause_on.is_none();
        if !by_conditions {
            let still = target.pauses(moment.stands) && !clock.terms.amount.is_fixed();
            self.stand(clock, still, moment.at);
        }
    }

    fn stand(&mut self, clock: &mut Clock, still: bool, at: Timestamp) {
        match (clock.state, still, self.gauge(clock).running(at)) {
            (ClockState::Running, true, Some(measured)) => {
                self.apply(clock, ClockChange::Paused { measured }, at, At::Before);
            }
            (ClockState::Paused, false, _) => self.apply(clock, ClockChange::Resumed, at, At::Before),
            _ => {}
        }
    }

    fn withdraw(&mut self, clock: &mut Clock, at: Timestamp) -> bool {
        match clock.state {
            ClockState::Running | ClockState::Paused => self.signal(clock, Signal::Cancel, at),
            ClockState::NotStarted => {
                self.apply(clock, ClockChange::Withdrawn, at, At::Before);
                return true;
            }
            ClockState::Stopped { .. } | ClockState::Cancelled => {}
        }
        false
    }

    fn note_reached(&mut self, clock: &mut Clock, now: Timestamp, (at, dated): (At, Option<Timestamp>)) {
        if self.replaying {
            return;
        }
        for change in self.gauge(clock).reached_by(now, at, dated) {
            if let ClockChange::Fired { name, at } = &change {
                self.reached.push(Reached::new(clock, name, *at));
            }
            self.apply(clock, change, now, at);
        }
    }

    fn apply(&mut self, clock: &mut Clock, change: ClockChange, now: Timestamp, at: At) {
        clock.evolve(&change, now);
        if self.replaying {
            // How a cycle ended is kept with when it was due.
            clock.due_at = clock.outcome().and_then(|_| self.gauge(clock).due());
            return;
        }
        let sets_going = change.sets_going();
        if sets_going {
            clock.led_by = self.led_by.to_vec();
        }
        let gauge = self.gauge(clock);
        // That it is overdue is noted by a change of its own.
        let noted =
            clock.breached || matches!(change, ClockChange::Overdue { .. }) || clock.outcome().is_some();
        let (due_at, breached) = (gauge.due(), noted && gauge.breached(now, at));
        (clock.due_at, clock.breached) = (due_at, breached);
        clock.next_at = self.gauge(clock).next();
        let tick = ClockTick {
            target: clock.target.clone(),
            at: now,
            change,
            due_at,
            breached,
            next_at: clock.next_at,
            led_by: if sets_going { self.led_by.to_vec() } else { Vec::new() },
        };
        self.ticks.push(tick);
    }

    fn gauge<'c>(&self, clock: &'c Clock) -> Gauge<'c>
    where
        'a: 'c,
    {
        let agreement = self.catalog.agreement(&clock.terms.agreement);
        let compiled = agreement.and_then(|agreement| agreement.target(&clock.target));
        Gauge::new(clock, self.catalog, compiled.map(|compiled| &compiled.target))
    }
}
