use serde::{Deserialize, Serialize};

use super::gauge::Gauge;
use super::record::{Clock, ClockState};
use super::tick::ClockChange;
use crate::base::Timestamp;
use crate::config::agreement::TargetCode;
use crate::config::catalog::CheckedCatalog;

/// When a clock will be due if nothing else happens (прогноз срока).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// The target.
    pub target: TargetCode,
    /// When it will be due; `None` when its calendar has no working time any more.
    pub due_at: Option<Timestamp>,
    /// What that takes for granted.
    pub assumes: Assumes,
}

/// What a forecast takes for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Assumes {
    /// Nothing: the clock runs, or was due before it stood still.
    Nothing,
    /// The hold ends when it ends by itself.
    HoldEnds {
        /// When.
        at: Timestamp,
    },
    /// The clock counts again from now on.
    ResumedNow,
}

impl Clock {
    /// When the clock will be due if nothing happens; of one that stands still, if it counts again at the end of the hold,
    /// or now where none is known. `None` of one of which nothing is due: it waits for its start, or ended.
    #[must_use]
    pub fn forecast(
        &self,
        catalog: &CheckedCatalog,
        now: Timestamp,
        hold_until: Option<Timestamp>,
    ) -> Option<Forecast> {
        let known = Gauge::new(self, catalog, None).due();
        let (due_at, assumes) = match (self.state, known) {
            (ClockState::Running, _) | (ClockState::Paused, Some(_)) => (known, Assumes::Nothing),
            (ClockState::Paused, None) => {
                let until = hold_until.filter(|until| *until > now);
                let mut resumed = self.clone();
                resumed.evolve(&ClockChange::Resumed, until.unwrap_or(now));
                let assumes = until.map_or(Assumes::ResumedNow, |at| Assumes::HoldEnds { at });
                (Gauge::new(&resumed, catalog, None).due(), assumes)
            }
            (ClockState::NotStarted | ClockState::Stopped { .. } | ClockState::Cancelled, _) => return None,
        };
        Some(Forecast { target: self.target.clone(), due_at, assumes })
    }
}
