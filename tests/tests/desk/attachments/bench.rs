//! A center with a place for files, and a laboratory that looks at them.

use std::any::Any;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use okno::base::Text;
use okno::conformance::Fixture;
use okno::engine::{Download, ScanError, Scanner};
use okno::life::request::{Attachment, AttachmentId, NewFile, ScanVerdict, UploadId, Visibility};
use okno::store::{BlobList, BlobStore, ByteSource, read_whole};
use okno::{DeskError, RequestId, TenantId};
use okno_tests::{BLOB_STORES, BlobCandidate, Candidate, Center, Who, on_every_store, text};

/// A center whose desk keeps files.
pub(super) struct Office {
    pub(super) center: Center,
    pub(super) blobs: Arc<dyn BlobStore>,
    pub(super) lab: Arc<Lab>,
    _guard: Box<dyn Any + Send + Sync>,
}

impl Office {
    pub(super) async fn open(store: Candidate, blobs: BlobCandidate) -> Self {
        let mut center = Center::open(store).await;
        let Fixture { store: blobs, guard } = (blobs.open)().await;
        center.desk = center.desk.with_blobs(blobs.clone());
        Self { center, blobs, lab: Arc::default(), _guard: guard }
    }

    /// The same with the laboratory.
    pub(super) async fn scanning(store: Candidate, blobs: BlobCandidate) -> Self {
        let mut office = Self::open(store, blobs).await;
        office.center.desk = office.center.desk.with_scanner(office.lab.clone());
        office
    }

    pub(super) async fn upload(&self, who: Who, mut bytes: &[u8]) -> UploadId {
        self.center.requests(who).upload(&mut bytes).await.expect("the bytes are taken")
    }

    /// Uploads bytes and attaches them.
    pub(super) async fn attach(&self, who: Who, id: RequestId, bytes: &[u8]) -> Arc<Attachment> {
        self.attach_as(who, id, bytes, Visibility::Public).await
    }

    pub(super) async fn attach_as(
        &self,
        who: Who,
        id: RequestId,
        bytes: &[u8],
        visibility: Visibility,
    ) -> Arc<Attachment> {
        let file = file(self.upload(who, bytes).await);
        self.center.requests(who).attach(id, file, visibility).await.expect("they may attach");
        self.attachments(id).await.pop().expect("it is there")
    }

    /// Every attachment of a request, the latest last.
    pub(super) async fn attachments(&self, id: RequestId) -> Vec<Arc<Attachment>> {
        self.center.requests(Who::Supervisor).attachments(id).await.expect("the supervisor sees all")
    }

    pub(super) async fn download(&self, who: Who, id: AttachmentId) -> Result<Vec<u8>, DeskError> {
        whole(self.center.requests(who).download(id).await?).await
    }

    pub(super) async fn download_unscanned(&self, who: Who, id: AttachmentId) -> Result<Vec<u8>, DeskError> {
        whole(self.center.requests(who).download_unscanned(id).await?).await
    }

    /// How many blobs the tenant has.
    pub(super) async fn kept(&self, tenant: TenantId) -> usize {
        let list = BlobList { tenant, after: None, limit: 1_000 };
        self.blobs.list(list).await.expect("the blobs are listed").len()
    }
}

async fn whole(mut download: Download) -> Result<Vec<u8>, DeskError> {
    Ok(read_whole(&mut *download.source, u64::MAX).await?)
}

pub(super) fn file(upload: UploadId) -> NewFile {
    let name: Text = text("Счёт.pdf");
    NewFile { upload, name, media_type: "application/pdf".parse().expect("a media type") }
}

/// The code of a refusal.
pub(super) fn code_of<T: std::fmt::Debug>(done: Result<T, DeskError>) -> &'static str {
    let error = done.expect_err("it is refused");
    error.refusal().unwrap_or_else(|| panic!("no rule refused it: {error}")).code()
}

/// Runs a test on every store with every blob store.
pub(super) fn on_all(test: impl AsyncFn(Candidate, BlobCandidate)) {
    for blobs in BLOB_STORES {
        on_every_store(async |store| test(store, *blobs).await);
    }
}

/// Finds what holds the word `virus`, and fails as often as it was told.
#[derive(Debug, Default)]
pub(super) struct Lab {
    failures: Mutex<VecDeque<ScanError>>,
    scans: Mutex<usize>,
}

impl Lab {
    pub(super) fn fail(&self, retryable: bool) {
        let error = ScanError { reason: "the scanner is out of order".to_owned(), retryable };
        self.failures.lock().expect("nothing panics").push_back(error);
    }

    pub(super) fn scans(&self) -> usize {
        *self.scans.lock().expect("nothing panics")
    }
}

#[async_trait]
impl Scanner for Lab {
    async fn scan(&self, _: TenantId, source: &mut dyn ByteSource) -> Result<ScanVerdict, ScanError> {
        *self.scans.lock().expect("nothing panics") += 1;
        if let Some(failure) = self.failures.lock().expect("nothing panics").pop_front() {
            return Err(failure);
        }
        let bytes = read_whole(source, u64::MAX).await?;
        match bytes.windows(5).any(|window| window == b"virus") {
            true => Ok(ScanVerdict::Infected { name: "Test.Virus".to_owned() }),
            false => Ok(ScanVerdict::Clean),
        }
    }
}

/// So many bytes in pieces of a size, none of which was ever held together.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) left: usize,
    pub(super) piece: usize,
}

#[async_trait]
impl ByteSource for Stream {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let size = self.left.min(self.piece);
        let piece = (0..size).map(|at| ((self.left - at) % 251) as u8).collect();
        self.left -= size;
        Ok(Some(piece).filter(|piece: &Vec<u8>| !piece.is_empty()))
    }
}
