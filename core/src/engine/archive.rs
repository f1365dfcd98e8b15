//! Requests that ended long ago leave for the archive, and are found there.

use std::sync::Arc;

use super::administration::Administration;
use super::command::Command;
use super::desk::Desk;
use super::error::DeskError;
use super::requests::Requests;
use super::run::Call;
use crate::base::limits::{ARCHIVE_AT_ONCE, ARCHIVE_ROWS, BUNDLE_BYTES_MAX, JOURNAL_PAGE_MAX, PAGE_ROWS_MAX};
use crate::base::{Span, TenantId, Timestamp};
use crate::condition::{Comparison, Expr, FieldRef, Slot, Unasked, Value};
use crate::config::catalog::Action;
use crate::life::Refusal;
use crate::life::archive::{Bundle, BundledEvent, TOMBSTONE, Tombstone, tombstone_column};
use crate::life::erasure::Traces;
use crate::life::request::{
    ATTACHMENT, DRAFT, ENTRY, ENTRY_REVISION, READ_MARK, REQUEST, Request, RequestEvent, RequestId,
    attachment_column, draft_column, entry_column, mark_column, request_column, revision_column,
};
use crate::store::{
    BlobDigest, BlobError, JournalRead, Kind, Loaded, Lookup, NewEvent, Put, Query, Read, StoreError, Stored,
    Version, read_whole,
};

/// What an archiving did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Archived {
    /// Requests that left.
    pub left: usize,
    /// Requests that stay as long as a request that they are tied to is open.
    pub stayed: usize,
}

impl Administration {
    /// Lets requests leave that ended, and did not change, since before an instant: at most [`ARCHIVE_AT_ONCE`], each as one
    /// bundle in the blob store. A tombstone answers the number from then on. Files are no part of a bundle: their bytes
    /// are swept. A host does so now and then; what was interrupted goes on the next time.
    ///
    /// # Errors
    /// An actor without the right, a desk without a place for blobs, what the stores report.
    pub async fn archive(&self, before: Timestamp) -> Result<Archived, DeskError> {
        let (desk, actor) = (&self.0.desk, self.0.actor);
        let world = desk.world(actor.tenant).await?;
        self.0.policy(&world).require_role(Action::Archive)?;
        desk.finish_archiving(actor.tenant).await?;
        let mut archived = Archived::default();
        let mut query = ended_before(actor.tenant, before);
        while archived.left < ARCHIVE_AT_ONCE {
            let page = desk.store().query(query.clone()).await?;
            for row in page.rows {
                let Some(request) = row.record.as_ref().and_then(Loaded::of::<Request>) else { continue };
                if desk.is_tied(actor.tenant, &request).await? {
                    archived.stayed += 1;
                } else if self.archive_one(&request, row.version).await? {
                    archived.left += 1;
                }
            }
            match page.next {
                Some(cursor) => query.after = Some(cursor),
                None => break,
            }
        }
        Ok(archived)
    }

    /// Lets one request leave, unless somebody changes it at this moment.
    async fn archive_one(&self, request: &Arc<Request>, version: Version) -> Result<bool, DeskError> {
        let (desk, actor) = (&self.0.desk, self.0.actor);
        let bundle = desk.bundle_of(actor.tenant, request).await?;
        let json = serde_json::to_vec(&bundle)?;
        let blob = desk.blobs()?.put(actor.tenant, &mut &json[..], BUNDLE_BYTES_MAX, desk.now()).await?;
        let (bundle, bytes) = (blob.digest, blob.bytes);
        let command = Command::Archive { id: request.id, bundle, bytes };
        let mut call = Call::new(actor, desk.fresh_command(), command, desk.now());
        call.seen = Some(version);
        match desk.run(call).await {
            Ok(_) => {}
            Err(DeskError::Refused(refusal)) if !matches!(refusal, Refusal::Denied { .. }) => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
        desk.finish_archiving(actor.tenant).await?;
        Ok(true)
    }
}

impl Requests {
    /// What is known of a request that was archived, for who might have seen the request.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn archived(&self, number: &str) -> Result<Arc<Tombstone>, DeskError> {
        let found = self.tombstone(number).await?;
        Ok(found.ok_or_else(|| Refusal::not_found("request", number))?.0)
    }

    /// The bundle of a request that was archived, for who might have seen everything of the request.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Denied`], a bundle that is not there or cannot be read.
    pub async fn bundle(&self, number: &str) -> Result<Bundle, DeskError> {
        let found = self.tombstone(number).await?;
        let (tombstone, all) = found.ok_or_else(|| Refusal::not_found("request", number))?;
        if !all {
            return Err(Refusal::Denied { action: Action::See }.into());
        }
        self.0.desk.read_bundle(self.0.actor.tenant, tombstone.bundle).await
    }

    /// A tombstone that the actor may know of, and whether the actor might have seen everything of the request.
    pub(super) async fn tombstone(&self, number: &str) -> Result<Option<(Arc<Tombstone>, bool)>, DeskError> {
        let tenant = self.0.actor.tenant;
        let world = self.0.desk.world(tenant).await?;
        let equal = vec![(tombstone_column::number, Value::Code(number.into()))];
        let mut read = Read::new(tenant);
        read.lookups = vec![Lookup { kind: &TOMBSTONE, equal, limit: 1 }];
        let view = self.0.desk.store().load(read).await?;
        let found = view.lookups.first().and_then(|(_, rows)| rows.first()).and_then(Loaded::of::<Tombstone>);
        let policy = self.0.policy(&world);
        Ok(found.and_then(|tombstone| {
            let outline = tombstone.outline();
            let all = policy.allows(Action::See, &outline);
            (all || policy.allows(Action::SeeOwn, &outline)).then_some((tombstone, all))
        }))
    }
}

impl Desk {
    /// Whether a request stays because one that it is tied to is open, or because it went on in one that is still here.
    async fn is_tied(&self, tenant: TenantId, request: &Request) -> Result<bool, DeskError> {
        let mut read = Read::new(tenant);
        let near = request.parent.map(|parent| parent.request).into_iter();
        let near = near.chain(request.absorbed.iter().map(|absorbed| absorbed.request));
        read.keys = near.map(|id| REQUEST.key(id.0)).collect();
        let master = request.merged.as_ref().map(|merged| REQUEST.key(merged.into.0));
        read.keys.extend(master);
        let of_parent = (request_column::parent, Value::Id(request.id.0));
        let equal = vec![of_parent, (request_column::open, Value::Bool(true))];
        read.lookups = vec![Lookup { kind: &REQUEST, equal, limit: 1 }];
        let view = self.store.load(read).await?;
        let is_open = |loaded: &Loaded| loaded.of::<Request>().is_some_and(|near| near.status.is_open());
        Ok(view
            .records
            .iter()
            .any(|(key, found)| found.as_ref().is_some_and(|loaded| master == Some(*key) || is_open(loaded)))
            || view.lookups.iter().any(|(_, found)| !found.is_empty()))
    }

    async fn bundle_of(&self, tenant: TenantId, request: &Arc<Request>) -> Result<Bundle, DeskError> {
        let id = request.id;
        let mut bundle = Bundle {
            format: Bundle::FORMAT,
            request: (**request).clone(),
            entries: self.all_of(tenant, (&ENTRY, entry_column::request), id).await?,
            revisions: self.all_of(tenant, (&ENTRY_REVISION, revision_column::request), id).await?,
            attachments: self.all_of(tenant, (&ATTACHMENT, attachment_column::request), id).await?,
            events: self.bundled_events(tenant, id).await?,
        };
        bundle.entries.sort_by_key(|entry| entry.number);
        bundle.revisions.sort_by_key(|revision| (revision.entry, revision.number));
        bundle.attachments.sort_by_key(|attachment| attachment.number);
        Ok(bundle)
    }

    async fn all_of<T: Stored + Clone>(
        &self,
        tenant: TenantId,
        (kind, column): (&'static Kind, Slot),
        id: RequestId,
    ) -> Result<Vec<T>, DeskError> {
        let of_request = Expr::Compare(FieldRef::new(column, "request"), Comparison::Eq, Value::Id(id.0));
        let mut query = Query::records(tenant, kind, of_request.ground(&Unasked));
        let mut found = Vec::new();
        loop {
            let page = self.store.query(query.clone()).await?;
            let records = page.rows.iter().filter_map(|row| row.record.as_ref()?.of::<T>());
            found.extend(records.map(|record| (*record).clone()));
            match page.next {
                Some(cursor) => query.after = Some(cursor),
                None => return Ok(found),
            }
        }
    }

    async fn bundled_events(&self, tenant: TenantId, id: RequestId) -> Result<Vec<BundledEvent>, DeskError> {
        let mut events: Vec<BundledEvent> = Vec::new();
        loop {
            let after = events.last().map_or(0, |event| event.position);
            let subject = Some(REQUEST.key(id.0));
            let page =
                self.store.events(JournalRead { tenant, after, subject, limit: JOURNAL_PAGE_MAX }).await?;
            if page.is_empty() {
                return Ok(events);
            }
            for event in &page {
                events.push(BundledEvent::of(event)?);
            }
        }
    }

    /// Deletes what still belongs to requests that left, a part at a time.
    async fn finish_archiving(&self, tenant: TenantId) -> Result<(), DeskError> {
        let equal = vec![(tombstone_column::complete, Value::Bool(false))];
        loop {
            let mut read = Read::new(tenant);
            read.lookups = vec![Lookup { kind: &TOMBSTONE, equal: equal.clone(), limit: 1 }];
            let view = self.store.load(read).await?;
            let Some(loaded) = view.lookups.iter().find_map(|(_, found)| found.first()) else {
                return Ok(());
            };
            let Some(tombstone) = loaded.of::<Tombstone>() else { return Ok(()) };
            self.delete_some(tenant, &tombstone, loaded.version).await?;
        }
    }

    /// Deletes a part of what belongs to a request that left; the tombstone is complete when there is nothing.
    async fn delete_some(
        &self,
        tenant: TenantId,
        tombstone: &Tombstone,
        version: Version,
    ) -> Result<(), DeskError> {
        let parts: [(&'static Kind, Slot); 5] = [
            (&ENTRY, entry_column::request),
            (&ENTRY_REVISION, revision_column::request),
            (&ATTACHMENT, attachment_column::request),
            (&DRAFT, draft_column::request),
            (&READ_MARK, mark_column::request),
        ];
        let id = Value::Id(tombstone.request.0);
        let mut read = Read::new(tenant);
        let lookup = |(kind, column)| Lookup { kind, equal: vec![(column, id.clone())], limit: ARCHIVE_ROWS };
        read.lookups = parts.into_iter().map(lookup).collect();
        let view = self.store.load(read).await?;
        let mut rest = view.lookups.iter().flat_map(|(_, found)| found);
        let mut batch = self.plain_batch(tenant, self.now(), self.fresh_command(), None);
        batch.deletes = rest.by_ref().take(ARCHIVE_ROWS).map(|l| (l.record.key(), l.version)).collect();
        if rest.next().is_none() && batch.deletes.len() < ARCHIVE_ROWS {
            let record = Arc::new(Tombstone { complete: true, ..tombstone.clone() });
            batch.puts.push(Put { record, expected: version });
        }
        match self.store.commit(batch).await {
            // Somebody else deletes as well: what is left is looked for again.
            Ok(_) | Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn read_bundle(&self, tenant: TenantId, digest: BlobDigest) -> Result<Bundle, DeskError> {
        let opened = self.blobs()?.open(tenant, digest).await?;
        let mut source = opened.ok_or(BlobError::Missing { digest })?;
        let json = read_whole(&mut *source, BUNDLE_BYTES_MAX).await?;
        Ok(serde_json::from_slice(&json)?)
    }

    /// Takes a person out of the bundle of a request that was archived. The new bundle is written before the tombstone
    /// names it, and the tombstone names the former one until that is deleted.
    pub(super) async fn erase_bundle(
        &self,
        traces: Traces<'_>,
        (tenant, now): (TenantId, Timestamp),
        loaded: Loaded,
    ) -> Result<(), DeskError> {
        let Some(found) = loaded.of::<Tombstone>() else { return Ok(()) };
        let (mut tombstone, mut version) = ((*found).clone(), loaded.version);
        let bundle = self.read_bundle(tenant, tombstone.bundle).await?;
        if let Some(left) = bundle.without(&traces) {
            let json = serde_json::to_vec(&left)?;
            let blob = self.blobs()?.put(tenant, &mut &json[..], BUNDLE_BYTES_MAX, now).await?;
            tombstone.former = tombstone.former.or(Some(tombstone.bundle));
            (tombstone.bundle, tombstone.bytes) = (blob.digest, blob.bytes);
            version = self.save_tombstone(tenant, now, (&tombstone, version)).await?;
        }
        if let Some(former) = tombstone.former.take() {
            self.blobs()?.delete(tenant, former, now + Span::from_millis(1)).await?;
            self.save_tombstone(tenant, now, (&tombstone, version)).await?;
        }
        Ok(())
    }

    async fn save_tombstone(
        &self,
        tenant: TenantId,
        now: Timestamp,
        (tombstone, expected): (&Tombstone, Version),
    ) -> Result<Version, DeskError> {
        let mut batch = self.plain_batch(tenant, now, self.fresh_command(), None);
        let Tombstone { bundle, bytes, request, .. } = tombstone;
        let fact = Arc::new(RequestEvent::Archived { bundle: *bundle, bytes: *bytes });
        batch.events.push(NewEvent { subject: REQUEST.key(request.0), fact });
        batch.puts.push(Put { record: Arc::new(tombstone.clone()), expected });
        self.store.commit(batch).await?;
        Ok(expected.next())
    }
}

/// The requests that ended and did not change since before an instant.
fn ended_before(tenant: TenantId, before: Timestamp) -> Query {
    let ended = ["closed", "cancelled", "rejected", "merged"].map(|code| Value::Code(code.into()));
    let status = FieldRef::new(request_column::status, "status");
    let updated_at = FieldRef::new(request_column::updated_at, "updated_at");
    let long_ago = Expr::Compare(updated_at, Comparison::Lt, Value::Instant(before));
    let filter = Expr::All(vec![Expr::In(status, ended.into()), long_ago]).ground(&Unasked);
    Query { limit: PAGE_ROWS_MAX, ..Query::records(tenant, &REQUEST, filter) }
}
