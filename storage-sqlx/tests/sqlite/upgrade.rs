use okno::base::Text;
use okno::condition::{FieldType, Filter, Slot, Unasked, Value};
use okno::store::{
    Column, Index, JournalRead, Kind, Kinds, Query, Read, Select, Store, StoreError, TextFilter, Version,
};
use okno::text::TextQuery;
use okno_storage_sqlx::SqliteStore;
use sqlx::Executor as _;
use uuid::Uuid;

use crate::support::{NOTE, PERSON, Record, batch, decode, noting, other_program, put, tenant};

const OLD: Kind = Kind {
    name: "thing",
    schema: 1,
    columns: &[Column::new("name", FieldType::Code), Column::new("gone", FieldType::Int)],
    indexes: &[Index::new("name", &[Slot(0)])],
    texts: &[],
    relations: &[],
    mark: None,
    growing: true,
    decode: |_, body| decode(&FIRST, body),
    decode_event: NOTE.decode_event,
};
static FIRST: Kind = OLD;
/// A column is gone, one is new, and an index serves it.
static SECOND: Kind = Kind {
    schema: 2,
    columns: &[
        Column { since: 2, ..Column::new("size", FieldType::Int) },
        Column::new("name", FieldType::Code),
    ],
    indexes: &[Index::new("name", &[Slot(1)]), Index::new("size", &[Slot(0)])],
    decode: |schema, body| {
        if schema == 2 {
            return decode(&SECOND, body);
        }
        let old = decode(&FIRST, body)?;
        let name = old.value(Slot(0)).to_owned();
        let size = match &name {
            Value::Code(name) => Value::Int(name.len() as i64),
            _ => Value::Absent,
        };
        Ok(std::sync::Arc::new(Record { kind: &SECOND, id: old.id(), values: vec![size, name] }))
    },
    ..OLD
};
/// The columns of the first, changed without a higher number.
static CARELESS: Kind = Kind { columns: &[Column::new("name", FieldType::Text)], ..OLD };
/// The type of a column, changed without a higher number.
static RETYPED: Kind =
    Kind { columns: &[Column::new("name", FieldType::Code), Column::new("gone", FieldType::Id)], ..OLD };
/// The indexes of the first, changed: one has other columns, one is new.
static REINDEXED: Kind =
    Kind { indexes: &[Index::new("name", &[Slot(0), Slot(1)]), Index::new("gone", &[Slot(1)])], ..OLD };

/// The same as the first, with a text that is searched.
static SEARCHED: Kind = Kind { schema: 2, decode: |_, body| decode(&SEARCHED, body), ..SEARCHED_KIND };
/// And with another column.
static SEARCHED_STILL: Kind = Kind {
    schema: 3,
    columns: &[Column::new("name", FieldType::Text), Column::new("gone", FieldType::Int)],
    decode: |_, body| decode(&SEARCHED_STILL, body),
    ..SEARCHED_KIND
};
const SEARCHED_KIND: Kind = Kind { texts: &["name"], ..TITLED };
/// Nothing is searched any more.
static SILENT: Kind = Kind { schema: 4, decode: |_, body| decode(&SILENT, body), ..TITLED };
static UNSEARCHED: Kind = TITLED;
const TITLED: Kind = Kind {
    columns: &[Column::new("name", FieldType::Text)],
    indexes: &[],
    decode: |_, body| decode(&UNSEARCHED, body),
    ..OLD
};

/// The ids of the things that have a text, by pages of two.
async fn searched(store: &SqliteStore, kind: &'static Kind, text: &str) -> Vec<u128> {
    let text = Some(TextFilter::new(TextQuery::parse(text).expect("a query"), &["name"]));
    let mut query = Query { text, limit: 2, ..Query::records(tenant(), kind, Filter::everything()) };
    let mut found = Vec::new();
    loop {
        let page = store.query(query.clone()).await.expect("found");
        found.extend(page.rows.iter().map(|row| row.id.as_u128()));
        match page.next {
            Some(cursor) => query.after = Some(cursor),
            None => return found,
        }
    }
}

fn titled(kind: &'static Kind, id: u128, name: &str) -> okno::store::Batch {
    let mut batch = batch();
    let name = Value::Text(Text::new(name).expect("a text"));
    put(&mut batch, Record { kind, id: Uuid::from_u128(id), values: vec![name] }, Version::ABSENT);
    batch
}

#[tokio::test]
async fn a_store_from_before_there_was_searching_is_searched() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("desk.db");
    let store = SqliteStore::open(&path, Kinds::new([&UNSEARCHED])).await.expect("opened");
    for (id, name) in [(7, "Заявка одна"), (2, "ничего"), (5, "Две заявки"), (3, "Заявок много")]
    {
        store.commit(titled(&UNSEARCHED, id, name)).await.expect("committed");
    }
    store.close().await;
    // What the tables were like before.
    let mut other = other_program(&path).await;
    let before = "ALTER TABLE okno_head DROP COLUMN texts; ALTER TABLE okno_head DROP COLUMN number; \
                  UPDATE okno_schema SET number = 1 WHERE part = 'okno_store'";
    sqlx::raw_sql(before).execute(&mut other).await.expect("as before");

    let store = SqliteStore::open(&path, Kinds::new([&SEARCHED])).await.expect("upgraded");
    assert_eq!(searched(&store, &SEARCHED, "заявка").await, [3, 5, 7]);
    store.commit(titled(&SEARCHED, 1, "Новая заявка")).await.expect("committed");
    assert_eq!(searched(&store, &SEARCHED, "заявка").await, [1, 3, 5, 7]);
    store.close().await;
    // Another change of the kind keeps the order.
    let store = SqliteStore::open(&path, Kinds::new([&SEARCHED_STILL])).await.expect("upgraded");
    store.commit(titled(&SEARCHED_STILL, 4, "Ещё заявка")).await.expect("committed");
    assert_eq!(searched(&store, &SEARCHED_STILL, "заявка").await, [4, 1, 3, 5, 7]);
    store.compact().await.expect("written anew");
    assert_eq!(searched(&store, &SEARCHED_STILL, "\"две заявки\"").await, [5]);
    store.close().await;
    let store = SqliteStore::open(&path, Kinds::new([&SILENT])).await.expect("upgraded");
    store.commit(titled(&SILENT, 6, "Заявка")).await.expect("committed");
    let left = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'okno_text%'";
    let left: i64 = sqlx::query_scalar(left).fetch_one(&mut other).await.expect("read");
    assert_eq!(left, 0, "the index is gone");
}

#[tokio::test]
async fn a_journal_from_before_it_lay_below_its_own_key_is_read_and_goes_on() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("desk.db");
    let kinds = || Kinds::new([&NOTE, &PERSON]);
    let store = SqliteStore::open(&path, kinds()).await.expect("opened");
    for id in 1..=3 {
        store.commit(noting(id)).await.expect("committed");
    }
    let journal = JournalRead { tenant: tenant(), after: 0, subject: None, limit: 100 };
    let before = store.events(journal.clone()).await.expect("read");
    assert_eq!(before.len(), 3);
    store.close().await;
    // What the table was like before.
    let first = include_str!("../../migrations/sqlite/0001_store.sql");
    let (_, table) = first.split_once("CREATE TABLE okno_event").expect("the table");
    let (table, _) = table.split_once("-- What each command").expect("the next table");
    let before_that = format!(
        "CREATE TABLE kept AS SELECT * FROM okno_event; DROP TABLE okno_event; CREATE TABLE okno_event{table}; \
         INSERT INTO okno_event SELECT * FROM kept; DROP TABLE kept; \
         UPDATE okno_schema SET number = 2 WHERE part = 'okno_store'"
    );
    let mut other = other_program(&path).await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(before_that)).execute(&mut other).await.expect("as before");

    let store = SqliteStore::open(&path, kinds()).await.expect("upgraded");
    let there = store.events(journal.clone()).await.expect("read");
    assert_eq!(format!("{there:?}"), format!("{before:?}"));
    store.commit(noting(4)).await.expect("committed");
    assert_eq!(store.events(journal).await.expect("read").len(), 4);
    store.close().await;
    let rowids = sqlx::query("SELECT rowid FROM okno_event").fetch_all(&mut other).await;
    assert!(rowids.is_err(), "it has no other key");
}

fn thing(id: u128, name: &str) -> Record {
    let values = vec![Value::Code(name.into()), Value::Absent];
    Record { kind: &FIRST, id: Uuid::from_u128(id), values }
}

#[tokio::test]
async fn a_newer_kind_gets_its_columns_from_the_bodies() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("desk.db");
    let store = SqliteStore::open(&path, Kinds::new([&FIRST])).await.expect("opened");
    for chunk in 0..3_u128 {
        let mut batch = batch();
        for id in 0..250 {
            put(&mut batch, thing(chunk * 250 + id, &"n".repeat(1 + id as usize % 7)), Version::ABSENT);
        }
        store.commit(batch).await.expect("committed");
    }
    store.close().await;

    let store = SqliteStore::open(&path, Kinds::new([&SECOND])).await.expect("upgraded");
    let conditions = okno::condition::Condition::eq("size", 3).check(&SECOND).expect("good");
    let mut query = Query::records(tenant(), &SECOND, conditions.ground(&Unasked));
    query.select = Select::Columns(vec![Slot(1).into(), Slot::POSITION.into()]);
    let page = store.query(query).await.expect("a page");
    assert_eq!(page.rows.len(), 108);
    assert!(
        page.rows.iter().all(|row| row.version == Version(1) && row.values[0] == Value::Code("nnn".into()))
    );
    // What is written from now on has the new number; old bodies stay as they were and are still read.
    let mut batch = batch();
    let record = Record { kind: &SECOND, id: Uuid::from_u128(0), values: vec![Value::Int(9), Value::Absent] };
    put(&mut batch, record, Version(1));
    store.commit(batch).await.expect("committed");
    let mut read = Read::new(tenant());
    read.keys = [0, 1].map(|id| SECOND.key(Uuid::from_u128(id))).to_vec();
    let view = store.load(read).await.expect("loaded");
    let sizes: Vec<_> =
        view.records.values().flatten().map(|loaded| loaded.record.value(Slot(0)).to_owned()).collect();
    assert_eq!(sizes, [Value::Int(9), Value::Int(2)]);
    store.close().await;

    let refused = SqliteStore::open(&path, Kinds::new([&FIRST])).await.expect_err("newer");
    assert!(matches!(refused, StoreError::NewerSchema { found: 2, known: 1, .. }), "{refused:?}");
}

#[tokio::test]
async fn columns_that_changed_under_one_number_are_refused() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("desk.db");
    SqliteStore::open(&path, Kinds::new([&FIRST])).await.expect("opened").close().await;
    for kind in [&CARELESS, &RETYPED] {
        let refused = SqliteStore::open(&path, Kinds::new([kind])).await.expect_err("changed");
        assert!(matches!(refused, StoreError::Unstorable { .. }), "{refused:?}");
    }
    let store = SqliteStore::open(&path, Kinds::new([&FIRST])).await.expect("as before");
    let query = Query::records(tenant(), &FIRST, Filter::everything());
    assert!(store.query(query).await.expect("a page").rows.is_empty());
}

#[tokio::test]
async fn a_running_store_notices_that_a_newer_program_upgraded_the_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("desk.db");
    let writing = |record| {
        let mut batch = batch();
        put(&mut batch, record, Version::ABSENT);
        batch
    };
    let old = SqliteStore::open(&path, Kinds::new([&FIRST])).await.expect("opened");
    old.commit(writing(thing(1, "n"))).await.expect("committed");
    let new = SqliteStore::open(&path, Kinds::new([&SECOND])).await.expect("upgraded");
    let (one, two) = tokio::join!(old.commit(writing(thing(2, "nn"))), old.commit(writing(thing(3, "nnn"))));
    for refused in [one.expect_err("newer"), two.expect_err("newer")] {
        assert!(
            matches!(refused, StoreError::NewerSchema { found: 2, known: 1, .. }) && !refused.is_retryable(),
            "{refused:?}"
        );
    }
    let record = Record { kind: &SECOND, id: Uuid::from_u128(4), values: vec![Value::Int(9), Value::Absent] };
    assert_eq!(new.commit(writing(record)).await.expect("committed").position, 2);
    let page = new.query(Query::records(tenant(), &SECOND, Filter::everything())).await.expect("a page");
    assert_eq!(page.rows.iter().map(|row| row.id.as_u128()).collect::<Vec<_>>(), [1, 4]);
}

#[tokio::test]
async fn indexes_that_changed_under_one_number_are_made_and_dropped() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("desk.db");
    SqliteStore::open(&path, Kinds::new([&FIRST])).await.expect("opened").close().await;
    let mut other = other_program(&path).await;
    other.execute("CREATE INDEX theirs ON thing (name)").await.expect("others may add theirs");
    let (name, gone) = ("thing.name", "thing.gone");
    for (kind, wanted) in [(&REINDEXED, vec!["theirs", gone, name]), (&FIRST, vec!["theirs", name])] {
        SqliteStore::open(&path, Kinds::new([kind])).await.expect("opened").close().await;
        let made =
            "SELECT name FROM sqlite_schema WHERE tbl_name = 'thing' AND sql LIKE '%INDEX%' ORDER BY name";
        let made: Vec<String> = sqlx::query_scalar(made).fetch_all(&mut other).await.expect("read");
        assert_eq!(made, wanted);
        let told = "SELECT idx FROM sqlite_stat1 WHERE tbl = 'thing' AND idx LIKE 'thing%' ORDER BY idx";
        let told: Vec<String> = sqlx::query_scalar(told).fetch_all(&mut other).await.expect("read");
        assert_eq!(told, wanted[1..]);
        let columns = "SELECT count(*) FROM pragma_index_info('thing.name')";
        let columns: i64 = sqlx::query_scalar(columns).fetch_one(&mut other).await.expect("read");
        assert_eq!(columns, if kind.indexes.len() == 2 { 4 } else { 3 });
        // A store that is up to date is not written to.
        let version = "PRAGMA schema_version";
        let before: i64 = sqlx::query_scalar(version).fetch_one(&mut other).await.expect("read");
        SqliteStore::open(&path, Kinds::new([kind])).await.expect("opened").close().await;
        let after: i64 = sqlx::query_scalar(version).fetch_one(&mut other).await.expect("read");
        assert_eq!(before, after);
    }
}

#[tokio::test]
async fn a_view_of_another_program_does_not_stop_an_upgrade() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("desk.db");
    let store = SqliteStore::open(&path, Kinds::new([&FIRST])).await.expect("opened");
    let mut batch = batch();
    put(&mut batch, thing(1, "nnn"), Version::ABSENT);
    store.commit(batch).await.expect("committed");
    store.close().await;
    let mut other = other_program(&path).await;
    other.execute("CREATE VIEW names AS SELECT name FROM thing").await.expect("made");
    // One that the upgrade leaves without its column concerns nobody but its maker.
    other.execute("CREATE VIEW losses AS SELECT gone FROM thing").await.expect("made");
    SqliteStore::open(&path, Kinds::new([&SECOND])).await.expect("upgraded").close().await;
    let names: Vec<String> =
        sqlx::query_scalar("SELECT name FROM names").fetch_all(&mut other).await.expect("read");
    assert_eq!(names, ["nnn"]);
    SqliteStore::open(&path, Kinds::new([&SECOND])).await.expect("as before");
}
