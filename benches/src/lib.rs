//! What the benches and load programs of okno share.

pub mod load;
