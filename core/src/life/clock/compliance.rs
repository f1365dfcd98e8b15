use serde::{Deserialize, Serialize};

use super::reading::ClockReading;
use super::record::ClockState;
use crate::base::Timestamp;

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

    /// The share that was met in basis points, rounded down; none of nothing.
    #[must_use]
    pub fn basis_points(self) -> Option<u64> {
        let (met, all) = (u128::from(self.met), u128::from(self.met) + u128::from(self.missed));
        (met * 10_000).checked_div(all).and_then(|share| u64::try_from(share).ok())
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
