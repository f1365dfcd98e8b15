use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use super::batch::Remembered;
use super::error::StoreError;
use super::kind::{Key, Kind, Loaded, Mark, Stored};
use crate::base::limits::{LOOKUP_ROWS_MAX, READ_KEYS_MAX};
use crate::base::{CommandId, TenantId};
use crate::condition::{Slot, Value};

/// Asks for everything that a decision needs, in one trip.
#[derive(Debug, Clone)]
pub struct Read {
    /// The tenant.
    pub tenant: TenantId,
    /// Records by key.
    pub keys: Vec<Key>,
    /// Records by an index.
    pub lookups: Vec<Lookup>,
    /// Owners of claimed values.
    pub claims: Vec<ClaimKey>,
    /// The first answer of this command, if it was done before.
    pub command: Option<CommandId>,
}

impl Read {
    /// Asks for nothing but the tenant's head.
    #[must_use]
    pub fn new(tenant: TenantId) -> Self {
        Self { tenant, keys: Vec::new(), lookups: Vec::new(), claims: Vec::new(), command: None }
    }

    /// Holds the read against the limits; every store asks this first.
    ///
    /// # Errors
    /// [`StoreError::Limit`] or [`StoreError::Unindexed`].
    pub fn within_limits(&self) -> Result<(), StoreError> {
        let keys = self.keys.len() + self.lookups.len() + self.claims.len();
        StoreError::within("keys of a read", keys, READ_KEYS_MAX)?;
        self.lookups.iter().try_for_each(Lookup::within_limits)
    }
}

/// Finds records of a kind by the first columns of one of its indexes; the answer is sorted by id.
///
/// Values compare as conditions compare them: texts by their keys, and nothing equals an absent value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The kind.
    pub kind: &'static Kind,
    /// Columns and the values that they must equal: the beginning of an index.
    pub equal: Vec<(Slot, Value)>,
    /// At most so many.
    pub limit: usize,
}

impl Lookup {
    fn within_limits(&self) -> Result<(), StoreError> {
        StoreError::within("rows of a lookup", self.limit, LOOKUP_ROWS_MAX)?;
        let asked: Vec<Slot> = self.equal.iter().map(|(slot, _)| *slot).collect();
        if self.kind.indexes.iter().any(|index| index.columns.starts_with(&asked)) {
            return Ok(());
        }
        let first = asked.first().and_then(|slot| self.kind.column(*slot));
        let field = first.map_or_else(String::new, |column| column.name.to_owned());
        Err(StoreError::Unindexed { kind: self.kind.name, field })
    }
}

/// Names a claimed value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimKey {
    /// The space.
    pub space: Arc<str>,
    /// The value.
    pub value: Arc<str>,
}

/// Where a tenant stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head {
    /// The last position of the journal.
    pub position: u64,
    /// The position at which the directory changed last; a change without events still raises it.
    pub directory: u64,
    /// The position at which definitions changed last; a change without events still raises it.
    pub blueprint: u64,
}

impl Head {
    /// The position at which a snapshot became stale last.
    #[must_use]
    pub fn mark(&self, mark: Mark) -> u64 {
        match mark {
            Mark::Directory => self.directory,
            Mark::Blueprint => self.blueprint,
        }
    }

    /// How its snapshots stand.
    #[must_use]
    pub const fn marks(&self) -> Marks {
        Marks { directory: self.directory, blueprint: self.blueprint }
    }

    /// Notes that a snapshot became stale. The mark differs from every earlier one, so that a holder of a snapshot
    /// sees two changes at one position.
    pub fn set_mark(&mut self, mark: Mark, position: u64) {
        let next = position.max(self.mark(mark) + 1);
        match mark {
            Mark::Directory => self.directory = next,
            Mark::Blueprint => self.blueprint = next,
        }
    }
}

/// How the snapshots of a tenant stand: equal as long as neither became stale.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// The position at which the directory changed last.
    pub directory: u64,
    /// The position at which definitions changed last.
    pub blueprint: u64,
}

/// What a read found, all of one moment.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Where the tenant stands.
    pub head: Head,
    /// The records asked for by key; `None` where there is none.
    pub records: BTreeMap<Key, Option<Loaded>>,
    /// The answers of the lookups, in the order asked.
    pub lookups: Vec<(Lookup, Vec<Loaded>)>,
    /// The owners of the claimed values.
    pub claims: BTreeMap<ClaimKey, Option<Uuid>>,
    /// The first answer of the command.
    pub first: Option<Remembered>,
}

impl View {
    /// Adds what a further read found; the head is the later one's.
    pub fn merge(&mut self, later: Self) {
        self.head = later.head;
        self.records.extend(later.records);
        self.lookups.extend(later.lookups);
        self.claims.extend(later.claims);
        self.first = self.first.take().or(later.first);
    }

    /// What a lookup found, by id; `None` when it was not asked for.
    #[must_use]
    pub fn lookup(&self, lookup: &Lookup) -> Option<&[Loaded]> {
        self.lookups.iter().find(|(asked, _)| asked == lookup).map(|(_, found)| &found[..])
    }

    /// A record as its own type: `None` when it was not asked for, `Some(None)` when there is none.
    #[must_use]
    pub fn record<T: Stored>(&self, key: Key) -> Option<Option<(Arc<T>, super::Version)>> {
        let found = self.records.get(&key)?;
        Some(found.as_ref().and_then(|loaded| Some((loaded.of::<T>()?, loaded.version))))
    }
}
