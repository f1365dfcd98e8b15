//! One test for each rule that the table of arrows does not tell.

use uuid::Uuid;

use crate::base::{CommandId, Span, Timestamp};
use crate::config::catalog::{PriorityReason, Recipient};
use crate::life::access::Actor;
use crate::life::decision::{Decision, Halt};
use crate::life::refusal::Refusal;
use crate::life::request::command::{HoldFor, RequestCommand, Submit, Wake};
use crate::life::request::event::{FieldChanges, RequestEvent};
use crate::life::request::hold::{HoldReason, Release};
use crate::life::request::reason::ResumeReason;
use crate::life::request::record::{Next, Request, Standing};
use crate::life::request::status::Status;
use crate::life::request::submit;
use crate::life::sample::{
    Ask, BOSS, COLLEAGUE, OPERATOR, REQUESTER, STRANGER, SUPERVISOR, TENANT_ID, acts, code, noon, party,
    request, telling, text, world,
};
use crate::store::{Queue, Version, WorkChange};

use RequestCommand as C;

#[test]
fn a_hold_for_the_requester_ends_with_a_reply_and_goes_back_to_where_it_was() {
    for before in [Status::New, Status::Classified, Status::Assigned, Status::InProgress] {
        let held = step(&standing(before), &C::Hold(HoldFor::new(HoldReason::Requester)), noon());
        assert_eq!(held.status, Status::OnHold);
        let after = step(&held, &reply(), noon());
        assert_eq!((after.status, &after.hold), (before, &None));
    }
}

#[test]
fn a_hold_for_anything_else_is_not_ended_by_a_reply() {
    for reason in [HoldReason::ThirdParty, HoldReason::Approval, HoldReason::Internal] {
        let held = step(&standing(Status::InProgress), &C::Hold(HoldFor::new(reason)), noon());
        assert_eq!(step(&held, &reply(), noon()).status, Status::OnHold, "{reason:?}");
    }
}

#[test]
fn a_hold_whose_release_was_switched_off_waits_for_somebody() {
    let hold = HoldFor::without_release(HoldReason::Requester);
    let held = step(&standing(Status::InProgress), &C::Hold(hold), noon());
    assert_eq!(step(&held, &reply(), noon()).status, Status::OnHold);
    assert_eq!(step(&held, &C::Resume, noon()).status, Status::InProgress);
}

#[test]
fn a_hold_ends_by_the_event_that_it_waits_for_and_by_no_other() {
    let release = Some(Release { on_reply: false, on_signal: Some("delivered".into()) });
    let hold = HoldFor { reason: HoldReason::ThirdParty, until: None, release };
    let held = step(&standing(Status::Assigned), &C::Hold(hold), noon());
    assert_eq!(refused(&held, &C::Signal { name: "ordered".into() }, noon()), "not_awaited");
    assert_eq!(step(&held, &C::Signal { name: "delivered".into() }, noon()).status, Status::Assigned);
}

#[test]
fn a_hold_ends_at_its_date_and_not_a_millisecond_before() {
    let until = noon() + Span::hours(1);
    let held = step(&standing(Status::InProgress), &scheduled(until), noon());
    assert_eq!(held.standing(), Standing::Open(Next::Timer { at: until }));
    let wake = C::Wake(Wake::EndHold { set_by: CommandId(Uuid::nil()) });
    assert_eq!(refused(&held, &wake, until - Span::from_millis(1)), "not_due");
    let (after, decision) = decided(&held, &wake, until).expect("it is due");
    assert_eq!(after.status, Status::InProgress);
    let ended = RequestEvent::Resumed { status: Status::InProgress, reason: ResumeReason::DateCame };
    assert_eq!(events(&decision), [&ended]);
}

#[test]
fn a_schedule_needs_a_date_and_no_date_may_have_passed() {
    let request = standing(Status::InProgress);
    let without = C::Hold(HoldFor::new(HoldReason::Scheduled));
    assert_eq!(refused(&request, &without, noon()), "invalid");
    assert_eq!(refused(&request, &scheduled(noon()), noon()), "invalid");
    step(&request, &scheduled(noon() + Span::from_millis(1)), noon());
}

#[test]
fn holding_again_changes_the_reason_and_keeps_where_to_go_back() {
    let held = step(&standing(Status::Classified), &C::Hold(HoldFor::new(HoldReason::Internal)), noon());
    let held = step(&held, &scheduled(noon() + Span::hours(1)), noon());
    let hold = held.hold.clone().expect("it is on hold");
    assert_eq!((hold.reason, hold.before), (HoldReason::Scheduled, Status::Classified));
    assert_eq!(step(&held, &C::Resume, noon()).status, Status::Classified);
}

#[test]
fn what_an_operator_was_given_during_a_hold_counts_when_it_ends() {
    let held = step(&standing(Status::New), &C::Hold(HoldFor::new(HoldReason::Internal)), noon());
    let held = step(&held, &C::Assign { operator: COLLEAGUE }, noon());
    assert_eq!(step(&held, &C::Resume, noon()).status, Status::Assigned);
    let held = step(&held, &C::Release, noon());
    assert_eq!(step(&held, &C::Resume, noon()).status, Status::New);
    let held = step(&standing(Status::Assigned), &C::Hold(HoldFor::new(HoldReason::Internal)), noon());
    let held = step(&held, &C::Release, noon());
    assert_eq!(step(&held, &C::Resume, noon()).status, Status::Classified);
}

#[test]
fn a_wait_for_the_requester_with_a_date_is_the_requesters_turn_until_then() {
    let until = noon() + Span::days(1);
    let hold = C::Hold(HoldFor::until(HoldReason::Requester, until));
    let held = step(&standing(Status::InProgress), &hold, noon());
    let next = Next::Party { party: party(REQUESTER), until };
    assert_eq!(held.standing(), Standing::Open(next));
    let (_, decision) = decided(&standing(Status::InProgress), &hold, noon()).expect("it is in progress");
    assert_eq!(timers(&decision), [Some(until)]);
}

#[test]
fn a_request_is_reopened_until_the_very_end_of_its_window() {
    let edge = noon() + Span::hours(240);
    for status in [Status::Resolved, Status::Closed] {
        let ended = standing(status);
        assert_eq!(step(&ended, &reopen(), edge).status, Status::InProgress, "{status:?}");
        assert_eq!(refused(&ended, &reopen(), edge + Span::from_millis(1)), "reopen_window_passed");
    }
}

#[test]
fn the_window_begins_with_the_closing_when_there_is_one() {
    let mut closed = standing(Status::Closed);
    closed.resolved_at = Some(noon() - Span::hours(300));
    step(&closed, &reopen(), noon() + Span::hours(240));
}

#[test]
fn a_service_without_a_window_lets_reopen_for_ever() {
    let mut closed = standing(Status::Closed);
    closed.service = code("IT-02");
    assert_eq!(step(&closed, &reopen(), Timestamp::MAX).status, Status::InProgress);
}

#[test]
fn a_request_taken_up_again_is_neither_closed_nor_about_to_close() {
    let again = step(&standing(Status::Closed), &reopen(), noon());
    assert_eq!((again.closed_at, &again.closing, again.closes_at, again.reopened), (None, &None, None, 1));
    assert!(standing(Status::Closed).resolved_at.is_some());
    assert_eq!(again.resolved_at, standing(Status::Closed).resolved_at);
}

#[test]
fn a_request_reopened_into_a_hold_goes_to_work_afterwards() {
    let hold = Some(HoldFor::new(HoldReason::ThirdParty));
    let held = step(&standing(Status::Closed), &C::Reopen { text: String::new(), hold }, noon());
    assert_eq!((held.status, held.reopened), (Status::OnHold, 1));
    assert_eq!(step(&held, &C::Resume, noon()).status, Status::InProgress);
}

#[test]
fn amending_a_resolution_moves_its_time_and_the_silence_and_nothing_else() {
    let resolved = step(&standing(Status::InProgress), &resolve(), noon());
    let later = noon() + Span::hours(1);
    let amend = C::AmendResolution { code: "advised".into(), text: String::new() };
    let amended = step(&resolved, &amend, later);
    let expected = Request {
        resolution: Some("advised".into()),
        resolved_at: Some(later),
        closes_at: Some(later + Span::hours(120)),
        updated_at: later,
        ..resolved
    };
    assert_eq!(amended, expected);
}

#[test]
fn amending_a_closing_moves_its_time_and_nothing_else() {
    let closed = standing(Status::Closed);
    let later = noon() + Span::hours(1);
    let amended = step(&closed, &C::AmendClosing { reason: "paid".into() }, later);
    let expected =
        Request { closing: Some("paid".into()), closed_at: Some(later), updated_at: later, ..closed };
    assert_eq!(amended, expected);
}

#[test]
fn silence_closes_at_its_time_and_not_a_millisecond_before() {
    let (resolved, decision) =
        decided(&standing(Status::InProgress), &resolve(), noon()).expect("it is in progress");
    let due = noon() + Span::hours(120);
    assert_eq!((resolved.closes_at, timers(&decision)), (Some(due), vec![Some(due)]));
    let wake = C::Wake(Wake::CloseBySilence { set_by: CommandId(Uuid::nil()) });
    assert_eq!(refused(&resolved, &wake, due - Span::from_millis(1)), "not_due");
    let closed = step(&resolved, &wake, due);
    assert_eq!((closed.status, closed.closing.as_deref()), (Status::Closed, Some("silence")));
}

#[test]
fn every_way_out_of_resolved_disarms_the_silence() {
    let resolved = step(&standing(Status::InProgress), &resolve(), noon());
    for command in [reopen(), C::Confirm, C::Close { reason: "done".into() }, reply()] {
        let (_, decision) = decided(&resolved, &command, noon()).expect("it is resolved");
        assert_eq!(timers(&decision), [None], "{command:?}");
    }
}

#[test]
fn a_reply_reopens_a_resolved_request_only_where_the_service_says_so() {
    let resolved = standing(Status::Resolved);
    assert_eq!(step(&resolved, &reply(), noon()).status, Status::InProgress);
    let silent = Request { service: code("IT-02"), ..resolved.clone() };
    assert_eq!(step(&silent, &reply(), noon()).status, Status::Resolved);
    let late = noon() + Span::hours(241);
    assert_eq!(step(&resolved, &reply(), late).status, Status::Resolved);
}

#[test]
fn a_message_in_resolved_begins_the_silence_anew() {
    let closes_at = noon() + Span::hours(120);
    let resolved = Request { closes_at: Some(closes_at), ..standing(Status::Resolved) };
    let late = noon() + Span::hours(110);
    let within = Request { resolved_at: Some(noon() - Span::hours(500)), ..resolved };
    let after = step(&within, &reply(), late);
    assert_eq!((after.status, after.closes_at), (Status::Resolved, Some(late + Span::hours(120))));
    let noted = step(&within, &C::Note("nothing to the requester".into()), late);
    assert_eq!(noted.closes_at, Some(closes_at));
}

#[test]
fn a_requester_cannot_put_a_request_on_hold_by_reopening_it() {
    let world = world();
    let ask = Ask::new(&world, acts(REQUESTER), noon());
    let command = C::Reopen { text: String::new(), hold: Some(HoldFor::new(HoldReason::Internal)) };
    let refusal = ask.step(&standing(Status::Resolved), &command).expect_err("holding is not for requesters");
    assert_eq!(refusal.code(), "denied");
    ask.step(&standing(Status::Resolved), &reopen()).expect("reopening is");
}

#[test]
fn what_the_engine_says_of_a_closing_nobody_else_can_say() {
    for reason in ["silence", "confirmed"] {
        assert_eq!(refused(&request(), &C::Close { reason: reason.into() }, noon()), "invalid");
        let amend = C::AmendClosing { reason: reason.into() };
        assert_eq!(refused(&standing(Status::Closed), &amend, noon()), "invalid");
    }
}

#[test]
fn an_operator_who_may_not_see_the_new_service_loses_the_request() {
    let assigned = standing(Status::Assigned);
    let secret = C::Classify { service: Some(code("HR-01")), category: None };
    let after = step(&assigned, &secret, noon());
    assert_eq!((after.status, after.assignee, after.confidentiality), (Status::Classified, None, 2));
    let open = C::Classify { service: Some(code("IT-02")), category: None };
    let after = step(&assigned, &open, noon());
    assert_eq!((after.status, after.assignee), (Status::Assigned, Some(OPERATOR)));
}

#[test]
fn an_internal_note_tells_the_requester_nothing() {
    let world = telling(Recipient::Requester);
    let ask = Ask::new(&world, acts(BOSS), noon());
    let told = |command: &RequestCommand| {
        let (_, decision) = ask.step(&request(), command).expect("it is open");
        decision.work.iter().filter(|change| change.item().0 == Queue::Effects).count()
    };
    assert_eq!(told(&C::Note("strange".into())), 0);
    assert_eq!(told(&C::Answer("please wait".into())), 1);
}

#[test]
fn a_request_that_changes_nothing_is_told_so() {
    let same = FieldChanges { subject: Some(request().subject), ..FieldChanges::default() };
    assert_eq!(refused(&request(), &C::ChangeFields(same), noon()), "no_change");
    assert_eq!(refused(&request(), &C::ChangeFields(FieldChanges::default()), noon()), "no_change");
}

#[test]
fn a_closed_request_cannot_be_claimed_whoever_had_it() {
    let closed = Request { assignee: Some(OPERATOR), ..standing(Status::Closed) };
    assert_eq!(refused(&closed, &C::Claim, noon()), "already_closed");
}

#[test]
fn the_priority_comes_from_the_matrix_and_says_so() {
    for (impact, urgency, priority) in [(1, 1, 1), (1, 3, 3), (2, 2, 3), (3, 1, 3), (3, 3, 5)] {
        let after = step(&request(), &C::Prioritize { impact, urgency }, noon());
        let reason = PriorityReason::Matrix { impact, urgency };
        assert_eq!((after.priority, after.priority_reason), (priority, reason));
    }
    assert_eq!((request().priority, request().priority_reason), (4, PriorityReason::Unknown));
    for (impact, urgency) in [(0, 1), (1, 0), (4, 1), (1, 4)] {
        assert_eq!(refused(&request(), &C::Prioritize { impact, urgency }, noon()), "invalid");
    }
}

#[test]
fn moving_keeps_an_operator_who_works_there_and_drops_another() {
    let to_front = C::Move { line: code("front") };
    let kept = step(&Request { assignee: Some(OPERATOR), ..standing(Status::Assigned) }, &to_front, noon());
    assert_eq!((kept.assignee, kept.status), (Some(OPERATOR), Status::Assigned));
    let dropped = Request { assignee: Some(COLLEAGUE), ..standing(Status::Assigned) };
    let dropped = step(&dropped, &to_front, noon());
    assert_eq!((dropped.assignee, dropped.status), (None, Status::Classified));
    let working = Request { assignee: Some(COLLEAGUE), ..standing(Status::InProgress) };
    let working = step(&working, &to_front, noon());
    assert_eq!((working.assignee, working.status, working.handed_over), (None, Status::InProgress, 1));
}

#[test]
fn only_who_works_on_the_line_is_given_the_request() {
    for stranger in [STRANGER, REQUESTER] {
        assert_eq!(refused(&request(), &C::Assign { operator: stranger }, noon()), "not_on_line");
    }
    let secret = Request { confidentiality: 9, ..request() };
    assert_eq!(refused(&secret, &C::Assign { operator: SUPERVISOR }, noon()), "not_on_line");
    let given = step(&request(), &C::Assign { operator: SUPERVISOR }, noon());
    assert_eq!(given.standing(), Standing::Open(Next::Operator(SUPERVISOR)));
}

#[test]
fn who_presses_second_is_told_who_has_the_request() {
    let world = world();
    let first = Ask::new(&world, acts(OPERATOR), noon());
    let (claimed, _) = first.step(&request(), &C::Claim).expect("nobody has it");
    let second = Ask::new(&world, acts(COLLEAGUE), noon());
    let refusal = second.step(&claimed, &C::Claim).expect_err("somebody has it");
    assert_eq!(refusal.code(), "already_assigned");
    assert!(refusal.to_string().contains(&OPERATOR.to_string()), "{refusal}");
}

#[test]
fn a_command_that_saw_another_version_is_stale() {
    let world = world();
    let ask = Ask { seen: Some(Version(3)), ..Ask::new(&world, acts(BOSS), noon()) };
    let refusal = ask.step(&request(), &C::Start).expect_err("the request has version 1");
    assert_eq!(refusal, Refusal::Stale { seen: Version(3), current: Version(1), changed: Vec::new() });
    let ask = Ask { seen: Some(Version(1)), ..ask };
    ask.step(&request(), &C::Start).expect("version 1 is current");
}

#[test]
fn a_parked_timer_makes_the_request_the_administrators_business() {
    let held = step(&standing(Status::InProgress), &scheduled(noon() + Span::hours(1)), noon());
    let park = C::Park { timer: true, key: Uuid::from_u128(9), reason: "it fails".into(), body: "{}".into() };
    let parked = step(&held, &park, noon());
    assert_eq!(parked.standing(), Standing::Open(Next::Line(code("root"))));
}

#[test]
fn a_submission_for_somebody_else_says_so() {
    let world = world();
    let for_another = Submit { requester: Some(party(REQUESTER)), ..asks() };
    let ask = Ask::new(&world, acts(OPERATOR), noon());
    let mut context = ask.context();
    context.number = Some(crate::life::Number { prefix: "IT".into(), count: 7 });
    let view = crate::store::View::default();
    let reader = crate::life::Reader(&view);
    let decision = submit(reader, &for_another, &mut context).expect("an operator submits for others");
    assert_eq!(decision.origin.principal, Some(party(REQUESTER)));
    assert_eq!(decision.answer.label, "IT-000007");
    let mut context = ask.context();
    let Err(Halt::Need(need)) = submit(reader, &for_another, &mut context) else {
        panic!("a number is missing")
    };
    assert_eq!(need.number.as_deref(), Some("IT"));
    let refusal = Ask::new(&world, acts(STRANGER), noon())
        .decide(|context| submit(reader, &for_another, context))
        .expect_err("a stranger speaks for nobody");
    assert!(matches!(refusal, Refusal::Denied { .. }), "{refusal}");
}

fn asks() -> Submit {
    Submit::new(code("IT-01"), text("A new laptop"))
}

/// A request that reached a status at noon.
fn standing(status: Status) -> Request {
    let mut request = Request { status, ..request() };
    match status {
        Status::Assigned => request.assignee = Some(OPERATOR),
        Status::Resolved => request.resolved_at = Some(noon()),
        Status::Closed => {
            (request.resolved_at, request.closed_at) = (Some(noon()), Some(noon()));
            request.closing = Some("done".into());
        }
        Status::New | Status::Classified | Status::InProgress | Status::OnHold => {}
        Status::Cancelled | Status::Rejected | Status::Merged => request.closed_at = Some(noon()),
    }
    request
}

fn decided(
    request: &Request,
    command: &RequestCommand,
    now: Timestamp,
) -> Result<(Request, Decision), Refusal> {
    let world = world();
    let actor = match command {
        C::Wake(_) | C::Park { .. } => Actor::system(TENANT_ID),
        _ => acts(BOSS),
    };
    Ask::new(&world, actor, now).step(request, command)
}

fn step(request: &Request, command: &RequestCommand, now: Timestamp) -> Request {
    decided(request, command, now).unwrap_or_else(|refusal| panic!("{command:?}: {refusal}")).0
}

fn refused(request: &Request, command: &RequestCommand, now: Timestamp) -> &'static str {
    decided(request, command, now).expect_err("the command is refused").code()
}

fn events(decision: &Decision) -> Vec<&RequestEvent> {
    let facts = decision.events.iter().map(|event| &*event.fact as &dyn std::any::Any);
    facts.filter_map(|fact| fact.downcast_ref()).collect()
}

/// When each timer that the decision touches is due; `None` for one that it disarms.
fn timers(decision: &Decision) -> Vec<Option<Timestamp>> {
    let due = |change: &WorkChange| match change {
        WorkChange::Set(new) => (new.queue == Queue::Timers).then_some(Some(new.due)),
        WorkChange::Cancel { queue, .. } => (*queue == Queue::Timers).then_some(None),
        WorkChange::Finish(_) => None,
    };
    decision.work.iter().filter_map(due).collect()
}

fn reply() -> RequestCommand {
    C::Reply("Here you are.".into())
}

fn reopen() -> RequestCommand {
    C::Reopen { text: "It is back.".into(), hold: None }
}

fn resolve() -> RequestCommand {
    C::Resolve { code: "fixed".into(), text: String::new() }
}

fn scheduled(until: Timestamp) -> RequestCommand {
    C::Hold(HoldFor::until(HoldReason::Scheduled, until))
}

#[test]
fn a_body_of_the_first_schema_is_read_back() {
    let request = request();
    let body = crate::store::Stored::encode(&request).expect("encoded");
    let mut old: serde_json::Value = serde_json::from_str(&body).expect("an object");
    let fields = old.as_object_mut().expect("an object");
    for absent in ["recipient", "assignee", "hold", "rating", "merged"] {
        fields.entry(absent).or_insert(serde_json::Value::Null);
    }
    for empty in ["copied", "watchers", "links", "tags"] {
        fields.entry(empty).or_insert_with(|| serde_json::json!([]));
    }
    assert!(old.to_string().len() > body.len());
    let read = (crate::life::request::REQUEST.decode)(1, &old.to_string()).expect("read back");
    let any: &dyn std::any::Any = &*read;
    assert_eq!(any.downcast_ref(), Some(&request));
}
