//! What the benches of okno share.
