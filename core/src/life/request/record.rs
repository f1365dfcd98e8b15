use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fact;
use super::fields::{FIELD_VALUE, FieldValue, IndexedValue, IndexedValueRow, field_value_column};
use super::hold::{Hold, HoldReason};
use super::involvement::{CopiedIn, INVOLVEMENT, Involvement, InvolvementRow, Role, involvement_column};
use super::mark::{READ_MARK, mark_column};
use super::rating::Rating;
use super::status::Status;
use super::tag::{TAG, Tagging, TaggingRow, tag_column};
use super::tie::{Absorbed, Link, Major, Merged, Parent, SplitFrom};
use crate::base::{Channel, Party, Span, Text, Timestamp, is_default};
use crate::condition::{Env, Expr, Related, Row, Slot, Value, ValueRef};
use crate::config::agreement::AgreementRef;
use crate::config::catalog::{
    CategoryCode, FieldCode, Level, LineCode, Priority, PriorityReason, RequestKind, ServiceCode, TagCode,
};
use crate::life::clock::{Clock, ClockState};
use crate::life::directory::{EmployeeId, UnitId};
use crate::store::{Queue, Relation, Stored};

crate::id! {
    /// Names a request.
    RequestId
}

crate::id! {
    /// Names a series of recurring requests.
    SeriesId
}

/// A request (заявка): the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// Its human number, such as `IT-000123`.
    pub number: String,
    /// What it is.
    pub kind: RequestKind,
    /// The service.
    pub service: ServiceCode,
    /// How confidential it is.
    pub confidentiality: u8,
    /// The subject.
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
    /// The line that has it.
    pub line: LineCode,
    /// The operator who has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<EmployeeId>,
    /// Where it stands.
    pub status: Status,
    /// What it waits for while it is on hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// The code of its latest resolution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
    /// Why it was closed, cancelled or rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closing: Option<String>,
    /// When what it is about happened, as far as somebody said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_at: Option<Timestamp>,
    /// The series that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<SeriesId>,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
    /// When it was classified first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classified_at: Option<Timestamp>,
    /// When an operator wrote to the requester first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// When its latest resolution was given or amended; it stays when the request is taken up again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
    /// When its latest closing was done or amended; also the time of a cancellation or rejection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// When it closes by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<Timestamp>,
    /// How often it was taken up again.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reopened: u32,
    /// How often its line changed after submission.
    #[serde(default, skip_serializing_if = "is_default")]
    pub handed_over: u32,
    /// How many entries it has.
    pub entries: u32,
    /// How many of them are public.
    pub public_entries: u32,
    /// How many files were attached, those that were removed again included.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attached: u32,
    /// How many attachments it has.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attachments: u32,
    /// How many bytes they have together.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attached_bytes: u64,
    /// Who was copied in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copied: Vec<CopiedIn>,
    /// Who watches it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub watchers: Vec<Party>,
    /// What the engine could not carry out and put aside, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stuck: Vec<Stuck>,
    /// The tags that operators put on it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<TagCode>,
    /// The touch time: how much work was logged, what was retracted left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub touch: Span,
    /// How the requester rates the way it was served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// The values of the tenant's own fields.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<FieldCode, FieldValue>,
    /// Its links with other requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// The request that it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// Of how many requests it is the parent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub children: u32,
    /// In which request it went on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged: Option<Merged>,
    /// Which requests went on in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absorbed: Vec<Absorbed>,
    /// Where it was split off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split_from: Option<SplitFrom>,
    /// That it is a major incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub major: Option<Major>,
    /// The agreement that it is served by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementRef>,
    /// How far it is with each target of the agreement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<Clock>,
}

/// A timer or effect that kept failing: somebody of the administrators' line has to look at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stuck {
    /// Whether it is a timer; otherwise an effect.
    pub timer: bool,
    /// The item.
    pub key: Uuid,
    /// The line that looks at it.
    pub line: LineCode,
    /// Why it was put aside.
    pub reason: String,
    /// What is to be done, as it was put aside.
    pub body: String,
}

impl Stuck {
    /// The queue of the item.
    #[must_use]
    pub fn queue(&self) -> Queue {
        if self.timer { Queue::Timers } else { Queue::Effects }
    }
}

/// Who or what brings an open request on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The operators of a line.
    Line(LineCode),
    /// An operator.
    Operator(EmployeeId),
    /// Somebody who is not an operator, and a timer in case of silence.
    Party {
        /// Who.
        party: Party,
        /// Until when.
        until: Timestamp,
    },
    /// A timer.
    Timer {
        /// When.
        at: Timestamp,
    },
}

/// What a request still asks of somebody. An open one always has a next step: there is no way to write one without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Work is owed.
    Open(Next),
    /// Work is done; it closes by itself at this time, if the service says so.
    Resolved {
        /// When.
        closes_at: Option<Timestamp>,
    },
    /// Nothing is left to do.
    Ended,
}

impl Request {
    /// What the request still asks of somebody.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match self.status {
            Status::New | Status::Classified | Status::Assigned | Status::InProgress | Status::OnHold => {
                Standing::Open(self.next())
            }
            Status::Resolved => Standing::Resolved { closes_at: self.closes_at },
            Status::Closed | Status::Cancelled | Status::Rejected | Status::Merged => Standing::Ended,
        }
    }

    fn next(&self) -> Next {
        if let Some(stuck) = self.stuck.last() {
            return Next::Line(stuck.line.clone());
        }
        match &self.hold {
            Some(Hold { reason: HoldReason::Requester, until: Some(until), .. }) => {
                Next::Party { party: self.requester, until: *until }
            }
            Some(Hold { until: Some(at), .. }) => Next::Timer { at: *at },
            // Nothing wakes the request by itself, so whoever has it keeps an eye on it.
            Some(Hold { until: None, .. }) | None => match self.assignee {
                Some(operator) => Next::Operator(operator),
                None => Next::Line(self.line.clone()),
            },
        }
    }

    /// Who is involved in the request, and how.
    pub fn involvements(&self) -> impl Iterator<Item = Involvement> {
        self.involved().map(|(party, role)| Involvement { request: self.id, party, role })
    }

    /// Each party that is involved in the request with its role.
    pub(crate) fn involved(&self) -> impl Iterator<Item = (Party, Role)> {
        let requester = Some((self.requester, Role::Requester));
        let recipient = self.recipient.map(|recipient| (recipient, Role::Recipient));
        let copied = self.copied_in().map(|copied| (copied.party, copied.access.role()));
        let watchers = self.watched_by().map(|watcher| (watcher, Role::Watcher));
        requester.into_iter().chain(recipient).chain(copied).chain(watchers)
    }

    /// The rows of other kinds that say the same as the request does, for searching. They are written with it, and never
    /// changed: a row that says something else is another row.
    pub(crate) fn rows(&self) -> Vec<Arc<dyn Stored>> {
        let involvements = self.involvements().map(|row| Arc::new(row) as Arc<dyn Stored>);
        let tags = self.taggings().map(|row| Arc::new(row) as Arc<dyn Stored>);
        let values = self.indexed_values().map(|row| Arc::new(row) as Arc<dyn Stored>);
        involvements.chain(tags).chain(values).collect()
    }

    /// Whether the rows of other kinds say the same of both.
    pub(crate) fn has_rows_of(&self, other: &Self) -> bool {
        self.involved().eq(other.involved()) && self.tags == other.tags && self.fields == other.fields
    }

    fn indexed_values(&self) -> impl Iterator<Item = IndexedValue> {
        let indexed = self.fields.iter().filter(|(_, value)| value.indexed);
        indexed.map(|(field, value)| IndexedValue {
            request: self.id,
            field: field.clone(),
            value: value.value.clone(),
        })
    }

    fn taggings(&self) -> impl Iterator<Item = Tagging> {
        self.tags.iter().map(|tag| Tagging { request: self.id, tag: tag.clone() })
    }

    /// The request as a row of conditions, with its involvements.
    pub fn row(&self) -> impl Row {
        RequestRow(self)
    }

    /// From when on its clocks count: since it was submitted, or since one was that went on in it and brought that along.
    #[must_use]
    pub fn counts_from(&self) -> Timestamp {
        let earlier = self.absorbed.iter().filter_map(|absorbed| absorbed.counts_from).min();
        earlier.map_or(self.created_at, |earlier| earlier.min(self.created_at))
    }

    /// When the earliest of its running clocks is due.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        let running = self.clocks.iter().filter(|clock| clock.state == ClockState::Running);
        running.filter_map(|clock| clock.due_at).min()
    }

    /// Whether one of its targets was due and not met, as far as that was noted.
    #[must_use]
    pub fn breached(&self) -> bool {
        self.clocks.iter().any(|clock| clock.breached)
    }

    /// When its clocks have to be looked at next.
    #[must_use]
    pub fn clock_at(&self) -> Option<Timestamp> {
        self.clocks.iter().filter_map(|clock| clock.next_at).min()
    }

    fn next_code(&self) -> &'static str {
        match self.standing() {
            Standing::Open(Next::Line(_)) => "line",
            Standing::Open(Next::Operator(_)) => "operator",
            Standing::Open(Next::Party { .. }) => "party",
            Standing::Open(Next::Timer { .. }) => "timer",
            Standing::Resolved { .. } => "requester",
            Standing::Ended => "nobody",
        }
    }

    fn next_at(&self) -> Option<Timestamp> {
        match self.standing() {
            Standing::Open(Next::Party { until: at, .. } | Next::Timer { at }) => Some(at),
            Standing::Resolved { closes_at } => closes_at,
            Standing::Open(Next::Line(_) | Next::Operator(_)) | Standing::Ended => None,
        }
    }
}

struct RequestRow<'a>(&'a Request);

impl Row for RequestRow<'_> {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        if slot == Slot::ID { ValueRef::Id(self.0.id.0) } else { Stored::value(self.0, slot) }
    }

    fn exists(&self, relation: &str, expr: &Expr, env: &dyn Env) -> bool {
        match relation {
            "involvement" => self.0.involvements().any(|row| expr.matches(&InvolvementRow(&row), env)),
            "tag" => self.0.taggings().any(|row| expr.matches(&TaggingRow(&row), env)),
            "field_value" => self.0.indexed_values().any(|row| expr.matches(&IndexedValueRow(&row), env)),
            _ => false,
        }
    }

    fn related(&self, related: &Related) -> ValueRef<'_> {
        match (related.relation, &related.guard) {
            ("tag", None) => ValueRef::code(self.0.tags.first().map(TagCode::as_str)),
            ("field_value", Some((_, Value::Code(code)))) => {
                let found =
                    self.0.fields.iter().find(|(known, value)| known.as_str() == &**code && value.indexed);
                found.map_or(ValueRef::Absent, |(_, value)| value.value.borrow())
            }
            _ => ValueRef::Absent,
        }
    }
}

crate::record_kind! {
    /// Requests.
    pub static REQUEST: Request {
        name: "request",
        schema: 2,
        mark: None,
        growing: true,
        id: |request| request.id.0,
        facts: fact::decode,
        relations: &[
            Relation::new("involvement", &INVOLVEMENT, involvement_column::request),
            Relation::new("tag", &TAG, tag_column::request),
            Relation::new("field_value", &FIELD_VALUE, field_value_column::request),
            // Who has read everything that was written, and everything public.
            Relation::new("read", &READ_MARK, mark_column::request)
                .with_same(&[(mark_column::seen, request_column::entries)]),
            Relation::new("read_public", &READ_MARK, mark_column::request)
                .with_same(&[(mark_column::seen_public, request_column::public_entries)]),
        ],
        columns request_column {
            number: Code => |r| ValueRef::Code(&r.number),
            kind: Code => |r| ValueRef::Code(r.kind.code()),
            service: Code => |r| ValueRef::Code(r.service.as_str()),
            confidentiality: Int => |r| ValueRef::Int(r.confidentiality.into()),
            subject: Text => |r| ValueRef::Text(&r.subject),
            requester_kind: Code => |r| ValueRef::Code(r.requester.kind.code()),
            requester: Id => |r| ValueRef::Id(r.requester.id),
            recipient: Id => |r| ValueRef::id(r.recipient.map(|party| party.id)),
            unit: Id in "unit" => |r| ValueRef::id(r.unit),
            channel: Code => |r| ValueRef::Code(r.channel.code()),
            category: Code in "category" => |r| ValueRef::code(r.category.as_ref().map(CategoryCode::as_str)),
            impact: Int => |r| ValueRef::int(r.impact),
            urgency: Int => |r| ValueRef::int(r.urgency),
            priority: Int => |r| ValueRef::Int(r.priority.into()),
            line: Code => |r| ValueRef::Code(r.line.as_str()),
            assignee: Id => |r| ValueRef::id(r.assignee),
            status: Code of Status::CODES => |r| ValueRef::Code(r.status.code()),
            open: Bool => |r| ValueRef::Bool(r.status.is_open()),
            active: Bool => |r| ValueRef::Bool(r.status.is_active()),
            hold_reason: Code => |r| ValueRef::code(r.hold.as_ref().map(|hold| hold.reason.code())),
            resolution: Code => |r| ValueRef::code(r.resolution.as_deref()),
            closing: Code => |r| ValueRef::code(r.closing.as_deref()),
            next: Code => |r| ValueRef::Code(r.next_code()),
            next_at: Instant => |r| ValueRef::instant(r.next_at()),
            stuck: Bool => |r| ValueRef::Bool(!r.stuck.is_empty()),
            series: Id => |r| ValueRef::id(r.series),
            occurred_at: Instant => |r| ValueRef::instant(r.occurred_at),
            created_at: Instant => |r| ValueRef::Instant(r.created_at),
            updated_at: Instant => |r| ValueRef::Instant(r.updated_at),
            classified_at: Instant => |r| ValueRef::instant(r.classified_at),
            answered_at: Instant => |r| ValueRef::instant(r.answered_at),
            resolved_at: Instant => |r| ValueRef::instant(r.resolved_at),
            closed_at: Instant => |r| ValueRef::instant(r.closed_at),
            entries: Int => |r| ValueRef::Int(r.entries.into()),
            public_entries: Int => |r| ValueRef::Int(r.public_entries.into()),
            reopened: Int => |r| ValueRef::Int(r.reopened.into()),
            handed_over: Int => |r| ValueRef::Int(r.handed_over.into()),
            touch_ms: Int => |r| ValueRef::Int(r.touch.millis()),
            rating: Int => |r| ValueRef::int(r.rating.map(|rating| rating.score)),
            parent: Id => |r| ValueRef::id(r.parent.map(|parent| parent.request)),
            parent_end: Code => |r| ValueRef::code(r.parent.map(Parent::end_code)),
            merged_into: Id => |r| ValueRef::id(r.merged.as_ref().map(|merged| merged.into)),
            major: Bool => |r| ValueRef::Bool(r.major.is_some()),
            agreement: Code => |r| ValueRef::code(r.agreement.as_ref().map(|of| of.code.as_str())),
            due_at: Instant => |r| ValueRef::instant(r.due_at()),
            breached: Bool => |r| ValueRef::Bool(r.breached()),
            clock_at: Instant => |r| ValueRef::instant(r.clock_at()),
        }
        indexes {
            by_number: [number],
            by_line: [line, created_at],
            // What operators look at: open requests of a line, and what says whether they may see them.
            by_open_line: [line, open, priority, created_at] where open with [assignee, unit, service, confidentiality],
            by_assignee: [assignee, open],
            by_unit: [unit, created_at],
            by_service: [service, created_at],
            by_status: [status, updated_at],
            by_series: [series, created_at] of present,
            by_creation: [created_at],
            by_parent: [parent, open, parent_end] of present,
            by_major: [major, open] where major,
            // Clocks can run on in a request that ended.
            by_due: [open, due_at],
            by_breach: [breached, open] where breached,
        }
        texts {
            number => |r| Some(&r.number),
            subject => |r| Some(r.subject.as_str()),
        }
    }
}
