//! What people write to each other.

use super::case::Case;
use super::check_message;
use crate::life::refusal::Refusal;
use crate::life::request::command::Message;
use crate::life::request::entry::EntryKind;
use crate::life::request::event::ResumeReason;
use crate::life::request::status::Status;

impl Case<'_, '_> {
    /// A reply ends a hold that waits for it, and reopens a resolved request where the service says so.
    pub(super) fn reply(&mut self, message: &Message) -> Result<(), Refusal> {
        self.say(EntryKind::Message, message)?;
        let ends_hold = self.request.hold.as_ref().is_some_and(|hold| hold.release.on_reply);
        let reopens = self.service().is_some_and(|service| service.reopen_on_reply);
        if ends_hold {
            self.end_hold(ResumeReason::Replied);
        } else if self.request.status == Status::Resolved && reopens && self.within_reopen_window() {
            self.take_up_again();
        }
        Ok(())
    }

    pub(super) fn answer(&mut self, message: &Message) -> Result<(), Refusal> {
        self.say(EntryKind::Answer, message)
    }

    pub(super) fn note(&mut self, message: &Message) -> Result<(), Refusal> {
        self.say(EntryKind::Note, message)
    }

    /// Whether the actor asked for the request, or it concerns them.
    pub(super) fn is_requester(&self) -> bool {
        let same = self.context.world.directory.identities(self.context.actor.on_behalf_of());
        same.contains(&self.request.requester)
            || self.request.recipient.is_some_and(|party| same.contains(&party))
    }

    fn say(&mut self, kind: EntryKind, message: &Message) -> Result<(), Refusal> {
        check_message("text", &message.text)?;
        let entry = self.write(kind, &message.text);
        self.attach(entry, kind.visibility())
    }
}
