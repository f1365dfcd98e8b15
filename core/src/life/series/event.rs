use serde::{Deserialize, Serialize};

use super::command::SeriesPlan;
use super::record::CatchUp;
use crate::base::{Text, Timestamp};
use crate::config::schedule::Schedule;
use crate::life::request::{RequestId, SeriesId, Submit};
use crate::store::Fact;

/// What happened to a series. Its name and what it submits are the event's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SeriesEvent {
    /// It was set up or changed.
    SeriesSaved {
        /// The series.
        id: SeriesId,
        /// When it happens.
        schedule: Schedule,
        /// What becomes of occurrences that were missed.
        catch_up: CatchUp,
        /// Whether it happens at all.
        active: bool,
        /// Its next occurrence.
        next: Option<Timestamp>,
        /// Its name and what it submits, unless that was erased.
        #[serde(skip)]
        what: Option<Box<(Text, Submit)>>,
    },
    /// What it submits was erased, or names in it.
    SeriesErased {
        /// Whether it goes on.
        goes_on: bool,
        /// What is left of its name and of what it submits: the event's content.
        #[serde(skip)]
        what: Option<Box<(Text, Submit)>>,
    },
    /// Its time came.
    Occurred {
        /// For which occurrence.
        at: Timestamp,
        /// What came of it.
        what: Occurrence,
        /// How many occurrences before it were missed and are not made up for.
        missed: u32,
        /// Its next occurrence.
        next: Option<Timestamp>,
    },
}

/// What came of an occurrence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occurrence {
    /// A request was submitted.
    Submitted(RequestId),
    /// It came too late.
    TooLate,
    /// The submission was refused, by this rule.
    Refused(String),
}

impl SeriesEvent {
    pub(super) fn saved(plan: &SeriesPlan, next: Option<Timestamp>) -> Self {
        Self::SeriesSaved {
            id: plan.id,
            schedule: plan.schedule.clone(),
            catch_up: plan.catch_up,
            active: plan.active,
            next,
            what: Some(Box::new((plan.name.clone(), plan.submit.clone()))),
        }
    }
}

impl Fact for SeriesEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::SeriesSaved { .. } => "series_saved",
            Self::SeriesErased { .. } => "series_erased",
            Self::Occurred { .. } => "occurred",
        }
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    fn content(&self) -> Result<Option<String>, serde_json::Error> {
        match self {
            Self::SeriesSaved { what, .. } | Self::SeriesErased { what, .. } => {
                what.as_ref().map(serde_json::to_string).transpose()
            }
            Self::Occurred { .. } => Ok(None),
        }
    }
}

/// Reads an event back.
pub(super) fn decode(body: &str, content: Option<&str>) -> Result<SeriesEvent, serde_json::Error> {
    let mut event = serde_json::from_str(body)?;
    if let (SeriesEvent::SeriesSaved { what, .. } | SeriesEvent::SeriesErased { what, .. }, Some(content)) =
        (&mut event, content)
    {
        *what = serde_json::from_str(content)?;
    }
    Ok(event)
}
