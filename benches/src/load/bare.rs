//! SQL through sqlx without an engine.

use std::path::Path;

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Connection as _, Executor as _, Row as _, TypeInfo as _,
    ValueRef as _,
};
use uuid::Uuid;

use super::center::{Failed, TENANT};

/// A connection that reads.
#[derive(Debug)]
pub(super) enum Bare {
    /// To a file.
    Sqlite(SqliteConnection),
    /// To a server.
    Postgres(PgConnection),
}

/// What a column of a row holds, and what an argument is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    /// Nothing.
    Null,
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An id.
    Id(Uuid),
}

/// A column of a row: its name, and its type as PostgreSQL calls it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: String,
}

/// A row: its columns and what they hold.
pub(super) type Row = Vec<(Name, Cell)>;

impl Bare {
    /// Opens a file for reading.
    ///
    /// # Errors
    /// What SQLite reports.
    pub(super) async fn sqlite(path: &Path) -> Result<Self, Failed> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        Ok(Self::Sqlite(options.connect().await?))
    }

    /// Connects to a database in which the schema `okno` holds the tables.
    ///
    /// # Errors
    /// What PostgreSQL reports.
    pub(super) async fn postgres(url: &str) -> Result<Self, Failed> {
        let mut connection = PgConnection::connect(url).await?;
        connection.execute("SET search_path TO okno").await?;
        Ok(Self::Postgres(connection))
    }

    /// Whether it is a file.
    pub(super) fn is_a_file(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(_) => false,
        }
    }

    /// Reads rows and looks at none of them; the tenant is the first argument.
    ///
    /// # Errors
    /// What the database reports.
    pub(super) async fn read(&mut self, text: &str, values: &[Cell]) -> Result<(), Failed> {
        match self {
            Self::Sqlite(connection) => drop(of_sqlite(connection, text, values).await?),
            Self::Postgres(connection) => drop(of_postgres(connection, text, values).await?),
        }
        Ok(())
    }

    /// Reads rows; the tenant is the first argument.
    ///
    /// # Errors
    /// What the database reports.
    pub(super) async fn rows(&mut self, text: &str, values: &[Cell]) -> Result<Vec<Row>, Failed> {
        match self {
            Self::Sqlite(connection) => {
                of_sqlite(connection, text, values).await?.iter().map(from_sqlite).collect()
            }
            Self::Postgres(connection) => {
                of_postgres(connection, text, values).await?.iter().map(from_postgres).collect()
            }
        }
    }
}

async fn of_sqlite(
    connection: &mut SqliteConnection,
    text: &str,
    values: &[Cell],
) -> Result<Vec<SqliteRow>, Failed> {
    let query = sqlx::query(AssertSqlSafe(text.to_owned())).bind(TENANT.0);
    Ok(values.iter().fold(query, bind_sqlite).fetch_all(connection).await?)
}

async fn of_postgres(
    connection: &mut PgConnection,
    text: &str,
    values: &[Cell],
) -> Result<Vec<PgRow>, Failed> {
    let query = sqlx::query(AssertSqlSafe(text.to_owned())).bind(TENANT.0);
    let query = values.iter().fold(query, |query, cell| bind_postgres(query, cell, "TEXT"));
    Ok(query.fetch_all(connection).await?)
}

type SqliteQuery<'q> = sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>;
type PgQuery<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

/// Binds a value.
pub(super) fn bind_sqlite<'q>(query: SqliteQuery<'q>, cell: &Cell) -> SqliteQuery<'q> {
    match cell.clone() {
        Cell::Null => query.bind(None::<i64>),
        Cell::Int(number) => query.bind(number),
        Cell::Text(text) => query.bind(text),
        Cell::Bytes(bytes) => query.bind(bytes),
        Cell::Id(id) => query.bind(id),
    }
}

/// Binds a value of a type: a statement is prepared once for the types of its arguments.
pub(super) fn bind_postgres<'q>(query: PgQuery<'q>, cell: &Cell, ty: &str) -> PgQuery<'q> {
    match cell.clone() {
        Cell::Null => match ty {
            "INT8" => query.bind(None::<i64>),
            "UUID" => query.bind(None::<Uuid>),
            "BYTEA" => query.bind(None::<Vec<u8>>),
            _ => query.bind(None::<String>),
        },
        Cell::Int(number) => query.bind(number),
        Cell::Text(text) => query.bind(text),
        Cell::Bytes(bytes) => query.bind(bytes),
        Cell::Id(id) => query.bind(id),
    }
}

fn from_sqlite(row: &SqliteRow) -> Result<Row, Failed> {
    let columns = row.columns().iter().enumerate().map(|(at, column)| {
        let raw = row.try_get_raw(at)?;
        let cell = match raw.type_info().name() {
            _ if raw.is_null() => Cell::Null,
            "INTEGER" => Cell::Int(row.try_get(at)?),
            "BLOB" => Cell::Bytes(row.try_get(at)?),
            _ => Cell::Text(row.try_get(at)?),
        };
        Ok((Name { name: column.name().to_owned(), ty: String::new() }, cell))
    });
    columns.collect()
}

fn from_postgres(row: &PgRow) -> Result<Row, Failed> {
    let columns = row.columns().iter().enumerate().map(|(at, column)| {
        let (name, ty) = (column.name().to_owned(), column.type_info().name().to_owned());
        let cell = match &*ty {
            // What a search looks at is read as a text, under a name of its own.
            tokens if tokens.eq_ignore_ascii_case("tsvector") => return Ok(None),
            _ if row.try_get_raw(at)?.is_null() => Cell::Null,
            "INT8" => Cell::Int(row.try_get(at)?),
            "BYTEA" => Cell::Bytes(row.try_get(at)?),
            "UUID" => Cell::Id(row.try_get(at)?),
            _ => Cell::Text(row.try_get(at)?),
        };
        let name = match name.strip_suffix(TOKENS) {
            Some(name) => Name { name: name.to_owned(), ty: "TSVECTOR".to_owned() },
            None => Name { name, ty },
        };
        Ok(Some((name, cell)))
    });
    columns.filter_map(Result::transpose).collect()
}

/// What ends the name under which a column of tokens is read as a text.
pub(super) const TOKENS: &str = "_as_text";

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<Uuid> for Cell {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}
