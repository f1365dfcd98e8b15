//! How things stand and what happens to them: records, the commands that change them, the events that say so.
//!
//! Every area has the same inner shape. `decide` is pure: what it needs comes in with a [`Context`] and a view of
//! loaded records, and what it wants changed goes out as a [`Decision`]. `evolve` folds events into records.

pub mod access;
pub mod archive;
pub mod clock;
mod decision;
pub mod definitions;
pub mod directory;
pub mod erasure;
pub mod job;
pub mod rebase;
mod refusal;
pub mod request;
#[cfg(test)]
mod sample;
pub mod series;
pub mod view;
mod world;

pub use decision::{Context, Decision, Halt, Need, Number, Outcome, Past, Reader};
pub use refusal::{Change, Refusal};
pub use world::{World, WorldAt};
