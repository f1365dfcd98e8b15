use serde::{Deserialize, Serialize};

use crate::life::clock::Moves;
use crate::life::request::RequestId;

/// Asks for a step of a rebase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RebaseCommand {
    /// Notes that some requests were looked at.
    Advance {
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
