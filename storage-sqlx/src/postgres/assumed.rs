//! What a group takes for granted, so that it can be admitted before anybody looks: the statement that writes it holds
//! all of it against what is there.

use std::collections::{HashMap, HashSet};

use okno::base::{CommandId, TenantId};
use okno::store::{
    Batch, ClaimKey, Finish, Head, Key, Mark, Marks, Put, Queue, Remembered, Snapshot, Version, WorkChange,
    WorkSlot,
};
use uuid::Uuid;

/// A store in which a group finds everything as it expects it, and whose journal begins where the tenant's ends.
#[derive(Debug, Default)]
pub(crate) struct Assumed {
    /// Records at the version that the group's first mention of each expects.
    pub(crate) versions: HashMap<Key, Version>,
    /// Items as the leases say that the group ends. Of every other item nothing is known.
    pub(crate) leased: HashMap<(Queue, Uuid), WorkSlot>,
    /// How the marks of the head stand, where a batch says so.
    pub(crate) stand: Option<Marks>,
    /// How they move.
    pub(crate) marks: [Moved; Mark::ALL.len()],
}

/// How a mark moves: to a position behind the head's, and at least so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moved {
    /// The position, from the head's.
    pub(crate) to: i64,
    /// By how much at least: zero when it does not move.
    pub(crate) by: i64,
}

impl Default for Moved {
    fn default() -> Self {
        Self { to: i64::MIN, by: 0 }
    }
}

impl Assumed {
    /// What a group takes for granted; `None` when it has to be looked at first: it gives values back, or changes an item
    /// twice that it does not know.
    pub(crate) fn of(group: &[Batch]) -> Option<Self> {
        let mut assumed = Self::default();
        let mut unknown = HashSet::new();
        let mut position = 0;
        for batch in group {
            if !batch.releases.is_empty() {
                return None;
            }
            assumed.stand = assumed.stand.or(batch.marks);
            let puts = batch.puts.iter().map(|Put { record, expected }| (record.key(), *expected));
            let others = batch.deletes.iter().chain(&batch.guards).copied();
            for (key, expected) in puts.chain(others) {
                assumed.versions.entry(key).or_insert(expected);
            }
            for change in &batch.work {
                let item = change.item();
                if unknown.contains(&item) {
                    return None;
                }
                match change {
                    WorkChange::Finish(Finish { generation, fence, .. }) => {
                        let slot = WorkSlot { generation: *generation, fence: *fence };
                        assumed.leased.entry(item).or_insert(slot);
                    }
                    WorkChange::Set(_) | WorkChange::Cancel { .. } => {
                        if !assumed.leased.contains_key(&item) {
                            unknown.insert(item);
                        }
                    }
                }
            }
            assumed.mark(batch, position + i64::from(!batch.events.is_empty()));
            position += i64::try_from(batch.events.len()).ok()?;
        }
        Some(assumed)
    }

    /// Moves the marks as a batch does whose first event comes at a position.
    fn mark(&mut self, batch: &Batch, first: i64) {
        let puts = batch.puts.iter().map(|put| put.record.kind());
        let changed = || puts.clone().chain(batch.deletes.iter().map(|(key, _)| key.kind));
        for (mark, moved) in Mark::ALL.into_iter().zip(&mut self.marks) {
            if changed().any(|kind| kind.mark == Some(mark)) {
                *moved = Moved { to: first.max(moved.to.saturating_add(1)), by: moved.by + 1 };
            }
        }
    }
}

impl Snapshot for Assumed {
    fn head(&self, _: TenantId) -> Head {
        let Marks { directory, blueprint } = self.stand.unwrap_or_default();
        Head { position: 0, directory, blueprint }
    }

    fn version(&self, _: TenantId, key: Key) -> Version {
        self.versions.get(&key).copied().unwrap_or(Version::ABSENT)
    }

    fn owner(&self, _: TenantId, _: &ClaimKey) -> Option<Uuid> {
        None
    }

    fn first(&self, _: TenantId, _: CommandId) -> Option<Remembered> {
        None
    }

    fn work(&self, _: TenantId, queue: Queue, key: Uuid) -> Option<WorkSlot> {
        self.leased.get(&(queue, key)).copied()
    }
}
