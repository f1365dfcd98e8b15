//! What the PostgreSQL store promises beyond the contract of every store.

mod bench;
mod leases;
mod locks;
mod states;
mod upgrade;
