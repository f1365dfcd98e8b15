use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use okno::base::{CommandId, Timestamp};
use okno::store::{Digest, Origin};
use tokio::sync::Notify;
use uuid::Uuid;

use super::*;

/// A committer that begins when it is told to, and panics when it is told to.
#[derive(Debug, Default)]
struct Told {
    begins: Notify,
    panics: AtomicBool,
    groups: AtomicUsize,
}

impl Committer for Arc<Told> {
    async fn commit(&self, group: Vec<Batch>) -> Vec<Verdict> {
        self.begins.notified().await;
        assert!(!self.panics.load(Ordering::SeqCst), "told to panic");
        self.groups.fetch_add(1, Ordering::SeqCst);
        let answer = |batch: &Batch| Receipt {
            subject: batch.command.0,
            label: String::new(),
            version: okno::store::Version::ABSENT,
            position: group.len() as u64,
        };
        group.iter().map(|batch| Ok(answer(batch))).collect()
    }

    async fn reading(&self) {}
}

fn batch(tenant: u128, number: u128) -> Batch {
    let (tenant, command) = (TenantId(Uuid::from_u128(tenant)), CommandId(Uuid::from_u128(number)));
    Batch::new(tenant, Timestamp::MIN, command, Digest::of(&[]), Origin::SYSTEM)
}

/// Sends batches of a tenant and waits until all of them stand in line, the first with its committer.
async fn sent(
    lines: &Arc<Lines<Arc<Told>>>,
    numbers: std::ops::Range<u128>,
) -> Vec<tokio::task::JoinHandle<Verdict>> {
    let mut callers = Vec::new();
    for number in numbers {
        let lines = lines.clone();
        callers.push(tokio::spawn(async move { lines.commit(batch(1, number)).await }));
        everybody_else_goes_on().await;
    }
    callers
}

/// On one thread, whoever can go on does, some steps far.
async fn everybody_else_goes_on() {
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn batches_that_wait_are_committed_together_and_each_is_answered() {
    let told = Arc::new(Told::default());
    let lines = Arc::new(Lines::new(told.clone(), 1));
    let callers = sent(&lines, 0..5).await;
    for _ in 0..2 {
        told.begins.notify_one();
        tokio::task::yield_now().await;
    }
    for (number, caller) in (0..).zip(callers) {
        let receipt = caller.await.expect("no panic").expect("it is committed");
        assert_eq!(receipt.subject, Uuid::from_u128(number));
        assert_eq!(receipt.position, if number == 0 { 1 } else { 4 });
    }
    assert_eq!(told.groups.load(Ordering::SeqCst), 2);
    everybody_else_goes_on().await;
    assert!(lines.lock().is_empty());
}

#[tokio::test]
async fn everybody_in_line_of_a_committer_that_panics_learns_that_the_answer_was_lost() {
    let told = Arc::new(Told::default());
    let lines = Arc::new(Lines::new(told.clone(), 1));
    told.panics.store(true, Ordering::SeqCst);
    let callers = sent(&lines, 0..3).await;
    told.begins.notify_one();
    for caller in callers {
        let error = caller.await.expect("the caller does not panic").expect_err("its committer did");
        assert!(matches!(error, StoreError::Unknown { .. }), "{error:?}");
    }
    told.panics.store(false, Ordering::SeqCst);
    told.begins.notify_one();
    lines.commit(batch(1, 9)).await.expect("a new committer serves it");
}

#[tokio::test]
async fn a_closed_line_answers_who_stands_in_it_and_takes_nobody() {
    let told = Arc::new(Told::default());
    let lines = Arc::new(Lines::new(told.clone(), 1));
    let waiting = sent(&lines, 0..1).await;
    let closing = tokio::spawn({
        let lines = lines.clone();
        async move { lines.close().await }
    });
    told.begins.notify_one();
    closing.await.expect("no panic");
    for caller in waiting {
        assert!(caller.await.expect("no panic").is_ok());
    }
    assert!(matches!(lines.commit(batch(1, 2)).await, Err(StoreError::Closed)));
}
