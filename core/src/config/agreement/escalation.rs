use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::condition::Value;
use crate::config::catalog::{FieldCode, LineCode, RoleCode};

/// What follows when a threshold is reached (эскалация).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum EscalationAction {
    /// Somebody is told, outside of their quiet hours.
    Notify {
        /// Who.
        to: Warned,
    },
    /// The priority rises, at most to the highest.
    RaisePriority {
        /// By how much.
        #[serde(default = "one")]
        by: u8,
    },
    /// The request is given to an operator.
    Assign {
        /// Who.
        operator: Uuid,
    },
    /// The request is given back to its line.
    Release,
    /// The request is handed to a line.
    Move {
        /// The line.
        line: LineCode,
    },
    /// The request is handed to the line that comes next after its own.
    NextTier,
    /// A field of the tenant's own is set or cleared.
    SetField {
        /// The field.
        field: FieldCode,
        /// Its value; none clears it.
        #[serde(default)]
        value: Option<Value>,
    },
    /// Something is to be done outside.
    Emit {
        /// Its name, a code.
        name: String,
    },
}

/// Who is told that a threshold was reached; of these, who may see the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Warned {
    /// The operator who has the request.
    Assignee,
    /// The operators of its line.
    Line,
    /// Everybody who was granted a role.
    Role {
        /// The role.
        role: RoleCode,
    },
    /// Everybody who watches it.
    Watchers,
}

/// Until when an escalation makes sense: what comes later is noted and not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    /// Until the target is due.
    Due,
    /// While the cycle of the clock goes on.
    Stop,
    /// Until service and category are fixed.
    Classified,
    /// Until somebody has the request.
    Assigned,
    /// Until work began.
    Started,
    /// Until somebody answered the requester.
    Answered,
    /// Until the work is done.
    Resolved,
}

impl EscalationAction {
    /// The action's code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Notify { .. } => "notify",
            Self::RaisePriority { .. } => "raise_priority",
            Self::Assign { .. } => "assign",
            Self::Release => "release",
            Self::Move { .. } => "move",
            Self::NextTier => "next_tier",
            Self::SetField { .. } => "set_field",
            Self::Emit { .. } => "emit",
        }
    }
}

impl Before {
    /// Its code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Stop => "stop",
            Self::Classified => "classified",
            Self::Assigned => "assigned",
            Self::Started => "started",
            Self::Answered => "answered",
            Self::Resolved => "resolved",
        }
    }
}

fn one() -> u8 {
    1
}
