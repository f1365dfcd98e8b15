use std::fmt::Debug;
use std::io;

use async_trait::async_trait;

use super::desk::Desk;
use super::error::DeskError;
use super::tick::{Carried, LEASE};
use crate::base::{TenantId, Timestamp};
use crate::life::request::{ATTACHMENT, Attachment, AttachmentId, RequestCommand, ScanVerdict, Wake};
use crate::store::{BlobDigest, BlobError, ByteSource, Lease, Leased, Read, Store, StoreError};

/// Looks for malware in files. It may be asked about the same file twice.
#[async_trait]
pub trait Scanner: Debug + Send + Sync + 'static {
    /// Reads a file and says what it found.
    async fn scan(&self, tenant: TenantId, source: &mut dyn ByteSource) -> Result<ScanVerdict, ScanError>;
}

/// Why a file was not scanned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ScanError {
    /// Why.
    pub reason: String,
    /// Whether trying again later can help.
    pub retryable: bool,
}

impl From<BlobError> for ScanError {
    fn from(error: BlobError) -> Self {
        Self { reason: error.to_string(), retryable: error.is_retryable() }
    }
}

/// A source that stopped is worth another try, unless the store itself says otherwise.
impl From<io::Error> for ScanError {
    fn from(error: io::Error) -> Self {
        BlobError::from(error).into()
    }
}

impl Desk {
    /// Has an attachment scanned and notes the verdict, which takes effect together with the end of the lease.
    pub(super) async fn scan(
        &self,
        item: &Leased,
        now: Timestamp,
        (wake, attachment): (Wake, AttachmentId),
    ) -> Result<Carried, DeskError> {
        let Some(digest) = self.awaits_scan(item.lease.tenant, attachment).await? else {
            return Ok(Carried::Dropped);
        };
        match self.verdict(item.lease, digest).await {
            Ok(verdict) => {
                let command = RequestCommand::NoteVerdict { attachment, verdict };
                self.wake(item, now, (wake.set_by(), command)).await
            }
            Err(ScanError { reason, retryable }) => Ok(Carried::Failed { reason, retryable }),
        }
    }

    /// The digest of an attachment for which a verdict is still wanted.
    async fn awaits_scan(
        &self,
        tenant: TenantId,
        attachment: AttachmentId,
    ) -> Result<Option<BlobDigest>, DeskError> {
        let key = ATTACHMENT.key(attachment.0);
        let view = self.store.load(Read { keys: vec![key], ..Read::new(tenant) }).await?;
        let found = view.record::<Attachment>(key).flatten().map(|(found, _)| found);
        let awaited =
            found.filter(|found| found.removed_at.is_none() && !found.erased && found.scan.is_awaited());
        Ok(awaited.map(|found| found.digest))
    }

    async fn verdict(&self, lease: Lease, digest: BlobDigest) -> Result<ScanVerdict, ScanError> {
        let missing = |what: &str| ScanError { reason: format!("this node has no {what}"), retryable: true };
        let scanner = self.scanner.as_ref().ok_or_else(|| missing("scanner"))?;
        let blobs = self.blobs.as_ref().ok_or_else(|| missing("blob store"))?;
        let opened = blobs.open(lease.tenant, digest).await?;
        let source = opened.ok_or(BlobError::Missing { digest })?;
        let mut held = Held { store: &*self.store, lease, source, pieces: 0 };
        scanner.scan(lease.tenant, &mut held).await
    }
}

/// Bytes whose reader holds a lease: it begins anew as they are read, however long that takes.
struct Held<'a> {
    store: &'a dyn Store,
    lease: Lease,
    source: Box<dyn ByteSource>,
    pieces: u32,
}

/// After how many pieces a lease begins anew: 4 MiB, which any scanner reads within a minute.
const PIECES_PER_LEASE: u32 = 64;

#[async_trait]
impl ByteSource for Held<'_> {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.pieces.is_multiple_of(PIECES_PER_LEASE) {
            self.store.renew(self.lease, LEASE).await.map_err(lost)?;
        }
        self.pieces = self.pieces.wrapping_add(1);
        self.source.next().await
    }
}

fn lost(error: StoreError) -> io::Error {
    io::Error::other(error)
}
