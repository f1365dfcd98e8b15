use std::collections::{BTreeMap, BTreeSet};

use super::entry::Visibility;
use super::event::{FieldChanges, RequestEvent, Submitted};
use super::rating::Rating;
use super::record::{Request, RequestId};
use super::status::Status;
use super::tie::{Major, Merged};
use crate::base::limits::STUCK_MAX;
use crate::base::{Span, Timestamp};
use crate::config::catalog::PriorityReason;

impl Request {
    /// The request that a submission makes.
    #[must_use]
    pub fn submitted(facts: Submitted, at: Timestamp) -> Self {
        Self {
            id: facts.id,
            number: facts.number,
            kind: facts.kind,
            service: facts.service,
            confidentiality: facts.confidentiality,
            subject: facts.subject,
            requester: facts.requester,
            recipient: facts.recipient,
            unit: facts.unit,
            channel: facts.channel,
            category: facts.category,
            impact: facts.impact,
            urgency: facts.urgency,
            priority: facts.priority,
            priority_reason: facts.priority_reason,
            line: facts.line,
            assignee: None,
            status: Status::New,
            hold: None,
            resolution: None,
            closing: None,
            occurred_at: facts.occurred_at,
            series: facts.series,
            created_at: at,
            updated_at: at,
            classified_at: None,
            answered_at: None,
            resolved_at: None,
            closed_at: None,
            closes_at: None,
            reopened: 0,
            handed_over: 0,
            entries: 0,
            public_entries: 0,
            attached: 0,
            attachments: 0,
            attached_bytes: 0,
            copied: Vec::new(),
            watchers: Vec::new(),
            stuck: Vec::new(),
            tags: BTreeSet::new(),
            touch: Span::ZERO,
            rating: None,
            fields: BTreeMap::new(),
            links: Vec::new(),
            parent: None,
            children: 0,
            merged: None,
            absorbed: Vec::new(),
            split_from: None,
            major: None,
            agreement: None,
            clocks: Vec::new(),
        }
    }

    /// Applies what happened. A stored fact is a fact, so this cannot fail.
    #[expect(clippy::too_many_lines, reason = "one arm for each event")]
    pub fn evolve(&mut self, event: &RequestEvent, at: Timestamp) {
        // Neither erasing nor the passing of time is anybody's work on the request, nor is what changes around it.
        if !matches!(
            event,
            RequestEvent::Erased { .. } | RequestEvent::Clocked { .. } | RequestEvent::Rebased(_)
        ) {
            self.updated_at = at;
        }
        match event {
            RequestEvent::Submitted(facts) => *self = Self::submitted((**facts).clone(), at),
            RequestEvent::Classified { status, service, kind, confidentiality, category, keeps_operator } => {
                self.stand(*status);
                self.assignee = self.assignee.filter(|_| *keeps_operator);
                self.service = service.clone();
                self.kind = *kind;
                self.confidentiality = *confidentiality;
                self.category = category.clone();
                self.classified_at.get_or_insert(at);
            }
            RequestEvent::Prioritized { impact, urgency, priority, reason } => {
                (self.impact, self.urgency) = (Some(*impact), Some(*urgency));
                (self.priority, self.priority_reason) = (*priority, *reason);
            }
            RequestEvent::Moved { status, to, keeps_operator, .. } => {
                self.stand(*status);
                self.line = to.clone();
                self.assignee = self.assignee.filter(|_| *keeps_operator);
                self.handed_over += 1;
            }
            RequestEvent::Assigned { status, operator } | RequestEvent::Claimed { status, operator } => {
                self.stand(*status);
                self.assignee = Some(*operator);
            }
            RequestEvent::Released { status, .. } => {
                self.stand(*status);
                self.assignee = None;
            }
            RequestEvent::Started => self.stand(Status::InProgress),
            RequestEvent::Held { hold } => {
                self.stand(Status::OnHold);
                self.hold = Some(hold.clone());
            }
            RequestEvent::Resumed { status, .. } => self.stand(*status),
            RequestEvent::Resolved { code, closes_at }
            | RequestEvent::ResolutionAmended { code, closes_at } => {
                self.stand(Status::Resolved);
                self.resolution = Some(code.clone());
                self.resolved_at = Some(at);
                self.closes_at = *closes_at;
            }
            RequestEvent::Closed { reason } => self.end(Status::Closed, reason.code(), at),
            RequestEvent::ClosingAmended { reason } => self.end(Status::Closed, reason, at),
            RequestEvent::Cancelled { reason } => self.end(Status::Cancelled, reason, at),
            RequestEvent::Rejected { reason } => self.end(Status::Rejected, reason, at),
            RequestEvent::Reopened { status, .. } => {
                self.stand(*status);
                self.reopened += 1;
                (self.closing, self.closed_at, self.closes_at) = (None, None, None);
                // What comes of it now is rated anew; the journal keeps how the first was.
                self.rating = None;
            }
            RequestEvent::Written { kind, closes_at, automatic, .. } => {
                self.entries += 1;
                self.public_entries += u32::from(kind.visibility() == Visibility::Public);
                self.closes_at = closes_at.or(self.closes_at);
                if *kind == super::entry::EntryKind::Answer && !automatic {
                    self.answered_at.get_or_insert(at);
                }
            }
            RequestEvent::FieldsChanged(changes) => self.change(changes),
            RequestEvent::CopiedIn { copied } => {
                self.copied.retain(|known| known.party != copied.party);
                self.copied.push(*copied);
            }
            RequestEvent::CopiedOut { party } => {
                let brought = self.absorbed.iter_mut().map(|absorbed| &mut absorbed.copied);
                for copied in brought.chain([&mut self.copied]) {
                    copied.retain(|copied| copied.party != *party);
                }
            }
            RequestEvent::Watched { party } => self.watchers.push(*party),
            RequestEvent::Unwatched { party } => {
                let brought = self.absorbed.iter_mut().map(|absorbed| &mut absorbed.watchers);
                for watchers in brought.chain([&mut self.watchers]) {
                    watchers.retain(|watcher| watcher != party);
                }
            }
            RequestEvent::Attached(attached) => {
                self.attached += 1;
                self.attachments += 1;
                self.attached_bytes += attached.bytes;
            }
            // It is a matter of the attachment alone.
            RequestEvent::AttachmentScanned { .. } => {}
            RequestEvent::AttachmentRemoved { bytes, .. } => {
                self.attachments = self.attachments.saturating_sub(1);
                self.attached_bytes = self.attached_bytes.saturating_sub(*bytes);
            }
            RequestEvent::Parked { stuck } => {
                self.stuck.retain(|known| known.key != stuck.key);
                self.stuck.push(stuck.clone());
                let forgotten = self.stuck.len().saturating_sub(STUCK_MAX);
                self.stuck.drain(..forgotten);
            }
            // The request itself is gone.
            RequestEvent::Archived { .. } => {}
            RequestEvent::Erased { left, .. } => self.leave(left.as_deref()),
            RequestEvent::Retried { key } => self.stuck.retain(|stuck| stuck.key != *key),
            // What an entry says stands in the entry.
            RequestEvent::EntryEdited { .. } | RequestEvent::EntryRedacted { .. } => {}
            RequestEvent::Tagged { tag } => drop(self.tags.insert(tag.clone())),
            RequestEvent::Untagged { tag } => drop(self.tags.remove(tag)),
            RequestEvent::WorkLogged { spent, .. } => self.touch = self.touch.saturating_add(*spent),
            RequestEvent::WorkRetracted { spent, .. } => {
                self.touch = self.touch.saturating_add(Span::from_millis(-spent.millis()));
            }
            RequestEvent::Rated { score } => {
                let first_at = self.rating.map_or(at, |rating| rating.first_at);
                self.rating = Some(Rating { score: *score, first_at, at });
            }
            RequestEvent::ValuesSet { values } => {
                for (code, value) in values {
                    self.fields.remove(code);
                    // A value that was erased is absent.
                    if let Some(value) = value.as_ref().filter(|value| value.value.is_present()) {
                        self.fields.insert(code.clone(), value.clone());
                    }
                }
            }
            RequestEvent::MergedInto { master } => self.merge(*master, at),
            RequestEvent::Unmerged { status, closes_at, .. } => self.unmerge(*status, *closes_at),
            RequestEvent::Absorbed { absorbed } => self.absorbed.extend_from_slice(absorbed),
            RequestEvent::GaveBack { request } => self
                .absorbed
                .retain(|absorbed| absorbed.request != *request && absorbed.via != Some(*request)),
            RequestEvent::Linked { link } => self.links.push(*link),
            RequestEvent::Unlinked { link } => self.links.retain(|known| known != link),
            RequestEvent::ParentJoined { parent } => self.parent = Some(*parent),
            RequestEvent::ParentLeft { .. } => self.parent = None,
            RequestEvent::ChildJoined { .. } => self.children += 1,
            RequestEvent::ChildLeft { .. } => self.children = self.children.saturating_sub(1),
            RequestEvent::SplitFrom { from, kind, .. } => {
                self.split_from = Some(*from);
                self.entries += 1;
                self.public_entries += u32::from(kind.visibility() == Visibility::Public);
            }
            RequestEvent::DeclaredMajor { by } => self.major = Some(Major { by: *by, since: at }),
            RequestEvent::Demoted => self.major = None,
            RequestEvent::AgreementChosen { choice } => {
                self.agreement = choice.as_ref().map(|choice| choice.agreement.clone());
            }
            RequestEvent::Rebased(rebased) => {
                self.agreement = rebased.agreement.clone().or_else(|| self.agreement.take());
            }
            RequestEvent::Clocked { ticks } => ticks.iter().for_each(|tick| tick.apply(&mut self.clocks)),
            RequestEvent::PriorityRaised { from, priority } => {
                (self.priority, self.priority_reason) = (*priority, PriorityReason::Raised { from: *from });
            }
            RequestEvent::SplitOff { .. }
            | RequestEvent::Escalated(_)
            | RequestEvent::FollowRefused { .. } => {}
        }
    }

    fn stand(&mut self, status: Status) {
        self.status = status;
        if status != Status::OnHold {
            self.hold = None;
        }
    }

    fn end(&mut self, status: Status, reason: &str, at: Timestamp) {
        self.stand(status);
        self.closing = Some(reason.to_owned());
        self.closed_at = Some(at);
        self.closes_at = None;
    }

    fn merge(&mut self, into: RequestId, at: Timestamp) {
        let (before, hold, closes_at) = (self.status, self.hold.take(), self.closes_at.take());
        self.merged = Some(Merged { into, at, before, hold, closes_at });
        self.stand(Status::Merged);
    }

    fn unmerge(&mut self, status: Status, closes_at: Option<Timestamp>) {
        self.hold = self.merged.take().and_then(|merged| merged.hold);
        self.closes_at = closes_at;
        self.stand(status);
    }

    pub(super) fn change(&mut self, changes: &FieldChanges) {
        if let Some(subject) = &changes.subject {
            self.subject = subject.clone();
        }
        self.occurred_at = changes.occurred_at.or(self.occurred_at);
        self.unit = changes.unit.or(self.unit);
    }
}
