use std::sync::Arc;

use super::error::DeskError;
use super::files::PublicNumbers;
use super::requests::Requests;
use super::ties::in_order;
use crate::base::limits::LOOKUP_ROWS_MAX;
use crate::condition::{Expr, FieldRef, Unasked, Value};
use crate::config::catalog::{Action, TagCode};
use crate::life::Refusal;
use crate::life::request::{
    DRAFT, Draft, ENTRY, ENTRY_REVISION, Entry, EntryId, EntryKind, EntryRevision, LogWork, REQUEST,
    Redaction, Request, RequestCommand, RequestId, Visibility, draft_column, entry_column, revision_column,
};
use crate::store::{Loaded, Lookup, Query, Read, Receipt};

/// Entries after they were written, and what is said about a request beside them.
impl Requests {
    /// Changes what an entry says.
    ///
    /// # Errors
    /// The rule that refuses it, such as `edit_window_passed`.
    pub async fn edit(
        &self,
        id: RequestId,
        entry: EntryId,
        text: impl Into<String>,
    ) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::EditEntry { entry, text: text.into() }).await
    }

    /// Blanks an entry or passages of it, and everything that it said before.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn redact(
        &self,
        id: RequestId,
        entry: EntryId,
        what: Redaction,
        reason: &str,
    ) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::RedactEntry { entry, what, reason: reason.to_owned() }).await
    }

    /// Keeps what the actor has written so far.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn save_draft(
        &self,
        id: RequestId,
        kind: EntryKind,
        text: impl Into<String>,
    ) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::SaveDraft { kind, text: text.into() }).await
    }

    /// Puts a tag on a request.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn tag(&self, id: RequestId, tag: TagCode) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Tag { tag }).await
    }

    /// Takes a tag off a request.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn untag(&self, id: RequestId, tag: TagCode) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Untag { tag }).await
    }

    /// Logs work on a request.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn log_work(&self, id: RequestId, work: LogWork) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::LogWork(work)).await
    }

    /// Rates how a request was served, or changes the rating.
    ///
    /// # Errors
    /// The rule that refuses it, such as `not_resolved` or `rating_window_passed`.
    pub async fn rate(
        &self,
        id: RequestId,
        score: u8,
        comment: impl Into<String>,
    ) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Rate { score, comment: comment.into() }).await
    }

    /// The entries of a request that the actor may read, in order: all of them, or the public ones. Those of what went on
    /// in it stand among them; each names the request that it belongs to. Whom an operator mentioned and what an entry is a
    /// copy of is for operators; others get numbers that do not count what they may not read.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn entries(&self, id: RequestId) -> Result<Vec<Arc<Entry>>, DeskError> {
        let of_request = Lookup {
            kind: &ENTRY,
            equal: vec![(entry_column::request, Value::Id(id.0))],
            limit: LOOKUP_ROWS_MAX,
        };
        let read = Read {
            keys: vec![REQUEST.key(id.0)],
            lookups: vec![of_request],
            ..Read::new(self.0.actor.tenant)
        };
        let view = self.0.desk.store().load(read).await?;
        let world = self.0.desk.world_at(self.0.actor.tenant, view.head).await?;
        let request = view.record::<Request>(REQUEST.key(id.0)).flatten();
        let (request, _) = request.ok_or_else(|| Refusal::not_found("request", id))?;
        let all = self.0.policy(&world).allows(Action::See, &request);
        if !all {
            self.may(&world, Action::SeeOwn, &request)?;
        }
        let rows = view.lookups.first().map_or(&[][..], |(_, rows)| rows);
        let mut found: Vec<Arc<Entry>> = rows.iter().filter_map(Loaded::of).collect();
        // Where others went on in the request, or where there are very many entries, they are read page by page.
        let is_cut = found.len() == LOOKUP_ROWS_MAX && found.len() < request.entries as usize;
        if is_cut || request.whole().nth(1).is_some() {
            let of_request = FieldRef::new(entry_column::request, "request");
            let ids = request.whole().map(|id| Value::Id(id.0)).collect();
            let filter = Expr::In(of_request, ids).ground(&Unasked);
            found = self.0.records(Query::records(self.0.actor.tenant, &ENTRY, filter)).await?;
        }
        if !all {
            found.retain(|entry| entry.kind.visibility() == Visibility::Public);
        }
        let mut found = in_order(found);
        if !all {
            let mut numbers = PublicNumbers::default();
            for entry in &mut found {
                let entry = Arc::make_mut(entry);
                entry.number = numbers.next(entry.request);
                entry.mentions.clear();
                entry.copy_of = None;
            }
        }
        Ok(found)
    }

    /// What an entry said before it was edited, the first text first.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the actor may not read the entry.
    pub async fn revisions(&self, entry: EntryId) -> Result<Vec<Arc<EntryRevision>>, DeskError> {
        let unknown = || Refusal::not_found("entry", entry);
        let mut read = Read::new(self.0.actor.tenant);
        read.keys = vec![ENTRY.key(entry.0)];
        let equal = vec![(revision_column::entry, Value::Id(entry.0))];
        read.lookups = vec![Lookup { kind: &ENTRY_REVISION, equal, limit: LOOKUP_ROWS_MAX }];
        let view = self.0.desk.store().load(read).await?;
        // An unknown tenant is told as such.
        let world = self.0.desk.world_at(self.0.actor.tenant, view.head).await?;
        let (found, _) = view.record::<Entry>(ENTRY.key(entry.0)).flatten().ok_or_else(unknown)?;
        let sight = self.sight(&world, found.request).await?;
        if !sight.is_some_and(|sight| sight.shows(found.kind.visibility())) {
            return Err(unknown().into());
        }
        let rows = view.lookups.iter().flat_map(|(_, rows)| rows);
        let mut revisions: Vec<Arc<EntryRevision>> = rows.filter_map(Loaded::of).collect();
        revisions.sort_by_key(|revision| revision.number);
        Ok(revisions)
    }

    /// The drafts of the actor for a request that the actor may see.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn drafts(&self, id: RequestId) -> Result<Vec<Arc<Draft>>, DeskError> {
        let (world, request, _) = self.load(id).await?;
        if !self.0.policy(&world).allows(Action::See, &request) {
            self.may(&world, Action::SeeOwn, &request)?;
        }
        let author = self.0.actor.party;
        let equal =
            vec![(draft_column::request, Value::Id(id.0)), (draft_column::author, Value::Id(author.id))];
        let mut read = Read::new(self.0.actor.tenant);
        read.lookups = vec![Lookup { kind: &DRAFT, equal, limit: LOOKUP_ROWS_MAX }];
        let view = self.0.desk.store().load(read).await?;
        let drafts = view.lookups.iter().flat_map(|(_, rows)| rows).filter_map(Loaded::of::<Draft>);
        Ok(drafts.filter(|draft| draft.author == author).collect())
    }
}
