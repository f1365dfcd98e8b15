use std::fmt;

use sha2::{Digest as _, Sha256};

use super::digest::BlobDigest;
use super::error::BlobError;

/// Hashes and counts bytes as they pass, and stops those that are too many: what every blob store does in a put.
#[derive(Clone)]
pub struct BlobGauge {
    hash: Sha256,
    bytes: u64,
    bytes_max: u64,
}

impl BlobGauge {
    /// A gauge that has seen nothing and lets `bytes_max` bytes pass.
    #[must_use]
    pub fn new(bytes_max: u64) -> Self {
        Self { hash: Sha256::new(), bytes: 0, bytes_max }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`]; the piece was not taken.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), BlobError> {
        let bytes = self.bytes.saturating_add(piece.len() as u64);
        if bytes > self.bytes_max {
            return Err(BlobError::TooLarge { bytes_max: self.bytes_max });
        }
        self.bytes = bytes;
        self.hash.update(piece);
        Ok(())
    }

    /// How many bytes passed.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The digest of what passed.
    #[must_use]
    pub fn digest(self) -> BlobDigest {
        BlobDigest(self.hash.finalize().into())
    }
}

impl fmt::Debug for BlobGauge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobGauge").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}
