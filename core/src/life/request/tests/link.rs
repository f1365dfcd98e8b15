//! Links and parents, on both sides and never in a circle.

use std::slice::from_ref;
use std::sync::LazyLock;

use uuid::Uuid;

use crate::base::limits::{LINK_DEPTH_MAX, LINKS_MAX};
use crate::config::catalog::OnParentEnd;
use crate::life::decision::Decision;
use crate::life::refusal::Refusal;
use crate::life::request::command::RequestCommand as C;
use crate::life::request::record::{REQUEST, Request, RequestId};
use crate::life::request::status::Status;
use crate::life::request::tie::{Absorbed, Link, LinkKind, Merged, Parent};
use crate::life::sample::{Ask, BOSS, OPERATOR, acts, code, noon, request, world, written};
use crate::life::world::World;

#[test]
fn a_link_stands_on_both_sides_and_goes_from_both() {
    for kind in LinkKind::ALL {
        let (first, second) = both(&at(1), &link(kind, 2), &at(2));
        assert_eq!(first.links, [Link { kind, request: at(2).id }]);
        assert_eq!(second.links, [Link { kind: kind.inverse(), request: at(1).id }]);
        assert_eq!(refused(&first, &link(kind, 2), from_ref(&second)), "no_change");
        let (first, second) = both(&first, &unlink(kind, 2), &second);
        assert_eq!((first, second), (at(1), at(2)));
    }
    assert_eq!(refused(&at(1), &unlink(LinkKind::Relates, 2), &[at(2)]), "no_change");
}

#[test]
fn a_link_needs_two_requests_that_are_seen_and_not_merged() {
    assert_eq!(refused(&at(1), &link(LinkKind::Relates, 1), &[]), "same_request");
    assert_eq!(refused(&at(1), &link(LinkKind::Relates, 2), &[]), "not_found");
    let merged = Request { status: Status::Merged, ..at(2) };
    assert_eq!(refused(&at(1), &link(LinkKind::Relates, 2), &[merged]), "already_merged");
    let hidden = Request { line: code("hr"), service: code("HR-01"), confidentiality: 2, ..at(2) };
    let operator = Ask::new(&WORLD, acts(OPERATOR), noon()).beside(hidden);
    let refusal = operator.step(&at(1), &link(LinkKind::Relates, 2)).expect_err("it is not seen");
    assert_eq!(refusal, Refusal::not_found("request", at(2).id));
}

#[test]
fn dependencies_and_duplicates_lead_in_no_circle() {
    for (kind, back) in
        [(LinkKind::DependsOn, LinkKind::NeededBy), (LinkKind::DuplicateOf, LinkKind::DuplicatedBy)]
    {
        // 1 → 2 → 3
        let chain = [linked(1, kind, 2), linked(2, kind, 3), at(3)];
        assert_eq!(refused(&chain[2], &link(kind, 1), &chain), "circle");
        assert_eq!(refused(&chain[2], &link(kind, 2), &chain), "circle");
        assert_eq!(refused(&chain[0], &link(back, 3), &chain), "circle");
        both(&chain[0], &link(kind, 3), &chain[2]);
        let decision = decide(&at(4), &link(kind, 1), &chain).expect("no circle");
        let guarded: Vec<_> = decision.guards.iter().map(|(key, _)| *key).collect();
        assert_eq!(guarded, [REQUEST.key(at(2).id.0), REQUEST.key(at(3).id.0)]);
    }
}

#[test]
fn a_way_leads_on_through_what_was_merged() {
    // 2 went on in 3, which therefore depends on 1 as 2 did.
    let brought = Absorbed {
        request: at(2).id,
        via: None,
        depth: 1,
        confidentiality: 0,
        copied: Vec::new(),
        watchers: Vec::new(),
        links: vec![Link { kind: LinkKind::DependsOn, request: at(1).id }],
        counts_from: None,
    };
    let master = Request { absorbed: vec![brought], ..at(3) };
    assert_eq!(refused(&at(1), &link(LinkKind::DependsOn, 3), from_ref(&master)), "circle");
    // 4 depends on 2, and so on 3.
    let into = Merged { into: at(3).id, at: noon(), before: Status::New, hold: None, closes_at: None };
    let merged = Request { status: Status::Merged, merged: Some(into), ..at(2) };
    let others = [merged, at(3), linked(4, LinkKind::DependsOn, 2)];
    assert_eq!(refused(&at(3), &link(LinkKind::DependsOn, 4), &others), "circle");
}

#[test]
fn ways_and_numbers_of_links_are_limited() {
    let chain = |length: u128| -> Vec<Request> {
        (2..length + 2).map(|n| linked(n, LinkKind::DependsOn, n + 1)).chain([at(length + 2)]).collect()
    };
    let longest = u128::try_from(LINK_DEPTH_MAX).expect("a small number");
    decide(&at(1), &link(LinkKind::DependsOn, 2), &chain(longest)).expect("as long as may be");
    assert_eq!(refused(&at(1), &link(LinkKind::DependsOn, 2), &chain(longest + 1)), "too_deep");
    let many = |links: usize| {
        let link = |n| Link { kind: LinkKind::Relates, request: at(1_000 + n as u128).id };
        Request { links: (0..links).map(link).collect(), ..at(1) }
    };
    decide(&many(LINKS_MAX - 1), &link(LinkKind::Relates, 2), &[at(2)]).expect("the last one");
    assert_eq!(refused(&many(LINKS_MAX), &link(LinkKind::Relates, 2), &[at(2)]), "too_many_links");
    assert_eq!(refused(&at(2), &link(LinkKind::Relates, 1), &[many(LINKS_MAX)]), "too_many_links");
}

#[test]
fn a_child_knows_its_parent_and_a_parent_counts_its_children() {
    let (child, parent) = both(&at(1), &join(2, None), &at(2));
    assert_eq!(child.parent, Some(Parent { request: at(2).id, on_end: None }));
    assert_eq!(parent.children, 1);
    assert_eq!(refused(&child, &join(2, None), from_ref(&parent)), "no_change");
    assert_eq!(refused(&child, &join(3, None), &[at(3)]), "has_parent");
    let anew = decide(&child, &join(2, Some(OnParentEnd::Refuse)), from_ref(&parent)).expect("said anew");
    let told = written(&anew, child.id).expect("the child changes");
    assert_eq!(told.parent, Some(Parent { request: at(2).id, on_end: Some(OnParentEnd::Refuse) }));
    assert!(written(&anew, parent.id).is_none(), "it still has one child");
    let (child, parent) = both(&told, &C::LeaveParent, &parent);
    assert_eq!((child, parent), (at(1), at(2)));
    assert_eq!(refused(&at(1), &C::LeaveParent, &[]), "no_change");
}

#[test]
fn nobody_is_above_itself() {
    let under = |n, parent| Request {
        parent: Some(Parent { request: at(parent).id, on_end: None }),
        children: 1,
        ..at(n)
    };
    let top = Request { children: 1, ..at(1) };
    let family = [top.clone(), under(2, 1), under(3, 2)];
    assert_eq!(refused(&top, &join(3, None), &family), "circle");
    assert_eq!(refused(&top, &join(2, None), &family), "circle");
    assert_eq!(refused(&top, &join(1, None), &family), "same_request");
    let decision = decide(&at(4), &join(3, None), &family).expect("no circle");
    let guarded: Vec<_> = decision.guards.iter().map(|(key, _)| key.id).collect();
    assert_eq!(guarded, [at(2).id.0, at(1).id.0]);
}

#[test]
fn what_has_ended_gets_no_children() {
    for status in [Status::Closed, Status::Cancelled, Status::Rejected, Status::Merged] {
        let ended = Request { status, ..at(2) };
        assert_eq!(refused(&at(1), &join(2, None), &[ended]), "parent_ended", "{status:?}");
    }
    let closed = Request { status: Status::Closed, ..at(1) };
    both(&closed, &join(2, None), &at(2));
}

static WORLD: LazyLock<World> = LazyLock::new(world);

/// A request of a number.
fn at(n: u128) -> Request {
    Request { id: RequestId(Uuid::from_u128(500 + n)), ..request() }
}

fn linked(n: u128, kind: LinkKind, to: u128) -> Request {
    Request { links: vec![Link { kind, request: at(to).id }], ..at(n) }
}

fn link(kind: LinkKind, to: u128) -> C {
    C::Link { kind, to: at(to).id }
}

fn unlink(kind: LinkKind, to: u128) -> C {
    C::Unlink { kind, to: at(to).id }
}

fn join(parent: u128, on_end: Option<OnParentEnd>) -> C {
    C::JoinParent { parent: at(parent).id, on_end }
}

fn decide(request: &Request, command: &C, others: &[Request]) -> Result<Decision, Refusal> {
    let ask = Ask::new(&WORLD, acts(BOSS), noon());
    others.iter().cloned().fold(ask, Ask::beside).decide_beside(request, command)
}

fn refused(request: &Request, command: &C, others: &[Request]) -> &'static str {
    decide(request, command, others).expect_err("it is refused").code()
}

/// Both requests after a step of the first.
fn both(first: &Request, command: &C, second: &Request) -> (Request, Request) {
    let decision = decide(first, command, from_ref(second)).expect("it is allowed");
    let after = |id| written(&decision, id).expect("both change");
    (after(first.id), after(second.id))
}
