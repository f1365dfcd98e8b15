//! The archive (архив): requests that ended long ago and left, each as one bundle in the blob store.
//!
//! A [`Tombstone`] stays behind. It answers the number of the request, to whom the request would have answered, and says
//! where the [`Bundle`] lies. The journal keeps what happened, without texts and personal values.

mod bundle;
mod decide;
mod record;

pub use bundle::{Bundle, BundledEvent};
pub(crate) use decide::decide;
pub(crate) use record::tombstone_column;
pub use record::{TOMBSTONE, Tombstone};

#[cfg(test)]
mod tests;
