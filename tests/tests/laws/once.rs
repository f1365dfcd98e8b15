//! Law 10: a command done twice under one id gives the first answer, on any node; another one under the same id is an
//! error; a refusal is not remembered.

use std::sync::Arc;

use okno::base::SeededIds;
use okno::engine::{Command, DeskError};
use okno::store::{FaultPlan, FaultyStore};
use okno::{Actor, CommandId, Desk, Refusal, RequestCommand, RequestId, Submit};
use okno_tests::{Center, Who, code, on_every_store, text};
use uuid::Uuid;

const ID: CommandId = CommandId(Uuid::from_u128(777));

#[test]
fn the_same_command_twice_gives_the_first_answer_on_every_node() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let submit = Submit::new(code("IT-01"), text("A new laptop"));
        let first = center.acting(Who::Requester).once(ID).requests().submit(submit.clone()).await;
        let first = first.expect("the requester may submit");
        let journal = center.lines().await;
        for node in [center.desk.clone(), center.node(2), center.node(3)] {
            let again = node.acting(Who::Requester.actor(center.tenant)).once(ID);
            let again = again.requests().submit(submit.clone()).await.expect("it was done before");
            assert_eq!(again, first);
        }
        assert_eq!(center.lines().await, journal);
    });
}

#[test]
fn the_first_answer_stays_even_when_the_command_would_be_refused_by_now() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let claim = center.acting(Who::Operator).once(ID).requests().claim(id).await.expect("it is free");
        center.step(id, RequestCommand::Close { reason: "done".into() }).await;
        let again = center.acting(Who::Operator).once(ID).requests().claim(id).await;
        assert_eq!(again.expect("it was done before"), claim);
    });
}

#[test]
fn another_payload_another_actor_or_another_version_under_the_same_id_is_an_error() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let note = |who| center.acting(who).once(ID);
        note(Who::Operator).requests().note(id, "first").await.expect("operators write notes");
        let version = center.versioned(id).await.expect("there is such a request").1;
        let others = [
            note(Who::Operator).requests().note(id, "second").await,
            note(Who::Colleague).requests().note(id, "first").await,
            note(Who::Operator).requests().answer(id, "first").await,
            note(Who::Operator).having_seen(version).requests().note(id, "first").await,
        ];
        for other in others {
            let error = other.expect_err("the id was used");
            assert!(matches!(error, DeskError::CommandReused { command: ID }), "{error}");
            assert!(!error.is_retryable() && !error.is_denied() && !error.is_not_found());
            assert_eq!(error.to_string(), format!("the command id `{ID}` was used for another command"));
        }
        assert_eq!(center.requests(Who::Operator).entries(id).await.expect("readable").len(), 1);
    });
}

#[test]
fn a_refusal_is_not_remembered() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let confirm = || center.acting(Who::Requester).once(ID).requests();
        let refused = confirm().confirm(id).await.expect_err("it is not resolved");
        assert_eq!(refused.refusal().map(Refusal::code), Some("wrong_status"));
        center.step(id, RequestCommand::Resolve { code: "fixed".into(), text: String::new() }).await;
        confirm().confirm(id).await.expect("by now it is resolved");
    });
}

#[test]
fn every_command_takes_effect_once_though_answers_are_lost() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let plan = FaultPlan { before: 100, after: 250, conflict: 100 };
        let faulty = Arc::new(FaultyStore::new(center.store.clone(), plan, 5));
        let node = center.node_on(faulty.clone(), 6);
        let ids = SeededIds::new(11);
        let fresh = || CommandId(Uuid::from_u128(okno::base::Ids::seed(&ids)));
        let (requester, supervisor) =
            (Who::Requester.actor(center.tenant), Who::Supervisor.actor(center.tenant));
        for n in 0..12 {
            let submit = Submit::new(code("IT-01"), text(&format!("Request {n}")));
            let receipt = insist(&node, requester, fresh(), Command::Submit { submit }).await;
            let id = RequestId(receipt.subject);
            for text in ["one", "two", "three"] {
                let command = RequestCommand::Note(text.into());
                insist(&node, supervisor, fresh(), Command::Request { id, command }).await;
            }
            let entries = center.requests(Who::Supervisor).entries(id).await.expect("readable");
            let texts: Vec<_> = entries.iter().map(|entry| entry.text.as_str()).collect();
            assert_eq!(texts, ["one", "two", "three"]);
        }
        assert!(faulty.faults() > 10);
        assert_eq!((center.times("submitted").await, center.times("written").await), (12, 36));
    });
}

#[test]
fn nodes_that_do_the_same_command_at_once_do_it_once() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let acting = center.node(n + 2).acting(Who::Operator.actor(center.tenant)).once(ID);
                tokio::spawn(async move { acting.requests().note(id, "only once").await })
            })
            .collect();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.expect("no panic").expect("it was done"));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(center.times("written").await, 1);
    });
}

#[test]
fn of_many_who_press_claim_at_once_exactly_one_gets_the_request() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        for round in 0..6 {
            let id = center.submit("IT-01").await;
            let tasks: Vec<_> = (0..8)
                .map(|n| {
                    let who = [Who::Operator, Who::Colleague, Who::Supervisor][n % 3];
                    let seed = 10 * (round + 1) + n as u64;
                    let node = if n < 4 { center.desk.clone() } else { center.node(seed) };
                    let acting = node.acting(who.actor(center.tenant));
                    tokio::spawn(async move { acting.requests().claim(id).await })
                })
                .collect();
            let mut got = 0;
            for task in tasks {
                match task.await.expect("no panic") {
                    Ok(_) => got += 1,
                    Err(error) => {
                        assert_eq!(error.refusal().map(Refusal::code), Some("already_assigned"), "{error}");
                    }
                }
            }
            assert_eq!(got, 1);
        }
        assert_eq!(center.times("claimed").await, 6);
    });
}

#[test]
fn nodes_that_submit_at_once_give_no_number_twice() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let tasks: Vec<_> = (0..4)
            .map(|n| {
                let acting = center.node(n + 2).acting(Who::Requester.actor(center.tenant));
                tokio::spawn(async move {
                    let mut numbers = Vec::new();
                    for _ in 0..20 {
                        let submit = Submit::new(code("IT-01"), text("Help"));
                        numbers.push(acting.requests().submit(submit).await.expect("it may").label);
                    }
                    numbers
                })
            })
            .collect();
        let mut numbers = Vec::new();
        for task in tasks {
            let of_node = task.await.expect("no panic");
            assert!(of_node.is_sorted(), "increasing within a node's block: {of_node:?}");
            numbers.extend(of_node);
        }
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 80);
    });
}

/// Does a command as a host does whose way to the store is bad: again, under the same id, while a retry can help.
async fn insist(node: &Desk, actor: Actor, id: CommandId, command: Command) -> okno::store::Receipt {
    for _ in 0..50 {
        match node.acting(actor).once(id).run(command.clone()).await {
            Ok(receipt) => return receipt,
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
    panic!("fifty tries were not enough");
}
