//! The same rows written to a copy of the engine's file without an engine.

use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

use super::bare::{Cell, Name, bind_sqlite};
use super::center::{Failed, TENANT};
use super::cost::{Cost, Watch};
use super::rows::{Change, ChangeKind, Written};

/// How rows are written without an engine.
#[derive(Debug)]
pub(super) enum Baseline {
    /// Through sqlx, one statement a row, so many operations in a transaction.
    Sqlx(SqliteConnection, usize),
    /// Through rusqlite with prepared statements, so many operations in a transaction.
    Rusqlite(rusqlite::Connection, usize),
}

/// Operations of one transaction of the baselines that group.
pub(super) const GROUP: usize = 64;

impl Baseline {
    /// Opens a file through sqlx, with the durability that the engine has.
    ///
    /// # Errors
    /// What SQLite reports.
    pub(super) async fn sqlx(path: &Path, group: usize) -> Result<Self, Failed> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(false)
            .pragma("temp_store", "MEMORY")
            .pragma("wal_autocheckpoint", "4096")
            .pragma("cache_size", "-32768")
            .statement_cache_capacity(512);
        Ok(Self::Sqlx(options.connect().await?, group))
    }

    /// Opens a file through rusqlite, with the durability that the engine has.
    ///
    /// # Errors
    /// What SQLite reports.
    pub(super) fn rusqlite(path: &Path, group: usize) -> Result<Self, Failed> {
        let connection = rusqlite::Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; \
             PRAGMA wal_autocheckpoint = 4096; PRAGMA cache_size = -32768;",
        )?;
        connection.set_prepared_statement_cache_capacity(512);
        Ok(Self::Rusqlite(connection, group))
    }

    /// Writes the rows of many operations.
    ///
    /// # Errors
    /// What SQLite reports.
    pub(super) async fn write(&mut self, operations: &[Written], position: i64) -> Result<Cost, Failed> {
        // Texts are made before: a program that is written for the purpose has them as constants.
        let prepared: Vec<Vec<Prepared>> =
            operations.iter().map(|changes| changes.iter().map(Prepared::new).collect()).collect();
        let watch = Watch::start(None);
        match self {
            Self::Sqlx(connection, group) => {
                for group in prepared.chunks(*group) {
                    through_sqlx(connection, group, position).await?;
                }
            }
            Self::Rusqlite(connection, group) => {
                for group in prepared.chunks(*group) {
                    through_rusqlite(connection, group, position)?;
                }
            }
        }
        Ok(watch.stop(operations.len()))
    }
}

/// A statement for one row.
struct Prepared {
    text: Arc<str>,
    values: Vec<Cell>,
}

impl Prepared {
    fn new(change: &Change) -> Self {
        let Change { table, kind, columns, values, key, keys } = change;
        let equal = |names: &[Name], by: &str| {
            names.iter().map(|column| format!("{} = ?", column.name)).collect::<Vec<_>>().join(by)
        };
        let text = match kind {
            ChangeKind::Insert => {
                let names: Vec<_> = columns.iter().map(|column| &*column.name).collect();
                let places = vec!["?"; columns.len()].join(", ");
                format!("INSERT INTO {table} ({}) VALUES ({places})", names.join(", "))
            }
            ChangeKind::Update => {
                format!("UPDATE {table} SET {} WHERE {}", equal(columns, ", "), equal(key, " AND "))
            }
            ChangeKind::Delete => format!("DELETE FROM {table} WHERE {}", equal(key, " AND ")),
        };
        Self { text: text.into(), values: values.iter().chain(keys).cloned().collect() }
    }
}

async fn through_sqlx(
    connection: &mut SqliteConnection,
    group: &[Vec<Prepared>],
    position: i64,
) -> Result<(), Failed> {
    connection.execute("BEGIN IMMEDIATE").await?;
    for Prepared { text, values } in group.iter().flatten() {
        let query = sqlx::query(AssertSqlSafe(text.clone()));
        values.iter().fold(query, bind_sqlite).execute(&mut *connection).await?;
    }
    sqlx::query(HEAD).bind(position).bind(TENANT.0).execute(&mut *connection).await?;
    connection.execute("COMMIT").await?;
    Ok(())
}

fn through_rusqlite(
    connection: &mut rusqlite::Connection,
    group: &[Vec<Prepared>],
    position: i64,
) -> Result<(), Failed> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    for Prepared { text, values } in group.iter().flatten() {
        connection.prepare_cached(text)?.execute(rusqlite::params_from_iter(values))?;
    }
    connection.prepare_cached(HEAD)?.execute((position, TENANT.0.as_bytes()))?;
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

impl rusqlite::ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Id(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

const HEAD: &str = "UPDATE okno_head SET position = ? WHERE tenant = ?";
