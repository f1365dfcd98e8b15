//! The store in a schema of a PostgreSQL database: one committer for each tenant at a time, which commits waiting batches
//! in groups, mostly with one statement.

mod assumed;
mod commit;
mod connection;
mod expected;
mod failure;
mod kind_table;
mod lines;
mod lists;
mod options;
mod schema;
mod snapshot;
mod store;
mod together;
mod within;
mod work;
mod write;

pub use options::PostgresOptions;
pub use store::PostgresStore;
