//! What the customer owes, and what the center gives back.

use crate::base::{Decimal, Span, Timestamp};
use crate::condition::Value;
use crate::config::agreement::{Agreement, QualityVerdict, TargetCode};
use crate::life::clock::{Compliance, Credits};
use crate::life::request::command::{RequestCommand as C, Submit};
use crate::life::request::duty::{ObligationReading, ObligationState, obligations};
use crate::life::request::narrate::{Language, Narrator};
use crate::life::sample::{code, noon, text};

use super::clocks::{Story, hours, pending, promising_with};

/// The customer owes the color at submission, an answer within four working hours, and the remark by a date.
const OWING: &str = r#"[{"code": "usual", "name": "Usual", "targets": [
    {"code": "solve", "kind": {"type": "resolution"}, "calendar": "week",
     "amounts": [{"amount": {"type": "working", "time": "8h"}}]}],
    "obligations": [
        {"name": "Complete", "owes": {"type": "complete", "fields": ["color", "amount"]}},
        {"name": "Answers", "owes": {"type": "timely", "within": "4h", "calendar": "week"}, "excuses": ["solve"]},
        {"name": "Inputs", "owes": {"type": "delivered", "fields": ["remark"], "by": "promised"}}]}]"#;

fn begin(given: &[(&str, Value)]) -> Story {
    let world = promising_with(OWING, |catalog| {
        let field = r#"{"code": "promised", "name": "Promised", "type": "instant"}"#;
        catalog.fields.push(serde_json::from_str(field).expect("a field"));
        // Whoever submits may name every field.
        catalog.fields.iter_mut().for_each(|field| field.public = true);
    });
    let fields = given.iter().map(|(field, value)| (code(field), value.clone())).collect();
    Story::in_world(
        world,
        &Submit { fields, ..Submit::new(code("IT-01"), text("The printer prints nothing")) },
    )
}

fn set(field: &str, value: Value) -> C {
    C::SetFields { values: [(code(field), Some(value))].into() }
}

fn read(story: &Story, name: &str) -> ObligationReading {
    let of = story.request.agreement.as_ref().expect("it is served");
    let agreement = &story.world.catalog.agreement(of).expect("it is there").agreement;
    let found = obligations(&story.past, agreement, &story.world.catalog);
    found.into_iter().find(|reading| reading.name == name).expect("it is owed")
}

fn state(story: &Story, name: &str) -> ObligationState {
    read(story, name).state(story.now)
}

fn red() -> Value {
    Value::Code("red".into())
}

fn amount() -> Value {
    Value::Decimal("12.5".parse().expect("a decimal"))
}

#[test]
fn inputs_are_complete_with_the_submission_or_never() {
    let mut story = begin(&[("color", red()), ("amount", amount())]);
    story.after(hours(1));
    assert_eq!(state(&story, "Complete"), ObligationState::Kept);
    let mut story = begin(&[("color", red())]);
    story.after(hours(1)).done(set("amount", amount()));
    let reading = read(&story, "Complete");
    assert_eq!(reading.state(story.now), ObligationState::Broken);
    assert_eq!(reading.times[0].given_at, Some(story.now), "what came later is told");
    assert_eq!(reading.broken_at(story.now), Some(noon()));
}

#[test]
fn whoever_is_waited_for_answers_within_working_time() {
    let mut story = begin(&[]);
    assert_eq!(state(&story, "Answers"), ObligationState::NotOwed);
    // On Monday at three; four working hours end on Tuesday at ten.
    story.after(hours(3)).done(pending());
    let due: Timestamp = "2026-03-03T10:00:00Z".parse().expect("an instant");
    assert_eq!(read(&story, "Answers").times[0].due_at, due);
    story.after(hours(18));
    assert_eq!(state(&story, "Answers"), ObligationState::Open);
    let at_due = read(&story, "Answers");
    assert_eq!(at_due.state(due), ObligationState::Open, "what is given at the due instant is in time");
    story.after(hours(1)).done(C::Resume);
    assert_eq!(state(&story, "Answers"), ObligationState::Kept);
    // The next time they come too late.
    story.done(pending()).after(Span::days(2)).done(C::Resume);
    let reading = read(&story, "Answers");
    assert_eq!((reading.times.len(), reading.state(story.now)), (2, ObligationState::Broken));
    let told = |language| Narrator::new(&story.world.directory, language).obligation(&reading, story.now);
    assert_eq!(
        told(Language::English),
        "obligation of the customer “Answers”: broken, due 2026-03-03T14:00:00Z"
    );
    assert_eq!(
        told(Language::Russian),
        "обязательство заказчика “Answers”: нарушено, до 2026-03-03T14:00:00Z"
    );
}

#[test]
fn the_center_is_excused_from_what_it_missed_after_the_customer_did() {
    let mut story = begin(&[]);
    story.after(hours(1)).done(pending()).after(Span::days(2)).done(C::Resume).after(Span::days(3)).wake();
    let solve = story.clock("solve").expect("it runs");
    assert!(solve.breached);
    assert!(read(&story, "Answers").excuses(&solve, story.now));
    assert!(!read(&story, "Complete").excuses(&solve, story.now), "that one excuses nothing");
    // What was missed before the customer did is not excused.
    let mut story = begin(&[]);
    story.after(Span::days(4)).wake().done(pending()).after(Span::days(4));
    let solve = story.clock("solve").expect("it stands still");
    assert_eq!((solve.breached, state(&story, "Answers")), (true, ObligationState::Broken));
    assert!(!read(&story, "Answers").excuses(&solve, story.now));
}

#[test]
fn inputs_are_delivered_by_the_date_that_the_request_names() {
    let by = |days| Value::Instant(noon() + Span::days(days));
    let remark = || set("remark", Value::Text(text("All of it.")));
    let mut story = begin(&[]);
    assert_eq!(state(&story, "Inputs"), ObligationState::NotOwed);
    story.done(set("promised", by(2))).after(Span::days(1));
    assert_eq!(state(&story, "Inputs"), ObligationState::Open);
    story.after(Span::days(2));
    assert_eq!(state(&story, "Inputs"), ObligationState::Broken);
    // A later date that is agreed on counts, until the inputs are there.
    story.done(set("promised", by(5))).done(remark());
    assert_eq!(state(&story, "Inputs"), ObligationState::Kept);
    story.after(hours(1)).done(set("promised", by(1)));
    assert_eq!(state(&story, "Inputs"), ObligationState::Kept);
    // Inputs that were there before anybody named a date.
    let mut story = begin(&[]);
    story.done(remark()).after(Span::days(3)).done(set("promised", by(1)));
    assert_eq!(state(&story, "Inputs"), ObligationState::Kept);
}

const GIVING: &str = r#"{"code": "a", "name": "A", "compliance_min_bp": 9000,
    "targets": [{"code": "solve", "kind": {"type": "resolution"}, "calendar": "week", "compliance_min_bp": 9500,
        "amounts": [{"amount": {"type": "working", "time": "8h"}}]},
        {"code": "first", "kind": {"type": "first_response"}, "calendar": "week",
         "amounts": [{"amount": {"type": "working", "time": "1h"}}]}],
    "quality": [{"measure": "reopen_rate", "max_bp": 300}, {"measure": "csat", "min_bp": 8000, "max_bp": 9900}],
    "credits": [
        {"on": {"type": "below", "share_bp": 9500}, "gives": {"type": "price", "share_bp": 500}},
        {"on": {"type": "below", "share_bp": 9000}, "gives": {"type": "price", "share_bp": 1500}},
        {"on": {"type": "below", "share_bp": 9000}, "gives": {"type": "points", "points": 7}},
        {"target": "solve", "on": {"type": "missed"}, "gives": {"type": "price", "share_bp": 333}},
        {"target": "first", "on": {"type": "missed"}, "gives": {"type": "points", "points": 2}}]}"#;

fn giving() -> Agreement {
    serde_json::from_str(GIVING).expect("an agreement")
}

fn credits(all: (u64, u64), solve: (u64, u64), first: (u64, u64), price: &str) -> Credits {
    let met = |target: Option<&TargetCode>| {
        let (met, missed) = match target.map(TargetCode::as_str) {
            None => all,
            Some("solve") => solve,
            Some(_) => first,
        };
        Compliance { met, missed }
    };
    giving().credits_owed(&met, price.parse().expect("a decimal"))
}

#[test]
fn a_credit_is_owed_below_its_share_and_for_what_was_missed() {
    let nothing = credits((95, 5), (10, 0), (9, 0), "1000");
    assert_eq!((nothing.owed.len(), nothing.price, nothing.points), (0, Decimal::default(), 0));
    let sum = |credits: &Credits| (credits.price.to_string(), credits.points);
    assert_eq!(sum(&credits((94, 6), (10, 0), (9, 0), "1000")), ("50".into(), 0));
    // The lowest share that was not reached takes the place of the higher ones; points are apart.
    assert_eq!(sum(&credits((89, 11), (10, 0), (9, 0), "1000")), ("150".into(), 7));
    // Once for each that was missed, exact to the last place and rounded down there.
    assert_eq!(sum(&credits((100, 0), (8, 2), (6, 3), "100.01")), ("6.6606".into(), 6));
    // Never more than the price.
    assert_eq!(sum(&credits((100, 0), (0, 500), (1, 0), "9.99")), ("9.99".into(), 0));
    assert_eq!(sum(&credits((0, 0), (0, 0), (0, 0), "1000")), ("0".into(), 0), "of nothing nothing is owed");
    let most = Decimal::from_units(i64::MAX).to_string();
    let huge = credits((0, u64::MAX), (0, u64::MAX), (0, u64::MAX), &most);
    assert_eq!((huge.price.units(), huge.points), (i64::MAX, u64::MAX));
}

#[test]
fn a_target_has_its_own_least_share_or_that_of_the_agreement() {
    let agreement = giving();
    let minimum = |target: &str| agreement.minimum_bp(&target.parse().expect("a code"));
    assert_eq!((minimum("solve"), minimum("first")), (Some(9_500), Some(9_000)));
    let share = |met, missed| Compliance { met, missed };
    assert!(share(95, 5).keeps(9_500));
    assert!(!share(94_999, 5_001).keeps(9_500), "94.999 % are not 95");
    assert!(share(0, 0).keeps(10_000), "of nothing there is no share");
}

#[test]
fn a_value_of_a_measure_is_held_against_its_bound() {
    let agreement = giving();
    assert_eq!(agreement.judge("reopen_rate", 300), Some(QualityVerdict::Within));
    assert_eq!(agreement.judge("reopen_rate", 301), Some(QualityVerdict::TooHigh));
    assert_eq!(agreement.judge("csat", 7_999), Some(QualityVerdict::TooLow));
    assert_eq!(agreement.judge("csat", 8_000), Some(QualityVerdict::Within));
    assert_eq!(agreement.judge("nps", 8_000), None);
}
