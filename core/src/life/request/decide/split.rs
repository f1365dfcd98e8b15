//! A new request out of an entry.

use super::case::Case;
use super::submit::plan;
use super::values::Settable;
use crate::base::{Party, PartyKind};
use crate::config::catalog::Action;
use crate::life::decision::{Halt, Reader};
use crate::life::refusal::Refusal;
use crate::life::request::command::Submit;
use crate::life::request::entry::{CopyOf, ENTRY, Entry, EntryId, EntryKind};
use crate::life::request::event::RequestEvent;
use crate::life::request::record::Request;
use crate::life::request::tie::{Link, LinkKind, SplitFrom};

impl Case<'_, '_> {
    /// The copy keeps its kind, so an internal note stays internal, and names who wrote the original.
    pub(super) fn split(&mut self, reader: Reader<'_>, entry: EntryId, submit: &Submit) -> Result<(), Halt> {
        self.context.policy().require_role(Action::SubmitFor)?;
        if !submit.text.is_empty() {
            return Err(Refusal::invalid("text", "the new request begins with the entry").into());
        }
        if !submit.files.is_empty() {
            return Err(Refusal::invalid("files", "the new request begins with the entry alone").into());
        }
        let found = reader.find::<Entry>(ENTRY.key(entry.0))?.map(|(entry, _)| entry);
        let shown = found.filter(|entry| self.request.whole().any(|id| id == entry.request));
        let original = shown.ok_or_else(|| Refusal::not_found("entry", entry))?;
        check_splittable(&original)?;
        let requester = submit.requester.unwrap_or_else(|| self.asks(&original));
        let (facts, values) = plan(submit, requester, Settable::All, self.context)?;
        if facts.confidentiality < self.request.confidentiality {
            let reason = format!("`{}` is less confidential than the request", facts.service);
            return Err(Refusal::rule("service_less_confidential", reason).into());
        }
        let (old, new) = (self.request.id, facts.id);
        self.apply(RequestEvent::SplitOff { request: new, entry });
        self.add_link(Link { kind: LinkKind::Relates, request: new })?;
        let request = Request::submitted(facts.clone(), self.context.now);
        self.turn_to_new(reader, (RequestEvent::Submitted(Box::new(facts)), request))?;
        if !values.is_empty() {
            self.apply(RequestEvent::ValuesSet { values });
        }
        let (copy, kind) = (EntryId(self.context.ids.fresh()), original.kind);
        let from = SplitFrom { request: original.request, entry };
        self.apply(RequestEvent::SplitFrom { from, entry: copy, kind });
        self.put_entry(copy, kind, &original.text, |entry| entry.copy_of = Some(CopyOf::from(&*original)));
        self.add_link(Link { kind: LinkKind::Relates, request: old })?;
        Ok(())
    }

    /// Who wrote an entry as a requester, if they may ask for something; otherwise who asked for this request.
    fn asks(&self, entry: &Entry) -> Party {
        let writer = entry.principal.unwrap_or(entry.author);
        let person = matches!(writer.kind, PartyKind::Employee | PartyKind::Contact);
        let asks = entry.kind == EntryKind::Message && person;
        if asks && self.context.world.directory.is_active(writer) { writer } else { self.request.requester }
    }
}

/// Takes what somebody wrote in words and what still stands as it was written.
fn check_splittable(original: &Entry) -> Result<(), Refusal> {
    match original.kind {
        EntryKind::Message | EntryKind::Answer | EntryKind::Note => {}
        EntryKind::Resolution | EntryKind::Work | EntryKind::Rating => {
            let reason = format!("a `{}` begins no request", original.kind.code());
            return Err(Refusal::rule("not_splittable", reason));
        }
    }
    if original.redacted.is_some() {
        return Err(Refusal::rule("redacted", "the entry was blanked"));
    }
    Ok(())
}
