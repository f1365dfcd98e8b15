//! What a decision reads. All of it comes with one statement, which is of one moment by itself and costs one trip to
//! the connection; only what is too much for one is read in a transaction.

use std::collections::BTreeMap;

use okno::condition::FieldType;
use okno::store::{Key, Kind, Loaded, Lookup, Read, Receipt, Remembered, StoreError, Version, View};

use super::before::{digest, head};
use super::database::Sql;
use super::row::{SqlRow, corrupt};
use super::statement::{Arg, Statement};
use super::table::{Table, Tables};

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
pub(crate) async fn view<D: Sql>(
    connection: &mut D::Connection,
    tables: &Tables,
    read: &Read,
) -> Result<View, D::Failure> {
    let mut view = View::default();
    let parts = parts(tables, read, &mut view)?;
    if parts.len() <= PARTS_MAX {
        fetch::<D>(connection, tables, (read, &parts), &mut view).await?;
    } else {
        let mut reading = D::moment(connection).await?;
        for parts in parts.chunks(PARTS_MAX) {
            fetch::<D>(&mut reading, tables, (read, parts), &mut view).await?;
        }
        reading.rollback().await?;
    }
    // The parts of a statement come as the database likes.
    for (_, found) in &mut view.lookups {
        found.sort_unstable_by_key(|loaded| loaded.record.id());
    }
    Ok(view)
}

/// Reads back a record from `id, row_version, position, row_schema, row_body` at a place of a row.
pub(crate) fn loaded(kind: &'static Kind, row: &impl SqlRow, at: usize) -> Result<Loaded, StoreError> {
    let schema = row.small(at + 3)?;
    if schema > kind.schema {
        let (what, known) = (kind.name.to_owned(), kind.schema);
        return Err(StoreError::NewerSchema { what, found: schema, known });
    }
    let record = (kind.decode)(schema, row.text(at + 4)?)?;
    if record.id() != row.id(at)? {
        return Err(corrupt("a record", format!("the body of `{}` has another id", kind.name)));
    }
    Ok(Loaded { version: Version(row.number(at + 1)?), position: row.number(at + 2)?, record })
}

/// What there is to read, with a place in the view for every answer.
fn parts(tables: &Tables, read: &Read, view: &mut View) -> Result<Vec<Part>, StoreError> {
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
async fn fetch<D: Sql>(
    connection: &mut D::Connection,
    tables: &Tables,
    asked: (&Read, &[Part]),
    view: &mut View,
) -> Result<(), D::Failure> {
    let (read, parts) = asked;
    let mut sql = Statement::new(D::DIALECT, "");
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
    let taken = D::each(connection, sql, |row| {
        // Invariant: the statement numbers its parts by their places.
        let part = usize::try_from(row.int(0)?).ok().and_then(|n| parts.get(n));
        part.map_or(Ok(()), |part| answer(read, part, &row, view))
    });
    taken.await.map(drop)
}

/// Writes a part as `part, id, three numbers, a text, bytes`; says no when nothing can meet it.
fn select(sql: &mut Statement, tables: &Tables, of: (&Read, usize), part: &Part) -> Result<bool, StoreError> {
    let (read, n) = of;
    let tenant = Arg::Id(read.tenant.0);
    match part {
        Part::Head => {
            sql.put(format_args!(
                "SELECT {}, tenant, position, directory, blueprint, {TEXT}, {BYTES} FROM {}",
                number(n),
                tables.own("okno_head")
            ));
            sql.push(" WHERE tenant = ");
            sql.bind(tenant);
        }
        Part::First => {
            sql.put(format_args!(
                "SELECT {}, subject, version, position, {NUMBER}, label, digest FROM {}",
                number(n),
                tables.own("okno_receipt")
            ));
            sql.push(" WHERE tenant = ");
            sql.bind(tenant);
            sql.push(" AND command = ");
            sql.bind(read.command.map(|command| command.0).into());
        }
        Part::Records(kind, ids) => {
            records(sql, tables.get(kind.name)?, n, tenant);
            sql.push(" AND ");
            sql.bind_among("\"id\"", FieldType::Id, ids.clone());
        }
        Part::Lookup(place) => {
            let lookup = &read.lookups[*place];
            let table = tables.get(lookup.kind.name)?;
            return Ok(find(sql, table, lookup, (n, tenant)));
        }
        Part::Claim(place) => {
            let claim = &read.claims[*place];
            // What holds U+0000 was never claimed.
            if claim.space.contains('\0') || claim.value.contains('\0') {
                return Ok(false);
            }
            sql.put(format_args!(
                "SELECT {}, owner, {NUMBER}, {NUMBER}, {NUMBER}, {TEXT}, {BYTES} FROM {}",
                number(n),
                tables.own("okno_claim")
            ));
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
        "SELECT {}, \"id\", \"row_version\", \"position\", \"row_schema\", \"row_body\", {BYTES}",
        number(n)
    ));
    sql.put(format_args!(" FROM {} WHERE \"tenant\" = ", table.name));
    sql.bind(tenant);
}

/// Writes a lookup; says no when nothing can meet it.
pub(crate) fn find(sql: &mut Statement, table: &Table, lookup: &Lookup, of: (usize, Arg)) -> bool {
    let (n, tenant) = of;
    let columns = lookup.equal.iter().map(|(slot, value)| {
        // Nothing equals an absent value or one of another type.
        table.column(*slot).filter(|column| value.ty() == Some(column.ty)).map(|column| (column, value))
    });
    let Some(equal) = columns.collect::<Option<Vec<_>>>() else { return false };
    sql.push("SELECT * FROM (");
    records(sql, table, n, tenant);
    for (column, value) in equal {
        sql.push(" AND ");
        sql.bind_key_compared((&column.key, column.is_long), "=", Arg::key(value.borrow()));
    }
    sql.push(" ORDER BY \"id\" LIMIT ");
    sql.bind(Arg::Int(i64::try_from(lookup.limit).unwrap_or(i64::MAX)));
    sql.push(") AS found");
    true
}

/// Puts a row where the view has its place.
fn answer(read: &Read, part: &Part, row: &impl SqlRow, view: &mut View) -> Result<(), StoreError> {
    match part {
        Part::Head => {
            view.head = head(row, 2)?;
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
            view.claims.insert(read.claims[*place].clone(), row.some_id(1)?);
        }
    }
    Ok(())
}

fn remembered(row: &impl SqlRow) -> Result<Remembered, StoreError> {
    let receipt = Receipt {
        subject: row.id(1)?,
        label: row.text(5)?.to_owned(),
        version: Version(row.number(2)?),
        position: row.number(3)?,
    };
    Ok(Remembered { digest: digest(row, 6)?, receipt })
}

/// The number of a part, as wide as every other number.
fn number(n: usize) -> String {
    format!("CAST({n} AS BIGINT)")
}

// What a part lacks has a type all the same: the parts of a union agree on it.
const NUMBER: &str = "CAST(NULL AS BIGINT)";
const TEXT: &str = "CAST(NULL AS TEXT)";
const BYTES: &str = "CAST(NULL AS BYTEA)";

/// Parts of one statement, below what SQLite takes (500).
const PARTS_MAX: usize = 100;
