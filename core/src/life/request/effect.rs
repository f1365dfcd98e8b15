use serde::{Deserialize, Serialize};

use super::record::RequestId;
use crate::base::{Party, Timestamp};
use crate::config::agreement::TargetCode;

/// Something to be done outside, once the decision is durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// Tells somebody that something happened.
    Notify {
        /// Who is told.
        to: Party,
        /// The request.
        request: RequestId,
        /// Its human number.
        number: String,
        /// The name of the event.
        event: String,
    },
    /// Tells somebody that a threshold was reached.
    Warn {
        /// Who is told.
        to: Party,
        /// Which one.
        milestone: Milestone,
    },
    /// Something that an escalation asks for by name.
    Emit {
        /// The name.
        name: String,
        /// The threshold from which it follows.
        milestone: Milestone,
    },
}

/// A threshold that the clock of a request reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// The request.
    pub request: RequestId,
    /// Its human number.
    pub number: String,
    /// The target.
    pub target: TargetCode,
    /// The threshold.
    pub threshold: String,
    /// When it was reached.
    pub reached_at: Timestamp,
}
