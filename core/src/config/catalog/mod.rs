//! The catalog: services, categories, lines, roles and the priority matrix of one tenant.
//!
//! [`Catalog`] is what people write; [`Catalog::check`] gives a [`CheckedCatalog`], the only form that reaches
//! the engine, or every [problem](crate::base::Problem) at once.

mod check;
mod definition;
mod field;
mod macros;
mod priority;
mod reply;
mod role;

pub use check::CheckedCatalog;
pub use definition::{
    Catalog, Category, CategoryCode, Line, LineCode, Notification, OnParentEnd, REQUEST_EVENTS, Recipient,
    RequestKind, Service, ServiceCode, TagCode,
};
pub use field::{FieldCode, FieldDefinition, FieldKind, FieldOption, REQUEST_FIELDS};
pub use macros::{HoldReason, Macro, MacroCode, MacroStep};
pub use priority::{Level, Priority, PriorityMatrix, PriorityReason};
pub use reply::{CannedReply, Placeholder, ReplyCode, ReplyText};
pub use role::{Action, Permission, Reach, Role, RoleCode};

#[cfg(test)]
mod tests;
