//! Canned replies and macros.

use std::any::Any;
use std::sync::Arc;

use crate::base::Span;
use crate::life::decision::Decision;
use crate::life::directory::{Employee, EmployeeId};
use crate::life::refusal::Refusal;
use crate::life::request::command::RequestCommand;
use crate::life::request::entry::{Entry, EntryKind};
use crate::life::request::record::Request;
use crate::life::request::status::Status;
use crate::life::sample::{
    Ask, COLLEAGUE, OPERATOR, REQUESTER, STRANGER, acts, code, employee, noon, request, take, world,
};
use crate::life::world::World;

use RequestCommand as C;

#[test]
fn a_macro_takes_all_its_steps_in_one_decision() {
    let (after, decision) = step(&world(), OPERATOR, &request(), &run("take")).expect("an operator may");
    assert_eq!((after.status, after.assignee), (Status::OnHold, Some(OPERATOR)));
    assert_eq!(after.hold.as_ref().and_then(|hold| hold.until), Some(noon() + Span::days(1)));
    assert!(after.tags.contains(&code("vip")) && after.fields.contains_key(&code("color")));
    let names: Vec<_> = decision.events.iter().map(|event| event.fact.name()).collect();
    assert_eq!(names, ["assigned", "started", "tagged", "values_set", "written", "held"]);
    let mut folded = request();
    for event in &decision.events {
        let any: &dyn Any = &*event.fact;
        folded.evolve(any.downcast_ref().expect("an event of a request"), decision.at);
    }
    assert_eq!(folded, after);
}

#[test]
fn a_refused_step_refuses_the_macro_and_is_named() {
    let closed = Request { status: Status::Closed, ..request() };
    let refused = step(&world(), OPERATOR, &closed, &run("take")).expect_err("it is closed");
    assert_eq!(refused.code(), "already_closed");
    assert!(refused.to_string().starts_with("step 1: "), "{refused}");
    // After the hand-over the operator does not see it any more.
    let refused = step(&world(), OPERATOR, &request(), &run("away")).expect_err("it is gone");
    assert!(matches!(&refused, Refusal::InStep { step: 3, .. }), "{refused}");
    let held = Request { assignee: Some(COLLEAGUE), status: Status::Assigned, ..request() };
    let refused = step(&world(), OPERATOR, &held, &run("take")).expect_err("a colleague has it");
    assert!(matches!(refused.root(), Refusal::Denied { .. }), "{refused}");
}

#[test]
fn a_step_that_would_change_nothing_is_passed_over_unless_all_are() {
    let tagged = Request { tags: [code("vip")].into(), ..request() };
    let (after, decision) =
        step(&world(), OPERATOR, &tagged, &run("take")).expect("the rest changes something");
    assert_eq!((after.status, decision.events.len()), (Status::OnHold, 5));
    let refused = step(&world(), OPERATOR, &tagged, &run("vip")).expect_err("it is important already");
    assert_eq!(refused.code(), "no_change");
}

#[test]
fn a_macro_is_for_who_sees_the_request_as_an_operator() {
    let refused = |who, code: &str| step(&world(), who, &request(), &run(code)).expect_err("refused").code();
    assert_eq!((refused(REQUESTER, "vip"), refused(STRANGER, "vip")), ("denied", "not_found"));
    assert_eq!(refused(OPERATOR, "nothing"), "invalid");
}

#[test]
fn a_canned_reply_is_filled_in_and_written_as_an_answer() {
    let said = |world: &World, language: Option<&str>| {
        let language = language.map(str::to_owned);
        let command = C::AnswerWith { reply: code("hello"), language };
        let (_, decision) = step(world, OPERATOR, &request(), &command).expect("an operator may");
        let records = decision.puts.iter().map(|put| put.record.clone() as Arc<dyn Any + Send + Sync>);
        let entry = records.filter_map(|record| record.downcast::<Entry>().ok()).next().expect("an entry");
        assert_eq!(entry.kind, EntryKind::Answer);
        entry.text.clone()
    };
    let english = "Dear Somebody, IT-000001 is with Somebody. {sic}";
    let russian = "Здравствуйте, Somebody! Incident: The printer prints nothing";
    assert_eq!(said(&world(), None), english, "the first text");
    assert_eq!(said(&world(), Some("ru")), russian);
    assert_eq!(said(&world(), Some("de")), english);
    let mut world = world();
    let languages = vec!["de".to_owned(), "ru".to_owned()];
    take(&mut world.directory, Employee { languages, ..employee(REQUESTER) });
    assert_eq!(said(&world, None), russian, "a language of the requester");
    assert_eq!(said(&world, Some("en")), english, "what was asked for comes first");
}

#[test]
fn there_is_no_answering_with_what_is_not_in_the_catalog() {
    let command = C::AnswerWith { reply: code("nothing"), language: None };
    assert_eq!(step(&world(), OPERATOR, &request(), &command).expect_err("none").code(), "invalid");
    assert_eq!(step(&world(), REQUESTER, &request(), &command).expect_err("no right").code(), "denied");
}

fn run(macro_named: &str) -> C {
    C::Run { code: code(macro_named) }
}

fn step(
    world: &World,
    who: EmployeeId,
    request: &Request,
    command: &C,
) -> Result<(Request, Decision), Refusal> {
    Ask::new(world, acts(who), noon()).step(request, command)
}
