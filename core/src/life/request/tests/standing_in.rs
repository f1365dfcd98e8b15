//! Steps for somebody who is away, and requests of somebody who left.

use std::any::Any;

use crate::base::Party;
use crate::config::catalog::{Action, Recipient};
use crate::life::access::Actor;
use crate::life::decision::Decision;
use crate::life::directory::{Delegation, EMPLOYEE, Employee, Only, Scope};
use crate::life::request::Submit;
use crate::life::request::command::RequestCommand as C;
use crate::life::request::decide::submit;
use crate::life::request::effect::Effect;
use crate::life::request::entry::Entry;
use crate::life::request::event::RequestEvent;
use crate::life::request::reason::ReleaseReason;
use crate::life::request::record::Request;
use crate::life::request::status::Status;
use crate::life::sample::{
    Ask, BOSS, COLLEAGUE, OPERATOR, REQUESTER, STRANGER, TENANT_ID, absence, acts, code, day, delegation,
    employee, noon, party, request, substitution, take, telling, text, world,
};
use crate::life::{Refusal, World};
use crate::store::{Stored, Version, WorkChange};

#[test]
fn a_substitute_takes_a_request_for_the_principal() {
    let mut world = world();
    take(&mut world.directory, absence(OPERATOR, 0, None));
    take(&mut world.directory, substitution(OPERATOR, STRANGER));
    let ask = Ask::new(&world, acts(STRANGER).acting_for(OPERATOR), noon());
    let (taken, decision) =
        ask.step(&request(), &C::Claim).expect("the principal may, and so may the substitute");
    assert_eq!(taken.assignee, Some(OPERATOR));
    assert_eq!(decision.origin.actor, party(STRANGER));
    assert_eq!(decision.origin.principal, Some(party(OPERATOR)));
    let resolve = C::Resolve { code: "fixed".into(), text: "A new toner.".into() };
    let (_, decision) = ask.step(&taken, &resolve).expect("it is the principal's");
    let entry = decision.puts.iter().find_map(|put| (&*put.record as &dyn Any).downcast_ref::<Entry>());
    let entry = entry.expect("the resolution is written");
    assert_eq!((entry.author, entry.principal), (party(STRANGER), Some(party(OPERATOR))));
}

#[test]
fn nobody_is_given_work_while_away_and_the_refusal_names_who_stands_in() {
    let mut world = world();
    take(&mut world.directory, absence(COLLEAGUE, 0, Some(1)));
    let assign = C::Assign { operator: COLLEAGUE };
    let refused = |world: &World| match Ask::new(world, acts(BOSS), noon()).step(&request(), &assign) {
        Err(Refusal::Rule { rule: "operator_absent", reason }) => reason,
        other => panic!("{other:?}"),
    };
    assert!(refused(&world).ends_with("nobody stands in"), "{}", refused(&world));
    take(&mut world.directory, substitution(COLLEAGUE, OPERATOR));
    assert!(refused(&world).ends_with(&format!("`{OPERATOR}` stands in")), "{}", refused(&world));
    Ask::new(&world, acts(BOSS), day(1)).step(&request(), &assign).expect("the colleague is back");
}

#[test]
fn a_request_of_somebody_who_left_goes_back_to_its_line_whatever_its_status() {
    let mut world = world();
    take(&mut world.directory, Employee { active: false, ..employee(OPERATOR) });
    let ask = Ask::new(&world, Actor::system(TENANT_ID), noon());
    for status in [Status::Assigned, Status::InProgress, Status::OnHold, Status::Resolved] {
        let had = Request { status, assignee: Some(OPERATOR), ..request() };
        let (given, decision) =
            ask.step(&had, &C::GiveBack { operator: OPERATOR }).expect("its operator left");
        assert_eq!(given.assignee, None);
        let expected = if status == Status::Assigned { Status::Classified } else { status };
        assert_eq!(given.status, expected);
        let event = (&*decision.events[0].fact as &dyn Any).downcast_ref::<RequestEvent>();
        let reason = ReleaseReason::OperatorLeft;
        assert_eq!(event, Some(&RequestEvent::Released { status: expected, reason }));
    }
}

#[test]
fn who_is_given_a_request_has_to_work_here_when_it_is_written() {
    let world = world();
    for command in [C::Claim, C::Assign { operator: OPERATOR }] {
        let ask = Ask::new(&world, acts(OPERATOR), noon());
        let (_, decision) = ask.step(&request(), &command).expect("the operator works here");
        assert_eq!(decision.guards, [(EMPLOYEE.key(OPERATOR.0), Version(1))], "{command:?}");
    }
    let ask = Ask::new(&world, acts(OPERATOR), noon());
    let (_, decision) = ask.step(&request(), &C::Start).expect("an operator may");
    assert!(decision.guards.is_empty());
}

#[test]
fn nothing_is_given_back_that_somebody_else_has_or_the_operator_works_on_again() {
    let world = world();
    let had = Request { status: Status::Assigned, assignee: Some(OPERATOR), ..request() };
    let refused = |actor, operator| {
        let ask = Ask::new(&world, actor, noon());
        ask.step(&had, &C::GiveBack { operator }).expect_err("it is refused").code()
    };
    assert_eq!(refused(Actor::system(TENANT_ID), COLLEAGUE), "no_change");
    assert_eq!(refused(Actor::system(TENANT_ID), OPERATOR), "operator_works_here");
    assert_eq!(refused(acts(OPERATOR), OPERATOR), "denied", "the engine's own");
}

#[test]
fn a_request_taken_up_again_does_not_go_to_who_left_meanwhile() {
    let mut world = world();
    take(&mut world.directory, Employee { active: false, ..employee(OPERATOR) });
    let mut closed = Request { status: Status::Closed, assignee: Some(OPERATOR), ..request() };
    closed.closed_at = Some(noon());
    let reopen = C::Reopen { text: "It is back.".into(), hold: None };
    let (open, _) = Ask::new(&world, acts(BOSS), noon()).step(&closed, &reopen).expect("within the window");
    assert_eq!((open.status, open.assignee), (Status::InProgress, None));
}

#[test]
fn a_substitute_submits_as_the_principal_would() {
    let mut world = world();
    take(&mut world.directory, delegation(REQUESTER, STRANGER));
    let ask = Ask::new(&world, acts(STRANGER).acting_for(REQUESTER), noon());
    let mut context = ask.context();
    context.number = Some(crate::life::Number { prefix: "IT".into(), count: 1 });
    let asked = Submit::new(code("IT-01"), text("The printer prints nothing"));
    let view = crate::store::View::default();
    let reader = crate::life::Reader(&view);
    let decision = submit(reader, &asked, &mut context).expect("the requester may");
    let request = submitted(&decision);
    assert_eq!(request.requester, party(REQUESTER));
    assert_eq!(decision.origin.principal, Some(party(REQUESTER)));
    let listed = Only::These(vec![Action::SeeOwn]);
    take(&mut world.directory, Delegation { actions: listed, ..delegation(REQUESTER, STRANGER) });
    let ask = Ask::new(&world, acts(STRANGER).acting_for(REQUESTER), noon());
    let refused = |ask: &Ask<'_>| {
        let mut context = ask.context();
        context.number = Some(crate::life::Number { prefix: "IT".into(), count: 2 });
        let refused = submit(reader, &asked, &mut context).expect_err("it is not delegated");
        assert!(format!("{refused:?}").contains("Denied"), "{refused:?}");
    };
    refused(&ask);
    let elsewhere = Scope { lines: Only::These(vec![code("front")]), ..Scope::default() };
    take(&mut world.directory, Delegation { scope: elsewhere, ..delegation(REQUESTER, STRANGER) });
    refused(&Ask::new(&world, acts(STRANGER).acting_for(REQUESTER), noon()));
}

#[test]
fn substitutes_are_told_while_the_principal_is_away_as_far_as_they_may_know() {
    let mut world = telling(Recipient::Requester);
    take(&mut world.directory, substitution(REQUESTER, STRANGER));
    let listed = Only::These(vec![Action::Submit]);
    take(&mut world.directory, Delegation { actions: listed, ..substitution(REQUESTER, COLLEAGUE) });
    let answer = C::Answer("Please wait.".into());
    let told = |world: &World| {
        let (_, decision) = Ask::new(world, acts(OPERATOR), noon()).step(&request(), &answer).expect("may");
        let mut told: Vec<Party> = decision.work.iter().filter_map(notified).collect();
        told.sort_unstable();
        told
    };
    assert_eq!(told(&world), [party(REQUESTER)]);
    take(&mut world.directory, absence(REQUESTER, 0, None));
    assert_eq!(told(&world), [party(REQUESTER), party(STRANGER)], "the colleague may not see it for them");
}

fn notified(change: &WorkChange) -> Option<Party> {
    let WorkChange::Set(item) = change else { return None };
    match serde_json::from_str(&item.body).ok()? {
        Effect::Notify { to, .. } => Some(to),
        Effect::Warn { .. } | Effect::Emit { .. } => None,
    }
}

fn submitted(decision: &Decision) -> &Request {
    let found = |record: &dyn Stored| (record as &dyn Any).is::<Request>();
    let put = decision.puts.iter().find(|put| found(&*put.record)).expect("the request is written");
    (&*put.record as &dyn Any).downcast_ref().expect("a request")
}
