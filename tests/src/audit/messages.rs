//! Messages: each follows from an event, and whom an event concerns is told of it.

use std::collections::{BTreeMap, BTreeSet};

use okno::RequestId;
use okno::base::{Party, derived_id};
use okno::life::definitions::{CATALOG, Published};
use okno::life::request::{ENTRY, Effect, Entry, EntryId, REQUEST, RequestEvent};
use okno::store::{Event, Queue};
use uuid::Uuid;

use super::fold::Life;
use super::{Breach, Holdings, Law, Witness};

impl Holdings {
    pub(super) fn audit_messages(&self, lives: &BTreeMap<RequestId, Life>, witness: &Witness) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let mut found = |what| breaches.push(Breach::of(Law::Messages, what));
        let rules = self.all::<Published>(&CATALOG).next().map_or(0, |it| it.catalog.notifications.len());
        let waiting = self.work.iter().filter(|item| item.queue == Queue::Effects);
        let mut known: BTreeMap<Uuid, Effect> = BTreeMap::new();
        let mut messages = witness.delivered.clone();
        for item in waiting {
            match serde_json::from_str(&item.state.body) {
                Ok(effect) => messages.push((item.state.key, effect)),
                Err(error) => found(format!("{item:?} is no effect: {error}")),
            }
        }
        for (key, effect) in messages {
            if !self.follows(key, &effect, rules) {
                found(format!("{effect:?} under {key} follows from nothing that happened"));
            }
            if known.get(&key).is_some_and(|other| *other != effect) {
                found(format!("{effect:?} came under the key {key} of another message"));
            }
            known.insert(key, effect);
        }
        // What was parked goes with its request into the archive.
        let gone = |life: &Life, key: &Uuid| {
            let parked = life.request.stuck.iter().any(|stuck| stuck.key == *key);
            parked && self.is_archived(REQUEST.key(life.request.id.0))
        };
        let owed = lives.values().flat_map(|life| life.owed.iter().filter(|key| !gone(life, key)));
        let mut owed: BTreeSet<Uuid> = owed.copied().collect();
        owed.extend(self.mentions());
        for key in owed.iter().filter(|key| !known.contains_key(*key)) {
            found(format!("the message {key} is neither delivered nor waiting"));
        }
        breaches
    }

    /// The keys of the messages to those whom entries mention.
    fn mentions(&self) -> Vec<Uuid> {
        let written = self.journal.iter().filter_map(|event| Some((written(event)?, event)));
        let written: BTreeMap<EntryId, &Event> = written.collect();
        let mut keys = Vec::new();
        for entry in self.all::<Entry>(&ENTRY) {
            let Some(event) = written.get(&entry.id) else { continue };
            let told = entry.mentions.iter().filter(|id| Party::from(**id) != event.origin.actor);
            keys.extend(told.map(|to| derived_id(event.command.0, &format!("mention {} {to}", entry.id))));
        }
        keys
    }

    /// Whether an event of the journal tells whom a message names of what it names.
    fn follows(&self, key: Uuid, effect: &Effect, rules: usize) -> bool {
        let Effect::Notify { to, request, number, event: name } = effect else { return false };
        let numbered = self.request(*request).is_none_or(|request| request.number == *number);
        let caused = self.batches().any(|batch| {
            let own = batch.iter().enumerate().filter(|(_, event)| event.subject == REQUEST.key(request.0));
            let mut causes = own.flat_map(|(n, event)| {
                let named = (event.fact.name() == name).then_some(0..rules).into_iter().flatten();
                let mention = written(event).filter(|_| name == "mentioned");
                let mention = mention.map(|entry| format!("mention {entry} {}", to.id));
                named.map(move |rule| format!("notify {rule} {n} {to}")).chain(mention)
            });
            causes.any(|cause| derived_id(batch[0].command.0, &cause) == key)
        });
        numbered && caused
    }
}

/// The entry that an event brought.
fn written(event: &Event) -> Option<EntryId> {
    match event.of()? {
        RequestEvent::Written { entry, .. } => Some(*entry),
        _ => None,
    }
}
