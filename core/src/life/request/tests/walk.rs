//! Every command in every status, against the table of arrows.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::base::{CommandId, Span};
use crate::config::catalog::REQUEST_EVENTS;
use crate::life::access::Actor;
use crate::life::request::command::{HoldFor, Message, RequestCommand, Wake};
use crate::life::request::entry::Visibility;
use crate::life::request::event::FieldChanges;
use crate::life::request::hold::{Hold, HoldReason, Release};
use crate::life::request::involvement::{CopiedIn, CopyAccess};
use crate::life::request::record::{Request, Standing};
use crate::life::request::status::{ARROWS, Arrow, Status, Verb};
use crate::life::sample::{
    Ask, BOSS, CALLER, COLLEAGUE, OPERATOR, REQUESTER, SALES, TENANT_ID, acts, code, file, noon, request,
    text, world,
};

#[test]
fn a_command_succeeds_exactly_where_the_table_has_an_arrow() {
    let world = world();
    let mut taken: BTreeSet<Arrow> = BTreeSet::new();
    for (name, request) in requests() {
        for (verb, command) in commands() {
            let from = request.status;
            let ask = Ask::new(&world, actor(&command), noon() + Span::hours(3));
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
const EXCUSES: [&str; 7] = [
    "no_change",
    "not_on_line",
    "already_assigned",
    "not_awaited",
    "not_due",
    "wrong_status",
    "already_closed",
];

#[test]
fn a_step_that_the_table_lacks_is_refused_by_the_status() {
    let world = world();
    for (name, request) in requests() {
        for (verb, command) in commands() {
            if verb.targets(request.status).next().is_some() || command == RequestCommand::Claim {
                continue;
            }
            let ask = Ask::new(&world, actor(&command), noon() + Span::hours(3));
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
fn every_open_request_has_somebody_or_something_next() {
    let world = world();
    for (name, request) in requests() {
        for (_, command) in commands() {
            let ask = Ask::new(&world, actor(&command), noon() + Span::hours(3));
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
        for (_, command) in commands() {
            let ask = Ask::new(&world, actor(&command), noon() + Span::hours(3));
            let Ok((after, decision)) = ask.step(&request, &command) else { continue };
            let mut folded = request.clone();
            for event in &decision.events {
                let any: &dyn std::any::Any = &*event.fact;
                folded.evolve(any.downcast_ref().expect("an event of a request"), decision.at);
            }
            assert_eq!(folded, after, "{name}: {command:?}");
        }
    }
}

/// Timers are the engine's own business; everything else is asked by somebody who may do it all.
fn actor(command: &RequestCommand) -> Actor {
    match command {
        RequestCommand::Wake(_) | RequestCommand::Park { .. } => Actor::system(TENANT_ID),
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
                all.extend(holds(standing.clone()));
                standing.copied = vec![CopiedIn { party: CALLER.into(), access: CopyAccess::View }];
                standing.watchers = vec![BOSS.into()];
                all.extend(holds(standing));
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

/// Every command, and the verb that it is.
fn commands() -> Vec<(Verb, RequestCommand)> {
    use RequestCommand as C;
    let later = noon() + Span::hours(4);
    let hold = HoldFor::until(HoldReason::Scheduled, later);
    let set_by = CommandId(Uuid::from_u128(6));
    let code_of = |text: &str| text.to_owned();
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
            let actor = if matches!(command, RequestCommand::Wake(_)) {
                Actor::system(TENANT_ID)
            } else {
                acts(BOSS)
            };
            if let Ok((_, decision)) =
                Ask::new(&world, actor, noon() + Span::hours(3)).step(&request, &command)
            {
                seen.extend(decision.events.iter().map(|event| event.fact.name()));
            }
        }
    }
    seen.extend(["parked", "retried", "attachment_scanned", "attachment_removed"]);
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
