//! The reference store of okno: everything in memory.
