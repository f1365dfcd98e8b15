use serde::{Deserialize, Serialize};

use super::record::{Job, JobId};
use crate::base::{Channel, Party};
use crate::config::catalog::Action;
use crate::life::request::RequestId;
use crate::store::Fact;

/// What happened to a job. What it does to a request stands in the journal of the request, with the job as its cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum JobEvent {
    /// It was started.
    JobStarted {
        /// The job.
        id: JobId,
        /// Whose it is.
        owner: Party,
        /// For whom the owner acts, when for somebody else.
        #[serde(default)]
        principal: Option<Party>,
        /// By which channel.
        channel: Channel,
        /// The right that its command needs.
        action: Action,
        /// How many requests were named; none when a condition finds them.
        named: Option<u32>,
    },
    /// Requests were found.
    JobCollected {
        /// How many.
        found: u32,
        /// The last one.
        last: Option<RequestId>,
        /// Whether these were all.
        complete: bool,
    },
    /// Every request has its verdict.
    JobEnded {
        /// On how many it was done.
        done: u32,
        /// How many refused.
        refused: u32,
    },
    /// It was ended before its end.
    JobCancelled,
    /// It was set going again.
    JobResumed,
}

impl Fact for JobEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::JobStarted { .. } => "job_started",
            Self::JobCollected { .. } => "job_collected",
            Self::JobEnded { .. } => "job_ended",
            Self::JobCancelled => "job_cancelled",
            Self::JobResumed => "job_resumed",
        }
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl Job {
    /// Reads an event back.
    pub(super) fn decode_event(body: &str, _: Option<&str>) -> Result<JobEvent, serde_json::Error> {
        serde_json::from_str(body)
    }
}
