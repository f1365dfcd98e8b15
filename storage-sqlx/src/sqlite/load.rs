//! What a decision reads. All of it comes with one statement, which is of one moment by itself and costs one trip to
//! the connection; only what is too much for one is read in a transaction.

use std::collections::BTreeMap;

use okno::condition::FieldType;
use okno::store::{
    Digest, Head, Key, Kind, Loaded, Lookup, Read, Receipt, Remembered, StoreError, Version, View,
};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Row as _};
use uuid::Uuid;

use super::connection::rows;
use super::failure::{Failure, corrupt};
use super::snapshot::number;
use crate::sql::{Arg, Dialect, Statement, Table, Tables};

/// A part of a read: one `SELECT` of the statement.
#[derive(Debug)]
enum Part {
    Head,
    First,
    /// The records of one kind.
    Records(&'static Kind, Vec<Arg>),
    /// The lookup at a place.
    Lookup(usize),
    /// The claim at a place.
    Claim(usize),
}

/// Reads everything that was asked for.
pub(crate) async fn view(
    connection: &mut SqliteConnection,
    tables: &Tables,
    read: &Read,
) -> Result<View, Failure> {
    let mut view = View::default();
    let parts = parts(tables, read, &mut view)?;
    if parts.len() <= PARTS_MAX {
        fetch(connection, tables, (read, &parts), &mut view).await?;
    } else {
        let mut reading = connection.begin().await?;
        for parts in parts.chunks(PARTS_MAX) {
            fetch(&mut reading, tables, (read, parts), &mut view).await?;
        }
        reading.rollback().await?;
    }
    // The parts of a statement come as SQLite likes.
    for (_, found) in &mut view.lookups {
        found.sort_unstable_by_key(|loaded| loaded.record.id());
    }
    Ok(view)
}

/// Reads back a record from `id, row_version, position, row_schema, row_body` at a place of a row.
pub(crate) fn loaded(kind: &'static Kind, row: &SqliteRow, at: usize) -> Result<Loaded, Failure> {
    let schema: u32 = row.try_get(at + 3)?;
    if schema > kind.schema {
        let (what, known) = (kind.name.to_owned(), kind.schema);
        return Err(StoreError::NewerSchema { what, found: schema, known }.into());
    }
    let record = (kind.decode)(schema, row.try_get(at + 4)?)?;
    if record.id() != row.try_get::<Uuid, _>(at)? {
        return Err(corrupt("a record", format!("the body of `{}` has another id", kind.name)).into());
    }
    Ok(Loaded { version: Version(number(row, at + 1)?), position: number(row, at + 2)?, record })
}

/// What there is to read, with a place in the view for every answer.
fn parts(tables: &Tables, read: &Read, view: &mut View) -> Result<Vec<Part>, Failure> {
    let mut kinds: BTreeMap<&str, (&'static Kind, Vec<Arg>)> = BTreeMap::new();
    for Key { kind, id } in &read.keys {
        let kind = tables.kind(kind.name)?;
        if view.records.insert(kind.key(*id), None).is_none() {
            kinds.entry(kind.name).or_insert_with(|| (kind, Vec::new())).1.push(Arg::Id(*id));
        }
    }
    view.lookups = read.lookups.iter().map(|lookup| (lookup.clone(), Vec::new())).collect();
    view.claims = read.claims.iter().map(|claim| (claim.clone(), None)).collect();
    let mut parts = vec![Part::Head];
    parts.extend(read.command.map(|_| Part::First));
    parts.extend(kinds.into_values().map(|(kind, ids)| Part::Records(kind, ids)));
    parts.extend((0..read.lookups.len()).map(Part::Lookup));
    parts.extend((0..read.claims.len()).map(Part::Claim));
    Ok(parts)
}

/// Reads parts with one statement.
async fn fetch(
    connection: &mut SqliteConnection,
    tables: &Tables,
    asked: (&Read, &[Part]),
    view: &mut View,
) -> Result<(), Failure> {
    let (read, parts) = asked;
    let mut sql = Statement::new(Dialect::Sqlite, "");
    for (n, part) in parts.iter().enumerate() {
        let before = sql.text.len();
        if before > 0 {
            sql.push(" UNION ALL ");
        }
        if !select(&mut sql, tables, (read, n), part)? {
            sql.text.truncate(before);
        }
    }
    if sql.text.is_empty() {
        return Ok(());
    }
    for row in rows(connection, sql).await? {
        let n: i64 = row.try_get(0)?;
        // Invariant: the statement numbers its parts by their places.
        let Some(part) = usize::try_from(n).ok().and_then(|n| parts.get(n)) else { continue };
        answer(read, part, &row, view)?;
    }
    Ok(())
}

/// Writes a part as `part, id, three numbers, a text, bytes`; says no when nothing can meet it.
fn select(sql: &mut Statement, tables: &Tables, of: (&Read, usize), part: &Part) -> Result<bool, Failure> {
    let (read, n) = of;
    let tenant = Arg::Id(read.tenant.0);
    match part {
        Part::Head => {
            sql.put(format_args!(
                "SELECT {n}, tenant, position, directory, blueprint, NULL, NULL FROM okno_head"
            ));
            sql.push(" WHERE tenant = ");
            sql.bind(tenant);
        }
        Part::First => {
            sql.put(format_args!(
                "SELECT {n}, subject, version, position, NULL, label, digest FROM okno_receipt"
            ));
            sql.push(" WHERE tenant = ");
            sql.bind(tenant);
            sql.push(" AND command = ");
            sql.bind(read.command.map(|command| command.0).into());
        }
        Part::Records(kind, ids) => {
            records(sql, tables.get(kind.name)?, n, tenant);
            sql.push(" AND \"id\" IN ");
            sql.bind_list(FieldType::Id, ids.clone());
        }
        Part::Lookup(place) => {
            let lookup = &read.lookups[*place];
            let table = tables.get(lookup.kind.name)?;
            return Ok(find(sql, table, lookup, (n, tenant)));
        }
        Part::Claim(place) => {
            let claim = &read.claims[*place];
            sql.put(format_args!("SELECT {n}, owner, NULL, NULL, NULL, NULL, NULL FROM okno_claim"));
            sql.push(" WHERE tenant = ");
            sql.bind(tenant);
            sql.push(" AND space = ");
            sql.bind(Arg::Text(claim.space.to_string()));
            sql.push(" AND value = ");
            sql.bind(Arg::Text(claim.value.to_string()));
        }
    }
    Ok(true)
}

fn records(sql: &mut Statement, table: &Table, n: usize, tenant: Arg) {
    sql.put(format_args!(
        "SELECT {n}, \"id\", \"row_version\", \"position\", \"row_schema\", \"row_body\", NULL"
    ));
    sql.put(format_args!(" FROM {} WHERE \"tenant\" = ", table.name));
    sql.bind(tenant);
}

/// Writes a lookup; says no when nothing can meet it.
pub(super) fn find(sql: &mut Statement, table: &Table, lookup: &Lookup, of: (usize, Arg)) -> bool {
    let (n, tenant) = of;
    let columns = lookup.equal.iter().map(|(slot, value)| {
        // Nothing equals an absent value or one of another type.
        table.column(*slot).filter(|column| value.ty() == Some(column.ty)).map(|column| (column, value))
    });
    let Some(equal) = columns.collect::<Option<Vec<_>>>() else { return false };
    sql.push("SELECT * FROM (");
    records(sql, table, n, tenant);
    for (column, value) in equal {
        sql.put(format_args!(" AND {} = ", column.key));
        sql.bind(Arg::key(value.borrow()));
    }
    sql.push(" ORDER BY \"id\" LIMIT ");
    sql.bind(Arg::Int(i64::try_from(lookup.limit).unwrap_or(i64::MAX)));
    sql.push(")");
    true
}

/// Puts a row where the view has its place.
fn answer(read: &Read, part: &Part, row: &SqliteRow, view: &mut View) -> Result<(), Failure> {
    match part {
        Part::Head => {
            let (position, directory, blueprint) = (number(row, 2)?, number(row, 3)?, number(row, 4)?);
            view.head = Head { position, directory, blueprint };
        }
        Part::First => view.first = Some(remembered(row)?),
        Part::Records(kind, _) => {
            let found = loaded(kind, row, 1)?;
            view.records.insert(kind.key(found.record.id()), Some(found));
        }
        Part::Lookup(place) => {
            let (lookup, found) = &mut view.lookups[*place];
            found.push(loaded(lookup.kind, row, 1)?);
        }
        Part::Claim(place) => {
            view.claims.insert(read.claims[*place].clone(), row.try_get(1)?);
        }
    }
    Ok(())
}

fn remembered(row: &SqliteRow) -> Result<Remembered, Failure> {
    let digest: &[u8] = row.try_get(6)?;
    let digest = digest.try_into().map_err(|why| corrupt("a digest", why))?;
    let receipt = Receipt {
        subject: row.try_get(1)?,
        label: row.try_get(5)?,
        version: Version(number(row, 2)?),
        position: number(row, 3)?,
    };
    Ok(Remembered { digest: Digest(digest), receipt })
}

/// Parts of one statement, below what SQLite takes (500).
const PARTS_MAX: usize = 100;
