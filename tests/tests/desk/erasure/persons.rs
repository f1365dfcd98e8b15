//! The search for an erased person, and who may ask for it.

use okno::Person;
use okno::base::{Party, Span};
use okno::life::directory::{Contact, ContactId};
use okno::store::{FaultPlan, FaultyStore};
use okno_tests::{Center, Who, on_every_store, text};
use std::sync::Arc;
use uuid::Uuid;

use super::bench::{LIVE, MARKS, NAME, Traces};

#[test]
fn erasure_leaves_no_byte_of_a_person_in_records_journal_blobs_and_files() {
    on_every_store(async |store| {
        let traces = Traces::left(store).await;
        let before = traces.told().await;
        for word in Traces::traces().chain(LIVE) {
            assert!(before.contains(word), "`{word}` was never there");
        }
        traces.erase().await;
        let after = traces.told().await;
        let left: Vec<&str> =
            Traces::traces().filter(|word| after.to_lowercase().contains(&word.to_lowercase())).collect();
        assert_eq!(left, [""; 0]);
        for word in LIVE {
            assert!(after.contains(word), "`{word}` is nobody's and stays");
        }
        assert!(after.contains("LiveSubject of █ broke"), "names are masked where others are concerned");
        let sought: Vec<&'static str> = Traces::traces().chain(LIVE).collect();
        if let Some(found) = traces.in_files(&sought).await {
            // The bytes of files lie elsewhere.
            assert_eq!(found, LIVE[..2]);
        }
    });
}

#[test]
fn erasure_comes_to_its_end_on_several_failing_nodes() {
    on_every_store(async |store| {
        let traces = Traces::left(store).await;
        let center = &traces.center;
        center.acting(Who::Administrator).people().erase(traces.party()).await.expect("they may");
        let plan = FaultPlan { before: 15, after: 60, conflict: 60 };
        let nodes = [1, 2, 3].map(|seed| {
            let faulty = Arc::new(FaultyStore::new(center.store.clone(), plan, seed));
            center.node_on(faulty, seed).with_blobs(traces.blobs.clone())
        });
        for _ in 0..300 {
            let (a, b, c) = tokio::join!(
                nodes[0].tick(center.now()),
                nodes[1].tick(center.now()),
                nodes[2].tick(center.now())
            );
            // What the store reports is the fault that was asked for.
            drop((a, b, c));
            center.wait(Span::minutes(2));
            let people = center.acting(Who::Administrator).people();
            if !people.erasure(traces.party()).await.expect("there is one").is_going() {
                break;
            }
        }
        let after = traces.told().await;
        // The series went on until it was its turn.
        let left: Vec<&str> = Traces::traces().filter(|word| after.contains(word)).collect();
        assert_eq!(left, [""; 0]);
        assert_eq!(center.times("person_erased").await, 1);
        assert_eq!(center.times("erasure_ended").await, 1);
    });
}

#[test]
fn erasure_of_a_contact_covers_everybody_who_is_the_same_person_and_frees_the_addresses() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let people = center.acting(Who::Administrator).people();
        let (one, two) = (ContactId(Uuid::from_u128(901)), ContactId(Uuid::from_u128(902)));
        for (id, name, email) in
            [(one, "Marta One", "marta@one.example"), (two, "Marta Two", "marta@two.example")]
        {
            let address = format!("email:{email}").parse().expect("an address");
            let person = Person::named(name).expect("a name").with_address(address, true);
            people.save_contact(Contact::new(id, person)).await.expect("they may");
        }
        people.merge_contact(one, two).await.expect("they are one");
        people.erase(Party::from(one)).await.expect("they may");
        center.tick().await;
        for id in [one, two] {
            let (contact, _) = people.contact(id).await.expect("the record stays");
            assert_eq!((&contact.person, contact.active), (&Person::default(), false));
        }
        let said: String =
            center.journal().await.iter().filter_map(|e| e.fact.content().expect("json")).collect();
        assert!(!said.contains("Marta") && !said.contains("marta"), "{said}");
        let address = "email:marta@one.example".parse().expect("an address");
        let person = Person::named("Somebody else").expect("a name").with_address(address, false);
        let free = people.save_contact(Contact::new(ContactId(Uuid::from_u128(903)), person)).await;
        free.expect("nobody has the address any more");
    });
}

#[test]
fn erasure_needs_a_right_of_its_own_and_a_person() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let party = Who::Requester.party(center.tenant);
        for who in [Who::Requester, Who::Operator, Who::Supervisor, Who::Caller, Who::Program] {
            let people = center.acting(who).people();
            assert!(people.erase(party).await.expect_err("they may not").is_denied(), "{who:?}");
            assert!(people.erasure(party).await.expect_err("they may not").is_denied(), "{who:?}");
        }
        let people = center.acting(Who::Administrator).people();
        for nobody in [Who::Program.party(center.tenant), Who::Engine.party(center.tenant)] {
            assert!(people.erase(nobody).await.expect_err("no person").is_not_found());
        }
        let unknown = Party { id: Uuid::from_u128(404), ..party };
        assert!(people.erase(unknown).await.expect_err("no such person").is_not_found());
        assert!(people.erasure(party).await.expect_err("nobody asked for it").is_not_found());
    });
}

#[test]
fn erasure_in_one_tenant_leaves_the_same_ids_of_another_alone() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let neighbour = center.neighbour().await;
        let party = Who::Requester.party(center.tenant);
        center.acting(Who::Administrator).people().erase(party).await.expect("they may");
        center.tick().await;
        let people = neighbour.acting(Who::Administrator).people();
        let (same, _) =
            people.employee(Who::Requester.employee(neighbour.tenant)).await.expect("they are there");
        assert_eq!((same.person.name.clone(), same.active), (text("Requester"), true));
    });
}

#[test]
fn erasure_can_be_asked_for_again_and_finds_what_came_since() {
    on_every_store(async |store| {
        let traces = Traces::left(store).await;
        traces.erase().await;
        let operator = traces.center.requests(Who::Operator);
        operator.note(traces.own, format!("{} of {NAME}", MARKS[0])).await.expect("the request is there");
        assert!(traces.told().await.contains(MARKS[0]));
        traces.erase().await;
        assert!(!traces.told().await.contains(MARKS[0]));
        assert_eq!(traces.center.times("erasure_ended").await, 2);
    });
}
