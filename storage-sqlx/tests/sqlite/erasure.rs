//! What was erased, replaced or deleted leaves the files.

use std::path::Path;
use std::sync::Arc;

use okno::base::Text;
use okno::condition::{Filter, Value};
use okno::store::{
    JournalRead, NewEvent, NewWork, Query, Queue, Select, Store, StoreError, TextFilter, Version, WorkChange,
};
use okno::text::TextQuery;
use okno_storage_sqlx::{SqliteOptions, SqliteStore};
use sqlx::Connection as _;
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::{NOTE, Record, Said, batch, blank, item, kinds, other_program, put, store, tenant};

/// What the files are searched for, as it is written and as texts are compared.
const MARKERS: [&str; 7] =
    ["MarkStatus", "MarkTitle", "marktitle", "MarkContent", "MarkItem", "MarkDeleted", "zqsought"];
/// What stays.
const LIVE: &str = "MarkLive";

/// How often a file of the store holds a text.
fn found(dir: &Path, text: &str) -> usize {
    let files = std::fs::read_dir(dir).expect("a directory").map(|file| file.expect("a file").path());
    let bytes = files.map(|file| std::fs::read(file).expect("bytes"));
    bytes.map(|bytes| bytes.windows(text.len()).filter(|part| *part == text.as_bytes()).count()).sum()
}

fn marked(id: u128, status: &str, title: &str) -> Record {
    let mut record = blank(id);
    record.values[0] = Value::Code(status.into());
    // Long enough to leave the page of its row.
    let sought = if title == LIVE { "" } else { "zqsought " };
    record.values[1] = Value::Text(Text::new(format!("{title} {sought}").repeat(900)).expect("a text"));
    record
}

/// Writes a hundred notes, each with an event and an item, and then replaces, erases, cancels and deletes.
async fn worked(store: &SqliteStore) {
    let key = |id: u128| NOTE.key(Uuid::from_u128(id));
    let said = |text: &str| Arc::new(Said { number: 1, text: Some(format!("{text} ").repeat(700)) });
    for id in 0..100 {
        let mut writing = batch();
        put(
            &mut writing,
            marked(id, if id % 2 == 0 { "MarkStatus" } else { "MarkDeleted" }, "MarkTitle"),
            Version::ABSENT,
        );
        writing.events.push(NewEvent { subject: key(id), fact: said("MarkContent") });
        writing.work.push(WorkChange::Set(NewWork { body: "MarkItem".repeat(9), ..item(id, key(id)) }));
        store.commit(writing).await.expect("written");
    }
    for id in 0..100 {
        let mut erasing = batch();
        if id % 2 == 0 {
            put(&mut erasing, marked(id, "open", LIVE), Version(1));
        } else {
            erasing.deletes.push((key(id), Version(1)));
        }
        erasing.erase.push(key(id));
        erasing.work.push(WorkChange::Cancel { queue: Queue::Timers, key: Uuid::from_u128(id) });
        store.commit(erasing).await.expect("erased");
    }
}

async fn check(dir: &TempDir, store: &SqliteStore) {
    for marker in MARKERS {
        assert!(found(dir.path(), marker) > 0, "`{marker}` was never in the files");
    }
    store.compact().await.expect("written anew");
    for marker in MARKERS {
        assert_eq!(found(dir.path(), marker), 0, "`{marker}` is still in the files");
    }
    assert!(found(dir.path(), LIVE) > 0, "the search finds what is there");
    for (text, count) in [("zqsought", 0), ("MarkTitle", 0), ("MarkLive", 50)] {
        assert_eq!(searched(store, text).await, count, "{text}");
    }
}

/// How many notes have a text.
async fn searched(store: &SqliteStore, text: &str) -> u64 {
    let query = TextQuery::parse(text).expect("a query");
    let text = Some(TextFilter::new(query, &["title"]));
    let query =
        Query { text, select: Select::Count, ..Query::records(tenant(), &NOTE, Filter::everything()) };
    store.query(query).await.expect("counted").count.expect("a count")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_index_of_texts_gives_up_tokens_of_rows_of_which_the_text_alone_went() {
    let (dir, store) = store().await;
    for id in 0..20 {
        let mut writing = batch();
        put(&mut writing, marked(id, "open", "MarkTitle"), Version::ABSENT);
        store.commit(writing).await.expect("written");
    }
    let mut erasing = batch();
    for id in 0..20 {
        let mut record = marked(id, "open", LIVE);
        record.values[1] = Value::Absent;
        put(&mut erasing, record, Version(1));
    }
    store.commit(erasing).await.expect("erased");
    assert!(found(dir.path(), "zqsought") > 0, "an index only marks what was taken out of it");
    store.compact().await.expect("written anew");
    assert_eq!(found(dir.path(), "zqsought"), 0);
    assert_eq!(searched(&store, "zqsought").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_written_anew_holds_nothing_of_what_was_erased_or_deleted() {
    let (dir, store) = store().await;
    worked(&store).await;
    check(&dir, &store).await;
    let read = JournalRead { tenant: tenant(), after: 0, subject: None, limit: 1_000 };
    let events = store.events(read).await.expect("read");
    assert_eq!(events.len(), 250);
    let contents = events.iter().filter_map(|event| event.of::<Said>()?.text.as_deref());
    // The replacement of each note said something after its journal was erased.
    assert_eq!(contents.collect::<Vec<_>>(), vec!["hello"; 50]);
    store.commit(crate::support::noting(1_000)).await.expect("written afterwards");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_was_closed_and_opened_again_is_written_anew_as_well() {
    let (dir, store) = store().await;
    worked(&store).await;
    store.close().await;
    let store = SqliteStore::open(dir.path().join("desk.db"), kinds()).await.expect("opened again");
    store.compact().await.expect("written anew");
    for marker in MARKERS {
        assert_eq!(found(dir.path(), marker), 0, "`{marker}` is still in the files");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_deleted_without_being_overwritten_is_gone_as_well() {
    let (dir, store) = store().await;
    let mut writing = batch();
    (0..100).for_each(|id| put(&mut writing, marked(id, "MarkStatus", "MarkTitle"), Version::ABSENT));
    put(&mut writing, marked(100, "open", LIVE), Version::ABSENT);
    store.commit(writing).await.expect("written");
    let mut other = other_program(&dir.path().join("desk.db")).await;
    let deleting = "PRAGMA secure_delete = OFF; DELETE FROM note WHERE status = 'MarkStatus'; \
                    PRAGMA wal_checkpoint(TRUNCATE)";
    sqlx::raw_sql(deleting).execute(&mut other).await.expect("deleted");
    other.close().await.expect("closed");
    assert!(found(dir.path(), "MarkTitle") > 0, "SQLite leaves the bytes of what it deletes");
    store.compact().await.expect("written anew");
    assert_eq!(["MarkStatus", "MarkTitle", "marktitle"].map(|marker| found(dir.path(), marker)), [0; 3]);
    assert!(found(dir.path(), LIVE) > 0, "the search finds what is there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_somebody_reads_from_is_not_given_up() {
    let (dir, store) = store().await;
    store.close().await;
    let path = dir.path().join("desk.db");
    let patient = SqliteOptions::new(&path).busy_timeout(std::time::Duration::from_millis(50));
    let store = patient.open(kinds()).await.expect("opened again");
    store.commit(crate::support::noting(1)).await.expect("written");
    let mut reader = other_program(&path).await;
    sqlx::raw_sql("BEGIN; SELECT count(*) FROM okno_event").execute(&mut reader).await.expect("reading");
    store.commit(crate::support::noting(2)).await.expect("written");
    let error = store.compact().await.expect_err("the log is in use");
    assert!(matches!(error, StoreError::Locked { .. }) && error.is_retryable(), "{error:?}");
    sqlx::raw_sql("COMMIT").execute(&mut reader).await.expect("read");
    store.commit(crate::support::noting(3)).await.expect("written");
    store.compact().await.expect("written anew");
}

#[tokio::test]
async fn a_store_that_is_closed_or_only_read_is_not_written_anew() {
    let (dir, store) = store().await;
    let reading = SqliteOptions::new(dir.path().join("desk.db")).read_only(true);
    let reading = reading.open(kinds()).await.expect("opened for reading");
    let error = reading.compact().await.expect_err("it is only read");
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    store.close().await;
    let error = store.compact().await.expect_err("it is closed");
    assert!(matches!(error, StoreError::Closed), "{error:?}");
}
