use serde::{Deserialize, Serialize};

use crate::base::Timestamp;

/// How the requester rates the way in which a request was served (оценка, CSAT).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// From 1, the worst, to 5.
    pub score: u8,
    /// When it was given first; the time within which it may be changed runs from here.
    pub first_at: Timestamp,
    /// When it was given or changed last.
    pub at: Timestamp,
}

impl Rating {
    /// The scores that there are.
    pub const SCORES: std::ops::RangeInclusive<u8> = 1..=5;
}
