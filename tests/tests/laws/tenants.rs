//! Law 2: tenants never meet. Two tenants of the same shape, with the same ids of people, units and grants.

use std::collections::BTreeSet;

use okno::condition::{Comparison, Condition};
use okno::engine::{DeskError, List};
use okno::life::request::REQUEST;
use okno::store::{JournalRead, Queue, Read};
use okno::{Actor, CommandId, RequestCommand, RequestId, Submit, TenantId};
use okno_tests::{Center, Who, cases, code, moves, on_every_store, steps, text};
use proptest::collection::vec;
use proptest::test_runner::TestRunner;
use uuid::Uuid;

#[test]
fn another_tenants_requests_answer_exactly_as_what_does_not_exist() {
    let strategy = (moves(12), moves(12), vec(steps(), 1..6));
    let checked = TestRunner::new(cases(4)).run(&strategy, |(here, there, steps)| {
        on_every_store(async |store| {
            let mut center = Center::open(store).await;
            let mut other = center.neighbour().await;
            for (step, foreign) in here.iter().zip(&there) {
                let _ = center.perform(step).await;
                let _ = other.perform(foreign).await;
            }
            let before = other.lines().await;
            for who in Who::ALL {
                for id in &other.submitted {
                    assert_foreign(&center, who, *id, &steps).await;
                }
            }
            assert_eq!(other.lines().await, before, "nothing of the other tenant changed");
        });
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}

#[test]
fn no_list_count_journal_or_work_of_a_tenant_holds_anything_of_another_tenant() {
    let checked = TestRunner::new(cases(4)).run(&(moves(20), moves(20)), |(here, there)| {
        on_every_store(async |store| {
            let mut center = Center::open(store).await;
            let mut other = center.neighbour().await;
            for (step, foreign) in here.iter().zip(&there) {
                let _ = center.perform(step).await;
                let _ = other.perform(foreign).await;
            }
            assert_apart(&center, &other).await;
            assert_apart(&other, &center).await;
        });
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}

#[test]
fn one_tenant_alone_has_the_same_story_as_beside_another_tenant() {
    on_every_store(async |store| {
        let mut counts = Vec::new();
        for beside in [false, true] {
            let mut center = Center::open(store).await;
            if beside {
                let mut other = center.neighbour().await;
                for _ in 0..5 {
                    other.submit("IT-01").await;
                }
            }
            let numbers = [center.submit("IT-01").await, center.submit("IT-01").await];
            let mut labels = Vec::new();
            for id in numbers {
                labels.push(center.request(id).await.number);
            }
            counts.push((labels, center.head().await, center.journal().await.len()));
        }
        assert_eq!(counts[0], counts[1]);
    });
}

#[test]
fn a_command_id_of_another_tenant_is_free() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let other = center.neighbour().await;
        let id = CommandId(Uuid::from_u128(777));
        let mut subjects = Vec::new();
        for tenant in [&center, &other] {
            let submit = Submit::new(code("IT-01"), text("A new laptop"));
            let done = tenant.acting(Who::Requester).once(id).requests().submit(submit).await;
            subjects.push(done.expect("nobody did it in this tenant").subject);
        }
        assert_ne!(subjects[0], subjects[1]);
    });
}

#[test]
fn an_administrator_is_nobody_in_another_tenant() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let other = center.neighbour().await;
        let foreign = Who::Administrator.actor(other.tenant);
        let mut trespasser = foreign;
        trespasser.tenant = center.tenant;
        let acting = center.desk.acting(trespasser);
        let refused = acting.people().move_unit(okno_tests::sales(), None).await.expect_err("no right");
        assert!(refused.is_denied(), "{refused}");
        let refused = acting.administration().parked(Queue::Timers).await.expect_err("no right");
        assert!(refused.is_denied(), "{refused}");
        let refused = acting.administration().publish(okno_tests::catalog()).await.expect_err("no right");
        assert!(refused.is_denied(), "{refused}");
    });
}

#[test]
fn a_requester_of_another_tenant_is_nobody_who_can_ask() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let other = center.neighbour().await;
        let supervisor = center.requests(Who::Supervisor);
        let submit =
            |requester| Submit { requester: Some(requester), ..Submit::new(code("IT-01"), text("Help")) };
        let foreign = Who::Administrator.party(other.tenant);
        let random = okno::Party { id: Uuid::from_u128(404), ..foreign };
        let answers = [
            supervisor.submit(submit(foreign)).await.expect_err("of another tenant").to_string(),
            supervisor.submit(submit(random)).await.expect_err("of no tenant").to_string(),
        ];
        assert_eq!(
            answers[0].replace(&foreign.to_string(), "X"),
            answers[1].replace(&random.to_string(), "X")
        );
    });
}

#[test]
fn an_unknown_tenant_answers_the_same_whatever_is_asked() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let known = center.submit("IT-01").await;
        let nowhere = TenantId(Uuid::from_u128(404));
        let actor = Actor::employee(nowhere, Who::Supervisor.employee(nowhere), okno::Channel::Api);
        let requests = center.desk.acting(actor).requests();
        let everything = Condition::all([]);
        let answers: Vec<DeskError> = [
            requests.get(known).await.map(drop),
            requests.get_own(known).await.map(drop),
            requests.by_number("IT-000001").await.map(drop),
            requests.timeline(known).await.map(drop),
            requests.entries(known).await.map(drop),
            requests.count(&everything).await.map(drop),
            requests.list(&List::of(everything)).await.map(drop),
            requests.claim(known).await.map(drop),
            requests.submit(Submit::new(code("IT-01"), text("Help"))).await.map(drop),
        ]
        .into_iter()
        .map(|answer| answer.expect_err("there is no such tenant"))
        .collect();
        for answer in answers {
            assert!(answer.is_not_found() && !answer.is_retryable(), "{answer}");
            assert_eq!(answer.to_string(), format!("there is no tenant `{nowhere}`"));
        }
    });
}

/// A foreign id and a random id get the same answer to every question and every step.
async fn assert_foreign(center: &Center, who: Who, foreign: RequestId, steps: &[RequestCommand]) {
    let random = RequestId(Uuid::from_u128(404));
    for step in steps {
        let mut answers = Vec::new();
        for id in [foreign, random] {
            let requests = center.requests(who);
            let told = [
                requests.get(id).await.map(drop),
                requests.get_own(id).await.map(drop),
                requests.entries(id).await.map(drop),
                requests.timeline(id).await.map(drop),
                requests.step(id, step.clone()).await.map(drop),
            ];
            answers.push(told.map(|answer| {
                let error = answer.expect_err("it belongs to nobody here");
                assert!(error.is_not_found() && !error.is_retryable(), "{who:?} {step:?}: {error}");
                error.to_string().replace(&id.to_string(), "X")
            }));
        }
        assert_eq!(answers[0], answers[1], "{who:?} {step:?}");
    }
}

/// Whatever is asked, nothing of the other tenant is returned or counted.
async fn assert_apart(center: &Center, other: &Center) {
    let foreign: BTreeSet<Uuid> = other.submitted.iter().map(|id| id.0).collect();
    let requests = center.requests(Who::Supervisor);
    let named = Condition::is_in("id", other.submitted.iter().map(|id| id.0));
    let tricks = [
        named.clone(),
        Condition::any([named.clone(), Condition::all([])]),
        named.negate().negate(),
        Condition::compare("created_at", Comparison::Ge, "1900-01-01T00:00:00Z"),
        Condition::compare("number", Comparison::Ge, "A"),
    ];
    for filter in tricks {
        let list = List { limit: 1_000, ..List::of(filter.clone()) };
        let page = requests.list(&list).await.expect("the supervisor may list");
        assert!(page.rows.iter().all(|row| !foreign.contains(&row.id)), "{filter:?}");
        let count = requests.count(&filter).await.expect("the supervisor may count");
        assert_eq!(count, page.rows.len() as u64, "{filter:?}");
    }
    let all = requests.count(&Condition::all([])).await.expect("the supervisor may count");
    assert_eq!(all, center.submitted.len() as u64);
    for id in &other.submitted {
        let key = REQUEST.key(id.0);
        let read = JournalRead { tenant: center.tenant, after: 0, subject: Some(key), limit: 10 };
        assert!(center.store.events(read).await.expect("the store does its part").is_empty());
        let mut read = Read::new(center.tenant);
        read.keys = vec![key];
        let view = center.store.load(read).await.expect("the store does its part");
        assert!(view.records[&key].is_none());
        for queue in Queue::ALL {
            assert!(center.work(queue, Some(*id), false).await.is_empty());
        }
    }
    assert!(center.journal().await.iter().all(|event| event.tenant == center.tenant));
    for queue in Queue::ALL {
        let work = center.work(queue, None, false).await;
        assert!(work.iter().all(|item| !foreign.contains(&item.subject.id)));
    }
}
