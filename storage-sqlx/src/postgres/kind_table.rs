//! The table of a kind in PostgreSQL: how it is made, and what a row of it holds.

use std::collections::BTreeMap;

use okno::store::Version;
use uuid::Uuid;

use super::failure::Failure;
use super::lists::Lists;
use crate::sql::{Arg, Dialect, Kept, PreparedRecord, Table, int, position, quoted, tsvector};

/// A row of a kind's table, without its tenant.
#[derive(Debug)]
pub(crate) struct KindRow<'a> {
    pub(crate) id: Uuid,
    pub(crate) version: Version,
    /// The position of its last change, or how far that lies behind the head's.
    pub(crate) position: u64,
    /// The schema number that wrote the body.
    pub(crate) schema: u32,
    /// The number of a row with searched texts, or how far that lies behind the head's; none when it has one already.
    pub(crate) number: Option<i64>,
    /// Whether the row that is there has the same texts.
    pub(crate) same_texts: bool,
    pub(crate) record: &'a PreparedRecord,
    pub(crate) body: &'a str,
}

/// No rows of a kind's table, without their tenant.
pub(crate) fn rows(table: &Table) -> Lists {
    Lists::new(columns(table).into_iter().skip(1))
}

/// The quoted names of everything that a row holds: of one with searched texts, also its number and what is searched.
fn names(table: &Table) -> Vec<&str> {
    let of_texts = [ROW_NUMBER, ROW_TEXTS].into_iter().filter(|_| table.is_searched());
    table.names().into_iter().chain(of_texts).collect()
}

/// The arguments of a row, in the order of [`names`] without the tenant.
pub(crate) fn args(table: &Table, row: &KindRow<'_>) -> Result<Vec<Arg>, Failure> {
    let mut args = vec![Arg::Id(row.id), Arg::Int(int(row.version.0)?), Arg::Int(position(row.position))];
    args.push(Arg::Int(row.schema.into()));
    for (column, value) in table.columns.iter().zip(&row.record.values) {
        args.push(Arg::raw(value.borrow()));
        if column.key != column.raw {
            args.push(Arg::key(value.borrow()));
        }
    }
    args.push(Arg::Text(row.body.to_owned()));
    if table.is_searched() {
        args.push(row.number.map_or(Arg::Null, Arg::Int));
        args.push(if row.same_texts { Arg::Null } else { Arg::Text(tsvector(&row.record.texts)) });
    }
    Ok(args)
}

/// The quoted names of everything that a row holds and how it is kept, in the order of [`names`].
pub(crate) fn columns(table: &Table) -> Vec<(&str, Kept)> {
    let mut kept = vec![Kept::Id, Kept::Id, Kept::Int, Kept::Int, Kept::Int];
    for column in &table.columns {
        kept.push(column.ty.into());
        if column.key != column.raw {
            kept.push(column.ty.into());
        }
    }
    kept.extend([Kept::Text, Kept::Int, Kept::Tokens]);
    names(table).into_iter().zip(kept).collect()
}

/// The type of a column that is kept in a way, as PostgreSQL gives it back, and with the order of its bytes.
pub(crate) fn column_type(kept: Kept) -> (&'static str, &'static str) {
    match kept {
        Kept::Int => ("bigint", "BIGINT"),
        Kept::Id => ("uuid", "UUID"),
        Kept::Text => ("text", "TEXT COLLATE \"C\""),
        Kept::Bytes => ("bytea", "BYTEA"),
        Kept::Tokens => ("tsvector", "TSVECTOR"),
    }
}

/// The text that creates the table.
pub(crate) fn create(table: &Table) -> String {
    let nullable = |name: &str| {
        let of_texts = matches!(name, ROW_NUMBER | ROW_TEXTS);
        of_texts || table.columns.iter().any(|column| column.raw == name || column.key == name)
    };
    let columns = columns(table).into_iter().map(|(name, kept)| {
        let not_null = if nullable(name) { "" } else { " NOT NULL" };
        format!("{name} {}{not_null}", column_type(kept).1)
    });
    format!("CREATE TABLE {} ({})", table.name, columns.collect::<Vec<_>>().join(", "))
}

/// The text that makes the key of the table. It comes after the indexes: as long as a table has no statistics, every index
/// seems equally good, and the planner takes the one that was made last.
pub(crate) fn create_key(table: &Table) -> String {
    // A colon is in no name of a kind: tables and indexes of a schema never share one.
    let key = quoted(&format!("{}:key", table.kind.name));
    format!("ALTER TABLE {} ADD CONSTRAINT {key} PRIMARY KEY (\"tenant\", \"id\")", table.name)
}

/// The names of the indexes and the texts that create them: the tenant leads each, and the id ends it.
pub(crate) fn indexes(table: &Table) -> BTreeMap<String, String> {
    let indexes = table.kind.indexes.iter().map(|index| {
        let mut columns = vec!["\"tenant\"".to_owned()];
        let of_kind: Vec<_> = index.columns.iter().filter_map(|slot| table.column(*slot)).collect();
        columns.extend(of_kind.iter().map(|column| {
            let beginning = Dialect::Postgres.beginning(&column.key, column.is_long);
            let order = Dialect::Postgres.order(false, column.nullable);
            format!("{} {order}", beginning.as_deref().unwrap_or(&column.key))
        }));
        if of_kind.last().is_none_or(|column| column.key != "\"id\"") {
            columns.push("\"id\"".to_owned());
        }
        let name = format!("{}.{}", table.kind.name, index.name);
        let text = format!("CREATE INDEX {} ON {} ({})", quoted(&name), table.name, columns.join(", "));
        (name, text)
    });
    indexes.chain(text_indexes(table)).collect()
}

/// The index of the texts, and that of the order in which rows with a text come.
fn text_indexes(table: &Table) -> impl Iterator<Item = (String, String)> + '_ {
    let searched = table.is_searched().then(|| {
        [("texts", format!("USING gin ({ROW_TEXTS})")), ("number", format!("(\"tenant\", {ROW_NUMBER})"))]
    });
    searched.into_iter().flatten().map(|(index, of)| {
        // A colon is in no name of an index that a kind declares.
        let name = format!("{}.:{index}", table.kind.name);
        let text = format!("CREATE INDEX {} ON {} {of}", quoted(&name), table.name);
        (name, text)
    })
}

/// Whether an index of that name would be one of the kind's own; other programs may add theirs.
pub(crate) fn is_own_index(table: &Table, name: &str) -> bool {
    name.strip_prefix(table.kind.name).is_some_and(|rest| rest.starts_with('.'))
}

/// The beginning of a statement that inserts rows.
pub(crate) fn insert(table: &Table) -> String {
    format!("INSERT INTO {} ({})", table.name, names(table).join(", "))
}

/// What stands in the columns of a row behind the position, taken from `v`; numbers are counted from `born`.
pub(crate) fn selected(table: &Table, born: &str) -> String {
    let names = names(table);
    let selected = names[4..].iter().map(|name| match *name {
        ROW_NUMBER => format!(", {born} + v.{ROW_NUMBER}"),
        ROW_TEXTS => format!(", v.{ROW_TEXTS}::tsvector"),
        name => format!(", v.{name}"),
    });
    selected.collect()
}

/// What replaces a row that is there; it keeps its number and what is searched unless it comes with
/// others.
pub(crate) fn replace(table: &Table) -> String {
    let names = names(table);
    let changes = names[2..].iter().map(|name| match *name {
        ROW_NUMBER | ROW_TEXTS => {
            let kept = quoted(table.kind.name);
            format!("{name} = COALESCE(excluded.{name}, {kept}.{name})")
        }
        name => format!("{name} = excluded.{name}"),
    });
    let changes: Vec<_> = changes.collect();
    format!(" ON CONFLICT (\"tenant\", \"id\") DO UPDATE SET {}", changes.join(", "))
}

const ROW_NUMBER: &str = "\"row_number\"";
const ROW_TEXTS: &str = "\"row_texts\"";
