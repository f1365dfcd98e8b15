use serde::{Deserialize, Serialize};

use crate::base::Timestamp;
use crate::config::agreement::Before;
use crate::life::clock::EscalationRule;

/// What followed from a threshold (эскалация).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// The threshold.
    pub rule: EscalationRule,
    /// The cycle of its clock.
    pub cycle: u32,
    /// When it was reached, however late somebody looked.
    pub at: Timestamp,
    /// The escalations that led to it, the first one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub led_by: Vec<EscalationRule>,
    /// What was done, in order.
    pub steps: Vec<EscalationStep>,
}

/// An action of an escalation, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationStep {
    /// The code of the action.
    pub action: String,
    /// Why it was not done; absent: it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Skipped>,
}

/// Why an action of an escalation was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Skipped {
    /// It came too late to make sense.
    Late {
        /// What it should have come before.
        before: Before,
    },
    /// The rule led to itself.
    FeedsItself,
    /// Too many escalations led to each other.
    TooDeep,
    /// A rule of the request refused it.
    Refused {
        /// The code of the rule.
        rule: String,
    },
}
