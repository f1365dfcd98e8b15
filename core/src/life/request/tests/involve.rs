//! Who else has to do with a request.

use crate::base::Span;
use crate::base::limits::{COPIED_IN_MAX, WATCHERS_MAX};
use crate::config::catalog::Recipient;
use crate::life::access::Actor;
use crate::life::directory::EmployeeId;
use crate::life::request::command::RequestCommand as C;
use crate::life::request::involvement::{CopiedIn, CopyAccess, Involvement, Role};
use crate::life::request::record::Request;
use crate::life::sample::{
    Ask, BOSS, CALLER, COLLEAGUE, OPERATOR, REQUESTER, STRANGER, TENANT_ID, acts, code, noon, party, request,
    telling, world,
};
use crate::store::Stored;
use uuid::Uuid;

#[test]
fn who_is_copied_in_has_an_involvement_that_follows_what_they_may_do() {
    let world = world();
    let ask = Ask::new(&world, acts(OPERATOR), noon());
    let copy = |access| C::CopyIn { party: party(STRANGER), access };
    let (viewed, decision) = ask.step(&request(), &copy(CopyAccess::View)).expect("an operator may");
    assert_eq!(rows(&decision.puts.iter().map(|put| &*put.record).collect::<Vec<_>>()), [Role::Viewer]);
    let (updated, decision) = ask.step(&viewed, &copy(CopyAccess::Update)).expect("the access changes");
    assert_eq!(rows(&decision.puts.iter().map(|put| &*put.record).collect::<Vec<_>>()), [Role::Participant]);
    assert_eq!(decision.deletes.len(), 1, "the viewer's row goes");
    let (out, decision) = ask.step(&updated, &C::CopyOut { party: party(STRANGER) }).expect("out again");
    assert_eq!((out.copied, decision.deletes.len()), (Vec::new(), 1));
}

#[test]
fn nobody_is_copied_in_who_has_the_request_or_does_not_exist() {
    let world = world();
    let ask = Ask::new(&world, acts(OPERATOR), noon());
    let copy = |party| C::CopyIn { party, access: CopyAccess::View };
    let refused = |command| ask.step(&request(), &command).expect_err("it is refused").code();
    assert_eq!(refused(copy(REQUESTER.into())), "no_change");
    assert_eq!(refused(copy(EmployeeId(Uuid::from_u128(99)).into())), "invalid");
    assert_eq!(refused(copy(Actor::system(TENANT_ID).party)), "invalid");
    assert_eq!(refused(C::CopyOut { party: party(STRANGER) }), "no_change");
}

#[test]
fn a_request_takes_a_limited_number_of_people() {
    let world = world();
    let ask = Ask::new(&world, acts(OPERATOR), noon());
    let somebody = |n: usize| EmployeeId(Uuid::from_u128(1_000 + n as u128)).into();
    let mut full = request();
    full.copied =
        (0..COPIED_IN_MAX).map(|n| CopiedIn { party: somebody(n), access: CopyAccess::View }).collect();
    full.watchers = (0..WATCHERS_MAX).map(somebody).collect();
    let copy = C::CopyIn { party: CALLER.into(), access: CopyAccess::View };
    assert_eq!(ask.step(&full, &copy).expect_err("it is full").code(), "invalid");
    assert_eq!(ask.step(&full, &C::Watch).expect_err("it is full").code(), "too_many_watchers");
}

#[test]
fn a_watcher_is_told_of_what_they_may_see_and_not_of_the_rest() {
    let world = telling(Recipient::Watchers);
    let watched = Request { watchers: vec![party(BOSS), party(REQUESTER), party(STRANGER)], ..request() };
    let told = |command: C| {
        let ask = Ask::new(&world, acts(OPERATOR), noon() + Span::hours(1));
        let (_, decision) = ask.step(&watched, &command).expect("an operator may");
        decision.work.len()
    };
    assert_eq!(told(C::Answer("It is on its way.".into())), 2, "the boss and the requester see answers");
    assert_eq!(told(C::Note("It is strange.".into())), 1, "only the boss sees notes");
}

#[test]
fn whoever_sees_a_request_can_watch_it_and_nobody_else() {
    let world = world();
    for (who, sees) in [(REQUESTER, true), (OPERATOR, true), (COLLEAGUE, true), (STRANGER, false)] {
        let ask = Ask::new(&world, acts(who), noon());
        assert_eq!(ask.step(&request(), &C::Watch).is_ok(), sees, "{who}");
    }
    let hidden = Request { line: code("hr"), service: code("HR-01"), confidentiality: 2, ..request() };
    let watched = Request { watchers: vec![party(OPERATOR)], ..hidden };
    let refusal = Ask::new(&world, acts(OPERATOR), noon()).step(&watched, &C::Unwatch);
    assert_eq!(refusal.expect_err("watching shows nothing").code(), "not_found");
}

fn rows(records: &[&dyn Stored]) -> Vec<Role> {
    let any = records.iter().map(|record| *record as &dyn std::any::Any);
    any.filter_map(|record| record.downcast_ref::<Involvement>()).map(|row| row.role).collect()
}
