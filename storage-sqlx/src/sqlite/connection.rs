//! Statements on a connection.

use std::sync::Arc;

use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, Sqlite};

use crate::sql::{Arg, Statement};

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

/// Runs a statement and gathers its rows.
pub(crate) async fn rows(
    connection: &mut SqliteConnection,
    statement: Statement,
) -> Result<Vec<SqliteRow>, sqlx::Error> {
    once(statement)?.fetch_all(connection).await
}

fn add(arguments: &mut SqliteArguments, arg: Arg) -> Result<(), sqlx::error::BoxDynError> {
    match arg {
        Arg::Null => arguments.add(None::<i64>),
        Arg::Bool(v) => arguments.add(i64::from(v)),
        Arg::Int(v) => arguments.add(v),
        Arg::Id(v) => arguments.add(v),
        Arg::Text(v) => arguments.add(v),
        Arg::Bytes(v) => arguments.add(v),
    }
}

const CACHED_BYTES_MAX: usize = 4_096;
