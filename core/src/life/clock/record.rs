use serde::{Deserialize, Serialize};

use super::rule::EscalationRule;
use crate::base::limits::CLOCK_STRETCHES_MAX;
use crate::base::{Timestamp, WorkingTime};
use crate::config::agreement::{AgreementRef, Amount, AtClosing, CalendarCode, TargetCode};

/// A clock of a request (счётчик срока): the fold of its ticks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The target that it is for.
    pub target: TargetCode,
    /// What it runs towards.
    pub terms: Terms,
    /// The number of its cycle, from 1; 0 before the first one.
    pub cycle: u32,
    /// What it does.
    pub state: ClockState,
    /// When its cycle began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When it ran in this cycle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stretches: Vec<Stretch>,
    /// The thresholds that were reached in this cycle.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fired: Vec<Fired>,
    /// How it ended before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Attempt>,
    /// The escalations that led to its cycle, or to what it runs towards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub led_by: Vec<EscalationRule>,
    /// A cache: when it is due, as far as that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// A cache: whether it was due before what happened last, and was not met.
    #[serde(default)]
    pub breached: bool,
    /// A cache: when it has to be looked at next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
}

/// What a clock runs towards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The agreement, as it stood when the clock got its target.
    pub agreement: AgreementRef,
    /// The calendar in which time is counted.
    pub calendar: CalendarCode,
    /// How much time there is.
    pub amount: Amount,
    /// Where a deadline lies that falls on a closing time.
    #[serde(default, skip_serializing_if = "AtClosing::is_usual")]
    pub at_closing: AtClosing,
}

/// What a clock does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClockState {
    /// It waits for its start.
    NotStarted,
    /// Time counts.
    Running,
    /// Time does not count for a while.
    Paused,
    /// Its cycle ended.
    Stopped {
        /// When.
        at: Timestamp,
        /// How.
        outcome: Outcome,
        /// Whether it stood still at that moment.
        paused: bool,
    },
    /// It ended without a verdict.
    Cancelled,
}

/// How a cycle ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// In time.
    Met,
    /// Too late.
    Missed,
}

/// A stretch for which a clock ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// When it began.
    pub start: Timestamp,
    /// In which calendar time counted.
    pub calendar: CalendarCode,
    /// When it ended, and how much working time it was measured to have: a fact, which no edit of a calendar moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<(Timestamp, WorkingTime)>,
}

/// A threshold that was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    /// Its name.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// How a clock ended before it went on, or before its next cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The cycle.
    pub cycle: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// When.
    pub stopped_at: Timestamp,
    /// When it was due, as far as that was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
}

impl Clock {
    /// A clock that waits for its start.
    #[must_use]
    pub fn new(target: TargetCode, terms: Terms) -> Self {
        Self {
            target,
            terms,
            cycle: 0,
            state: ClockState::NotStarted,
            since: None,
            stretches: Vec::new(),
            fired: Vec::new(),
            history: Vec::new(),
            led_by: Vec::new(),
            due_at: None,
            breached: false,
            next_at: None,
        }
    }

    /// Whether a cycle of it goes on, running or paused.
    #[must_use]
    pub fn is_active(&self) -> bool {
        match self.state {
            ClockState::Running | ClockState::Paused => true,
            ClockState::NotStarted | ClockState::Stopped { .. } | ClockState::Cancelled => false,
        }
    }

    /// Whether it has as many stretches as a cycle may have, so that it may not stand still once more.
    #[must_use]
    pub(crate) fn is_full(&self) -> bool {
        let resumes = usize::from(self.state == ClockState::Paused);
        self.stretches.len() + resumes > CLOCK_STRETCHES_MAX
    }

    /// How its latest cycle ended, if it did.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        match self.state {
            ClockState::Stopped { outcome, .. } => Some(outcome),
            ClockState::NotStarted | ClockState::Running | ClockState::Paused | ClockState::Cancelled => None,
        }
    }
}

impl ClockState {
    /// The state's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped { .. } => "stopped",
            Self::Cancelled => "cancelled",
        }
    }
}
