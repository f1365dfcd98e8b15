//! What a service center is, as data: definitions, their checks and their pure evaluation.
//!
//! A definition is plain serde data. A check gives the form that the engine accepts, or every problem at once.

pub mod agreement;
pub mod calendar;
pub mod catalog;
pub mod schedule;
