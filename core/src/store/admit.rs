//! Which batches of a group are applied, and what they change together: the one rule that every store follows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::batch::{Batch, Claim, Put, Receipt, Remembered};
use super::error::StoreError;
use super::event::Event;
use super::kind::{Key, Kind, Mark, Stored, Version};
use super::read::{ClaimKey, Head};
use super::work::{Finish, Finished, NewWork, Queue, WorkChange};
use crate::base::{CommandId, TenantId, Timestamp};

/// What a store holds before a group, as far as the group touches it.
pub trait Snapshot {
    /// Where a tenant stands.
    fn head(&self, tenant: TenantId) -> Head;
    /// The version of a record.
    fn version(&self, tenant: TenantId, key: Key) -> Version;
    /// The owner of a claimed value.
    fn owner(&self, tenant: TenantId, claim: &ClaimKey) -> Option<Uuid>;
    /// The first answer of a command.
    fn first(&self, tenant: TenantId, command: CommandId) -> Option<Remembered>;
    /// How an item of a queue stands.
    fn work(&self, tenant: TenantId, queue: Queue, key: Uuid) -> Option<WorkSlot>;
}

/// How an item of a queue stands, as far as admission asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkSlot {
    /// Its generation.
    pub generation: u64,
    /// The fence of its latest lease; 0 when it was never leased since it was set.
    pub fence: u64,
}

/// What became of one batch.
pub type Verdict = Result<Receipt, StoreError>;

/// The verdicts of a group, in its order, and everything that the admitted batches change.
#[derive(Debug, Default)]
pub struct Admitted {
    /// One verdict for each batch.
    pub verdicts: Vec<Verdict>,
    /// The merged changes.
    pub writes: Writes,
}

/// What the admitted batches of a group change together.
#[derive(Debug, Default)]
pub struct Writes {
    /// Heads of the tenants that were touched.
    pub heads: BTreeMap<TenantId, Head>,
    /// The last state of each record.
    pub records: BTreeMap<(TenantId, Key), RecordWrite>,
    /// The last owner of each claimed value.
    pub claims: BTreeMap<(TenantId, ClaimKey), Option<Uuid>>,
    /// The last state of each item.
    pub work: BTreeMap<(TenantId, Queue, Uuid), WorkWrite>,
    /// The events with their positions.
    pub events: Vec<Event>,
    /// Records whose events lose their content, those of this group included, up to a position.
    pub erased: BTreeMap<(TenantId, Key), u64>,
    /// How many records with searched texts the group brings each tenant.
    pub born: BTreeMap<TenantId, u64>,
    /// The answers to remember, with the time of the command.
    pub receipts: BTreeMap<(TenantId, CommandId), (Timestamp, Remembered)>,
}

/// The last state of a record that a group changes.
#[derive(Debug, Clone)]
pub struct RecordWrite {
    /// The version before the group.
    pub before: Version,
    /// The version after it; [`Version::ABSENT`] when it was deleted.
    pub after: Version,
    /// The journal position of the change.
    pub position: u64,
    /// The record; `None` when it was deleted.
    pub record: Option<Arc<dyn Stored>>,
    /// Of a record with searched texts that was not there before: its number among those that the group brings its
    /// tenant, from 1 in the order of writing.
    pub born: Option<u64>,
}

/// The last state of an item that a group changes.
#[derive(Debug, Clone)]
pub struct WorkWrite {
    /// The generation after the group.
    pub generation: u64,
    /// The fence after the group.
    pub fence: u64,
    /// What happens to it.
    pub change: WorkOutcome,
}

/// What a group does to an item in the end.
#[derive(Debug, Clone)]
pub enum WorkOutcome {
    /// It is set: lease, attempts and error begin anew.
    Set(NewWork),
    /// It is gone.
    Gone,
    /// Its lease ends and it is due again.
    Retry {
        /// When.
        at: Timestamp,
        /// Why it failed.
        error: String,
    },
    /// Its lease ends and it is put aside.
    Park {
        /// Why.
        reason: String,
    },
}

/// Everything that a group looks at: what a [`Snapshot`] must know.
#[derive(Debug, Default)]
pub struct Touched {
    /// Tenants.
    pub tenants: BTreeSet<TenantId>,
    /// Records.
    pub keys: BTreeSet<(TenantId, Key)>,
    /// Claimed values.
    pub claims: BTreeSet<(TenantId, ClaimKey)>,
    /// Commands.
    pub commands: BTreeSet<(TenantId, CommandId)>,
    /// Items of queues.
    pub work: BTreeSet<(TenantId, Queue, Uuid)>,
}

/// Gathers what a group looks at.
#[must_use]
pub fn touched(group: &[Batch]) -> Touched {
    let mut touched = Touched::default();
    for batch in group {
        let tenant = batch.tenant;
        touched.tenants.insert(tenant);
        touched.commands.insert((tenant, batch.command));
        touched.keys.extend(batch.puts.iter().map(|put| (tenant, put.key())));
        touched.keys.extend(batch.deletes.iter().chain(&batch.guards).map(|(key, _)| (tenant, *key)));
        touched.claims.extend(batch.claims.iter().chain(&batch.releases).map(|claim| (tenant, claim.key())));
        touched.work.extend(batch.work.iter().map(|change| {
            let (queue, key) = change.item();
            (tenant, queue, key)
        }));
    }
    touched
}

/// Decides which batches of a group are applied, in order; a later batch sees what earlier ones wrote.
///
/// A batch is looked at in this order: was its command done before, do the snapshots stand that it
/// was decided by, are its leases held, are the versions those
/// expected, are its values free. The first refusal is the verdict, and a refused batch changes nothing.
pub fn admit(group: Vec<Batch>, snapshot: &dyn Snapshot) -> Admitted {
    let mut admitted = Admitted::default();
    for batch in group {
        let state = State { before: snapshot, writes: &admitted.writes };
        let verdict = state.check(&batch).map(|()| admitted.writes.apply(batch, snapshot));
        admitted.verdicts.push(verdict);
    }
    admitted
}

/// The store as a batch sees it: what was there, and what earlier batches of the group wrote.
struct State<'a> {
    before: &'a dyn Snapshot,
    writes: &'a Writes,
}

impl State<'_> {
    fn check(&self, batch: &Batch) -> Result<(), StoreError> {
        let tenant = batch.tenant;
        if let Some(first) = self.first(tenant, batch.command) {
            return Err(StoreError::Repeated { first: Box::new(first) });
        }
        if batch.marks.is_some_and(|marks| marks != self.head(tenant).marks()) {
            return Err(StoreError::Outdated { tenant });
        }
        for (place, change) in batch.work.iter().enumerate() {
            if let WorkChange::Finish(finish) = change {
                self.check_lease(tenant, finish, &batch.work[..place])?;
            }
        }
        for put in &batch.puts {
            self.check_version(tenant, put.key(), put.expected)?;
        }
        for (key, expected) in batch.deletes.iter().chain(&batch.guards) {
            self.check_version(tenant, *key, *expected)?;
        }
        for (place, claim) in batch.claims.iter().enumerate() {
            self.check_claim(tenant, claim, &batch.releases)?;
            claim.check_rivals(&batch.claims[..place])?;
        }
        Ok(())
    }

    /// A lease is held while nobody else took the item and nobody set, cancelled or finished it, the earlier
    /// changes of the batch included. An item that was never leased has fence 0, which no lease has.
    fn check_lease(
        &self,
        tenant: TenantId,
        finish: &Finish,
        earlier: &[WorkChange],
    ) -> Result<(), StoreError> {
        let item = (finish.queue, finish.key);
        let held = self.work(tenant, finish.queue, finish.key);
        let named = WorkSlot { generation: finish.generation, fence: finish.fence };
        if finish.fence != 0 && held == Some(named) && earlier.iter().all(|change| change.item() != item) {
            return Ok(());
        }
        Err(StoreError::Fenced { queue: finish.queue, key: finish.key })
    }

    fn check_version(&self, tenant: TenantId, key: Key, expected: Version) -> Result<(), StoreError> {
        let written = self.writes.records.get(&(tenant, key)).map(|write| write.after);
        let found = written.unwrap_or_else(|| self.before.version(tenant, key));
        if found == expected { Ok(()) } else { Err(StoreError::Conflict { key, expected, found }) }
    }

    fn check_claim(&self, tenant: TenantId, claim: &Claim, releases: &[Claim]) -> Result<(), StoreError> {
        let key = claim.key();
        let Some(owner) = self.owner(tenant, &key) else { return Ok(()) };
        let released = releases.iter().any(|release| release.owner == owner && release.key() == key);
        if owner == claim.owner || released {
            return Ok(());
        }
        Err(claim.taken_by(owner))
    }

    fn head(&self, tenant: TenantId) -> Head {
        self.writes.heads.get(&tenant).copied().unwrap_or_else(|| self.before.head(tenant))
    }

    fn first(&self, tenant: TenantId, command: CommandId) -> Option<Remembered> {
        let written = self.writes.receipts.get(&(tenant, command)).map(|(_, remembered)| remembered.clone());
        written.or_else(|| self.before.first(tenant, command))
    }

    fn owner(&self, tenant: TenantId, claim: &ClaimKey) -> Option<Uuid> {
        match self.writes.claims.get(&(tenant, claim.clone())) {
            Some(owner) => *owner,
            None => self.before.owner(tenant, claim),
        }
    }

    fn work(&self, tenant: TenantId, queue: Queue, key: Uuid) -> Option<WorkSlot> {
        match self.writes.work.get(&(tenant, queue, key)) {
            Some(write) if matches!(write.change, WorkOutcome::Gone) => None,
            Some(write) => Some(WorkSlot { generation: write.generation, fence: write.fence }),
            None => self.before.work(tenant, queue, key),
        }
    }
}

impl Writes {
    fn apply(&mut self, batch: Batch, before: &dyn Snapshot) -> Receipt {
        let tenant = batch.tenant;
        let mut head = State { before, writes: self }.head(tenant);
        // A batch without events takes no position: it dates its rows by the last event of the tenant.
        let first = head.position + u64::from(!batch.events.is_empty());
        for mark in Mark::ALL {
            if batch.kinds().any(|kind| kind.mark == Some(mark)) {
                head.set_mark(mark, first);
            }
        }
        for release in &batch.releases {
            self.release(tenant, release, before);
        }
        for claim in &batch.claims {
            self.claims.insert((tenant, claim.key()), Some(claim.owner));
        }
        self.write_records(&batch, first, before);
        // A later batch of the group erases at least as far.
        self.erased.extend(batch.erase.iter().map(|key| ((tenant, *key), head.position)));
        self.append_events(&batch, &mut head);
        self.heads.insert(tenant, head);
        let Batch { answer, command, digest, at, work, .. } = batch;
        for change in work {
            self.write_work(tenant, change, before);
        }
        let receipt = Receipt {
            subject: answer.subject,
            label: answer.label,
            version: answer.version,
            position: head.position,
        };
        let remembered = Remembered { digest, receipt: receipt.clone() };
        self.receipts.insert((tenant, command), (at, remembered));
        receipt
    }

    fn release(&mut self, tenant: TenantId, release: &Claim, before: &dyn Snapshot) {
        let owner = State { before, writes: self }.owner(tenant, &release.key());
        if owner == Some(release.owner) {
            self.claims.insert((tenant, release.key()), None);
        }
    }

    fn write_records(&mut self, batch: &Batch, position: u64, before: &dyn Snapshot) {
        let tenant = batch.tenant;
        let puts = batch.puts.iter().map(|Put { record, expected }| {
            (record.kind().key(record.id()), expected.next(), Some(record.clone()))
        });
        let deletes = batch.deletes.iter().map(|(key, _)| (*key, Version::ABSENT, None));
        for (key, after, record) in puts.chain(deletes) {
            let earlier =
                self.records.get(&(tenant, key)).map(|write| (write.before, write.after, write.born));
            let unwritten = || {
                let version = before.version(tenant, key);
                (version, version, None)
            };
            let (before, latest, born) = earlier.unwrap_or_else(unwritten);
            let is_new = latest == Version::ABSENT && record.is_some();
            let born = if is_new { self.next_born(tenant, key) } else { born.filter(|_| record.is_some()) };
            self.records.insert((tenant, key), RecordWrite { before, after, position, record, born });
        }
    }

    /// The number of a new record with searched texts.
    fn next_born(&mut self, tenant: TenantId, key: Key) -> Option<u64> {
        if key.kind.texts.is_empty() {
            return None;
        }
        let born = self.born.entry(tenant).or_default();
        *born += 1;
        Some(*born)
    }

    fn append_events(&mut self, batch: &Batch, head: &mut Head) {
        self.events.reserve(batch.events.len());
        for event in &batch.events {
            head.position += 1;
            self.events.push(Event {
                tenant: batch.tenant,
                position: head.position,
                at: batch.at,
                command: batch.command,
                origin: batch.origin,
                subject: event.subject,
                fact: event.fact.clone(),
            });
        }
    }

    fn write_work(&mut self, tenant: TenantId, change: WorkChange, before: &dyn Snapshot) {
        let (queue, key) = change.item();
        let slot = State { before, writes: self }.work(tenant, queue, key);
        let WorkSlot { generation, fence } = slot.unwrap_or(WorkSlot { generation: 0, fence: 0 });
        let write = match change {
            WorkChange::Set(new) => {
                WorkWrite { generation: generation + 1, fence: 0, change: WorkOutcome::Set(new) }
            }
            WorkChange::Cancel { .. } => WorkWrite { generation, fence, change: WorkOutcome::Gone },
            WorkChange::Finish(finish) => {
                let change = match finish.finished {
                    Finished::Done => WorkOutcome::Gone,
                    Finished::Retry { at, error } => WorkOutcome::Retry { at, error },
                    Finished::Park { reason } => WorkOutcome::Park { reason },
                };
                WorkWrite { generation, fence: 0, change }
            }
        };
        self.work.insert((tenant, queue, key), write);
    }
}

impl Claim {
    pub(super) fn key(&self) -> ClaimKey {
        ClaimKey { space: self.space.clone(), value: self.value.clone() }
    }

    /// A batch cannot give one value to two owners.
    fn check_rivals(&self, earlier: &[Self]) -> Result<(), StoreError> {
        let rival = earlier.iter().find(|claim| {
            claim.owner != self.owner && claim.value == self.value && claim.space == self.space
        });
        rival.map_or(Ok(()), |rival| Err(self.taken_by(rival.owner)))
    }

    fn taken_by(&self, owner: Uuid) -> StoreError {
        StoreError::Taken { space: self.space.to_string(), value: self.value.to_string(), owner }
    }
}

impl Batch {
    /// The kinds whose records it changes.
    fn kinds(&self) -> impl Iterator<Item = &'static Kind> {
        let puts = self.puts.iter().map(|put| put.record.kind());
        puts.chain(self.deletes.iter().map(|(key, _)| key.kind))
    }
}

impl WorkChange {
    /// The item that it changes.
    #[must_use]
    pub fn item(&self) -> (Queue, Uuid) {
        match self {
            Self::Set(new) => (new.queue, new.key),
            Self::Cancel { queue, key } => (*queue, *key),
            Self::Finish(finish) => (finish.queue, finish.key),
        }
    }
}
