//! The load program: a store of a size, the engine on it, and beside the engine the same rows written and read without it.
//!
//! Only ratios of one run say anything, as machines differ and are never idle. So engine and rivals take turns, round by
//! round, and what is told is the median.
//!
//! The rivals write the same rows as the engine, with the same durability, to a copy of its store: **A** through sqlx, one
//! transaction an operation; **B** through sqlx, one statement a row, 64 operations a transaction; **E** through rusqlite,
//! prepared statements, 64 operations a transaction: what the machine can do. On PostgreSQL **A'** writes one statement an
//! operation; **B'** has 8 connections with multi-row statements, 64 operations a transaction.

mod bare;
mod center;
mod clients;
mod cost;
mod fill;
mod outcome;
mod postgres;
mod reads;
mod rows;
mod sqlite;
mod stores;
mod text;
mod writes;

pub use center::Failed;
pub use clients::Operation;
pub use cost::Cost;
pub use outcome::{Aim, Outcome};
pub use reads::Look;
pub use stores::{Plan, in_memory, on_postgres, on_sqlite};
pub use writes::{Measured, Rounds};
