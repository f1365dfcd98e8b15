//! The store in one SQLite file: one writer that commits waiting batches in groups, and a pool of readers.

mod compact;
mod connection;
mod failure;
mod gather;
mod journal;
mod kind_table;
mod load;
mod options;
mod presence;
mod query;
mod rows;
mod schema;
mod snapshot;
mod store;
mod together;
mod work;
mod write;
mod writer;

pub use options::SqliteOptions;
pub use store::SqliteStore;

#[cfg(test)]
mod tests;
