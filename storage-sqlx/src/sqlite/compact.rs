//! The file written anew, so that nothing is left in it of what was erased, replaced or deleted.

use okno::store::StoreError;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use super::failure::Failure;
use crate::sql::{Tables, text_index};

/// Writes the file anew and empties its log.
///
/// SQLite overwrites what it deletes, but moves rows between pages and leaves their former places as they are; and
/// the log holds pages as they were. Afterwards the file has only what is there, and the log has nothing.
///
/// # Errors
/// [`StoreError::Locked`] when somebody still reads from the log.
pub(crate) async fn compact(connection: &mut SqliteConnection, tables: &Tables) -> Result<(), Failure> {
    // An index of texts marks what was taken out of it, and keeps the tokens until its parts are joined.
    for table in tables.iter().filter(|table| table.is_searched()) {
        let index = text_index(table.kind);
        let text = format!("INSERT INTO {index} ({index}) VALUES ('optimize')");
        sqlx::query(AssertSqlSafe(text)).persistent(false).execute(&mut *connection).await?;
    }
    // The copy can be larger than memory. It holds only what is there.
    connection.execute("PRAGMA temp_store = FILE").await?;
    let rewritten = rewrite(connection).await;
    connection.execute("PRAGMA temp_store = MEMORY").await?;
    rewritten
}

async fn rewrite(connection: &mut SqliteConnection) -> Result<(), Failure> {
    // What the log holds is moved first: the copy then goes into an empty one.
    empty_log(connection).await?;
    connection.execute("VACUUM").await?;
    empty_log(connection).await
}

async fn empty_log(connection: &mut SqliteConnection) -> Result<(), Failure> {
    let row = connection.fetch_one("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    if row.try_get::<i64, _>(0)? != 0 {
        let source = "somebody still reads from the log".into();
        return Err(StoreError::Locked { source }.into());
    }
    Ok(())
}
