//! Pages, counts, groups and what their rows hold.

use okno::base::{Decimal, Text, Timestamp};
use okno::condition::{FieldType, Place, Value};
use okno::store::{Cursor, GroupBy, Page, PageRow, Query, Select, StoreError, Version};

use super::database::Sql;
use super::groups::{buckets, values};
use super::headed::Headed;
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
    let headed = |statement| Headed::new(tables, query.tenant, statement);
    match &query.select {
        Select::Columns(_) | Select::Records => page_of_rows::<D>(connection, tables, query).await,
        Select::Count => {
            let counting = headed((count(D::DIALECT, tables, query)?, 1));
            let (found, head) = counting.read::<D, _>(connection, |row| row.number(0)).await?;
            Ok(Page { head, count: found.first().copied(), ..Page::default() })
        }
        Select::Groups(GroupBy::Value(place)) => {
            let ty = query.kind.column_at(place).map(|column| column.ty);
            let counting = headed((values(D::DIALECT, tables, query, place)?, 2));
            let (groups, head) =
                counting.read::<D, _>(connection, |row| Ok((value(ty, &row, 0)?, row.number(1)?))).await?;
            Ok(Page { head, ..Page::of_values(groups)? })
        }
        Select::Groups(GroupBy::Time { place, edges }) => {
            let counting = headed((buckets(D::DIALECT, tables, query, (place, edges))?, 2));
            let (counts, head) = counting
                .read::<D, _>(connection, |row| {
                    let bucket = usize::try_from(row.number(0)?).unwrap_or(usize::MAX);
                    Ok((bucket, row.number(1)?))
                })
                .await?;
            Ok(Page { head, ..Page::of_buckets(edges, counts) })
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
    if statements.len() == 1 {
        return ranges::<D>(connection, tables, query, statements).await;
    }
    let mut reading = D::moment(connection).await?;
    let page = ranges::<D>(&mut reading, tables, query, statements).await?;
    reading.rollback().await?;
    Ok(page)
}

/// Reads ranges until the page is full.
async fn ranges<D: Sql>(
    connection: &mut D::Connection,
    tables: &Tables,
    query: &Query,
    statements: Vec<Statement>,
) -> Result<Page, D::Failure> {
    let columns = PageColumns::of(query);
    // One row more than asked for tells whether there is a next page.
    let (mut page, mut last, wanted) = (Page::default(), None, query.limit + 1);
    for mut sql in statements {
        let before = page.rows.len();
        if before >= wanted {
            break;
        }
        sql.args.push(Arg::Int(i64::try_from(wanted - before).unwrap_or(i64::MAX)));
        let mut taken = before;
        let reading = Headed::new(tables, query.tenant, (sql, columns.count()));
        let read = reading.read::<D, _>(connection, |row| {
            taken += 1;
            if taken == query.limit {
                last = Some(columns.cursor(query, &row)?);
            }
            columns.row(query, &row)
        });
        let (rows, head) = read.await?;
        page.rows.extend(rows);
        page.head = head;
    }
    page.next = last.filter(|_| page.rows.len() > query.limit);
    page.rows.truncate(query.limit);
    Ok(page)
}

impl PageColumns<'_> {
    /// Reads a row of a page.
    fn row(&self, query: &Query, row: &impl SqlRow) -> Result<PageRow, StoreError> {
        let (id, version) = (row.id(0)?, Version(row.number(1)?));
        let record = self.records.then(|| loaded(query.kind, row, 0)).transpose()?;
        let values = self.asked.iter().map(|place| self.value(query, row, place));
        Ok(PageRow { id, version, values: values.collect::<Result<_, _>>()?, record })
    }

    /// The place behind a row.
    fn cursor(&self, query: &Query, row: &impl SqlRow) -> Result<Cursor, StoreError> {
        let id = row.id(0)?;
        if query.text.is_some() {
            return Ok(Cursor { values: vec![Value::Int(row.int(self.number())?)], id });
        }
        let values = query.sort.iter().map(|sort| self.value(query, row, &sort.place));
        Ok(Cursor { values: values.collect::<Result<_, _>>()?, id })
    }

    fn value(&self, query: &Query, row: &impl SqlRow, place: &Place) -> Result<Value, StoreError> {
        let column = query.kind.column_at(place).zip(self.at(place));
        column.map_or(Ok(Value::Absent), |(column, at)| value(Some(column.ty), row, at))
    }
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
