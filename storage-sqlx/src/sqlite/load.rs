//! What a decision reads, in one transaction and so of one moment.

use std::collections::BTreeMap;

use okno::condition::FieldType;
use okno::store::{Head, Key, Kind, Loaded, Lookup, Read, StoreError, Version, View};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use uuid::Uuid;

use super::connection::rows;
use super::failure::{Failure, corrupt};
use super::snapshot::{head, number, remembered};
use crate::sql::{Arg, Dialect, Statement, Tables};

/// Reads everything that was asked for.
pub(crate) async fn view(
    connection: &mut SqliteConnection,
    tables: &Tables,
    read: Read,
) -> Result<View, Failure> {
    let tenant = Arg::Id(read.tenant.0);
    let mut view = View { head: read_head(connection, &tenant).await?, ..View::default() };
    records(connection, tables, &read, &mut view).await?;
    for lookup in read.lookups {
        let found = find(connection, tables, &tenant, &lookup).await?;
        view.lookups.push((lookup, found));
    }
    for claim in read.claims {
        let mut sql = Statement::new(Dialect::Sqlite, "SELECT owner FROM okno_claim WHERE tenant = ");
        sql.bind(tenant.clone());
        sql.push(" AND space = ");
        sql.bind(Arg::Text(claim.space.to_string()));
        sql.push(" AND value = ");
        sql.bind(Arg::Text(claim.value.to_string()));
        let found = rows(connection, sql).await?;
        let owner = found.first().map(|row| row.try_get(0)).transpose()?;
        view.claims.insert(claim, owner);
    }
    if let Some(command) = read.command {
        let text = "SELECT digest, subject, label, version, position FROM okno_receipt WHERE tenant = ";
        let mut sql = Statement::new(Dialect::Sqlite, text);
        sql.bind(tenant);
        sql.push(" AND command = ");
        sql.bind(Arg::Id(command.0));
        let found = rows(connection, sql).await?;
        view.first = found.first().map(|row| remembered(row, 0)).transpose()?;
    }
    Ok(view)
}

/// Reads back a record from `id, row_version, position, row_schema, row_body` at the beginning of a row.
pub(crate) fn loaded(kind: &'static Kind, row: &SqliteRow) -> Result<Loaded, Failure> {
    let schema: u32 = row.try_get(3)?;
    if schema > kind.schema {
        let (what, known) = (kind.name.to_owned(), kind.schema);
        return Err(StoreError::NewerSchema { what, found: schema, known }.into());
    }
    let record = (kind.decode)(schema, row.try_get(4)?)?;
    if record.id() != row.try_get::<Uuid, _>(0)? {
        return Err(corrupt("a record", format!("the body of `{}` has another id", kind.name)).into());
    }
    Ok(Loaded { version: Version(number(row, 1)?), position: number(row, 2)?, record })
}

async fn read_head(connection: &mut SqliteConnection, tenant: &Arg) -> Result<Head, Failure> {
    let text = "SELECT position, directory, blueprint FROM okno_head WHERE tenant = ";
    let mut sql = Statement::new(Dialect::Sqlite, text);
    sql.bind(tenant.clone());
    let found = rows(connection, sql).await?;
    Ok(found.first().map(|row| head(row, 0)).transpose()?.unwrap_or_default())
}

async fn records(
    connection: &mut SqliteConnection,
    tables: &Tables,
    read: &Read,
    view: &mut View,
) -> Result<(), Failure> {
    let mut kinds: BTreeMap<&str, Vec<Arg>> = BTreeMap::new();
    for key in &read.keys {
        if view.records.insert(*key, None).is_none() {
            kinds.entry(key.kind.name).or_default().push(Arg::Id(key.id));
        }
    }
    for (name, ids) in kinds {
        let kind = tables.kind(name)?;
        let mut sql = select(tables, kind, &Arg::Id(read.tenant.0))?;
        sql.push(" AND \"id\" IN ");
        sql.bind_list(FieldType::Id, ids);
        for row in rows(connection, sql).await? {
            let key: Key = kind.key(row.try_get(0)?);
            view.records.insert(key, Some(loaded(kind, &row)?));
        }
    }
    Ok(())
}

async fn find(
    connection: &mut SqliteConnection,
    tables: &Tables,
    tenant: &Arg,
    lookup: &Lookup,
) -> Result<Vec<Loaded>, Failure> {
    let Some(sql) = lookup_statement(tables, tenant, lookup)? else { return Ok(Vec::new()) };
    let kind = tables.kind(lookup.kind.name)?;
    let found = rows(connection, sql).await?;
    found.iter().map(|row| loaded(kind, row)).collect()
}

/// The statement of a lookup; `None` when nothing can meet it.
pub(super) fn lookup_statement(
    tables: &Tables,
    tenant: &Arg,
    lookup: &Lookup,
) -> Result<Option<Statement>, Failure> {
    let table = tables.get(lookup.kind.name)?;
    let mut sql = select(tables, table.kind, tenant)?;
    for (slot, value) in &lookup.equal {
        match table.column(*slot) {
            Some(column) if value.ty() == Some(column.ty) => {
                sql.put(format_args!(" AND {} = ", column.key));
                sql.bind(Arg::key(value.borrow()));
            }
            // Nothing equals an absent value or one of another type.
            _ => return Ok(None),
        }
    }
    sql.push(" ORDER BY \"id\" LIMIT ");
    sql.bind(Arg::Int(i64::try_from(lookup.limit).unwrap_or(i64::MAX)));
    Ok(Some(sql))
}

fn select(tables: &Tables, kind: &'static Kind, tenant: &Arg) -> Result<Statement, Failure> {
    let name = &tables.get(kind.name)?.name;
    let columns = "\"id\", \"row_version\", \"position\", \"row_schema\", \"row_body\"";
    let text = format!("SELECT {columns} FROM {name} WHERE \"tenant\" = ");
    let mut sql = Statement::new(Dialect::Sqlite, text);
    sql.bind(tenant.clone());
    Ok(sql)
}
