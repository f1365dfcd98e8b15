use std::future::pending;
use std::io::{self, Cursor};
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Notify;

use super::bench::{instant, tenant};
use crate::base::limits::{BLOB_PAGE_MAX, BLOB_PIECE_BYTES};
use crate::base::{TenantId, Timestamp};
use crate::store::{Blob, BlobDigest, BlobError, BlobList, BlobStore, ByteSource, read_whole};

/// The SHA-256 of `abc` (FIPS 180-2, appendix B.1).
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// A source that gives pieces and then ends, fails or never goes on.
#[derive(Debug)]
struct Pieces {
    left: Vec<Vec<u8>>,
    end: End,
}

#[derive(Debug)]
enum End {
    Whole,
    Broken,
    /// It tells when it got there.
    Stuck(Arc<Notify>),
}

impl Pieces {
    /// Pieces of so many bytes each.
    fn of(bytes: &[u8], size: usize) -> Self {
        Self { left: bytes.chunks(size).rev().map(<[u8]>::to_vec).collect(), end: End::Whole }
    }
}

#[async_trait]
impl ByteSource for Pieces {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        match (self.left.pop(), &self.end) {
            (Some(piece), _) => Ok(Some(piece)),
            (None, End::Whole) => Ok(None),
            (None, End::Broken) => Err(io::ErrorKind::ConnectionReset.into()),
            (None, End::Stuck(there)) => {
                there.notify_one();
                pending().await
            }
        }
    }
}

/// A blob store under test and a tenant in it.
#[derive(Debug, Clone)]
struct Shelf {
    blobs: Arc<dyn BlobStore>,
    tenant: TenantId,
}

impl Shelf {
    fn new(blobs: Arc<dyn BlobStore>) -> Self {
        Self { blobs, tenant: tenant(1) }
    }

    async fn put(&self, mut bytes: &[u8], at: Timestamp) -> Blob {
        self.try_put(&mut bytes, u64::MAX, at).await.expect("the blob is kept")
    }

    async fn try_put(
        &self,
        source: &mut dyn ByteSource,
        bytes_max: u64,
        at: Timestamp,
    ) -> Result<Blob, BlobError> {
        self.blobs.put(self.tenant, source, bytes_max, at).await
    }

    async fn bytes(&self, digest: BlobDigest) -> Option<Vec<u8>> {
        let mut source = self.blobs.open(self.tenant, digest).await.expect("the store answers")?;
        Some(read_whole(&mut *source, u64::MAX).await.expect("the blob is read to its end"))
    }

    async fn stat(&self, digest: BlobDigest) -> Option<Blob> {
        self.blobs.stat(self.tenant, digest).await.expect("the store answers")
    }

    async fn delete(&self, digest: BlobDigest, before: Timestamp) -> bool {
        self.blobs.delete(self.tenant, digest, before).await.expect("the store answers")
    }

    async fn list(&self, after: Option<BlobDigest>, limit: usize) -> Vec<Blob> {
        let list = BlobList { tenant: self.tenant, after, limit };
        self.blobs.list(list).await.expect("the listing is answered")
    }

    async fn is_empty(&self) -> bool {
        self.list(None, BLOB_PAGE_MAX).await.is_empty()
    }
}

/// Bytes without a pattern that a piece could fall in with.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at * at / 7 + at) as u8).collect()
}

/// A blob is read back byte for byte, in whatever pieces its bytes came.
pub async fn a_blob_is_read_back_as_it_was_put(blobs: Arc<dyn BlobStore>) {
    let shelf = Shelf::new(blobs);
    let piece = BLOB_PIECE_BYTES;
    for count in [0, 1, piece - 1, piece, piece + 1, 3 * piece + 7] {
        let bytes = bytes(count);
        for size in [100, piece, bytes.len().max(1)] {
            let put = shelf.try_put(&mut Pieces::of(&bytes, size), u64::MAX, instant(0)).await;
            let blob = put.expect("the blob is kept");
            assert_eq!(blob.bytes, count as u64);
            assert!(shelf.bytes(blob.digest).await.as_deref() == Some(&*bytes), "{count} bytes");
        }
    }
    let mut empty = Pieces { left: vec![b"c".to_vec(), Vec::new(), b"ab".to_vec()], end: End::Whole };
    let blob = shelf.try_put(&mut empty, u64::MAX, instant(0)).await.expect("the blob is kept");
    assert_eq!(shelf.bytes(blob.digest).await.as_deref(), Some(&b"abc"[..]));
}

/// A blob is named by the SHA-256 of its bytes.
pub async fn a_blob_is_named_by_its_digest(blobs: Arc<dyn BlobStore>) {
    let shelf = Shelf::new(blobs);
    let blob = shelf.put(b"abc", instant(3)).await;
    assert_eq!(blob.digest.to_string(), ABC);
    assert_eq!(blob, Blob { digest: ABC.parse().expect("it is a digest"), bytes: 3, put_at: instant(3) });
    assert_eq!(shelf.stat(blob.digest).await, Some(blob));
}

/// Bytes that are put twice are one blob, of the later instant.
pub async fn the_same_bytes_twice_are_one_blob(blobs: Arc<dyn BlobStore>) {
    let shelf = Shelf::new(blobs);
    for (at, put_at) in [(5, 5), (9, 9), (7, 9)] {
        let blob = shelf.put(b"abc", instant(at)).await;
        assert_eq!(blob.put_at, instant(put_at));
        assert_eq!(shelf.list(None, 10).await, [blob]);
    }
    assert_eq!(shelf.bytes(ABC.parse().expect("it is a digest")).await.as_deref(), Some(&b"abc"[..]));
}

/// A blob as large as its limit is kept; one byte more is refused and leaves nothing.
pub async fn a_blob_as_large_as_its_limit_is_kept(blobs: Arc<dyn BlobStore>) {
    let shelf = Shelf::new(blobs);
    let bytes = bytes(BLOB_PIECE_BYTES + 1);
    for size in [1_000, bytes.len()] {
        let few = bytes.len() as u64 - 1;
        let refused = shelf.try_put(&mut Pieces::of(&bytes, size), few, instant(0)).await;
        let error = refused.expect_err("it is too large");
        assert!(matches!(error, BlobError::TooLarge { bytes_max } if bytes_max == few), "{error:?}");
        assert!(!error.is_retryable() && shelf.is_empty().await);
    }
    let enough = bytes.len() as u64;
    let kept = shelf.try_put(&mut Pieces::of(&bytes, 1_000), enough, instant(0)).await;
    assert_eq!(kept.expect("it is just as large").bytes, enough);
}

/// A source that fails leaves nothing.
pub async fn a_source_that_fails_leaves_nothing(blobs: Arc<dyn BlobStore>) {
    let shelf = Shelf::new(blobs);
    let mut source = Pieces { end: End::Broken, ..Pieces::of(b"abc", 1) };
    let error = shelf.try_put(&mut source, u64::MAX, instant(0)).await.expect_err("the source failed");
    assert!(
        matches!(&error, BlobError::Source { source } if source.kind() == io::ErrorKind::ConnectionReset)
    );
    assert!(error.is_retryable() && shelf.is_empty().await);
    assert_eq!(shelf.put(b"abc", instant(0)).await.bytes, 3);
}

/// A put that is dropped on its way leaves nothing.
pub async fn a_dropped_put_leaves_nothing(blobs: Arc<dyn BlobStore>) {
    let shelf = Shelf::new(blobs);
    let there = Arc::new(Notify::new());
    let mut source = Pieces { end: End::Stuck(there.clone()), ..Pieces::of(b"abc", 1) };
    tokio::select! {
        _ = shelf.try_put(&mut source, u64::MAX, instant(0)) => panic!("the source never ends"),
        () = there.notified() => {}
    }
    assert!(shelf.is_empty().await);
    assert_eq!(shelf.put(b"abc", instant(0)).await.bytes, 3);
}

/// What is not there is answered with nothing by every call that names it.
pub async fn what_is_not_there_is_nothing(blobs: Arc<dyn BlobStore>) {
    let shelf = Shelf::new(blobs);
    let absent = BlobDigest([0xba; 32]);
    for _ in ["before the tenant has a blob", "and when it has another"] {
        assert!(shelf.blobs.open(shelf.tenant, absent).await.expect("the store answers").is_none());
        assert_eq!(shelf.stat(absent).await, None);
        let touched = shelf.blobs.touch(shelf.tenant, absent, instant(9)).await;
        assert_eq!(touched.expect("the store answers"), None);
        assert!(!shelf.delete(absent, Timestamp::MAX).await);
        shelf.put(b"abc", instant(0)).await;
    }
    assert_eq!(shelf.list(None, 10).await.len(), 1);
}

/// A touched blob has the instant of the touch, but never an earlier one than before.
pub async fn a_touched_blob_grows_younger_and_never_older(blobs: Arc<dyn BlobStore>) {
    let shelf = Shelf::new(blobs);
    let blob = shelf.put(b"abc", instant(5)).await;
    for (at, put_at) in [(7, 7), (6, 7), (9, 9)] {
        let touched = shelf.blobs.touch(shelf.tenant, blob.digest, instant(at)).await;
        let expected = Some(Blob { put_at: instant(put_at), ..blob });
        assert_eq!(touched.expect("the store answers"), expected);
        assert_eq!(shelf.stat(blob.digest).await, expected);
    }
    assert_eq!(shelf.bytes(blob.digest).await.as_deref(), Some(&b"abc"[..]));
}

/// A blob is deleted when its instant lies before the one asked for, and stays otherwise.
pub async fn a_blob_is_deleted_when_it_was_not_put_lately(blobs: Arc<dyn BlobStore>) {
    let shelf = Shelf::new(blobs);
    let epoch = Timestamp::from_millis(0).expect("1970 is within the range");
    for put_at in [epoch, instant(-1), instant(5)] {
        let blob = shelf.put(b"abc", put_at).await;
        let other = shelf.put(b"def", instant(0)).await;
        assert!(!shelf.delete(blob.digest, put_at).await);
        assert_eq!(shelf.stat(blob.digest).await, Some(blob));
        assert!(shelf.delete(blob.digest, put_at + crate::base::Span::from_millis(1)).await);
        assert_eq!(shelf.list(None, 10).await, [other]);
    }
}

/// A deleted blob is gone, and can be put again.
pub async fn a_deleted_blob_is_gone(blobs: Arc<dyn BlobStore>) {
    let shelf = Shelf::new(blobs);
    let blob = shelf.put(b"abc", instant(0)).await;
    assert!(shelf.delete(blob.digest, Timestamp::MAX).await);
    assert!(!shelf.delete(blob.digest, Timestamp::MAX).await);
    assert_eq!((shelf.stat(blob.digest).await, shelf.bytes(blob.digest).await), (None, None));
    assert!(shelf.is_empty().await);
    assert_eq!(shelf.put(b"abc", instant(-4)).await, Blob { put_at: instant(-4), ..blob });
    assert_eq!(shelf.bytes(blob.digest).await.as_deref(), Some(&b"abc"[..]));
}

/// A reading that has begun goes to its end, whatever is put or deleted meanwhile.
pub async fn a_reading_goes_to_its_end_whatever_happens(blobs: Arc<dyn BlobStore>) {
    let shelf = Shelf::new(blobs);
    let bytes = bytes(2 * BLOB_PIECE_BYTES + 1);
    let blob = shelf.put(&bytes, instant(0)).await;
    let opened = shelf.blobs.open(shelf.tenant, blob.digest).await.expect("the store answers");
    let mut source = opened.expect("the blob is there");
    let mut read = source.next().await.expect("the first piece is read").expect("there is one");
    shelf.put(&bytes, instant(1)).await;
    assert!(shelf.delete(blob.digest, Timestamp::MAX).await);
    read.extend(read_whole(&mut *source, u64::MAX).await.expect("the rest is read"));
    assert!(read == bytes);
    assert_eq!(source.next().await.expect("the end stays the end"), None);
}

/// A listing holds the blobs of a tenant by digest, after the one asked for and at most as many as asked.
pub async fn a_listing_holds_blobs_by_digest(blobs: Arc<dyn BlobStore>) {
    let shelf = Shelf::new(blobs);
    let mut all = Vec::new();
    for number in 0..40_u8 {
        all.push(shelf.put(&[number], instant(number.into())).await);
    }
    all.sort_by_key(|blob| blob.digest);
    assert_eq!(shelf.list(None, BLOB_PAGE_MAX).await, all);
    assert_eq!(shelf.list(None, 0).await, []);
    let mut paged: Vec<Blob> = Vec::new();
    loop {
        let page = shelf.list(paged.last().map(|blob| blob.digest), 7).await;
        assert!(page.len() <= 7);
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert_eq!(shelf.list(Some(BlobDigest([0; 32])), BLOB_PAGE_MAX).await, all);
    assert_eq!(shelf.list(Some(BlobDigest([u8::MAX; 32])), BLOB_PAGE_MAX).await, []);
}

/// A listing over the limit is refused.
pub async fn a_listing_over_the_limit_is_refused(blobs: Arc<dyn BlobStore>) {
    let list = BlobList { tenant: tenant(1), after: None, limit: BLOB_PAGE_MAX + 1 };
    let error = blobs.list(list).await.expect_err("it asks for too many");
    assert!(matches!(error, BlobError::Limit { max: BLOB_PAGE_MAX, .. }) && !error.is_retryable());
}

/// Tenants never meet: the same bytes of two tenants are two blobs.
pub async fn blobs_of_tenants_never_meet(blobs: Arc<dyn BlobStore>) {
    let ours = Shelf::new(blobs);
    let theirs = Shelf { tenant: tenant(2), ..ours.clone() };
    let blob = theirs.put(b"abc", instant(0)).await;
    assert!(ours.is_empty().await && !ours.delete(blob.digest, Timestamp::MAX).await);
    assert_eq!((ours.stat(blob.digest).await, ours.bytes(blob.digest).await), (None, None));
    let touched = ours.blobs.touch(ours.tenant, blob.digest, instant(9)).await;
    assert_eq!(touched.expect("the store answers"), None);
    assert_eq!(ours.put(b"abc", instant(3)).await.put_at, instant(3));
    assert!(ours.delete(blob.digest, Timestamp::MAX).await);
    assert_eq!(theirs.list(None, 10).await, [blob]);
    assert_eq!(theirs.bytes(blob.digest).await.as_deref(), Some(&b"abc"[..]));
}

/// The same bytes put by several at once are one blob, and all are answered.
pub async fn the_same_bytes_at_once_are_one_blob(blobs: Arc<dyn BlobStore>) {
    let shelf = Shelf::new(blobs);
    let bytes = Arc::new(bytes(BLOB_PIECE_BYTES * 2));
    let puts: Vec<_> = (0..8)
        .map(|number| {
            let (shelf, bytes) = (shelf.clone(), bytes.clone());
            tokio::spawn(async move {
                let mut source = Cursor::new(bytes.as_slice());
                shelf.try_put(&mut source, u64::MAX, instant(number)).await
            })
        })
        .collect();
    for put in puts {
        put.await.expect("the task ends").expect("the blob is kept");
    }
    let listed = shelf.list(None, 10).await;
    assert_eq!(listed.iter().map(|blob| blob.put_at).collect::<Vec<_>>(), [instant(7)]);
    assert!(shelf.bytes(listed[0].digest).await.as_ref() == Some(&*bytes));
}

/// A blob that is put or touched while an older one of its name is deleted stays.
pub async fn a_blob_put_again_during_its_deletion_stays(blobs: Arc<dyn BlobStore>) {
    let shelf = Shelf::new(blobs);
    for round in 0..20_i64 {
        let old = shelf.put(b"abc", instant(10 * round)).await;
        let sweep = {
            let shelf = shelf.clone();
            tokio::spawn(async move { shelf.delete(old.digest, instant(10 * round + 1)).await })
        };
        let again = instant(10 * round + 2);
        let touched = shelf.blobs.touch(shelf.tenant, old.digest, again).await.expect("the store answers");
        let put = if round % 2 == 0 { Some(shelf.put(b"abc", again).await) } else { touched };
        let deleted = sweep.await.expect("the task ends");
        assert_eq!(put.is_some(), shelf.bytes(old.digest).await.is_some(), "round {round}");
        assert!(deleted || touched.is_some(), "a blob that was not deleted was touched");
    }
}
