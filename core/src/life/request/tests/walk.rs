//! Every command in every status, against the table of arrows.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::base::{CommandId, Span};
use crate::condition::Value;
use crate::config::catalog::{OnParentEnd, REQUEST_EVENTS};
use crate::life::access::Actor;
use crate::life::request::command::{
    ForChildren, HoldFor, LogWork, Message, Redaction, RequestCommand, Submit, Wake,
};
use crate::life::request::entry::{Entry, EntryId, EntryKind, Visibility, Work};
use crate::life::request::event::FieldChanges;
use crate::life::request::hold::{Hold, HoldReason, Release};
use crate::life::request::involvement::{CopiedIn, CopyAccess};
use crate::life::request::record::{Request, RequestId, Standing};
use crate::life::request::status::{ARROWS, Arrow, Status, Verb};
use crate::life::request::tie::{Link, LinkKind, Major, Merged, Parent};
use crate::life::sample::{
    Ask, BOSS, CALLER, COLLEAGUE, OPERATOR, REQUESTER, SALES, TENANT_ID, acts, code, entry, file, noon,
    request, text, world,
};
use crate::life::world::World;

#[test]
fn a_command_succeeds_exactly_where_the_table_has_an_arrow() {
    let world = world();
    let mut taken: BTreeSet<Arrow> = BTreeSet::new();
    for (name, request) in requests() {
        for (verb, command) in commands_about(&request) {
            let from = request.status;
            let ask = ask(&world, &command);
            match ask.step(&request, &command) {
                Ok((after, _)) => {
                    assert!(
                        verb.targets(from).any(|to| to == after.status),
                        "{name}: {command:?} led to {:?}",
                        after.status
                    );
                    taken.insert((from, verb, after.status));
                }
                Err(refusal) => assert!(
                    verb.targets(from).next().is_none() || EXCUSES.contains(&refusal.code()),
                    "{name}: {command:?} was refused: {refusal}"
                ),
            }
        }
    }
    let missed: Vec<_> = ARROWS.iter().filter(|arrow| !taken.contains(arrow)).collect();
    assert!(missed.is_empty(), "no command takes {missed:?}");
}

/// Rules beside the table, which the variety of requests and commands meets on purpose.
const EXCUSES: [&str; 11] = [
    "no_change",
    "not_on_line",
    "already_assigned",
    "not_awaited",
    "not_due",
    "wrong_status",
    "already_closed",
    "not_following",
    "has_parent",
    "not_major",
    "is_major",
];

#[test]
fn a_step_that_the_table_lacks_is_refused_by_the_status() {
    let world = world();
    for (name, request) in requests() {
        for (verb, command) in commands_about(&request) {
            // These say by a rule of their own why not.
            let own = matches!(
                command,
                RequestCommand::Claim | RequestCommand::FollowParent { .. } | RequestCommand::Rate { .. }
            );
            if own || verb.targets(request.status).next().is_some() {
                continue;
            }
            let ask = ask(&world, &command);
            let refusal = ask.step(&request, &command).expect_err("no arrow leads on");
            let expected = match request.status {
                Status::Closed => "already_closed",
                Status::Cancelled => "already_cancelled",
                Status::Rejected => "already_rejected",
                Status::Merged => "already_merged",
                Status::New
                | Status::Classified
                | Status::Assigned
                | Status::InProgress
                | Status::OnHold
                | Status::Resolved => "wrong_status",
            };
            assert_eq!(refusal.code(), expected, "{name}: {command:?}");
        }
    }
}

#[test]
fn a_resolution_is_amended_in_resolved_only_and_a_closing_in_closed_only() {
    let world = world();
    let resolution = RequestCommand::AmendResolution { code: "again".into(), text: String::new() };
    let closing = RequestCommand::AmendClosing { reason: "again".into() };
    for (name, request) in requests() {
        let ask = Ask::new(&world, acts(BOSS), noon() + Span::hours(3));
        let amended = ask.step(&request, &resolution).is_ok();
        assert_eq!(amended, request.status == Status::Resolved, "{name}");
        let amended = ask.step(&request, &closing).is_ok();
        assert_eq!(amended, request.status == Status::Closed, "{name}");
    }
}

#[test]
fn parking_and_setting_going_again_keep_the_status_wherever_it_is() {
    let world = world();
    for (name, request) in requests() {
        let key = Uuid::from_u128(5);
        let park =
            RequestCommand::Park { timer: true, key, reason: "it keeps failing".into(), body: "{}".into() };
        let ask = Ask::new(&world, Actor::system(TENANT_ID), noon());
        let (parked, _) = ask.step(&request, &park).expect(&name);
        assert_eq!(parked.status, request.status, "{name}");
        let ask = Ask::new(&world, acts(BOSS), noon());
        let (going, _) = ask.step(&parked, &RequestCommand::Retry).expect(&name);
        assert_eq!((going.status, going.stuck), (request.status, Vec::new()), "{name}");
    }
}

#[test]
fn noting_that_a_child_did_not_follow_keeps_the_status_wherever_it_is() {
    let world = world();
    for (name, request) in requests() {
        let note = RequestCommand::NoteFollowRefused { child: OTHER, rule: "child_open".into() };
        let (noted, decision) = ask(&world, &note).step(&request, &note).expect(&name);
        assert_eq!(noted.status, request.status, "{name}");
        assert_eq!(decision.events[0].fact.name(), "follow_refused");
    }
}

#[test]
fn every_open_request_has_somebody_or_something_next() {
    let world = world();
    for (name, request) in requests() {
        for (_, command) in commands_about(&request) {
            let ask = ask(&world, &command);
            let Ok((after, _)) = ask.step(&request, &command) else { continue };
            let open = matches!(after.standing(), Standing::Open(_));
            assert_eq!(open, after.status.is_open(), "{name}: {command:?}");
        }
    }
}

#[test]
fn a_record_is_the_fold_of_the_events_of_every_step() {
    let world = world();
    for (name, request) in requests() {
        for (_, command) in commands_about(&request) {
            let ask = ask(&world, &command);
            let Ok((after, decision)) = ask.step(&request, &command) else { continue };
            let mut folded = request.clone();
            for event in decision.events.iter().filter(|event| event.subject.id == request.id.0) {
                let any: &dyn std::any::Any = &*event.fact;
                folded.evolve(any.downcast_ref().expect("an event of a request"), decision.at);
            }
            assert_eq!(folded, after, "{name}: {command:?}");
        }
    }
}

/// Asks in the sample world, in which there are other requests as well.
fn ask<'a>(world: &'a World, command: &RequestCommand) -> Ask<'a> {
    let ask = Ask::new(world, actor(command), noon() + Span::hours(3));
    let other = |id| Request { id, status: Status::InProgress, ..request() };
    let work = Some(Work { spent: Span::minutes(5), at: noon(), retracted: false });
    let work = Entry { work, ..entry(WORK, EntryKind::Work, BOSS.into()) };
    let ask = ask.beside(entry(NOTE, EntryKind::Note, BOSS.into())).beside(work);
    let entry = entry(WRITTEN, EntryKind::Message, REQUESTER.into());
    ask.beside(other(OTHER)).beside(other(PARENT)).beside(other(LINKED)).beside(entry)
}

/// Another request.
const OTHER: RequestId = RequestId(Uuid::from_u128(200));
/// The parent of some requests.
const PARENT: RequestId = RequestId(Uuid::from_u128(201));
/// What some requests are linked with.
const LINKED: RequestId = RequestId(Uuid::from_u128(202));
/// A note of the request.
const NOTE: EntryId = EntryId(Uuid::from_u128(7));
/// Work on the request.
const WORK: EntryId = EntryId(Uuid::from_u128(8));
/// An entry of the request.
const WRITTEN: EntryId = EntryId(Uuid::from_u128(300));

/// The commands that are about a request itself: what is said to a merged one is said to its master.
fn commands_about(request: &Request) -> Vec<(Verb, RequestCommand)> {
    let merged = request.status == Status::Merged;
    let said = [Verb::Reply, Verb::Answer, Verb::Note];
    let goes_on = |verb, command: &RequestCommand| {
        merged && said.contains(&verb) && !matches!(command, RequestCommand::FollowParent { .. })
    };
    commands().into_iter().filter(|(verb, command)| !goes_on(*verb, command)).collect()
}

/// Timers are the engine's own business; everything else is asked by somebody who may do it all.
fn actor(command: &RequestCommand) -> Actor {
    match command {
        RequestCommand::Wake(_)
        | RequestCommand::Park { .. }
        | RequestCommand::FollowParent { .. }
        | RequestCommand::NoteFollowRefused { .. } => Actor::system(TENANT_ID),
        _ => acts(BOSS),
    }
}

/// A request in every status, and in each of the ways in which it can stand there.
fn requests() -> Vec<(String, Request)> {
    let mut all = Vec::new();
    for status in Status::ALL {
        for operator in [None, Some(OPERATOR), Some(COLLEAGUE)] {
            let has_operator = match status {
                Status::New | Status::Classified => false,
                Status::Assigned => true,
                _ => operator.is_some(),
            };
            if has_operator != operator.is_some() {
                continue;
            }
            for service in ["IT-01", "IT-02"] {
                let mut standing = request();
                (standing.status, standing.assignee) = (status, operator);
                standing.service = code(service);
                stand(&mut standing);
                all.extend(holds(standing.clone()).into_iter().flat_map(merged));
                standing.copied = vec![CopiedIn { party: CALLER.into(), access: CopyAccess::View }];
                standing.watchers = vec![BOSS.into()];
                standing.tags = [code("old")].into();
                standing.links = vec![Link { kind: LinkKind::Relates, request: LINKED }];
                standing.parent = Some(Parent { request: PARENT, on_end: None });
                standing.major = Some(Major { by: BOSS.into(), since: noon() });
                all.extend(holds(standing).into_iter().flat_map(merged));
            }
        }
    }
    all.into_iter().map(|request| (format!("{:?} {:?}", request.status, request.hold), request)).collect()
}

fn stand(request: &mut Request) {
    let before = noon() + Span::hours(1);
    match request.status {
        Status::Resolved => (request.resolved_at, request.closes_at) = (Some(before), Some(before)),
        Status::Closed | Status::Cancelled | Status::Rejected | Status::Merged => {
            request.closed_at = Some(before);
        }
        Status::New | Status::Classified | Status::Assigned | Status::InProgress | Status::OnHold => {}
    }
}

/// On hold from every status, with and without something that ends the hold.
fn holds(request: Request) -> Vec<Request> {
    if request.status != Status::OnHold {
        return vec![request];
    }
    let befores = match request.assignee {
        None => vec![Status::New, Status::Classified, Status::InProgress],
        Some(_) => vec![Status::Assigned, Status::InProgress],
    };
    let with = |before, ends: bool| {
        let release = Release { on_reply: ends, on_signal: ends.then(|| "delivered".to_owned()) };
        let until = ends.then_some(noon() + Span::hours(2));
        let hold = Hold { reason: HoldReason::Requester, until, release, before };
        Request { hold: Some(hold), ..request.clone() }
    };
    befores.into_iter().flat_map(|before| [with(before, false), with(before, true)]).collect()
}

/// Merged from every status, with and without a hold that is over meanwhile.
fn merged(request: Request) -> Vec<Request> {
    if request.status != Status::Merged {
        return vec![request];
    }
    let with = |before, hold: Option<Hold>| {
        let merged = Merged { into: OTHER, at: noon(), before, hold, closes_at: None };
        Request { merged: Some(merged), closed_at: None, ..request.clone() }
    };
    let befores = match request.assignee {
        None => vec![Status::New, Status::Classified, Status::InProgress, Status::Resolved],
        Some(_) => vec![Status::Assigned, Status::InProgress, Status::Resolved],
    };
    let on_hold = holds(Request { status: Status::OnHold, ..request.clone() });
    let on_hold = on_hold.into_iter().map(|held| with(Status::OnHold, held.hold));
    befores.into_iter().map(|before| with(before, None)).chain(on_hold).collect()
}

/// Every command, and the verb that it is.
#[expect(clippy::too_many_lines, reason = "one line for each command")]
fn commands() -> Vec<(Verb, RequestCommand)> {
    use RequestCommand as C;
    let later = noon() + Span::hours(4);
    let hold = HoldFor::until(HoldReason::Scheduled, later);
    let set_by = CommandId(Uuid::from_u128(6));
    let code_of = |text: &str| text.to_owned();
    let submit = Submit::new(code("IT-02"), text("The second printer"));
    let declared = OnParentEnd::Follow;
    let follow = |follow| C::FollowParent { parent: PARENT, follow };
    vec![
        (Verb::Classify, C::Classify { service: None, category: Some(code("disk")) }),
        // Its operators may not see the requests of this service.
        (Verb::Classify, C::Classify { service: Some(code("HR-01")), category: None }),
        (Verb::Prioritize, C::Prioritize { impact: 1, urgency: 2 }),
        (Verb::Move, C::Move { line: code("front") }),
        (Verb::Assign, C::Assign { operator: OPERATOR }),
        (Verb::Assign, C::Assign { operator: COLLEAGUE }),
        (Verb::Claim, C::Claim),
        (Verb::Release, C::Release),
        (Verb::Start, C::Start),
        (Verb::Hold, C::Hold(HoldFor::new(HoldReason::Internal))),
        (Verb::Resume, C::Resume),
        (Verb::Resume, C::Signal { name: code_of("delivered") }),
        (Verb::Resume, C::Wake(Wake::EndHold { set_by })),
        (Verb::Resolve, C::Resolve { code: code_of("fixed"), text: code_of("A new toner.") }),
        (Verb::Amend, C::AmendResolution { code: code_of("fixed"), text: String::new() }),
        (Verb::Amend, C::AmendClosing { reason: code_of("done") }),
        (Verb::Confirm, C::Confirm),
        (Verb::Close, C::Close { reason: code_of("done") }),
        (Verb::CloseBySilence, C::Wake(Wake::CloseBySilence { set_by })),
        (Verb::Reopen, C::Reopen { text: code_of("It is back."), hold: None }),
        (Verb::Reopen, C::Reopen { text: String::new(), hold: Some(hold) }),
        (Verb::Cancel, C::Cancel { reason: code_of("not_needed") }),
        (Verb::Reject, C::Reject { reason: code_of("not_ours") }),
        (Verb::Reply, C::Reply("Here you are.".into())),
        (Verb::Answer, C::Answer("Please wait.".into())),
        (Verb::Note, C::Note("Strange.".into())),
        (Verb::Note, C::Note(Message { files: vec![file()], ..Message::from("See there.") })),
        (Verb::ChangeFields, C::ChangeFields(fields())),
        (Verb::CopyIn, C::CopyIn { party: CALLER.into(), access: CopyAccess::Update }),
        (Verb::CopyIn, C::CopyOut { party: CALLER.into() }),
        (Verb::Attach, C::Attach { file: file(), visibility: Visibility::Public }),
        (Verb::Attach, C::Attach { file: file(), visibility: Visibility::Internal }),
        (Verb::Watch, C::Watch),
        (Verb::Watch, C::Unwatch),
        (Verb::Edit, C::EditEntry { entry: NOTE, text: code_of("Another text.") }),
        (Verb::Redact, C::RedactEntry { entry: NOTE, what: Redaction::Whole, reason: code_of("personal") }),
        (Verb::Tag, C::Tag { tag: code("vip") }),
        (Verb::Tag, C::Untag { tag: code("old") }),
        (Verb::LogWork, C::LogWork(LogWork { spent: Span::minutes(20), at: None, text: String::new() })),
        (Verb::LogWork, C::RetractWork { entry: WORK }),
        (Verb::Rate, C::Rate { score: 5, comment: code_of("Quick!") }),
        (
            Verb::ChangeFields,
            C::SetFields { values: [(code("color"), Some(Value::Code("red".into())))].into() },
        ),
        (Verb::Answer, C::AnswerWith { reply: code("hello"), language: None }),
        (Verb::Merge, C::Merge { into: OTHER, requester: Some(CopyAccess::View), earliest: false }),
        (Verb::Unmerge, C::Unmerge),
        (Verb::Split, C::Split { entry: WRITTEN, submit: Box::new(submit) }),
        (Verb::Link, C::Link { kind: LinkKind::DependsOn, to: OTHER }),
        (Verb::Link, C::Unlink { kind: LinkKind::Relates, to: LINKED }),
        (Verb::Link, C::JoinParent { parent: OTHER, on_end: None }),
        (Verb::Link, C::LeaveParent),
        (Verb::DeclareMajor, C::DeclareMajor),
        (Verb::DeclareMajor, C::Demote),
        (Verb::Broadcast, C::Broadcast("We are on it.".into())),
        (
            Verb::Resolve,
            follow(ForChildren::Resolve { code: code_of("fixed"), entry: Some(WRITTEN), declared }),
        ),
        (Verb::Close, follow(ForChildren::Close { reason: code_of("done"), declared })),
        (Verb::Answer, follow(ForChildren::Broadcast { entry: WRITTEN })),
    ]
}

fn fields() -> FieldChanges {
    let subject = Some(text("Another subject"));
    FieldChanges { subject, occurred_at: Some(noon()), unit: Some(SALES) }
}

#[test]
fn everything_that_happens_has_a_name_that_notifications_can_use() {
    let world = world();
    let mut seen = BTreeSet::from(["submitted"]);
    for (_, request) in requests() {
        for (_, command) in commands() {
            if let Ok(decision) = ask(&world, &command).decide_beside(&request, &command) {
                seen.extend(decision.events.iter().map(|event| event.fact.name()));
            }
        }
    }
    seen.extend([
        "priority_raised",
        "parked",
        "retried",
        "follow_refused",
        "attachment_scanned",
        "attachment_removed",
    ]);
    assert_eq!(seen, REQUEST_EVENTS.iter().copied().collect());
}

#[test]
fn the_sample_knows_every_status_and_verb() {
    let statuses: BTreeSet<_> = requests().iter().map(|(_, request)| request.status).collect();
    assert_eq!(statuses.len(), Status::ALL.len());
    let verbs: BTreeSet<_> = commands().iter().map(|(verb, _)| *verb).collect();
    assert_eq!(verbs.len(), Verb::ALL.len());
    assert!(requests().iter().all(|(_, request)| request.requester == REQUESTER.into()));
}
