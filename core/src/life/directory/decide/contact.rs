//! Contacts: their addresses, and those who turn out to be one person.

use std::sync::Arc;

use super::Draft;
use crate::base::Party;
use crate::base::limits::IDENTITIES_MAX;
use crate::life::decision::Halt;
use crate::life::directory::event::DirectoryEvent;
use crate::life::directory::record::{CONTACT, Contact, ContactId};
use crate::life::refusal::Refusal;
use crate::store::Claim;

impl Draft<'_> {
    pub(super) fn save_contact(&mut self, contact: &Contact) -> Result<(), Halt> {
        self.check_contact(contact)?;
        let known = self.directory.contact(contact.id).and_then(|known| known.merged_into);
        if contact.merged_into != known {
            let reason = "contacts are merged and separated by commands of their own";
            return Err(Refusal::invalid("contact.merged_into", reason).into());
        }
        for address in contact.claimed() {
            if let Some(owner) = self.directory.contact_at(address).filter(|owner| owner.id != contact.id) {
                let reason = format!("the contact `{}` has this {}", owner.id, address.kind());
                return Err(Refusal::rule("address_taken", reason).into());
            }
        }
        let event = DirectoryEvent::ContactSaved(contact.clone());
        self.save(CONTACT.key(contact.id.0), Arc::new(contact.clone()), event)
    }

    pub(super) fn merge_contact(&mut self, id: ContactId, into: ContactId) -> Result<(), Halt> {
        let (contact, stands) = (self.known_contact(id)?, self.known_contact(into)?);
        if id == into {
            return Err(Refusal::rule("merge_into_itself", "a contact stands for itself as it is").into());
        }
        if let Some(merged) = [&contact, &stands].into_iter().find(|contact| contact.merged_into.is_some()) {
            let reason = format!("`{}` is merged into another contact", merged.id);
            return Err(Refusal::rule("already_merged", reason).into());
        }
        if !stands.active {
            return Err(Refusal::rule("contact_inactive", format!("`{into}` is not active")).into());
        }
        let all = self.identities(id) + self.identities(into);
        if all > IDENTITIES_MAX {
            let reason = format!("{all} contacts would be one; at most {IDENTITIES_MAX} are taken");
            return Err(Refusal::rule("too_many_identities", reason).into());
        }
        // Invariant: who stands for others is not merged itself. Both records are written, so that of two merges
        // that would break it together one is decided again.
        self.put(CONTACT.key(into.0), stands)?;
        self.happen_to(&contact, DirectoryEvent::ContactMerged { into })
    }

    pub(super) fn unmerge_contact(&mut self, id: ContactId) -> Result<(), Halt> {
        let contact = self.known_contact(id)?;
        let Some(from) = contact.merged_into else {
            return Err(Refusal::rule("not_merged", format!("`{id}` stands for itself")).into());
        };
        self.happen_to(&contact, DirectoryEvent::ContactUnmerged { from })
    }

    /// The addresses that the contacts written hold now and did not hold before, and those that they give up.
    pub(super) fn claims(&self) -> (Vec<Claim>, Vec<Claim>) {
        let (mut claims, mut releases) = (Vec::new(), Vec::new());
        for key in self.puts.keys().filter(|key| key.kind == &CONTACT) {
            let id = ContactId(key.id);
            let before = addresses(self.context.world.directory.contact(id));
            let after = addresses(self.directory.contact(id));
            claims.extend(after.iter().filter(|claim| !before.contains(claim)).cloned());
            releases.extend(before.into_iter().filter(|claim| !after.contains(claim)));
        }
        (claims, releases)
    }

    pub(super) fn known_contact(&self, id: ContactId) -> Result<Arc<Contact>, Refusal> {
        self.directory.contact(id).cloned().ok_or_else(|| Refusal::not_found("contact", id))
    }

    fn identities(&self, id: ContactId) -> usize {
        self.directory.identities(Party::from(id)).len()
    }

    fn happen_to(&mut self, known: &Contact, event: DirectoryEvent) -> Result<(), Halt> {
        let mut contact = known.clone();
        contact.evolve(&event);
        self.save(CONTACT.key(known.id.0), Arc::new(contact), event)
    }
}

fn addresses(contact: Option<&Arc<Contact>>) -> Vec<Claim> {
    let claim = |contact: &Arc<Contact>| -> Vec<Claim> {
        let claimed = contact.claimed().map(|address| Claim {
            space: format!("contact {}", address.kind()).into(),
            value: address.key().into(),
            owner: contact.id.0,
        });
        claimed.collect()
    };
    contact.map(claim).unwrap_or_default()
}
