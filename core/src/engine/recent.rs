//! What a desk saw last of the records that most commands name: enough to decide without a look, never enough to be sure.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::command::Command;
use super::desk::Desk;
use super::error::DeskError;
use super::run::{Call, first_answer};
use crate::base::TenantId;
use crate::base::limits::RECENT_RECORDS_MAX;
use crate::life::directory::EMPLOYEE;
use crate::life::request::{READ_MARK, REQUEST};
use crate::life::{Decision, World};
use crate::store::{Batch, Digest, Key, Loaded, Receipt, StoreError, Version, View};

/// What a desk saw last of some records, and how often that was still right.
///
/// A decision made from it holds in its batch everything that it took from here to what the store has, the directory
/// and the definitions included, so that it is committed only where a look would have shown the same.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    /// What was seen since the generations changed last.
    young: Generation,
    /// What was seen before that, and not since.
    old: Generation,
    /// Falls when other nodes turn out to change the same records, and rises when they turn out not to.
    trust: i32,
}

type Generation = HashMap<(TenantId, Key), Seen>;

/// How a record was seen last.
#[derive(Debug, Clone)]
struct Seen {
    found: Option<Loaded>,
    /// Whether this desk wrote its first version.
    born: bool,
}

/// What a batch leaves when it is committed.
pub(super) struct Left {
    tenant: TenantId,
    remembered: Vec<(Key, Seen)>,
    /// Whether it changes the directory or the definitions.
    outdates: bool,
}

impl Recent {
    /// The records of these keys as they were seen last; nothing when one is unknown, or when what was seen last is
    /// often no longer right.
    fn recall(&self, tenant: TenantId, keys: &[Key]) -> Option<BTreeMap<Key, Option<Loaded>>> {
        let memory = self.memory();
        if memory.trust < 0 {
            return None;
        }
        let mut born_here = false;
        let mut recalled = BTreeMap::new();
        for key in keys {
            let found = match memory.seen(tenant, *key) {
                Some(seen) => {
                    born_here |= seen.born;
                    seen.found
                }
                // Nobody has read a request that was just born, as far as this desk knows.
                None if born_here && key.kind == &READ_MARK => None,
                None => return None,
            };
            recalled.insert(*key, found);
        }
        Some(recalled)
    }

    /// Remembers what was read, and holds what was remembered against it.
    pub(super) fn saw(&self, tenant: TenantId, view: &View) {
        let mut memory = self.memory();
        for (key, found) in view.records.iter().filter(|(key, _)| is_remembered(**key)) {
            let known = memory.seen(tenant, *key);
            if let Some(known) = &known {
                memory.judge(version(known.found.as_ref()) == version(found.as_ref()));
            }
            let born = known.is_some_and(|known| known.born);
            memory.keep(tenant, *key, Seen { found: found.clone(), born });
        }
    }

    fn wrote(&self, tenant: TenantId, remembered: Vec<(Key, Seen)>) {
        let mut memory = self.memory();
        for (key, mut seen) in remembered {
            seen.born |= memory.seen(tenant, key).is_some_and(|known| known.born);
            memory.keep(tenant, key, seen);
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn seen(&self, tenant: TenantId, key: Key) -> Option<Seen> {
        let place = (tenant, key);
        self.young.get(&place).or_else(|| self.old.get(&place)).cloned()
    }

    fn keep(&mut self, tenant: TenantId, key: Key, seen: Seen) {
        if self.young.len() >= RECENT_RECORDS_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert((tenant, key), seen);
    }

    fn judge(&mut self, right: bool) {
        let trust = if right { self.trust + 1 } else { self.trust - WRONG_COSTS };
        self.trust = trust.clamp(-TRUST_MAX, TRUST_MAX);
    }
}

impl Left {
    pub(super) fn of(batch: &Batch) -> Self {
        let puts = batch.puts.iter().filter(|put| is_remembered(put.key())).map(|put| {
            let loaded = Loaded { version: put.expected.next(), position: 0, record: put.record.clone() };
            (put.key(), Seen { found: Some(loaded), born: put.expected == Version::ABSENT })
        });
        let deletes = batch.deletes.iter().filter(|(key, _)| is_remembered(*key));
        let deletes = deletes.map(|(key, _)| (*key, Seen { found: None, born: false }));
        let kinds = batch.puts.iter().map(|put| put.record.kind());
        let mut kinds = kinds.chain(batch.deletes.iter().map(|(key, _)| key.kind));
        Self {
            tenant: batch.tenant,
            remembered: puts.chain(deletes).collect(),
            outdates: kinds.any(|kind| kind.mark.is_some()),
        }
    }
}

impl Desk {
    /// Does a command as what was seen last suggests; says nothing when that is unknown or no longer right, so that
    /// somebody has to look.
    pub(super) async fn run_unseen(&self, call: &Call, digest: Digest) -> Result<Option<Receipt>, DeskError> {
        let Some(world) = self.worlds.standing(call.actor.tenant) else { return Ok(None) };
        let Some(decision) = self.decide_unseen(call, digest, &world).await else { return Ok(None) };
        let left = Left::of(&decision);
        match self.store.commit(decision).await {
            Ok(receipt) => {
                self.remember(left, &receipt);
                Ok(Some(receipt))
            }
            Err(StoreError::Repeated { first }) => first_answer(call.id, digest, *first).map(Some),
            Err(StoreError::Outdated { tenant }) => {
                self.worlds.outdate(tenant, world.head.position);
                Ok(None)
            }
            // Whoever looks now sees what was wrong.
            Err(StoreError::Conflict { .. } | StoreError::Taken { .. } | StoreError::Unknown { .. }) => {
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Remembers what a batch left that was committed.
    pub(super) fn remember(&self, left: Left, receipt: &Receipt) {
        if left.outdates {
            self.worlds.outdate(left.tenant, receipt.position.saturating_sub(1));
        }
        self.recent.wrote(left.tenant, left.remembered);
    }

    /// Decides by what was seen last. A refusal is none before somebody has looked.
    async fn decide_unseen(&self, call: &Call, digest: Digest, world: &Arc<World>) -> Option<Decision> {
        if !matches!(call.command, Command::Submit { .. } | Command::Request { .. } | Command::Read { .. })
            || !call.is_plain()
        {
            return None;
        }
        let tenant = call.actor.tenant;
        let records = self.recent.recall(tenant, &call.command.keys(&call.actor))?;
        let taken: Vec<_> = records.iter().map(|(key, found)| (*key, version(found.as_ref()))).collect();
        let view = View { head: world.head, records, ..View::default() };
        let mut decision = self.decide(call, view, world, (digest, None)).await.ok()?;
        decision.marks = Some(world.head.marks());
        let held = |key: &Key| {
            let changed = decision.puts.iter().any(|put| put.key() == *key);
            changed || decision.deletes.iter().chain(&decision.guards).any(|(other, _)| other == key)
        };
        let unheld: Vec<_> = taken.into_iter().filter(|(key, _)| !held(key)).collect();
        decision.guards.extend(unheld);
        Some(decision)
    }
}

fn version(found: Option<&Loaded>) -> Version {
    found.map_or(Version::ABSENT, |loaded| loaded.version)
}

/// Whether records of a kind are named by commands that come often.
fn is_remembered(key: Key) -> bool {
    [&REQUEST, &READ_MARK, &EMPLOYEE].contains(&key.kind)
}

/// How much being wrong once outweighs being right.
const WRONG_COSTS: i32 = 16;
/// How far trust rises and falls.
const TRUST_MAX: i32 = 256;
