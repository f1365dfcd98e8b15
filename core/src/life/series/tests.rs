use uuid::Uuid;

use super::*;
use crate::base::{Span, Timestamp};
use crate::config::schedule::{Every, Schedule};
use crate::life::access::Actor;
use crate::life::decision::{Decision, Number, Reader};
use crate::life::refusal::Refusal;
use crate::life::request::{Request, SeriesId, Submit};
use crate::life::sample::{
    ADMINISTRATOR, Ask, OPERATOR, REQUESTER, SUPERVISOR, TENANT_ID, acts, code, file, loaded, noon, text,
    world,
};
use crate::store::{Stored, Version, View};

#[test]
fn a_series_waits_for_its_first_occurrence_from_now_on() {
    let (series, decision) = saved(&plan(CatchUp::Each));
    assert_eq!(series.next, Some(at("2026-03-03T06:00:00Z")));
    assert_eq!(decision.work.len(), 1);
    let stopped = SeriesPlan { active: false, ..plan(CatchUp::Each) };
    assert_eq!(saved(&stopped).0.next, None);
}

#[test]
fn an_occurrence_submits_and_moves_the_series_on_in_one_batch() {
    let (series, _) = saved(&plan(CatchUp::Each));
    let (moved, decision) = occur(&series, at("2026-03-03T06:00:00Z")).expect("it is due");
    let request = submitted(&decision).expect("a request was submitted");
    assert_eq!((request.series, request.requester), (Some(series.id), REQUESTER.into()));
    assert_eq!((moved.made, moved.last), (1, Some(request.id)));
    assert_eq!(moved.next, Some(at("2026-03-04T06:00:00Z")));
    assert_eq!(decision.origin.principal, Some(REQUESTER.into()));
}

#[test]
fn what_was_missed_is_made_up_for_as_the_series_says() {
    let now = at("2026-03-06T10:00:00Z");
    let (each, _) = occur(&saved(&plan(CatchUp::Each)).0, now).expect("it is due");
    assert_eq!((each.made, each.missed, each.next), (1, 0, Some(at("2026-03-04T06:00:00Z"))));
    let (latest, _) = occur(&saved(&plan(CatchUp::Latest)).0, now).expect("it is due");
    assert_eq!((latest.made, latest.missed, latest.next), (1, 3, Some(at("2026-03-07T06:00:00Z"))));
    let (within, _) = occur(&saved(&plan(CatchUp::Within(Span::hours(36)))).0, now).expect("it is due");
    assert_eq!((within.made, within.missed, within.next), (1, 2, Some(at("2026-03-06T06:00:00Z"))));
    let (strict, decision) = occur(&saved(&plan(CatchUp::Within(Span::hours(1)))).0, now).expect("it is due");
    assert_eq!((strict.made, strict.missed, strict.next), (0, 4, Some(at("2026-03-07T06:00:00Z"))));
    assert!(submitted(&decision).is_none());
}

#[test]
fn a_submission_that_is_refused_is_noted_and_the_series_goes_on() {
    let (mut series, _) = saved(&plan(CatchUp::Each));
    series.submit = series.submit.map(|submit| Submit { service: code("XX-99"), ..submit });
    let (moved, decision) = occur(&series, at("2026-03-03T06:00:00Z")).expect("it is due");
    assert_eq!((moved.made, moved.refused.as_deref()), (0, Some("invalid")));
    assert_eq!(moved.next, Some(at("2026-03-04T06:00:00Z")));
    assert!(submitted(&decision).is_none());
}

#[test]
fn an_occurrence_happens_once_and_not_before_its_time() {
    let (series, _) = saved(&plan(CatchUp::Each));
    let early = occur(&series, at("2026-03-03T05:59:59Z")).expect_err("it is early");
    assert_eq!(early.code(), "not_due");
    let (moved, _) = occur(&series, at("2026-03-03T06:00:00Z")).expect("it is due");
    let again = decided(&moved, at("2026-03-03T06:00:00Z"), at("2026-03-03T07:00:00Z"));
    assert_eq!(again.expect_err("it happened").code(), "not_due");
}

#[test]
fn a_series_is_set_up_by_who_may_and_only_as_something_that_can_be_submitted() {
    let refused = |who, plan: SeriesPlan| save(who, &plan).expect_err("it is refused").to_string();
    assert!(refused(OPERATOR, plan(CatchUp::Each)).contains("no right"));
    assert!(save(SUPERVISOR, &plan(CatchUp::Each)).is_ok());
    let nobody = Submit { requester: None, ..plan(CatchUp::Each).submit };
    let nobody = SeriesPlan { submit: nobody, ..plan(CatchUp::Each) };
    assert_eq!(refused(ADMINISTRATOR, nobody), "`requester`: nobody is named who asks");
    let nameless = SeriesPlan { name: text(" "), ..plan(CatchUp::Each) };
    assert!(refused(ADMINISTRATOR, nameless).starts_with("`plan.name`"));
    let mut timeless = plan(CatchUp::Each);
    timeless.schedule.at = "9 o'clock".into();
    assert!(refused(ADMINISTRATOR, timeless).starts_with("`plan.schedule`: error[bad_time] at:"));
    let negative = plan(CatchUp::Within(Span::hours(-1)));
    assert!(refused(ADMINISTRATOR, negative).starts_with("`plan.catch_up`"));
}

#[test]
fn a_series_carries_no_files_since_each_upload_is_attached_once() {
    let mut plan = plan(CatchUp::Each);
    plan.submit.files = vec![file()];
    let refused = save(ADMINISTRATOR, &plan).expect_err("it is refused").to_string();
    assert!(refused.starts_with("`files`"), "{refused}");
}

#[test]
fn a_series_is_the_fold_of_its_events() {
    let (series, decision) = saved(&plan(CatchUp::Latest));
    let mut folded = None;
    for event in events(&decision) {
        folded = Series::begun(&event);
    }
    assert_eq!(folded.as_ref(), Some(&series));
    let (moved, decision) = occur(&series, at("2026-03-06T10:00:00Z")).expect("it is due");
    let mut folded = series;
    events(&decision).iter().for_each(|event| folded.evolve(event));
    assert_eq!(folded, moved);
}

fn plan(catch_up: CatchUp) -> SeriesPlan {
    let schedule = Schedule {
        every: Every::Days(1),
        at: "09:00".into(),
        zone: "Europe/Moscow".into(),
        from: "2026-01-01".parse().expect("a date"),
        until: None,
    };
    let submit =
        Submit { requester: Some(REQUESTER.into()), ..Submit::new(code("IT-01"), text("Change the tapes")) };
    let id = SeriesId(Uuid::from_u128(500));
    SeriesPlan { id, name: text("Tapes"), schedule, catch_up, submit, active: true }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn saved(plan: &SeriesPlan) -> (Series, Decision) {
    save(ADMINISTRATOR, plan).expect("an administrator may")
}

fn save(who: crate::life::directory::EmployeeId, plan: &SeriesPlan) -> Result<(Series, Decision), Refusal> {
    let world = world();
    let mut view = View::default();
    view.records.insert(SERIES.key(plan.id.0), None);
    let command = SeriesCommand::Save { plan: Box::new(plan.clone()) };
    let ask = Ask::new(&world, acts(who), noon());
    let decision = ask.decide(|context| decide(Reader(&view), plan.id, &command, context))?;
    Ok((written(&decision), decision))
}

/// Lets the occurrence that the series waits for come at a time.
fn occur(series: &Series, now: Timestamp) -> Result<(Series, Decision), Refusal> {
    decided(series, series.next.expect("it waits for one"), now)
}

fn decided(series: &Series, at: Timestamp, now: Timestamp) -> Result<(Series, Decision), Refusal> {
    let world = world();
    let mut view = View::default();
    view.records.insert(SERIES.key(series.id.0), Some(loaded(series.clone())));
    let command = SeriesCommand::Occur { at };
    let ask = Ask::new(&world, Actor::system(TENANT_ID), now);
    let decision = ask.decide(|context| {
        context.number = Some(Number { prefix: "IT".into(), count: 7 });
        decide(Reader(&view), series.id, &command, context)
    })?;
    assert!(decision.puts.iter().any(|put| put.expected == Version(1)), "the series is replaced");
    Ok((written(&decision), decision))
}

fn written(decision: &Decision) -> Series {
    decision
        .puts
        .iter()
        .find_map(|put| record::<Series>(&*put.record))
        .expect("the series is written")
        .clone()
}

fn submitted(decision: &Decision) -> Option<Request> {
    decision.puts.iter().find_map(|put| record::<Request>(&*put.record)).cloned()
}

fn events(decision: &Decision) -> Vec<SeriesEvent> {
    let any = decision.events.iter().map(|event| &*event.fact as &dyn std::any::Any);
    any.filter_map(|fact| fact.downcast_ref::<SeriesEvent>()).cloned().collect()
}

fn record<T: 'static>(record: &dyn Stored) -> Option<&T> {
    let any: &dyn std::any::Any = record;
    any.downcast_ref()
}
