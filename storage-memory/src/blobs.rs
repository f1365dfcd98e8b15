use std::collections::BTreeMap;
use std::fmt;
use std::io::Cursor;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use okno::base::{TenantId, Timestamp};
use okno::store::{Blob, BlobDigest, BlobError, BlobGauge, BlobList, BlobStore, ByteSource};

/// Blobs that are kept in memory and lost when it is dropped.
#[derive(Default)]
pub struct MemoryBlobs(Mutex<BTreeMap<(TenantId, BlobDigest), Kept>>);

struct Kept {
    bytes: Arc<[u8]>,
    put_at: Timestamp,
}

impl Kept {
    fn blob(&self, digest: BlobDigest) -> Blob {
        Blob { digest, bytes: self.bytes.len() as u64, put_at: self.put_at }
    }

    fn touch(&mut self, at: Timestamp) {
        self.put_at = self.put_at.max(at);
    }
}

impl MemoryBlobs {
    /// Makes an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A poisoned lock is taken all the same: every change under it is one insertion, removal or assignment.
    fn kept(&self) -> MutexGuard<'_, BTreeMap<(TenantId, BlobDigest), Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows no bytes, which may be personal data.
impl fmt::Debug for MemoryBlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBlobs").finish_non_exhaustive()
    }
}

#[async_trait]
impl BlobStore for MemoryBlobs {
    async fn put(
        &self,
        tenant: TenantId,
        source: &mut dyn ByteSource,
        bytes_max: u64,
        at: Timestamp,
    ) -> Result<Blob, BlobError> {
        let mut gauge = BlobGauge::new(bytes_max);
        let mut bytes = Vec::new();
        while let Some(piece) = source.next().await? {
            gauge.take(&piece)?;
            bytes.extend(piece);
        }
        let digest = gauge.digest();
        let mut kept = self.kept();
        let new = || Kept { bytes: bytes.into(), put_at: at };
        let entry = kept.entry((tenant, digest)).or_insert_with(new);
        entry.touch(at);
        Ok(entry.blob(digest))
    }

    async fn open(
        &self,
        tenant: TenantId,
        digest: BlobDigest,
    ) -> Result<Option<Box<dyn ByteSource>>, BlobError> {
        let bytes = self.kept().get(&(tenant, digest)).map(|kept| kept.bytes.clone());
        Ok(bytes.map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn ByteSource>))
    }

    async fn stat(&self, tenant: TenantId, digest: BlobDigest) -> Result<Option<Blob>, BlobError> {
        Ok(self.kept().get(&(tenant, digest)).map(|kept| kept.blob(digest)))
    }

    async fn touch(
        &self,
        tenant: TenantId,
        digest: BlobDigest,
        at: Timestamp,
    ) -> Result<Option<Blob>, BlobError> {
        let mut kept = self.kept();
        let Some(entry) = kept.get_mut(&(tenant, digest)) else { return Ok(None) };
        entry.touch(at);
        Ok(Some(entry.blob(digest)))
    }

    async fn delete(
        &self,
        tenant: TenantId,
        digest: BlobDigest,
        before: Timestamp,
    ) -> Result<bool, BlobError> {
        let mut kept = self.kept();
        let old = kept.get(&(tenant, digest)).is_some_and(|kept| kept.put_at < before);
        if old {
            kept.remove(&(tenant, digest));
        }
        Ok(old)
    }

    async fn list(&self, list: BlobList) -> Result<Vec<Blob>, BlobError> {
        list.within_limits()?;
        let from = match list.after {
            Some(after) => Bound::Excluded((list.tenant, after)),
            None => Bound::Included((list.tenant, BlobDigest([0; 32]))),
        };
        let to = Bound::Included((list.tenant, BlobDigest([u8::MAX; 32])));
        let kept = self.kept();
        let found = kept.range((from, to)).map(|((_, digest), kept)| kept.blob(*digest));
        Ok(found.take(list.limit).collect())
    }
}
