//! What follows from thresholds: each action, when it is too late, and rules that would feed themselves.

use crate::base::limits::ESCALATION_DEPTH_MAX;
use crate::base::{Span, Timestamp};
use crate::life::request::command::{RequestCommand as C, Submit};
use crate::life::request::effect::Effect;
use crate::life::request::escalation::Escalation;
use crate::life::request::event::RequestEvent;
use crate::life::request::narrate::{Language, Narrator};
use crate::life::sample::{COLLEAGUE, OPERATOR, SUPERVISOR, code, noon, text};
use crate::store::{Event, NewWork, Queue, WorkChange};

use super::clocks::{Story, hours, pending, promising_with, resolve};

/// A resolution within eight working hours, begun on Monday at noon, with thresholds of which something follows.
fn solving(thresholds: &str) -> String {
    format!(
        r#"[{{"code": "usual", "name": "Usual", "targets": [
            {{"code": "solve", "kind": {{"type": "resolution"}}, "calendar": "week",
             "amounts": [{{"amount": {{"type": "working", "time": "8h"}}}}], "thresholds": [{thresholds}]}}]}}]"#
    )
}

fn threshold(name: &str, at: &str, actions: &str, more: &str) -> String {
    format!(r#"{{"name": "{name}", "at": {{{at}}}, "actions": [{actions}]{more}}}"#)
}

fn half(actions: &str) -> Story {
    begin(&solving(&threshold("half", r#""type": "percent", "percent": 50"#, actions, "")))
}

/// The line `it` works Monday to Friday, and `hr` comes after it.
fn begin(agreements: &str) -> Story {
    let world = promising_with(agreements, |catalog| {
        for line in &mut catalog.lines {
            if line.code.as_str() == "it" {
                (line.calendar, line.next) = (Some(code("week")), Some(code("hr")));
            }
        }
    });
    Story::in_world(world, &Submit::new(code("IT-01"), text("The printer prints nothing")))
}

fn escalations(story: &Story) -> Vec<Escalation> {
    let facts = story.past.iter().filter_map(Event::of::<RequestEvent>);
    let found = facts.filter_map(|fact| match fact {
        RequestEvent::Escalated(escalation) => Some((**escalation).clone()),
        _ => None,
    });
    found.collect()
}

/// What became of each step, in words.
fn steps(story: &Story) -> Vec<String> {
    let narrator = Narrator::new(&story.world.directory, Language::English);
    let told = |escalation| narrator.request_event(&RequestEvent::Escalated(Box::new(escalation)));
    let told = escalations(story).into_iter().map(told);
    told.map(|line| line.rsplit("): ").next().unwrap_or_default().to_owned()).collect()
}

fn effects(story: &Story) -> Vec<(Timestamp, Effect)> {
    let set = story.work.iter().filter_map(|change| match change {
        WorkChange::Set(NewWork { queue: Queue::Effects, due, body, .. }) => Some((*due, body)),
        _ => None,
    });
    set.map(|(due, body)| (due, serde_json::from_str(body).expect("an effect"))).collect()
}

fn told(story: &Story) -> Vec<(Timestamp, String)> {
    let warned = effects(story).into_iter().filter_map(|(due, effect)| match effect {
        Effect::Warn { to, .. } => Some((due, to.to_string())),
        _ => None,
    });
    warned.collect()
}

#[test]
fn what_follows_is_done_in_the_decision_that_notes_the_threshold_and_is_dated_when_it_was_due() {
    let mut story = half(
        r#"{"type": "raise_priority"}, {"type": "set_field", "field": "color",
        "value": {"type": "code", "value": "red"}}, {"type": "emit", "name": "page"}"#,
    );
    let before = story.past.len();
    story.after(Span::days(1)).wake();
    let names: Vec<&str> = story.past[before..].iter().map(|event| event.fact.name()).collect();
    assert_eq!(names, ["clocked", "priority_raised", "values_set", "escalated"]);
    let [escalation] = &escalations(&story)[..] else { panic!("{names:?}") };
    assert_eq!((escalation.at, escalation.cycle), (noon() + hours(4), 1));
    assert_eq!(steps(&story), ["priority raised, field set, called outside"]);
    assert_eq!((story.request.priority, story.request.fields.len()), (3, 1));
    let emitted = effects(&story);
    let [(due, Effect::Emit { name, milestone })] = &emitted[..] else { panic!("{emitted:?}") };
    assert_eq!((*due, name.as_str(), milestone.reached_at), (story.now, "page", noon() + hours(4)));
    story.wake();
    assert_eq!(escalations(&story).len(), 1, "once in a cycle");
    assert_eq!(story.folded(), Some(story.request));
}

#[test]
fn a_step_of_a_person_that_finds_a_threshold_past_lets_the_same_follow() {
    let mut story = half(r#"{"type": "raise_priority", "by": 9}"#);
    story.after(hours(5)).done(C::Note("Strange.".into()));
    assert_eq!((story.request.priority, steps(&story)), (1, vec!["priority raised".to_owned()]));
    assert_eq!(story.folded(), Some(story.request));
}

#[test]
fn a_request_is_given_handed_on_and_given_back() {
    let mut story = half(&format!(r#"{{"type": "assign", "operator": "{COLLEAGUE}"}}"#));
    story.after(hours(4)).wake();
    assert_eq!(story.request.assignee, Some(COLLEAGUE));
    let mut story = half(r#"{"type": "release"}"#);
    story.done(C::Assign { operator: OPERATOR }).after(hours(4)).wake();
    assert_eq!((story.request.assignee, steps(&story)), (None, vec!["given back to its line".to_owned()]));
    let mut story = half(r#"{"type": "move", "line": "front"}, {"type": "next_tier"}"#);
    story.after(hours(4)).wake();
    assert_eq!(steps(&story), ["handed on, handed on: not done (last_tier)"]);
    let mut story = half(r#"{"type": "next_tier"}"#);
    story.after(hours(4)).wake();
    assert_eq!(story.request.line, code("hr"));
}

#[test]
fn what_the_life_of_a_request_does_not_allow_is_noted_and_the_rest_is_done() {
    let mut story = half(
        r#"{"type": "release"}, {"type": "raise_priority"}, {"type": "notify",
        "to": {"type": "assignee"}}"#,
    );
    story.after(hours(4)).wake();
    let expected = "given back to its line: not done (wrong_status), priority raised, people told: not done (nobody_told)";
    assert_eq!(steps(&story), [expected]);
}

#[test]
fn people_are_told_when_they_are_at_work_and_only_those_who_may_see_the_request() {
    let late = r#""type": "after", "time": "0h""#;
    let warn = |to: &str| {
        begin(&solving(&threshold("due", late, &format!(r#"{{"type": "notify", "to": {to}}}"#), "")))
    };
    let mut story = warn(r#"{"type": "line"}"#);
    // Eight working hours end on Tuesday at eleven; somebody looks on Saturday.
    story.after(Span::days(5)).wake();
    let monday: Timestamp = "2026-03-09T09:00:00Z".parse().expect("an instant");
    let both = [OPERATOR, COLLEAGUE].map(|who| (monday, crate::base::Party::from(who).to_string()));
    assert_eq!(told(&story), both);
    let mut story = warn(r#"{"type": "role", "role": "supervisor"}"#);
    story.after(Span::days(5)).wake();
    let supervisor = (story.now, crate::base::Party::from(SUPERVISOR).to_string());
    assert_eq!(told(&story), [supervisor], "who works on no line has no quiet hours");
    let mut story = warn(r#"{"type": "role", "role": "requester"}"#);
    story.after(Span::days(5)).wake();
    assert_eq!(
        (told(&story), steps(&story)),
        (Vec::new(), vec!["people told: not done (nobody_told)".to_owned()])
    );
}

#[test]
fn what_comes_too_late_to_make_sense_is_noted_and_not_done() {
    let only = |before: &str| {
        let more = format!(r#", "only_if_before": ["{before}"]"#);
        let at = r#""type": "percent", "percent": 50"#;
        begin(&solving(&threshold("half", at, r#"{"type": "raise_priority"}"#, &more)))
    };
    let late = |before: &str| vec![format!("priority raised: not done (only before: {before})")];
    let done = vec!["priority raised".to_owned()];
    for before in ["due", "stop", "classified", "assigned", "started", "answered", "resolved"] {
        let mut story = only(before);
        story.after(hours(4)).wake();
        assert_eq!(steps(&story), done, "{before}");
    }
    let mut story = only("due");
    story.after(Span::days(3)).wake();
    assert_eq!(steps(&story), late("due"));
    let steps_after = |before: &str, done: &[C]| {
        let mut story = only(before);
        for command in done {
            story.done(command.clone());
        }
        story.after(hours(4)).wake();
        steps(&story)
    };
    let classify = || C::Classify { service: None, category: Some(code("disk")) };
    let assign = || C::Assign { operator: OPERATOR };
    assert_eq!(steps_after("classified", &[classify()]), late("classified"));
    assert_eq!(steps_after("assigned", &[assign()]), late("assigned"));
    assert_eq!(steps_after("started", &[assign()]), done);
    assert_eq!(steps_after("started", &[assign(), C::Start]), late("started"));
    assert_eq!(steps_after("answered", &[C::Answer("We look.".into())]), late("answered"));
    // Nobody looked before the work was done.
    for before in ["stop", "resolved"] {
        let mut story = only(before);
        story.after(hours(5)).done(resolve());
        assert_eq!(steps(&story), late(before));
    }
}

#[test]
fn a_clock_that_stands_still_escalates_nothing() {
    let mut story = half(r#"{"type": "raise_priority"}"#);
    story.after(hours(1)).done(pending()).after(Span::days(9)).wake();
    assert_eq!((escalations(&story).len(), story.request.priority), (0, 4));
}

/// A rule that raises the priority, which restarts the clock whose beginning fires the rule.
const FEEDING: &str = r#"[{"code": "usual", "name": "Usual", "targets": [
    {"code": "solve", "kind": {"type": "resolution"}, "calendar": "always", "on_change": "restart",
     "amounts": [{"priorities": [1], "amount": {"type": "working", "time": "1h"}},
                 {"priorities": [2], "amount": {"type": "working", "time": "2h"}},
                 {"priorities": [3], "amount": {"type": "working", "time": "3h"}},
                 {"amount": {"type": "working", "time": "4h"}}],
     "thresholds": [{"name": "begun", "at": {"type": "percent", "percent": 0},
                     "actions": [{"type": "raise_priority"}]}]}]}]"#;

#[test]
fn a_rule_that_led_to_itself_is_not_followed() {
    let mut story = begin(FEEDING);
    for _ in 0..5 {
        story.wake();
    }
    let expected = ["priority raised", "priority raised: not done (the rule led to itself)"];
    assert_eq!((steps(&story), story.request.priority), (expected.map(str::to_owned).to_vec(), 3));
    assert_eq!(escalations(&story)[1].led_by, [escalations(&story)[0].rule.clone()]);
    assert_eq!(story.request.clock_at(), Some(noon() + hours(3)), "only the target is still ahead");
    // Somebody begins the clock anew, so the rule has a cause of its own.
    story.after(hours(1)).done(C::Prioritize { impact: 3, urgency: 3 }).wake();
    assert_eq!((steps(&story).len(), story.request.priority), (3, 4));
    assert_eq!(story.folded(), Some(story.request));
}

#[test]
fn a_chain_of_rules_ends_at_the_limit() {
    // Each clock waits for its value, and its beginning sets the next one.
    let options: Vec<String> = (0..=12).map(|n| format!(r#"{{"code": "c{n}", "name": "C"}}"#)).collect();
    let is = |n: usize| format!(r#"{{"type": "compare", "field": "step", "op": "eq", "value": "c{n}"}}"#);
    let clocks: Vec<String> = (0..12)
        .map(|n| {
            let next = n + 1;
            format!(
                r#"{{"code": "k{n}", "calendar": "always",
                "kind": {{"type": "custom", "start": {}, "stop": {{"type": "compare", "field": "event", "op": "eq", "value": "closed"}}}},
                "amounts": [{{"amount": {{"type": "working", "time": "1h"}}}}],
                "thresholds": [{{"name": "begun", "at": {{"type": "percent", "percent": 0}}, "actions": [
                    {{"type": "set_field", "field": "step", "value": {{"type": "code", "value": "c{next}"}}}}]}}]}}"#,
                is(n)
            )
        })
        .collect();
    let agreements = format!(r#"[{{"code": "a", "name": "A", "targets": [{}]}}]"#, clocks.join(","));
    let field =
        format!(r#"{{"code": "step", "name": "Step", "type": "code", "options": [{}]}}"#, options.join(","));
    let world = promising_with(&agreements, |catalog| {
        catalog.fields.push(serde_json::from_str(&field).expect("a field"));
    });
    let mut story = Story::in_world(world, &Submit::new(code("IT-01"), text("The printer prints nothing")));
    let first = Some(crate::condition::Value::Code("c0".into()));
    story.done(C::SetFields { values: [(code("step"), first)].into() });
    for _ in 0..20 {
        story.wake();
    }
    let steps = steps(&story);
    assert_eq!(steps.len(), ESCALATION_DEPTH_MAX + 1);
    assert_eq!(steps.last().map(String::as_str), Some("field set: not done (too many escalations in a row)"));
    assert!(steps[..ESCALATION_DEPTH_MAX].iter().all(|step| step == "field set"));
}

#[test]
fn an_escalation_is_told_in_both_languages() {
    let mut story = half(r#"{"type": "raise_priority"}, {"type": "release"}"#);
    story.after(hours(4)).wake();
    let [escalation] = &escalations(&story)[..] else { panic!("there is one") };
    let event = RequestEvent::Escalated(Box::new(escalation.clone()));
    let told = |language| Narrator::new(&story.world.directory, language).request_event(&event);
    assert_eq!(
        told(Language::English),
        "escalation of the clock solve: half (reached 2026-03-02T16:00:00Z): priority raised, \
         given back to its line: not done (wrong_status)"
    );
    assert_eq!(
        told(Language::Russian),
        "эскалация срока solve: half (порог достигнут 2026-03-02T16:00:00Z): повышение приоритета, \
         возврат на линию: не выполнено (wrong_status)"
    );
}
