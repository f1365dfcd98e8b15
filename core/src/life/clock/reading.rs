use serde::{Deserialize, Serialize};

use super::gauge::{At, Gauge};
use super::record::{Attempt, Clock, ClockState, Fired, Outcome};
use crate::base::{Timestamp, WorkingTime};
use crate::config::agreement::{AgreementRef, TargetCode};
use crate::config::catalog::CheckedCatalog;

/// What a clock shows at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockReading {
    /// The target.
    pub target: TargetCode,
    /// The agreement that it is of.
    pub agreement: AgreementRef,
    /// What the clock does.
    pub state: ClockState,
    /// The number of its cycle, from 1; 0 before the first one.
    pub cycle: u32,
    /// The working time that was used.
    pub elapsed: WorkingTime,
    /// The working time that is left; negative when the target is passed.
    pub remaining: WorkingTime,
    /// How much of the target was used, in whole percent; `None` of a target of no time.
    pub percent: Option<i64>,
    /// When it is due; unknown while the clock stands still, unless that was before.
    pub due_at: Option<Timestamp>,
    /// Whether it is due and not met, or was missed.
    pub breached: bool,
    /// How the cycle ended.
    pub outcome: Option<Outcome>,
    /// The thresholds that were reached in this cycle.
    pub fired: Vec<Fired>,
    /// How it ended before.
    pub history: Vec<Attempt>,
}

impl Clock {
    /// Reads the clock at an instant, with the calendars and agreements of a catalog.
    #[must_use]
    pub fn read(&self, catalog: &CheckedCatalog, now: Timestamp) -> ClockReading {
        let gauge = Gauge::new(self, catalog, None);
        let (elapsed, target) = (gauge.elapsed(now), gauge.target());
        // What a verdict was given by is a fact, which no edit of a calendar moves.
        let due_at = if self.outcome().is_some() { self.due_at } else { gauge.due() };
        ClockReading {
            target: self.target.clone(),
            agreement: self.terms.agreement.clone(),
            state: self.state,
            cycle: self.cycle,
            elapsed,
            remaining: target - elapsed,
            percent: elapsed.millis().saturating_mul(100).checked_div(target.millis()),
            due_at,
            breached: gauge.breached(now, At::Including),
            outcome: self.outcome(),
            fired: self.fired.clone(),
            history: self.history.clone(),
        }
    }
}
