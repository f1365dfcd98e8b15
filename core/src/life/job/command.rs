use serde::{Deserialize, Serialize};

use crate::condition::Condition;
use crate::life::request::{RequestCommand, RequestId};

/// Asks for one command over many requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    /// Over which requests.
    pub over: Selection,
    /// What is done to each.
    pub command: RequestCommand,
}

/// The requests of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// These, up to [`BULK_LIST_MAX`](crate::base::limits::BULK_LIST_MAX); one that is named twice is taken once.
    These(Vec<RequestId>),
    /// Those that meet a condition and that the owner sees as an operator, up to
    /// [`BULK_FOUND_MAX`](crate::base::limits::BULK_FOUND_MAX).
    Where(Condition),
}

/// Asks for a step of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum JobCommand {
    /// Ends it before its end: what has no verdict yet gets none. The requests that are in hand at this moment, at most
    /// [`JOB_SLICE`](crate::base::limits::JOB_SLICE), may still be done.
    Cancel,
    /// Sets it going again after it was put aside.
    Resume,
    /// Notes requests that were found.
    Collect {
        /// The requests, by id.
        found: Vec<RequestId>,
        /// Whether there are no more.
        complete: bool,
    },
    /// Notes that every request has its verdict.
    End {
        /// On how many it was done.
        done: u32,
        /// How many refused.
        refused: u32,
    },
}
