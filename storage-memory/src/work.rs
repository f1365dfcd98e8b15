use std::collections::{BTreeMap, BTreeSet};

use okno::base::{TenantId, Timestamp};
use okno::store::{
    Key, Lease, Leased, Queue, StoreError, WorkClaim, WorkList, WorkOutcome, WorkSlot, WorkState, WorkWrite,
};
use uuid::Uuid;

/// Timers and effects of every tenant, in the orders that claims and lists ask for.
#[derive(Debug, Default)]
pub(crate) struct Work {
    items: BTreeMap<ItemId, Item>,
    /// What nobody leases, by the time it is due.
    free: BTreeSet<(Queue, Timestamp, Uuid, TenantId)>,
    /// What somebody leases, by the end of the lease.
    leased: BTreeSet<(Queue, Timestamp, Uuid, TenantId)>,
    /// Items of a tenant, the armed before the parked, by the time they are due.
    listed: BTreeSet<(TenantId, Queue, bool, Timestamp, Uuid)>,
    /// Items of a record.
    subjects: BTreeSet<(TenantId, Queue, Key, Uuid)>,
    /// The number of the latest lease.
    fence: u64,
}

/// Names an item.
pub(crate) type ItemId = (TenantId, Queue, Uuid);

#[derive(Debug, Clone)]
struct Item {
    generation: u64,
    fence: u64,
    subject: Key,
    due: Timestamp,
    attempts: u32,
    body: String,
    error: Option<String>,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Free,
    Leased { until: Timestamp },
    Parked,
}

impl Work {
    /// Applies what a group does to an item.
    pub(crate) fn apply(&mut self, id: ItemId, write: WorkWrite) {
        let before = self.take(id);
        let WorkWrite { generation, fence, change } = write;
        let after = match (change, before) {
            (WorkOutcome::Set(new), _) => Some(Item {
                generation,
                fence,
                subject: new.subject,
                due: new.due,
                attempts: 0,
                body: new.body,
                error: None,
                place: Place::Free,
            }),
            (WorkOutcome::Retry { at, error }, Some(item)) => {
                Some(Item { generation, fence, due: at, error: Some(error), place: Place::Free, ..item })
            }
            (WorkOutcome::Park { reason }, Some(item)) => {
                Some(Item { generation, fence, error: Some(reason), place: Place::Parked, ..item })
            }
            (WorkOutcome::Gone | WorkOutcome::Retry { .. } | WorkOutcome::Park { .. }, _) => None,
        };
        if let Some(item) = after {
            self.put(id, item);
        }
    }

    /// Leases what is due by the caller's time; `now` is the store's own, by which leases end.
    pub(crate) fn claim(&mut self, claim: &WorkClaim, now: Timestamp) -> Vec<Leased> {
        self.free_ended(claim.queue, now);
        let due = self.free.range(first(claim.queue)..=last(claim.queue, claim.now));
        let chosen: Vec<_> =
            due.take(claim.limit).map(|(queue, _, key, tenant)| (*tenant, *queue, *key)).collect();
        let until = now + claim.lease;
        chosen.into_iter().filter_map(|id| self.lease(id, until)).collect()
    }

    /// Prolongs a lease.
    pub(crate) fn renew(&mut self, lease: Lease, until: Timestamp) -> Result<(), StoreError> {
        let Lease { tenant, queue, key, generation, fence } = lease;
        let id = (tenant, queue, key);
        if fence == 0 || self.slot(id) != Some(WorkSlot { generation, fence }) {
            return Err(StoreError::Fenced { queue, key });
        }
        if let Some(item) = self.take(id) {
            self.put(id, Item { place: Place::Leased { until }, ..item });
        }
        Ok(())
    }

    /// Lists items of a tenant's queue, earliest first.
    pub(crate) fn list(&self, list: &WorkList) -> Vec<WorkState> {
        let (tenant, queue) = (list.tenant, list.queue);
        let Some(subject) = list.subject else {
            let from = (tenant, queue, list.parked, Timestamp::MIN, Uuid::nil());
            let to = (tenant, queue, list.parked, Timestamp::MAX, Uuid::max());
            let keys = self.listed.range(from..=to).map(|(_, _, _, _, key)| *key);
            return keys.take(list.limit).filter_map(|key| self.state((tenant, queue, key))).collect();
        };
        let of_subject = (tenant, queue, subject, Uuid::nil())..=(tenant, queue, subject, Uuid::max());
        let keys = self.subjects.range(of_subject).map(|(_, _, _, key)| *key);
        let asked = keys.filter(|key| {
            let item = self.items.get(&(tenant, queue, *key));
            item.is_some_and(|item| (item.place == Place::Parked) == list.parked)
        });
        let mut found: Vec<_> = asked.filter_map(|key| self.state((tenant, queue, key))).collect();
        found.sort_by_key(|state| (state.due, state.key));
        found.truncate(list.limit);
        found
    }

    /// How an item stands, as far as admission asks.
    pub(crate) fn slot(&self, id: ItemId) -> Option<WorkSlot> {
        let item = self.items.get(&id)?;
        Some(WorkSlot { generation: item.generation, fence: item.fence })
    }

    /// Frees what was leased until now; its last holder may still finish it as long as nobody takes it.
    fn free_ended(&mut self, queue: Queue, now: Timestamp) {
        let ended: Vec<_> = self
            .leased
            .range(first(queue)..=last(queue, now))
            .map(|(queue, _, key, tenant)| (*tenant, *queue, *key))
            .collect();
        for id in ended {
            if let Some(item) = self.take(id) {
                self.put(id, Item { place: Place::Free, ..item });
            }
        }
    }

    fn lease(&mut self, id: ItemId, until: Timestamp) -> Option<Leased> {
        let item = self.take(id)?;
        self.fence += 1;
        let attempts = item.attempts.saturating_add(1);
        let item = Item { fence: self.fence, attempts, place: Place::Leased { until }, ..item };
        let (tenant, queue, key) = id;
        let leased = Leased {
            lease: Lease { tenant, queue, key, generation: item.generation, fence: item.fence },
            attempts,
            subject: item.subject,
            due: item.due,
            body: item.body.clone(),
        };
        self.put(id, item);
        Some(leased)
    }

    fn state(&self, id: ItemId) -> Option<WorkState> {
        let item = self.items.get(&id)?;
        Some(WorkState {
            key: id.2,
            generation: item.generation,
            subject: item.subject,
            due: item.due,
            attempts: item.attempts,
            body: item.body.clone(),
            error: item.error.clone(),
        })
    }

    /// Takes an item out of every order.
    fn take(&mut self, id: ItemId) -> Option<Item> {
        let item = self.items.remove(&id)?;
        let (tenant, queue, key) = id;
        match item.place {
            Place::Free => self.free.remove(&(queue, item.due, key, tenant)),
            Place::Leased { until } => self.leased.remove(&(queue, until, key, tenant)),
            Place::Parked => true,
        };
        self.listed.remove(&(tenant, queue, item.place == Place::Parked, item.due, key));
        self.subjects.remove(&(tenant, queue, item.subject, key));
        Some(item)
    }

    /// Puts an item into every order.
    fn put(&mut self, id: ItemId, item: Item) {
        let (tenant, queue, key) = id;
        match item.place {
            Place::Free => self.free.insert((queue, item.due, key, tenant)),
            Place::Leased { until } => self.leased.insert((queue, until, key, tenant)),
            Place::Parked => true,
        };
        self.listed.insert((tenant, queue, item.place == Place::Parked, item.due, key));
        self.subjects.insert((tenant, queue, item.subject, key));
        self.items.insert(id, item);
    }
}

fn first(queue: Queue) -> (Queue, Timestamp, Uuid, TenantId) {
    (queue, Timestamp::MIN, Uuid::nil(), TenantId(Uuid::nil()))
}

fn last(queue: Queue, at: Timestamp) -> (Queue, Timestamp, Uuid, TenantId) {
    (queue, at, Uuid::max(), TenantId(Uuid::max()))
}
