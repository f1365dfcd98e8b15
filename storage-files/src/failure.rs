use std::io::{self, ErrorKind};

use okno::store::BlobError;

/// What the file system reported, as the contract tells it; what the contract reported itself, as it was.
pub(crate) fn failed(error: io::Error) -> BlobError {
    let error = match error.downcast() {
        Ok(told) => return told,
        Err(error) => error,
    };
    let kind = error.kind();
    let source = Box::new(error);
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => BlobError::Full { source },
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => BlobError::Forbidden { source },
        _ => BlobError::Unavailable { source },
    }
}

/// Nothing where there is no such file.
pub(crate) fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Does what blocks where it hinders no other task. What has begun goes on when the caller is dropped.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        // The runtime is shutting down.
        Err(gone) => Err(io::Error::other(gone)),
    }
}
