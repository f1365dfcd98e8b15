use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::attachment::{AttachmentId, MediaType, ScanVerdict, UploadId};
use super::entry::Visibility;
use super::event::FieldChanges;
use super::hold::{HoldReason, Release};
use super::involvement::CopyAccess;
use crate::base::{CommandId, Party, Text, Timestamp};
use crate::config::catalog::{CategoryCode, Level, LineCode, ServiceCode};
use crate::life::directory::{EmployeeId, UnitId};

/// Asks the center for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submit {
    /// The service.
    pub service: ServiceCode,
    /// The subject, which may not be empty.
    pub subject: Text,
    /// The message; it may be empty.
    #[serde(default)]
    pub text: String,
    /// Who asks, when the actor submits for somebody else.
    #[serde(default)]
    pub requester: Option<Party>,
    /// Whom it concerns, when somebody else.
    #[serde(default)]
    pub recipient: Option<Party>,
    /// The customer unit; the requester's own when absent.
    #[serde(default)]
    pub unit: Option<UnitId>,
    /// The line; the service's own when absent. Only who may submit for others may name one.
    #[serde(default)]
    pub line: Option<LineCode>,
    /// The category.
    #[serde(default)]
    pub category: Option<CategoryCode>,
    /// The impact.
    #[serde(default)]
    pub impact: Option<Level>,
    /// The urgency.
    #[serde(default)]
    pub urgency: Option<Level>,
    /// When what it is about happened.
    #[serde(default)]
    pub occurred_at: Option<Timestamp>,
    /// Files that come with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<NewFile>,
}

impl Submit {
    /// Asks for a service, for oneself and with nothing but a subject.
    #[must_use]
    pub fn new(service: ServiceCode, subject: Text) -> Self {
        Self {
            service,
            subject,
            text: String::new(),
            requester: None,
            recipient: None,
            unit: None,
            line: None,
            category: None,
            impact: None,
            urgency: None,
            occurred_at: None,
            files: Vec::new(),
        }
    }
}

/// Asks for a step of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RequestCommand {
    /// Fixes service and category, for the first time or anew.
    Classify {
        /// The service; as it is when absent.
        service: Option<ServiceCode>,
        /// The category; as it is when absent.
        category: Option<CategoryCode>,
    },
    /// Fixes impact and urgency; the priority follows from them.
    Prioritize {
        /// The impact.
        impact: Level,
        /// The urgency.
        urgency: Level,
    },
    /// Hands the request to a line.
    Move {
        /// The line.
        line: LineCode,
    },
    /// Gives the request to an operator of its line.
    Assign {
        /// The operator.
        operator: EmployeeId,
    },
    /// Takes a request that nobody has.
    Claim,
    /// Gives the request back to its line.
    Release,
    /// Gives the request back to its line because its operator left; the engine's own.
    GiveBack {
        /// The operator who left.
        operator: EmployeeId,
    },
    /// Begins work.
    Start,
    /// Puts the request on hold, or changes the hold.
    Hold(HoldFor),
    /// Ends a hold.
    Resume,
    /// Says that something happened which the request may wait for.
    Signal {
        /// The name of the event.
        name: String,
    },
    /// Resolves the request.
    Resolve {
        /// The resolution code.
        code: String,
        /// What was done, for the requester; it may be empty.
        text: String,
    },
    /// Amends the latest resolution.
    AmendResolution {
        /// The resolution code.
        code: String,
        /// What was done, for the requester; it may be empty.
        text: String,
    },
    /// Amends the latest closing.
    AmendClosing {
        /// Why it was closed.
        reason: String,
    },
    /// Confirms the resolution and so closes the request.
    Confirm,
    /// Closes the request.
    Close {
        /// Why.
        reason: String,
    },
    /// Takes the request up again.
    Reopen {
        /// What is still wrong; it may be empty.
        text: String,
        /// The hold into which it goes; into work when absent.
        hold: Option<HoldFor>,
    },
    /// Withdraws the request.
    Cancel {
        /// Why.
        reason: String,
    },
    /// Rejects the request.
    Reject {
        /// Why.
        reason: String,
    },
    /// Writes as the requester.
    Reply(Message),
    /// Writes to the requester.
    Answer(Message),
    /// Writes an internal note.
    Note(Message),
    /// Changes other fields.
    ChangeFields(FieldChanges),
    /// Copies somebody in, or changes what they may do.
    CopyIn {
        /// Who.
        party: Party,
        /// What they may do.
        access: CopyAccess,
    },
    /// Ends that somebody is copied in.
    CopyOut {
        /// Who.
        party: Party,
    },
    /// Wants to be told of what happens.
    Watch,
    /// No longer wants to be told.
    Unwatch,
    /// Attaches a file without writing anything.
    Attach {
        /// The file.
        file: NewFile,
        /// Who may see it.
        visibility: Visibility,
    },
    /// Removes an attachment.
    RemoveAttachment {
        /// The attachment.
        attachment: AttachmentId,
    },
    /// Has an attachment scanned, for the first time or anew.
    ScanAttachment {
        /// The attachment.
        attachment: AttachmentId,
    },
    /// Notes what the scanner said of an attachment.
    NoteVerdict {
        /// The attachment.
        attachment: AttachmentId,
        /// What it said.
        verdict: ScanVerdict,
    },
    /// Does what a timer was set for.
    Wake(Wake),
    /// Notes that a timer or effect keeps failing and was put aside.
    Park {
        /// Whether it is a timer; otherwise an effect.
        timer: bool,
        /// The item.
        key: Uuid,
        /// Why it was put aside.
        reason: String,
        /// What is to be done.
        body: String,
    },
    /// Sets what was put aside going again: one timer or effect, the one that was put aside first.
    Retry,
}

impl RequestCommand {
    /// Whether it is there to write something.
    pub(crate) fn writes(&self) -> bool {
        matches!(self, Self::Reply(_) | Self::Answer(_) | Self::Note(_) | Self::Resolve { .. })
    }
}

/// Something to say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The text, which may not be empty.
    pub text: String,
    /// Files that come with it; whoever sees the entry sees them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<NewFile>,
}

impl<T: Into<String>> From<T> for Message {
    fn from(text: T) -> Self {
        Self { text: text.into(), files: Vec::new() }
    }
}

/// A file to attach, whose bytes were uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewFile {
    /// The upload.
    pub upload: UploadId,
    /// What the file is called, without the folder that it lay in.
    pub name: Text,
    /// What it is.
    pub media_type: MediaType,
}

/// A hold to begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldFor {
    /// Why.
    pub reason: HoldReason,
    /// Until when, at the latest.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// What ends it by itself; as the reason says when absent: a reply ends a wait for the requester.
    #[serde(default)]
    pub release: Option<Release>,
}

impl HoldFor {
    /// A hold that ends as its reason says.
    #[must_use]
    pub fn new(reason: HoldReason) -> Self {
        Self { reason, until: None, release: None }
    }

    /// A hold that ends at a time.
    #[must_use]
    pub fn until(reason: HoldReason, until: Timestamp) -> Self {
        Self { reason, until: Some(until), release: None }
    }

    /// A hold that only somebody ends.
    #[must_use]
    pub fn without_release(reason: HoldReason) -> Self {
        Self { reason, until: None, release: Some(Release::default()) }
    }
}

/// What a timer of a request is for. It names the command that set it, so that each setting takes effect once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Wake {
    /// To close after silence.
    CloseBySilence {
        /// The command that set the timer.
        set_by: CommandId,
    },
    /// To end a hold.
    EndHold {
        /// The command that set the timer.
        set_by: CommandId,
    },
    /// To have an attachment scanned.
    Scan {
        /// The command that set the timer.
        set_by: CommandId,
        /// The attachment.
        attachment: AttachmentId,
    },
}

impl Wake {
    /// The command that set the timer.
    #[must_use]
    pub fn set_by(self) -> CommandId {
        match self {
            Self::CloseBySilence { set_by } | Self::EndHold { set_by } | Self::Scan { set_by, .. } => set_by,
        }
    }
}
