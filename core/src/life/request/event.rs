use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::attachment::{Attached, AttachmentId, Scan};
use super::entry::{EntryId, EntryKind, Visibility};
use super::escalation::Escalation;
use super::fields::FieldValue;
use super::hold::Hold;
use super::involvement::CopiedIn;
use super::left::Left;
use super::reason::{CloseReason, ReleaseReason, ResumeReason};
use super::record::{RequestId, SeriesId, Stuck};
use super::status::Status;
use super::tie::{Absorbed, Link, Parent, SplitFrom};
use crate::base::{Channel, Party, Span, Text, Timestamp};
use crate::config::agreement::Choice;
use crate::config::catalog::{
    CategoryCode, FieldCode, Level, LineCode, Priority, PriorityReason, RequestKind, ServiceCode, TagCode,
};
use crate::life::clock::{ClockTick, Rebased};
use crate::life::directory::{EmployeeId, UnitId};
use crate::store::BlobDigest;

/// What happened to a request. Every event that moves the status names the status that it led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RequestEvent {
    /// It was submitted.
    Submitted(Box<Submitted>),
    /// Service and category were fixed.
    Classified {
        /// Where it stands now.
        status: Status,
        /// The service.
        service: ServiceCode,
        /// What it is.
        kind: RequestKind,
        /// How confidential it is.
        confidentiality: u8,
        /// The category.
        category: Option<CategoryCode>,
        /// Whether its operator may still work on it and keeps it.
        keeps_operator: bool,
    },
    /// Impact and urgency were fixed.
    Prioritized {
        /// The impact.
        impact: Level,
        /// The urgency.
        urgency: Level,
        /// The priority that follows.
        priority: Priority,
        /// Why.
        reason: PriorityReason,
    },
    /// An escalation raised its priority.
    PriorityRaised {
        /// What it was before.
        from: Priority,
        /// What it is now.
        priority: Priority,
    },
    /// It was handed to a line.
    Moved {
        /// Where it stands now.
        status: Status,
        /// The line that had it.
        from: LineCode,
        /// The line that has it.
        to: LineCode,
        /// Whether its operator works there as well and keeps it.
        keeps_operator: bool,
    },
    /// It was given to an operator.
    Assigned {
        /// Where it stands now.
        status: Status,
        /// The operator.
        operator: EmployeeId,
    },
    /// An operator took it.
    Claimed {
        /// Where it stands now.
        status: Status,
        /// The operator.
        operator: EmployeeId,
    },
    /// It was given back to its line.
    Released {
        /// Where it stands now.
        status: Status,
        /// Why.
        reason: ReleaseReason,
    },
    /// Work began.
    Started,
    /// It was put on hold, or the hold changed.
    Held {
        /// The hold.
        hold: Hold,
    },
    /// The hold ended.
    Resumed {
        /// Where it stands now.
        status: Status,
        /// Why.
        reason: ResumeReason,
    },
    /// It was resolved.
    Resolved {
        /// The resolution code.
        code: String,
        /// When it closes by itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        closes_at: Option<Timestamp>,
    },
    /// The resolution was amended.
    ResolutionAmended {
        /// The resolution code.
        code: String,
        /// When it closes by itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        closes_at: Option<Timestamp>,
    },
    /// It was closed.
    Closed {
        /// Why.
        reason: CloseReason,
    },
    /// The closing was amended.
    ClosingAmended {
        /// Why it was closed.
        reason: String,
    },
    /// It was taken up again.
    Reopened {
        /// Where it stood.
        from: Status,
        /// Where it stands now.
        status: Status,
    },
    /// It was withdrawn.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// It was rejected.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Somebody wrote something.
    Written {
        /// The entry.
        entry: EntryId,
        /// What it is.
        kind: EntryKind,
        /// When the request closes by itself now, if the writing ended a silence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        closes_at: Option<Timestamp>,
        /// Whether a program wrote it, and nobody behind it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        automatic: bool,
    },
    /// Other fields changed.
    FieldsChanged(FieldChanges),
    /// Somebody was copied in, or what they may do changed.
    CopiedIn {
        /// Who, and what they may do.
        copied: CopiedIn,
    },
    /// Somebody is no longer copied in.
    CopiedOut {
        /// Who.
        party: Party,
    },
    /// Somebody watches it.
    Watched {
        /// Who.
        party: Party,
    },
    /// Somebody no longer watches it.
    Unwatched {
        /// Who.
        party: Party,
    },
    /// A file was attached.
    Attached(Box<Attached>),
    /// An attachment was scanned, or its scan was asked for or failed.
    AttachmentScanned {
        /// The attachment.
        attachment: AttachmentId,
        /// How far the search for malware is.
        scan: Scan,
    },
    /// An attachment was removed.
    AttachmentRemoved {
        /// The attachment.
        attachment: AttachmentId,
        /// How many bytes it had.
        bytes: u64,
        /// Who saw it.
        visibility: Visibility,
    },
    /// A timer or effect keeps failing and was put aside.
    Parked {
        /// What.
        stuck: Stuck,
    },
    /// It left for the archive, or its bundle was written anew.
    Archived {
        /// Under which digest the bundle lies in the blob store.
        bundle: BlobDigest,
        /// How many bytes it has.
        bytes: u64,
    },
    /// Personal values of it, or of what belongs to it, were erased.
    Erased {
        /// The attachment whose bytes went, when it was about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attachment: Option<AttachmentId>,
        /// What is left: the event's content, and nothing once it was erased again.
        #[serde(skip)]
        left: Option<Box<Left>>,
    },
    /// What was put aside was set going again.
    Retried {
        /// The item.
        key: Uuid,
    },
    /// An entry was edited.
    EntryEdited {
        /// The entry.
        entry: EntryId,
        /// What it is.
        kind: EntryKind,
        /// The number of the revision that keeps the former text.
        revision: u32,
    },
    /// An entry was blanked, or passages of it.
    EntryRedacted {
        /// The entry.
        entry: EntryId,
        /// What it is.
        kind: EntryKind,
        /// Whether nothing of it is left.
        whole: bool,
        /// Why.
        reason: String,
    },
    /// A tag was put on it.
    Tagged {
        /// The tag.
        tag: TagCode,
    },
    /// A tag was taken off it.
    Untagged {
        /// The tag.
        tag: TagCode,
    },
    /// Somebody spent time on it.
    WorkLogged {
        /// The entry that says on what.
        entry: EntryId,
        /// How long.
        spent: Span,
        /// When.
        at: Timestamp,
    },
    /// Logged work no longer counts.
    WorkRetracted {
        /// The entry that logged it.
        entry: EntryId,
        /// How long it was.
        spent: Span,
    },
    /// The requester rated how it was served, or changed the rating.
    Rated {
        /// From 1, the worst, to 5.
        score: u8,
    },
    /// Fields of the tenant's own were set or cleared; those that are private are the event's content.
    ValuesSet {
        /// The fields, and their values unless they were cleared.
        values: BTreeMap<FieldCode, Option<FieldValue>>,
    },
    /// It went on in another one.
    MergedInto {
        /// The master.
        master: RequestId,
    },
    /// It was taken out of its master.
    Unmerged {
        /// The master that it had.
        master: RequestId,
        /// Where it stands now.
        status: Status,
        /// When it closes by itself.
        #[serde(skip_serializing_if = "Option::is_none")]
        closes_at: Option<Timestamp>,
    },
    /// Another one went on in it.
    Absorbed {
        /// The other one, and those that had gone on in that one.
        absorbed: Vec<Absorbed>,
    },
    /// What went on in it was taken out.
    GaveBack {
        /// The other one, and those that it had brought along.
        request: RequestId,
    },
    /// It was linked.
    Linked {
        /// The link.
        link: Link,
    },
    /// A link ended.
    Unlinked {
        /// The link.
        link: Link,
    },
    /// It became a child, or what its parent's end does to it changed.
    ParentJoined {
        /// The parent.
        parent: Parent,
    },
    /// It is no longer a child.
    ParentLeft {
        /// The parent that it had.
        parent: RequestId,
    },
    /// It got a child.
    ChildJoined {
        /// The child.
        child: RequestId,
    },
    /// It lost a child.
    ChildLeft {
        /// The child.
        child: RequestId,
    },
    /// It begins with a copy of an entry of another one.
    SplitFrom {
        /// Where it was split off.
        from: SplitFrom,
        /// The copy.
        entry: EntryId,
        /// What the copy is.
        kind: EntryKind,
    },
    /// A new one was split off.
    SplitOff {
        /// The new one.
        request: RequestId,
        /// The entry that it begins with.
        entry: EntryId,
    },
    /// It was declared a major incident.
    DeclaredMajor {
        /// By whom.
        by: Party,
    },
    /// It is no longer a major incident.
    Demoted,
    /// The agreement that it is served by was chosen, or none fits any more.
    AgreementChosen {
        /// Which one, and why.
        choice: Option<Choice>,
    },
    /// It was held against a changed agreement, calendar or release of zone data.
    Rebased(Box<Rebased>),
    /// Its clocks moved.
    Clocked {
        /// What they did, in order.
        ticks: Vec<ClockTick>,
    },
    /// A threshold was reached from which something follows.
    Escalated(Box<Escalation>),
    /// A child did not follow.
    FollowRefused {
        /// The child.
        child: RequestId,
        /// The code of the rule that refused it.
        rule: String,
    },
}

/// What was known when a request was submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// Its id.
    pub id: RequestId,
    /// Its human number.
    pub number: String,
    /// What it is.
    pub kind: RequestKind,
    /// The service.
    pub service: ServiceCode,
    /// How confidential it is.
    pub confidentiality: u8,
    /// The subject: the event's content.
    #[serde(skip)]
    pub subject: Text,
    /// Who asks.
    pub requester: Party,
    /// Whom it concerns, when somebody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Party>,
    /// The customer unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// By which channel it came.
    pub channel: Channel,
    /// The category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryCode>,
    /// The impact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact: Option<Level>,
    /// The urgency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Level>,
    /// The priority.
    pub priority: Priority,
    /// Why it has this priority.
    pub priority_reason: PriorityReason,
    /// The line.
    pub line: LineCode,
    /// When what it is about happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// The series that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<SeriesId>,
}

/// Fields to change; those that are absent stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FieldChanges {
    /// The subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Text>,
    /// When what it is about happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// The customer unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
}
