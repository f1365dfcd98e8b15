//! Requests and other requests: merge, split, link, parents, major incidents.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::error::DeskError;
use super::requests::Requests;
use crate::base::{Text, Timestamp};
use crate::config::catalog::{Action, OnParentEnd};
use crate::life::request::{
    CopyAccess, Entry, EntryId, LinkKind, Message, REQUEST, Request, RequestCommand, RequestId, Status,
    Submit,
};
use crate::store::{Loaded, Read, Receipt};

/// A request that another one is linked with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Linked {
    /// What the one asked about is to it.
    pub kind: LinkKind,
    /// Its id.
    pub request: RequestId,
    /// Its human number.
    pub number: String,
    /// Its subject.
    pub subject: Text,
    /// Where it stands.
    pub status: Status,
}

impl Linked {
    fn new(kind: LinkKind, request: &Request) -> Self {
        let (number, subject) = (request.number.clone(), request.subject.clone());
        Self { kind, request: request.id, number, subject, status: request.status }
    }
}

/// Commands about two requests. Both change in one batch, or none.
impl Requests {
    /// Lets a request go on in another one, where its requester may read.
    ///
    /// Entries, watchers, people copied in and links are seen there until [`unmerge`](Self::unmerge) takes them back.
    ///
    /// # Errors
    /// The rule that refuses it, such as `same_request`, `master_ended` or `master_less_confidential`.
    pub async fn merge(&self, id: RequestId, into: RequestId) -> Result<Receipt, DeskError> {
        let requester = Some(CopyAccess::View);
        self.step(id, RequestCommand::Merge { into, requester, earliest: false }).await
    }

    /// Takes a request out of its master again, with everything that it had brought along.
    ///
    /// # Errors
    /// The rule that refuses it, such as `merged_via`.
    pub async fn unmerge(&self, id: RequestId) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Unmerge).await
    }

    /// Submits a new request that begins with an entry of this one. The receipt is about the new one.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn split(&self, id: RequestId, entry: EntryId, submit: Submit) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Split { entry, submit: Box::new(submit) }).await
    }

    /// Links a request with another one, which gets the inverse link.
    ///
    /// # Errors
    /// The rule that refuses it, such as `circle`.
    pub async fn link(&self, id: RequestId, kind: LinkKind, to: RequestId) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Link { kind, to }).await
    }

    /// Ends a link on both sides.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn unlink(&self, id: RequestId, kind: LinkKind, to: RequestId) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Unlink { kind, to }).await
    }

    /// Makes a request a child of another one.
    ///
    /// # Errors
    /// The rule that refuses it, such as `circle` or `has_parent`.
    pub async fn join_parent(
        &self,
        id: RequestId,
        parent: RequestId,
        on_end: Option<OnParentEnd>,
    ) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::JoinParent { parent, on_end }).await
    }

    /// Makes a request nobody's child.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn leave_parent(&self, id: RequestId) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::LeaveParent).await
    }

    /// Declares an incident a major one.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn declare_major(&self, id: RequestId) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::DeclareMajor).await
    }

    /// Says that an incident is no longer a major one.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn demote(&self, id: RequestId) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Demote).await
    }

    /// Answers the requester of a major incident and, once each, those of its open children.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn broadcast(&self, id: RequestId, message: impl Into<Message>) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Broadcast(message.into())).await
    }
}

/// Questions about other requests: those that the actor may not see are left out.
impl Requests {
    /// What a request is linked with, as far as the actor may see it; what went on in it brings its links along.
    ///
    /// # Errors
    /// A request that the actor may not see as an operator does not exist.
    pub async fn links(&self, id: RequestId) -> Result<Vec<Linked>, DeskError> {
        let (request, _) = self.get(id).await?;
        let mut read = Read::new(self.0.actor.tenant);
        read.keys = request.all_links().map(|link| REQUEST.key(link.request.0)).collect();
        read.keys.sort_unstable();
        read.keys.dedup();
        let view = self.0.desk.store().load(read).await?;
        let world = self.0.desk.world_at(self.0.actor.tenant, view.head).await?;
        let policy = self.0.policy(&world);
        let found = view.records.values().flatten().filter_map(Loaded::of::<Request>);
        let seen: BTreeMap<RequestId, Arc<Request>> = found
            .filter(|other| policy.allows(Action::See, other) || policy.allows(Action::SeeOwn, other))
            .map(|other| (other.id, other))
            .collect();
        let links = request.all_links();
        Ok(links.filter_map(|link| Some(Linked::new(link.kind, seen.get(&link.request)?))).collect())
    }
}

/// Entries of several requests by time. Those of one request stay in their order, even where the clocks of two nodes disagreed.
pub(super) fn in_order(mut entries: Vec<Arc<Entry>>) -> Vec<Arc<Entry>> {
    entries.sort_by_key(|entry| (entry.request, entry.number));
    let mut latest: BTreeMap<RequestId, Timestamp> = BTreeMap::new();
    let mut dated: Vec<(Timestamp, Arc<Entry>)> = Vec::with_capacity(entries.len());
    for entry in entries {
        let at = latest.entry(entry.request).or_insert(entry.at);
        *at = entry.at.max(*at);
        dated.push((*at, entry));
    }
    // The sort is stable, so the order of before decides among those of one instant.
    dated.sort_by_key(|(at, _)| *at);
    dated.into_iter().map(|(_, entry)| entry).collect()
}
