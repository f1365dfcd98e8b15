//! How clocks move with what happens to a request: stories by the rules, and random ones against each other.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use crate::base::limits::{CLOCK_ATTEMPTS_MAX, CLOCK_STRETCHES_MAX};
use crate::base::{CommandId, Span, Timestamp, WorkingTime};
use crate::condition::Value;
use crate::config::agreement::Agreement;
use crate::config::catalog::Catalog;
use crate::life::access::Actor;
use crate::life::clock::{
    Assumes, Clock, ClockChange, ClockReading, ClockState, ClockTick, Outcome, SegmentKind, Stretch,
};
use crate::life::decision::{Decision, Reader};
use crate::life::refusal::Refusal;
use crate::life::request::command::{HoldFor, RequestCommand as C, Submit, Wake};
use crate::life::request::decide::submit;
use crate::life::request::event::RequestEvent;
use crate::life::request::hold::HoldReason;
use crate::life::request::narrate::{Language, Narrator};
use crate::life::request::record::{REQUEST, Request};
use crate::life::sample::{Ask, BOSS, REQUESTER, TENANT_ID, acts, catalog, code, noon, text, world, written};
use crate::life::world::World;
use crate::store::{Event, View, WorkChange};

/// Monday to Friday, 9 to 18, in UTC.
pub(super) const WEEK: &str = r#"{"time_zone": "UTC", "versions": [{"weekly": {
    "mon": [["09:00", "18:00"]], "tue": [["09:00", "18:00"]], "wed": [["09:00", "18:00"]],
    "thu": [["09:00", "18:00"]], "fri": [["09:00", "18:00"]]}}]}"#;

/// What is promised: the first response within two hours, the resolution within eight.
pub(super) const USUAL: &str = r#"[{"code": "usual", "name": "Usual", "targets": [
    {"code": "first", "kind": {"type": "first_response"}, "calendar": "week",
     "amounts": [{"amount": {"type": "working", "time": "2h"}}]},
    {"code": "solve", "kind": {"type": "resolution"}, "calendar": "week",
     "amounts": [{"priorities": [1, 2], "amount": {"type": "working", "time": "4h"}},
                 {"amount": {"type": "working", "time": "8h"}}],
     "thresholds": [{"name": "half", "at": {"type": "percent", "percent": 50}},
                    {"name": "late", "at": {"type": "after", "time": "1h"}}]}
]}]"#;

/// A world in which agreements are in force.
pub(super) fn promising(agreements: &str) -> World {
    promising_with(agreements, |_| ())
}

/// The same with another catalog.
pub(super) fn promising_with(agreements: &str, change: impl FnOnce(&mut Catalog)) -> World {
    let mut catalog = catalog();
    catalog.calendars = [
        (code("week"), serde_json::from_str(WEEK).expect("a calendar")),
        (code("always"), crate::config::calendar::CalendarDefinition::always_open("UTC")),
    ]
    .into();
    catalog.agreements = serde_json::from_str::<Vec<Agreement>>(agreements).expect("agreements");
    change(&mut catalog);
    World { catalog: Arc::new(catalog.check().expect("the catalog has no problem")), ..world() }
}

/// A request and everything that happened to it.
pub(super) struct Story {
    pub(super) world: World,
    pub(super) now: Timestamp,
    pub(super) request: Request,
    pub(super) past: Vec<Event>,
    /// What the decisions set and cancelled in the queues.
    pub(super) work: Vec<WorkChange>,
}

impl Story {
    /// Begins on Monday at noon.
    pub(super) fn begin(agreements: &str) -> Self {
        Self::of(agreements, &Submit::new(code("IT-01"), text("The printer prints nothing")))
    }

    fn of(agreements: &str, asked: &Submit) -> Self {
        Self::in_world(promising(agreements), asked)
    }

    pub(super) fn in_world(world: World, asked: &Submit) -> Self {
        let ask = Ask::new(&world, acts(BOSS), noon());
        let mut context = ask.context();
        context.number = Some(crate::life::decision::Number { prefix: "IT".into(), count: 1 });
        let asked = Submit { requester: Some(REQUESTER.into()), ..asked.clone() };
        let decision = submit(Reader(&View::default()), &asked, &mut context).expect("it may be asked");
        let id = crate::life::request::RequestId(decision.answer.subject);
        let request = written(&decision, id).expect("it was submitted");
        let mut story = Self { world, now: noon(), request, past: Vec::new(), work: Vec::new() };
        story.note(&decision);
        story
    }

    pub(super) fn after(&mut self, span: Span) -> &mut Self {
        self.now = self.now + span;
        self
    }

    pub(super) fn done(&mut self, command: C) -> &mut Self {
        self.try_it(acts(BOSS), &command).expect("the step is taken");
        self
    }

    /// Lets the timer of the clocks fire, as far as it is due.
    pub(super) fn wake(&mut self) -> &mut Self {
        let wake = C::Wake(Wake::Clocks { set_by: CommandId(Uuid::nil()) });
        // Nothing is due.
        let _ = self.try_it(Actor::system(TENANT_ID), &wake);
        self
    }

    pub(super) fn try_it(&mut self, actor: Actor, command: &C) -> Result<(), Refusal> {
        let mut ask = Ask::new(&self.world, actor, self.now);
        ask.past.clone_from(&self.past);
        let (request, decision) = ask.step(&self.request, command)?;
        self.request = request;
        self.note(&decision);
        Ok(())
    }

    fn note(&mut self, decision: &Decision) {
        self.work.extend(decision.work.iter().cloned());
        let command = CommandId(Uuid::from_u128(1 + self.past.len() as u128));
        let of_request =
            decision.events.iter().filter(|event| event.subject == REQUEST.key(self.request.id.0));
        for event in of_request {
            self.past.push(Event {
                tenant: TENANT_ID,
                position: 1 + self.past.len() as u64,
                at: decision.at,
                command,
                origin: decision.origin,
                subject: event.subject,
                fact: event.fact.clone(),
            });
        }
    }

    pub(super) fn clock(&self, target: &str) -> Option<ClockReading> {
        let clock = self.request.clocks.iter().find(|clock| clock.target.as_str() == target)?;
        Some(clock.read(&self.world.catalog, self.now))
    }

    pub(super) fn due(&self, target: &str) -> String {
        let due = self.clock(target).expect("there is such a clock").due_at;
        due.map_or_else(|| "unknown".to_owned(), |due| due.to_string())
    }

    /// When the resolution is due if its clock counts again at an instant.
    fn due_if_resumed(&self, at: Timestamp) -> String {
        let solve = self.clock("solve").expect("the clock is there");
        let calendar = self.world.catalog.calendar(&code("week")).expect("it is there");
        calendar.add(at, solve.remaining).expect("there is working time").to_string()
    }

    pub(super) fn ticks(&self) -> Vec<ClockTick> {
        let facts = self.past.iter().filter_map(Event::of::<RequestEvent>);
        let ticks = facts.filter_map(|fact| match fact {
            RequestEvent::Clocked { ticks } => Some(ticks.clone()),
            _ => None,
        });
        ticks.flatten().collect()
    }

    /// The request as the fold of its events.
    pub(super) fn folded(&self) -> Option<Request> {
        let mut folded: Option<Request> = None;
        for event in &self.past {
            match (event.of::<RequestEvent>()?, &mut folded) {
                (RequestEvent::Submitted(facts), None) => {
                    folded = Some(Request::submitted((**facts).clone(), event.at));
                }
                (fact, Some(request)) => request.evolve(fact, event.at),
                (_, None) => return None,
            }
        }
        folded
    }
}

pub(super) fn pending() -> C {
    C::Hold(HoldFor::new(HoldReason::Requester))
}

pub(super) fn resolve() -> C {
    C::Resolve { code: "fixed".into(), text: String::new() }
}

pub(super) fn hours(hours: i64) -> Span {
    Span::hours(hours)
}

#[test]
fn a_request_gets_its_clocks_when_it_is_submitted_and_the_journal_says_why() {
    let story = Story::begin(USUAL);
    assert_eq!(
        (story.due("first"), story.due("solve")),
        ("2026-03-02T14:00:00Z".into(), "2026-03-03T11:00:00Z".into())
    );
    assert_eq!(story.request.clock_at(), Some(noon() + hours(2)), "the first response is due first");
    let names: Vec<&str> = story.past.iter().map(|event| event.fact.name()).collect();
    assert_eq!(names, ["submitted", "agreement_chosen", "clocked"]);
    assert_eq!(story.folded(), Some(story.request));
}

#[test]
fn where_there_is_no_agreement_nothing_is_noted_and_nothing_is_set() {
    let story = Story::begin("[]");
    assert_eq!(story.past.len(), 1);
    let (request, decision) =
        Ask::new(&story.world, acts(BOSS), noon()).step(&story.request, &pending()).expect("it may be held");
    assert_eq!((request.clocks, decision.events.len(), decision.work.len()), (Vec::new(), 1, 0));
}

#[test]
fn whatever_a_late_worker_finds_is_dated_when_it_was_due() {
    let mut story = Story::begin(USUAL);
    story.after(Span::days(3)).wake();
    let solve = story.clock("solve").expect("it runs");
    let fired: Vec<String> = solve.fired.iter().map(|fired| format!("{} {}", fired.name, fired.at)).collect();
    assert_eq!(fired, ["half 2026-03-02T16:00:00Z", "late 2026-03-03T12:00:00Z"]);
    let overdue = |tick: &&ClockTick| matches!(tick.change, ClockChange::Overdue { .. });
    let overdue: Vec<_> = story.ticks().iter().filter(overdue).map(|tick| tick.change.clone()).collect();
    let at = |at: &str| ClockChange::Overdue { at: at.parse().expect("an instant") };
    assert_eq!(overdue, [at("2026-03-02T14:00:00Z"), at("2026-03-03T11:00:00Z")]);
    assert!(story.request.breached());
    assert_eq!(story.request.clock_at(), None, "nothing is left to be noted");
}

#[test]
fn a_pause_at_the_due_instant_comes_first_and_the_target_is_used_up_when_time_counts_again() {
    let mut story = Story::begin(USUAL);
    // Six hours on Monday, two on Tuesday.
    story.after(hours(23)).done(pending()).wake();
    let paused = story.clock("solve").expect("it stands still");
    assert_eq!((paused.state, paused.due_at, paused.breached), (ClockState::Paused, None, false));
    assert_eq!(paused.remaining, WorkingTime::ZERO);
    story.after(hours(2)).done(C::Resume).wake();
    let running = story.clock("solve").expect("it runs");
    assert_eq!((running.due_at, running.breached), (Some(story.now), true));
}

#[test]
fn a_deadline_at_a_closing_time_lies_at_the_next_opening_where_its_target_says_so() {
    let amounts =
        [r#"{"type": "working", "time": "6h"}"#, r#"{"type": "days", "days": 0, "mode": "end_of_day"}"#];
    for amount in amounts {
        let agreements = format!(
            r#"[{{"code": "own", "name": "Own", "targets": [
                {{"code": "solve", "kind": {{"type": "resolution"}}, "calendar": "week",
                  "at_closing": "next_opening", "amounts": [{{"amount": {amount}}}],
                  "thresholds": [{{"name": "all", "at": {{"type": "percent", "percent": 100}}}}]}}]}}]"#
        );
        let mut story = Story::begin(&agreements);
        assert_eq!(story.due("solve"), "2026-03-03T09:00:00Z");
        let mut late = Story::begin(&agreements);
        story.after(hours(8)).done(resolve());
        assert_eq!(story.clock("solve").expect("it stopped").outcome, Some(Outcome::Met));
        late.after(hours(24)).wake();
        let solve = late.clock("solve").expect("it runs");
        assert_eq!(
            solve.fired.first().map(|fired| fired.at.to_string()),
            Some("2026-03-03T09:00:00Z".into())
        );
        assert!(solve.breached);
    }
}

#[test]
fn whoever_stops_after_the_due_instant_missed_it_even_in_closed_hours() {
    let nine = USUAL.replace("\"8h\"", "\"6h\"");
    let mut story = Story::begin(&nine);
    story.after(hours(8)).done(resolve());
    let solve = story.clock("solve").expect("it stopped");
    assert_eq!((solve.elapsed, solve.remaining), (WorkingTime::hours(6), WorkingTime::ZERO));
    assert_eq!((solve.outcome, story.due("solve").as_str()), (Some(Outcome::Missed), "2026-03-02T18:00:00Z"));
}

#[test]
fn a_pause_moves_the_deadline_by_the_working_time_that_it_covers() {
    let mut story = Story::begin(USUAL);
    story.after(hours(7)).done(pending()).after(hours(12)).done(C::Resume);
    assert_eq!(story.due("solve"), "2026-03-03T11:00:00Z", "by night nobody works");
    story.after(hours(3)).done(pending()).after(hours(1)).done(C::Resume);
    assert_eq!(story.due("solve"), "2026-03-03T12:00:00Z");
}

#[test]
fn an_answer_of_a_program_is_no_first_response() {
    let mut story = Story::begin(USUAL);
    let answer = C::Answer("We got it.".into());
    story.after(hours(1)).try_it(Actor::system(TENANT_ID), &answer).expect_err("the engine does not answer");
    story.done(C::Note("Let us see.".into()));
    assert_eq!(story.clock("first").expect("it runs").state, ClockState::Running);
    story.done(answer);
    assert_eq!(story.clock("first").expect("it stopped").outcome, Some(Outcome::Met));
    assert_eq!(story.request.answered_at, Some(story.now));
}

#[test]
fn a_higher_priority_keeps_what_was_used_and_dates_what_it_finds_past() {
    let mut story = Story::begin(USUAL);
    story.after(hours(3)).done(C::Prioritize { impact: 1, urgency: 1 }).wake();
    assert_eq!(story.due("solve"), "2026-03-02T16:00:00Z");
    let solve = story.clock("solve").expect("it runs");
    assert_eq!(solve.fired[0].at, story.now, "half of the new target was found past");
    story.done(C::Prioritize { impact: 3, urgency: 3 });
    assert_eq!(story.due("solve"), "2026-03-03T11:00:00Z");
    assert_eq!(story.clock("solve").expect("it runs").fired.len(), 1, "nothing is noted twice in a cycle");
}

#[test]
fn a_merge_ends_the_clocks_and_taking_the_request_out_brings_them_back() {
    let mut story = Story::begin(USUAL);
    let master = Request {
        id: crate::life::request::RequestId(Uuid::from_u128(101)),
        ..crate::life::sample::request()
    };
    story.after(hours(1));
    let merge = C::Merge { into: master.id, requester: None, earliest: false };
    let ask = Ask::new(&story.world, acts(BOSS), story.now).beside(master.clone());
    let decision = ask.decide_beside(&story.request, &merge).expect("it may be merged");
    let master = written(&decision, master.id).expect("the master takes it up");
    story.request = written(&decision, story.request.id).expect("it was merged");
    story.note(&decision);
    assert!(story.request.clocks.iter().all(|clock| clock.state == ClockState::Cancelled));
    assert_eq!(story.request.clock_at(), None);

    story.after(hours(2));
    let mut ask = Ask::new(&story.world, acts(BOSS), story.now).beside(master);
    ask.past.clone_from(&story.past);
    let decision = ask.decide_beside(&story.request, &C::Unmerge).expect("it is taken out");
    story.request = written(&decision, story.request.id).expect("it is back");
    story.note(&decision);
    let solve = story.clock("solve").expect("it runs again");
    assert_eq!((solve.state, solve.elapsed), (ClockState::Running, WorkingTime::hours(1)));
    assert_eq!(story.folded(), Some(story.request));
}

#[test]
fn a_master_may_count_from_the_earlier_submission_until_that_request_is_taken_out() {
    let days = r#"[{"code": "usual", "name": "Usual", "targets": [
        {"code": "solve", "kind": {"type": "resolution"}, "calendar": "week",
         "amounts": [{"amount": {"type": "working", "time": "8h"}}],
         "thresholds": [{"name": "half", "at": {"type": "percent", "percent": 50}}]},
        {"code": "days", "kind": {"type": "resolution"}, "calendar": "week",
         "amounts": [{"amount": {"type": "days", "days": 1, "mode": "same_time"}}]},
        {"code": "line", "kind": {"type": "team", "line": "it"}, "calendar": "week",
         "amounts": [{"amount": {"type": "working", "time": "2h"}}]}]}]"#;
    let merged = |earliest: bool| {
        let mut story = Story::begin(days);
        let id = crate::life::request::RequestId(Uuid::from_u128(101));
        // Submitted at nine, three hours before the master.
        let child = Request { id, created_at: noon() - hours(3), ..crate::life::sample::request() };
        story.after(hours(2)).done(pending()).after(hours(1)).done(C::Resume);
        let merge = C::Merge { into: story.request.id, requester: None, earliest };
        let ask = Ask::new(&story.world, acts(BOSS), story.now).beside(story.request.clone());
        let decision = ask.decide_beside(&child, &merge).expect("it may be merged");
        story.request = written(&decision, story.request.id).expect("the master takes it up");
        story.note(&decision);
        (story, written(&decision, id).expect("it was merged"))
    };
    let (story, _) = merged(false);
    assert_eq!(story.due("solve"), "2026-03-03T12:00:00Z");
    let (mut story, child) = merged(true);
    assert_eq!(
        (story.due("solve"), story.due("days")),
        ("2026-03-02T18:00:00Z".into(), "2026-03-03T10:00:00Z".into())
    );
    let solve = story.clock("solve").expect("it runs");
    assert_eq!((solve.elapsed, solve.fired[0].at), (WorkingTime::hours(5), story.now));
    assert_eq!(story.due("line"), "2026-03-02T15:00:00Z", "the line did not have it before");
    assert_eq!((story.request.created_at, story.request.counts_from()), (noon(), noon() - hours(3)));
    assert_eq!(story.folded().as_ref(), Some(&story.request));
    // A clock that comes late goes through that as well.
    let (before, past) = (story.request.clone(), story.past.len());
    story.request.clocks.retain(|clock| clock.target.as_str() != "solve");
    story.done(C::Prioritize { impact: 3, urgency: 3 });
    assert_eq!(story.clock("solve").expect("it is back").elapsed, WorkingTime::hours(5));
    story.request = before;
    story.past.truncate(past);
    story.after(hours(1));
    let ask = Ask::new(&story.world, acts(BOSS), story.now).beside(story.request.clone());
    let decision = ask.decide_beside(&child, &C::Unmerge).expect("it is taken out");
    story.request = written(&decision, story.request.id).expect("the master gives it back");
    assert_eq!(
        (story.due("solve"), story.due("days")),
        ("2026-03-03T12:00:00Z".into(), "2026-03-03T13:00:00Z".into())
    );
    assert_eq!(story.clock("solve").expect("it runs").elapsed, WorkingTime::hours(3));
}

#[test]
fn a_target_in_days_is_due_at_the_same_time_and_moves_by_the_working_time_of_pauses() {
    let days = r#"[{"code": "days", "name": "Days", "targets": [
        {"code": "same", "kind": {"type": "resolution"}, "calendar": "week",
         "amounts": [{"amount": {"type": "days", "days": 1, "mode": "same_time"}}]},
        {"code": "end", "kind": {"type": "resolution"}, "calendar": "week",
         "amounts": [{"amount": {"type": "days", "days": 1, "mode": "end_of_day"}}]},
        {"code": "law", "kind": {"type": "resolution"}, "calendar": "always",
         "amounts": [{"amount": {"type": "statutory", "days": 3}}]},
        {"code": "date", "kind": {"type": "resolution"}, "calendar": "week",
         "amounts": [{"amount": {"type": "fixed", "at": "2026-03-05T00:00:00Z"}}]}
    ]}]"#;
    let mut story = Story::begin(days);
    let dues = |story: &Story| ["same", "end", "law", "date"].map(|target| story.due(target));
    let before =
        ["2026-03-03T12:00:00Z", "2026-03-03T18:00:00Z", "2026-03-06T00:00:00Z", "2026-03-05T00:00:00Z"];
    assert_eq!(dues(&story), before);
    story.after(hours(5)).done(pending()).after(hours(17)).done(C::Resume);
    // One hour on Monday and one on Tuesday were waited for.
    let after =
        ["2026-03-03T14:00:00Z", "2026-03-04T11:00:00Z", "2026-03-06T00:00:00Z", "2026-03-05T00:00:00Z"];
    assert_eq!(dues(&story), after);
}

#[test]
fn a_target_up_to_a_time_of_day_counts_from_the_next_working_day_after_its_cut_off() {
    let cut = |before: &str| {
        format!(
            r#"[{{"code": "cut", "name": "Cut", "targets": [
                {{"code": "solve", "kind": {{"type": "resolution"}}, "calendar": "week",
                 "amounts": [{{"amount": {{"type": "cut_off", "before": "{before}", "by": "17:00"}}}}],
                 "thresholds": [{{"name": "soon", "at": {{"type": "after", "time": "-2h"}}}}]}}]}}]"#
        )
    };
    // Asked on Monday at noon.
    let mut story = Story::begin(&cut("12:30"));
    assert_eq!(story.due("solve"), "2026-03-02T17:00:00Z");
    story.after(hours(1)).done(pending()).after(hours(2)).done(C::Resume).wake();
    assert_eq!(story.due("solve"), "2026-03-03T10:00:00Z", "two working hours later");
    let now = story.now;
    story.after(Span::hours(18)).wake();
    let solve = story.clock("solve").expect("it runs");
    assert_eq!(solve.fired.first().map(|fired| fired.at), Some(now + hours(2)));
    assert!(!solve.breached, "it is nine in the morning");
    story.after(hours(1)).wake();
    assert!(story.clock("solve").expect("it runs").breached);
    assert_eq!(Story::begin(&cut("12:00")).due("solve"), "2026-03-03T17:00:00Z");
    let solve = &story.request.clocks[0];
    let explained = solve.explain(&story.world.catalog, story.now, &|_| None);
    assert_eq!(explained.target, WorkingTime::hours(5));
}

#[test]
fn a_clock_that_stood_still_too_often_is_not_stopped_once_more() {
    let mut story = Story::begin(USUAL);
    story.after(hours(1));
    let clock =
        story.request.clocks.iter_mut().find(|clock| clock.target.as_str() == "solve").expect("a clock");
    let whole = clock.stretches[0].clone();
    let ended = Some((noon(), WorkingTime::ZERO));
    let piece = |n: i64| Stretch { start: noon() - Span::days(n), ended, ..whole.clone() };
    clock.stretches = (1..CLOCK_STRETCHES_MAX as i64).map(piece).chain([whole.clone()]).collect();
    let refused = story.try_it(acts(BOSS), &pending()).expect_err("it would run once more than it may");
    assert_eq!(refused.code(), "too_many_stretches");
    story.done(C::Note("Nothing of that is held up.".into()));
    let clock =
        story.request.clocks.iter_mut().find(|clock| clock.target.as_str() == "solve").expect("a clock");
    clock.stretches.remove(0);
    story.done(pending()).after(hours(1)).done(C::Resume);
    let refused = story.after(hours(1)).try_it(acts(BOSS), &pending());
    assert_eq!(refused.expect_err("it resumed once too often").code(), "too_many_stretches");
}

#[test]
fn a_clock_remembers_the_latest_of_its_attempts() {
    let mut clock = Story::begin(USUAL).request.clocks.remove(0);
    let tick = |clock: &Clock, change: ClockChange, at: Timestamp| ClockTick {
        target: clock.target.clone(),
        at,
        change,
        due_at: None,
        breached: false,
        next_at: None,
        led_by: Vec::new(),
    };
    let times = CLOCK_ATTEMPTS_MAX as i64 + 2;
    let mut clocks = vec![clock.clone()];
    for n in 1..=times {
        let at = noon() + Span::minutes(n);
        let stopped = ClockChange::Stopped { outcome: Outcome::Met, measured: None };
        tick(&clock, stopped, at).apply(&mut clocks);
        tick(&clock, ClockChange::Started { from: at }, at).apply(&mut clocks);
    }
    clock = clocks.remove(0);
    assert_eq!((clock.history.len(), clock.cycle), (CLOCK_ATTEMPTS_MAX, 1 + times as u32));
    assert_eq!(clock.history[0].stopped_at, noon() + Span::minutes(3));
}

#[test]
fn a_clock_of_conditions_starts_at_a_date_stops_again_and_never_pauses() {
    let own = r#"[{"code": "own", "name": "Own", "targets": [
        {"code": "sla", "calendar": "week", "starts": {"type": "occurrence"},
         "kind": {"type": "custom", "last_stop_counts": true,
           "start": {"type": "compare", "field": "event", "op": "eq", "value": "submitted"},
           "stop": {"type": "in", "field": "event", "values": ["closed", "closing_amended"]}},
         "amounts": [{"amount": {"type": "working", "time": "6h"}}]}
    ]}]"#;
    let asked = Submit {
        occurred_at: Some(noon() + hours(-2)),
        ..Submit::new(code("IT-01"), text("The printer prints nothing"))
    };
    let mut story = Story::of(own, &asked);
    assert_eq!(story.due("sla"), "2026-03-02T16:00:00Z", "it counts from ten o'clock");
    story.after(hours(1)).done(pending()).after(hours(2)).done(C::Close { reason: "done".into() });
    let first = story.clock("sla").expect("it stopped");
    assert_eq!((first.outcome, first.elapsed), (Some(Outcome::Met), WorkingTime::hours(5)));
    story.after(hours(2)).done(C::AmendClosing { reason: "really".into() });
    let last = story.clock("sla").expect("it stopped again");
    assert_eq!((last.outcome, last.elapsed, last.cycle), (Some(Outcome::Missed), WorkingTime::hours(7), 1));
    assert_eq!(story.folded(), Some(story.request));
}

#[test]
fn a_clock_says_why_it_shows_what_it_shows() {
    let mut story = Story::begin(USUAL);
    story.after(hours(5)).done(pending()).after(hours(17)).done(C::Resume).after(hours(1));
    let clock = story.request.clocks.iter().find(|clock| clock.target.as_str() == "solve").expect("it runs");
    let own = |event: &&Event| event.of::<RequestEvent>().is_some_and(|event| !event.is_of_clocks());
    let cause = |at| story.past.iter().filter(own).rfind(|event| event.at == at).map(|event| event.position);
    let explanation = clock.explain(&story.world.catalog, story.now, &cause);
    let told =
        |language| Narrator::new(&story.world.directory, language).explanation(&explanation, &story.past);
    let english = told(Language::English);
    assert_eq!(english.len(), 5, "{english:#?}");
    assert_eq!(english[0], "clock solve: used 6h of 8h");
    assert!(
        english[1].starts_with(
            "2026-03-02T12:00:00Z … 2026-03-02T17:00:00Z: counted 5h (calendar week) — submitted"
        )
    );
    assert_eq!(
        english[2..],
        [
            "2026-03-02T17:00:00Z … 2026-03-03T10:00:00Z: stood still — put on hold: awaiting the requester",
            "2026-03-03T10:00:00Z … 2026-03-03T11:00:00Z: counted 1h (calendar week) — resumed: by hand",
            "due 2026-03-03T13:00:00Z",
        ]
    );
    let russian = told(Language::Russian);
    assert_eq!(russian[0], "срок solve: использовано 6h из 8h");
    assert!(russian[2].contains("пауза — приостановлена: ожидание заявителя"), "{russian:#?}");
    assert_eq!(russian[4], "истекает 2026-03-03T13:00:00Z");
}

#[test]
fn a_forecast_says_when_a_clock_is_due_if_nothing_happens_and_the_promise_is_the_last_of_the_resolution() {
    let mut story = Story::begin(USUAL);
    let forecast = |story: &Story| -> Vec<(String, String, Assumes)> {
        let all = story.request.forecast(&story.world.catalog, story.now).into_iter();
        all.map(|one| (one.target.to_string(), one.due_at.expect("time comes").to_string(), one.assumes))
            .collect()
    };
    let promise = |story: &Story| {
        let promise = story.request.promise(&story.world.catalog, story.now);
        promise.map(|promise| (promise.at.to_string(), promise.assumes))
    };
    let first = ("first".to_owned(), story.due("first"), Assumes::Nothing);
    let solve = story.due("solve");
    assert_eq!(forecast(&story), [first.clone(), ("solve".to_owned(), solve.clone(), Assumes::Nothing)]);
    assert_eq!(promise(&story), Some((solve, Assumes::Nothing)), "an answer is no promise");

    story.after(hours(1)).done(pending());
    let one_later = story.due_if_resumed(story.now);
    assert_eq!(promise(&story), Some((one_later.clone(), Assumes::ResumedNow)));
    story.after(hours(2));
    assert_eq!(promise(&story), Some((story.due_if_resumed(story.now), Assumes::ResumedNow)), "it moves on");
    assert_ne!(one_later, story.due_if_resumed(story.now));

    let at = story.now + hours(24);
    story.done(C::Hold(HoldFor { until: Some(at), ..HoldFor::new(HoldReason::Requester) }));
    assert_eq!(promise(&story), Some((story.due_if_resumed(at), Assumes::HoldEnds { at })));
    assert_eq!(forecast(&story)[0], first, "what runs is due as it is shown");
    story.done(resolve());
    assert_eq!((forecast(&story), promise(&story)), (Vec::new(), None), "nothing is due of what is done");
}

#[test]
fn a_message_that_reopens_waits_for_an_answer() {
    let next = r#"[{"code": "next", "name": "Next", "targets": [
        {"code": "next", "kind": {"type": "next_response"}, "calendar": "week",
         "amounts": [{"amount": {"type": "working", "time": "2h"}}]}]}]"#;
    let mut story = Story::begin(next);
    story.done(C::Answer("We look at it.".into())).after(hours(1)).done(resolve()).after(hours(1));
    story.try_it(acts(REQUESTER), &C::Reply("It is broken again.".into())).expect("the requester may");
    assert_eq!(story.request.status, crate::life::request::Status::InProgress);
    let next = story.clock("next").expect("it runs");
    assert_eq!((next.state, next.cycle), (ClockState::Running, 1));
}

/// Three agreements that a field chooses between, with everything that clocks can do.
pub(super) const CHOSEN: &str = r#"[
    {"code": "red", "name": "Red", "customer": {"type": "contract", "field": "color", "code": "red"}, "targets": [
        {"code": "solve", "kind": {"type": "resolution", "on_reopen": "restart"}, "calendar": "always",
         "on_change": "restart", "amounts": [{"amount": {"type": "working", "time": "5h"}}],
         "thresholds": [{"name": "most", "at": {"type": "percent", "percent": 80}}]},
        {"code": "line", "kind": {"type": "team", "line": "it"}, "calendar": "week",
         "amounts": [{"amount": {"type": "working", "time": "3h"}}]},
        {"code": "update", "kind": {"type": "periodic_update"}, "calendar": "week",
         "amounts": [{"amount": {"type": "working", "time": "90m"}}]}]},
    {"code": "blue", "name": "Blue", "customer": {"type": "contract", "field": "color", "code": "blue"}, "targets": [
        {"code": "solve", "kind": {"type": "resolution"}, "calendar": "week",
         "amounts": [{"amount": {"type": "days", "days": 1, "mode": "same_time"}}]},
        {"code": "next", "kind": {"type": "next_response", "before_first_response": true}, "calendar": "week",
         "retroactive": false, "amounts": [{"amount": {"type": "working", "time": "1h"}}],
         "thresholds": [{"name": "soon", "at": {"type": "after", "time": "-20m"}}]}]},
    {"code": "usual", "name": "Usual", "targets": [
        {"code": "first", "kind": {"type": "first_response"}, "calendar": "week",
         "amounts": [{"amount": {"type": "working", "time": "2h"}}]},
        {"code": "solve", "kind": {"type": "resolution"}, "calendar": "week",
         "amounts": [{"priorities": [1], "amount": {"type": "working", "time": "4h"}},
                     {"priorities": [2, 3, 4], "amount": {"type": "working", "time": "8h"}}],
         "thresholds": [{"name": "half", "at": {"type": "percent", "percent": 50}},
                        {"name": "late", "at": {"type": "after", "time": "1h"}}]}]}
]"#;

pub(super) fn any_command() -> impl Strategy<Value = C> {
    let color = |color: &'static str| C::SetFields {
        values: [(code("color"), Some(Value::Code(color.into())))].into(),
    };
    let step = |command: C| Just(command).boxed();
    prop_oneof![
        step(C::Start),
        step(pending()),
        step(C::Hold(HoldFor::new(HoldReason::Internal))),
        step(C::Resume),
        step(resolve()),
        step(C::Close { reason: "done".into() }),
        step(C::Reopen { text: String::new(), hold: None }),
        step(C::Reply("Well?".into())),
        step(C::Answer("Soon.".into())),
        step(C::Move { line: code("front") }),
        step(C::Move { line: code("it") }),
        step(C::Classify { service: None, category: Some(code("disk")) }),
        step(color("red")),
        step(color("blue")),
        step(C::SetFields { values: [(code("color"), None)].into() }),
        (1..=3_u8, 1..=3_u8).prop_map(|(impact, urgency)| C::Prioritize { impact, urgency }).boxed(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn however_often_a_worker_looks_clocks_show_the_same(
        steps in vec((any_command(), 0..600_i64, any::<bool>()), 1..25),
    ) {
        let (mut watched, mut alone) = (Story::begin(CHOSEN), Story::begin(CHOSEN));
        for (command, minutes, looks) in steps {
            for story in [&mut watched, &mut alone] {
                story.after(Span::minutes(minutes));
            }
            if looks {
                watched.wake();
            }
            // Of what falls into one instant the journal tells the order: a worker who looks comes before.
            for story in [&mut watched, &mut alone] {
                story.after(Span::from_millis(1));
            }
            let done = watched.try_it(acts(BOSS), &command).is_ok();
            prop_assert_eq!(alone.try_it(acts(BOSS), &command).is_ok(), done);
        }
        for story in [&mut watched, &mut alone] {
            story.after(Span::days(4)).wake();
        }
        prop_assert_eq!(&watched.request.clocks, &alone.request.clocks);
        let noted = |story: &Story| {
            let noted = |tick: &ClockTick| matches!(tick.change, ClockChange::Fired { .. } | ClockChange::Overdue { .. });
            let mut noted: Vec<String> =
                story.ticks().into_iter().filter(noted).map(|tick| format!("{} {:?}", tick.target, tick.change)).collect();
            noted.sort();
            noted
        };
        prop_assert_eq!(noted(&watched), noted(&alone));
    }

    #[test]
    fn a_clock_is_the_fold_of_its_ticks_and_its_caches_are_what_it_shows(
        steps in vec((any_command(), 0..600_i64), 1..25),
    ) {
        let mut story = Story::begin(CHOSEN);
        for (command, minutes) in steps {
            // A step that the life cycle does not have is refused.
            let _ = story.after(Span::minutes(minutes)).wake().try_it(acts(BOSS), &command);
            story.wake();
            prop_assert_eq!(story.folded(), Some(story.request.clone()));
            for clock in &story.request.clocks {
                let shown = clock.read(&story.world.catalog, story.now);
                prop_assert_eq!((clock.due_at, clock.breached), (shown.due_at, shown.breached), "{:?}", clock);
                prop_assert!(clock.next_at.is_none_or(|next| next > story.now), "{:?}", clock);
                let ran: WorkingTime = clock.stretches.iter().filter_map(|of| of.ended).map(|of| of.1).sum();
                prop_assert!(ran <= shown.elapsed, "no time is lost");
                let ends = clock.stretches.iter().map(|of| of.ended.map_or(story.now, |ended| ended.0));
                let apart = ends.zip(clock.stretches.iter().skip(1)).all(|(end, next)| end <= next.start);
                prop_assert!(apart, "no time is counted twice: {:?}", clock);
                let told = clock.explain(&story.world.catalog, story.now, &|_| None);
                let counted = told.segments.iter().filter_map(|segment| match &segment.kind {
                    SegmentKind::Counted { time, .. } => Some(*time),
                    SegmentKind::Closed { .. } | SegmentKind::Paused => None,
                });
                prop_assert_eq!(counted.sum::<WorkingTime>(), shown.elapsed);
                let gapless = told.segments.windows(2).all(|pair| pair[0].to == pair[1].from);
                prop_assert!(gapless, "{:?}", told);
            }
        }
    }

    #[test]
    fn a_clock_that_comes_late_shows_what_one_does_that_was_there_from_the_beginning(
        steps in vec((any_command(), 0..600_i64), 1..25),
    ) {
        let (mut early, mut late) = (Story::begin(USUAL_ONLY), Story::begin(CONTRACT_ONLY));
        for (command, minutes) in steps {
            let changes_terms = matches!(command, C::Prioritize { .. } | C::SetFields { .. });
            for story in [&mut early, &mut late] {
                let _ = (!changes_terms).then(|| story.after(Span::minutes(minutes)).try_it(acts(BOSS), &command));
            }
        }
        let choose = C::SetFields { values: [(code("color"), Some(Value::Code("red".into())))].into() };
        late.done(choose);
        for target in ["first", "solve", "line", "update", "next"] {
            let (mut early, mut late) = (early.clock(target).expect("it is there"), late.clock(target).expect("it came"));
            // What lay in the past is dated at the change.
            (early.fired, late.fired) = (Vec::new(), Vec::new());
            late.agreement = early.agreement.clone();
            prop_assert_eq!(late, early);
        }
    }
}

macro_rules! everything {
    ($customer:literal) => {
        concat!(
            r#"[{"code": "all", "name": "All", "customer": "#,
            $customer,
            r#", "targets": [
                {"code": "first", "kind": {"type": "first_response"}, "calendar": "week",
                 "amounts": [{"amount": {"type": "working", "time": "2h"}}]},
                {"code": "solve", "kind": {"type": "resolution"}, "calendar": "week",
                 "amounts": [{"amount": {"type": "working", "time": "8h"}}]},
                {"code": "line", "kind": {"type": "team", "line": "it"}, "calendar": "week",
                 "amounts": [{"amount": {"type": "working", "time": "3h"}}]},
                {"code": "update", "kind": {"type": "periodic_update"}, "calendar": "always",
                 "amounts": [{"amount": {"type": "working", "time": "90m"}}]},
                {"code": "next", "kind": {"type": "next_response"}, "calendar": "week",
                 "amounts": [{"amount": {"type": "working", "time": "1h"}}]}]}]"#
        )
    };
}

const USUAL_ONLY: &str = everything!(r#"{"type": "tenant"}"#);
const CONTRACT_ONLY: &str = everything!(r#"{"type": "contract", "field": "color", "code": "red"}"#);
