//! Saved views (сохранённые списки): a list of requests that somebody keeps, for themselves or for others as well.
//!
//! A view says which requests, in which order, with which columns; whoever uses it sees of them what they may see anyway.
//! The word [`ME`](crate::condition::ME) in its filter means whoever uses it.

mod command;
mod decide;
mod event;
mod record;

pub use command::{ViewCommand, ViewPlan};
pub(crate) use decide::decide;
pub use event::ViewEvent;
pub(crate) use record::view_column;
pub use record::{SAVED_VIEW, SavedView, Sharing, Side, ViewId};

#[cfg(test)]
mod tests;
