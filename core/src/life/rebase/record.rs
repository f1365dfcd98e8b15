use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event::RebaseEvent;
use crate::base::{Party, Timestamp, derived_id};
use crate::condition::ValueRef;
use crate::life::clock::{Moves, RebaseId, RebasePlan, Rebasing};
use crate::life::request::RequestId;

/// A rebase: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebase {
    /// Its id.
    pub id: RebaseId,
    /// Who asked for it.
    pub by: Party,
    /// What was changed, and what becomes of running work.
    pub plan: RebasePlan,
    /// The last request that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_to: Option<RequestId>,
    /// How many requests were looked at.
    pub requests: u64,
    /// How many clocks moved.
    pub moves: Moves,
    /// When it was started: the instant of the change.
    pub started_at: Timestamp,
    /// When every request had been looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Rebase {
    /// One of which nothing is known yet.
    pub(super) fn new(id: RebaseId, by: Party, plan: RebasePlan, at: Timestamp) -> Self {
        let (requests, moves) = (0, Moves::default());
        Self { id, by, plan, done_to: None, requests, moves, started_at: at, ended_at: None }
    }

    /// The timer that carries it on.
    #[must_use]
    pub fn timer(id: RebaseId) -> Uuid {
        derived_id(id.0, "go on")
    }

    /// Whether something is left to do.
    #[must_use]
    pub fn is_going(&self) -> bool {
        self.ended_at.is_none()
    }

    /// What it is to one request.
    #[must_use]
    pub fn rebasing(&self) -> Rebasing {
        Rebasing { id: self.id, plan: self.plan.clone(), since: self.started_at }
    }

    /// Reads an event back.
    fn decode_event(body: &str, _: Option<&str>) -> Result<RebaseEvent, serde_json::Error> {
        serde_json::from_str(body)
    }
}

crate::record_kind! {
    /// Rebases.
    pub static REBASE: Rebase {
        name: "rebase",
        schema: 1,
        mark: None,
        growing: true,
        id: |rebase| rebase.id.0,
        facts: Rebase::decode_event,
        relations: &[],
        columns rebase_column {
            started_at: Instant => |rebase| ValueRef::Instant(rebase.started_at),
            ended_at: Instant => |rebase| ValueRef::instant(rebase.ended_at),
        }
        indexes {
            by_start: [started_at],
        }
    }
}
