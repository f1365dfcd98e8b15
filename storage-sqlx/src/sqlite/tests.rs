//! Which indexes SQLite takes, with bound parameters as in life.

use okno::base::{TenantId, Timestamp};
use okno::condition::{
    Comparison, Expr, FieldRef, FieldType, Filter, Related, RelatedTerm, Slot, TextMatch, Unasked, Value,
};
use okno::store::{
    Column, Cursor, DecodeError, Direction, Edges, Index, Kind, Kinds, Lookup, Query, Relation, Select,
    SortBy, TextFilter,
};
use okno::text::TextQuery;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Row as _};
use uuid::Uuid;

use super::connection::once;
use super::kind_table;
use super::options::SqliteOptions;
use super::rows::ManyRows;
use crate::sql::{Arg, Dialect, Statement, Tables, buckets, count, find, page, values};

static ITEM: Kind = Kind {
    name: "item",
    columns: &[
        Column::new("status", FieldType::Code),
        Column::new("opened", FieldType::Instant),
        Column::new("title", FieldType::Text),
        Column::new("line", FieldType::Id),
    ],
    indexes: &[
        Index { name: "status", columns: &[Slot(0), Slot(1)] },
        Index { name: "opened", columns: &[Slot(1)] },
        Index { name: "title", columns: &[Slot(2)] },
        Index { name: "line", columns: &[Slot(3)] },
    ],
    texts: &["title"],
    relations: &[
        Relation::new("people", &PERSON, Slot(0)),
        Relation::new("values", &VALUE, Slot(0)),
        Relation::new("readers", &VALUE, Slot(0)).with_same(&[(Slot(2), Slot(1))]),
    ],
    growing: true,
    ..PERSON_KIND
};

static PERSON: Kind = PERSON_KIND;

/// Values of the fields of a dictionary.
static VALUE: Kind = Kind {
    name: "field_value",
    columns: &[
        Column::new("item", FieldType::Id),
        Column::new("field", FieldType::Code),
        Column::new("instant", FieldType::Instant),
    ],
    indexes: &[
        Index { name: "item", columns: &[Slot(0), Slot(1)] },
        Index { name: "instant", columns: &[Slot(1), Slot(2)] },
    ],
    growing: true,
    ..PERSON_KIND
};

const PERSON_KIND: Kind = Kind {
    name: "person",
    schema: 1,
    columns: &[Column::new("item", FieldType::Id), Column::new("employee", FieldType::Id)],
    indexes: &[
        Index { name: "item", columns: &[Slot(0)] },
        Index { name: "employee", columns: &[Slot(1), Slot(0)] },
    ],
    texts: &[],
    relations: &[],
    mark: None,
    growing: false,
    decode: |_, body| Err(unread(body)),
    decode_event: |body, _| Err(unread(body)),
};

fn unread(body: &str) -> DecodeError {
    let source = serde_json::from_str::<()>(body).expect_err("nothing is written here");
    DecodeError { kind: "item", source }
}

async fn plan(connection: &mut SqliteConnection, mut statement: Statement) -> String {
    statement.text.insert_str(0, "EXPLAIN QUERY PLAN ");
    let rows = once(statement).expect("arguments").fetch_all(connection).await.expect("a plan");
    rows.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>().join("\n")
}

async fn tables() -> (SqliteConnection, Tables) {
    let tables = Tables::new(Kinds::new([&ITEM, &PERSON, &VALUE]), None).expect("good names");
    let options = SqliteConnectOptions::new().in_memory(true);
    let mut connection = options.connect().await.expect("connected");
    super::schema::prepare(&mut connection, &tables).await.expect("made");
    (connection, tables)
}

fn compare(slot: u16, op: Comparison, value: Value) -> Expr {
    Expr::Compare(field(slot), op, value)
}

fn field(slot: u16) -> FieldRef {
    FieldRef::new(Slot(slot), ITEM.columns[usize::from(slot)].name)
}

fn query(expr: Expr, sort: Vec<SortBy>) -> Query {
    let filter = if expr == Expr::All(Vec::new()) { Filter::everything() } else { expr.ground(&Unasked) };
    Query { sort, ..Query::records(TenantId(Uuid::nil()), &ITEM, filter) }
}

/// The plans of all ranges of a page.
async fn plans(query: &Query) -> String {
    let (mut connection, tables) = tables().await;
    let mut plans = Vec::new();
    for mut statement in page(Dialect::Sqlite, &tables, query).expect("known kinds") {
        statement.args.push(Arg::Int(10));
        plans.push(plan(&mut connection, statement).await);
    }
    plans.join("\n")
}

#[tokio::test]
async fn a_page_of_rows_with_a_text_walks_its_index_newest_first_and_looks_at_each_row() {
    let of_somebody =
        Expr::Compare(FieldRef::new(Slot(1), "employee"), Comparison::Eq, Value::Id(Uuid::nil()));
    let mut query = query(Expr::Exists("people", Box::new(of_somebody)), Vec::new());
    query.text = Some(TextFilter::new(TextQuery::parse("word another*").expect("a query"), &["title"]));
    for after in [None, Some(Cursor { values: vec![Value::Int(7)], id: Uuid::nil() })] {
        query.after = after;
        let plans = plans(&query).await;
        let expected = [
            // Rows of the tenant that have the text, from the last one on: nothing is sorted.
            "SCAN x VIRTUAL TABLE INDEX 192:M1><",
            "SCALAR SUBQUERY 1",
            "SEARCH okno_head USING PRIMARY KEY (tenant=?)",
            "SCALAR SUBQUERY 2",
            "SEARCH okno_head USING PRIMARY KEY (tenant=?)",
            "REUSE SUBQUERY 1",
            "REUSE SUBQUERY 2",
            "SEARCH t0 USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH t1 EXISTS USING COVERING INDEX person.employee (tenant=? AND employee=? AND item=?)",
        ];
        assert_eq!(plans, expected.join("\n"));
    }
}

fn newest_first() -> Vec<SortBy> {
    vec![SortBy::new(Slot(1), Direction::Descending)]
}

#[tokio::test]
async fn a_page_behind_a_cursor_seeks_in_the_index_of_its_order() {
    let mut query = query(Expr::All(Vec::new()), newest_first());
    query.after = Some(Cursor { values: vec![Value::Instant(Timestamp::MIN)], id: Uuid::nil() });
    query.select = Select::Columns(vec![Slot(0).into()]);
    assert_eq!(
        plans(&query).await,
        "SEARCH t0 USING INDEX item.opened (tenant=? AND opened=? AND id<?)\n\
         SEARCH t0 USING INDEX item.opened (tenant=? AND opened<?)\n\
         SEARCH t0 USING INDEX item.opened (tenant=? AND opened=?)"
    );
}

#[tokio::test]
async fn a_pinned_column_and_an_order_take_one_index_without_sorting() {
    let new = compare(0, Comparison::Eq, Value::Code("new".into()));
    let mut query = query(new, newest_first());
    assert_eq!(plans(&query).await, "SEARCH t0 USING INDEX item.status (tenant=? AND status=?)");
    query.after = Some(Cursor { values: vec![Value::Absent], id: Uuid::nil() });
    assert_eq!(
        plans(&query).await,
        "SEARCH t0 USING INDEX item.status (tenant=? AND status=? AND opened=? AND id<?)"
    );
    query.select = Select::Count;
    let (mut connection, tables) = tables().await;
    let counting = count(Dialect::Sqlite, &tables, &query).expect("known kinds");
    assert_eq!(
        plan(&mut connection, counting).await,
        "SEARCH t0 USING COVERING INDEX item.status (tenant=? AND status=?)"
    );
}

#[tokio::test]
async fn beginnings_lists_and_relations_take_indexes() {
    let begins = Expr::Matches(field(2), TextMatch::StartsWith, "ab".into());
    let found = plans(&query(begins, Vec::new())).await;
    assert!(found.contains("item.title (tenant=? AND title_key>? AND title_key<?)"), "{found}");
    let ids = |count: u128| (0..count).map(|id| Value::Id(Uuid::from_u128(id))).collect();
    for count in [3, 3_000] {
        let found = plans(&query(Expr::In(field(3), ids(count)), Vec::new())).await;
        assert!(found.contains("item.line (tenant=? AND line=?)"), "{found}");
    }
    let employee = FieldRef::new(Slot(1), "employee");
    let mine = Expr::Compare(employee, Comparison::Eq, Value::Id(Uuid::nil()));
    let involved = Expr::Exists("people", Box::new(mine));
    let found = plans(&query(involved.clone(), Vec::new())).await;
    assert!(found.contains("SEARCH t0 USING INDEX sqlite_autoindex_item_1 (tenant=? AND id=?)"), "{found}");
    assert!(found.contains("COVERING INDEX person.employee (tenant=? AND employee=?"), "{found}");
    // What a policy asks: one of few branches, each with an index.
    let branches = Expr::Any(vec![Expr::In(field(3), ids(3)), involved]);
    let found = plans(&query(branches, Vec::new())).await;
    assert!(found.contains("MULTI-INDEX OR") && !found.contains("SCAN t0"), "{found}");
}

fn due() -> Related {
    Related { relation: "values", guard: Some((Slot(1), Value::Code("due".into()))), slot: Slot(2) }
}

#[tokio::test]
async fn a_field_of_a_dictionary_is_found_in_the_index_of_its_values() {
    let late = Expr::Compare(FieldRef::new(Slot(2), "due"), Comparison::Lt, Value::Instant(Timestamp::MIN));
    let late = Expr::Related(Box::new(RelatedTerm::new(due(), "due", late)));
    let found = plans(&query(late, Vec::new())).await;
    assert!(found.contains("INDEX field_value.instant (tenant=? AND field=? AND instant<?)"), "{found}");
    assert!(found.contains("SEARCH t0 USING INDEX sqlite_autoindex_item_1 (tenant=? AND id=?)"), "{found}");
}

#[tokio::test]
async fn each_row_leads_to_the_value_that_it_is_sorted_by() {
    let sort = vec![SortBy::new(due(), Direction::Ascending)];
    let mut query = query(compare(0, Comparison::Eq, Value::Code("new".into())), sort);
    for after in [None, Some(Cursor { values: vec![Value::Absent], id: Uuid::nil() })] {
        query.after = after;
        let found = plans(&query).await;
        assert!(found.contains("SEARCH t0 USING INDEX item.status (tenant=? AND status=?)"), "{found}");
        assert!(
            found.contains("SEARCH r USING INDEX field_value.item (tenant=? AND item=? AND field=?)"),
            "{found}"
        );
        assert!(
            found.contains("SEARCH s0 USING INDEX sqlite_autoindex_field_value_1 (tenant=? AND id=?)"),
            "{found}"
        );
        assert!(!found.contains("SCAN"), "{found}");
    }
}

#[tokio::test]
async fn groups_are_counted_in_the_index_of_their_column() {
    let (mut connection, tables) = tables().await;
    let everything = query(Expr::All(Vec::new()), Vec::new());
    let counting = values(Dialect::Sqlite, &tables, &everything, &Slot(0).into()).expect("known kinds");
    let found = plan(&mut connection, counting).await;
    assert_eq!(found, "SEARCH t0 USING COVERING INDEX item.status (tenant=?)");
    let edges = Edges::new([Timestamp::MIN, Timestamp::MAX]);
    let counting = buckets(Dialect::Sqlite, &tables, &everything, (&Slot(1).into(), &edges));
    let found = plan(&mut connection, counting.expect("known kinds")).await;
    assert!(
        found.contains("SEARCH t0 USING COVERING INDEX item.opened (tenant=? AND opened>? AND opened<?)"),
        "{found}"
    );
    let counting = values(Dialect::Sqlite, &tables, &everything, &due().into()).expect("known kinds");
    let found = plan(&mut connection, counting).await;
    assert!(
        found.contains("SEARCH r USING INDEX field_value.item (tenant=? AND item=? AND field=?)"),
        "{found}"
    );
}

#[tokio::test]
async fn a_relation_with_equal_columns_takes_indexes() {
    let of_me = Expr::Compare(FieldRef::new(Slot(1), "field"), Comparison::Eq, Value::Code("me".into()));
    let read = Expr::Exists("readers", Box::new(of_me));
    let found = plans(&query(read.clone(), Vec::new())).await;
    assert!(found.contains("SEARCH t0 USING INDEX sqlite_autoindex_item_1 (tenant=? AND id=?)"), "{found}");
    assert!(found.contains("INDEX field_value.instant (tenant=? AND field=?"), "{found}");
    let unread = vec![compare(0, Comparison::Eq, Value::Code("new".into())), Expr::Not(Box::new(read))];
    let found = plans(&query(Expr::All(unread), newest_first())).await;
    assert!(found.contains("SEARCH t0 USING INDEX item.status (tenant=? AND status=?)"), "{found}");
    assert!(found.contains("INDEX field_value.instant (tenant=? AND field=?"), "{found}");
}

#[tokio::test]
async fn the_rows_that_a_group_touches_are_looked_up_one_by_one() {
    let (mut connection, tables) = tables().await;
    let table = tables.get("item").expect("a table");
    let two = |rows: ManyRows, width: usize| {
        let mut statement = Statement::new(Dialect::Sqlite, rows.for_two());
        statement.args = vec![Arg::Id(Uuid::nil()); 2 * width];
        statement
    };
    let found = plan(&mut connection, two(kind_table::versions(table), 2)).await;
    assert!(found.contains("SEARCH t USING INDEX sqlite_autoindex_item_1 (tenant=? AND id=?)"), "{found}");
    let found = plan(&mut connection, two(kind_table::delete(table), 2)).await;
    assert!(
        found.contains("SEARCH item USING COVERING INDEX sqlite_autoindex_item_1 (tenant=? AND id=?)"),
        "{found}"
    );
    assert!(!found.contains("SCAN t\n") && !found.contains("SCAN item"), "{found}");
}

#[tokio::test]
async fn the_events_to_erase_are_found_by_their_subject() {
    let (mut connection, _) = tables().await;
    let mut erasing = Statement::new(Dialect::Sqlite, super::write::erase().for_two());
    let of_one = [Arg::Id(Uuid::nil()), Arg::Text("item".into()), Arg::Id(Uuid::nil()), Arg::Int(9)];
    erasing.args = [of_one.clone(), of_one].concat();
    let found = plan(&mut connection, erasing).await;
    let by_subject = "okno_event_subject (tenant=? AND subject_kind=? AND subject_id=? AND position<?)";
    assert!(found.contains(by_subject), "{found}");
    assert!(found.contains("SEARCH okno_event USING INTEGER PRIMARY KEY (rowid=?)"), "{found}");
    assert!(!found.contains("SCAN okno_event"), "{found}");
}

#[tokio::test]
async fn a_lookup_takes_its_index() {
    let (mut connection, tables) = tables().await;
    let status = (Slot(0), Value::Code("new".into()));
    let opened = (Slot(1), Value::Instant(Timestamp::MIN));
    for (equal, columns) in [
        (vec![status.clone(), opened], "tenant=? AND status=? AND opened=?"),
        (vec![status], "tenant=? AND status=?"),
        (vec![(Slot(3), Value::Id(Uuid::nil()))], "tenant=? AND line=?"),
    ] {
        let lookup = Lookup { kind: &ITEM, equal, limit: 10 };
        let mut statement = Statement::new(Dialect::Sqlite, "");
        let table = tables.get("item").expect("a table");
        assert!(find(&mut statement, table, &lookup, (0, Arg::Id(Uuid::nil()))));
        let found = plan(&mut connection, statement).await;
        assert!(found.contains(&format!("({columns})")), "{found}");
    }
}

#[tokio::test]
async fn due_work_is_found_in_its_order() {
    let (mut connection, _) = tables().await;
    let mut claiming = Statement::new(Dialect::Sqlite, super::work::CLAIM);
    claiming.args = vec![Arg::Int(1); 6];
    claiming.args.push(Arg::Text("[]".to_owned()));
    let found = plan(&mut connection, claiming).await;
    assert!(found.contains("SEARCH okno_work USING INDEX okno_work_due (queue=? AND due<?)"), "{found}");
    assert!(found.contains("SEARCH okno_work USING INTEGER PRIMARY KEY (rowid=?)"), "{found}");
    assert!(!found.contains("SCAN okno_work"), "{found}");
}

#[tokio::test]
async fn what_the_writer_commits_is_synced_and_what_it_deletes_overwritten() {
    let dir = tempfile::tempdir().expect("a directory");
    let options = SqliteOptions::new(dir.path().join("desk.db"));
    let mut writer = options.writer().connect().await.expect("connected");
    let synchronous: i64 =
        sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut writer).await.expect("a number");
    assert_eq!(synchronous, 2, "FULL: a commit waits for the disk");
    let journal: String =
        sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut writer).await.expect("a mode");
    assert_eq!(journal, "wal", "readers do not wait for the writer");
    let overwrites: i64 =
        sqlx::query_scalar("PRAGMA secure_delete").fetch_one(&mut writer).await.expect("a number");
    assert_eq!(overwrites, 1, "ON: what is deleted is overwritten");
}
