//! Nodes that are processes of their own, so that they can be killed, stopped and set against each other: the program that
//! such a node is, and the handle by which a test leads it.

mod process;
mod program;
mod shared;

pub use process::{Process, Start, acknowledged};
pub use program::main;
pub use shared::{PostFile, SharedStore, Shifted};
