use serde::{Deserialize, Serialize};

/// Why a request was given back to its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseReason {
    /// Somebody gave it back.
    Asked,
    /// The operator who had it left.
    OperatorLeft,
}

/// Why a hold ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ResumeReason {
    /// Somebody ended it.
    Asked,
    /// The requester replied.
    Replied,
    /// The date came.
    DateCame,
    /// The event happened.
    Signalled {
        /// The name of the event.
        name: String,
    },
}

/// Why a request was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CloseReason {
    /// The requester confirmed the resolution.
    Confirmed,
    /// Somebody closed it.
    Asked {
        /// Why.
        reason: String,
    },
    /// The requester was silent.
    Silence,
}

impl CloseReason {
    /// The code that the request keeps.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Silence => "silence",
            Self::Asked { reason } => reason,
        }
    }
}
