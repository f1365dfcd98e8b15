//! What the tests of okno share.
