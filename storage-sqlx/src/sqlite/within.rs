//! A batch in a transaction that the host began.

use std::path::Path;

use okno::store::{Batch, Receipt, StoreError, admit};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Executor as _, Sqlite, Transaction};

use super::failure::Failure;
use super::presence::Presence;
use super::schema;
use super::script::Script;
use super::snapshot::Reads;
use super::write::Statements;
use crate::sql::{Tables, corrupt, prepare};

/// Commits a batch as a part of the transaction; of a batch that is refused, or fails, nothing is left in it.
pub(super) async fn commit(
    transaction: &mut Transaction<'_, Sqlite>,
    tables: &Tables,
    file: &Presence,
    batch: Batch,
) -> Result<Receipt, Failure> {
    let batch = prepare(batch, tables)?;
    same_file(transaction, file).await?;
    let mut part = transaction.begin().await?;
    // What is replaced or deleted is overwritten, as the store itself does it; the connection stays as it was.
    let as_before: i64 = sqlx::query_scalar("PRAGMA secure_delete").fetch_one(&mut *part).await?;
    part.execute("PRAGMA secure_delete = ON").await?;
    let done = write(&mut part, tables, batch).await;
    match as_before {
        0 => part.execute("PRAGMA secure_delete = OFF").await?,
        2 => part.execute("PRAGMA secure_delete = FAST").await?,
        _ => Default::default(),
    };
    let receipt = done?;
    part.commit().await?;
    Ok(receipt)
}

async fn same_file(transaction: &mut Transaction<'_, Sqlite>, file: &Presence) -> Result<(), Failure> {
    let text = "SELECT file FROM pragma_database_list WHERE name = 'main'";
    let database: String = sqlx::query_scalar(text).fetch_one(&mut **transaction).await?;
    if file.is_at(Path::new(&database)) {
        return Ok(());
    }
    let source = format!("the transaction is of another database, `{database}`").into();
    Err(StoreError::Missing { source }.into())
}

async fn write(connection: &mut SqliteConnection, tables: &Tables, batch: Batch) -> Result<Receipt, Failure> {
    schema::check(connection, tables).await?;
    let group = vec![batch];
    let looked = Reads::new(tables).read(connection, Script::default(), &group).await?;
    let mut admitted = admit(group, &looked.before);
    let verdict = admitted.verdicts.pop();
    let receipt = verdict.ok_or_else(|| corrupt("a group", "a batch has no verdict"))??;
    Statements::new(tables).write(connection, tables, (admitted.writes, &looked.numbers)).await?;
    Ok(receipt)
}
