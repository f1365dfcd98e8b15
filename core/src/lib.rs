//! okno: an embeddable service-desk engine for shared service centers (SSC, ОЦО).
//!
//! A [`Desk`] stands on a [`Store`](store::Store) and is used on behalf of an [`Actor`]. Rules are pure functions over
//! records and events; the desk loads, asks them, and commits what they decide in one batch. Everything that happened
//! stands in a journal, in order and without gaps.
//!
//! - [`base`]: ids, instants, text keys, limits
//! - [`condition`]: the one condition language
//! - [`text`]: how texts are searched
//! - [`store`]: the contract that back ends keep
//! - [`config`]: what a service center is, as data
//! - [`life`]: records, commands, events and the rules between them
//! - [`engine`]: the desk and its worker
//! - [`guide`]: longer explanations, with examples that run
//!
//! # Features
//! - `conformance`: the suite of tests that every store passes.

pub mod base;
pub mod condition;
pub mod config;
pub mod engine;
pub mod guide;
pub mod life;
pub mod store;
pub mod text;

pub use base::{Channel, CommandId, Party, Span, TenantId, Text, Timestamp};
pub use condition::Condition;
pub use config::catalog::Catalog;
pub use engine::{Desk, DeskError, Founding, List, Worker, kinds};
pub use life::Refusal;
pub use life::access::Actor;
pub use life::directory::{Employee, EmployeeId, Member, Person};
pub use life::request::{Request, RequestCommand, RequestId, Status, Submit};

#[cfg(any(test, feature = "conformance"))]
pub use store::conformance;
