//! Pages, counts, groups and what their rows hold.

use okno::base::{Decimal, Text, Timestamp};
use okno::condition::{FieldType, Value};
use okno::store::{Cursor, GroupBy, Page, PageRow, Query, Select, StoreError, Version};

use super::database::Sql;
use super::groups::{buckets, values};
use super::load::loaded;
use super::page::{PageColumns, count, page};
use super::row::{SqlRow, corrupt};
use super::statement::{Arg, Statement, date_of};
use super::table::Tables;

/// Answers a query.
pub(crate) async fn answer<D: Sql>(
    connection: &mut D::Connection,
    tables: &Tables,
    query: &Query,
) -> Result<Page, D::Failure> {
    match &query.select {
        Select::Columns(_) | Select::Records => page_of_rows::<D>(connection, tables, query).await,
        Select::Count => {
            let found = D::rows(connection, count(D::DIALECT, tables, query)?).await?;
            let count = found.first().map(|row| row.number(0)).transpose()?;
            Ok(Page { count, ..Page::default() })
        }
        Select::Groups(GroupBy::Value(place)) => {
            let found = D::rows(connection, values(D::DIALECT, tables, query, place)?).await?;
            let ty = query.kind.column_at(place).map(|column| column.ty);
            let groups = found.iter().map(|row| Ok((value(ty, row, 0)?, row.number(1)?)));
            Ok(Page::of_values(groups.collect::<Result<_, StoreError>>()?)?)
        }
        Select::Groups(GroupBy::Time { place, edges }) => {
            let Some(sql) = buckets(D::DIALECT, tables, query, (place, edges))? else {
                return Ok(Page::of_buckets(edges, []));
            };
            let found = D::rows(connection, sql).await?;
            let counts = found.iter().map(|row| {
                let bucket = usize::try_from(row.number(0)?).unwrap_or(usize::MAX);
                Ok((bucket, row.number(1)?))
            });
            Ok(Page::of_buckets(edges, counts.collect::<Result<Vec<_>, StoreError>>()?))
        }
    }
}

/// Answers a query for rows.
async fn page_of_rows<D: Sql>(
    connection: &mut D::Connection,
    tables: &Tables,
    query: &Query,
) -> Result<Page, D::Failure> {
    let statements = page(D::DIALECT, tables, query)?;
    // One row more than asked for tells whether there is a next page.
    let mut found = if statements.len() == 1 {
        ranges::<D>(connection, query, statements).await?
    } else {
        let mut reading = D::moment(connection).await?;
        let found = ranges::<D>(&mut reading, query, statements).await?;
        reading.rollback().await?;
        found
    };
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    let next = found.last().filter(|_| more).map(|(_, cursor)| cursor.clone());
    Ok(Page { rows: found.into_iter().map(|(row, _)| row).collect(), next, ..Page::default() })
}

/// Reads ranges until the page is full.
async fn ranges<D: Sql>(
    connection: &mut D::Connection,
    query: &Query,
    statements: Vec<Statement>,
) -> Result<Vec<(PageRow, Cursor)>, D::Failure> {
    let columns = PageColumns::of(query);
    let (mut found, wanted) = (Vec::new(), query.limit + 1);
    for mut sql in statements {
        if found.len() >= wanted {
            break;
        }
        sql.args.push(Arg::Int(i64::try_from(wanted - found.len()).unwrap_or(i64::MAX)));
        for row in D::rows(connection, sql).await? {
            found.push(read(&columns, query, &row)?);
        }
    }
    Ok(found)
}

/// Reads a row of a page, and the place behind it.
fn read(columns: &PageColumns, query: &Query, row: &impl SqlRow) -> Result<(PageRow, Cursor), StoreError> {
    let id = row.id(0)?;
    let version = Version(row.number(1)?);
    let record = columns.records.then(|| loaded(query.kind, row, 0)).transpose()?;
    let places = columns.places.iter().zip(columns.first()..);
    let values =
        places.map(|(place, at)| value(query.kind.column_at(place).map(|column| column.ty), row, at));
    let mut values = values.collect::<Result<Vec<_>, StoreError>>()?;
    let mut sorted = values.split_off(values.len() - query.sort.len());
    if query.text.is_some() {
        sorted = vec![Value::Int(row.int(columns.number())?)];
    }
    Ok((PageRow { id, version, values, record }, Cursor { values: sorted, id }))
}

/// Reads a value of a type; without one there is no such column.
fn value(ty: Option<FieldType>, row: &impl SqlRow, at: usize) -> Result<Value, StoreError> {
    let Some(ty) = ty else { return Ok(Value::Absent) };
    let value = match ty {
        FieldType::Bool => row.some_int(at)?.map(|v| Value::Bool(v != 0)),
        FieldType::Int => row.some_int(at)?.map(Value::Int),
        FieldType::Decimal => row.some_int(at)?.map(|v| Value::Decimal(Decimal::from_units(v))),
        FieldType::Instant => row.some_int(at)?.map(instant).transpose()?,
        FieldType::Date => row.some_int(at)?.map(date).transpose()?,
        FieldType::Id => row.some_id(at)?.map(Value::Id),
        FieldType::Code => row.some_text(at)?.map(|code| Value::Code(code.into())),
        FieldType::Text => row.some_text(at)?.map(text).transpose()?,
    };
    Ok(value.unwrap_or(Value::Absent))
}

fn instant(millis: i64) -> Result<Value, StoreError> {
    let instant = Timestamp::from_millis(millis).map_err(|why| corrupt("an instant", why))?;
    Ok(Value::Instant(instant))
}

fn date(days: i64) -> Result<Value, StoreError> {
    date_of(days).map(Value::Date).ok_or_else(|| corrupt("a date", format!("day {days}")))
}

fn text(text: &str) -> Result<Value, StoreError> {
    Ok(Value::Text(Text::new(text).map_err(|why| corrupt("a text", why))?))
}
