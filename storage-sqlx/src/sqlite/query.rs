//! Pages, counts, groups and what their rows hold.

use okno::base::{Decimal, Text, Timestamp};
use okno::condition::{FieldType, Value};
use okno::store::{Cursor, GroupBy, Page, PageRow, Query, Select, Version};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Row as _};

use super::connection::rows;
use super::failure::{Failure, corrupt};
use super::load::loaded;
use super::snapshot::number;
use crate::sql::{Arg, Dialect, PageColumns, Statement, Tables, buckets, count, date_of, page, values};

/// Answers a query.
pub(crate) async fn answer(
    connection: &mut SqliteConnection,
    tables: &Tables,
    query: &Query,
) -> Result<Page, Failure> {
    match &query.select {
        Select::Columns(_) | Select::Records => page_of_rows(connection, tables, query).await,
        Select::Count => {
            let found = rows(connection, count(Dialect::Sqlite, tables, query)?).await?;
            let count = found.first().map(|row| number(row, 0)).transpose()?;
            Ok(Page { count, ..Page::default() })
        }
        Select::Groups(GroupBy::Value(place)) => {
            let found = rows(connection, values(Dialect::Sqlite, tables, query, place)?).await?;
            let ty = query.kind.column_at(place).map(|column| column.ty);
            let groups = found.iter().map(|row| Ok((value(ty, row, 0)?, number(row, 1)?)));
            Ok(Page::of_values(groups.collect::<Result<_, Failure>>()?)?)
        }
        Select::Groups(GroupBy::Time { place, edges }) => {
            let Some(sql) = buckets(Dialect::Sqlite, tables, query, (place, edges))? else {
                return Ok(Page::of_buckets(edges, []));
            };
            let found = rows(connection, sql).await?;
            let counts = found.iter().map(|row| {
                let bucket = usize::try_from(number(row, 0)?).unwrap_or(usize::MAX);
                Ok((bucket, number(row, 1)?))
            });
            Ok(Page::of_buckets(edges, counts.collect::<Result<Vec<_>, Failure>>()?))
        }
    }
}

/// Answers a query for rows.
async fn page_of_rows(
    connection: &mut SqliteConnection,
    tables: &Tables,
    query: &Query,
) -> Result<Page, Failure> {
    let statements = page(Dialect::Sqlite, tables, query)?;
    // One row more than asked for tells whether there is a next page.
    let mut found = if statements.len() == 1 {
        ranges(connection, query, statements).await?
    } else {
        let mut reading = connection.begin().await?;
        let found = ranges(&mut reading, query, statements).await?;
        reading.rollback().await?;
        found
    };
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    let next = found.last().filter(|_| more).map(|(_, cursor)| cursor.clone());
    Ok(Page { rows: found.into_iter().map(|(row, _)| row).collect(), next, ..Page::default() })
}

/// Reads ranges until the page is full.
async fn ranges(
    connection: &mut SqliteConnection,
    query: &Query,
    statements: Vec<Statement>,
) -> Result<Vec<(PageRow, Cursor)>, Failure> {
    let columns = PageColumns::of(query);
    let (mut found, wanted) = (Vec::new(), query.limit + 1);
    for mut sql in statements {
        if found.len() >= wanted {
            break;
        }
        sql.args.push(Arg::Int(i64::try_from(wanted - found.len()).unwrap_or(i64::MAX)));
        for row in rows(connection, sql).await? {
            found.push(read(&columns, query, &row)?);
        }
    }
    Ok(found)
}

/// Reads a row of a page, and the place behind it.
fn read(columns: &PageColumns, query: &Query, row: &SqliteRow) -> Result<(PageRow, Cursor), Failure> {
    let id = row.try_get(0)?;
    let version = Version(number(row, 1)?);
    let record = columns.records.then(|| loaded(query.kind, row, 0)).transpose()?;
    let places = columns.places.iter().zip(columns.first()..);
    let values =
        places.map(|(place, at)| value(query.kind.column_at(place).map(|column| column.ty), row, at));
    let mut values = values.collect::<Result<Vec<_>, Failure>>()?;
    let sorted = values.split_off(values.len() - query.sort.len());
    Ok((PageRow { id, version, values, record }, Cursor { values: sorted, id }))
}

/// Reads a value of a type; without one there is no such column.
fn value(ty: Option<FieldType>, row: &SqliteRow, at: usize) -> Result<Value, Failure> {
    let Some(ty) = ty else { return Ok(Value::Absent) };
    let value = match ty {
        FieldType::Bool => row.try_get::<Option<i64>, _>(at)?.map(|v| Value::Bool(v != 0)),
        FieldType::Int => row.try_get::<Option<i64>, _>(at)?.map(Value::Int),
        FieldType::Decimal => {
            row.try_get::<Option<i64>, _>(at)?.map(|v| Value::Decimal(Decimal::from_units(v)))
        }
        FieldType::Instant => match row.try_get::<Option<i64>, _>(at)? {
            Some(millis) => Some(Value::Instant(Timestamp::from_millis(millis)?)),
            None => None,
        },
        FieldType::Date => match row.try_get::<Option<i64>, _>(at)? {
            Some(days) => {
                let date = date_of(days).ok_or_else(|| corrupt("a date", format!("day {days}")))?;
                Some(Value::Date(date))
            }
            None => None,
        },
        FieldType::Id => row.try_get::<Option<_>, _>(at)?.map(Value::Id),
        FieldType::Code => row.try_get::<Option<Box<str>>, _>(at)?.map(Value::Code),
        FieldType::Text => match row.try_get::<Option<Box<str>>, _>(at)? {
            Some(text) => Some(Value::Text(Text::new(text).map_err(|why| corrupt("a text", why))?)),
            None => None,
        },
    };
    Ok(value.unwrap_or(Value::Absent))
}
