//! The reference store of okno: everything in memory.
//!
//! [`MemoryStore`] keeps records as they are given to it and serialises nothing; only an event whose content is erased is
//! written and read back, so that nothing else of it changes. It is the fastest store and the plainest reading of the
//! contract: what it answers, every other store answers too. [`MemoryBlobs`] is the same for blobs.
//!
//! ```
//! use std::sync::Arc;
//!
//! use okno::store::Store;
//! use okno_storage_memory::MemoryStore;
//!
//! let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
//! ```

mod blobs;
mod index;
mod search;
mod state;
mod store;
mod stretch;
mod table;
mod tenant;
mod texts;
mod walk;
mod whole;
mod work;

pub use blobs::MemoryBlobs;
pub use store::MemoryStore;

#[cfg(test)]
mod tests;
