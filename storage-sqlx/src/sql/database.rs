//! What the reading parts ask of a database: to run a statement, and to look at one moment for several.

use std::future::Future;

use okno::store::StoreError;
use sqlx::{Connection as _, Database, Transaction};

use super::row::SqlRow;
use super::statement::{Dialect, Statement};

/// A database that statements are run on.
pub(crate) trait Sql: Database<Row: SqlRow> {
    /// How it is spoken to.
    const DIALECT: Dialect;
    /// Begins a transaction that reads, all of one moment.
    const READ: &'static str;

    /// Why a statement did not succeed.
    type Failure: From<sqlx::Error> + From<StoreError> + Send;

    /// Runs a statement and reads each of its rows while the database finds the next.
    fn each<T: Send + Unpin>(
        connection: &mut Self::Connection,
        statement: Statement,
        read: impl FnMut(Self::Row) -> Result<T, StoreError> + Send,
    ) -> impl Future<Output = Result<Vec<T>, Self::Failure>> + Send;

    /// Runs a statement and gathers its rows.
    fn rows(
        connection: &mut Self::Connection,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Self::Row>, Self::Failure>> + Send;

    /// Begins to read what several statements find at one moment.
    fn moment(
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<Transaction<'_, Self>, sqlx::Error>> + Send {
        connection.begin_with(Self::READ)
    }
}
