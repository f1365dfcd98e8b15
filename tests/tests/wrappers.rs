//! Stores that stand before others: faults come as planned and lose nothing, calls are noted as they were made.

use std::sync::Arc;

use okno::condition::Filter;
use okno::conformance::{SAMPLES, Sample, id};
use okno::store::{
    Batch, Call, FaultPlan, FaultyStore, JournalRead, NewEvent, Put, Query, Read, Receipt, RecordingStore,
    Store, StoreError, Version,
};
use okno_tests::{Ground, STORES};

fn write(ground: &Ground, command: u64, number: u64) -> Batch {
    let record = Arc::new(Sample { number: Some(1), ..Sample::new(&SAMPLES, id(number)) });
    let fact = Arc::new(okno::conformance::Noted { number: 1, text: None });
    Batch {
        puts: vec![Put { record, expected: Version::ABSENT }],
        events: vec![NewEvent { subject: SAMPLES.key(id(number)), fact }],
        ..ground.batch(command)
    }
}

/// Commits until it is known what became of the batch, as a careful caller does.
async fn commit_surely(store: &dyn Store, batch: &Batch) -> Receipt {
    for _ in 0..1_000 {
        match store.commit(batch.clone()).await {
            Ok(receipt) => return receipt,
            Err(StoreError::Repeated { first }) if first.digest == batch.digest => return first.receipt,
            Err(error) => assert!(error.is_retryable(), "{error:?}"),
        }
    }
    panic!("the store never answered");
}

#[tokio::test]
async fn a_lost_answer_is_told_when_the_command_is_done_again() {
    for candidate in STORES {
        let ground = Ground::open(candidate).await;
        let lossy = FaultyStore::new(
            ground.fixture.store.clone(),
            FaultPlan { after: 1_000, ..FaultPlan::default() },
            1,
        );
        let batch = write(&ground, 1, 1);
        let lost = lossy.commit(batch.clone()).await;
        assert!(matches!(lost, Err(StoreError::Unknown { .. })), "{lost:?}");
        let again = ground.store().commit(batch.clone()).await;
        let Err(StoreError::Repeated { first }) = again else { panic!("{again:?}") };
        assert_eq!((first.receipt.position, first.digest), (1, batch.digest));
        // The answer of a repetition is a refusal, which is not lost.
        assert_eq!(commit_surely(&lossy, &batch).await, first.receipt);
        assert_eq!(lossy.faults(), 1);
    }
}

#[tokio::test]
async fn a_fault_before_a_call_changes_nothing() {
    for candidate in STORES {
        let ground = Ground::open(candidate).await;
        let plan = FaultPlan { before: 1_000, ..FaultPlan::default() };
        let down = FaultyStore::new(ground.fixture.store.clone(), plan, 1);
        let tenant = ground.tenant;
        let failed = [
            down.commit(write(&ground, 1, 1)).await.err(),
            down.load(Read::new(tenant)).await.err(),
            down.query(Query::records(tenant, &SAMPLES, Filter::everything())).await.err(),
            down.events(JournalRead { tenant, after: 0, subject: None, limit: 1 }).await.err(),
        ];
        for error in failed {
            assert!(matches!(error, Some(StoreError::Unavailable { .. })), "{error:?}");
        }
        assert_eq!(down.faults(), 4);
        let view = ground.store().load(Read::new(tenant)).await.expect("the head is read");
        assert_eq!(view.head.position, 0);
    }
}

#[tokio::test]
async fn an_injected_conflict_changes_nothing_and_needs_a_record() {
    for candidate in STORES {
        let ground = Ground::open(candidate).await;
        let plan = FaultPlan { conflict: 1_000, ..FaultPlan::default() };
        let contested = FaultyStore::new(ground.fixture.store.clone(), plan, 1);
        let refused = contested.commit(write(&ground, 1, 1)).await;
        assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
        contested.commit(ground.batch(2)).await.expect("a batch without a record has nothing to conflict");
        assert_eq!(contested.faults(), 1);
        ground.store().commit(write(&ground, 1, 1)).await.expect("the refused command is not remembered");
    }
}

#[tokio::test]
async fn every_command_is_done_once_whatever_fails() {
    const COMMANDS: u64 = 60;
    for candidate in STORES {
        for seed in 0..3 {
            let ground = Ground::open(candidate).await;
            let plan = FaultPlan { before: 200, after: 300, conflict: 200 };
            let faulty = FaultyStore::new(ground.fixture.store.clone(), plan, seed);
            for number in 0..COMMANDS {
                let receipt = commit_surely(&faulty, &write(&ground, 100 + number, number)).await;
                assert_eq!(receipt.position, number + 1);
            }
            assert!(faulty.faults() > 0);
            let read = JournalRead { tenant: ground.tenant, after: 0, subject: None, limit: 1_000 };
            let events = ground.store().events(read).await.expect("the journal is read");
            assert_eq!(events.len() as u64, COMMANDS);
        }
    }
}

#[tokio::test]
async fn the_same_seed_brings_the_same_faults() {
    let candidate = &STORES[0];
    let plan = FaultPlan { before: 300, after: 300, conflict: 300 };
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let ground = Ground::open(candidate).await;
        let faulty = FaultyStore::new(ground.fixture.store.clone(), plan, seed);
        let mut outcomes = Vec::new();
        for number in 0..40 {
            let outcome = faulty.commit(write(&ground, 100 + number, number)).await;
            outcomes.push(outcome.map_err(|error| error.to_string()));
        }
        runs.push(outcomes);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test]
async fn a_recorder_notes_every_call_and_passes_it_on() {
    for candidate in STORES {
        let ground = Ground::open(candidate).await;
        let recorder = RecordingStore::new(ground.fixture.store.clone());
        let same = recorder.clone();
        let receipt = recorder.commit(write(&ground, 1, 1)).await.expect("the batch is applied");
        recorder.commit(write(&ground, 2, 1)).await.expect_err("the record is there");
        let view = same.load(Read::new(ground.tenant)).await.expect("the head is read");
        assert_eq!(view.head.position, receipt.position);
        let calls = recorder.take();
        let [Call::Commit(first), Call::Commit(second), Call::Load(_)] = &calls[..] else {
            panic!("{calls:?}")
        };
        assert_eq!((first.command.0, second.command.0), (id(1), id(2)));
        assert!(same.take().is_empty());
    }
}
