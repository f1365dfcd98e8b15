use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event;
use crate::base::{Party, Timestamp, Words, derived_id};
use crate::condition::ValueRef;
use crate::store::Key;

/// The erasure of a person: the fold of its events, and by which words the person was known, as long as that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Who is erased.
    pub party: Party,
    /// Everybody who is the same person, the party included.
    pub identities: Vec<Party>,
    /// Who asked for it.
    pub by: Party,
    /// How often it was begun.
    pub round: u32,
    /// How far it is.
    pub place: Place,
    /// The names and addresses that are looked for. They stand in no event and are forgotten at the end.
    pub words: Words,
    /// When it was begun.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// How far an erasure is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Place {
    /// It gathers by which names and addresses the person was known.
    Names,
    /// It erases the person's own records.
    Directory,
    /// It looks at the records of a kind.
    Records {
        /// The name of the kind.
        kind: String,
        /// Those after this one; from the beginning without it.
        after: Option<Uuid>,
    },
    /// It looks at the journal.
    Journal {
        /// After this position.
        after: u64,
    },
    /// Nothing is left to do.
    Ended,
}

impl Place {
    /// The place's code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Directory => "directory",
            Self::Records { .. } => "records",
            Self::Journal { .. } => "journal",
            Self::Ended => "ended",
        }
    }
}

impl Erasure {
    /// The key of a party's erasure: there is one, which can be begun again.
    #[must_use]
    pub fn key(party: Party) -> Key {
        ERASURE.key(derived_id(party.id, &format!("erase {}", party.kind.code())))
    }

    /// The timer that carries it on.
    #[must_use]
    pub fn timer(party: Party) -> Uuid {
        derived_id(Self::key(party).id, "go on")
    }

    /// Whether something is left to do.
    #[must_use]
    pub fn is_going(&self) -> bool {
        self.place != Place::Ended
    }
}

crate::record_kind! {
    /// Erasures.
    pub static ERASURE: Erasure {
        name: "erasure",
        schema: 1,
        mark: None,
        growing: false,
        id: |erasure| Erasure::key(erasure.party).id,
        facts: event::decode,
        relations: &[],
        columns erasure_column {
            place: Code => |erasure| ValueRef::Code(erasure.place.code()),
            started_at: Instant => |erasure| ValueRef::Instant(erasure.started_at),
            ended_at: Instant => |erasure| ValueRef::instant(erasure.ended_at),
        }
        indexes {}
    }
}
