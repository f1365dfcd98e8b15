//! SQL stores of `okno` through sqlx.
//!
//! Records keep real columns for what is searched, sorted and reported, so that other programs can read them with
//! plain SQL, and the whole record as JSON beside them. A batch is admitted by `okno::store::admit` and written with
//! a few statements of many rows.
//!
//! How a column is kept, for those who read the tables:
//!
//! | Type | Column |
//! |---|---|
//! | whole number, yes or no | a number, 0 or 1 |
//! | decimal | a number of ten-thousandths |
//! | instant | milliseconds since 1970-01-01T00:00:00Z |
//! | date | days since 1970-01-01 |
//! | id | the 16 bytes of the UUID |
//! | code | text |
//! | text | two columns: `name` as it was written, `name_key` as it is compared and sorted |
//!
//! Rows of kinds with searched texts have a number, `row_number`, in the order of writing. Tokens of the texts stand in a table of
//! FTS5 under the same number, or in the column `row_texts` on PostgreSQL.
//!
//! On PostgreSQL every number is a `bigint`, an id a `uuid`, and every text is ordered by its bytes (`COLLATE "C"`).
//!
//! In SQLite, what is replaced, deleted or erased is overwritten in the file (`secure_delete`). Former places of rows that moved, and
//! the log, may hold bytes of it for a while; [`SqliteStore::compact`] leaves nothing.
//!
//! # Features
//! - `sqlite` (default): [`SqliteStore`], an embedded store in one file.
//! - `postgres`: `PostgresStore`, in a schema of a database that many nodes share.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore};
