//! What is known of a request beside its life: tags, fields, work, ratings; and what is prepared for it.

use okno::base::Span;
use okno::condition::Value;
use okno::life::Refusal;
use okno::life::request::{LogWork, RequestEvent};
use okno::store::Fact;
use okno::{RequestCommand, Status, Submit};
use okno_tests::{Center, Who, catalog, code, on_every_store, text};

#[test]
fn a_requester_sees_nothing_of_tags_work_and_internal_fields() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let operator = center.requests(Who::Operator);
        operator.tag(id, code("vip")).await.expect("an operator may");
        let work = LogWork { spent: Span::minutes(20), at: None, text: "Looked.".into() };
        operator.log_work(id, work).await.expect("an operator may");
        let red = Some(Value::Code("red".into()));
        let amount = Some(Value::Decimal("12.5".parse().expect("a decimal")));
        let values = [(code("color"), red), (code("amount"), amount.clone())].into();
        operator.step(id, RequestCommand::SetFields { values }).await.expect("an operator may");

        let own = center.requests(Who::Requester).get_own(id).await.expect("it is theirs");
        assert_eq!(own.fields, amount.map(|amount| (code("amount"), amount)).into_iter().collect());
        let shown = serde_json::to_string(&own).expect("it can be written");
        assert!(!shown.contains("vip") && !shown.contains("touch") && !shown.contains("red"), "{shown}");
        assert!(center.requests(Who::Requester).entries(id).await.expect("theirs").is_empty());
        let (request, _) = operator.get(id).await.expect("in sight");
        assert_eq!((request.touch, request.tags.len(), request.fields.len()), (Span::minutes(20), 1, 2));
    });
}

#[test]
fn retracted_work_counts_no_more() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let work = LogWork { spent: Span::minutes(20), at: None, text: String::new() };
        center.requests(Who::Operator).log_work(id, work).await.expect("an operator may");
        let entry = center.entries(id).await[0].id;
        let retract = RequestCommand::RetractWork { entry };
        let refused = center.requests(Who::Colleague).step(id, retract.clone()).await;
        assert!(refused.expect_err("it is not theirs").is_denied());
        center.requests(Who::Operator).step(id, retract).await.expect("it is theirs");
        assert_eq!(center.request(id).await.touch, Span::ZERO);
        assert!(center.entries(id).await[0].work.is_some_and(|work| work.retracted));
    });
}

#[test]
fn a_request_is_rated_when_it_is_done() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let requester = center.requests(Who::Requester);
        let code_of = |error: okno::DeskError| error.refusal().map(Refusal::code);
        assert_eq!(code_of(requester.rate(id, 5, "").await.expect_err("too early")), Some("not_resolved"));
        center.requests(Who::Operator).resolve(id, "fixed", "").await.expect("an operator may");
        requester.rate(id, 2, "Slow.").await.expect("it is resolved");
        center.wait(Span::days(6));
        requester.rate(id, 4, "").await.expect("it may be changed");
        center.wait(Span::days(2));
        let late = requester.rate(id, 5, "").await.expect_err("a week has passed since the first");
        assert_eq!(code_of(late), Some("rating_window_passed"));
        let own = requester.get_own(id).await.expect("it is theirs");
        assert_eq!(own.rating.map(|rating| rating.score), Some(4));
        let entries = requester.entries(id).await.expect("they are public");
        assert_eq!(entries.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(), ["Slow."]);
    });
}

#[test]
fn a_macro_is_foreseen_and_then_does_just_that() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let operator = center.requests(Who::Operator);
        let run = |of: &str| RequestCommand::Run { code: code(of) };
        let before = (center.lines().await, center.versioned(id).await);
        let foreseen = operator.foresee(id, run("take")).await.expect("an operator may");
        assert_eq!((center.lines().await, center.versioned(id).await), before, "nothing happened");
        operator.run_macro(id, code("take")).await.expect("an operator may");
        let journal = center.journal().await;
        let done = journal.iter().filter_map(|event| event.of::<RequestEvent>()).map(Fact::name).skip(1);
        assert_eq!(done.collect::<Vec<_>>(), foreseen.events.iter().map(Fact::name).collect::<Vec<_>>());
        assert_eq!(center.request(id).await, foreseen.request);
        assert_eq!(foreseen.request.status, Status::OnHold);

        let before = (center.lines().await, center.versioned(id).await);
        let refused = operator.run_macro(id, code("away")).await.expect_err("the last step is out of reach");
        assert!(matches!(refused.refusal(), Some(Refusal::InStep { step: 3, .. })), "{refused}");
        assert_eq!((center.lines().await, center.versioned(id).await), before, "all steps or none");
        let foreseen = center.requests(Who::Requester).foresee(id, run("vip")).await;
        assert!(foreseen.expect_err("it shows what is internal").is_not_found());
    });
}

#[test]
fn a_canned_reply_is_previewed_as_it_would_be_sent() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let operator = center.requests(Who::Operator);
        let preview = operator.preview(id, &code("hello"), Some("ru")).await.expect("in sight");
        assert_eq!(preview, "Здравствуйте, Requester! Incident: The printer prints nothing");
        let preview = operator.preview(id, &code("hello"), None).await.expect("in sight");
        operator.answer_with(id, code("hello")).await.expect("an operator may");
        assert_eq!(center.entries(id).await[0].text, preview);
        assert!(operator.preview(id, &code("nothing"), None).await.is_err());
        let own = center.requests(Who::Requester).preview(id, &code("hello"), None).await;
        assert!(own.expect_err("it is for operators").is_not_found());
    });
}

#[test]
fn a_field_stays_what_it_is_for_ever() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let administration = center.acting(Who::Administrator).administration();
        let mut gone = catalog();
        gone.fields.retain(|field| field.code != code("passport"));
        let mut changed = catalog();
        changed.fields[0].kind = okno::config::catalog::FieldKind::Int;
        let mut searched = catalog();
        searched.fields[3].indexed = true;
        for (catalog, expected) in
            [(gone, "code_removed"), (changed, "field_changed"), (searched, "field_changed")]
        {
            let refused = administration.publish(catalog).await.expect_err("requests keep its values");
            assert_eq!(refused.refusal().map(Refusal::code), Some(expected), "{refused}");
        }
        let mut renamed = catalog();
        renamed.fields[0].name = "Sum".to_owned();
        administration.publish(renamed).await.expect("a name may change");
    });
}

#[test]
fn what_a_requester_submits_is_held_against_the_public_fields() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let submit = |field: &str, value: Value| Submit {
            fields: [(code(field), value)].into(),
            ..Submit::new(code("IT-01"), text("Help"))
        };
        let requester = center.requests(Who::Requester);
        let refused = requester.submit(submit("remark", Value::Text(text("Urgent")))).await;
        let refused = refused.expect_err("the field is internal");
        assert_eq!(refused.to_string(), "`fields.remark`: there is no field `remark`");
        let passport = Value::Code("4010".into());
        requester.submit(submit("passport", passport)).await.expect("the field is public");
        let journal = center.journal().await;
        let set = journal.iter().find(|event| event.fact.name() == "values_set").expect("it happened");
        let (body, content) = (set.fact.encode().expect("encodes"), set.fact.content().expect("encodes"));
        assert!(!body.contains("4010") && content.is_some_and(|content| content.contains("4010")), "{body}");
    });
}
