//! The contract for bytes: blobs, kept under their tenant and their SHA-256.

mod digest;
mod error;
mod gauge;
mod source;

use std::fmt::Debug;

use async_trait::async_trait;

use crate::base::limits::BLOB_PAGE_MAX;
use crate::base::{TenantId, Timestamp};

pub use digest::{BlobDigest, BlobDigestError};
pub use error::BlobError;
pub use gauge::BlobGauge;
pub use source::{ByteSource, read_whole};

/// Keeps bytes, apart from the records that name them.
///
/// A blob is named by the SHA-256 of its bytes within its tenant, so that the same bytes are kept once. Nobody counts
/// who refers to a blob: what nothing refers to is found by listing, and deleted when it was not put lately. The
/// instants are the caller's, so that they follow the clock of the desk.
///
/// # Must hold
/// Each sentence is one function of the conformance suite.
///
/// - A blob is read back byte for byte, in whatever pieces its bytes came.
/// - A blob is named by the SHA-256 of its bytes.
/// - Bytes that are put twice are one blob, of the later instant.
/// - A blob as large as its limit is kept; one byte more is refused and leaves nothing.
/// - A source that fails leaves nothing.
/// - A put that is dropped on its way leaves nothing.
/// - What is not there is answered with nothing by every call that names it.
/// - A touched blob has the instant of the touch, but never an earlier one than before.
/// - A blob is deleted when its instant lies before the one asked for, and stays otherwise.
/// - A deleted blob is gone, and can be put again.
/// - A reading that has begun goes to its end, whatever is put or deleted meanwhile.
/// - A listing holds the blobs of a tenant by digest, after the one asked for and at most as many as asked.
/// - A listing over the limit is refused.
/// - Tenants never meet: the same bytes of two tenants are two blobs.
/// - The same bytes put by several at once are one blob, and all are answered.
/// - A blob that is put or touched while an older one of its name is deleted stays.
#[async_trait]
pub trait BlobStore: Debug + Send + Sync + 'static {
    /// Keeps the bytes of a source, as long as they are no more than `bytes_max`, and says so only when they are durable.
    async fn put(
        &self,
        tenant: TenantId,
        source: &mut dyn ByteSource,
        bytes_max: u64,
        at: Timestamp,
    ) -> Result<Blob, BlobError>;

    /// Begins to read a blob. Bytes that are no longer those of the digest end in an error, not in silence.
    async fn open(
        &self,
        tenant: TenantId,
        digest: BlobDigest,
    ) -> Result<Option<Box<dyn ByteSource>>, BlobError>;

    /// Tells of a blob without reading it.
    async fn stat(&self, tenant: TenantId, digest: BlobDigest) -> Result<Option<Blob>, BlobError>;

    /// Makes a blob as young as if it were put at `at`, so that no sweep takes it before it is referred to.
    async fn touch(
        &self,
        tenant: TenantId,
        digest: BlobDigest,
        at: Timestamp,
    ) -> Result<Option<Blob>, BlobError>;

    /// Deletes a blob that was last put or touched before an instant, and tells whether it did.
    async fn delete(
        &self,
        tenant: TenantId,
        digest: BlobDigest,
        before: Timestamp,
    ) -> Result<bool, BlobError>;

    /// Lists blobs of a tenant, by digest.
    async fn list(&self, list: BlobList) -> Result<Vec<Blob>, BlobError>;
}

/// What is known of a blob besides its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blob {
    /// The SHA-256 of its bytes.
    pub digest: BlobDigest,
    /// How many bytes it has.
    pub bytes: u64,
    /// When it was last put or touched.
    pub put_at: Timestamp,
}

/// Which blobs to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobList {
    /// The tenant.
    pub tenant: TenantId,
    /// Those after this one; from the beginning without it.
    pub after: Option<BlobDigest>,
    /// At most so many.
    pub limit: usize,
}

impl BlobList {
    /// Holds the listing against the limit; each store asks this first.
    ///
    /// # Errors
    /// [`BlobError::Limit`].
    pub fn within_limits(&self) -> Result<(), BlobError> {
        let (found, max) = (self.limit, BLOB_PAGE_MAX);
        if found > max {
            return Err(BlobError::Limit { what: "blobs of a listing", found, max });
        }
        Ok(())
    }
}
