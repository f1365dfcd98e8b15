//! What an operation of the engine wrote, read back from its file as rows: inserted, changed in some columns, deleted.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::types::Value;
use uuid::Uuid;

use super::center::{Failed, TENANT};

/// A table that operations write, and how the rows about one request are found.
#[derive(Debug)]
struct Source {
    table: &'static str,
    key: &'static [&'static str],
    /// Behind `WHERE`; `?1` is the tenant, `?2` the request, `?3` the position of the journal before the operation.
    about: &'static str,
}

const SOURCES: [Source; 6] = [
    Source { table: "request", key: &["tenant", "id"], about: "tenant = ?1 AND id = ?2 AND ?3 >= 0" },
    Source { table: "entry", key: &["tenant", "id"], about: "tenant = ?1 AND request = ?2 AND ?3 >= 0" },
    Source {
        table: "involvement",
        key: &["tenant", "id"],
        about: "tenant = ?1 AND request = ?2 AND ?3 >= 0",
    },
    Source {
        table: "okno_event",
        key: &["tenant", "position"],
        about: "tenant = ?1 AND subject_kind = 'request' AND subject_id = ?2 AND position > ?3",
    },
    Source {
        table: "okno_receipt",
        key: &["tenant", "command"],
        about: "tenant = ?1 AND command IN (SELECT command FROM okno_event WHERE tenant = ?1 \
                AND subject_kind = 'request' AND subject_id = ?2 AND position > ?3)",
    },
    Source {
        table: "okno_work",
        key: &["tenant", "queue", "key"],
        about: "tenant = ?1 AND queue = 'timers' AND subject_kind = 'request' AND subject_id = ?2 AND ?3 >= 0",
    },
];

/// One row that an operation wrote.
#[derive(Debug, Clone)]
pub struct Change {
    /// The table.
    pub table: &'static str,
    /// What happens to the row.
    pub kind: ChangeKind,
}

/// What happens to a row.
#[derive(Debug, Clone)]
pub enum ChangeKind {
    /// It is new.
    Insert {
        /// Its columns.
        columns: Vec<String>,
        /// What they hold.
        values: Vec<Value>,
    },
    /// Some of its columns hold something else.
    Update {
        /// The columns that changed.
        columns: Vec<String>,
        /// What they hold now.
        values: Vec<Value>,
        /// The columns that it is found by.
        key: &'static [&'static str],
        /// What those hold.
        keys: Vec<Value>,
    },
    /// It is gone.
    Delete {
        /// The columns that it was found by.
        key: &'static [&'static str],
        /// What those held.
        keys: Vec<Value>,
    },
}

/// The rows of one operation.
pub type Written = Vec<Change>;

/// The journal's last position in a file.
///
/// # Errors
/// What SQLite reports.
pub fn position(file: &Connection) -> Result<i64, Failed> {
    let text = "SELECT position FROM okno_head WHERE tenant = ?1";
    Ok(file.prepare_cached(text)?.query_row([TENANT.0.as_bytes()], |row| row.get(0))?)
}

/// What was written about a request, by comparing the engine's file with one that stands where it stood before.
///
/// # Errors
/// What SQLite reports.
pub fn written(
    after: &Connection,
    before: &Connection,
    request: Uuid,
    since: i64,
) -> Result<Written, Failed> {
    let mut changes = Vec::new();
    for source in &SOURCES {
        let mut old = rows(before, source, request, since)?;
        for (keys, new) in rows(after, source, request, since)? {
            let kind = match old.remove(&keys) {
                None => insert(new),
                Some(old) if old == new => continue,
                Some(old) => update(source.key, old, new),
            };
            changes.push(Change { table: source.table, kind });
        }
        let gone =
            old.into_values().map(|row| ChangeKind::Delete { key: source.key, keys: keys(source, &row) });
        changes.extend(gone.map(|kind| Change { table: source.table, kind }));
    }
    Ok(changes)
}

type Row = Vec<(String, Value)>;

fn insert(row: Row) -> ChangeKind {
    let (columns, values) = row.into_iter().unzip();
    ChangeKind::Insert { columns, values }
}

fn update(key: &'static [&'static str], old: Row, new: Row) -> ChangeKind {
    let keys =
        new.iter().filter(|(name, _)| key.contains(&&**name)).map(|(_, value)| value.clone()).collect();
    let changed = old.into_iter().zip(new).filter(|(old, new)| old != new).map(|(_, new)| new);
    let (columns, values) = changed.unzip();
    ChangeKind::Update { columns, values, key, keys }
}

fn keys(source: &Source, row: &Row) -> Vec<Value> {
    row.iter().filter(|(name, _)| source.key.contains(&&**name)).map(|(_, value)| value.clone()).collect()
}

/// The rows about a request, by their keys as text.
fn rows(
    file: &Connection,
    source: &Source,
    request: Uuid,
    since: i64,
) -> Result<BTreeMap<String, Row>, Failed> {
    let text = format!("SELECT * FROM {} WHERE {}", source.table, source.about);
    let mut statement = file.prepare_cached(&text)?;
    let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let found = statement.query_map((TENANT.0.as_bytes(), request.as_bytes(), since), |row| {
        names.iter().enumerate().map(|(n, name)| Ok((name.clone(), row.get(n)?))).collect::<Result<Row, _>>()
    })?;
    let rows = found.map(|row| row.map(|row| (format!("{:?}", keys(source, &row)), row)));
    Ok(rows.collect::<Result<_, _>>()?)
}
