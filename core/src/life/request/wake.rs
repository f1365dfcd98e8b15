use serde::{Deserialize, Serialize};

use super::attachment::AttachmentId;
use super::command::ForChildren;
use crate::base::CommandId;
use crate::life::clock::Rebasing;

/// What a timer of a request is for. It names the command that set it, so that each setting takes effect once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// To look at the clocks.
    Clocks {
        /// The command that set the timer.
        set_by: CommandId,
    },
    /// To do to the children what was done to the request.
    ForChildren {
        /// The command that set the timer.
        set_by: CommandId,
        /// What.
        follow: ForChildren,
    },
    /// To hold the clocks against what changed of agreements, calendars or zone data.
    Rebase {
        /// The command that set the timer.
        set_by: CommandId,
        /// The rebase.
        rebase: Rebasing,
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
    pub fn set_by(&self) -> CommandId {
        match self {
            Self::CloseBySilence { set_by }
            | Self::EndHold { set_by }
            | Self::Clocks { set_by }
            | Self::ForChildren { set_by, .. }
            | Self::Rebase { set_by, .. }
            | Self::Scan { set_by, .. } => *set_by,
        }
    }
}
