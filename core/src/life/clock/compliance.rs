use serde::{Deserialize, Serialize};

use super::reading::ClockReading;
use super::record::{Attempt, Clock, ClockState, Outcome};
use crate::base::Timestamp;
use crate::config::catalog::CheckedCatalog;

/// What compliance counts of one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// When it stopped, if it did.
    pub stopped_at: Option<Timestamp>,
    /// When it was or is due, if that is known.
    pub due_at: Option<Timestamp>,
    /// Whether it was due and not met.
    pub breached: bool,
    /// Whether it ended without a verdict.
    pub cancelled: bool,
}

/// How many targets were met in a period (доля выполненных сроков).
///
/// What was met counts when it was met, what was missed when it was due, whether or not it was done later: so each target
/// counts once, the periods of a year add up, and nobody keeps a share by leaving open what is late.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compliance {
    /// How many were met.
    pub met: u64,
    /// How many were missed.
    pub missed: u64,
}

impl Compliance {
    /// Counts what was decided from one instant up to, and not including, another.
    #[must_use]
    pub fn of(rows: impl IntoIterator<Item = (u64, Counted)>, from: Timestamp, to: Timestamp) -> Self {
        let within = |at: Option<Timestamp>| at.is_some_and(|at| from <= at && at < to);
        let mut total = Self::default();
        for (count, row) in rows.into_iter().filter(|(_, row)| !row.cancelled) {
            match row.breached {
                true if within(row.due_at) => total.missed += count,
                false if within(row.stopped_at) => total.met += count,
                true | false => {}
            }
        }
        total
    }

    /// Whether at least a share, in basis points, was met; nothing says neither.
    #[must_use]
    pub fn reaches(self, min_bp: u16) -> Option<bool> {
        self.basis_points().map(|share| share >= u64::from(min_bp))
    }

    /// The weighted share of several targets in basis points: each as it is told by itself, times its weight, rounded down.
    /// Those of which nothing was decided, or without a weight, are left out; none of nothing.
    #[must_use]
    pub fn weighted(parts: impl IntoIterator<Item = (u32, Self)>) -> Option<u64> {
        let told =
            parts.into_iter().filter_map(|(weight, part)| Some((u128::from(weight), part.basis_points()?)));
        let (weights, sum) = told.fold((0, 0), |(weights, sum), (weight, share)| {
            (weights + weight, sum + weight * u128::from(share))
        });
        u128::checked_div(sum, weights).and_then(|share| u64::try_from(share).ok())
    }

    /// The share that was met in basis points, rounded down; none of nothing.
    #[must_use]
    pub fn basis_points(self) -> Option<u64> {
        let (met, all) = (u128::from(self.met), u128::from(self.met) + u128::from(self.missed));
        (met * 10_000).checked_div(all).and_then(|share| u64::try_from(share).ok())
    }
}

impl std::ops::AddAssign for Compliance {
    fn add_assign(&mut self, more: Self) {
        self.met += more.met;
        self.missed += more.missed;
    }
}

/// What there is to say of targets in a period: those that were decided in it, and the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Those that were decided in the period.
    pub decided: Compliance,
    /// Those that were in time and not met yet at the end of the period.
    pub open: u64,
    /// Those that ended without a verdict: cancelled, merged, withdrawn.
    pub excluded: u64,
}

impl Tally {
    /// Adds one target.
    pub fn add(&mut self, row: Counted, from: Timestamp, to: Timestamp) {
        let verdict_at = if row.breached { row.due_at } else { row.stopped_at };
        match (row.cancelled, verdict_at) {
            (true, _) => self.excluded += 1,
            (false, Some(at)) if at < to => self.decided += Compliance::of([(1, row)], from, to),
            (false, _) => self.open += 1,
        }
    }
}

impl Counted {
    /// A request as its obligatory targets have it: missed when the first of them was, met when the last of them was. `None`
    /// of a request without any.
    #[must_use]
    pub fn of_request(obligatory: &[Self]) -> Option<Self> {
        let judged: Vec<&Self> = obligatory.iter().filter(|row| !row.cancelled).collect();
        let missed_at = judged.iter().filter(|row| row.breached).filter_map(|row| row.due_at).min();
        let open = judged.iter().any(|row| row.stopped_at.is_none());
        let met_at = judged.iter().filter_map(|row| row.stopped_at).max().filter(|_| !open);
        let breached = judged.iter().any(|row| row.breached);
        let one = Self { stopped_at: met_at, due_at: missed_at, breached, cancelled: judged.is_empty() };
        (!obligatory.is_empty()).then_some(one)
    }
}

impl Clock {
    /// What compliance counts of the clock at an instant: the cycles that ended, each as it ended at last, and the present one.
    #[must_use]
    pub fn counted(&self, catalog: &CheckedCatalog, now: Timestamp) -> Vec<Counted> {
        let last_of_cycle = |n: &usize| {
            let cycle = self.history[*n].cycle;
            cycle < self.cycle && self.history.get(n + 1).is_none_or(|next| next.cycle != cycle)
        };
        let ended = (0..self.history.len()).filter(last_of_cycle).map(|n| Counted::from(&self.history[n]));
        let present = (self.state != ClockState::NotStarted).then(|| Counted::from(&self.read(catalog, now)));
        ended.chain(present).collect()
    }
}

impl From<&Attempt> for Counted {
    fn from(attempt: &Attempt) -> Self {
        let breached = attempt.outcome == Outcome::Missed;
        // An attempt of before it was kept when it was due counts when it ended.
        let due_at = attempt.due_at.or(Some(attempt.stopped_at));
        Self { stopped_at: Some(attempt.stopped_at), due_at, breached, cancelled: false }
    }
}

impl From<&ClockReading> for Counted {
    fn from(reading: &ClockReading) -> Self {
        let stopped_at = match reading.state {
            ClockState::Stopped { at, .. } => Some(at),
            ClockState::NotStarted | ClockState::Running | ClockState::Paused | ClockState::Cancelled => None,
        };
        let cancelled = reading.state == ClockState::Cancelled;
        Self { stopped_at, due_at: reading.due_at, breached: reading.breached, cancelled }
    }
}
