use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::record::Place;

/// Asks for a step of an erasure; the engine's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErasureCommand {
    /// Notes by which names and addresses the person was known, and goes on to the person's own record.
    Learn {
        /// The names and addresses.
        words: Vec<String>,
    },
    /// Goes on to another place.
    Advance {
        /// The place.
        to: Place,
    },
    /// Erases what a record holds of the person.
    Erase {
        /// The name of its kind.
        kind: String,
        /// Its id.
        id: Uuid,
        /// Whether the journal is known to hold something, whatever the record does.
        journal: bool,
    },
}
