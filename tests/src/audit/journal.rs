//! The journal by itself, and the commands that it and the witness know of.

use std::collections::BTreeMap;

use okno::CommandId;
use okno::store::Event;

use super::{Breach, Holdings, Law, Witness};

impl Holdings {
    /// The batches of the journal: the events of one command that stand together.
    pub(super) fn batches(&self) -> impl Iterator<Item = &[Event]> {
        self.journal.chunk_by(|one, next| one.command == next.command)
    }

    pub(super) fn audit_journal(&self) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let mut found = |what| breaches.push(Breach::of(Law::Journal, what));
        for (event, expected) in self.journal.iter().zip(1..) {
            if event.position != expected {
                found(format!("position {} stands where {expected} belongs", event.position));
                break;
            }
        }
        let last = self.journal.last().map_or(0, |event| event.position);
        if last != self.head.position {
            found(format!("the journal ends at {last}, the head says {}", self.head.position));
        }
        for batch in self.batches() {
            let first = &batch[0];
            let same = |event: &Event| event.at == first.at && event.origin == first.origin;
            if !batch.iter().all(same) {
                found(format!("the events of the command {} differ in origin or time", first.command));
            }
        }
        for event in self.journal.iter().filter(|event| event.tenant != self.tenant) {
            let what = format!("event {} belongs to the tenant {}", event.position, event.tenant);
            breaches.push(Breach::of(Law::Tenants, what));
        }
        breaches
    }

    /// Every command was done once, with the answer that is remembered; what was acknowledged is there, and of what was
    /// refused there is nothing.
    pub(super) fn audit_commands(&self, witness: &Witness) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let mut last: BTreeMap<CommandId, u64> = BTreeMap::new();
        for batch in self.batches() {
            let (command, position) = (batch[0].command, batch[batch.len() - 1].position);
            if last.insert(command, position).is_some() {
                breaches.push(Breach::of(Law::Once, format!("the command {command} was done twice")));
            }
        }
        for (command, position) in &last {
            let answered = self.answers.get(command).map(|answer| answer.receipt.position);
            if answered != Some(*position) {
                let what = format!("{command} ended at {position} and is answered {answered:?}");
                breaches.push(Breach::of(Law::Once, what));
            }
        }
        for (command, receipt) in &witness.acknowledged {
            let kept = self.answers.get(command).map(|answer| &answer.receipt);
            if kept != Some(receipt) {
                let what = format!("{command} was acknowledged with {receipt:?}; there is {kept:?}");
                breaches.push(Breach::of(Law::Durable, what));
            }
        }
        for command in &witness.refused {
            if last.contains_key(command) || self.answers.contains_key(command) {
                breaches.push(Breach::of(Law::Once, format!("{command} was refused and is there")));
            }
        }
        breaches
    }
}
