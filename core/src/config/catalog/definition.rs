use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::field::FieldDefinition;
use super::macros::Macro;
use super::priority::PriorityMatrix;
use super::reply::CannedReply;
use super::role::Role;
use crate::base::Span;
use crate::config::agreement::{Agreement, CalendarCode};
use crate::config::calendar::CalendarDefinition;

crate::code! {
    /// The code of a service.
    ServiceCode
}

crate::code! {
    /// The code of a category.
    CategoryCode
}

crate::code! {
    /// The code of a line.
    LineCode
}

crate::code! {
    /// A tag (метка): a word that operators put on requests to find them again.
    TagCode
}

/// The catalog of a tenant (каталог услуг): what the center offers, who takes it up, and by which rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The services.
    pub services: Vec<Service>,
    /// The categories, a forest.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// The lines.
    pub lines: Vec<Line>,
    /// The line that looks after what the engine could not carry out.
    pub administrators: LineCode,
    /// Priority by impact and urgency.
    #[serde(default)]
    pub priorities: PriorityMatrix,
    /// Who may do what.
    #[serde(default = "Role::defaults")]
    pub roles: Vec<Role>,
    /// Who is told of what.
    #[serde(default)]
    pub notifications: Vec<Notification>,
    /// Whether attachments are scanned for malware before requesters get them. A desk with a scanner does so in any case.
    #[serde(default)]
    pub scan_attachments: bool,
    /// The fields of the tenant's own.
    #[serde(default)]
    pub fields: Vec<FieldDefinition>,
    /// The canned replies.
    #[serde(default)]
    pub replies: Vec<CannedReply>,
    /// The macros.
    #[serde(default)]
    pub macros: Vec<Macro>,
    /// The calendars that agreements name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calendars: BTreeMap<CalendarCode, CalendarDefinition>,
    /// The agreements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agreements: Vec<Agreement>,
}

/// A service (услуга): a described result, delivered on request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its code.
    pub code: ServiceCode,
    /// Its name.
    pub name: String,
    /// What its requests are.
    #[serde(default)]
    pub kind: RequestKind,
    /// What its request numbers begin with: `IT` gives `IT-000123`. Services may share a prefix.
    pub prefix: String,
    /// The line that takes its requests up when nothing else decides.
    pub line: LineCode,
    /// How confidential its requests are: a grant up to a lower level does not show them.
    #[serde(default)]
    pub confidentiality: u8,
    /// Whether a reply of the requester to a resolved request reopens it.
    #[serde(default = "yes")]
    pub reopen_on_reply: bool,
    /// How long after resolution or closing a request may be reopened; without end when absent.
    #[serde(default)]
    pub reopen_within: Option<Span>,
    /// After which silence a resolved request closes by itself; never when absent.
    #[serde(default)]
    pub close_after: Option<Span>,
    /// How long after writing an entry its author may edit it; not at all when absent.
    #[serde(default)]
    pub edit_within: Option<Span>,
    /// How long after the first rating it may be changed.
    #[serde(default = "week")]
    pub rating_window: Span,
    /// What the end of one of its requests does to the children, where a child says nothing itself.
    #[serde(default)]
    pub children: OnParentEnd,
}

fn yes() -> bool {
    true
}

fn week() -> Span {
    Span::days(7)
}

/// What a request is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// An unplanned interruption or loss of quality (инцидент).
    Incident,
    /// A standard demand from the catalog (запрос на обслуживание).
    #[default]
    ServiceRequest,
    /// Information only (консультация).
    Question,
    /// The cause of incidents (проблема).
    Problem,
    /// Adding, altering or removing something that can affect services (изменение).
    Change,
}

impl RequestKind {
    /// The kind's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::ServiceRequest => "service_request",
            Self::Question => "question",
            Self::Problem => "problem",
            Self::Change => "change",
        }
    }
}

/// What the end of a request does to the requests that are its children.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnParentEnd {
    /// They stay as they are.
    #[default]
    Leave,
    /// Open ones are resolved or closed as the parent was, with the same code and text.
    Follow,
    /// The parent is neither resolved nor closed by anybody while one of them is open.
    Refuse,
}

impl OnParentEnd {
    /// The policy's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Leave => "leave",
            Self::Follow => "follow",
            Self::Refuse => "refuse",
        }
    }
}

/// A category (категория): a place in the tree by which requests are classified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its code.
    pub code: CategoryCode,
    /// Its name.
    pub name: String,
    /// The category that it belongs to.
    #[serde(default)]
    pub parent: Option<CategoryCode>,
}

/// A line (линия поддержки): the operators who take up requests together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Its code.
    pub code: LineCode,
    /// Its name.
    pub name: String,
    /// Its tiers, from generalists to experts: at least one.
    #[serde(default = "one")]
    pub tiers: u8,
    /// Up to which confidentiality its members see requests.
    #[serde(default)]
    pub confidentiality: u8,
    /// When its members are at work; whoever is told of an escalation is told then.
    #[serde(default)]
    pub calendar: Option<CalendarCode>,
    /// The line of the next tier, to which an escalation hands its requests.
    #[serde(default)]
    pub next: Option<LineCode>,
}

fn one() -> u8 {
    1
}

/// Says who is told when something happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// The name of the event, such as `resolved`.
    pub on: String,
    /// Who is told.
    pub to: Recipient,
}

/// The names of everything that can happen to a request.
pub const REQUEST_EVENTS: &[&str] = &[
    "submitted",
    "classified",
    "prioritized",
    "priority_raised",
    "moved",
    "assigned",
    "claimed",
    "released",
    "started",
    "held",
    "resumed",
    "resolved",
    "resolution_amended",
    "closed",
    "closing_amended",
    "reopened",
    "cancelled",
    "rejected",
    "written",
    "fields_changed",
    "copied_in",
    "copied_out",
    "watched",
    "unwatched",
    "attached",
    "attachment_scanned",
    "attachment_removed",
    "parked",
    "retried",
    "entry_edited",
    "entry_redacted",
    "tagged",
    "untagged",
    "work_logged",
    "work_retracted",
    "rated",
    "values_set",
    "merged_into",
    "unmerged",
    "absorbed",
    "gave_back",
    "linked",
    "unlinked",
    "parent_joined",
    "parent_left",
    "child_joined",
    "child_left",
    "split_from",
    "split_off",
    "declared_major",
    "demoted",
    "follow_refused",
];

/// Who is told of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// The requester.
    Requester,
    /// The operator who has the request.
    Assignee,
    /// Everybody who was copied in.
    CopiedIn,
    /// Everybody who watches the request and may see it.
    Watchers,
}
