//! Clocks that conditions over what happens move: each of the six, and in which order they are asked.

use crate::base::{Span, WorkingTime};
use crate::condition::Value;
use crate::life::clock::{ClockState, Outcome};
use crate::life::request::command::RequestCommand as C;
use crate::life::sample::code;

use super::clocks::{Story, hours, pending};

fn event(name: &str) -> String {
    format!(r#"{{"type": "compare", "field": "event", "op": "eq", "value": "{name}"}}"#)
}

fn color(is: &str) -> String {
    format!(r#"{{"type": "compare", "field": "color", "op": "eq", "value": "{is}"}}"#)
}

/// Four hours around the clock, moved by these conditions.
fn begin(conditions: &[(&str, String)]) -> Story {
    let conditions: Vec<String> =
        conditions.iter().map(|(name, condition)| format!(r#""{name}": {condition}"#)).collect();
    Story::begin(&format!(
        r#"[{{"code": "a", "name": "A", "targets": [{{"code": "own", "calendar": "always",
            "kind": {{"type": "custom", {}}},
            "amounts": [{{"amount": {{"type": "working", "time": "4h"}}}}]}}]}}]"#,
        conditions.join(", ")
    ))
}

fn classify(category: &str) -> C {
    C::Classify { service: None, category: Some(code(category)) }
}

fn paint(color: Option<&str>) -> C {
    C::SetFields { values: [(code("color"), color.map(|color| Value::Code(color.into())))].into() }
}

fn state(story: &Story) -> (ClockState, u32) {
    let own = story.clock("own").expect("there is one");
    (own.state, own.cycle)
}

#[test]
fn each_of_the_six_conditions_moves_the_clock() {
    let mut story = begin(&[
        ("start", event("classified")),
        ("stop", event("started")),
        ("reset", event("moved")),
        ("cancel", color("blue")),
        ("pause", event("held")),
        ("resume", event("written")),
    ]);
    assert_eq!(state(&story), (ClockState::NotStarted, 0));
    story.after(hours(1)).done(classify("disk"));
    assert_eq!(state(&story), (ClockState::Running, 1));
    story.after(hours(1)).done(pending()).after(hours(2)).done(C::Resume);
    assert_eq!(state(&story), (ClockState::Paused, 1), "it is not the end of the hold that resumes it");
    story.after(hours(2)).done(C::Note("Strange.".into())).after(hours(1));
    assert_eq!(state(&story), (ClockState::Running, 1));
    assert_eq!(story.clock("own").expect("it runs").elapsed, WorkingTime::hours(2));
    story.done(C::Move { line: code("front") }).after(hours(3));
    assert_eq!(state(&story), (ClockState::Running, 2));
    let own = story.clock("own").expect("it runs");
    assert_eq!((own.elapsed, own.history[0].outcome), (WorkingTime::hours(3), Outcome::Met));
    story.done(paint(Some("blue")));
    assert_eq!(state(&story), (ClockState::Cancelled, 2));
    story.done(classify("hw"));
    assert_eq!(state(&story), (ClockState::Cancelled, 2), "what cancels keeps it from starting");
    story.done(paint(None)).done(classify("disk"));
    assert_eq!(state(&story), (ClockState::Running, 3));
    let stops = story.after(hours(5)).now;
    story.done(C::Start);
    let stopped = ClockState::Stopped { at: stops, outcome: Outcome::Missed, paused: false };
    assert_eq!(state(&story), (stopped, 3));
    assert_eq!(story.folded(), Some(story.request));
}

#[test]
fn a_stop_comes_before_a_reset_a_reset_before_a_cancel_and_that_before_a_pause() {
    let held = || event("held");
    let after_hold = |more: &[(&str, String)]| {
        let mut conditions = vec![("start", event("classified")), ("stop", event("started"))];
        conditions.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        conditions.extend(more.iter().map(|(name, condition)| (*name, condition.clone())));
        let mut story = begin(&conditions);
        story.done(classify("disk")).after(hours(1)).done(pending());
        state(&story)
    };
    let all = [("stop", held()), ("reset", held()), ("cancel", held()), ("pause", held())];
    assert!(matches!(after_hold(&all), (ClockState::Stopped { .. }, 1)));
    assert_eq!(after_hold(&all[1..]), (ClockState::Running, 2));
    assert_eq!(after_hold(&all[2..]), (ClockState::Cancelled, 1));
    assert_eq!(after_hold(&all[3..]), (ClockState::Paused, 1));
    assert_eq!(after_hold(&[]), (ClockState::Running, 1));
}

#[test]
fn a_clock_does_not_start_while_what_stops_it_holds() {
    let mut story = begin(&[("start", event("classified")), ("stop", color("red"))]);
    story.done(paint(Some("red"))).done(classify("disk"));
    assert_eq!(state(&story), (ClockState::NotStarted, 0));
    story.done(paint(None)).done(classify("hw"));
    assert_eq!(state(&story), (ClockState::Running, 1));
}

#[test]
fn a_clock_without_resume_goes_on_when_its_pause_no_longer_holds() {
    let mut story =
        begin(&[("start", event("classified")), ("stop", event("started")), ("pause", color("red"))]);
    story.done(classify("disk")).after(hours(1)).done(paint(Some("red")));
    story.after(Span::days(1)).done(paint(None)).after(hours(1));
    assert_eq!(state(&story), (ClockState::Running, 1));
    assert_eq!(story.clock("own").expect("it runs").elapsed, WorkingTime::hours(2));
}
