//! The catalog: services, categories, lines, roles and the priority matrix of one tenant.
//!
//! [`Catalog`] is what people write; [`Catalog::check`] gives a [`CheckedCatalog`], the only form that reaches
//! the engine, or every [problem](crate::base::Problem) at once.

mod check;
mod definition;
mod priority;
mod role;

pub use check::CheckedCatalog;
pub use definition::{
    Catalog, Category, CategoryCode, Line, LineCode, Notification, OnParentEnd, REQUEST_EVENTS, Recipient,
    RequestKind, Service, ServiceCode,
};
pub use priority::{Level, Priority, PriorityMatrix, PriorityReason};
pub use role::{Action, Permission, Reach, Role, RoleCode};

#[cfg(test)]
mod tests;
