//! Attachments, on every store and every blob store.

mod bench;
mod limits;
mod scans;
mod sight;
mod sweeps;
