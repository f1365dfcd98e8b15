//! The fields of the tenant's own.

use crate::condition::{Comparison, Expr, FieldRef, Related, Row, Unasked, Value};
use crate::config::catalog::{FieldCode, REQUEST_FIELDS};
use crate::life::decision::{Decision, Number, Reader};
use crate::life::directory::EmployeeId;
use crate::life::refusal::Refusal;
use crate::life::request::command::{RequestCommand, Submit};
use crate::life::request::event::RequestEvent;
use crate::life::request::fact;
use crate::life::request::fields::{FIELD_VALUE, field_value_column};
use crate::life::request::record::{REQUEST, Request};
use crate::life::request::tag::tag_column;
use crate::life::request::{PublicRequest, submit};
use crate::life::sample::{Ask, OPERATOR, REQUESTER, SUPERVISOR, acts, code, noon, request, text, world};

use crate::store::View;
use RequestCommand as C;

#[test]
fn values_are_set_changed_and_cleared() {
    let set = step(OPERATOR, &request(), &[("amount", Some(amount("12.50"))), ("remark", Some(remark()))]);
    let set = set.expect("they fit").0;
    let value =
        |request: &Request, field: &str| request.fields.get(&code(field)).map(|set| set.value.clone());
    assert_eq!(value(&set, "amount"), Some(amount("12.5")));
    let (cleared, _) = step(OPERATOR, &set, &[("amount", None)]).expect("it is there");
    assert_eq!((value(&cleared, "amount"), value(&cleared, "remark")), (None, Some(remark())));
    let same = step(OPERATOR, &set, &[("amount", Some(amount("12.5"))), ("color", None)]);
    assert_eq!(same.expect_err("nothing changes").code(), "no_change");
}

#[test]
fn a_value_that_does_not_fit_is_refused_by_the_path_of_its_field() {
    let long = Value::Text(text(&"x".repeat(4_001)));
    for (field, value) in [
        ("amount", Value::Int(3)),
        ("amount", Value::Absent),
        ("color", Value::Code("green".into())),
        ("passport", Value::Code("40 10".into())),
        ("remark", long),
        ("nothing", Value::Int(3)),
    ] {
        let refused = step(OPERATOR, &request(), &[(field, Some(value))]).expect_err("it does not fit");
        let Refusal::Invalid { field: path, .. } = refused else { panic!("{refused}") };
        assert_eq!(path, format!("fields.{field}"));
    }
}

#[test]
fn indexed_values_have_rows_and_others_do_not() {
    let values = [
        ("amount", Some(amount("1"))),
        ("color", Some(Value::Code("red".into()))),
        ("remark", Some(remark())),
    ];
    let (set, _) = step(OPERATOR, &request(), &values).expect("they fit");
    let rows = |request: &Request| {
        let rows = request.rows().into_iter().filter(|row| *row.kind() == FIELD_VALUE);
        rows.map(|row| row.id()).collect::<Vec<_>>()
    };
    assert_eq!(rows(&set).len(), 2);
    let (changed, decision) = step(OPERATOR, &set, &[("amount", Some(amount("2")))]).expect("it fits");
    assert_eq!(
        rows(&changed).iter().filter(|row| rows(&set).contains(row)).count(),
        1,
        "another value, another row"
    );
    assert_eq!((decision.deletes.len(), decision.puts.len()), (1, 2), "the row and the request");
}

#[test]
fn a_request_answers_conditions_over_its_tags_and_fields_itself() {
    let values = [("amount", Some(amount("7"))), ("remark", Some(remark()))];
    let (set, _) = step(OPERATOR, &request(), &values).expect("they fit");
    let set = Request { tags: [code("new"), code("vip")].into(), ..set };
    let field = |slot, code: &'static str| FieldRef::new(slot, code);
    let equals = |field, value| Expr::Compare(field, Comparison::Eq, value);
    let tagged = |tag: &str| {
        Expr::Exists("tag", Box::new(equals(field(tag_column::tag, "tags"), Value::Code(tag.into()))))
    };
    let valued = |name: &str, text: &str| {
        let of_field = equals(field(field_value_column::field, "field"), Value::Code(name.into()));
        let value = equals(field(field_value_column::decimal, "amount"), amount(text));
        Expr::Exists("field_value", Box::new(Expr::All(vec![of_field, value])))
    };
    let holds = |expr: Expr| expr.matches(&set.row(), &Unasked);
    assert!(holds(tagged("vip")) && !holds(tagged("old")));
    assert!(holds(valued("amount", "7")) && !holds(valued("amount", "8")) && !holds(valued("cost", "7")));

    let row = set.row();
    let tag = row.at(&Related { relation: "tag", guard: None, slot: tag_column::tag }.into()).to_owned();
    assert_eq!(tag, Value::Code("new".into()), "the least of several");
    let value = |name: &str| {
        let guard = Some((field_value_column::field, Value::Code(name.into())));
        row.at(&Related { relation: "field_value", guard, slot: field_value_column::decimal }.into())
            .to_owned()
    };
    assert_eq!(
        (value("amount"), value("remark")),
        (amount("7"), Value::Absent),
        "only what is indexed has a row"
    );
}

#[test]
fn texts_and_personal_values_stand_in_the_content_of_an_event_alone() {
    let passport = Value::Code("4010-123456".into());
    let values = [("amount", Some(amount("1"))), ("passport", Some(passport)), ("remark", Some(remark()))];
    let (set, decision) = step(OPERATOR, &request(), &values).expect("they fit");
    let fact = &decision.events[0].fact;
    let body = fact.encode().expect("encodes");
    let content = fact.content().expect("encodes").expect("there is some");
    assert!(!body.contains("4010") && !body.contains("urgent") && body.contains("amount"), "{body}");
    assert!(
        content.contains("4010") && content.contains("urgent") && !content.contains("amount"),
        "{content}"
    );

    let fold = |content: Option<&str>| {
        let mut folded = request();
        folded.evolve(&fact::decode(&body, content).expect("decodes"), noon());
        folded
    };
    assert_eq!(fold(Some(&content)), set);
    let erased = fold(None);
    assert_eq!(erased.fields.keys().map(FieldCode::as_str).collect::<Vec<_>>(), ["amount"]);
}

#[test]
fn what_holds_no_private_value_has_no_content() {
    let (_, decision) = step(OPERATOR, &request(), &[("amount", Some(amount("1")))]).expect("it fits");
    assert_eq!(decision.events[0].fact.content().expect("encodes"), None);
}

#[test]
fn a_requester_fills_in_public_fields_and_knows_of_no_others() {
    let submitted = |who, field: &str, value: Value| {
        let submit_it =
            Submit { fields: [(code(field), value)].into(), ..Submit::new(code("IT-01"), text("Help")) };
        let world = world();
        Ask::new(&world, acts(who), noon()).decide(|context| {
            context.number = Some(Number { prefix: "IT".into(), count: 1 });
            submit(Reader(&View::default()), &submit_it, context)
        })
    };
    let decision = submitted(REQUESTER, "amount", amount("5")).expect("it is public");
    let names: Vec<_> = decision.events.iter().map(|event| event.fact.name()).collect();
    assert_eq!(names, ["submitted", "values_set"]);
    let hidden = submitted(REQUESTER, "remark", remark()).expect_err("it is internal");
    let unknown = submitted(REQUESTER, "nothing", remark()).expect_err("there is none");
    assert_eq!(hidden.to_string().replace("remark", "X"), unknown.to_string().replace("nothing", "X"));
    submitted(OPERATOR, "remark", remark()).expect("an operator fills in all");

    let values = [("amount", Some(amount("5"))), ("remark", Some(remark()))];
    let (set, _) = step(SUPERVISOR, &request(), &values).expect("they fit");
    let shown = PublicRequest::new(&set, &world().catalog, crate::life::sample::noon()).fields;
    assert_eq!(shown, [(code("amount"), amount("5"))].into());
    let own = step(REQUESTER, &set, &[("amount", None)]).expect_err("a requester changes nothing later");
    assert_eq!(own.code(), "denied");
}

#[test]
fn no_field_of_a_tenant_is_called_as_what_every_request_has() {
    let columns = REQUEST.columns.iter().map(|column| column.name);
    let mut expected: Vec<_> = ["id", "position", "tags"].into_iter().chain(columns).collect();
    let mut reserved = REQUEST_FIELDS.to_vec();
    expected.sort_unstable();
    reserved.sort_unstable();
    assert_eq!(reserved, expected);
}

#[test]
fn what_was_set_is_internal_news() {
    assert!(RequestEvent::ValuesSet { values: [].into() }.is_internal());
}

fn amount(text: &str) -> Value {
    Value::Decimal(text.parse().expect("a decimal"))
}

fn remark() -> Value {
    Value::Text(text("It is urgent"))
}

fn step(
    who: EmployeeId,
    request: &Request,
    values: &[(&str, Option<Value>)],
) -> Result<(Request, Decision), Refusal> {
    let values = values.iter().map(|(field, value)| (code(field), value.clone())).collect();
    let world = world();
    Ask::new(&world, acts(who), noon()).step(request, &C::SetFields { values })
}
