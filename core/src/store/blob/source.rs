use std::io::{self, Cursor};

use async_trait::async_trait;

use super::error::BlobError;
use crate::base::limits::BLOB_PIECE_BYTES;

/// Bytes that come piece by piece, so that nobody holds all of them: a file, the body of a message, a blob.
///
/// Bytes in memory are a source as they are: `&[u8]`, and a [`Cursor`] over whatever holds them.
#[async_trait]
pub trait ByteSource: Send {
    /// The next piece, of any length; nothing at the end, and after it.
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>>;
}

#[async_trait]
impl ByteSource for &[u8] {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let (piece, rest) = self.split_at(self.len().min(BLOB_PIECE_BYTES));
        *self = rest;
        Ok(Some(piece.to_vec()).filter(|piece| !piece.is_empty()))
    }
}

#[async_trait]
impl<T: AsRef<[u8]> + Send> ByteSource for Cursor<T> {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let held = self.get_ref().as_ref();
        let start = usize::try_from(self.position()).unwrap_or(usize::MAX).min(held.len());
        let end = held.len().min(start + BLOB_PIECE_BYTES);
        let piece = held[start..end].to_vec();
        self.set_position(end as u64);
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }
}

#[async_trait]
impl<S: ByteSource + ?Sized> ByteSource for Box<S> {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        (**self).next().await
    }
}

/// Reads a source to its end into memory.
///
/// # Errors
/// [`BlobError::TooLarge`] when there are more than `bytes_max`, and what the source reports.
pub async fn read_whole(source: &mut dyn ByteSource, bytes_max: u64) -> Result<Vec<u8>, BlobError> {
    let mut whole = Vec::new();
    while let Some(piece) = source.next().await? {
        whole.extend(piece);
        if whole.len() as u64 > bytes_max {
            return Err(BlobError::TooLarge { bytes_max });
        }
    }
    Ok(whole)
}
