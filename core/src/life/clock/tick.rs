use serde::{Deserialize, Serialize};

use super::record::{Attempt, Clock, ClockState, Fired, Outcome, Stretch, Terms};
use super::rule::EscalationRule;
use crate::base::limits::CLOCK_ATTEMPTS_MAX;
use crate::base::{Timestamp, WorkingTime};
use crate::config::agreement::TargetCode;

/// What a clock did, with what that means for when it is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockTick {
    /// The clock.
    pub target: TargetCode,
    /// When; thresholds carry their own instants.
    pub at: Timestamp,
    /// What.
    pub change: ClockChange,
    /// When the clock is due now, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Whether it was due before and was not met.
    #[serde(default)]
    pub breached: bool,
    /// When it has to be looked at next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// The escalations that led to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub led_by: Vec<EscalationRule>,
}

/// What a clock did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClockChange {
    /// It came to be, as it stood then.
    Attached {
        /// The clock.
        clock: Box<Clock>,
    },
    /// A new cycle began.
    Started {
        /// From which instant time counts.
        from: Timestamp,
    },
    /// Its cycle counts from another instant, because of what went on in its request.
    Backdated {
        /// From when on.
        from: Timestamp,
        /// The working time between, negative when it is later.
        added: WorkingTime,
    },
    /// It stands still.
    Paused {
        /// The working time of the stretch that ended.
        measured: WorkingTime,
    },
    /// It counts again.
    Resumed,
    /// Its cycle ended.
    Stopped {
        /// How.
        outcome: Outcome,
        /// The working time of the stretch that ended, unless it stood still.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        measured: Option<WorkingTime>,
    },
    /// Its cycle goes on after all.
    Continued,
    /// It runs towards another target; what was used stays used.
    Carried {
        /// The new terms.
        terms: Terms,
        /// The working time of the stretch that ended, unless it stood still.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        measured: Option<WorkingTime>,
    },
    /// It begins anew towards another target.
    Restarted {
        /// The new terms.
        terms: Terms,
    },
    /// It belongs to other terms with the same amount in the same calendar, or waits for its start with other ones.
    Termed {
        /// The new terms.
        terms: Terms,
    },
    /// It ended without a verdict.
    Cancelled {
        /// The working time of the stretch that ended, if one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        measured: Option<WorkingTime>,
    },
    /// It was counted anew, because its calendars changed. When it was due before, the tick before says.
    Recounted {
        /// The working time of each stretch that ended, where those were measured anew.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        measured: Option<Vec<WorkingTime>>,
        /// How its cycle ended, where that was judged anew.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outcome: Option<Outcome>,
    },
    /// It is gone: its target was withdrawn before it started.
    Withdrawn,
    /// A threshold was reached.
    Fired {
        /// The threshold.
        name: String,
        /// When: the instant of the threshold, or of the change by which it was found past.
        at: Timestamp,
    },
    /// It was due and was not met.
    Overdue {
        /// When it was due.
        at: Timestamp,
    },
}

impl ClockTick {
    /// Applies the tick to the clocks of a request. A stored fact is a fact, so this cannot fail.
    pub(crate) fn apply(&self, clocks: &mut Vec<Clock>) {
        let place = clocks.iter().position(|clock| clock.target == self.target);
        match (&self.change, place) {
            (ClockChange::Attached { clock }, place) => {
                match place {
                    Some(place) => clocks[place] = (**clock).clone(),
                    None => clocks.push((**clock).clone()),
                }
                let place = place.unwrap_or(clocks.len() - 1);
                self.note(&mut clocks[place]);
            }
            (ClockChange::Withdrawn, Some(place)) => drop(clocks.remove(place)),
            (change, Some(place)) => {
                clocks[place].evolve(change, self.at);
                self.note(&mut clocks[place]);
            }
            // The clock is gone.
            (_, None) => {}
        }
    }

    fn note(&self, clock: &mut Clock) {
        (clock.due_at, clock.breached, clock.next_at) = (self.due_at, self.breached, self.next_at);
        if self.change.sets_going() {
            clock.led_by.clone_from(&self.led_by);
        }
    }
}

impl ClockChange {
    /// Whether a cycle begins with it, or runs towards something else from then on.
    pub(super) fn sets_going(&self) -> bool {
        match self {
            Self::Attached { .. }
            | Self::Started { .. }
            | Self::Continued
            | Self::Carried { .. }
            | Self::Restarted { .. } => true,
            Self::Backdated { .. }
            | Self::Paused { .. }
            | Self::Resumed
            | Self::Stopped { .. }
            | Self::Termed { .. }
            | Self::Cancelled { .. }
            | Self::Recounted { .. }
            | Self::Withdrawn
            | Self::Fired { .. }
            | Self::Overdue { .. } => false,
        }
    }
}

impl Clock {
    /// Applies what the clock did.
    pub(super) fn evolve(&mut self, change: &ClockChange, at: Timestamp) {
        match change {
            ClockChange::Attached { clock } => *self = (**clock).clone(),
            ClockChange::Started { from } => {
                self.remember();
                self.begin(*from);
            }
            ClockChange::Backdated { from, added } => self.backdate(*from, *added),
            ClockChange::Paused { measured } => {
                self.pause(at, *measured);
                self.state = ClockState::Paused;
            }
            ClockChange::Resumed => self.run(at),
            ClockChange::Stopped { outcome, measured } => {
                if let Some(measured) = measured {
                    self.close(at, *measured);
                }
                self.state = ClockState::Stopped { at, outcome: *outcome, paused: measured.is_none() };
            }
            ClockChange::Continued => {
                self.remember();
                self.run(at);
            }
            ClockChange::Carried { terms, measured } => {
                self.terms = terms.clone();
                if let Some(measured) = measured {
                    self.pause(at, *measured);
                    self.run(at);
                }
            }
            ClockChange::Restarted { terms } => {
                self.terms = terms.clone();
                self.begin(at);
            }
            ClockChange::Termed { terms } => self.terms = terms.clone(),
            ClockChange::Cancelled { measured } => {
                if let Some(measured) = measured {
                    self.close(at, *measured);
                }
                self.state = ClockState::Cancelled;
            }
            ClockChange::Recounted { measured, outcome } => self.recount(measured.as_deref(), *outcome),
            ClockChange::Fired { name, at } => self.fired.push(Fired { name: name.clone(), at: *at }),
            ClockChange::Withdrawn | ClockChange::Overdue { .. } => {}
        }
    }

    /// Lets the cycle count from another instant. Where it stood still when it began, it stood still from there on.
    fn backdate(&mut self, from: Timestamp, added: WorkingTime) {
        let since = self.since.replace(from);
        if let Some(first) = self.stretches.first_mut().filter(|first| Some(first.start) == since) {
            first.start = from;
            first.ended = first.ended.map(|(end, measured)| (end, measured + added));
        }
    }

    /// Begins the next cycle.
    fn begin(&mut self, from: Timestamp) {
        self.cycle += 1;
        self.since = Some(from);
        self.stretches.clear();
        self.fired.clear();
        self.run(from);
    }

    fn run(&mut self, from: Timestamp) {
        self.state = ClockState::Running;
        self.stretches.push(Stretch { start: from, calendar: self.terms.calendar.clone(), ended: None });
    }

    /// Ends the running stretch for a while; one without any length leaves no trace.
    fn pause(&mut self, at: Timestamp, measured: WorkingTime) {
        self.close(at, measured);
        self.stretches.pop_if(|last| last.start >= at);
    }

    /// Ends the running stretch.
    fn close(&mut self, at: Timestamp, measured: WorkingTime) {
        if let Some(last) = self.stretches.last_mut() {
            last.ended = Some((at.max(last.start), measured));
        }
    }

    fn recount(&mut self, measured: Option<&[WorkingTime]>, verdict: Option<Outcome>) {
        let ended = self.stretches.iter_mut().filter_map(|stretch| stretch.ended.as_mut());
        for ((_, length), anew) in ended.zip(measured.unwrap_or_default()) {
            *length = *anew;
        }
        if let (ClockState::Stopped { outcome, .. }, Some(verdict)) = (&mut self.state, verdict) {
            *outcome = verdict;
        }
    }

    /// Keeps how the cycle ended, if it did.
    fn remember(&mut self) {
        if let ClockState::Stopped { at, outcome, .. } = self.state {
            self.history.push(Attempt { cycle: self.cycle, outcome, stopped_at: at, due_at: self.due_at });
            let beyond = self.history.len().saturating_sub(CLOCK_ATTEMPTS_MAX);
            self.history.drain(..beyond);
        }
    }
}
