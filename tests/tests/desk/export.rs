//! What is known of a person is handed out to them.

use okno::life::directory::EmployeeId;
use okno_tests::{Center, Who, on_every_store};
use uuid::Uuid;

#[test]
fn a_person_gets_what_they_asked_for_and_wrote_and_nothing_internal() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        center.requests(Who::Requester).reply(id, "My words").await.expect("they may");
        let operator = center.requests(Who::Operator);
        operator.claim(id).await.expect("they may");
        operator.answer(id, "An answer").await.expect("they may");
        operator.note(id, "Internal words").await.expect("they may");
        let party = Who::Requester.party(center.tenant);
        let export = center.acting(Who::Requester).people().export(party).await.expect("it is theirs");
        assert_eq!(export.employees[0].person.name.as_str(), "Requester");
        assert_eq!(export.requests.len(), 1);
        let json = serde_json::to_string(&export).expect("it can be written");
        assert!(json.contains("My words") && json.contains("An answer"), "{json}");
        assert!(!json.contains("Internal words"), "{json}");
        let names: Vec<&str> = export.journal.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["submitted", "written"]);
        // Of the operator, what was written for colleagues is internal to the center.
        let party = Who::Operator.party(center.tenant);
        let own = center.acting(Who::Operator).people().export(party).await.expect("it is theirs");
        let all = center.acting(Who::Administrator).people().export(party).await.expect("they may");
        let texts = |entries: &[std::sync::Arc<okno::life::request::Entry>]| {
            entries.iter().map(|entry| entry.text.clone()).collect::<Vec<_>>()
        };
        assert_eq!(texts(&own.entries), ["An answer"]);
        assert_eq!(texts(&all.entries).len(), 2);
    });
}

#[test]
fn nobody_else_gets_what_is_known_of_a_person() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let party = Who::Requester.party(center.tenant);
        for who in [Who::Neighbour, Who::Operator, Who::Supervisor, Who::Caller, Who::Program] {
            let refused = center.acting(who).people().export(party).await.expect_err("it is not theirs");
            assert!(refused.is_denied(), "{who:?}");
        }
        let nobody = EmployeeId(Uuid::from_u128(404)).into();
        let unknown = center.acting(Who::Administrator).people().export(nobody).await;
        assert!(unknown.expect_err("there is nobody").is_not_found());
    });
}
