//! How what happened to a request is named, and how it is written down: its body, and its content apart from it.

use std::collections::BTreeMap;

use super::entry::Visibility;
use super::event::{FieldChanges, RequestEvent};
use super::fields::FieldValue;
use super::record::Stuck;
use crate::condition::Value;
use crate::config::catalog::FieldCode;
use crate::store::Fact;

impl RequestEvent {
    /// Whether it tells what followed for the clocks from something else.
    #[must_use]
    pub fn is_of_clocks(&self) -> bool {
        matches!(
            self,
            Self::AgreementChosen { .. } | Self::Rebased(_) | Self::Clocked { .. } | Self::Escalated(_)
        )
    }

    /// Whether it is something that only operators may know of.
    #[must_use]
    pub fn is_internal(&self) -> bool {
        match self {
            Self::Written { kind, .. }
            | Self::EntryEdited { kind, .. }
            | Self::EntryRedacted { kind, .. } => kind.visibility() == Visibility::Internal,
            Self::Attached(attached) => attached.visibility == Visibility::Internal,
            Self::Archived { .. } | Self::Erased { .. } => true,
            Self::AttachmentRemoved { visibility, .. } => *visibility == Visibility::Internal,
            Self::Watched { .. }
            | Self::Unwatched { .. }
            | Self::AttachmentScanned { .. }
            | Self::Tagged { .. }
            | Self::Untagged { .. }
            | Self::WorkLogged { .. }
            | Self::WorkRetracted { .. }
            | Self::ValuesSet { .. } => true,
            // They name requests that the requester may not see.
            Self::Absorbed { .. }
            | Self::GaveBack { .. }
            | Self::Linked { .. }
            | Self::Unlinked { .. }
            | Self::ParentJoined { .. }
            | Self::ParentLeft { .. }
            | Self::ChildJoined { .. }
            | Self::ChildLeft { .. }
            | Self::SplitFrom { .. }
            | Self::SplitOff { .. }
            | Self::FollowRefused { .. } => true,
            Self::DeclaredMajor { .. } | Self::Demoted => true,
            Self::AgreementChosen { .. } | Self::Rebased(_) | Self::Clocked { .. } | Self::Escalated(_) => {
                true
            }
            _ => false,
        }
    }
}

impl Fact for RequestEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::Submitted(_) => "submitted",
            Self::Classified { .. } => "classified",
            Self::Prioritized { .. } => "prioritized",
            Self::PriorityRaised { .. } => "priority_raised",
            Self::Moved { .. } => "moved",
            Self::Assigned { .. } => "assigned",
            Self::Claimed { .. } => "claimed",
            Self::Released { .. } => "released",
            Self::Started => "started",
            Self::Held { .. } => "held",
            Self::Resumed { .. } => "resumed",
            Self::Resolved { .. } => "resolved",
            Self::ResolutionAmended { .. } => "resolution_amended",
            Self::Closed { .. } => "closed",
            Self::ClosingAmended { .. } => "closing_amended",
            Self::Reopened { .. } => "reopened",
            Self::Cancelled { .. } => "cancelled",
            Self::Rejected { .. } => "rejected",
            Self::Written { .. } => "written",
            Self::FieldsChanged(_) => "fields_changed",
            Self::CopiedIn { .. } => "copied_in",
            Self::CopiedOut { .. } => "copied_out",
            Self::Watched { .. } => "watched",
            Self::Unwatched { .. } => "unwatched",
            Self::Attached(_) => "attached",
            Self::AttachmentScanned { .. } => "attachment_scanned",
            Self::AttachmentRemoved { .. } => "attachment_removed",
            Self::Parked { .. } => "parked",
            Self::Archived { .. } => "archived",
            Self::Erased { .. } => "erased",
            Self::Retried { .. } => "retried",
            Self::EntryEdited { .. } => "entry_edited",
            Self::EntryRedacted { .. } => "entry_redacted",
            Self::Tagged { .. } => "tagged",
            Self::Untagged { .. } => "untagged",
            Self::WorkLogged { .. } => "work_logged",
            Self::WorkRetracted { .. } => "work_retracted",
            Self::Rated { .. } => "rated",
            Self::ValuesSet { .. } => "values_set",
            Self::MergedInto { .. } => "merged_into",
            Self::Unmerged { .. } => "unmerged",
            Self::Absorbed { .. } => "absorbed",
            Self::GaveBack { .. } => "gave_back",
            Self::Linked { .. } => "linked",
            Self::Unlinked { .. } => "unlinked",
            Self::ParentJoined { .. } => "parent_joined",
            Self::ParentLeft { .. } => "parent_left",
            Self::ChildJoined { .. } => "child_joined",
            Self::ChildLeft { .. } => "child_left",
            Self::SplitFrom { .. } => "split_from",
            Self::SplitOff { .. } => "split_off",
            Self::DeclaredMajor { .. } => "declared_major",
            Self::Demoted => "demoted",
            Self::FollowRefused { .. } => "follow_refused",
            Self::AgreementChosen { .. } => "agreement_chosen",
            Self::Rebased(_) => "rebased",
            Self::Clocked { .. } => "clocked",
            Self::Escalated(_) => "escalated",
        }
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::FieldsChanged(changes) if changes.subject.is_some() => {
                let without = FieldChanges { subject: None, ..changes.clone() };
                serde_json::to_string(&Self::FieldsChanged(without))
            }
            Self::Parked { stuck } => {
                let stuck = Stuck { reason: String::new(), ..stuck.clone() };
                serde_json::to_string(&Self::Parked { stuck })
            }
            Self::ValuesSet { values } if values.values().flatten().any(|value| value.private) => {
                let open =
                    |value: &FieldValue| if value.private { value.without_value() } else { value.clone() };
                let open = values.iter().map(|(code, value)| (code.clone(), value.as_ref().map(open)));
                serde_json::to_string(&Self::ValuesSet { values: open.collect() })
            }
            _ => serde_json::to_string(self),
        }
    }

    fn content(&self) -> Result<Option<String>, serde_json::Error> {
        if let Self::ValuesSet { values } = self {
            let private = values.iter().filter_map(|(code, value)| Some((code, value.as_ref()?)));
            let private: BTreeMap<_, _> = private
                .filter(|(_, value)| value.private)
                .map(|(code, value)| (code, &value.value))
                .collect();
            let some = (!private.is_empty()).then_some(private);
            return some.map(|private| serde_json::to_string(&private)).transpose();
        }
        match self {
            // What was reported from outside may name anybody.
            Self::Parked { stuck } => return serde_json::to_string(&stuck.reason).map(Some),
            Self::Erased { left, .. } => return left.as_ref().map(serde_json::to_string).transpose(),
            _ => {}
        }
        let text = match self {
            Self::Submitted(submitted) => Some(&submitted.subject),
            Self::FieldsChanged(changes) => changes.subject.as_ref(),
            Self::Attached(attached) => Some(&attached.name),
            _ => None,
        };
        text.map(serde_json::to_string).transpose()
    }
}

/// Reads an event back; a subject, name or reason that was erased comes back empty, a changed one unchanged, and the
/// value of a field that was erased is absent.
pub(super) fn decode(body: &str, content: Option<&str>) -> Result<RequestEvent, serde_json::Error> {
    let mut event = serde_json::from_str(body)?;
    if let Some(content) = content {
        match &mut event {
            RequestEvent::Submitted(submitted) => submitted.subject = serde_json::from_str(content)?,
            RequestEvent::FieldsChanged(changes) => changes.subject = Some(serde_json::from_str(content)?),
            RequestEvent::Attached(attached) => attached.name = serde_json::from_str(content)?,
            RequestEvent::Parked { stuck } => stuck.reason = serde_json::from_str(content)?,
            RequestEvent::Erased { left, .. } => *left = serde_json::from_str(content)?,
            RequestEvent::ValuesSet { values } => {
                let private: BTreeMap<FieldCode, Value> = serde_json::from_str(content)?;
                for (code, value) in private {
                    if let Some(Some(set)) = values.get_mut(&code) {
                        set.value = value;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(event)
}
