use std::io;
use std::path::{Path, PathBuf};

/// The file of a database as it was opened. A file that was deleted or moved can still be written by who has it open, but
/// nobody will find it again, so nothing that is written then may be acknowledged.
#[derive(Debug)]
pub(crate) struct Presence {
    path: PathBuf,
    opened: Option<Identity>,
}

/// What tells a file from another one at the same path, where the system says.
type Identity = (u64, u64);

impl Presence {
    /// Remembers the file that stands at a path now.
    pub(crate) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), opened: identity(path).ok().flatten() }
    }

    /// Whether the file at another path is the same one.
    pub(crate) fn is_at(&self, path: &Path) -> bool {
        match (identity(path), self.opened) {
            (Ok(Some(found)), Some(opened)) => found == opened,
            // Without identities, the path tells.
            (Ok(None), None) => path.canonicalize().ok() == self.path.canonicalize().ok(),
            _ => false,
        }
    }

    /// Whether that file still stands there.
    pub(crate) fn check(&self) -> io::Result<()> {
        match (identity(&self.path)?, self.opened) {
            (Some(found), Some(opened)) if found != opened => {
                Err(io::Error::new(io::ErrorKind::NotFound, "another file stands in its place"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Option<Identity>> {
    use std::os::unix::fs::MetadataExt as _;
    let found = std::fs::metadata(path)?;
    Ok(Some((found.dev(), found.ino())))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<Option<Identity>> {
    std::fs::metadata(path).map(|_| None)
}
