use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use okno::base::{TenantId, Timestamp};
use okno::store::{Blob, BlobDigest, BlobError, BlobList, BlobStore, ByteSource};

use crate::failure::{blocking, failed};
use crate::folder::{Folder, sync_folder};
use crate::reading::Reading;
use crate::upload::Upload;

/// Blobs as files below a folder.
///
/// The instant of a blob is the time of its file, within what the file system keeps: on Linux from 1901 at the latest.
#[derive(Debug, Clone)]
pub struct FileBlobs {
    root: PathBuf,
}

impl FileBlobs {
    /// Opens a folder, which is made when it is not there, and removes what puts of a process that is gone left in it.
    ///
    /// # Errors
    /// What the file system reports.
    pub async fn open(root: impl Into<PathBuf>) -> Result<Self, BlobError> {
        let root = root.into();
        let opened = root.clone();
        blocking(move || prepare(&opened)).await.map_err(failed)?;
        Ok(Self { root })
    }

    async fn within<T: Send + 'static>(
        &self,
        tenant: TenantId,
        work: impl FnOnce(Folder) -> io::Result<T> + Send + 'static,
    ) -> Result<T, BlobError> {
        let folder = Folder::of(&self.root, tenant);
        blocking(move || work(folder)).await.map_err(failed)
    }
}

fn prepare(root: &Path) -> io::Result<()> {
    fs::create_dir_all(root)?;
    // An absolute path has a parent to be named in, unless it is the root of everything.
    if let Some(parent) = fs::canonicalize(root)?.parent() {
        sync_folder(parent)?;
    }
    Folder::all(root)?.iter().try_for_each(Folder::remove_leftovers)
}

#[async_trait]
impl BlobStore for FileBlobs {
    async fn put(
        &self,
        tenant: TenantId,
        source: &mut dyn ByteSource,
        bytes_max: u64,
        at: Timestamp,
    ) -> Result<Blob, BlobError> {
        let mut upload = self.within(tenant, move |folder| Upload::begin(folder, bytes_max)).await?;
        while let Some(piece) = source.next().await? {
            upload = blocking(move || upload.write(&piece)).await.map_err(failed)?;
        }
        blocking(move || upload.publish(at)).await.map_err(failed)
    }

    async fn open(
        &self,
        tenant: TenantId,
        digest: BlobDigest,
    ) -> Result<Option<Box<dyn ByteSource>>, BlobError> {
        let file = self.within(tenant, move |folder| folder.open(digest)).await?;
        Ok(file.map(|file| Box::new(Reading::of(file, digest)) as Box<dyn ByteSource>))
    }

    async fn stat(&self, tenant: TenantId, digest: BlobDigest) -> Result<Option<Blob>, BlobError> {
        self.within(tenant, move |folder| folder.stat(digest)).await
    }

    async fn touch(
        &self,
        tenant: TenantId,
        digest: BlobDigest,
        at: Timestamp,
    ) -> Result<Option<Blob>, BlobError> {
        self.within(tenant, move |folder| folder.touch(digest, at)).await
    }

    async fn delete(
        &self,
        tenant: TenantId,
        digest: BlobDigest,
        before: Timestamp,
    ) -> Result<bool, BlobError> {
        self.within(tenant, move |folder| folder.delete(digest, before)).await
    }

    async fn list(&self, list: BlobList) -> Result<Vec<Blob>, BlobError> {
        list.within_limits()?;
        self.within(list.tenant, move |folder| folder.list(list.after, list.limit)).await
    }
}
