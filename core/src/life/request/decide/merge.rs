//! A request that goes on in another one, and comes back.
//!
//! Nothing is moved: the master lists what went on in it, with what came along, and everything that asks who is involved or
//! what was written looks at both. So taking a request out again gives back exactly what it brought.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::case::Case;
use super::working;
use crate::base::limits::{ABSORBED_MAX, COPIED_IN_MAX, MERGE_DEPTH_MAX, WATCHERS_MAX};
use crate::config::catalog::Action;
use crate::life::decision::{Context, Halt, Reader};
use crate::life::refusal::Refusal;
use crate::life::request::event::RequestEvent;
use crate::life::request::involvement::{CopiedIn, CopyAccess};
use crate::life::request::reason::ReleaseReason;
use crate::life::request::record::{REQUEST, Request, RequestId};
use crate::life::request::status::Status;
use crate::life::request::tie::{Absorbed, LinkKind};
use crate::store::Version;

impl Case<'_, '_> {
    pub(super) fn merge(
        &mut self,
        reader: Reader<'_>,
        into: RequestId,
        (requester, earliest): (Option<CopyAccess>, bool),
    ) -> Result<(), Halt> {
        let (master, version) = self.other(reader, into, Action::Link)?;
        self.check_mergeable(&master)?;
        let (source, absorbed) = (self.request.id, self.brought(requester, earliest));
        let brought: BTreeSet<(LinkKind, RequestId)> =
            absorbed.iter().flat_map(|one| &one.links).map(|link| (link.kind, link.request)).collect();
        self.apply(RequestEvent::MergedInto { master: into });
        self.turn_to(reader, (master, version))?;
        self.absorb(absorbed)?;
        let links = self.request.all_links().filter(|link| brought.contains(&(link.kind, link.request)));
        for link in links.collect::<Vec<_>>() {
            self.check_no_circle(reader, link, source)?;
        }
        Ok(())
    }

    pub(super) fn unmerge(&mut self, reader: Reader<'_>) -> Result<(), Halt> {
        let Some(merged) = self.request.merged.clone() else {
            return Err(Refusal::rule("not_merged", "the request did not go on in another one").into());
        };
        let (master, version) = self.other(reader, merged.into, Action::Link)?;
        if master.status == Status::Merged {
            let reason = format!("`{}` was merged as well: it has to be unmerged first", master.number);
            return Err(Refusal::rule("merged_via", reason).into());
        }
        let over = merged.hold.filter(|hold| hold.until.is_some_and(|until| until <= self.context.now));
        let status = over.map_or(merged.before, |hold| self.ready(hold.before));
        // A silence that would have ended meanwhile begins anew.
        let closes_at =
            merged.closes_at.and_then(|at| if at > self.context.now { Some(at) } else { self.closes_at() });
        let request = self.request.id;
        self.apply(RequestEvent::Unmerged { master: merged.into, status, closes_at });
        self.keep_operator(reader)?;
        self.turn_to(reader, (master, version))?;
        self.apply(RequestEvent::GaveBack { request });
        Ok(())
    }

    /// An operator who left while the request was merged does not get it back.
    fn keep_operator(&mut self, reader: Reader<'_>) -> Result<(), Halt> {
        let Some(operator) = self.request.assignee else { return Ok(()) };
        match working(reader, operator) {
            Ok(guard) => self.hold_to(guard),
            Err(Halt::Refused(_)) => self.give_up(ReleaseReason::OperatorLeft),
            Err(need) => return Err(need),
        }
        Ok(())
    }

    fn check_mergeable(&self, master: &Request) -> Result<(), Refusal> {
        if !master.status.is_active() {
            let reason =
                format!("`{}` is `{}`: nothing can go on in it", master.number, master.status.code());
            return Err(Refusal::rule("master_ended", reason));
        }
        if self.request.confidentiality > master.confidentiality {
            let reason = format!("`{}` is less confidential than the request", master.number);
            return Err(Refusal::rule("master_less_confidential", reason));
        }
        if self.request.children > 0 {
            return Err(Refusal::rule("has_children", "a request with children cannot go on in another one"));
        }
        Ok(())
    }

    /// The request and what had gone on in it, with everybody and everything that comes along.
    fn brought(&self, requester: Option<CopyAccess>, earliest: bool) -> Vec<Absorbed> {
        let request = &self.request;
        let asked = [Some(request.requester), request.recipient].into_iter().flatten();
        let joining = asked.filter_map(|party| Some(CopiedIn { party, access: requester? }));
        let own = Absorbed {
            request: request.id,
            via: None,
            depth: 1,
            confidentiality: request.confidentiality,
            copied: request.copied.iter().copied().chain(joining).collect(),
            watchers: request.watchers.clone(),
            links: request.links.clone(),
            counts_from: earliest.then(|| request.counts_from()),
        };
        let further = request.absorbed.iter().map(|absorbed| Absorbed {
            via: Some(request.id),
            depth: absorbed.depth.saturating_add(1),
            // What came along before counts by way of this merge, or not at all.
            counts_from: None,
            ..absorbed.clone()
        });
        [own].into_iter().chain(further).collect()
    }

    fn absorb(&mut self, absorbed: Vec<Absorbed>) -> Result<(), Refusal> {
        self.apply(RequestEvent::Absorbed { absorbed });
        let request = &self.request;
        let deepest = request.absorbed.iter().map(|absorbed| absorbed.depth).max().unwrap_or(0);
        let limits = [
            ("merged requests", request.absorbed.len(), ABSORBED_MAX),
            ("merges in a row", deepest.into(), MERGE_DEPTH_MAX.into()),
            ("people copied in", request.copied_in().count(), COPIED_IN_MAX),
            ("watchers", request.watched_by().count(), WATCHERS_MAX),
        ];
        for (what, found, max) in limits {
            if found > max {
                let reason = format!("`{}` would have {found} {what}; at most {max}", request.number);
                return Err(Refusal::rule("merge_too_large", reason));
            }
        }
        self.check_links()
    }
}

/// The request in which a merged one goes on, when the actor may do something there.
pub(super) fn master_of(
    reader: Reader<'_>,
    merged: &Request,
    action: Action,
    context: &Context<'_>,
) -> Result<(Arc<Request>, Version), Halt> {
    let mut into = merged.merged.as_ref().map(|merged| merged.into);
    for _ in 0..MERGE_DEPTH_MAX {
        let Some(id) = into else { break };
        let Some((master, version)) = reader.find::<Request>(REQUEST.key(id.0))? else { break };
        into = master.merged.as_ref().map(|merged| merged.into);
        if into.is_some() {
            continue;
        }
        let policy = context.policy();
        if policy.allows(action, &master) {
            return Ok((master, version));
        }
        if policy.allows(Action::See, &master) || policy.allows(Action::SeeOwn, &master) {
            let reason = format!("the request goes on as `{}`", master.number);
            return Err(Refusal::rule("already_merged", reason).into());
        }
    }
    Err(Refusal::rule("already_merged", "the request goes on in another one").into())
}
