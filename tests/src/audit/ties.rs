//! What ties requests together is said by both of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use okno::life::request::{DRAFT, Draft, Link, READ_MARK, REQUEST, ReadMark, Request};
use okno::{RequestId, Status};

use super::fold::Life;
use super::{Breach, Holdings, Law};

impl Holdings {
    pub(super) fn audit_ties(&self, lives: &BTreeMap<RequestId, Life>) -> Vec<Breach> {
        let all: Vec<Arc<Request>> = self.all(&REQUEST).collect();
        let mut breaches: Vec<Breach> =
            all.iter().flat_map(|request| self.audit_tie(request, &all)).collect();
        breaches.extend(all.iter().filter_map(|request| self.miscounted(request, &all, lives)));
        for mark in self.all::<ReadMark>(&READ_MARK) {
            let had = self.request(mark.request).map(|request| (request.entries, request.public_entries));
            if had.is_none_or(|(entries, public)| mark.seen > entries || mark.seen_public > public) {
                breaches.push(Breach::of(Law::Ties, format!("{mark:?} goes beyond {had:?}")));
            }
        }
        for draft in self.all::<Draft>(&DRAFT).filter(|draft| self.request(draft.request).is_none()) {
            breaches.push(Breach::of(Law::Ties, format!("a draft for {}, which is gone", draft.request)));
        }
        breaches
    }

    fn audit_tie(&self, request: &Request, all: &[Arc<Request>]) -> Vec<Breach> {
        let id = request.id;
        let mut breaches = Vec::new();
        let mut found = |what: String| breaches.push(Breach::of(Law::Ties, format!("{id}: {what}")));
        // What was archived took its side along.
        let there = |other: RequestId| !self.is_archived(REQUEST.key(other.0));
        for link in request.links.iter().filter(|link| there(link.request)) {
            let back = Link { kind: link.kind.inverse(), request: id };
            if !self.request(link.request).is_some_and(|other| other.links.contains(&back)) {
                found(format!("{link:?} is not said by the other one"));
            }
        }
        if let Some(parent) = request.parent.filter(|parent| there(parent.request))
            && self.request(parent.request).is_none()
        {
            found(format!("its parent {} is not there", parent.request));
        }
        if (request.status == Status::Merged) != request.merged.is_some() {
            found(format!("it is {:?}, merged {:?}", request.status, request.merged));
        }
        let absorbed: Vec<RequestId> = request.absorbed.iter().map(|absorbed| absorbed.request).collect();
        let led_here = all.iter().filter(|other| self.leads_to(other, id));
        let led_here: BTreeSet<RequestId> = led_here.map(|other| other.id).collect();
        if absorbed.len() != led_here.len() || !absorbed.iter().all(|other| led_here.contains(other)) {
            found(format!("{led_here:?} went on in it, it says {absorbed:?}"));
        }
        breaches
    }

    /// A parent counts the children that are here and those that left for the archive.
    fn miscounted(
        &self,
        request: &Request,
        all: &[Arc<Request>],
        lives: &BTreeMap<RequestId, Life>,
    ) -> Option<Breach> {
        let id = request.id;
        let is_child = |other: &Request| other.parent.is_some_and(|parent| parent.request == id);
        let here = all.iter().filter(|other| is_child(other)).count();
        let left = lives.values().map(|life| &life.request);
        let left = left.filter(|other| is_child(other) && self.is_archived(REQUEST.key(other.id.0))).count();
        let says = request.children as usize;
        let what = || format!("{id} says that it has {says} children, {here} are here, {left} left");
        (here + left != says).then(|| Breach::of(Law::Ties, what()))
    }

    /// Whether a request went on in another one, directly or by others.
    fn leads_to(&self, from: &Request, to: RequestId) -> bool {
        let (mut next, mut seen) = (from.merged.as_ref().map(|merged| merged.into), BTreeSet::new());
        while let Some(id) = next.filter(|id| seen.insert(*id)) {
            if id == to {
                return true;
            }
            next = self.request(id).and_then(|request| request.merged.as_ref().map(|merged| merged.into));
        }
        false
    }
}
