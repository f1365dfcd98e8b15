//! Counts of groups as SQL.

use okno::base::Timestamp;
use okno::base::limits::GROUPS_MAX;
use okno::condition::{FieldType, Place};
use okno::store::{Edges, Query, StoreError};

use super::page::from;
use super::places::Places;
use super::statement::{Arg, Dialect, Statement};
use super::table::Tables;

/// The statement that counts the rows of each value: the value as it is read back, and the number.
///
/// # Errors
/// [`StoreError::UnknownKind`].
pub(crate) fn values(
    dialect: Dialect,
    tables: &Tables,
    query: &Query,
    place: &Place,
) -> Result<Statement, StoreError> {
    let places = Places::new(tables, query, [place])?;
    let column = places.column(place);
    let absent = || (ABSENT.to_owned(), ABSENT.to_owned());
    let (raw, key) = column.map_or_else(absent, |column| (column.raw(), column.key()));
    // Of texts with one key, the least is shown.
    let shown = if raw == key { raw } else { format!("min({raw})") };
    let mut sql = Statement::new(dialect, format!("SELECT {shown}, count(*)"));
    from(&mut sql, tables, &places, query)?;
    // One group more than there may be tells that there are too many.
    let order = dialect.order(false, true);
    sql.put(format_args!(" GROUP BY {key} ORDER BY {key} {order} LIMIT {}", GROUPS_MAX + 1));
    Ok(sql)
}

/// The statement that counts the rows of each bucket of time that has any: the number of the bucket, and the count.
///
/// # Errors
/// [`StoreError::UnknownKind`].
pub(crate) fn buckets(
    dialect: Dialect,
    tables: &Tables,
    query: &Query,
    (place, edges): (&Place, &Edges),
) -> Result<Statement, StoreError> {
    let places = Places::new(tables, query, [place])?;
    let column = places.column(place).filter(|column| column.ty() == FieldType::Instant);
    let ([first, .., last], Some(column)) = (edges.instants(), column) else {
        return Ok(Statement::new(dialect, "SELECT 0, 0 WHERE FALSE"));
    };
    let key = column.key();
    let mut sql = Statement::new(dialect, "SELECT ");
    bucket(&mut sql, &key, edges.instants(), 0);
    sql.push(", count(*)");
    from(&mut sql, tables, &places, query)?;
    for (edge, operator) in [(first, ">="), (last, "<")] {
        sql.put(format_args!(" AND {key} {operator} "));
        sql.bind(Arg::Int(edge.millis()));
    }
    sql.push(" GROUP BY 1");
    Ok(sql)
}

/// Writes the number of the bucket between `edges` that a key stands in, as a balanced choice: a row is held against
/// few edges, and databases limit how deep an expression is.
fn bucket(sql: &mut Statement, key: &str, edges: &[Timestamp], first: usize) {
    let middle = edges.len() / 2;
    if edges.len() <= 2 {
        return sql.put(format_args!("CAST({first} AS BIGINT)"));
    }
    sql.put(format_args!("CASE WHEN {key} < "));
    sql.bind(Arg::Int(edges[middle].millis()));
    sql.push(" THEN ");
    bucket(sql, key, &edges[..=middle], first);
    sql.push(" ELSE ");
    bucket(sql, key, &edges[middle..], first + middle);
    sql.push(" END");
}

/// What stands in a column that is not there.
const ABSENT: &str = "CAST(NULL AS TEXT)";
