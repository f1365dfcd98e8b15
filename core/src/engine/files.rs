use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::desk::Desk;
use super::error::DeskError;
use super::requests::Requests;
use crate::base::IdGen;
use crate::base::limits::{ATTACHMENT_BYTES_MAX, MERGE_DEPTH_MAX};
use crate::condition::{Comparison, Expr, FieldRef, Value};
use crate::config::catalog::Action;
use crate::life::request::{
    ATTACHMENT, Asked, Attachment, AttachmentId, NewFile, Request, RequestCommand, RequestId, Upload,
    UploadId, Visibility, attachment_column,
};
use crate::life::{Refusal, World, WorldAt};
use crate::store::{BlobError, BlobStore, ByteSource, Direction, Put, Query, Read, Receipt, SortBy, Version};

/// An attachment whose bytes are handed out.
pub struct Download {
    /// The attachment.
    pub attachment: Arc<Attachment>,
    /// Its bytes.
    pub source: Box<dyn ByteSource>,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("attachment", &self.attachment.id).finish_non_exhaustive()
    }
}

impl Desk {
    /// Where bytes are kept.
    pub(super) fn blobs(&self) -> Result<&Arc<dyn BlobStore>, DeskError> {
        let none = || Refusal::rule("no_blob_store", "this desk has nowhere to keep files");
        Ok(self.blobs.as_ref().ok_or_else(none)?)
    }

    /// Whether files are scanned before they are handed out.
    pub(super) fn is_scanning(&self, world: &World) -> bool {
        self.scanner.is_some() || world.catalog.definition().scan_attachments
    }
}

/// Files. Bytes are brought first; a command then names the upload.
impl Requests {
    /// Takes bytes in, piece by piece. What the actor does not attach within a day is swept.
    ///
    /// # Errors
    /// An actor who may attach nothing, more bytes than an attachment has, a source that fails.
    pub async fn upload(&self, source: &mut dyn ByteSource) -> Result<UploadId, DeskError> {
        let (desk, actor) = (&self.0.desk, &self.0.actor);
        let blobs = desk.blobs()?;
        let world = desk.world(actor.tenant).await?;
        self.0.policy(&world).require_role(Action::Attach)?;
        let at = desk.now();
        let blob = blobs.put(actor.tenant, source, ATTACHMENT_BYTES_MAX, at).await?;
        let id = UploadId(IdGen::new(at, desk.ids.seed()).fresh());
        let upload = Upload { id, author: actor.party, at, bytes: blob.bytes, digest: blob.digest };
        let mut batch = desk.plain_batch(actor.tenant, at, desk.fresh_command(), None);
        batch.puts.push(Put { record: Arc::new(upload), expected: Version::ABSENT });
        desk.store().commit(batch).await?;
        Ok(id)
    }

    /// Attaches a file without writing anything. A file that comes with words is named by the message.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn attach(
        &self,
        id: RequestId,
        file: NewFile,
        visibility: Visibility,
    ) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Attach { file, visibility }).await
    }

    /// The attachments of a request, and of those that were merged into it, that the actor may see, in order: all of them,
    /// or the public ones, with numbers that do not count the others.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn attachments(&self, id: RequestId) -> Result<Vec<Arc<Attachment>>, DeskError> {
        let (world, request, _) = self.load(id).await?;
        if self.0.policy(&world).allows(Action::See, &request) {
            return self.attached(&world, request.whole(), Visibility::Internal).await;
        }
        self.may(&world, Action::SeeOwn, &request)?;
        self.attached(&world, request.whole(), Visibility::Public).await
    }

    /// The attachments of requests, in order, as who has this sight of them sees them.
    async fn attached(
        &self,
        world: &Arc<World>,
        requests: impl Iterator<Item = RequestId>,
        sight: Visibility,
    ) -> Result<Vec<Arc<Attachment>>, DeskError> {
        let equals = |slot, name, value| Expr::Compare(FieldRef::new(slot, name), Comparison::Eq, value);
        let of_request = FieldRef::new(attachment_column::request, "request");
        let mut parts = vec![
            Expr::In(of_request, requests.map(|id| Value::Id(id.0)).collect()),
            equals(attachment_column::removed, "removed", Value::Bool(false)),
        ];
        if sight == Visibility::Public {
            parts.push(equals(attachment_column::public, "public", Value::Bool(true)));
        }
        let filter = Expr::All(parts).ground(&WorldAt { world, now: self.0.desk.now() });
        let mut query = Query::records(self.0.actor.tenant, &ATTACHMENT, filter);
        let by = |slot| SortBy::new(slot, Direction::Ascending);
        query.sort = vec![by(attachment_column::at), by(attachment_column::number)];
        let mut found = self.0.records::<Attachment>(query).await?;
        if sight == Visibility::Public {
            let mut numbers = PublicNumbers::default();
            for attachment in &mut found {
                let attachment = Arc::make_mut(attachment);
                attachment.number = numbers.next(attachment.request);
            }
        }
        Ok(found)
    }

    /// An attachment that the actor may see, whether or not its bytes are handed out.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn attachment(&self, id: AttachmentId) -> Result<Arc<Attachment>, DeskError> {
        Ok(self.find_attachment(id).await?.0)
    }

    /// The bytes of an attachment. Where files are scanned, only of one that was found clean.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], `not_scanned`, `scan_failed`, `infected`.
    pub async fn download(&self, id: AttachmentId) -> Result<Download, DeskError> {
        let (attachment, world, _) = self.find_attachment(id).await?;
        self.hand_out(attachment, Asked::Plainly, &world).await
    }

    /// The bytes of an attachment that was not found clean: for operators who know what they do. An infected one is
    /// given to nobody.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Denied`], `infected`.
    pub async fn download_unscanned(&self, id: AttachmentId) -> Result<Download, DeskError> {
        let (attachment, world, all) = self.find_attachment(id).await?;
        if !all {
            return Err(Refusal::Denied { action: Action::See }.into());
        }
        self.hand_out(attachment, Asked::Unscanned, &world).await
    }

    async fn hand_out(
        &self,
        attachment: Arc<Attachment>,
        asked: Asked,
        world: &World,
    ) -> Result<Download, DeskError> {
        attachment.check_handed_out(asked, self.0.desk.is_scanning(world))?;
        let opened = self.0.desk.blobs()?.open(self.0.actor.tenant, attachment.digest).await?;
        let source = opened.ok_or(BlobError::Missing { digest: attachment.digest })?;
        Ok(Download { attachment, source })
    }

    /// An attachment that the actor may see, and whether the actor sees everything of its request.
    async fn find_attachment(
        &self,
        id: AttachmentId,
    ) -> Result<(Arc<Attachment>, Arc<World>, bool), DeskError> {
        let none = || Refusal::not_found("attachment", id);
        let key = ATTACHMENT.key(id.0);
        let read = Read { keys: vec![key], ..Read::new(self.0.actor.tenant) };
        let view = self.0.desk.store().load(read).await?;
        let world = self.0.desk.world_at(self.0.actor.tenant, view.head).await?;
        let found = view.record::<Attachment>(key).flatten().map(|(found, _)| found);
        let attachment = found.filter(|found| found.removed_at.is_none()).ok_or_else(none)?;
        match self.sight(&world, attachment.request).await? {
            Some(Visibility::Internal) => Ok((attachment, world, true)),
            Some(Visibility::Public) => {
                let public =
                    self.attached(&world, [attachment.request].into_iter(), Visibility::Public).await?;
                let seen = public.into_iter().find(|public| public.id == id).ok_or_else(none)?;
                Ok((seen, world, false))
            }
            None => Err(none().into()),
        }
    }

    /// How much the actor sees of a request: also what is internal, what is public, or nothing. Whoever sees a request sees
    /// what went on in it.
    pub(super) async fn sight(&self, world: &World, id: RequestId) -> Result<Option<Visibility>, DeskError> {
        let holders = self.and_masters(id).await?;
        let policy = self.0.policy(world);
        let allowed = |action| holders.iter().any(|request| policy.allows(action, request));
        let public = || allowed(Action::SeeOwn).then_some(Visibility::Public);
        Ok(if allowed(Action::See) { Some(Visibility::Internal) } else { public() })
    }

    /// A request, and the ones in which it went on.
    async fn and_masters(&self, id: RequestId) -> Result<Vec<Arc<Request>>, DeskError> {
        let mut found = vec![self.load(id).await?.1];
        while let Some(into) = found.last().and_then(|last| last.merged.as_ref()).map(|merged| merged.into)
            && found.len() <= usize::from(MERGE_DEPTH_MAX)
        {
            found.push(self.load(into).await?.1);
        }
        Ok(found)
    }
}

/// Counts what requesters see of each request, so that a gap does not tell them of what they do not see.
#[derive(Debug, Default)]
pub(super) struct PublicNumbers(BTreeMap<RequestId, u32>);

impl PublicNumbers {
    /// The number of what comes next in a request.
    pub(super) fn next(&mut self, request: RequestId) -> u32 {
        let number = self.0.entry(request).or_insert(0);
        *number += 1;
        *number
    }
}
