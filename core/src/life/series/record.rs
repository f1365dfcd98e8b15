use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event;
use crate::base::{Span, Text, Timestamp, derived_id};
use crate::condition::ValueRef;
use crate::config::schedule::Schedule;
use crate::life::request::{RequestId, SeriesId, Submit};

/// A series of recurring requests: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// Its id.
    pub id: SeriesId,
    /// Its name.
    pub name: Text,
    /// When it happens.
    pub schedule: Schedule,
    /// What becomes of occurrences that were missed.
    pub catch_up: CatchUp,
    /// What is submitted each time; none when that was erased.
    pub submit: Option<Submit>,
    /// Whether it happens at all.
    pub active: bool,
    /// Its next occurrence; none when there is none left.
    pub next: Option<Timestamp>,
    /// How many requests it made.
    pub made: u32,
    /// The last request that it made.
    pub last: Option<RequestId>,
    /// How many occurrences were missed and not made up for.
    pub missed: u32,
    /// The rule that refused the latest occurrence, until one succeeds.
    pub refused: Option<String>,
}

/// What becomes of occurrences that were missed because no worker ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// Each is made up for.
    Each,
    /// Only the latest one is.
    #[default]
    Latest,
    /// One that comes later than this is not.
    Within(Span),
}

impl Series {
    /// The timer that stands at its next occurrence.
    #[must_use]
    pub fn timer(id: SeriesId) -> Uuid {
        derived_id(id.0, "occur")
    }
}

crate::record_kind! {
    /// Series of recurring requests.
    pub static SERIES: Series {
        name: "series",
        schema: 1,
        mark: None,
        growing: false,
        id: |series| series.id.0,
        facts: event::decode,
        relations: &[],
        columns series_column {
            name: Text => |series| ValueRef::Text(&series.name),
            active: Bool => |series| ValueRef::Bool(series.active),
            next: Instant => |series| ValueRef::instant(series.next),
            made: Int => |series| ValueRef::Int(series.made.into()),
            missed: Int => |series| ValueRef::Int(series.missed.into()),
            refused: Code => |series| ValueRef::code(series.refused.as_deref()),
        }
        indexes {}
    }
}
