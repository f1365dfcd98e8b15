use serde::{Deserialize, Serialize};

use super::status::Status;
use crate::base::Timestamp;
pub use crate::config::catalog::HoldReason;

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
