//! What people write to each other.

use super::case::Case;
use super::check_message;
use crate::base::limits::MENTIONS_MAX;
use crate::config::catalog::Action;
use crate::life::decision::{Halt, Reader};
use crate::life::directory::EmployeeId;
use crate::life::refusal::Refusal;
use crate::life::request::command::Message;
use crate::life::request::entry::{EntryKind, Visibility};
use crate::life::request::reason::ResumeReason;
use crate::life::request::status::Status;

impl Case<'_, '_> {
    /// A reply ends a hold that waits for it, and reopens a resolved request where the service says so.
    pub(super) fn reply(&mut self, reader: Reader<'_>, message: &Message) -> Result<(), Halt> {
        self.say(reader, EntryKind::Message, message)?;
        let ends_hold = self.request.hold.as_ref().is_some_and(|hold| hold.release.on_reply);
        let reopens = self.service().is_some_and(|service| service.reopen_on_reply);
        if ends_hold {
            self.end_hold(ResumeReason::Replied);
        } else if self.request.status == Status::Resolved && reopens && self.within_reopen_window() {
            self.take_up_again();
        }
        Ok(())
    }

    pub(super) fn answer(&mut self, reader: Reader<'_>, message: &Message) -> Result<(), Halt> {
        self.say(reader, EntryKind::Answer, message)
    }

    pub(super) fn note(&mut self, reader: Reader<'_>, message: &Message) -> Result<(), Halt> {
        self.say(reader, EntryKind::Note, message)
    }

    /// Whether the actor asked for the request, or it concerns them.
    pub(super) fn is_requester(&self) -> bool {
        let same = self.context.world.directory.identities(self.context.actor.on_behalf_of());
        same.contains(&self.request.requester)
            || self.request.recipient.is_some_and(|party| same.contains(&party))
    }

    fn say(&mut self, reader: Reader<'_>, kind: EntryKind, message: &Message) -> Result<(), Halt> {
        check_message("text", &message.text)?;
        let mentions = self.mentions(kind, &message.mentions)?;
        if message.from_draft {
            self.take_draft(reader, kind)?;
        }
        let entry = self.write_entry(kind, &message.text, |entry| entry.mentions.clone_from(&mentions));
        self.attach(Some(entry), kind.visibility())?;
        for mentioned in mentions.into_iter().filter(|id| self.context.actor.party != (*id).into()) {
            self.tell(mentioned.into(), "mentioned", &format!("mention {entry} {mentioned}"));
        }
        Ok(())
    }

    /// Each employee once, if all of them can read what is written.
    fn mentions(&self, kind: EntryKind, mentioned: &[EmployeeId]) -> Result<Vec<EmployeeId>, Refusal> {
        let mut mentions: Vec<EmployeeId> = Vec::new();
        for id in mentioned {
            if !mentions.contains(id) {
                mentions.push(*id);
            }
        }
        if mentions.len() > MENTIONS_MAX {
            let reason = format!("at most {MENTIONS_MAX} employees are mentioned at once");
            return Err(Refusal::invalid("mentions", reason));
        }
        if !mentions.is_empty() {
            // Else a requester would learn from the answer who sees the request.
            self.context.policy().require(Action::See, &self.request)?;
        }
        let internal = kind.visibility() == Visibility::Internal;
        match mentions.iter().find(|id| !self.may_read(((**id).into(), None), internal)) {
            Some(id) => Err(Refusal::rule("mention_unseen", format!("`{id}` may not read what is written"))),
            None => Ok(mentions),
        }
    }
}
