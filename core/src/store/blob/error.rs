use std::error::Error;
use std::io;

use super::digest::BlobDigest;

/// Why a blob store did not do what it was asked. Nothing is left of a put that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// The source has more bytes than may be kept.
    #[error("there are more than {bytes_max} bytes")]
    TooLarge {
        /// How many may be kept.
        bytes_max: u64,
    },
    /// The bytes stopped coming.
    #[error("the bytes stopped coming")]
    Source {
        /// What the source reported.
        #[source]
        source: io::Error,
    },
    /// More than the store answers at once.
    #[error("{what}: {found} are more than {max}")]
    Limit {
        /// What is limited.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many may be.
        max: usize,
    },
    /// There is no such blob, though something refers to it.
    #[error("the blob `{digest}` is gone")]
    Missing {
        /// The blob.
        digest: BlobDigest,
    },
    /// The bytes that are kept are no longer those that were put.
    #[error("the blob `{digest}` holds other bytes than were put")]
    Corrupt {
        /// The blob.
        digest: BlobDigest,
    },
    /// The machine does not let the store read or write its blobs.
    #[error("the blob store may not reach its blobs")]
    Forbidden {
        /// What was seen.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The disk is full.
    #[error("the disk of the blob store is full")]
    Full {
        /// What was seen.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The blobs could not be reached.
    #[error("the blob store cannot be reached")]
    Unavailable {
        /// What was seen.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl BlobError {
    /// Whether doing the same once more, with the source from its beginning, can succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Source { .. } | Self::Full { .. } | Self::Unavailable { .. } => true,
            Self::TooLarge { .. }
            | Self::Limit { .. }
            | Self::Missing { .. }
            | Self::Corrupt { .. }
            | Self::Forbidden { .. } => false,
        }
    }
}

/// A reading that comes upon other bytes than were put ends in this.
impl From<BlobError> for io::Error {
    fn from(error: BlobError) -> Self {
        let kind = match error {
            BlobError::Source { source } => return source,
            BlobError::Missing { .. } => io::ErrorKind::NotFound,
            BlobError::Corrupt { .. } => io::ErrorKind::InvalidData,
            BlobError::TooLarge { .. } => io::ErrorKind::FileTooLarge,
            BlobError::Full { .. } => io::ErrorKind::StorageFull,
            BlobError::Forbidden { .. } => io::ErrorKind::PermissionDenied,
            BlobError::Limit { .. } => io::ErrorKind::InvalidInput,
            BlobError::Unavailable { .. } => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// What a reading ended in comes back as it was; anything else is the source's.
impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(|source| Self::Source { source })
    }
}
