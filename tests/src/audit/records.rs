//! Every record by itself, whatever it is, and what only one of them may have.

use std::collections::BTreeMap;

use okno::life::definitions::CATALOG;
use okno::life::directory::{ABSENCE, CONTACT, Contact, DELEGATION, EMPLOYEE, GRANT, MEMBER, UNIT};
use okno::life::request::{NUMBER_BLOCK, NumberBlock, REQUEST, Request};
use okno::store::{Key, Kind, Mark, Version};

use super::holdings::{addresses, values};
use super::{Breach, Holdings, Law};

/// The kinds whose records are written when an event tells of them, and only then. That of a tenant is the anchor of its
/// units, which is written with each of them.
const TOLD: [&Kind; 9] =
    [&REQUEST, &CATALOG, &UNIT, &EMPLOYEE, &CONTACT, &MEMBER, &GRANT, &ABSENCE, &DELEGATION];

impl Holdings {
    pub(super) fn audit_records(&self) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let mut found = |what| breaches.push(Breach::of(Law::Records, what));
        for (key, loaded) in &self.records {
            if self.columns.get(key) != Some(&values(loaded)) {
                found(format!("the columns of `{key}` do not say what it says"));
            }
            if loaded.position > self.head.position {
                found(format!("`{key}` changed at {}, after the head", loaded.position));
            }
        }
        for key in self.columns.keys().filter(|key| !self.records.contains_key(*key)) {
            found(format!("`{key}` has columns and no body"));
        }
        for mark in Mark::ALL {
            let marked = self.records.iter().filter(|(key, _)| key.kind.mark == Some(mark));
            let latest = marked.map(|(_, loaded)| loaded.position).max().unwrap_or(0);
            if self.head.mark(mark) < latest {
                found(format!("{mark:?} is marked at {}, changed at {latest}", self.head.mark(mark)));
            }
        }
        let told = self.told_of();
        for (key, (changes, position)) in &told {
            let there = self.records.get(key).map(|loaded| (loaded.version, loaded.position));
            let archived = key.kind == &REQUEST && self.is_archived(*key);
            let expected = (!archived).then_some((Version(*changes), *position));
            if there != expected {
                found(format!("`{key}` is {there:?}, its events say {expected:?}"));
            }
        }
        for key in self.records.keys().filter(|key| TOLD.contains(&key.kind) && !told.contains_key(*key)) {
            found(format!("no event tells of `{key}`"));
        }
        breaches
    }

    /// How often the journal says that each record changed, and the beginning of the last batch that says so.
    fn told_of(&self) -> BTreeMap<Key, (u64, u64)> {
        let mut told: BTreeMap<Key, (u64, u64)> = BTreeMap::new();
        for batch in self.batches() {
            let begin = batch[0].position;
            for event in batch.iter().filter(|event| TOLD.contains(&event.subject.kind)) {
                let (changes, position) = told.entry(event.subject).or_default();
                *changes += u64::from(*position != begin);
                *position = begin;
            }
        }
        told
    }

    /// Whether a request left for the archive.
    pub(super) fn is_archived(&self, key: Key) -> bool {
        !self.records.contains_key(&key)
            && self.journal.iter().any(|event| event.subject == key && event.fact.name() == "archived")
    }

    /// Numbers and addresses.
    pub(super) fn audit_unique(&self) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let mut found = |what| breaches.push(Breach::of(Law::Unique, what));
        let blocks: BTreeMap<String, u64> =
            self.all::<NumberBlock>(&NUMBER_BLOCK).map(|block| (block.prefix.clone(), block.next)).collect();
        let mut numbers = BTreeMap::new();
        for request in self.all::<Request>(&REQUEST) {
            let number = &request.number;
            if let Some(other) = numbers.insert(number.clone(), request.id) {
                found(format!("`{number}` is the number of {other} and of {}", request.id));
            }
            let (prefix, count) = number.rsplit_once('-').unwrap_or_default();
            let next = blocks.get(prefix).copied().unwrap_or(0);
            if count.parse().map_or(true, |count: u64| count >= next) {
                found(format!("`{number}` was given, and the next free one is {next}"));
            }
        }
        for contact in self.all::<Contact>(&CONTACT) {
            for claim in addresses(&contact) {
                let owner = self.owners.get(&claim).copied().flatten();
                if contact.active != (owner == Some(contact.id.0)) {
                    found(format!("{} has an address that {owner:?} owns", contact.id));
                }
            }
        }
        breaches
    }
}
