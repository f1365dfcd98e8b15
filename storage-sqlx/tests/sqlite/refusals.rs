use std::time::Duration;

use okno::base::{Text, Timestamp};
use okno::condition::{FieldType, Value};
use okno::store::{Claim, Column, Kind, Kinds, Read, Store, StoreError, Version};
use okno_storage_sqlx::{SqliteOptions, SqliteStore};
use sqlx::{Connection as _, Executor as _};
use uuid::Uuid;

use crate::support::{NOTE, blank, kinds, noting, other_program, put, store, tenant};

#[tokio::test]
async fn a_store_opened_for_reading_refuses_writes() {
    let (dir, store) = store().await;
    let path = dir.path().join("desk.db");
    store.commit(noting(1)).await.expect("committed");
    let reader = SqliteOptions::new(&path).read_only(true).open(kinds()).await.expect("opened");
    assert_eq!(reader.load(Read::new(tenant())).await.expect("loaded").head.position, 1);
    let refused = reader.commit(noting(2)).await.expect_err("read-only");
    assert!(matches!(refused, StoreError::ReadOnly { .. }), "{refused:?}");
    // One that would have to be made or brought up to date cannot be.
    let other = Kinds::new([&NOTE, &crate::support::PERSON, &LATE]);
    let refused = SqliteOptions::new(&path).read_only(true).open(other).await.expect_err("read-only");
    assert!(matches!(refused, StoreError::ReadOnly { .. }), "{refused:?}");
}

static LATE: Kind = Kind {
    name: "late",
    schema: 1,
    columns: &[],
    indexes: &[],
    texts: &[],
    relations: &[],
    mark: None,
    growing: false,
    decode: |_, body| crate::support::decode(&LATE, body),
    decode_event: NOTE.decode_event,
};

#[tokio::test]
async fn a_file_that_may_not_be_written_is_read_only() {
    let (dir, store) = store().await;
    let path = dir.path().join("desk.db");
    store.close().await;
    write_format(&path, 3);
    let readable = SqliteStore::open(&path, kinds()).await.expect("opened");
    let refused = readable.commit(noting(1)).await.expect_err("read-only");
    assert!(matches!(refused, StoreError::ReadOnly { .. }) && !refused.is_retryable(), "{refused:?}");
    assert_eq!(readable.load(Read::new(tenant())).await.expect("loaded").head.position, 0);
    readable.close().await;
    write_format(&path, 2);
    let store = SqliteStore::open(&path, kinds()).await.expect("opened");
    assert_eq!(store.commit(noting(1)).await.expect("committed").position, 1);
}

/// Sets the version of the file format that a writer must know: SQLite only reads what needs more than 2, whoever
/// asks, while rights would not hold the superuser back.
fn write_format(path: &std::path::Path, version: u8) {
    let mut bytes = std::fs::read(path).expect("a file");
    bytes[18] = version;
    std::fs::write(path, bytes).expect("changed");
}

#[tokio::test]
async fn a_file_that_another_program_holds_is_locked_for_so_long() {
    let (dir, store) = store().await;
    let path = dir.path().join("desk.db");
    store.close().await;
    let options = SqliteOptions::new(&path).busy_timeout(Duration::from_millis(50));
    let store = options.open(kinds()).await.expect("opened");
    let mut other = other_program(&path).await;
    other.execute("BEGIN IMMEDIATE").await.expect("locked");
    let (one, two) = tokio::join!(store.commit(noting(1)), store.commit(noting(2)));
    for refused in [one.expect_err("locked"), two.expect_err("locked")] {
        assert!(matches!(refused, StoreError::Locked { .. }) && refused.is_retryable(), "{refused:?}");
    }
    assert_eq!(store.load(Read::new(tenant())).await.expect("readers do not wait").head.position, 0);
    other.execute("ROLLBACK").await.expect("unlocked");
    assert_eq!(store.commit(noting(1)).await.expect("committed").position, 1);
}

#[tokio::test]
async fn a_full_disk_is_told_and_small_batches_still_fit() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("desk.db");
    let store = SqliteOptions::new(&path).pages_max(100).open(kinds()).await.expect("opened");
    let mut large = noting(1);
    let mut record = blank(2);
    record.values[1] = Value::Text(Text::new("x".repeat(1 << 20)).expect("a text"));
    put(&mut large, record, Version::ABSENT);
    let (refused, small) = tokio::join!(store.commit(large), store.commit(noting(3)));
    let refused = refused.expect_err("full");
    assert!(matches!(refused, StoreError::Full { .. }), "{refused:?}");
    small.expect("the small one fits");
    store.commit(noting(4)).await.expect("the writer goes on");
}

#[tokio::test]
async fn what_a_newer_program_wrote_is_refused_by_name() {
    let (dir, store) = store().await;
    let path = dir.path().join("desk.db");
    store.close().await;
    for part in ["okno_store", "note"] {
        let mut other = other_program(&path).await;
        let text = "UPDATE okno_schema SET number = number + ? WHERE part = ?";
        sqlx::query(text).bind(41).bind(part).execute(&mut other).await.expect("changed");
        let refused = SqliteStore::open(&path, kinds()).await.expect_err("newer");
        match refused {
            StoreError::NewerSchema { what, found, known } => assert_eq!((&*what, found), (part, known + 41)),
            other => panic!("{other:?}"),
        }
        sqlx::query(text).bind(-41).bind(part).execute(&mut other).await.expect("changed back");
        other.close().await.expect("closed");
    }
    SqliteStore::open(&path, kinds()).await.expect("as before");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_corrupt() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("desk.db");
    std::fs::write(&path, "not a database, however long one looks at it".repeat(100)).expect("written");
    let refused = SqliteStore::open(&path, kinds()).await.expect_err("corrupt");
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
}

#[tokio::test]
async fn a_file_that_is_missing_does_not_appear_by_trying_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let missing = dir.path().join("none.db");
    let nowhere = dir.path().join("none").join("desk.db");
    let (not_made, read_only) = (SqliteOptions::new(&missing).create(false), SqliteOptions::new(&missing));
    for options in [not_made, read_only.read_only(true), SqliteOptions::new(nowhere)] {
        let refused = options.open(kinds()).await.expect_err("missing");
        assert!(matches!(refused, StoreError::Missing { .. }) && !refused.is_retryable(), "{refused:?}");
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_corrupt_and_harms_no_other() {
    let (dir, store) = store().await;
    for id in [1, 2] {
        store.commit(noting(id)).await.expect("committed");
    }
    let mut other = other_program(&dir.path().join("desk.db")).await;
    let text = "UPDATE note SET row_body = '{' WHERE id = ?";
    sqlx::query(text).bind(Uuid::from_u128(1)).execute(&mut other).await.expect("spoilt");
    for (id, good) in [(1, false), (2, true)] {
        let mut read = Read::new(tenant());
        read.keys.push(NOTE.key(Uuid::from_u128(id)));
        match store.load(read).await {
            Ok(view) => assert!(good && view.records.len() == 1),
            Err(StoreError::Corrupt { .. }) => assert!(!good),
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_cannot_be_stored_never_reaches_the_file() {
    let (_dir, store) = store().await;
    let mut nul = noting(1);
    let mut record = blank(2);
    record.values[0] = Value::Code("a\0b".into());
    put(&mut nul, record, Version::ABSENT);
    let mut claim = noting(3);
    claim.claims.push(Claim { space: "mail".into(), value: "a\0".into(), owner: Uuid::nil() });
    let mut mistyped = noting(4);
    let mut record = blank(5);
    record.values[0] = Value::Int(7);
    put(&mut mistyped, record, Version::ABSENT);
    for batch in [nul, claim, mistyped] {
        let refused = store.commit(batch).await.expect_err("refused");
        assert!(matches!(refused, StoreError::Unstorable { .. }) && !refused.is_retryable(), "{refused:?}");
    }
    let mut unknown = noting(6);
    unknown.guards.push((LATE.key(Uuid::nil()), Version::ABSENT));
    let refused = store.commit(unknown).await.expect_err("refused");
    assert!(matches!(refused, StoreError::UnknownKind { .. }), "{refused:?}");
    assert_eq!(store.commits(), 0);
}

#[tokio::test]
async fn names_that_cannot_name_tables_are_refused() {
    static ODD: Kind = Kind { name: "note\"; DROP TABLE x", ..COPY };
    static OWN: Kind = Kind { name: "okno_event", ..COPY };
    static TAKEN: Kind = Kind {
        name: "taken",
        columns: &[Column::new("name", FieldType::Text), Column::new("name_key", FieldType::Code)],
        ..COPY
    };
    static FIXED: Kind = Kind { name: "fixed", columns: &[Column::new("row_body", FieldType::Code)], ..COPY };
    const COPY: Kind = Kind {
        name: "copy",
        schema: 1,
        columns: &[],
        indexes: &[],
        texts: &[],
        relations: &[],
        mark: None,
        growing: false,
        decode: NOTE.decode,
        decode_event: NOTE.decode_event,
    };
    let dir = tempfile::tempdir().expect("a directory");
    for kind in [&ODD, &OWN, &TAKEN, &FIXED] {
        let refused = SqliteStore::open(dir.path().join("desk.db"), Kinds::new([kind])).await;
        assert!(matches!(refused, Err(StoreError::Unstorable { .. })), "{}", kind.name);
    }
}

#[tokio::test]
async fn instants_before_1970_are_kept() {
    let (_dir, store) = store().await;
    let mut batch = noting(1);
    batch.at = Timestamp::MIN;
    let mut record = blank(2);
    record.values[4] = Value::Instant(Timestamp::MIN);
    put(&mut batch, record, Version::ABSENT);
    store.commit(batch).await.expect("committed");
    let mut query = okno::store::Query::records(tenant(), &NOTE, okno::condition::Filter::everything());
    query.select = okno::store::Select::Columns(vec![okno::condition::Slot(4).into()]);
    let page = store.query(query).await.expect("a page");
    assert_eq!(page.rows[1].values, [Value::Instant(Timestamp::MIN)]);
}
