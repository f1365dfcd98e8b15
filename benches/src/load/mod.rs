//! The load program: a store of a size, the engine on it, and beside the engine the same rows written and read without it.
//!
//! Only ratios of one run say anything, as machines differ and are never idle. So engine and baselines take turns, round
//! by round, and what is told is the median.

mod center;
mod clients;
mod cost;
mod fill;
mod rows;
mod sqlite;
mod text;
mod writes;

pub use center::{Failed, TENANT, found};
pub use clients::Operation;
pub use cost::{Cost, memory_now, memory_peak};
pub use fill::fill;
pub use writes::{Measured, Rounds, in_memory, on_sqlite};
