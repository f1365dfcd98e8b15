use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use okno::base::{Ids, RandomIds, TenantId, Timestamp};
use okno::store::{Blob, BlobDigest};

use crate::failure::if_there;

/// Where unfinished blobs lie, below the tenant's folder. It is no shard: those have two digits.
const INCOMING: &str = "incoming";

/// The folder of one tenant: `<root>/<tenant>/<first two digits>/<digest>`. Everything in it blocks.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
    path: PathBuf,
}

impl Folder {
    pub(crate) fn of(root: &Path, tenant: TenantId) -> Self {
        Self::at(root, root.join(tenant.to_string()))
    }

    fn at(root: &Path, path: PathBuf) -> Self {
        Self { root: root.to_owned(), path }
    }

    /// The folders of all tenants.
    pub(crate) fn all(root: &Path) -> io::Result<Vec<Self>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            let of_tenant = entry.file_name().to_str().is_some_and(|name| name.parse::<TenantId>().is_ok());
            if of_tenant && entry.file_type()?.is_dir() {
                found.push(Self::at(root, entry.path()));
            }
        }
        Ok(found)
    }

    /// A new file for bytes that arrive, locked for as long as it is open.
    pub(crate) fn begin(&self) -> io::Result<(File, PathBuf)> {
        make_folder(&self.path)?;
        make_folder(&self.path.join(INCOMING))?;
        // Held so that nobody takes the file for a leftover before it is locked.
        let _lock = self.lock()?;
        let path = self.path.join(INCOMING).join(format!("{:032x}", RandomIds.seed()));
        let file = File::create_new(&path)?;
        file.lock()?;
        Ok((file, path))
    }

    /// Puts a file with all its bytes in the place of a blob, and answers when it will be there after a loss of power.
    pub(crate) fn publish(
        &self,
        file: &File,
        path: &Path,
        digest: BlobDigest,
        at: Timestamp,
    ) -> io::Result<Blob> {
        // The bytes are written before the lock is taken, which then is held shortly.
        file.sync_all()?;
        let _lock = self.lock()?;
        let before = self.stat(digest)?;
        let put_at = before.map_or(at, |before| before.put_at.max(at));
        file.set_modified(system_time(put_at))?;
        file.sync_all()?;
        make_folder(&self.shard(digest.0[0]))?;
        fs::rename(path, self.place(digest))?;
        // Each level, since another process may have made it a moment ago and not synced it yet.
        for folder in [&self.shard(digest.0[0]), &self.path, &self.root] {
            sync_folder(folder)?;
        }
        Ok(Blob { digest, bytes: file.metadata()?.len(), put_at })
    }

    pub(crate) fn open(&self, digest: BlobDigest) -> io::Result<Option<File>> {
        if_there(File::open(self.place(digest)))
    }

    pub(crate) fn stat(&self, digest: BlobDigest) -> io::Result<Option<Blob>> {
        let Some(found) = if_there(fs::metadata(self.place(digest)))? else { return Ok(None) };
        Ok(Some(Blob { digest, bytes: found.len(), put_at: put_at(&found)? }))
    }

    pub(crate) fn touch(&self, digest: BlobDigest, at: Timestamp) -> io::Result<Option<Blob>> {
        let Some(_lock) = if_there(self.lock())? else { return Ok(None) };
        let Some(found) = self.stat(digest)? else { return Ok(None) };
        let file = OpenOptions::new().write(true).open(self.place(digest))?;
        let put_at = found.put_at.max(at);
        file.set_modified(system_time(put_at))?;
        file.sync_all()?;
        Ok(Some(Blob { put_at, ..found }))
    }

    pub(crate) fn delete(&self, digest: BlobDigest, before: Timestamp) -> io::Result<bool> {
        let Some(_lock) = if_there(self.lock())? else { return Ok(false) };
        if self.stat(digest)?.is_none_or(|found| found.put_at >= before) {
            return Ok(false);
        }
        fs::remove_file(self.place(digest))?;
        sync_folder(&self.shard(digest.0[0]))?;
        Ok(true)
    }

    pub(crate) fn list(&self, after: Option<BlobDigest>, limit: usize) -> io::Result<Vec<Blob>> {
        let mut found = Vec::new();
        for first in after.map_or(0, |after| after.0[0])..=u8::MAX {
            let mut digests = self.digests(first)?;
            digests.retain(|digest| after.is_none_or(|after| *digest > after));
            digests.sort_unstable();
            for digest in digests {
                if found.len() == limit {
                    return Ok(found);
                }
                found.extend(self.stat(digest)?);
            }
        }
        Ok(found)
    }

    /// Removes what puts left behind whose process is gone: a file that nobody holds locked.
    pub(crate) fn remove_leftovers(&self) -> io::Result<()> {
        let Some(incoming) = if_there(fs::read_dir(self.path.join(INCOMING)))? else { return Ok(()) };
        let _lock = self.lock()?;
        for entry in incoming {
            let path = entry?.path();
            // It may have become a blob meanwhile.
            let Some(file) = if_there(File::open(&path))? else { continue };
            match file.try_lock() {
                Ok(()) => fs::remove_file(&path)?,
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Lets one at a time change what is there: in this process and in others. It ends when the file is closed.
    fn lock(&self) -> io::Result<File> {
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(self.path.join("lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    fn shard(&self, first: u8) -> PathBuf {
        self.path.join(format!("{first:02x}"))
    }

    fn place(&self, digest: BlobDigest) -> PathBuf {
        self.shard(digest.0[0]).join(digest.to_string())
    }

    /// The blobs of a shard. Files that no blob is named like are somebody else's.
    fn digests(&self, first: u8) -> io::Result<Vec<BlobDigest>> {
        let Some(entries) = if_there(fs::read_dir(self.shard(first)))? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for entry in entries {
            let digest = entry?.file_name().to_str().and_then(|name| name.parse::<BlobDigest>().ok());
            found.extend(digest.filter(|digest| digest.0[0] == first));
        }
        Ok(found)
    }
}

/// A blob's instant is the time of its file.
fn put_at(metadata: &Metadata) -> io::Result<Timestamp> {
    let modified = metadata.modified()?;
    let millis = match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(error) => i64::try_from(error.duration().as_millis()).map_or(i64::MIN, |before| -before),
    };
    let millis = millis.clamp(Timestamp::MIN.millis(), Timestamp::MAX.millis());
    Timestamp::from_millis(millis).map_err(io::Error::other)
}

fn system_time(at: Timestamp) -> SystemTime {
    let span = Duration::from_millis(at.millis().unsigned_abs());
    if at.millis() < 0 { UNIX_EPOCH - span } else { UNIX_EPOCH + span }
}

/// Makes one level only: where the root is gone, a disk may be missing, and nothing is to be kept in its stead.
fn make_folder(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// Makes names in a folder durable.
#[cfg(unix)]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file, and its file system keeps a journal of names.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
