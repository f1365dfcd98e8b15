//! Commands that a desk decides by what it saw last, without a look.

use std::sync::Arc;

use okno::store::{Call, RecordingStore};
use okno::{Desk, RequestCommand, RequestId, Status};
use okno_tests::{Center, Who, on_every_store};

/// A desk beside the center's, and what it asks of the store.
fn observed(center: &Center, seed: u64) -> (Desk, Arc<RecordingStore>) {
    let store = Arc::new(RecordingStore::new(center.store.clone()));
    (center.node_on(store.clone(), seed), store)
}

async fn step(desk: &Desk, center: &Center, (who, id): (Who, RequestId), command: RequestCommand) {
    let done = desk.acting(who.actor(center.tenant)).requests().step(id, command).await;
    done.expect("it may");
}

fn loads(calls: &[Call]) -> usize {
    calls.iter().filter(|call| matches!(call, Call::Load(_))).count()
}

fn commits(calls: &[Call]) -> usize {
    calls.iter().filter(|call| matches!(call, Call::Commit(_))).count()
}

fn reply(words: &str) -> RequestCommand {
    RequestCommand::Reply(words.to_owned().into())
}

fn assign(center: &Center) -> RequestCommand {
    RequestCommand::Assign { operator: Who::Operator.employee(center.tenant) }
}

#[test]
fn what_a_desk_wrote_or_read_last_it_does_not_read_again() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let (desk, store) = observed(&center, 7);
        step(&desk, &center, (Who::Operator, id), assign(&center)).await;
        assert!(loads(&store.take()) > 0, "nothing was known");
        step(&desk, &center, (Who::Operator, id), RequestCommand::Start).await;
        let calls = store.take();
        assert_eq!((loads(&calls), commits(&calls)), (0, 1), "{calls:?}");
        assert_eq!(center.request(id).await.status, Status::InProgress);
    });
}

#[test]
fn what_another_node_changed_is_looked_at_before_it_is_decided() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let (desk, store) = observed(&center, 7);
        step(&desk, &center, (Who::Operator, id), assign(&center)).await;
        center.requests(Who::Operator).resolve(id, "fixed", "").await.expect("it may");
        drop(store.take());
        // By what it saw last the request could be started; a refusal says how it really stands.
        let requests = desk.acting(Who::Operator.actor(center.tenant)).requests();
        let refused = requests.step(id, RequestCommand::Start).await.expect_err("it is resolved");
        assert_eq!(refused.refusal().map(okno::Refusal::code), Some("wrong_status"), "{refused}");
        // By what it saw last there is nothing to confirm.
        center.requests(Who::Requester).step(id, reply("Not yet")).await.expect("it is theirs");
        center.requests(Who::Operator).resolve(id, "fixed", "").await.expect("it may");
        step(&desk, &center, (Who::Requester, id), RequestCommand::Confirm).await;
        assert_eq!(center.request(id).await.status, Status::Closed);
    });
}

#[test]
fn a_desk_whose_records_others_keep_changing_looks_first() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let (desk, store) = observed(&center, 7);
        for n in 0..4 {
            step(&desk, &center, (Who::Requester, id), reply(&format!("{n} here"))).await;
            center.requests(Who::Requester).step(id, reply(&format!("{n} there"))).await.expect("theirs");
        }
        drop(store.take());
        step(&desk, &center, (Who::Requester, id), reply("here")).await;
        let calls = store.take();
        assert_eq!(commits(&calls), 1, "it looked before it tried: {calls:?}");
        assert_eq!(center.request(id).await.entries, 9);
    });
}

#[test]
fn a_right_that_was_taken_away_elsewhere_is_gone_at_once() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let (ours, theirs) = (center.submit("IT-01").await, center.submit("IT-01").await);
        let (desk, store) = observed(&center, 7);
        for id in [ours, theirs] {
            step(&desk, &center, (Who::Operator, id), assign(&center)).await;
        }
        let operator = Who::Operator.employee(center.tenant);
        let left = center.acting(Who::Administrator).people().leave(operator).await;
        left.expect("the boss may");
        drop(store.take());
        let requests = desk.acting(Who::Operator.actor(center.tenant)).requests();
        let refused = requests.step(ours, RequestCommand::Start).await.expect_err("they left");
        assert!(refused.is_not_found() || refused.is_denied(), "{refused}");
        assert_eq!(center.request(ours).await.status, Status::Assigned);
    });
}

#[test]
fn a_command_that_is_repeated_gets_its_first_answer_whatever_happened_since() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let (desk, _) = observed(&center, 7);
        let command = okno::CommandId(uuid::Uuid::from_u128(77));
        let once = || desk.acting(Who::Operator.actor(center.tenant)).once(command).requests();
        let first = once().step(id, assign(&center)).await.expect("it may");
        step(&desk, &center, (Who::Operator, id), RequestCommand::Start).await;
        assert_eq!(once().step(id, assign(&center)).await.expect("it was done"), first);
        let other = once().step(id, RequestCommand::Release).await.expect_err("another command");
        assert!(matches!(other, okno::DeskError::CommandReused { .. }), "{other}");
    });
}
