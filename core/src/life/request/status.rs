use serde::{Deserialize, Serialize};

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Submitted; nobody has looked at it.
    New,
    /// Service and category are fixed.
    Classified,
    /// An operator has it.
    Assigned,
    /// It is worked on.
    InProgress,
    /// It waits for somebody or something.
    OnHold,
    /// The work is done; the requester has not confirmed.
    Resolved,
    /// It is finished.
    Closed,
    /// It was withdrawn.
    Cancelled,
    /// The center does not take it up.
    Rejected,
    /// It went on in another request.
    Merged,
}

impl Status {
    /// Every status, in the order of a life.
    pub const ALL: [Self; 10] = [
        Self::New,
        Self::Classified,
        Self::Assigned,
        Self::InProgress,
        Self::OnHold,
        Self::Resolved,
        Self::Closed,
        Self::Cancelled,
        Self::Rejected,
        Self::Merged,
    ];

    /// The codes of every status, in the same order.
    pub const CODES: &'static [&'static str] = &[
        "new",
        "classified",
        "assigned",
        "in_progress",
        "on_hold",
        "resolved",
        "closed",
        "cancelled",
        "rejected",
        "merged",
    ];

    /// The status's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Classified => "classified",
            Self::Assigned => "assigned",
            Self::InProgress => "in_progress",
            Self::OnHold => "on_hold",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
            Self::Rejected => "rejected",
            Self::Merged => "merged",
        }
    }

    /// Whether the center still owes work: New to OnHold.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::New | Self::Classified | Self::Assigned | Self::InProgress | Self::OnHold => true,
            Self::Resolved | Self::Closed | Self::Cancelled | Self::Rejected | Self::Merged => false,
        }
    }

    /// Whether something may still happen by itself: everything but Closed, Cancelled, Rejected and Merged.
    #[must_use]
    pub fn is_active(self) -> bool {
        self.is_open() || self == Self::Resolved
    }
}

/// A step that a request can be asked to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Fix service and category, for the first time or anew.
    Classify,
    /// Fix impact and urgency.
    Prioritize,
    /// Hand to a line.
    Move,
    /// Give to an operator.
    Assign,
    /// Take.
    Claim,
    /// Give back to the line.
    Release,
    /// Begin work.
    Start,
    /// Put on hold, or change the reason of a hold.
    Hold,
    /// End a hold.
    Resume,
    /// Resolve.
    Resolve,
    /// Amend the resolution, or the closing.
    Amend,
    /// Confirm the resolution.
    Confirm,
    /// Close.
    Close,
    /// Close after silence.
    CloseBySilence,
    /// Take up again.
    Reopen,
    /// Withdraw.
    Cancel,
    /// Reject.
    Reject,
    /// Write as the requester.
    Reply,
    /// Write to the requester.
    Answer,
    /// Write an internal note.
    Note,
    /// Change other fields.
    ChangeFields,
    /// Copy somebody in or out.
    CopyIn,
    /// Attach a file.
    Attach,
    /// Watch, or watch no longer.
    Watch,
    /// Edit an entry.
    Edit,
    /// Blank an entry, or passages of it.
    Redact,
    /// Put a tag on, or take one off.
    Tag,
    /// Log work, or retract it.
    LogWork,
    /// Rate how it was served.
    Rate,
    /// Let go on in another request.
    Merge,
    /// Take out of the other request again.
    Unmerge,
    /// Split a new request off.
    Split,
    /// Link with other requests, join a parent, or end that.
    Link,
    /// Declare a major incident, or demote it.
    DeclareMajor,
    /// Answer the requesters of the children as well.
    Broadcast,
}

impl Verb {
    /// Every verb.
    pub const ALL: [Self; 35] = [
        Self::Classify,
        Self::Prioritize,
        Self::Move,
        Self::Assign,
        Self::Claim,
        Self::Release,
        Self::Start,
        Self::Hold,
        Self::Resume,
        Self::Resolve,
        Self::Amend,
        Self::Confirm,
        Self::Close,
        Self::CloseBySilence,
        Self::Reopen,
        Self::Cancel,
        Self::Reject,
        Self::Reply,
        Self::Answer,
        Self::Note,
        Self::ChangeFields,
        Self::CopyIn,
        Self::Attach,
        Self::Watch,
        Self::Edit,
        Self::Redact,
        Self::Tag,
        Self::LogWork,
        Self::Rate,
        Self::Merge,
        Self::Unmerge,
        Self::Split,
        Self::Link,
        Self::DeclareMajor,
        Self::Broadcast,
    ];

    /// The verb's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Classify => "classify",
            Self::Prioritize => "prioritize",
            Self::Move => "move",
            Self::Assign => "assign",
            Self::Claim => "claim",
            Self::Release => "release",
            Self::Start => "start",
            Self::Hold => "hold",
            Self::Resume => "resume",
            Self::Resolve => "resolve",
            Self::Amend => "amend",
            Self::Confirm => "confirm",
            Self::Close => "close",
            Self::CloseBySilence => "close_by_silence",
            Self::Reopen => "reopen",
            Self::Cancel => "cancel",
            Self::Reject => "reject",
            Self::Reply => "reply",
            Self::Answer => "answer",
            Self::Note => "note",
            Self::ChangeFields => "change_fields",
            Self::CopyIn => "copy_in",
            Self::Attach => "attach",
            Self::Watch => "watch",
            Self::Edit => "edit",
            Self::Redact => "redact",
            Self::Tag => "tag",
            Self::LogWork => "log_work",
            Self::Rate => "rate",
            Self::Merge => "merge",
            Self::Unmerge => "unmerge",
            Self::Split => "split",
            Self::Link => "link",
            Self::DeclareMajor => "declare_major",
            Self::Broadcast => "broadcast",
        }
    }

    /// The statuses to which the step can lead from a status.
    pub fn targets(self, from: Status) -> impl Iterator<Item = Status> {
        ARROWS.iter().filter(move |arrow| arrow.0 == from && arrow.1 == self).map(|arrow| arrow.2)
    }
}

/// A step of the life cycle: from a status, by a verb, to a status.
pub type Arrow = (Status, Verb, Status);

/// The life cycle: every step there is.
pub const ARROWS: &[Arrow] = {
    use Status::{
        Assigned, Cancelled, Classified, Closed, InProgress, Merged, New, OnHold, Rejected, Resolved,
    };
    &[
        (New, Verb::Classify, Classified),
        (Classified, Verb::Classify, Classified),
        (Assigned, Verb::Classify, Assigned),
        // The operator may not see the new service.
        (Assigned, Verb::Classify, Classified),
        (InProgress, Verb::Classify, InProgress),
        (OnHold, Verb::Classify, OnHold),
        (Resolved, Verb::Classify, Resolved),
        (Closed, Verb::Classify, Closed),
        (New, Verb::Prioritize, New),
        (Classified, Verb::Prioritize, Classified),
        (Assigned, Verb::Prioritize, Assigned),
        (InProgress, Verb::Prioritize, InProgress),
        (OnHold, Verb::Prioritize, OnHold),
        (Resolved, Verb::Prioritize, Resolved),
        (Closed, Verb::Prioritize, Closed),
        (New, Verb::Move, New),
        (Classified, Verb::Move, Classified),
        (Assigned, Verb::Move, Assigned),
        // The operator does not work on the new line.
        (Assigned, Verb::Move, Classified),
        (InProgress, Verb::Move, InProgress),
        (OnHold, Verb::Move, OnHold),
        (Resolved, Verb::Move, Resolved),
        (New, Verb::Assign, Assigned),
        (Classified, Verb::Assign, Assigned),
        (Assigned, Verb::Assign, Assigned),
        (InProgress, Verb::Assign, InProgress),
        (OnHold, Verb::Assign, OnHold),
        (Resolved, Verb::Assign, Resolved),
        (New, Verb::Claim, Assigned),
        (Classified, Verb::Claim, Assigned),
        (InProgress, Verb::Claim, InProgress),
        (OnHold, Verb::Claim, OnHold),
        (Resolved, Verb::Claim, Resolved),
        (Assigned, Verb::Release, Classified),
        (InProgress, Verb::Release, InProgress),
        (OnHold, Verb::Release, OnHold),
        (Resolved, Verb::Release, Resolved),
        (New, Verb::Start, InProgress),
        (Classified, Verb::Start, InProgress),
        (Assigned, Verb::Start, InProgress),
        (New, Verb::Hold, OnHold),
        (Classified, Verb::Hold, OnHold),
        (Assigned, Verb::Hold, OnHold),
        (InProgress, Verb::Hold, OnHold),
        (OnHold, Verb::Hold, OnHold),
        // Back to where it was before the hold.
        (OnHold, Verb::Resume, New),
        (OnHold, Verb::Resume, Classified),
        (OnHold, Verb::Resume, Assigned),
        (OnHold, Verb::Resume, InProgress),
        (New, Verb::Resolve, Resolved),
        (Classified, Verb::Resolve, Resolved),
        (Assigned, Verb::Resolve, Resolved),
        (InProgress, Verb::Resolve, Resolved),
        (OnHold, Verb::Resolve, Resolved),
        (Resolved, Verb::Amend, Resolved),
        (Closed, Verb::Amend, Closed),
        (Resolved, Verb::Confirm, Closed),
        (New, Verb::Close, Closed),
        (Classified, Verb::Close, Closed),
        (Assigned, Verb::Close, Closed),
        (InProgress, Verb::Close, Closed),
        (OnHold, Verb::Close, Closed),
        (Resolved, Verb::Close, Closed),
        (Resolved, Verb::CloseBySilence, Closed),
        (Resolved, Verb::Reopen, InProgress),
        (Resolved, Verb::Reopen, OnHold),
        (Closed, Verb::Reopen, InProgress),
        (Closed, Verb::Reopen, OnHold),
        (New, Verb::Cancel, Cancelled),
        (Classified, Verb::Cancel, Cancelled),
        (Assigned, Verb::Cancel, Cancelled),
        (InProgress, Verb::Cancel, Cancelled),
        (OnHold, Verb::Cancel, Cancelled),
        (New, Verb::Reject, Rejected),
        (Classified, Verb::Reject, Rejected),
        (New, Verb::Reply, New),
        (Classified, Verb::Reply, Classified),
        (Assigned, Verb::Reply, Assigned),
        (InProgress, Verb::Reply, InProgress),
        (OnHold, Verb::Reply, OnHold),
        // The hold waited for the reply.
        (OnHold, Verb::Reply, New),
        (OnHold, Verb::Reply, Classified),
        (OnHold, Verb::Reply, Assigned),
        (OnHold, Verb::Reply, InProgress),
        (Resolved, Verb::Reply, Resolved),
        // The service says that a reply reopens.
        (Resolved, Verb::Reply, InProgress),
        (New, Verb::Answer, New),
        (Classified, Verb::Answer, Classified),
        (Assigned, Verb::Answer, Assigned),
        (InProgress, Verb::Answer, InProgress),
        (OnHold, Verb::Answer, OnHold),
        (Resolved, Verb::Answer, Resolved),
        (Closed, Verb::Answer, Closed),
        (New, Verb::Note, New),
        (Classified, Verb::Note, Classified),
        (Assigned, Verb::Note, Assigned),
        (InProgress, Verb::Note, InProgress),
        (OnHold, Verb::Note, OnHold),
        (Resolved, Verb::Note, Resolved),
        (Closed, Verb::Note, Closed),
        (Status::Cancelled, Verb::Note, Cancelled),
        (Status::Rejected, Verb::Note, Rejected),
        (New, Verb::ChangeFields, New),
        (Classified, Verb::ChangeFields, Classified),
        (Assigned, Verb::ChangeFields, Assigned),
        (InProgress, Verb::ChangeFields, InProgress),
        (OnHold, Verb::ChangeFields, OnHold),
        (Resolved, Verb::ChangeFields, Resolved),
        (Closed, Verb::ChangeFields, Closed),
        (New, Verb::CopyIn, New),
        (Classified, Verb::CopyIn, Classified),
        (Assigned, Verb::CopyIn, Assigned),
        (InProgress, Verb::CopyIn, InProgress),
        (OnHold, Verb::CopyIn, OnHold),
        (Resolved, Verb::CopyIn, Resolved),
        (Closed, Verb::CopyIn, Closed),
        (New, Verb::Attach, New),
        (Classified, Verb::Attach, Classified),
        (Assigned, Verb::Attach, Assigned),
        (InProgress, Verb::Attach, InProgress),
        (OnHold, Verb::Attach, OnHold),
        (Resolved, Verb::Attach, Resolved),
        (New, Verb::Watch, New),
        (Classified, Verb::Watch, Classified),
        (Assigned, Verb::Watch, Assigned),
        (InProgress, Verb::Watch, InProgress),
        (OnHold, Verb::Watch, OnHold),
        (Resolved, Verb::Watch, Resolved),
        (Closed, Verb::Watch, Closed),
        (New, Verb::Edit, New),
        (Classified, Verb::Edit, Classified),
        (Assigned, Verb::Edit, Assigned),
        (InProgress, Verb::Edit, InProgress),
        (OnHold, Verb::Edit, OnHold),
        (Resolved, Verb::Edit, Resolved),
        (Closed, Verb::Edit, Closed),
        (New, Verb::Redact, New),
        (Classified, Verb::Redact, Classified),
        (Assigned, Verb::Redact, Assigned),
        (InProgress, Verb::Redact, InProgress),
        (OnHold, Verb::Redact, OnHold),
        (Resolved, Verb::Redact, Resolved),
        (Closed, Verb::Redact, Closed),
        (Cancelled, Verb::Redact, Cancelled),
        (Rejected, Verb::Redact, Rejected),
        (Merged, Verb::Redact, Merged),
        (New, Verb::Tag, New),
        (Classified, Verb::Tag, Classified),
        (Assigned, Verb::Tag, Assigned),
        (InProgress, Verb::Tag, InProgress),
        (OnHold, Verb::Tag, OnHold),
        (Resolved, Verb::Tag, Resolved),
        (Closed, Verb::Tag, Closed),
        (New, Verb::LogWork, New),
        (Classified, Verb::LogWork, Classified),
        (Assigned, Verb::LogWork, Assigned),
        (InProgress, Verb::LogWork, InProgress),
        (OnHold, Verb::LogWork, OnHold),
        (Resolved, Verb::LogWork, Resolved),
        (Closed, Verb::LogWork, Closed),
        (Cancelled, Verb::LogWork, Cancelled),
        (Rejected, Verb::LogWork, Rejected),
        (Resolved, Verb::Rate, Resolved),
        (Closed, Verb::Rate, Closed),
        (New, Verb::Merge, Merged),
        (Classified, Verb::Merge, Merged),
        (Assigned, Verb::Merge, Merged),
        (InProgress, Verb::Merge, Merged),
        (OnHold, Verb::Merge, Merged),
        (Resolved, Verb::Merge, Merged),
        // Back to where it was; a hold whose date has passed ends.
        (Merged, Verb::Unmerge, New),
        (Merged, Verb::Unmerge, Classified),
        (Merged, Verb::Unmerge, Assigned),
        (Merged, Verb::Unmerge, InProgress),
        (Merged, Verb::Unmerge, OnHold),
        (Merged, Verb::Unmerge, Resolved),
        (New, Verb::Split, New),
        (Classified, Verb::Split, Classified),
        (Assigned, Verb::Split, Assigned),
        (InProgress, Verb::Split, InProgress),
        (OnHold, Verb::Split, OnHold),
        (Resolved, Verb::Split, Resolved),
        (Closed, Verb::Split, Closed),
        (New, Verb::Link, New),
        (Classified, Verb::Link, Classified),
        (Assigned, Verb::Link, Assigned),
        (InProgress, Verb::Link, InProgress),
        (OnHold, Verb::Link, OnHold),
        (Resolved, Verb::Link, Resolved),
        (Closed, Verb::Link, Closed),
        (Cancelled, Verb::Link, Cancelled),
        (Rejected, Verb::Link, Rejected),
        (New, Verb::DeclareMajor, New),
        (Classified, Verb::DeclareMajor, Classified),
        (Assigned, Verb::DeclareMajor, Assigned),
        (InProgress, Verb::DeclareMajor, InProgress),
        (OnHold, Verb::DeclareMajor, OnHold),
        (Resolved, Verb::DeclareMajor, Resolved),
        (New, Verb::Broadcast, New),
        (Classified, Verb::Broadcast, Classified),
        (Assigned, Verb::Broadcast, Assigned),
        (InProgress, Verb::Broadcast, InProgress),
        (OnHold, Verb::Broadcast, OnHold),
        (Resolved, Verb::Broadcast, Resolved),
    ]
};
