use serde::{Deserialize, Serialize};

use super::record::{Erasure, Place};
use crate::base::{Party, Timestamp};
use crate::store::Fact;

/// What happened to an erasure. No event names the person but by the id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErasureEvent {
    /// It was asked for.
    ErasureStarted {
        /// Who is erased.
        party: Party,
        /// Everybody who is the same person, the party included.
        identities: Vec<Party>,
        /// Who asked for it.
        by: Party,
    },
    /// It went on.
    ErasureAdvanced {
        /// To where.
        to: Place,
    },
    /// Nothing is left to erase.
    ErasureEnded,
}

impl Fact for ErasureEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::ErasureStarted { .. } => "erasure_started",
            Self::ErasureAdvanced { .. } => "erasure_advanced",
            Self::ErasureEnded => "erasure_ended",
        }
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// Reads an event back.
pub(super) fn decode(body: &str, _: Option<&str>) -> Result<ErasureEvent, serde_json::Error> {
    serde_json::from_str(body)
}

impl Erasure {
    /// Applies what happened. A stored fact is a fact, so this cannot fail.
    pub fn evolve(&mut self, event: &ErasureEvent, at: Timestamp) {
        match event {
            ErasureEvent::ErasureStarted { party, identities, by } => {
                (self.party, self.by, self.started_at, self.ended_at) = (*party, *by, at, None);
                self.identities.clone_from(identities);
                (self.place, self.round) = (Place::Names, self.round + 1);
            }
            ErasureEvent::ErasureAdvanced { to } => self.place = to.clone(),
            ErasureEvent::ErasureEnded => {
                (self.place, self.ended_at, self.words) = (Place::Ended, Some(at), Default::default());
            }
        }
    }
}
