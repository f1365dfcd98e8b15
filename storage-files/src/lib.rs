//! Blobs of okno as files: [`FileBlobs`] keeps the bytes of attachments and archives in a folder.
//!
//! A blob is one file that nobody changes, named by its tenant and the SHA-256 of its bytes, and by nothing that a
//! person wrote. It is written beside its place, synced, and then moved there, so that a crash leaves either the whole
//! blob or a leftover, and leftovers are removed when the folder is opened. Any number of processes may share the
//! folder, as long as its file system knows locks.
//!
//! ```no_run
//! # async fn open() -> Result<(), okno::store::BlobError> {
//! use std::sync::Arc;
//!
//! use okno::store::BlobStore;
//! use okno_storage_files::FileBlobs;
//!
//! let blobs: Arc<dyn BlobStore> = Arc::new(FileBlobs::open("/var/lib/desk/blobs").await?);
//! # Ok(())
//! # }
//! ```

mod failure;
mod folder;
mod reading;
mod store;
mod upload;

pub use reading::FileSource;
pub use store::FileBlobs;

#[cfg(test)]
mod tests;
