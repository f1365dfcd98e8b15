//! What the examples of okno share.

pub mod day;
pub mod incidents;
mod place;

pub use place::Place;
