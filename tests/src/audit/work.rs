//! Timers and effects against the requests that wait for them.

use std::collections::{BTreeMap, BTreeSet};

use okno::RequestId;
use okno::base::limits::STUCK_MAX;
use okno::life::directory::{EMPLOYEE, Employee};
use okno::life::request::{Next, REQUEST, Request, Standing, Wake};
use okno::store::Queue;
use uuid::Uuid;

use super::fold::{Life, TIMERS, timer_key};
use super::{Breach, Holdings, Item, Law, Witness};

impl Holdings {
    pub(super) fn audit_work(&self, lives: &BTreeMap<RequestId, Life>, witness: &Witness) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let mut own = BTreeSet::new();
        for (id, life) in lives.iter().filter(|(id, _)| self.request(**id).is_some()) {
            for timer in 0..TIMERS.len() {
                let key = timer_key(*id, timer);
                own.insert(key);
                breaches.extend(self.wrong_timer(life, timer, key));
            }
            breaches.extend(self.wrong_next(&life.request));
            breaches.extend(self.wrongly_stuck(&life.request));
        }
        for item in &self.work {
            breaches.extend(self.wrong_item(item, &own, witness));
        }
        breaches
    }

    /// A request's own timer is armed, or was put aside, exactly while the request waits for it.
    fn wrong_timer(&self, life: &Life, timer: usize, key: Uuid) -> Option<Breach> {
        let item = self.work.iter().find(|item| item.queue == Queue::Timers && item.state.key == key);
        let right = match (life.timers[timer], item) {
            (None, None) => true,
            (Some((due, set_by)), Some(item)) => {
                let wake: Option<Wake> = serde_json::from_str(&item.state.body).ok();
                // One that failed is due later, and so is one that was set going again.
                let later = item.state.error.is_some() || life.retried.contains(&key);
                wake.is_some_and(|wake| wake.set_by() == set_by)
                    && (item.state.due == due || (later && item.state.due > due))
            }
            (Some(_), None) | (None, Some(_)) => false,
        };
        let (id, set) = (life.request.id, life.timers[timer]);
        let what = || format!("{id} waits to {}: {set:?}; there is {item:?}", TIMERS[timer]);
        (!right).then(|| Breach::of(Law::Next, what()))
    }

    /// Whoever is next can be next.
    fn wrong_next(&self, request: &Request) -> Option<Breach> {
        let Standing::Open(Next::Operator(operator)) = request.standing() else { return None };
        let employee =
            self.records.get(&EMPLOYEE.key(operator.0)).and_then(okno::store::Loaded::of::<Employee>);
        let works = employee.is_some_and(|employee| employee.active);
        (!works).then(|| Breach::of(Law::Next, format!("{}: {operator} does not work here", request.id)))
    }

    /// A request names what was put aside of it, and nothing else.
    fn wrongly_stuck(&self, request: &Request) -> Option<Breach> {
        let of_request = |item: &&Item| item.parked && item.state.subject == REQUEST.key(request.id.0);
        let parked: BTreeSet<(Queue, Uuid)> =
            self.work.iter().filter(of_request).map(|item| (item.queue, item.state.key)).collect();
        let named: BTreeSet<(Queue, Uuid)> =
            request.stuck.iter().map(|stuck| (stuck.queue(), stuck.key)).collect();
        let right = named == parked || (named.len() == STUCK_MAX && named.is_subset(&parked));
        let what = || format!("{} names {named:?}, put aside are {parked:?}", request.id);
        (!right).then(|| Breach::of(Law::Next, what()))
    }

    fn wrong_item(&self, item: &Item, own: &BTreeSet<Uuid>, witness: &Witness) -> Option<Breach> {
        let Item { queue, parked, state } = item;
        let there = self.records.contains_key(&state.subject);
        // Messages about what was archived are still to be told.
        if !(there || (*parked || *queue == Queue::Effects) && self.is_archived(state.subject)) {
            return Some(Breach::of(Law::Next, format!("{item:?} is about nothing")));
        }
        if witness.settled.is_some_and(|by| !parked && state.due <= by) {
            return Some(Breach::of(Law::Timers, format!("{item:?} was due and is still there")));
        }
        if *queue == Queue::Effects || state.subject.kind != &REQUEST || own.contains(&state.key) {
            return None;
        }
        // What children still have to follow, or what is to be scanned.
        let wake: Option<Wake> = serde_json::from_str(&state.body).ok();
        let known = wake.is_some_and(|wake| self.answers.contains_key(&wake.set_by()));
        (!known).then(|| Breach::of(Law::Next, format!("nobody set {item:?}")))
    }
}
