use serde::{Deserialize, Serialize};

use super::record::CatchUp;
use crate::base::{Text, Timestamp};
use crate::config::schedule::Schedule;
use crate::life::request::{SeriesId, Submit};

/// What a series is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesPlan {
    /// Its id.
    pub id: SeriesId,
    /// Its name.
    pub name: Text,
    /// When it happens.
    pub schedule: Schedule,
    /// What becomes of occurrences that were missed.
    #[serde(default)]
    pub catch_up: CatchUp,
    /// What is submitted each time; it names its requester.
    pub submit: Submit,
    /// Whether it happens at all.
    pub active: bool,
}

/// Asks for a change of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SeriesCommand {
    /// Sets a series up or changes it. It then goes on with the first occurrence from now on.
    Save {
        /// What it is to be.
        plan: Box<SeriesPlan>,
    },
    /// Does what the timer was set for.
    Occur {
        /// The occurrence that it was set for.
        at: Timestamp,
    },
}
