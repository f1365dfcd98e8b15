//! Who else has to do with a request.

use super::case::Case;
use super::no_change;
use crate::base::limits::{COPIED_IN_MAX, WATCHERS_MAX};
use crate::base::{Party, PartyKind};
use crate::life::refusal::Refusal;
use crate::life::request::event::RequestEvent;
use crate::life::request::involvement::{CopiedIn, CopyAccess};

impl Case<'_, '_> {
    pub(super) fn copy_in(&mut self, party: Party, access: CopyAccess) -> Result<(), Refusal> {
        let person = matches!(party.kind, PartyKind::Employee | PartyKind::Contact);
        if !person || !self.context.world.directory.is_active(party) {
            return Err(Refusal::invalid("party", format!("`{party}` is nobody who can be copied in")));
        }
        let copied = CopiedIn { party, access };
        let asked = self.request.requester == party || self.request.recipient == Some(party);
        if asked || self.request.copied_in().any(|known| known == copied) {
            return Err(no_change("the party may do that already"));
        }
        let known = self.request.copied_in().any(|copied| copied.party == party);
        if !known && self.request.copied_in().count() >= COPIED_IN_MAX {
            return Err(Refusal::invalid("party", format!("{COPIED_IN_MAX} are copied in already")));
        }
        self.apply(RequestEvent::CopiedIn { copied });
        Ok(())
    }

    pub(super) fn copy_out(&mut self, party: Party) -> Result<(), Refusal> {
        if !self.request.copied_in().any(|copied| copied.party == party) {
            return Err(no_change("the party is not copied in"));
        }
        self.apply(RequestEvent::CopiedOut { party });
        Ok(())
    }

    pub(super) fn watch(&mut self) -> Result<(), Refusal> {
        let party = self.context.actor.on_behalf_of();
        if self.request.watched_by().any(|watcher| watcher == party) {
            return Err(no_change("the actor watches the request already"));
        }
        if self.request.watched_by().count() >= WATCHERS_MAX {
            return Err(Refusal::rule(
                "too_many_watchers",
                format!("{WATCHERS_MAX} watch the request already"),
            ));
        }
        self.apply(RequestEvent::Watched { party });
        Ok(())
    }

    pub(super) fn unwatch(&mut self) -> Result<(), Refusal> {
        let party = self.context.actor.on_behalf_of();
        if !self.request.watched_by().any(|watcher| watcher == party) {
            return Err(no_change("the actor does not watch the request"));
        }
        self.apply(RequestEvent::Unwatched { party });
        Ok(())
    }
}
