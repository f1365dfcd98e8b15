use serde::{Deserialize, Serialize};

use crate::base::Party;
use crate::life::clock::{Moves, RebaseId, RebasePlan};
use crate::life::request::RequestId;
use crate::store::Fact;

/// What happened to a rebase. What it does to a request stands in the journal of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RebaseEvent {
    /// It was started.
    RebaseStarted {
        /// Its id.
        id: RebaseId,
        /// Who asked for it.
        by: Party,
        /// What was changed, and what becomes of running work.
        plan: RebasePlan,
        /// Whether no request has to be looked at.
        complete: bool,
    },
    /// Some requests were looked at.
    RebaseAdvanced {
        /// The last of them; none when nothing was left.
        last: Option<RequestId>,
        /// How many.
        requests: u64,
        /// How many clocks moved.
        moves: Moves,
        /// Whether there are no more.
        complete: bool,
    },
}

impl Fact for RebaseEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::RebaseStarted { .. } => "rebase_started",
            Self::RebaseAdvanced { .. } => "rebase_advanced",
        }
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}
