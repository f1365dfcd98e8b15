//! okno: an embeddable service-desk engine for shared service centers (SSC, ОЦО).

pub mod base;
pub mod condition;
pub mod store;

#[cfg(any(test, feature = "conformance"))]
pub use store::conformance;
