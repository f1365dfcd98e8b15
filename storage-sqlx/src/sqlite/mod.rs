//! The store in one SQLite file: one writer that commits waiting batches in groups, and connections that read.

mod compact;
mod connection;
mod failure;
mod kind_table;
mod options;
mod presence;
mod readers;
mod rows;
mod schema;
mod script;
mod snapshot;
mod store;
mod texts;
mod together;
mod within;
mod work;
mod write;
mod writer;

pub use options::SqliteOptions;
pub use store::SqliteStore;

#[cfg(test)]
mod tests;
