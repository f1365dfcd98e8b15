//! What the examples of okno share.

pub mod incidents;
