//! Links between requests, and parents.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::case::Case;
use super::no_change;
use crate::base::limits::{LINK_DEPTH_MAX, LINK_WALK_MAX, LINKS_MAX};
use crate::config::catalog::{Action, OnParentEnd};
use crate::life::decision::{Halt, Need, Reader};
use crate::life::refusal::Refusal;
use crate::life::request::event::RequestEvent;
use crate::life::request::record::{REQUEST, Request, RequestId};
use crate::life::request::status::Verb;
use crate::life::request::tie::{Link, LinkKind, Parent};
use crate::store::{Key, Version};

impl Case<'_, '_> {
    pub(super) fn link(&mut self, reader: Reader<'_>, kind: LinkKind, to: RequestId) -> Result<(), Halt> {
        let (other, version) = self.other(reader, to, Action::Link)?;
        let (id, link) = (self.request.id, Link { kind, request: to });
        if self.request.links.contains(&link) {
            return Err(no_change("the requests are linked like this already").into());
        }
        self.check_no_circle(reader, link, to)?;
        self.add_link(link)?;
        self.turn_to(reader, (other, version))?;
        self.check_step(Verb::Link)?;
        self.add_link(Link { kind: kind.inverse(), request: id })?;
        Ok(())
    }

    pub(super) fn unlink(&mut self, reader: Reader<'_>, kind: LinkKind, to: RequestId) -> Result<(), Halt> {
        let (other, version) = self.other(reader, to, Action::Link)?;
        let link = Link { kind, request: to };
        if !self.request.links.contains(&link) {
            return Err(no_change("the requests are not linked like this").into());
        }
        let back = Link { kind: kind.inverse(), request: self.request.id };
        self.apply(RequestEvent::Unlinked { link });
        self.turn_to(reader, (other, version))?;
        self.check_step(Verb::Link)?;
        self.apply(RequestEvent::Unlinked { link: back });
        Ok(())
    }

    pub(super) fn join_parent(
        &mut self,
        reader: Reader<'_>,
        parent: RequestId,
        on_end: Option<OnParentEnd>,
    ) -> Result<(), Halt> {
        let (other, version) = self.other(reader, parent, Action::Link)?;
        let joined = Parent { request: parent, on_end };
        match self.request.parent {
            Some(own) if own == joined => return Err(no_change("the request is such a child already").into()),
            Some(own) if own.request != parent => {
                return Err(Refusal::rule("has_parent", "the request is a child of another one").into());
            }
            Some(_) => {
                self.apply(RequestEvent::ParentJoined { parent: joined });
                return Ok(());
            }
            None => {}
        }
        if !other.status.is_active() {
            let reason = format!("`{}` is `{}`: it gets no children", other.number, other.status.code());
            return Err(Refusal::rule("parent_ended", reason).into());
        }
        let child = self.request.id;
        let up = |request: &Request| request.parent.map(|parent| parent.request).into_iter().collect();
        self.check_no_way(reader, (parent, child), parent, up)?;
        self.apply(RequestEvent::ParentJoined { parent: joined });
        self.turn_to(reader, (other, version))?;
        self.apply(RequestEvent::ChildJoined { child });
        Ok(())
    }

    pub(super) fn leave_parent(&mut self, reader: Reader<'_>) -> Result<(), Halt> {
        let Some(parent) = self.request.parent else {
            return Err(no_change("the request is nobody's child").into());
        };
        let (other, version) = self.other(reader, parent.request, Action::Link)?;
        let child = self.request.id;
        self.apply(RequestEvent::ParentLeft { parent: parent.request });
        self.turn_to(reader, (other, version))?;
        self.apply(RequestEvent::ChildLeft { child });
        Ok(())
    }

    pub(super) fn add_link(&mut self, link: Link) -> Result<(), Refusal> {
        self.apply(RequestEvent::Linked { link });
        self.check_links()
    }

    pub(super) fn check_links(&self) -> Result<(), Refusal> {
        if self.request.all_links().count() <= LINKS_MAX {
            return Ok(());
        }
        let reason = format!("`{}` would have more than {LINKS_MAX} links", self.request.number);
        Err(Refusal::rule("too_many_links", reason))
    }

    /// The other request of a command about two, to which the actor may do something.
    pub(super) fn other(
        &self,
        reader: Reader<'_>,
        id: RequestId,
        action: Action,
    ) -> Result<(Arc<Request>, Version), Halt> {
        if id == self.request.id {
            return Err(Refusal::rule("same_request", "two different requests are needed").into());
        }
        let found = reader.find::<Request>(REQUEST.key(id.0))?;
        let (other, version) = found.ok_or_else(|| Refusal::not_found("request", id))?;
        self.context.policy().require(action, &other)?;
        Ok((other, version))
    }

    /// Refuses a link with which the request would depend on itself. `written` is the other request that the decision changes.
    pub(super) fn check_no_circle(
        &mut self,
        reader: Reader<'_>,
        link: Link,
        written: RequestId,
    ) -> Result<(), Halt> {
        let (id, to) = (self.request.id, link.request);
        match link.kind {
            LinkKind::Relates => Ok(()),
            LinkKind::DuplicateOf | LinkKind::DependsOn => {
                self.check_no_way(reader, (to, id), written, |request| leads_on(request, link.kind))
            }
            LinkKind::DuplicatedBy | LinkKind::NeededBy => {
                let back = link.kind.inverse();
                self.check_no_way(reader, (id, to), written, |request| leads_on(request, back))
            }
        }
    }

    /// Refuses what would make a circle: no way may lead from the first to the second. Everything on the way that is not
    /// written anyway is guarded, so that two changes that make a circle only together cannot come at once.
    fn check_no_way(
        &mut self,
        reader: Reader<'_>,
        (from, to): (RequestId, RequestId),
        written: RequestId,
        onward: impl Fn(&Request) -> Vec<RequestId>,
    ) -> Result<(), Halt> {
        let (mut seen, mut level) = (BTreeSet::from([from]), vec![from]);
        for _ in 0..=LINK_DEPTH_MAX {
            let mut next = Vec::new();
            for (key, request, version) in find_all(reader, &level)? {
                if request.id != written && request.id != self.request.id {
                    self.hold_to((key, version));
                }
                next.extend(onward(&request).into_iter().filter(|id| seen.insert(*id)));
            }
            if seen.contains(&to) {
                return Err(Refusal::rule("circle", "the requests would lead in a circle").into());
            }
            if next.is_empty() {
                return Ok(());
            }
            if seen.len() > LINK_WALK_MAX {
                break;
            }
            level = next;
        }
        let reason =
            format!("more than {LINK_DEPTH_MAX} steps or {LINK_WALK_MAX} requests would hang together");
        Err(Refusal::rule("too_deep", reason).into())
    }
}

/// Where links of a kind lead from a request, those of what went on in it included.
fn leads_on(request: &Request, kind: LinkKind) -> Vec<RequestId> {
    let linked = request.all_links().filter(|link| link.kind == kind).map(|link| link.request);
    linked.chain(request.merged.as_ref().map(|merged| merged.into)).collect()
}

/// Finds many requests with one trip; those that are not there are left out.
fn find_all(reader: Reader<'_>, ids: &[RequestId]) -> Result<Vec<(Key, Arc<Request>, Version)>, Halt> {
    let keys: Vec<Key> = ids.iter().map(|id| REQUEST.key(id.0)).collect();
    let unknown: Vec<Key> =
        keys.iter().copied().filter(|key| reader.find::<Request>(*key).is_err()).collect();
    if !unknown.is_empty() {
        return Err(Need { keys: unknown, ..Need::default() }.into());
    }
    let mut found = Vec::new();
    for key in keys {
        found.extend(reader.find::<Request>(key)?.map(|(request, version)| (key, request, version)));
    }
    Ok(found)
}
