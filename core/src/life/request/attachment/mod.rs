//! Attachments (вложения): files of a request. A record says what a file is; its bytes lie in the blob store.
//!
//! Bytes arrive first and make an [`Upload`], which only whoever brought them can attach, once and within a day. An
//! attachment that comes with an entry is seen by whoever sees the entry. Where files are scanned, nobody gets one that
//! was not found clean, except an operator who asks for it expressly; an infected one is given to nobody.

mod media;
mod record;
mod scan;
mod upload;

pub use media::{MediaType, MediaTypeError};
pub use record::{ATTACHMENT, Attached, Attachment, AttachmentId};
pub(crate) use record::{attachment_column, blob_id};
pub use scan::{Asked, Scan, ScanVerdict};
pub(crate) use upload::upload_column;
pub use upload::{UPLOAD, Upload, UploadId};
