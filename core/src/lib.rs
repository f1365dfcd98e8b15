//! okno: an embeddable service-desk engine for shared service centers (SSC, ОЦО).

pub mod base;
pub mod condition;
pub mod config;
pub mod engine;
pub mod life;
pub mod store;
