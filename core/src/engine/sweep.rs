use uuid::Uuid;

use super::desk::Desk;
use super::error::DeskError;
use crate::base::limits::{BLOB_GRACE_HOURS, SWEEP_ROWS};
use crate::base::{Span, TenantId, Timestamp};
use crate::condition::{Comparison, Expr, FieldRef, Unasked, Value};
use crate::life::archive::{TOMBSTONE, tombstone_column};
use crate::life::request::{ATTACHMENT, UPLOAD, attachment_column, blob_id, upload_column};
use crate::store::{BlobDigest, BlobList, Kind, Lookup, Query, Read, StoreError};

/// What a sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Blobs that nothing referred to.
    pub blobs: usize,
    /// Uploads that were never attached.
    pub uploads: usize,
}

impl Desk {
    /// Removes the blobs of a tenant that no attachment and no archived request refers to, and uploads that nobody attached, once they are two
    /// days old. A host does so now and then; nodes may do so at once.
    ///
    /// Bytes that come again meanwhile are young and stay: a blob is deleted only if it was not put since.
    ///
    /// # Errors
    /// What the stores report; what was not swept is swept the next time.
    pub async fn sweep_blobs(&self, tenant: TenantId, now: Timestamp) -> Result<Swept, DeskError> {
        let blobs = self.blobs()?;
        let before = now - Span::hours(BLOB_GRACE_HOURS);
        let uploads = self.sweep_uploads(tenant, before).await?;
        let mut swept = Swept { blobs: 0, uploads };
        let mut list = BlobList { tenant, after: None, limit: SWEEP_ROWS };
        loop {
            let page = blobs.list(list).await?;
            let Some(last) = page.last() else { return Ok(swept) };
            list.after = Some(last.digest);
            let old = page.iter().filter(|blob| blob.put_at < before).map(|blob| blob.digest).collect();
            for digest in self.unreferred(tenant, old).await? {
                swept.blobs += usize::from(blobs.delete(tenant, digest, before).await?);
            }
        }
    }

    /// The blobs among these that nothing refers to.
    async fn unreferred(
        &self,
        tenant: TenantId,
        mut digests: Vec<BlobDigest>,
    ) -> Result<Vec<BlobDigest>, DeskError> {
        if digests.is_empty() {
            return Ok(digests);
        }
        let mut read = Read::new(tenant);
        read.lookups = digests.iter().flat_map(|digest| referring(*digest, 1)).collect();
        let view = self.store.load(read).await?;
        let referred = |digest: &BlobDigest| {
            let asked = referring(*digest, 1);
            view.lookups.iter().any(|(lookup, found)| asked.contains(lookup) && !found.is_empty())
        };
        digests.retain(|digest| !referred(digest));
        Ok(digests)
    }

    /// What refers to a blob.
    pub(super) async fn referring(
        &self,
        tenant: TenantId,
        digest: BlobDigest,
    ) -> Result<Vec<Uuid>, DeskError> {
        let mut read = Read::new(tenant);
        read.lookups = referring(digest, 2).into();
        let view = self.store.load(read).await?;
        Ok(view.lookups.iter().flat_map(|(_, found)| found).map(|loaded| loaded.record.id()).collect())
    }

    async fn sweep_uploads(&self, tenant: TenantId, before: Timestamp) -> Result<usize, DeskError> {
        let at = FieldRef::new(upload_column::at, "at");
        let old = Expr::Compare(at, Comparison::Lt, Value::Instant(before)).ground(&Unasked);
        let query = Query { limit: SWEEP_ROWS, ..Query::records(tenant, &UPLOAD, old) };
        let mut swept = 0;
        loop {
            let page = self.store.query(query.clone()).await?;
            if page.rows.is_empty() {
                return Ok(swept);
            }
            let mut batch = self.plain_batch(tenant, self.now(), self.fresh_command(), None);
            batch.deletes = page.rows.iter().map(|row| (UPLOAD.key(row.id), row.version)).collect();
            match self.store.commit(batch).await {
                Ok(_) => swept += page.rows.len(),
                // Another node sweeps, or somebody attaches one of them at last: look again.
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Attachments and archived requests that refer to a blob.
fn referring(digest: BlobDigest, limit: usize) -> [Lookup; 2] {
    let of =
        |kind: &'static Kind, blob| Lookup { kind, equal: vec![(blob, Value::Id(blob_id(digest)))], limit };
    [of(&ATTACHMENT, attachment_column::blob), of(&TOMBSTONE, tombstone_column::blob)]
}
