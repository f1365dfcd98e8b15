use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use okno::base::{TenantId, Timestamp};
use okno::conformance::{instant, tenant};
use okno::store::{Blob, BlobError, BlobList, BlobStore, ByteSource, read_whole};

use crate::failure::failed;
use crate::{FileBlobs, FileSource};

fn ours() -> TenantId {
    tenant(1)
}

async fn open(root: &Path) -> FileBlobs {
    FileBlobs::open(root).await.expect("the folder can be opened")
}

async fn put(blobs: &FileBlobs, mut bytes: &[u8]) -> Blob {
    blobs.put(ours(), &mut bytes, 1_000, instant(0)).await.expect("the blob is kept")
}

/// Every file below a folder, without the locks.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).expect("the folder can be read").flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false if path.ends_with("lock") => {}
            false => found.push(path),
        }
    }
    found
}

#[tokio::test]
async fn a_blob_is_there_when_the_folder_is_opened_again() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let root = dir.path().join("deep/blobs");
    fs::create_dir(dir.path().join("deep")).expect("a folder can be made");
    let blob = put(&open(&root).await, b"abc").await;

    let again = open(&root).await;
    assert_eq!(again.stat(ours(), blob.digest).await.expect("the store answers"), Some(blob));
    let digest = blob.digest.to_string();
    assert_eq!(files(&root), [root.join(ours().to_string()).join(&digest[..2]).join(&digest)]);
}

#[tokio::test]
async fn what_a_crash_left_is_removed_and_what_arrives_is_not() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    put(&open(dir.path()).await, b"abc").await;
    let incoming = dir.path().join(ours().to_string()).join("incoming");
    fs::write(incoming.join("left by a crash"), b"ab").expect("a file can be written");
    let arriving = File::create_new(incoming.join("arriving")).expect("a file can be made");
    arriving.lock().expect("a file can be locked");

    let blobs = open(dir.path()).await;
    assert_eq!(files(&incoming), [incoming.join("arriving")]);
    let list = BlobList { tenant: ours(), after: None, limit: 10 };
    assert_eq!(blobs.list(list).await.expect("the listing is answered").len(), 1);
}

#[tokio::test]
async fn a_put_that_fails_leaves_no_file() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let blobs = open(dir.path()).await;
    let refused = blobs.put(ours(), &mut &[0; 1_001][..], 1_000, instant(0)).await;
    assert!(matches!(refused, Err(BlobError::TooLarge { .. })), "{refused:?}");
    assert_eq!(files(dir.path()), <[PathBuf; 0]>::default());
}

#[tokio::test]
async fn bytes_that_changed_on_the_disk_end_in_an_error() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let blobs = open(dir.path()).await;
    let blob = put(&blobs, b"abc").await;
    for other in [&b"abd"[..], b"ab", b"abcd", b""] {
        fs::write(&files(dir.path())[0], other).expect("a file can be written");
        let opened = blobs.open(ours(), blob.digest).await.expect("the store answers");
        let mut source = opened.expect("the blob is there");
        let error = read_whole(&mut *source, 10).await.expect_err("the bytes changed");
        assert!(matches!(error, BlobError::Corrupt { digest } if digest == blob.digest), "{error:?}");
        assert!(source.next().await.is_err(), "the end stays what it was");
    }
    put(&blobs, b"abc").await;
    let opened = blobs.open(ours(), blob.digest).await.expect("the store answers");
    let mut source = opened.expect("the blob is there");
    assert_eq!(read_whole(&mut source, 10).await.expect("it was put anew"), b"abc");
}

#[tokio::test]
async fn foreign_files_are_left_alone() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let blobs = open(dir.path()).await;
    let blob = put(&blobs, b"abc").await;
    let shard = dir.path().join(ours().to_string()).join(&blob.digest.to_string()[..2]);
    for name in ["notes.txt".to_owned(), blob.digest.to_string().to_uppercase(), "00".repeat(32)] {
        fs::write(shard.join(name), b"x").expect("a file can be written");
    }
    fs::create_dir(dir.path().join("lost+found")).expect("a folder can be made");
    let list = BlobList { tenant: ours(), after: None, limit: 10 };
    assert_eq!(open(dir.path()).await.list(list).await.expect("the listing is answered"), [blob]);
    assert_eq!(files(dir.path()).len(), 4);
}

#[tokio::test]
async fn a_folder_that_is_gone_is_not_made_anew() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let root = dir.path().join("blobs");
    let blobs = open(&root).await;
    let blob = put(&blobs, b"abc").await;
    fs::remove_dir_all(&root).expect("a folder can be removed");
    let error = blobs.put(ours(), &mut &b"abc"[..], 10, instant(0)).await.expect_err("the disk is gone");
    assert!(matches!(error, BlobError::Unavailable { .. }) && error.is_retryable(), "{error:?}");
    assert!(!root.exists());
    assert!(!blobs.delete(ours(), blob.digest, Timestamp::MAX).await.expect("there is nothing to delete"));
}

#[test]
fn what_the_file_system_reports_is_told_by_its_cause() {
    let told = |kind: ErrorKind| failed(kind.into());
    assert!(matches!(told(ErrorKind::StorageFull), BlobError::Full { .. }));
    assert!(matches!(told(ErrorKind::ReadOnlyFilesystem), BlobError::Forbidden { .. }));
    assert!(matches!(told(ErrorKind::PermissionDenied), BlobError::Forbidden { .. }));
    assert!(matches!(told(ErrorKind::TimedOut), BlobError::Unavailable { .. }));
    let refused: io::Error = BlobError::TooLarge { bytes_max: 7 }.into();
    assert!(matches!(failed(refused), BlobError::TooLarge { bytes_max: 7 }));
}

#[tokio::test]
async fn a_file_is_a_source() {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let path = dir.path().join("report.pdf");
    let bytes: Vec<u8> = (0..200_000_u32).map(|at| (at % 251) as u8).collect();
    fs::write(&path, &bytes).expect("a file can be written");
    let mut source = FileSource::open(&path).await.expect("the file is there");
    assert!(read_whole(&mut source, 200_000).await.expect("it is read") == bytes);
    assert_eq!(source.next().await.expect("the end stays the end"), None);
    assert!(FileSource::open(dir.path().join("none")).await.is_err());
}
