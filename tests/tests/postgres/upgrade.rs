//! Tables of another program version: brought up to date beside whatever the host has there, or refused.

use std::sync::Arc;

use okno::condition::{FieldType, Filter, Slot, ValueRef};
use okno::store::{
    Column, DecodeError, Index, Kind, Kinds, Put, Query, Read, Store, StoreError, Stored, TextFilter, Version,
};
use okno::text::TextQuery;
use okno_storage_sqlx::{PostgresOptions, PostgresStore};
use okno_tests::postgres::{Database, Schema, server};
use okno_tests::runtime;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use crate::bench::{batch, here};

/// The kind as an older program knows it.
static FIRST: Kind = Kind {
    name: "plan",
    schema: 1,
    columns: &[Column::new("status", FieldType::Code), Column::new("weight", FieldType::Code)],
    indexes: &[Index::new("status", &[Slot(0)]), Index::new("weight", &[Slot(1)])],
    texts: &[],
    relations: &[],
    mark: None,
    growing: false,
    decode: |_, body| Ok(Arc::new(Plan::read(&FIRST, body)?)),
    decode_event: |body, _| Err(unread(body)),
};

/// The kind as a newer program knows it: a column is gone, one has another type, one is new.
static SECOND: Kind = Kind {
    schema: 2,
    columns: &[Column::new("weight", FieldType::Int), Column::new("title", FieldType::Text)],
    indexes: &[Index::new("weight", &[Slot(0)]), Index::new("title", &[Slot(1), Slot(0)])],
    decode: |_, body| Ok(Arc::new(Plan::read(&SECOND, body)?)),
    ..FIRST_AGAIN
};

/// The first kind with other columns, and with other indexes, under the same number.
static CHANGED: Kind =
    Kind { columns: &[Column::new("status", FieldType::Code)], indexes: &[], ..FIRST_AGAIN };
static INDEXED: Kind = Kind { indexes: &[Index::new("status", &[Slot(0), Slot(1)])], ..FIRST_AGAIN };

const FIRST_AGAIN: Kind = Kind {
    name: "plan",
    schema: 1,
    columns: &[Column::new("status", FieldType::Code), Column::new("weight", FieldType::Code)],
    indexes: &[],
    texts: &[],
    relations: &[],
    mark: None,
    growing: false,
    decode: |_, body| Ok(Arc::new(Plan::read(&FIRST, body)?)),
    decode_event: |body, _| Err(unread(body)),
};

/// The second kind with a text that is searched, then with another column as well, and then without the text again.
static SEARCHED: Kind = Kind {
    schema: 3,
    texts: &["title"],
    decode: |_, body| Ok(Arc::new(Plan::read(&SEARCHED, body)?)),
    ..FIRST_AGAIN
};
static SEARCHED_STILL: Kind = Kind {
    schema: 4,
    columns: &[Column::new("title", FieldType::Text)],
    texts: &["title"],
    decode: |_, body| Ok(Arc::new(Plan::read(&SEARCHED_STILL, body)?)),
    ..FIRST_AGAIN
};
static SILENT: Kind =
    Kind { schema: 5, decode: |_, body| Ok(Arc::new(Plan::read(&SILENT, body)?)), ..FIRST_AGAIN };

#[derive(Debug, Clone)]
struct Plan {
    kind: &'static Kind,
    id: Uuid,
    title: okno::Text,
}

impl Plan {
    fn read(kind: &'static Kind, body: &str) -> Result<Self, DecodeError> {
        let (id, title) =
            serde_json::from_str(body).map_err(|source| DecodeError { kind: "plan", source })?;
        Ok(Self { kind, id, title })
    }
}

impl Stored for Plan {
    fn kind(&self) -> &'static Kind {
        self.kind
    }

    fn id(&self) -> Uuid {
        self.id
    }

    fn value(&self, slot: Slot) -> ValueRef<'_> {
        let column = self.kind.column(slot).expect("a column");
        match (column.name, column.ty) {
            ("title", _) => ValueRef::Text(&self.title),
            ("weight", FieldType::Int) => ValueRef::Int(7),
            (_, FieldType::Code) => ValueRef::Code("seven"),
            _ => ValueRef::Absent,
        }
    }

    fn text(&self, _place: usize) -> Option<&str> {
        Some(self.title.as_str())
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&(self.id, &self.title))
    }
}

fn unread(body: &str) -> DecodeError {
    let source = serde_json::from_str::<()>(body).expect_err("no event is written here");
    DecodeError { kind: "plan", source }
}

#[test]
fn a_kind_with_a_higher_number_is_rebuilt_in_its_place() {
    in_a_schema(async |place| {
        let first = place.open(&FIRST).await.expect("fresh");
        for number in 1..=3 {
            write(&first, &FIRST, number).await.expect("it is written");
        }
        place.run("CREATE VIEW {schema}.of_host AS SELECT id, row_version FROM {schema}.plan").await;
        let second = place.open(&SECOND).await.expect("it is brought up to date");
        let shown =
            place.text("SELECT string_agg(weight || title || title_key, ',') FROM {schema}.plan").await;
        assert_eq!(shown, "7Planplan,7Planplan,7Planplan");
        assert_eq!(place.text("SELECT count(*)::text FROM {schema}.of_host").await, "3");
        assert_eq!(place.indexes().await, "plan.title plan.weight plan:key");
        write(&second, &SECOND, 4).await.expect("it is written");
        let key = SECOND.key(Uuid::from_u128(1));
        let view = second.load(Read { keys: vec![key], ..Read::new(here()) }).await.expect("it is read");
        assert_eq!(view.record::<Plan>(key).flatten().expect("it is there").1, Version(1));
        drop(place.open(&SECOND).await.expect("nothing is left to do"));
    });
}

#[test]
fn a_kind_whose_texts_were_not_searched_is_searched() {
    in_a_schema(async |place| {
        let first = place.open(&FIRST).await.expect("fresh");
        for number in [2, 1, 3] {
            write(&first, &FIRST, number).await.expect("it is written");
        }
        let searched = place.open(&SEARCHED).await.expect("it is brought up to date");
        // What was there has the order of ids: nobody knows another one.
        assert_eq!(found(&searched, &SEARCHED).await, [3, 2, 1]);
        for number in [9, 5] {
            write(&searched, &SEARCHED, number).await.expect("it is written");
        }
        assert_eq!(found(&searched, &SEARCHED).await, [5, 9, 3, 2, 1]);
        assert_eq!(place.indexes().await, "plan.:number plan.:texts plan:key");
        let still = place.open(&SEARCHED_STILL).await.expect("it is brought up to date");
        write(&still, &SEARCHED_STILL, 4).await.expect("it is written");
        assert_eq!(found(&still, &SEARCHED_STILL).await, [4, 5, 9, 3, 2, 1]);
        let silent = place.open(&SILENT).await.expect("it is brought up to date");
        write(&silent, &SILENT, 6).await.expect("it is written");
        assert_eq!(place.indexes().await, "plan:key");
    });
}

/// The plans that have the title of all, by pages of two.
async fn found(store: &PostgresStore, kind: &'static Kind) -> Vec<u128> {
    let text = Some(TextFilter::new(TextQuery::parse("plans").expect("a query"), &["title"]));
    let mut query = Query { text, limit: 2, ..Query::records(here(), kind, Filter::everything()) };
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

#[test]
fn an_older_program_is_refused_when_it_opens_and_when_it_goes_on_writing() {
    in_a_schema(async |place| {
        let old = place.open(&FIRST).await.expect("fresh");
        write(&old, &FIRST, 1).await.expect("it is written");
        let new = place.open(&SECOND).await.expect("it is brought up to date");
        let error = place.open(&FIRST).await.expect_err("the table is newer");
        assert!(matches!(&error, StoreError::NewerSchema { what, .. } if what == "plan"), "{error:?}");
        let error = write(&old, &FIRST, 2).await.expect_err("the table is newer");
        assert!(matches!(&error, StoreError::NewerSchema { what, .. } if what == "plan"), "{error:?}");
        write(&new, &SECOND, 2).await.expect("nothing of it was written");
    });
}

#[test]
fn other_columns_need_a_higher_number_and_other_indexes_do_not() {
    in_a_schema(async |place| {
        let first = place.open(&FIRST).await.expect("fresh");
        write(&first, &FIRST, 1).await.expect("it is written");
        let error = place.open(&CHANGED).await.expect_err("the columns are others");
        assert!(matches!(error, StoreError::Unstorable { .. }), "{error:?}");
        place.run("CREATE INDEX of_host ON {schema}.plan (status)").await;
        drop(place.open(&INDEXED).await.expect("indexes may change"));
        assert_eq!(place.indexes().await, "of_host plan.status plan:key");
        write(&first, &FIRST, 2).await.expect("the columns are the same");
    });
}

#[test]
fn an_index_that_was_lost_is_made_again() {
    in_a_schema(async |place| {
        drop(place.open(&FIRST).await.expect("fresh"));
        place.run("DROP INDEX {schema}.\"plan.status\"").await;
        drop(place.open(&FIRST).await.expect("it is brought up to date"));
        assert_eq!(place.indexes().await, "plan.status plan.weight plan:key");
    });
}

#[test]
fn nodes_that_open_a_fresh_schema_at_once_make_it_once() {
    in_a_schema(async |place| {
        let (one, two, three) = tokio::join!(place.open(&FIRST), place.open(&FIRST), place.open(&FIRST));
        for (number, store) in (1..).zip([one, two, three]) {
            write(&store.expect("it is made"), &FIRST, number).await.expect("it is written");
        }
    });
}

/// A schema that no other test has.
struct Place(Schema);

fn in_a_schema(test: impl AsyncFnOnce(Place)) {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let place = Place(server.own_schema(Database::Bytewise).await);
        test(place).await;
    });
}

impl Place {
    async fn open(&self, kind: &'static Kind) -> Result<PostgresStore, StoreError> {
        PostgresOptions::new(self.0.url()).schema(self.0.name()).open(Kinds::new([kind])).await
    }

    async fn run(&self, text: &str) {
        let mut other = PgConnection::connect(self.0.url()).await.expect("connected");
        other.execute(AssertSqlSafe(self.named(text))).await.expect("the statement runs");
    }

    async fn text(&self, text: &str) -> String {
        let mut other = PgConnection::connect(self.0.url()).await.expect("connected");
        sqlx::query_scalar(AssertSqlSafe(self.named(text))).fetch_one(&mut other).await.expect("a text")
    }

    async fn indexes(&self) -> String {
        let of_table = "SELECT string_agg(indexname, ' ' ORDER BY indexname COLLATE \"C\") FROM pg_indexes \
                        WHERE tablename = 'plan' AND schemaname = '{schema}'";
        self.text(of_table).await
    }

    fn named(&self, text: &str) -> String {
        text.replace("{schema}", self.0.name())
    }
}

async fn write(store: &PostgresStore, kind: &'static Kind, number: u64) -> Result<(), StoreError> {
    let id = Uuid::from_u128(number.into());
    let record = Arc::new(Plan { kind, id, title: okno_tests::text("Plan") });
    let mut batch = batch(here(), number);
    batch.puts.push(Put { record, expected: Version::ABSENT });
    store.commit(batch).await.map(drop)
}
