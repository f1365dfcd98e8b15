use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::command::Bulk;
use crate::base::{Channel, Party, Timestamp, derived_id};
use crate::condition::ValueRef;
use crate::config::catalog::Action;
use crate::life::request::RequestId;

crate::id! {
    /// Names a job.
    JobId
}

/// A job: the fold of its events, and what it was asked for as long as that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Whose it is, and with whose rights it is carried out.
    pub owner: Party,
    /// For whom the owner acts, when for somebody else.
    #[serde(default)]
    pub principal: Option<Party>,
    /// By which channel it was started.
    pub channel: Channel,
    /// The right that its command needs.
    pub action: Action,
    /// What it was asked for. It may hold what people wrote, so it stands in no event and is forgotten at the end.
    pub bulk: Option<Bulk>,
    /// Where it stands.
    pub state: JobState,
    /// How many requests it has.
    pub found: u32,
    /// The last request that was found.
    pub found_to: Option<RequestId>,
    /// On how many it was done, once it ended.
    pub done: u32,
    /// How many refused, once it ended.
    pub refused: u32,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it ended or was cancelled.
    pub ended_at: Option<Timestamp>,
}

impl Job {
    /// The timer that carries it on.
    #[must_use]
    pub fn timer(id: JobId) -> Uuid {
        derived_id(id.0, "go on")
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// It finds its requests.
    Collecting,
    /// It carries its command out.
    Running,
    /// Every request has its verdict.
    Ended,
    /// It was ended before its end.
    Cancelled,
}

impl JobState {
    /// The codes of every state.
    pub const CODES: &'static [&'static str] = &["collecting", "running", "ended", "cancelled"];

    /// The state's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Collecting => "collecting",
            Self::Running => "running",
            Self::Ended => "ended",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether something is left to do.
    #[must_use]
    pub fn is_going(self) -> bool {
        match self {
            Self::Collecting | Self::Running => true,
            Self::Ended | Self::Cancelled => false,
        }
    }
}

/// One request of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobItem {
    /// The job.
    pub job: JobId,
    /// Its number within the job, from 1.
    pub number: u32,
    /// The request.
    pub request: RequestId,
    /// What came of it.
    pub verdict: Verdict,
}

impl JobItem {
    /// The id: a job has a request once.
    #[must_use]
    pub fn id(&self) -> Uuid {
        derived_id(self.job.0, &self.request.to_string())
    }
}

/// What came of a job's command on one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing yet.
    Pending,
    /// It was done.
    Done,
    /// It was refused.
    Refused {
        /// The code of the rule that refused it.
        code: String,
        /// What the rule says.
        reason: String,
    },
}

impl Verdict {
    /// The codes of every verdict.
    pub const CODES: &'static [&'static str] = &["pending", "done", "refused"];

    /// The verdict's code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Refused { .. } => "refused",
        }
    }
}

crate::record_kind! {
    /// Jobs.
    pub static JOB: Job {
        name: "job",
        schema: 1,
        mark: None,
        growing: true,
        id: |job| job.id.0,
        facts: Job::decode_event,
        relations: &[],
        columns job_column {
            owner_kind: Code => |job| ValueRef::Code(job.owner.kind.code()),
            owner: Id => |job| ValueRef::Id(job.owner.id),
            state: Code of JobState::CODES => |job| ValueRef::Code(job.state.code()),
            found: Int => |job| ValueRef::Int(job.found.into()),
            started_at: Instant => |job| ValueRef::Instant(job.started_at),
            ended_at: Instant => |job| ValueRef::instant(job.ended_at),
        }
        indexes {
            by_owner: [owner, started_at],
        }
    }
}

crate::record_kind! {
    /// The requests of jobs.
    pub static JOB_ITEM: JobItem {
        name: "job_item",
        schema: 1,
        mark: None,
        growing: true,
        id: JobItem::id,
        facts: Job::decode_event,
        relations: &[],
        columns item_column {
            job: Id => |item| ValueRef::Id(item.job.0),
            number: Int => |item| ValueRef::Int(item.number.into()),
            request: Id => |item| ValueRef::Id(item.request.0),
            verdict: Code of Verdict::CODES => |item| ValueRef::Code(item.verdict.code()),
        }
        indexes {
            by_job: [job, verdict, number],
            by_number: [job, number],
        }
    }
}
