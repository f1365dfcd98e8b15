//! Pages as SQL.
//!
//! The rows behind a cursor are a few ranges, one after another in the order asked for: equal in every sort column and
//! behind in the id; equal in all but the last and behind in that; and so on. Each is a statement of its own, so that
//! an index leads straight to its first row however deep the page lies.

use okno::condition::{Slot, Value};
use okno::store::{Cursor, Direction, Query, Select, SortBy, StoreError};

use super::filter::Terms;
use super::statement::{Arg, Dialect, Statement};
use super::table::{Table, TableColumn, Tables};

/// What the statements of a page select: the id and the version first, and then either whole records or columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PageColumns {
    /// `position`, `row_schema`, `row_body`.
    Records,
    /// These columns: those asked for, and the sort columns behind them.
    Columns(Vec<Slot>),
}

impl PageColumns {
    /// What a query needs of each row.
    pub(crate) fn of(query: &Query) -> Self {
        match &query.select {
            Select::Columns(asked) => {
                let sorted = query.sort.iter().map(|sort| sort.slot);
                Self::Columns(asked.iter().copied().chain(sorted).collect())
            }
            Select::Records | Select::Count => Self::Records,
        }
    }
}

/// The statement that counts the rows of a query.
///
/// # Errors
/// [`StoreError::UnknownKind`].
pub(crate) fn count(dialect: Dialect, tables: &Tables, query: &Query) -> Result<Statement, StoreError> {
    let table = tables.get(query.kind.name)?;
    let mut sql = Statement::new(dialect, "SELECT count(*)");
    from(&mut sql, tables, table, query)?;
    Ok(sql)
}

/// The statements whose rows, one after another, are the page; each ends with the number of rows wanted, which the
/// caller binds.
///
/// # Errors
/// [`StoreError::UnknownKind`].
pub(crate) fn page(dialect: Dialect, tables: &Tables, query: &Query) -> Result<Vec<Statement>, StoreError> {
    let table = tables.get(query.kind.name)?;
    let mut head = Statement::new(dialect, "SELECT t0.\"id\", t0.\"row_version\"");
    match PageColumns::of(query) {
        PageColumns::Records => head.push(", t0.\"position\", t0.\"row_schema\", t0.\"row_body\""),
        PageColumns::Columns(slots) => {
            for slot in slots {
                match table.column(slot) {
                    Some(column) => head.put(format_args!(", t0.{}", column.raw)),
                    None => head.push(", NULL"),
                }
            }
        }
    }
    from(&mut head, tables, table, query)?;
    let ranges = query.after.as_ref().map_or_else(|| vec![Vec::new()], |cursor| behind(table, query, cursor));
    let statements = ranges.into_iter().map(|range| {
        let mut sql = head.clone();
        for bound in range {
            bound.write(&mut sql);
        }
        order(&mut sql, table, query);
        sql.push(" LIMIT ?");
        sql
    });
    Ok(statements.collect())
}

fn from(sql: &mut Statement, tables: &Tables, table: &Table, query: &Query) -> Result<(), StoreError> {
    sql.put(format_args!(" FROM {} AS t0 WHERE t0.\"tenant\" = ", table.name));
    sql.bind(Arg::Id(query.tenant.0));
    if query.filter != okno::condition::Filter::everything() {
        sql.push(" AND ");
        Terms::new(tables, query.tenant.0, table).write(sql, query.filter.expr())?;
    }
    Ok(())
}

/// A bound of a range.
#[derive(Debug, Clone)]
struct Bound<'a> {
    column: &'a TableColumn,
    holds: Holds,
}

#[derive(Debug, Clone)]
enum Holds {
    Equal(Arg),
    Less(Arg),
    Greater(Arg),
    Absent,
    Present,
}

impl Bound<'_> {
    fn write(self, sql: &mut Statement) {
        let key = &self.column.key;
        match self.holds {
            Holds::Equal(arg) => write_compared(sql, key, "=", arg),
            Holds::Less(arg) => write_compared(sql, key, "<", arg),
            Holds::Greater(arg) => write_compared(sql, key, ">", arg),
            Holds::Absent => sql.put(format_args!(" AND t0.{key} IS NULL")),
            Holds::Present => sql.put(format_args!(" AND t0.{key} IS NOT NULL")),
        }
    }
}

fn write_compared(sql: &mut Statement, key: &str, operator: &str, arg: Arg) {
    sql.put(format_args!(" AND t0.{key} {operator} "));
    sql.bind(arg);
}

/// The ranges behind a cursor, in order.
fn behind<'a>(table: &'a Table, query: &Query, cursor: &Cursor) -> Vec<Vec<Bound<'a>>> {
    let id = SortBy { slot: Slot::ID, direction: query.id_direction() };
    let at_id = Value::Id(cursor.id);
    let places: Vec<_> = query.sort.iter().zip(&cursor.values).chain([(&id, &at_id)]).collect();
    let mut ranges = Vec::new();
    for (n, (sort, value)) in places.iter().enumerate().rev() {
        let Some(column) = table.column(sort.slot) else { continue };
        let equal: Vec<_> =
            places[..n].iter().filter_map(|(sort, value)| equal(table, sort, value)).collect();
        for holds in past(column, sort.direction, value) {
            let mut range = equal.clone();
            range.push(Bound { column, holds });
            ranges.push(range);
        }
    }
    ranges
}

fn equal<'a>(table: &'a Table, sort: &SortBy, value: &Value) -> Option<Bound<'a>> {
    let column = table.column(sort.slot)?;
    let holds = match value {
        Value::Absent => Holds::Absent,
        present => Holds::Equal(Arg::key(present.borrow())),
    };
    Some(Bound { column, holds })
}

/// What lies past a value in a direction; absent values come before every other.
fn past(column: &TableColumn, direction: Direction, value: &Value) -> Vec<Holds> {
    match (direction, value) {
        (Direction::Ascending, Value::Absent) => vec![Holds::Present],
        (Direction::Descending, Value::Absent) => Vec::new(),
        (Direction::Ascending, value) => vec![Holds::Greater(Arg::key(value.borrow()))],
        (Direction::Descending, value) => {
            let mut past = vec![Holds::Less(Arg::key(value.borrow()))];
            past.extend(column.nullable.then_some(Holds::Absent));
            past
        }
    }
}

fn order(sql: &mut Statement, table: &Table, query: &Query) {
    sql.push(" ORDER BY ");
    for sort in &query.sort {
        if let Some(column) = table.column(sort.slot) {
            sql.put(format_args!("t0.{} {}, ", column.key, direction(sort.direction)));
        }
    }
    sql.put(format_args!("t0.\"id\" {}", direction(query.id_direction())));
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    }
}
