//! What the end of a request does to its children, and major incidents.

use std::sync::Arc;

use uuid::Uuid;

use crate::base::{Channel, CommandId, Party};
use crate::config::catalog::{OnParentEnd, RequestKind};
use crate::life::access::Actor;
use crate::life::decision::Decision;
use crate::life::refusal::Refusal;
use crate::life::request::command::{ForChildren, RequestCommand as C, Wake};
use crate::life::request::entry::{Entry, EntryId, EntryKind};
use crate::life::request::record::{Request, RequestId};
use crate::life::request::status::Status;
use crate::life::request::tie::{Major, Parent};
use crate::life::sample::{
    Ask, BOSS, OPERATOR, SUPERVISOR, TENANT_ID, acts, catalog, code, noon, party, request, written,
};
use crate::life::world::World;
use crate::store::{Queue, WorkChange};

const CHILD: RequestId = RequestId(Uuid::from_u128(200));
const TEXT: EntryId = EntryId(Uuid::from_u128(300));

#[test]
fn the_end_of_a_parent_does_to_its_children_what_is_declared_or_what_they_say() {
    use OnParentEnd::{Follow, Leave, Refuse};
    for declared in [Leave, Follow, Refuse] {
        for own in [None, Some(Leave), Some(Follow), Some(Refuse)] {
            for (end, code) in [(resolve(), "fixed"), (close(), "done")] {
                let ended = decide(declared, &parent(), &end, &[child(own)]);
                let policy = own.unwrap_or(declared);
                let case = format!("{declared:?} {own:?}");
                match (policy, ended) {
                    (Refuse, ended) => assert_eq!(ended.expect_err(&case).code(), "child_open", "{case}"),
                    (Leave, ended) => assert_eq!(follow_ups(&ended.expect(&case)), [], "{case}"),
                    (Follow, ended) => {
                        let said = &follow_ups(&ended.expect(&case))[0];
                        assert_eq!(code_of(said), (code, declared), "{case}");
                    }
                }
            }
        }
    }
}

#[test]
fn only_open_children_keep_a_parent_from_ending_or_follow_it() {
    for declared in [OnParentEnd::Follow, OnParentEnd::Refuse] {
        for status in [Status::Resolved, Status::Closed, Status::Cancelled, Status::Merged] {
            let ended = Request { status, ..child(None) };
            let decision = decide(declared, &parent(), &resolve(), &[ended]).expect("no child is open");
            assert_eq!(follow_ups(&decision), [], "{status:?}");
        }
    }
}

#[test]
fn children_follow_an_end_once_and_neither_a_withdrawal_nor_a_rejection() {
    let declared = OnParentEnd::Follow;
    let resolved = Request { status: Status::Resolved, resolved_at: Some(noon()), ..parent() };
    for (parent, command) in [
        (&resolved, C::Confirm),
        (&resolved, close()),
        (&resolved, C::AmendResolution { code: "again".into(), text: String::new() }),
        (&parent(), C::Cancel { reason: "not_needed".into() }),
        (&Request { status: Status::New, ..parent() }, C::Reject { reason: "not_ours".into() }),
    ] {
        let decision = decide(declared, parent, &command, &[child(None)]).expect("nothing refuses it");
        assert_eq!(follow_ups(&decision), [], "{command:?}");
    }
}

#[test]
fn a_resolved_parent_closes_though_a_child_was_taken_up_again() {
    let closes_at = Some(noon());
    let resolved = Request { status: Status::Resolved, resolved_at: Some(noon()), closes_at, ..parent() };
    let world = declaring(OnParentEnd::Refuse);
    let wake = C::Wake(Wake::CloseBySilence { set_by: CommandId(Uuid::nil()) });
    let engine = Ask::new(&world, Actor::system(TENANT_ID), noon()).beside(child(None));
    assert_eq!(engine.step(&resolved, &wake).expect("it is due").0.status, Status::Closed);
    for by_hand in [C::Confirm, close()] {
        decide(OnParentEnd::Refuse, &resolved, &by_hand, &[child(None)]).expect("it had ended before");
    }
}

#[test]
fn a_child_follows_with_the_code_and_the_text_of_its_parent() {
    let declared = OnParentEnd::Follow;
    let resolve = ForChildren::Resolve { code: "fixed".into(), entry: Some(TEXT), declared };
    let decision = follow(&child(None), resolve).expect("it follows");
    let after = written(&decision, CHILD).expect("the child changes");
    assert_eq!((after.status, after.resolution.as_deref()), (Status::Resolved, Some("fixed")));
    let entry = entries(&decision).remove(0);
    assert_eq!((entry.kind, entry.text.as_str()), (EntryKind::Resolution, "The router was replaced."));
    assert_eq!((entry.author, entry.principal), (Party::SYSTEM, Some(party(BOSS))));
    assert_eq!(entry.copy_of.map(|copy| (copy.entry, copy.author)), Some((TEXT, party(BOSS))));

    let close = ForChildren::Close { reason: "done".into(), declared };
    let decision = follow(&child(None), close).expect("it follows");
    let after = written(&decision, CHILD).expect("the child changes");
    assert_eq!((after.status, after.closing.as_deref()), (Status::Closed, Some("done")));
}

#[test]
fn a_child_that_ended_left_or_says_otherwise_does_not_follow() {
    let declared = OnParentEnd::Follow;
    let close = || ForChildren::Close { reason: "done".into(), declared };
    let left = Request { parent: None, ..child(None) };
    let ended = Request { status: Status::Resolved, ..child(None) };
    for child in [left, ended, child(Some(OnParentEnd::Leave)), child(Some(OnParentEnd::Refuse))] {
        assert_eq!(follow(&child, close()).expect_err("it does not follow").code(), "not_following");
    }
}

#[test]
fn a_major_incident_stays_an_incident() {
    let service = |service| C::Classify { service: Some(code(service)), category: None };
    let other = catalog().services.into_iter().find(|it| it.kind != RequestKind::Incident);
    let other = other.expect("the sample has one");
    let refusal = decide(OnParentEnd::Leave, &major(), &service(other.code.as_str()), &[]);
    assert_eq!(refusal.expect_err("it is a major one").code(), "is_major");
    decide(OnParentEnd::Leave, &parent(), &service(other.code.as_str()), &[]).expect("it is an ordinary one");
}

#[test]
fn only_the_engine_lets_children_follow() {
    let world = declaring(OnParentEnd::Leave);
    let follow = ForChildren::Close { reason: "done".into(), declared: OnParentEnd::Follow };
    let commands = [
        C::FollowParent { parent: parent().id, follow: follow.clone() },
        C::NoteFollowRefused { child: CHILD, rule: "child_open".into() },
        C::Wake(Wake::ForChildren { set_by: CommandId(Uuid::nil()), follow }),
    ];
    for command in &commands {
        let refusal = Ask::new(&world, acts(SUPERVISOR), noon()).step(&child(None), command);
        assert_eq!(refusal.expect_err("nobody else may").code(), "denied");
    }
    let refusal = Ask::new(&world, Actor::system(TENANT_ID), noon()).step(&parent(), &commands[2]);
    assert_eq!(refusal.expect_err("it is for the children").code(), "not_due");
}

#[test]
fn a_supervisor_declares_a_major_incident_and_demotes_it() {
    let world = declaring(OnParentEnd::Leave);
    let supervisor = Ask::new(&world, acts(SUPERVISOR), noon());
    let (major, _) = supervisor.step(&parent(), &C::DeclareMajor).expect("a supervisor may");
    assert_eq!(major.major, Some(Major { by: party(SUPERVISOR), since: noon() }));
    let again = supervisor.step(&major, &C::DeclareMajor).expect_err("it is one already");
    assert_eq!(again.code(), "no_change");
    let (demoted, _) = supervisor.step(&major, &C::Demote).expect("a supervisor may");
    assert_eq!(demoted, parent());
    assert_eq!(supervisor.step(&demoted, &C::Demote).expect_err("it is none").code(), "no_change");
    let operator = Ask::new(&world, acts(OPERATOR), noon()).step(&parent(), &C::DeclareMajor);
    assert_eq!(operator.expect_err("an operator may not").code(), "denied");
    let question = Request { kind: RequestKind::Question, ..parent() };
    let refusal = supervisor.step(&question, &C::DeclareMajor).expect_err("it is a question");
    assert_eq!(refusal.code(), "not_an_incident");
}

#[test]
fn the_children_of_a_major_incident_follow_whatever_the_service_declares() {
    let decision = decide(OnParentEnd::Refuse, &major(), &resolve(), &[child(None)]).expect("they follow");
    assert_eq!(follow_ups(&decision).len(), 1);
    let refused = decide(OnParentEnd::Leave, &major(), &resolve(), &[child(Some(OnParentEnd::Refuse))]);
    assert_eq!(refused.expect_err("this child says no").code(), "child_open");
}

#[test]
fn a_broadcast_is_one_answer_here_and_one_for_each_open_child() {
    let say = || C::Broadcast("We are on it.".into());
    let decision = decide(OnParentEnd::Leave, &major(), &say(), &[]).expect("it is a major incident");
    let entry = entries(&decision).remove(0);
    assert_eq!((entry.kind, entry.text.as_str()), (EntryKind::Answer, "We are on it."));
    assert_eq!(follow_ups(&decision), [ForChildren::Broadcast { entry: entry.id }]);
    let childless = Request { children: 0, ..major() };
    let decision = decide(OnParentEnd::Leave, &childless, &say(), &[]).expect("it is a major incident");
    assert_eq!(follow_ups(&decision), []);
    let refusal = decide(OnParentEnd::Leave, &parent(), &say(), &[]).expect_err("it is none");
    assert_eq!(refusal.code(), "not_major");

    let told = follow(&child(Some(OnParentEnd::Leave)), ForChildren::Broadcast { entry: TEXT });
    let decision = told.expect("every open child is told");
    let entry = entries(&decision).remove(0);
    assert_eq!((entry.kind, entry.text.as_str()), (EntryKind::Answer, "The router was replaced."));
    let ended = Request { status: Status::Resolved, ..child(None) };
    let refusal = follow(&ended, ForChildren::Broadcast { entry: TEXT }).expect_err("it has ended");
    assert_eq!(refusal.code(), "not_following");
}

fn declaring(children: OnParentEnd) -> World {
    let mut catalog = catalog();
    catalog.services[0].children = children;
    World {
        catalog: Arc::new(catalog.check().expect("the catalog has no problem")),
        ..crate::life::sample::world()
    }
}

fn parent() -> Request {
    Request { status: Status::InProgress, children: 1, ..request() }
}

fn major() -> Request {
    Request { major: Some(Major { by: party(BOSS), since: noon() }), ..parent() }
}

fn child(on_end: Option<OnParentEnd>) -> Request {
    let parent = Some(Parent { request: parent().id, on_end });
    Request { id: CHILD, parent, status: Status::Assigned, ..request() }
}

fn resolve() -> C {
    C::Resolve { code: "fixed".into(), text: "The router was replaced.".into() }
}

fn close() -> C {
    C::Close { reason: "done".into() }
}

fn decide(
    declared: OnParentEnd,
    request: &Request,
    command: &C,
    others: &[Request],
) -> Result<Decision, Refusal> {
    let world = declaring(declared);
    let ask = Ask::new(&world, acts(BOSS), noon());
    others.iter().cloned().fold(ask, Ask::beside).decide_beside(request, command)
}

fn follow(child: &Request, follow: ForChildren) -> Result<Decision, Refusal> {
    let world = declaring(OnParentEnd::Leave);
    let text = Entry {
        id: TEXT,
        request: parent().id,
        number: 1,
        kind: EntryKind::Resolution,
        author: party(BOSS),
        principal: None,
        at: noon(),
        channel: Channel::Workplace,
        text: "The router was replaced.".to_owned(),
        mentions: Vec::new(),
        revisions: 0,
        edited: None,
        redacted: None,
        work: None,
        copy_of: None,
    };
    let engine = Ask::new(&world, Actor::system(TENANT_ID), noon()).beside(text);
    engine.decide_beside(child, &C::FollowParent { parent: parent().id, follow })
}

fn code_of(follow: &ForChildren) -> (&str, OnParentEnd) {
    match follow {
        ForChildren::Resolve { code, entry, declared } => {
            assert!(entry.is_some(), "the text stands in an entry");
            (code, *declared)
        }
        ForChildren::Close { reason, declared } => (reason, *declared),
        ForChildren::Broadcast { .. } => panic!("nothing was broadcast"),
    }
}

/// What the decision lets the engine do to the children.
fn follow_ups(decision: &Decision) -> Vec<ForChildren> {
    let set = decision.work.iter().filter_map(|change| match change {
        WorkChange::Set(new) if new.queue == Queue::Timers => Some(new),
        WorkChange::Set(_) | WorkChange::Cancel { .. } | WorkChange::Finish(_) => None,
    });
    let wakes = set.map(|new| serde_json::from_str(&new.body).expect("a timer of a request"));
    let follow = |wake| match wake {
        Wake::ForChildren { follow, .. } => Some(follow),
        Wake::CloseBySilence { .. }
        | Wake::EndHold { .. }
        | Wake::Clocks { .. }
        | Wake::Rebase { .. }
        | Wake::Scan { .. } => None,
    };
    wakes.filter_map(follow).collect()
}

fn entries(decision: &Decision) -> Vec<Entry> {
    let records = decision.puts.iter().map(|put| &*put.record as &dyn std::any::Any);
    records.filter_map(|record| record.downcast_ref::<Entry>().cloned()).collect()
}
