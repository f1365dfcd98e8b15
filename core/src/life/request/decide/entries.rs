//! What is done to entries after they were written, and drafts of them before.

use std::sync::Arc;

use super::case::Case;
use super::redact::{BLANK, blank, check_passages};
use super::{check_message, check_reason, check_text, no_change};
use crate::base::limits::REVISIONS_MAX;
use crate::condition::Value;
use crate::config::catalog::Action;
use crate::life::decision::{Halt, Reader};
use crate::life::refusal::Refusal;
use crate::life::request::command::Redaction;
use crate::life::request::draft::Draft;
use crate::life::request::entry::{ENTRY, Entry, EntryId, EntryKind, Redacted, Touched, Visibility};
use crate::life::request::event::RequestEvent;
use crate::life::request::revision::{ENTRY_REVISION, EntryRevision, revision_column};
use crate::store::{Lookup, Version};

impl Case<'_, '_> {
    pub(super) fn edit_entry(&mut self, reader: Reader<'_>, id: EntryId, text: &str) -> Result<(), Halt> {
        check_message("text", text)?;
        let (entry, version) = self.entry(reader, id)?;
        self.check_editable(&entry)?;
        if entry.text == text {
            return Err(no_change("the entry says this already").into());
        }
        let number = entry.revisions + 1;
        let (author, at) = entry.edited.map_or((entry.author, entry.at), |edited| (edited.by, edited.at));
        let request = self.request.id;
        self.apply(RequestEvent::EntryEdited { entry: id, kind: entry.kind, revision: number });
        let former = EntryRevision { entry: id, request, number, text: entry.text.clone(), author, at };
        self.put(former, Version::ABSENT);
        let edited = Some(self.touched());
        self.put(Entry { text: text.to_owned(), revisions: number, edited, ..(*entry).clone() }, version);
        Ok(())
    }

    pub(super) fn redact_entry(
        &mut self,
        reader: Reader<'_>,
        id: EntryId,
        what: &Redaction,
        reason: &str,
    ) -> Result<(), Halt> {
        check_reason("reason", reason)?;
        if let Redaction::Passages { passages } = what {
            check_passages(passages)?;
        }
        let (entry, version) = self.entry(reader, id)?;
        let last = self.touched();
        let whole = *what == Redaction::Whole || entry.redacted.is_some_and(|redacted| redacted.whole);
        let mut found = false;
        for loaded in reader.lookup(&revisions_of(id))? {
            let revision = loaded.of::<EntryRevision>();
            let Some((revision, text)) =
                revision.and_then(|it| Some((it.clone(), redacted(&it.text, what)?)))
            else {
                continue;
            };
            found = true;
            self.put(EntryRevision { text, ..(*revision).clone() }, loaded.version);
        }
        let text = redacted(&entry.text, what);
        if text.is_none() && !found {
            return Err(no_change("the entry holds nothing of this").into());
        }
        let text = text.unwrap_or_else(|| entry.text.clone());
        self.apply(RequestEvent::EntryRedacted {
            entry: id,
            kind: entry.kind,
            whole,
            reason: reason.to_owned(),
        });
        self.put(Entry { text, redacted: Some(Redacted { last, whole }), ..(*entry).clone() }, version);
        Ok(())
    }

    pub(super) fn save_draft(&mut self, reader: Reader<'_>, kind: EntryKind, text: &str) -> Result<(), Halt> {
        if !matches!(kind, EntryKind::Message | EntryKind::Answer | EntryKind::Note) {
            return Err(Refusal::invalid("kind", format!("a `{}` has no drafts", kind.code())).into());
        }
        check_text("text", text)?;
        let (request, author) = (self.request.id, self.context.actor.party);
        let found = reader.find::<Draft>(Draft::key(request, author, kind))?;
        if found.as_ref().is_some_and(|(draft, _)| draft.text == text) {
            return Err(no_change("the draft says this already").into());
        }
        let version = found.map_or(Version::ABSENT, |(_, version)| version);
        let at = self.context.now;
        self.put(Draft { request, author, kind, text: text.to_owned(), at }, version);
        Ok(())
    }

    pub(super) fn discard_draft(&mut self, reader: Reader<'_>, kind: EntryKind) -> Result<(), Halt> {
        let key = Draft::key(self.request.id, self.context.actor.party, kind);
        match reader.find::<Draft>(key)? {
            Some((_, version)) => self.delete(key, version),
            None => return Err(no_change("there is no such draft").into()),
        }
        Ok(())
    }

    /// Takes away what a message was written as before it was sent.
    pub(super) fn take_draft(&mut self, reader: Reader<'_>, kind: EntryKind) -> Result<(), Halt> {
        let key = Draft::key(self.named, self.context.actor.party, kind);
        if let Some((_, version)) = reader.find::<Draft>(key)? {
            self.delete(key, version);
        }
        Ok(())
    }

    /// An entry of this request that the actor may read.
    pub(super) fn entry(&self, reader: Reader<'_>, id: EntryId) -> Result<(Arc<Entry>, Version), Halt> {
        let found = reader.find::<Entry>(ENTRY.key(id.0))?;
        let sees = |entry: &Entry| {
            let internal = entry.kind.visibility() == Visibility::Internal;
            entry.request == self.request.id
                && self.may_read((self.context.actor.party, self.context.actor.principal), internal)
        };
        Ok(found.filter(|(entry, _)| sees(entry)).ok_or_else(|| Refusal::not_found("entry", id))?)
    }

    /// Whether the actor may do to an entry what its author may.
    pub(super) fn check_own(&self, entry: &Entry) -> Result<(), Refusal> {
        if entry.author == self.context.actor.party {
            return Ok(());
        }
        self.context.policy().require(Action::EditAny, &self.request)
    }

    fn check_editable(&self, entry: &Entry) -> Result<(), Refusal> {
        self.check_own(entry)?;
        if entry.kind == EntryKind::Rating {
            return Err(Refusal::rule("edited_by_rating", "what a rating says is changed by rating again"));
        }
        if entry.redacted.is_some_and(|redacted| redacted.whole) {
            return Err(Refusal::rule("redacted", "the entry was blanked"));
        }
        if usize::try_from(entry.revisions).is_ok_and(|revisions| revisions >= REVISIONS_MAX) {
            let reason = format!("an entry is edited at most {REVISIONS_MAX} times");
            return Err(Refusal::rule("too_many_revisions", reason));
        }
        let within = self.service().and_then(|service| service.edit_within);
        let in_time = within.is_some_and(|within| self.context.now - entry.at <= within);
        if in_time || self.context.policy().allows(Action::EditAny, &self.request) {
            return Ok(());
        }
        Err(Refusal::rule(
            "edit_window_passed",
            "the time within which its author may edit the entry has passed",
        ))
    }

    fn touched(&self) -> Touched {
        Touched { by: self.context.actor.party, at: self.context.now }
    }
}

/// The text after a redaction; none when the redaction leaves it as it is.
fn redacted(text: &str, what: &Redaction) -> Option<String> {
    match what {
        Redaction::Whole => (text != BLANK).then(|| BLANK.to_owned()),
        Redaction::Passages { passages } => blank(text, passages),
    }
}

fn revisions_of(entry: EntryId) -> Lookup {
    let equal = vec![(revision_column::entry, Value::Id(entry.0))];
    Lookup { kind: &ENTRY_REVISION, equal, limit: REVISIONS_MAX }
}
