use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use okno::base::Timestamp;
use okno::store::{Blob, BlobGauge};

use crate::folder::Folder;

/// A blob that arrives: a file beside its place. It is removed when it is dropped, as a put that fails or is dropped is.
#[derive(Debug)]
pub(crate) struct Upload {
    folder: Folder,
    gauge: BlobGauge,
    file: File,
    path: PathBuf,
}

impl Upload {
    pub(crate) fn begin(folder: Folder, bytes_max: u64) -> io::Result<Self> {
        let (file, path) = folder.begin()?;
        Ok(Self { folder, gauge: BlobGauge::new(bytes_max), file, path })
    }

    pub(crate) fn write(mut self, piece: &[u8]) -> io::Result<Self> {
        self.gauge.take(piece)?;
        self.file.write_all(piece)?;
        Ok(self)
    }

    pub(crate) fn publish(self, at: Timestamp) -> io::Result<Blob> {
        self.folder.publish(&self.file, &self.path, self.gauge.clone().digest(), at)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        // Nothing is there under this name when the blob was published; what cannot be removed is a leftover.
        let _ = fs::remove_file(&self.path);
    }
}
