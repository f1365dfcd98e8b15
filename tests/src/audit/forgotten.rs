//! What left for the archive or was erased is gone, and what stays of it says so.

use std::collections::BTreeMap;

use okno::RequestId;
use okno::life::archive::{TOMBSTONE, Tombstone};
use okno::life::directory::{CONTACT, Contact};
use okno::life::erasure::{ERASURE, Erasure, Place};
use okno::life::request::REQUEST;
use okno::store::{Event, Key};

use super::fold::Life;
use super::{Breach, Holdings, Law, Witness};

impl Holdings {
    pub(super) fn audit_forgotten(
        &self,
        lives: &BTreeMap<RequestId, Life>,
        witness: &Witness,
    ) -> Vec<Breach> {
        let mut breaches = self.audit_blanks();
        let mut found = |what| breaches.push(Breach::of(Law::Forgotten, what));
        let stones: BTreeMap<RequestId, _> =
            self.all::<Tombstone>(&TOMBSTONE).map(|stone| (stone.request, stone)).collect();
        for (id, life) in lives {
            let was = &life.request;
            let (archived, stone) = (self.is_archived(REQUEST.key(id.0)), stones.get(id));
            let right = stone.map_or(!archived, |stone| {
                let says = (&stone.number, stone.status, stone.requester, &stone.line, stone.complete);
                archived && says == (&was.number, was.status, was.requester, &was.line, true)
            });
            if !right {
                found(format!("{id} was archived: {archived}; there is {stone:?}"));
            }
        }
        for stone in stones.values().filter(|stone| !lives.contains_key(&stone.request)) {
            found(format!("{stone:?} is of no request"));
        }
        for erasure in self.all::<Erasure>(&ERASURE) {
            if witness.settled.is_some() && erasure.place != Place::Ended {
                found(format!("the erasure of {} never ended", erasure.party));
            }
            if erasure.place == Place::Ended && !erasure.words.is_empty() {
                found(format!("the erasure of {} remembers names", erasure.party));
            }
        }
        for contact in self.all::<Contact>(&CONTACT) {
            let last = self.journal.iter().rfind(|event| event.subject == CONTACT.key(contact.id.0));
            let erased = last.is_some_and(|event| event.fact.name() == "erased");
            if erased && (contact.active || !contact.person.addresses.is_empty()) {
                found(format!("{} was erased and is still known", contact.id));
            }
        }
        breaches
    }

    /// The journal keeps no words of a record from before it was archived or erased.
    fn audit_blanks(&self) -> Vec<Breach> {
        let mut erased: BTreeMap<Key, u64> = BTreeMap::new();
        for batch in self.batches() {
            let forgets = |event: &&Event| matches!(event.fact.name(), "archived" | "erased");
            erased.extend(batch.iter().filter(forgets).map(|event| (event.subject, batch[0].position)));
        }
        let kept = |event: &&Event| {
            let before = erased.get(&event.subject).is_some_and(|upto| event.position < *upto);
            before && event.fact.content().is_ok_and(|content| content.is_some())
        };
        let kept = self.journal.iter().filter(kept);
        kept.map(|event| {
            let what = format!("event {} of {} still has its words", event.position, event.subject);
            Breach::of(Law::Forgotten, what)
        })
        .collect()
    }
}
