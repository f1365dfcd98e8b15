use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What kind of somebody a [`Party`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// A person of the directory.
    Employee,
    /// A person outside the organisation.
    Contact,
    /// A program that talks to people.
    Bot,
    /// A program that calls on its own account.
    Integration,
    /// The engine itself: timers and automatic consequences.
    System,
}

impl PartyKind {
    /// Every kind, in order.
    pub const ALL: [Self; 5] = [Self::Employee, Self::Contact, Self::Bot, Self::Integration, Self::System];

    /// The kind's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Employee => "employee",
            Self::Contact => "contact",
            Self::Bot => "bot",
            Self::Integration => "integration",
            Self::System => "system",
        }
    }
}

/// Somebody who acts or is concerned; it prints and serialises like `employee:0198…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Party {
    /// What kind of somebody.
    pub kind: PartyKind,
    /// Who; nil for the system.
    pub id: Uuid,
}

impl Party {
    /// The engine itself.
    pub const SYSTEM: Self = Self { kind: PartyKind::System, id: Uuid::nil() };
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            PartyKind::System => f.write_str("system"),
            kind => write!(f, "{}:{}", kind.code(), self.id),
        }
    }
}

impl FromStr for Party {
    type Err = PartyError;

    fn from_str(text: &str) -> Result<Self, PartyError> {
        if text == "system" {
            return Ok(Self::SYSTEM);
        }
        let malformed = || PartyError { text: text.chars().take(64).collect() };
        let (kind, id) = text.split_once(':').ok_or_else(malformed)?;
        let kind = PartyKind::ALL.into_iter().find(|known| known.code() == kind).ok_or_else(malformed)?;
        let id = Uuid::try_parse(id).map_err(|_| malformed())?;
        Ok(Self { kind, id })
    }
}

serde_as_text!(Party);

/// A text that does not name a party.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a party: `employee:ID`, `contact:ID`, `bot:ID`, `integration:ID` or `system` is expected"
)]
pub struct PartyError {
    /// The text, cut to 64 characters.
    pub text: String,
}

/// The way by which somebody reached the engine (канал).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Channel {
    /// The self-service portal.
    Portal,
    /// The operators' workplace.
    Workplace,
    /// Mail.
    Mail,
    /// A messenger or a web chat.
    Chat,
    /// The telephone.
    Phone,
    /// Another program.
    Api,
    /// The engine itself.
    Internal,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 7] =
        [Self::Portal, Self::Workplace, Self::Mail, Self::Chat, Self::Phone, Self::Api, Self::Internal];

    /// The channel's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Workplace => "workplace",
            Self::Mail => "mail",
            Self::Chat => "chat",
            Self::Phone => "phone",
            Self::Api => "api",
            Self::Internal => "internal",
        }
    }
}
