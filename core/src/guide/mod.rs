//! Longer explanations, with examples that run.
//!
//! - [`embedding`]: a desk in your program: actors, commands, errors, lists, time, messages
//! - [`storing`]: kinds of your own, batches, and what a store of your own has to do

#[doc = include_str!("embedding.md")]
pub mod embedding {}

#[doc = include_str!("storing.md")]
pub mod storing {}
