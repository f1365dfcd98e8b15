use super::presence::PresenceError;
use crate::base::{CommandId, Problems};
use crate::life::Refusal;
use crate::store::{BlobError, StoreError};
use crate::text::TextQueryError;

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    /// A rule refused it; nothing changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A definition or a condition has problems.
    #[error("{0}")]
    Problems(Problems),
    /// The command id belongs to another command.
    #[error("the command id `{command}` was used for another command")]
    CommandReused {
        /// The command id.
        command: CommandId,
    },
    /// The store did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The blob store did not do its part.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// The node knows older rules of time zones than those by which deadlines were computed, so it computes none.
    #[error("the node has the zone data `{node}`, deadlines were computed by `{noted}`")]
    OlderZoneData {
        /// The release by which deadlines were computed.
        noted: String,
        /// The release that the node has.
        node: &'static str,
    },
    /// Others kept changing the same records.
    #[error("the command met {tries} conflicts in a row")]
    Contended {
        /// How often it was tried.
        tries: u32,
        /// The last conflict.
        #[source]
        source: StoreError,
    },
    /// Who looks at a request cannot be told.
    #[error(transparent)]
    Presence(#[from] PresenceError),
    /// What somebody searches for cannot be searched for.
    #[error(transparent)]
    Search(#[from] TextQueryError),
    /// A value of the engine could not be turned into JSON.
    #[error("a value cannot be written as JSON")]
    Encode(#[from] serde_json::Error),
}

impl DeskError {
    /// Whether doing the same once more, under the same command id, can succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::Blobs(error) => error.is_retryable(),
            Self::Contended { .. } | Self::Presence(_) => true,
            Self::Refused(_)
            | Self::Problems(_)
            | Self::CommandReused { .. }
            | Self::OlderZoneData { .. }
            | Self::Search(_)
            | Self::Encode(_) => false,
        }
    }

    /// Whether the actor may not do it.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.refusal().is_some_and(|refusal| matches!(refusal.root(), Refusal::Denied { .. }))
    }

    /// Whether there is no such thing, or the actor may not know that there is.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(Refusal::NotFound { .. } | Refusal::UnknownTenant { .. }))
    }

    /// The refusal, when a rule refused the call.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl From<Problems> for DeskError {
    fn from(problems: Problems) -> Self {
        Self::Problems(problems)
    }
}
