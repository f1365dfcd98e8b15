//! Statements on a connection.

use std::sync::Arc;

use okno::store::StoreError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Sqlite};

use super::failure::Failure;
use crate::sql::{Arg, Dialect, Sql, Statement};

/// A query with its arguments; every text is made of constants and quoted names, values travel as arguments.
pub(crate) type Bound = sqlx::query::Query<'static, Sqlite, SqliteArguments>;

/// Binds arguments to a text that stays in the cache of statements.
pub(crate) fn bound(text: Arc<str>, args: impl IntoIterator<Item = Arg>) -> Result<Bound, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    for arg in args {
        add(&mut arguments, arg).map_err(sqlx::Error::Encode)?;
    }
    Ok(sqlx::query_with(AssertSqlSafe(text), arguments))
}

/// Binds the arguments of a statement that was put together; a long text is not worth its place in the cache.
pub(crate) fn once(statement: Statement) -> Result<Bound, sqlx::Error> {
    let cached = statement.text.len() <= CACHED_BYTES_MAX;
    Ok(bound(statement.text.into(), statement.args)?.persistent(cached))
}

impl Sql for Sqlite {
    const DIALECT: Dialect = Dialect::Sqlite;
    const READ: &'static str = "BEGIN";

    type Failure = Failure;

    async fn each<T: Send + Unpin>(
        connection: &mut SqliteConnection,
        statement: Statement,
        read: impl FnMut(SqliteRow) -> Result<T, StoreError> + Send,
    ) -> Result<Vec<T>, Failure> {
        let read = once(statement)?.map(read).fetch_all(connection).await?;
        Ok(read.into_iter().collect::<Result<_, _>>()?)
    }

    async fn rows(
        connection: &mut SqliteConnection,
        statement: Statement,
    ) -> Result<Vec<SqliteRow>, Failure> {
        Ok(once(statement)?.fetch_all(connection).await?)
    }
}

fn add(arguments: &mut SqliteArguments, arg: Arg) -> Result<(), sqlx::error::BoxDynError> {
    match arg {
        Arg::Null => arguments.add(None::<i64>),
        Arg::Bool(v) => arguments.add(i64::from(v)),
        Arg::Int(v) => arguments.add(v),
        Arg::Id(v) => arguments.add(v),
        Arg::Text(v) => arguments.add(v),
        Arg::Bytes(v) => arguments.add(v),
        Arg::List(_, members) => arguments.add(json(&members)),
    }
}

/// A list as SQLite takes it apart.
fn json(members: &[Arg]) -> String {
    serde_json::Value::Array(members.iter().map(member).collect()).to_string()
}

fn member(member: &Arg) -> serde_json::Value {
    match member {
        Arg::Null => serde_json::Value::Null,
        Arg::Bool(v) => i64::from(*v).into(),
        Arg::Int(v) => (*v).into(),
        Arg::Id(v) => v.simple().to_string().into(),
        Arg::Text(v) => v.as_str().into(),
        Arg::Bytes(v) => String::from_utf8_lossy(v).into(),
        Arg::List(_, members) => serde_json::Value::Array(members.iter().map(self::member).collect()),
    }
}

const CACHED_BYTES_MAX: usize = 4_096;
