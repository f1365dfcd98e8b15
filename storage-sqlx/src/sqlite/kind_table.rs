//! The table of a kind in SQLite: how it is made, and what a row of it holds.

use std::collections::BTreeMap;

use okno::condition::FieldType;
use okno::store::{Index, IndexedRows, Version};
use uuid::Uuid;

use super::failure::Failure;
use super::rows::ManyRows;
use crate::sql::{Arg, PreparedRecord, Table, TableColumn, int, position};

/// The columns that every kind's row is found by.
const KEY: [&str; 2] = ["\"tenant\"", "\"id\""];

/// The number of a row with searched texts.
const ROW_NUMBER: &str = "\"row_number\"";

/// A row of a kind's table.
#[derive(Debug)]
pub(crate) struct KindRow<'a> {
    pub(crate) tenant: Uuid,
    pub(crate) id: Uuid,
    pub(crate) version: Version,
    pub(crate) position: u64,
    /// The schema number that wrote the body.
    pub(crate) schema: u32,
    pub(crate) record: &'a PreparedRecord,
    pub(crate) body: &'a str,
}

impl KindRow<'_> {
    /// The arguments of the row, in the order of [`Table::names`].
    pub(crate) fn args(&self, table: &Table, args: &mut Vec<Arg>) -> Result<(), Failure> {
        self.args_of(table, |_| true, args)
    }

    /// The arguments of the row with some of the kind's columns.
    pub(crate) fn args_of(
        &self,
        table: &Table,
        written: impl Fn(usize) -> bool,
        args: &mut Vec<Arg>,
    ) -> Result<(), Failure> {
        args.extend([Arg::Id(self.tenant), Arg::Id(self.id)]);
        args.extend([Arg::Int(int(self.version.0)?), Arg::Int(position(self.position))]);
        args.push(Arg::Int(self.schema.into()));
        let columns = table.columns.iter().zip(&self.record.values).enumerate();
        for (_, (column, value)) in columns.filter(|(place, _)| written(*place)) {
            args.push(Arg::raw(value.borrow()));
            if column.key != column.raw {
                args.push(Arg::key(value.borrow()));
            }
        }
        args.push(Arg::Text(self.body.to_owned()));
        Ok(())
    }
}

/// Writes rows of the table, under its own name or that of its successor.
pub(crate) fn upsert(table: &Table, name: &str) -> ManyRows {
    ManyRows::insert(name, &table.names(), &KEY)
}

/// Writes new rows with searched texts: behind what every row has, each has a number.
pub(crate) fn insert_numbered(table: &Table, name: &str) -> ManyRows {
    ManyRows::insert(name, &[&table.names()[..], &[ROW_NUMBER]].concat(), &[])
}

/// Writes some of the columns of rows that are there: SQLite writes every index anew that has a column which is set.
pub(crate) fn update(table: &Table, written: &[bool]) -> ManyRows {
    ManyRows::insert(&table.name, &table.names_of(|place| written.get(place) == Some(&true)), &KEY)
}

/// Reads the versions of records that have another one than expected, 0 where there is none.
pub(crate) fn versions(part: usize, table: &Table) -> ManyRows {
    let after = format!(
        ") AS k LEFT JOIN {} AS t ON t.\"tenant\" = k.column1 AND t.\"id\" = k.column2 \
         WHERE ifnull(t.\"row_version\", 0) <> k.column3",
        table.name
    );
    let before = format!("SELECT {part}, k.column1, k.column2, ifnull(t.\"row_version\", 0) FROM (VALUES ");
    ManyRows::new(before, 3, after)
}

/// Reads records: the number of what is read, what [`loaded`](crate::sql::loaded) reads, and the tenant.
pub(crate) fn records(part: usize, table: &Table) -> ManyRows {
    let columns =
        ["\"id\"", "\"row_version\"", "\"position\"", "\"row_schema\"", "\"row_body\"", "\"tenant\""];
    ManyRows::select(part, &table.name, &columns, &KEY)
}

/// Deletes records.
pub(crate) fn delete(table: &Table) -> ManyRows {
    ManyRows::delete(&table.name, "\"tenant\", \"id\"", &KEY)
}

/// The text that creates the table under a name.
///
/// Rows hold whole bodies: SQLite keeps such rows best below a rowid, with the key as an index of its own. The body
/// comes last, so that reading a column never walks through it. Only the key is declared to be there: an update that could
/// fail in the middle makes SQLite keep a journal of the statement.
pub(crate) fn create(table: &Table, name: &str) -> String {
    let columns = columns(table).into_iter().map(|(name, ty)| {
        let more = match name {
            // A rowid of its own name, which stays when the file is written anew.
            ROW_NUMBER => " PRIMARY KEY",
            name if KEY.contains(&name) => " NOT NULL",
            _ => "",
        };
        format!("{name} {ty}{more}, ")
    });
    let key = if table.is_searched() { "UNIQUE" } else { "PRIMARY KEY" };
    format!("CREATE TABLE {name} ({}{key} (\"tenant\", \"id\")) STRICT", columns.collect::<String>())
}

/// The quoted names of everything that a row holds with their types: its number, and the rest in the order of
/// [`Table::names`].
pub(crate) fn columns(table: &Table) -> Vec<(&str, &'static str)> {
    let mut types = vec!["BLOB", "BLOB", "INTEGER", "INTEGER", "INTEGER"];
    for column in &table.columns {
        let ty = match column.ty {
            FieldType::Bool | FieldType::Int | FieldType::Decimal | FieldType::Instant | FieldType::Date => {
                "INTEGER"
            }
            FieldType::Id => "BLOB",
            FieldType::Code | FieldType::Text => "TEXT",
        };
        types.push(ty);
        if column.key != column.raw {
            types.push(ty);
        }
    }
    types.push("TEXT");
    let number = table.is_searched().then_some((ROW_NUMBER, "INTEGER"));
    number.into_iter().chain(table.names().into_iter().zip(types)).collect()
}

/// The names of the indexes and the texts that create them: the tenant leads each, and the id ends it.
pub(crate) fn indexes(table: &Table) -> BTreeMap<String, String> {
    let indexes = table.kind.indexes.iter().map(|index| {
        let mut columns = vec!["\"tenant\""];
        columns.extend(index_columns(table, index).map(|column| &*column.key));
        if columns.last() != Some(&"\"id\"") {
            columns.push("\"id\"");
        }
        columns.extend(carried_columns(table, index).map(|column| &*column.key));
        let (name, rows) = (index_name(table, index), table.indexed_rows(index));
        let text = format!("CREATE INDEX \"{name}\" ON {} ({}){rows}", table.name, columns.join(", "));
        (name, text)
    });
    indexes.collect()
}

/// The indexes and what the planner is told of each: how many rows there are, and how many have the same first column,
/// the same first two, and so on (<https://www.sqlite.org/fileformat2.html#stat1tab>).
///
/// A tenant can be the whole table, so that an index is worth what the columns behind the tenant narrow. Left to
/// itself, SQLite takes a tenant for ten rows and walks through all of them to spare a sort.
pub(crate) fn statistics(table: &Table) -> Vec<(String, String)> {
    let key = (format!("sqlite_autoindex_{}_1", table.kind.name), format!("{ROWS} {ROWS} 1"));
    let indexes = table.kind.indexes.iter().map(|index| {
        let rows = if index.rows == IndexedRows::All { ROWS } else { ROWS / PART };
        let (mut stat, mut same) = (format!("{rows} {rows}"), rows);
        let columns: Vec<_> = index_columns(table, index).collect();
        // A column that says yes in all rows tells none apart.
        let holding = index.rows.holding().and_then(|slot| table.column(slot)).map(|column| &column.key);
        for column in &columns {
            same = match column.nullable {
                true if Some(&column.key) == holding => same,
                true => (same / values(column.ty)).max(1),
                false => 1,
            };
            stat.push_str(&format!(" {same}"));
        }
        if columns.last().is_none_or(|column| column.key != "\"id\"") {
            stat.push_str(" 1");
        }
        stat.push_str(&" 1".repeat(carried_columns(table, index).count()));
        (index_name(table, index), stat)
    });
    indexes.chain([key]).collect()
}

fn index_columns<'a>(table: &'a Table, index: &Index) -> impl Iterator<Item = &'a TableColumn> {
    index.columns.iter().filter_map(|slot| table.column(*slot))
}

fn carried_columns<'a>(table: &'a Table, index: &Index) -> impl Iterator<Item = &'a TableColumn> {
    index.carried.iter().filter_map(|slot| table.column(*slot))
}

/// Whether an index of that name would be one of the kind's own; other programs may add theirs.
pub(crate) fn is_own_index(table: &Table, name: &str) -> bool {
    name.strip_prefix(table.kind.name).is_some_and(|rest| rest.starts_with('.'))
}

/// A dot is in no name of a kind, so that two indexes never have one name.
fn index_name(table: &Table, index: &Index) -> String {
    format!("{}.{}", table.kind.name, index.name)
}

/// How many values of a type the planner reckons with.
fn values(ty: FieldType) -> u64 {
    match ty {
        FieldType::Bool => 2,
        FieldType::Code => 20,
        FieldType::Int | FieldType::Date => 500,
        FieldType::Id => 2_000,
        FieldType::Decimal | FieldType::Instant | FieldType::Text => 50_000,
    }
}

/// Rows that the planner reckons with.
const ROWS: u64 = 1_000_000;
/// What part of the rows the planner takes an index for that has not all: one in so many.
const PART: u64 = 4;
