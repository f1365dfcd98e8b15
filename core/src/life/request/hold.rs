use serde::{Deserialize, Serialize};

use super::status::Status;
use crate::base::Timestamp;

/// A hold (приостановка): what a request waits for and what ends the wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Why.
    pub reason: HoldReason,
    /// Until when, at the latest.
    pub until: Option<Timestamp>,
    /// What ends it by itself, beside the date.
    pub release: Release,
    /// Where the request stood before.
    pub before: Status,
}

/// What ends a hold by itself, beside its date.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Release {
    /// A reply of the requester.
    pub on_reply: bool,
    /// An event of this name.
    pub on_signal: Option<String>,
}

/// Why a request is on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    /// The requester has to answer; a reply ends it.
    Requester,
    /// Somebody outside has to do something.
    ThirdParty,
    /// Somebody has to approve.
    Approval,
    /// It is not time yet; needs a date.
    Scheduled,
    /// Another team has to do something.
    Internal,
}

impl HoldReason {
    /// The reason's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Requester => "requester",
            Self::ThirdParty => "third_party",
            Self::Approval => "approval",
            Self::Scheduled => "scheduled",
            Self::Internal => "internal",
        }
    }
}
