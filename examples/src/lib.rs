//! What the examples of okno share.
