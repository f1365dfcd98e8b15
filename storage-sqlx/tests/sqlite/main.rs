//! What the store in one SQLite file promises beyond the contract of every store.

mod durability;
mod erasure;
mod filters;
mod groups;
mod refusals;
mod support;
mod upgrade;
mod work;
