//! What the examples of okno share.

pub mod city;
pub mod day;
pub mod incidents;
mod place;
mod shell;
mod table;

pub use place::Place;
pub use shell::{in_words, progress};
