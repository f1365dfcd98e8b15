use std::collections::BTreeSet;

use okno::base::TenantId;
use okno::store::{JournalRead, Receipt, Store, StoreError, Version};
use okno_storage_sqlx::SqliteStore;
use uuid::Uuid;

use crate::support::{blank, kinds, noting, put, store, tenant};

async fn burst(store: &SqliteStore, ids: std::ops::Range<u128>) -> Vec<Result<Receipt, StoreError>> {
    let calls: Vec<_> = ids
        .map(|id| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(noting(id)).await })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.expect("no panic"));
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_that_wait_are_committed_together() {
    let (_dir, store) = store().await;
    let answers = burst(&store, 1..201).await;
    let positions: BTreeSet<_> =
        answers.into_iter().map(|answer| answer.expect("committed").position).collect();
    assert_eq!(positions, (1..=200).collect());
    assert!(store.commits() < 100, "{} transactions for 200 batches", store.commits());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_batch_of_a_group_leaves_the_others_alone() {
    let (_dir, store) = store().await;
    // Each id is new once, and a conflict the second time.
    let ids = (1..101).chain(1..101);
    let calls: Vec<_> = ids
        .map(|id| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(noting(id)).await })
        })
        .collect();
    let (mut committed, mut refused) = (BTreeSet::new(), 0);
    for call in calls {
        match call.await.expect("no panic") {
            Ok(receipt) => assert!(committed.insert(receipt.position)),
            Err(StoreError::Conflict { found: Version(1), .. }) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!((committed, refused), ((1..=100).collect(), 100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_of_several_tenants_numbers_each_alone() {
    let (_dir, store) = store().await;
    let calls: Vec<_> = (0..60_u128)
        .map(|n| {
            let store = store.clone();
            let mut batch = noting(n);
            batch.tenant = TenantId(Uuid::from_u128(100 + n % 3));
            tokio::spawn(async move { store.commit(batch).await })
        })
        .collect();
    for call in calls {
        call.await.expect("no panic").expect("committed");
    }
    for tenant in 100..103 {
        let tenant = TenantId(Uuid::from_u128(tenant));
        let read = JournalRead { tenant, after: 0, subject: None, limit: 100 };
        let positions: Vec<_> =
            store.events(read).await.expect("read").iter().map(|event| event.position).collect();
        assert_eq!(positions, (1..=20).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_on_one_file_keep_one_journal() {
    let (dir, one) = store().await;
    let two = SqliteStore::open(dir.path().join("desk.db"), kinds()).await.expect("opened again");
    let (first, second) = tokio::join!(burst(&one, 1..101), burst(&two, 101..201));
    let mut positions = BTreeSet::new();
    for answer in first.into_iter().chain(second) {
        assert!(positions.insert(answer.expect("committed").position));
    }
    assert_eq!(positions, (1..=200).collect());
    for store in [&one, &two] {
        let read = JournalRead { tenant: tenant(), after: 0, subject: None, limit: 1_000 };
        let events = store.events(read).await.expect("read");
        assert!(events.iter().map(|event| event.position).eq(1..=200));
    }
}

#[tokio::test]
async fn many_rows_of_one_batch_are_written_each_once() {
    let (_dir, store) = store().await;
    for count in [1_u128, 2, 3, 63, 64, 65, 127, 200] {
        let mut batch = crate::support::batch();
        batch.tenant = TenantId(Uuid::from_u128(count));
        for id in 0..count {
            put(&mut batch, blank(id), Version::ABSENT);
        }
        let tenant = batch.tenant;
        let receipt = store.commit(batch).await.expect("committed");
        assert_eq!(u128::from(receipt.position), count);
        let mut batch = crate::support::batch();
        batch.tenant = tenant;
        for id in 0..count {
            batch.deletes.push((crate::support::NOTE.key(Uuid::from_u128(id)), Version(1)));
        }
        store.commit(batch).await.expect("deleted");
        let everything = okno::condition::Filter::everything();
        let mut query = okno::store::Query::records(tenant, &crate::support::NOTE, everything);
        query.select = okno::store::Select::Count;
        assert_eq!(store.query(query).await.expect("counted").count, Some(0));
    }
}
