use serde::{Deserialize, Serialize};

use super::record::Attachment;
use crate::life::refusal::Refusal;

/// How far the search for malware in a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Scan {
    /// Nobody asked for one.
    NotScanned,
    /// It was asked for.
    Pending,
    /// Nothing was found.
    Clean,
    /// Something was found.
    Infected {
        /// What the scanner calls it.
        name: String,
    },
    /// It could not be done.
    Failed,
}

impl Scan {
    /// The state's code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotScanned => "not_scanned",
            Self::Pending => "pending",
            Self::Clean => "clean",
            Self::Infected { .. } => "infected",
            Self::Failed => "failed",
        }
    }

    /// Whether a verdict is still wanted.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        matches!(self, Self::Pending | Self::Failed)
    }
}

/// What a scanner says of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ScanVerdict {
    /// Nothing was found.
    Clean,
    /// Something was found.
    Infected {
        /// What the scanner calls it.
        name: String,
    },
}

/// How a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// As anybody asks.
    Plainly,
    /// By an operator who says that it need not have been scanned.
    Unscanned,
}

impl Attachment {
    /// Refuses to hand out bytes that may do harm. `scanning` is whether files are scanned at all.
    ///
    /// # Errors
    /// `erased`, `not_scanned`, `scan_failed`, `infected`.
    pub fn check_handed_out(&self, asked: Asked, scanning: bool) -> Result<(), Refusal> {
        if self.erased {
            return Err(Refusal::rule("erased", "the file was erased"));
        }
        match (&self.scan, asked) {
            (Scan::Clean, _) => Ok(()),
            (Scan::Infected { name }, _) => {
                Err(Refusal::rule("infected", format!("the file is infected: {name}")))
            }
            (Scan::NotScanned, _) if !scanning => Ok(()),
            (Scan::NotScanned | Scan::Pending | Scan::Failed, Asked::Unscanned) => Ok(()),
            (Scan::NotScanned | Scan::Pending, Asked::Plainly) => {
                Err(Refusal::rule("not_scanned", "the file was not scanned yet"))
            }
            (Scan::Failed, Asked::Plainly) => {
                Err(Refusal::rule("scan_failed", "the file could not be scanned"))
            }
        }
    }
}
