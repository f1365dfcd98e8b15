use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use okno::base::limits::BLOB_PIECE_BYTES;
use okno::store::{BlobDigest, BlobError, BlobGauge, ByteSource};

use crate::failure::blocking;

/// A file as a source of bytes.
#[derive(Debug)]
pub struct FileSource {
    file: Arc<Mutex<File>>,
    /// How far it was read by those who got what they asked for.
    offset: u64,
}

impl FileSource {
    /// Opens a file.
    ///
    /// # Errors
    /// What the file system reports.
    pub async fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        blocking(move || File::open(path)).await.map(Self::of)
    }

    pub(crate) fn of(file: File) -> Self {
        Self { file: Arc::new(Mutex::new(file)), offset: 0 }
    }
}

#[async_trait]
impl ByteSource for FileSource {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let (file, offset) = (self.file.clone(), self.offset);
        let piece = blocking(move || piece_at(&file, offset)).await?;
        self.offset += piece.len() as u64;
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }
}

/// A call that was dropped may still be reading: the place is told anew each time, under the lock.
fn piece_at(file: &Mutex<File>, offset: u64) -> io::Result<Vec<u8>> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    file.seek(SeekFrom::Start(offset))?;
    let mut piece = Vec::with_capacity(BLOB_PIECE_BYTES);
    (&mut *file).take(BLOB_PIECE_BYTES as u64).read_to_end(&mut piece)?;
    Ok(piece)
}

/// A blob that is read: at its end it is held against its digest.
#[derive(Debug)]
pub(crate) struct Reading {
    source: FileSource,
    gauge: BlobGauge,
    digest: BlobDigest,
}

impl Reading {
    pub(crate) fn of(file: File, digest: BlobDigest) -> Self {
        Self { source: FileSource::of(file), gauge: BlobGauge::new(u64::MAX), digest }
    }
}

#[async_trait]
impl ByteSource for Reading {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(piece) = self.source.next().await? else {
            let whole = self.gauge.clone().digest() == self.digest;
            return if whole { Ok(None) } else { Err(BlobError::Corrupt { digest: self.digest }.into()) };
        };
        self.gauge.take(&piece)?;
        Ok(Some(piece))
    }
}
