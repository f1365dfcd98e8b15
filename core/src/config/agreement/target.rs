use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::definition::CalendarCode;
use super::escalation::{Before, EscalationAction};
use crate::base::{Timestamp, WorkingTime};
use crate::condition::Condition;
use crate::config::calendar::{CutOff, DayMode};
use crate::config::catalog::{FieldCode, LineCode, Priority};

crate::code! {
    /// The code of a target within its agreement: the name of its clock.
    TargetCode
}

/// A target (целевой срок): what is to happen within which time. It makes one clock for each request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Its code; a target of another agreement with the same code carries the clock on.
    pub code: TargetCode,
    /// What starts and stops the clock.
    pub kind: TargetKind,
    /// The calendar in which time is counted.
    pub calendar: CalendarCode,
    /// How much time there is: the first rule that fits a request. A request that none fits has no clock.
    pub amounts: Vec<AmountRule>,
    /// Where a deadline lies that falls on a closing time.
    #[serde(default)]
    pub at_closing: AtClosing,
    /// What starts the clock, where its kind leaves that open.
    #[serde(default)]
    pub starts: Starts,
    /// Where a request may stand for the clock to stand still; as is usual for the kind when absent.
    #[serde(default)]
    pub pause_on: Option<BTreeSet<Pause>>,
    /// What is noted on the way.
    #[serde(default)]
    pub thresholds: Vec<Threshold>,
    /// What becomes of a running clock when priority or agreement give it another target.
    #[serde(default)]
    pub on_change: OnChange,
    /// Whether a clock that is attached later counts the past of the request.
    #[serde(default = "yes")]
    pub retroactive: bool,
    /// The least share of requests for which it is to be met, in basis points; that of the agreement when absent.
    #[serde(default)]
    pub compliance_min_bp: Option<u16>,
    /// Whether a request complies only when this target is met.
    #[serde(default = "yes")]
    pub obligatory: bool,
}

fn yes() -> bool {
    true
}

/// What starts and stops a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum TargetKind {
    /// Until service and category are fixed.
    Classification,
    /// Until somebody answers the requester, or the request is done.
    FirstResponse,
    /// From the oldest message of the requester that nobody answered, until somebody does.
    NextResponse {
        /// Whether it runs before the first answer as well.
        #[serde(default)]
        before_first_response: bool,
    },
    /// From each answer to the next one.
    PeriodicUpdate,
    /// Until the request is done.
    Resolution {
        /// What becomes of it when the request is reopened.
        #[serde(default)]
        on_reopen: OnReopen,
    },
    /// While the request is with a line (OLA, внутренний норматив).
    Team {
        /// The line.
        line: LineCode,
        /// What becomes of it when the request comes back.
        #[serde(default)]
        on_return: OnReturn,
    },
    /// While the request is with a line that a supplier works on (UC, договор с поставщиком).
    Supplier {
        /// The line.
        line: LineCode,
        /// What becomes of it when the request comes back.
        #[serde(default)]
        on_return: OnReturn,
    },
    /// By conditions over what happens.
    Custom(Box<CustomClock>),
}

/// Conditions over what happens to a request that move a clock; an absent one never holds.
///
/// After each event an inactive clock starts when `start` holds and neither `stop` nor `cancel` does. An active one is asked
/// to stop, reset, cancel, pause and resume, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomClock {
    /// Starts it.
    pub start: Condition,
    /// Stops it.
    pub stop: Condition,
    /// Ends it and starts it anew.
    #[serde(default)]
    pub reset: Option<Condition>,
    /// Ends it without a verdict.
    #[serde(default)]
    pub cancel: Option<Condition>,
    /// Lets it stand still.
    #[serde(default)]
    pub pause: Option<Condition>,
    /// Lets it go on; it goes on when `pause` no longer holds where this is absent.
    #[serde(default)]
    pub resume: Option<Condition>,
    /// Whether a later event that meets `stop` moves the stop there.
    #[serde(default)]
    pub last_stop_counts: bool,
}

/// How much time there is for some requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmountRule {
    /// The priorities that it is for; any when none is named.
    #[serde(default)]
    pub priorities: Vec<Priority>,
    /// What must hold of the request besides.
    #[serde(default)]
    pub when: Option<Condition>,
    /// How much.
    pub amount: Amount,
}

/// How much time there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Amount {
    /// Working time.
    Working {
        /// How much.
        time: WorkingTime,
    },
    /// Working days, counted from the day after receipt.
    Days {
        /// How many.
        days: i64,
        /// Where on the last of them.
        mode: DayMode,
    },
    /// Up to a time of day: asked before a cut-off on the same working date, else on the next.
    CutOff(CutOff),
    /// Days of the calendar up to the end of the last one, which no pause moves.
    Statutory {
        /// How many.
        days: i64,
    },
    /// A fixed instant, which nothing shifts.
    Fixed {
        /// The instant.
        at: Timestamp,
    },
    /// The instant that a field of the tenant's own names, which nothing shifts; no clock without it.
    FixedBy {
        /// The field, of instants.
        field: FieldCode,
    },
}

impl Amount {
    /// Whether nothing shifts it, so that its clock never pauses.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        match self {
            Self::Working { .. } | Self::Days { .. } | Self::CutOff(_) => false,
            Self::Statutory { .. } | Self::Fixed { .. } | Self::FixedBy { .. } => true,
        }
    }
}

/// Where a deadline lies that falls on a closing time, or into time when nobody works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtClosing {
    /// There: the time is used up.
    #[default]
    Stay,
    /// At the next opening, as some contracts say. What nothing shifts stays where it is.
    NextOpening,
}

impl AtClosing {
    /// Whether it is as usual.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::Stay
    }
}

/// What starts a clock that runs from the beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Starts {
    /// The submission.
    #[default]
    Creation,
    /// The first classification.
    Classification,
    /// The instant that is known of when it happened.
    Occurrence,
    /// The instant that a field of the tenant's own names.
    Field {
        /// The field, of instants.
        field: FieldCode,
    },
}

/// Where a request may stand for a clock to stand still: in a status, or on hold for a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// The status New.
    New,
    /// The status Classified.
    Classified,
    /// The status Assigned.
    Assigned,
    /// The status `InProgress`.
    InProgress,
    /// On hold, whatever for.
    OnHold,
    /// On hold for the requester.
    Requester,
    /// On hold for a third party.
    ThirdParty,
    /// On hold for an approval.
    Approval,
    /// On hold until a date.
    Scheduled,
    /// On hold for another group of the center.
    Internal,
}

/// Something that is noted on the way to a target, and after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Its name, a code: it is noted once in each cycle of a clock.
    pub name: String,
    /// Where it lies.
    pub at: ThresholdAt,
    /// What follows, in order.
    #[serde(default)]
    pub actions: Vec<EscalationAction>,
    /// Until when that makes sense: as long as all of these lie ahead.
    #[serde(default)]
    pub only_if_before: Vec<Before>,
}

impl Threshold {
    /// A threshold from which nothing follows.
    #[must_use]
    pub fn new(name: impl Into<String>, at: ThresholdAt) -> Self {
        Self { name: name.into(), at, actions: Vec::new(), only_if_before: Vec::new() }
    }
}

/// Where a threshold lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ThresholdAt {
    /// At a share of the target.
    Percent {
        /// The share: 80 is four fifths, rounded down to a millisecond.
        percent: u16,
    },
    /// So much working time after the target, or before it when negative.
    After {
        /// How much.
        time: WorkingTime,
    },
}

/// What becomes of a running clock that gets another target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnChange {
    /// The time that was used stays used, as it was measured.
    #[default]
    Carry,
    /// A new cycle begins.
    Restart,
    /// The clock keeps what it had.
    Ignore,
}

/// What becomes of a clock when its request is reopened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnReopen {
    /// It goes on; the time in between does not count.
    #[default]
    Resume,
    /// A new cycle begins.
    Restart,
    /// The first verdict stays.
    Ignore,
}

/// What becomes of the clock of a line to which a request comes back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnReturn {
    /// All stays add up.
    #[default]
    Resume,
    /// A new cycle begins.
    Restart,
}

impl Target {
    /// Whether its clock begins with the submission of a request.
    #[must_use]
    pub fn counts_from_submission(&self) -> bool {
        match self.kind {
            TargetKind::Classification | TargetKind::FirstResponse | TargetKind::Resolution { .. } => {
                self.starts == Starts::Creation
            }
            TargetKind::NextResponse { .. }
            | TargetKind::PeriodicUpdate
            | TargetKind::Team { .. }
            | TargetKind::Supplier { .. }
            | TargetKind::Custom(_) => false,
        }
    }

    /// Finds a threshold.
    #[must_use]
    pub fn threshold(&self, name: &str) -> Option<&Threshold> {
        self.thresholds.iter().find(|threshold| threshold.name == name)
    }

    /// Whether its clock stands still where a request stands.
    #[must_use]
    pub fn pauses(&self, stands: &[Pause]) -> bool {
        match &self.pause_on {
            Some(pauses) => stands.iter().any(|stand| pauses.contains(stand)),
            None => self.kind.pauses_as_usual() && stands.iter().any(|stand| USUAL_PAUSES.contains(stand)),
        }
    }
}

impl TargetKind {
    /// Nobody has told the customer anything before the first response, so waiting for the customer does not stop it.
    fn pauses_as_usual(&self) -> bool {
        match self {
            Self::PeriodicUpdate | Self::Resolution { .. } | Self::Team { .. } | Self::Supplier { .. } => {
                true
            }
            Self::Classification | Self::FirstResponse | Self::NextResponse { .. } | Self::Custom(_) => false,
        }
    }

    /// The line whose time is measured, of an internal target.
    #[must_use]
    pub fn line(&self) -> Option<&LineCode> {
        match self {
            Self::Team { line, .. } | Self::Supplier { line, .. } => Some(line),
            Self::Classification
            | Self::FirstResponse
            | Self::NextResponse { .. }
            | Self::PeriodicUpdate
            | Self::Resolution { .. }
            | Self::Custom(_) => None,
        }
    }
}

/// What is nobody's fault inside the center.
const USUAL_PAUSES: [Pause; 4] = [Pause::Requester, Pause::ThirdParty, Pause::Approval, Pause::Scheduled];
