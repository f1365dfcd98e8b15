use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::attachment::{AttachmentId, ScanVerdict};
use super::entry::{EntryId, EntryKind, Visibility};
use super::event::FieldChanges;
use super::fields::Values;
use super::hold::{HoldReason, Release};
use super::involvement::CopyAccess;
use super::record::{Request, RequestId};
pub use super::submission::{NewFile, Submit};
use super::tie::LinkKind;
pub use super::wake::Wake;
use crate::base::{Party, Span, Timestamp};
use crate::config::catalog::{
    CategoryCode, Level, LineCode, MacroCode, OnParentEnd, ReplyCode, ServiceCode, TagCode,
};
use crate::life::directory::EmployeeId;

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
    /// Changes what an entry says; the former text is kept as a revision.
    EditEntry {
        /// The entry.
        entry: EntryId,
        /// What it says from now on.
        text: String,
    },
    /// Blanks an entry, or passages of it, in all its revisions as well.
    RedactEntry {
        /// The entry.
        entry: EntryId,
        /// What is blanked.
        what: Redaction,
        /// A code of the reason.
        reason: String,
    },
    /// Keeps what the actor has written so far, in the place of an earlier draft of the kind.
    SaveDraft {
        /// What it is going to be.
        kind: EntryKind,
        /// The text so far.
        text: String,
    },
    /// Discards a draft of the actor.
    DiscardDraft {
        /// What it was going to be.
        kind: EntryKind,
    },
    /// Puts a tag on the request.
    Tag {
        /// The tag.
        tag: TagCode,
    },
    /// Takes a tag off the request.
    Untag {
        /// The tag.
        tag: TagCode,
    },
    /// Logs work on the request.
    LogWork(LogWork),
    /// Retracts work that was logged: it no longer counts.
    RetractWork {
        /// The entry that logged it.
        entry: EntryId,
    },
    /// Rates how the request was served, or changes the rating.
    Rate {
        /// From 1, the worst, to 5.
        score: u8,
        /// What the requester says beside it; it may be empty.
        comment: String,
    },
    /// Sets or clears fields of the tenant's own.
    SetFields {
        /// The fields and their values; none clears one.
        values: Values,
    },
    /// Writes a canned reply to the requester.
    AnswerWith {
        /// The reply.
        reply: ReplyCode,
        /// The language; one of the requester's when absent.
        #[serde(default)]
        language: Option<String>,
    },
    /// Runs a macro: all its steps, or none.
    Run {
        /// The macro.
        code: MacroCode,
    },
    /// Lets the request go on in another one, its master.
    Merge {
        /// The master.
        into: RequestId,
        /// What its requester and recipient may do there; they are not copied in when absent.
        #[serde(default = "may_view")]
        requester: Option<CopyAccess>,
        /// Whether the clocks of the master count from the earlier of both submissions.
        #[serde(default)]
        earliest: bool,
    },
    /// Takes the request out of its master again, with everything that came along.
    Unmerge,
    /// Submits a new request that begins with an entry of this one.
    Split {
        /// The entry.
        entry: EntryId,
        /// The new request, without a text of its own; for whom wrote the entry when no requester is named.
        submit: Box<Submit>,
    },
    /// Links the request with another one.
    Link {
        /// What it is to the other one.
        kind: LinkKind,
        /// The other one.
        to: RequestId,
    },
    /// Ends a link.
    Unlink {
        /// What it is to the other one.
        kind: LinkKind,
        /// The other one.
        to: RequestId,
    },
    /// Makes the request a child of another one, or says anew what the parent's end does to it.
    JoinParent {
        /// The parent.
        parent: RequestId,
        /// What its end does to the child; as its service says when absent.
        #[serde(default)]
        on_end: Option<OnParentEnd>,
    },
    /// Makes the request nobody's child.
    LeaveParent,
    /// Declares the incident a major one: its children follow it.
    DeclareMajor,
    /// Says that the incident is no longer a major one.
    Demote,
    /// Answers the requester of a major incident and those of its open children.
    Broadcast(Message),
    /// Does to a child what was done to its parent.
    FollowParent {
        /// The parent.
        parent: RequestId,
        /// What.
        follow: ForChildren,
    },
    /// Notes that a child did not follow.
    NoteFollowRefused {
        /// The child.
        child: RequestId,
        /// The code of the rule that refused it.
        rule: String,
    },
}

/// What is blanked in an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Redaction {
    /// Everything.
    Whole,
    /// Passages, wherever they stand.
    Passages {
        /// The passages, as they are written.
        passages: Vec<String>,
    },
}

/// Work to log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogWork {
    /// How long it took: from [`WORK_SPENT_MIN`](crate::base::limits::WORK_SPENT_MIN) to
    /// [`WORK_SPENT_MAX`](crate::base::limits::WORK_SPENT_MAX).
    pub spent: Span,
    /// When it was done; now when absent.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// What was done, for colleagues; it may be empty.
    #[serde(default)]
    pub text: String,
}

fn may_view() -> Option<CopyAccess> {
    Some(CopyAccess::View)
}

/// What is done to the open children of a request. Texts stand in an entry of the parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ForChildren {
    /// Those that follow are resolved.
    Resolve {
        /// The resolution code.
        code: String,
        /// The entry that says what was done.
        entry: Option<EntryId>,
        /// The policy of children that say nothing themselves.
        declared: OnParentEnd,
    },
    /// Those that follow are closed.
    Close {
        /// Why.
        reason: String,
        /// The policy of children that say nothing themselves.
        declared: OnParentEnd,
    },
    /// The requester of each is answered.
    Broadcast {
        /// The answer.
        entry: EntryId,
    },
}

impl ForChildren {
    /// Whether it is about a request.
    pub(crate) fn concerns(&self, parent: RequestId, child: &Request) -> bool {
        match self {
            Self::Resolve { declared, .. } | Self::Close { declared, .. } => child.follows(parent, *declared),
            Self::Broadcast { .. } => {
                child.status.is_open() && child.parent.is_some_and(|own| own.request == parent)
            }
        }
    }

    /// The entry of the parent that holds the text.
    pub(crate) fn entry(&self) -> Option<EntryId> {
        match self {
            Self::Resolve { entry, .. } => *entry,
            Self::Close { .. } => None,
            Self::Broadcast { entry } => Some(*entry),
        }
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
    /// The employees who are told that they are mentioned; each has to be able to read it. Only who sees a request as
    /// an operator mentions anybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<EmployeeId>,
    /// Whether it was written as a draft, which goes when the message is sent.
    #[serde(default)]
    pub from_draft: bool,
}

impl<T: Into<String>> From<T> for Message {
    fn from(text: T) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
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
