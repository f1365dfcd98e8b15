//! Pages as SQL.
//!
//! The rows behind a cursor are a few ranges, one after another in the order asked for: equal in every sort column and
//! behind in the id; equal in all but the last and behind in that; and so on. Each is a statement of its own, so that
//! an index leads straight to its first row however deep the page lies.

use okno::condition::{Filter, Place, Slot, Value};
use okno::store::{Cursor, Direction, Query, Select, SortBy, StoreError};

use super::filter::{Relations, Terms};
use super::places::{PlacedColumn, Places};
use super::statement::{Arg, Dialect, Statement};
use super::table::Tables;
use super::text;

/// What the statements of a page select: the id and the version, the position, schema and body of whole records, and
/// the values at places, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageColumns<'a> {
    /// Whether whole records are wanted.
    pub(crate) records: bool,
    /// The places of the values that are wanted.
    pub(crate) asked: &'a [Place],
    /// What is read beside records: what is wanted, and what rows are sorted by.
    places: Vec<&'a Place>,
    searched: bool,
}

impl<'a> PageColumns<'a> {
    /// What a query needs of each row.
    pub(crate) fn of(query: &'a Query) -> Self {
        let asked = match &query.select {
            Select::Columns(asked) => &asked[..],
            Select::Records | Select::Count | Select::Groups(_) => &[],
        };
        let mut places: Vec<&Place> = Vec::new();
        for place in asked.iter().chain(query.sort.iter().map(|sort| &sort.place)) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        Self { records: query.select == Select::Records, asked, places, searched: query.text.is_some() }
    }

    /// The number of the column that holds the number of a row, where a text is searched for.
    pub(crate) fn number(&self) -> usize {
        self.first() + self.places.len()
    }

    /// The number of the column that holds the value at a place.
    pub(crate) fn at(&self, place: &Place) -> Option<usize> {
        self.places.iter().position(|read| *read == place).map(|at| self.first() + at)
    }

    /// How many columns there are.
    pub(crate) fn count(&self) -> usize {
        self.number() + usize::from(self.searched)
    }

    /// The number of the first column that holds a value.
    fn first(&self) -> usize {
        if self.records { 5 } else { 2 }
    }
}

/// The statement that counts the rows of a query.
///
/// # Errors
/// [`StoreError::UnknownKind`].
pub(crate) fn count(dialect: Dialect, tables: &Tables, query: &Query) -> Result<Statement, StoreError> {
    let mut sql = Statement::new(dialect, "SELECT count(*)");
    from(&mut sql, tables, &Places::new(tables, query, [])?, query)?;
    Ok(sql)
}

/// The statements whose rows, one after another, are the page; each ends with the number of rows wanted, which the
/// caller binds.
///
/// # Errors
/// [`StoreError::UnknownKind`].
pub(crate) fn page(dialect: Dialect, tables: &Tables, query: &Query) -> Result<Vec<Statement>, StoreError> {
    let columns = PageColumns::of(query);
    let places = Places::new(tables, query, columns.places.iter().copied())?;
    let mut head = Statement::new(dialect, "SELECT t0.\"id\", t0.\"row_version\"");
    if columns.records {
        head.push(", t0.\"position\", t0.\"row_schema\", t0.\"row_body\"");
    }
    for place in &columns.places {
        match places.column(place) {
            Some(column) => head.put(format_args!(", {}", column.raw())),
            None => head.push(", NULL"),
        }
    }
    if query.text.is_some() {
        return Ok(vec![having(head, tables, &places, query)?]);
    }
    from(&mut head, tables, &places, query)?;
    let after = query.after.as_ref();
    let ranges = after.map_or_else(|| vec![Vec::new()], |cursor| behind(&places, query, cursor));
    let statements = ranges.into_iter().map(|range| {
        let mut sql = head.clone();
        for bound in range {
            bound.write(&mut sql);
        }
        order(&mut sql, &places, query);
        sql.push(" LIMIT ");
        sql.place();
        sql
    });
    Ok(statements.collect())
}

/// The statement of a page of rows that have a text, the one written last first.
fn having(
    mut sql: Statement,
    tables: &Tables,
    places: &Places<'_>,
    query: &Query,
) -> Result<Statement, StoreError> {
    sql.put(format_args!(", {}", text::number(sql.dialect)));
    from(&mut sql, tables, places, query)?;
    sql.put(format_args!(" ORDER BY {} DESC LIMIT ", text::order(sql.dialect)));
    sql.place();
    Ok(sql)
}

/// Writes the tables and what their rows have to meet.
pub(super) fn from(
    sql: &mut Statement,
    tables: &Tables,
    places: &Places<'_>,
    query: &Query,
) -> Result<(), StoreError> {
    places.write(sql);
    sql.push(" WHERE t0.\"tenant\" = ");
    sql.bind(Arg::Id(query.tenant.0));
    if let Some(text) = &query.text {
        sql.depends = true;
        text::write(sql, tables, query, text);
    }
    if query.filter != Filter::everything() {
        sql.push(" AND ");
        let relations = if query.text.is_some() { Relations::Follow } else { Relations::Lead };
        let table = tables.get(query.kind.name)?;
        Terms::new(tables, query.tenant.0, table, relations).write(sql, query.filter.expr())?;
    }
    Ok(())
}

/// A bound of a range.
#[derive(Debug, Clone)]
struct Bound<'a> {
    column: PlacedColumn<'a>,
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
        let key = self.column.key();
        match self.holds {
            Holds::Equal(arg) => write_compared(sql, (&key, self.column.is_long()), "=", arg),
            Holds::Less(arg) => write_compared(sql, (&key, self.column.is_long()), "<", arg),
            Holds::Greater(arg) => write_compared(sql, (&key, self.column.is_long()), ">", arg),
            Holds::Absent => sql.put(format_args!(" AND {key} IS NULL")),
            Holds::Present => sql.put(format_args!(" AND {key} IS NOT NULL")),
        }
    }
}

fn write_compared(sql: &mut Statement, key: (&str, bool), operator: &str, arg: Arg) {
    sql.push(" AND ");
    sql.bind_key_compared(key, operator, arg);
}

/// The ranges behind a cursor, in order.
fn behind<'a>(places: &Places<'a>, query: &Query, cursor: &Cursor) -> Vec<Vec<Bound<'a>>> {
    let id = SortBy::new(Slot::ID, query.id_direction());
    let at_id = Value::Id(cursor.id);
    let sorted: Vec<_> = query.sort.iter().zip(&cursor.values).chain([(&id, &at_id)]).collect();
    let mut ranges = Vec::new();
    for (n, (sort, value)) in sorted.iter().enumerate().rev() {
        let Some(column) = places.column(&sort.place) else { continue };
        let equal: Vec<_> =
            sorted[..n].iter().filter_map(|(sort, value)| equal(places, sort, value)).collect();
        for holds in past(column, sort.direction, value) {
            let mut range = equal.clone();
            range.push(Bound { column, holds });
            ranges.push(range);
        }
    }
    ranges
}

fn equal<'a>(places: &Places<'a>, sort: &SortBy, value: &Value) -> Option<Bound<'a>> {
    let column = places.column(&sort.place)?;
    let holds = match value {
        Value::Absent => Holds::Absent,
        present => Holds::Equal(Arg::key(present.borrow())),
    };
    Some(Bound { column, holds })
}

/// What lies past a value in a direction; absent values come before every other.
fn past(column: PlacedColumn<'_>, direction: Direction, value: &Value) -> Vec<Holds> {
    match (direction, value) {
        (Direction::Ascending, Value::Absent) => vec![Holds::Present],
        (Direction::Descending, Value::Absent) => Vec::new(),
        (Direction::Ascending, value) => vec![Holds::Greater(Arg::key(value.borrow()))],
        (Direction::Descending, value) => {
            let mut past = vec![Holds::Less(Arg::key(value.borrow()))];
            past.extend(column.nullable().then_some(Holds::Absent));
            past
        }
    }
}

fn order(sql: &mut Statement, places: &Places<'_>, query: &Query) {
    sql.push(" ORDER BY ");
    for sort in &query.sort {
        if let Some(column) = places.column(&sort.place) {
            let order = sql.dialect.order(falls(sort.direction), column.nullable());
            // An index that holds the beginnings has most of the order.
            if let Some(beginning) = sql.dialect.beginning(&column.key(), column.is_long()) {
                sql.put(format_args!("{beginning} {order}, "));
            }
            sql.put(format_args!("{} {order}, ", column.key()));
        }
    }
    let order = sql.dialect.order(falls(query.id_direction()), false);
    sql.put(format_args!("t0.\"id\" {order}"));
}

fn falls(direction: Direction) -> bool {
    match direction {
        Direction::Ascending => false,
        Direction::Descending => true,
    }
}
