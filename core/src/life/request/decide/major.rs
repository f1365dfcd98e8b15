//! Major incidents, and what becomes of the children of a request.
//!
//! A decision about a parent never touches its children: there may be thousands. It sets one item of the timers' queue, from
//! which the engine does to each child what [`ForChildren`] says.

use super::case::Case;
use super::no_change;
use crate::base::derived_id;
use crate::condition::Value;
use crate::config::catalog::{OnParentEnd, RequestKind};
use crate::life::decision::{Halt, Reader};
use crate::life::refusal::Refusal;
use crate::life::request::command::{ForChildren, Message, Wake};
use crate::life::request::entry::{CopyOf, ENTRY, Entry, EntryKind};
use crate::life::request::event::RequestEvent;
use crate::life::request::record::{REQUEST, RequestId, request_column};
use crate::life::request::status::Status;
use crate::life::request::tie::AS_DECLARED;
use crate::store::{Lookup, Queue};

impl Case<'_, '_> {
    pub(super) fn declare_major(&mut self) -> Result<(), Refusal> {
        if self.request.kind != RequestKind::Incident {
            return Err(Refusal::rule("not_an_incident", "only an incident can be a major one"));
        }
        if self.request.major.is_some() {
            return Err(no_change("the incident is a major one already"));
        }
        self.apply(RequestEvent::DeclaredMajor { by: self.context.actor.party });
        Ok(())
    }

    pub(super) fn demote(&mut self) -> Result<(), Refusal> {
        if self.request.major.is_none() {
            return Err(no_change("the request is no major incident"));
        }
        self.apply(RequestEvent::Demoted);
        Ok(())
    }

    pub(super) fn broadcast(&mut self, reader: Reader<'_>, message: &Message) -> Result<(), Halt> {
        if self.request.major.is_none() {
            return Err(Refusal::rule("not_major", "only a major incident is broadcast").into());
        }
        self.answer(reader, message)?;
        if let (Some(entry), true) = (self.written, self.request.children > 0) {
            self.follow_up(ForChildren::Broadcast { entry });
        }
        Ok(())
    }

    /// Looks after the children of a request that was ended by the step. One that was resolved before is ended already: to
    /// confirm that is the requester's, who knows nothing of children.
    pub(super) fn end_children(&mut self, reader: Reader<'_>, before: Status) -> Result<(), Halt> {
        let ended = matches!(self.request.status, Status::Resolved | Status::Closed);
        if self.request.children == 0 || !ended || !before.is_open() {
            return Ok(());
        }
        if self.has_open_child(reader, OnParentEnd::Refuse)? {
            let reason = "a child is open: the request cannot end before it";
            return Err(Refusal::rule("child_open", reason).into());
        }
        if self.has_open_child(reader, OnParentEnd::Follow)? {
            self.follow_up(self.own_end());
        }
        Ok(())
    }

    pub(super) fn follow_parent(
        &mut self,
        reader: Reader<'_>,
        parent: RequestId,
        follow: &ForChildren,
    ) -> Result<(), Halt> {
        if !follow.concerns(parent, &self.request) {
            return Err(
                Refusal::rule("not_following", "the request does not follow the parent in this").into()
            );
        }
        let entry = match follow.entry() {
            Some(id) => reader.find::<Entry>(ENTRY.key(id.0))?.map(|(entry, _)| entry),
            None => None,
        };
        if let Some(entry) = &entry {
            self.speak_for(entry.author);
            self.copying = Some(CopyOf::from(&**entry));
        }
        let text = entry.as_ref().map_or("", |entry| &entry.text);
        match follow {
            ForChildren::Resolve { code, .. } => self.resolve(code, text)?,
            ForChildren::Close { reason, .. } => self.close(reason)?,
            ForChildren::Broadcast { .. } => drop(self.write(EntryKind::Answer, text)),
        }
        Ok(())
    }

    pub(super) fn note_follow_refused(&mut self, child: RequestId, rule: &str) -> Result<(), Refusal> {
        super::check_reason("rule", rule)?;
        self.apply(RequestEvent::FollowRefused { child, rule: rule.to_owned() });
        Ok(())
    }

    /// How the request ended, for its children.
    fn own_end(&self) -> ForChildren {
        let declared = self.declared();
        let code = |code: &Option<String>| code.clone().unwrap_or_default();
        if self.request.status == Status::Resolved {
            ForChildren::Resolve { code: code(&self.request.resolution), entry: self.written, declared }
        } else {
            ForChildren::Close { reason: code(&self.request.closing), declared }
        }
    }

    /// What the end of the request does to children that say nothing themselves.
    fn declared(&self) -> OnParentEnd {
        let by_service = || self.service().map(|service| service.children).unwrap_or_default();
        if self.request.major.is_some() { OnParentEnd::Follow } else { by_service() }
    }

    fn has_open_child(&self, reader: Reader<'_>, policy: OnParentEnd) -> Result<bool, Halt> {
        let declared = (self.declared() == policy).then_some(AS_DECLARED);
        for code in [policy.code()].into_iter().chain(declared) {
            let equal = vec![
                (request_column::parent, Value::Id(self.request.id.0)),
                (request_column::open, Value::Bool(true)),
                (request_column::parent_end, Value::Code(code.into())),
            ];
            if !reader.lookup(&Lookup { kind: &REQUEST, equal, limit: 1 })?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn follow_up(&mut self, follow: ForChildren) {
        let set_by = self.context.command;
        // One item for each such command: whoever carries it out, however often, each child follows once.
        let key = derived_id(set_by.0, &format!("follow up {}", self.request.id));
        if let Ok(body) = serde_json::to_string(&Wake::ForChildren { set_by, follow }) {
            self.set_work(Queue::Timers, key, self.context.now, body);
        }
    }
}
