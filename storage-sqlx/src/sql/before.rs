//! What was there before a group, gathered from rows.

use std::collections::HashMap;
use std::sync::Arc;

use okno::base::{CommandId, TenantId};
use okno::store::{
    ClaimKey, Digest, Head, Key, Kind, Queue, Receipt, Remembered, Snapshot, StoreError, Version, WorkSlot,
};
use uuid::Uuid;

use super::row::{SqlRow, corrupt};

/// What was there before a group.
#[derive(Debug, Default)]
pub(crate) struct Before {
    pub(crate) heads: HashMap<TenantId, Head>,
    pub(crate) versions: HashMap<(TenantId, Key), Version>,
    pub(crate) owners: HashMap<(TenantId, ClaimKey), Uuid>,
    pub(crate) receipts: HashMap<(TenantId, CommandId), Remembered>,
    pub(crate) work: HashMap<(TenantId, Queue, Uuid), WorkSlot>,
}

impl Before {
    /// Takes `tenant, position, directory, blueprint`.
    pub(crate) fn take_head(&mut self, row: &impl SqlRow) -> Result<(), StoreError> {
        self.heads.insert(TenantId(row.id(0)?), head(row, 1)?);
        Ok(())
    }

    /// Takes `tenant, command, digest, subject, label, version, position`.
    pub(crate) fn take_receipt(&mut self, row: &impl SqlRow) -> Result<(), StoreError> {
        let receipt = Receipt {
            subject: row.id(3)?,
            label: row.text(4)?.to_owned(),
            version: Version(row.number(5)?),
            position: row.number(6)?,
        };
        let remembered = Remembered { digest: digest(row, 2)?, receipt };
        self.receipts.insert((TenantId(row.id(0)?), CommandId(row.id(1)?)), remembered);
        Ok(())
    }

    /// Takes `tenant, id, version` of a kind.
    pub(crate) fn take_version(&mut self, kind: &'static Kind, row: &impl SqlRow) -> Result<(), StoreError> {
        let key = (TenantId(row.id(0)?), kind.key(row.id(1)?));
        self.versions.insert(key, Version(row.number(2)?));
        Ok(())
    }

    /// Takes `tenant, space, value, owner`.
    pub(crate) fn take_claim(&mut self, row: &impl SqlRow) -> Result<(), StoreError> {
        let key = ClaimKey { space: Arc::from(row.text(1)?), value: Arc::from(row.text(2)?) };
        self.owners.insert((TenantId(row.id(0)?), key), row.id(3)?);
        Ok(())
    }

    /// Takes `tenant, queue, key, generation, fence`.
    pub(crate) fn take_work(&mut self, row: &impl SqlRow) -> Result<(), StoreError> {
        let slot = WorkSlot { generation: row.number(3)?, fence: row.number(4)? };
        self.work.insert((TenantId(row.id(0)?), row.queue(1)?, row.id(2)?), slot);
        Ok(())
    }
}

impl Snapshot for Before {
    fn head(&self, tenant: TenantId) -> Head {
        self.heads.get(&tenant).copied().unwrap_or_default()
    }

    fn version(&self, tenant: TenantId, key: Key) -> Version {
        self.versions.get(&(tenant, key)).copied().unwrap_or(Version::ABSENT)
    }

    fn owner(&self, tenant: TenantId, claim: &ClaimKey) -> Option<Uuid> {
        self.owners.get(&(tenant, claim.clone())).copied()
    }

    fn first(&self, tenant: TenantId, command: CommandId) -> Option<Remembered> {
        self.receipts.get(&(tenant, command)).cloned()
    }

    fn work(&self, tenant: TenantId, queue: Queue, key: Uuid) -> Option<WorkSlot> {
        self.work.get(&(tenant, queue, key)).copied()
    }
}

/// Reads `position, directory, blueprint` from a place of a row on.
pub(crate) fn head(row: &impl SqlRow, at: usize) -> Result<Head, StoreError> {
    let (position, directory, blueprint) = (row.number(at)?, row.number(at + 1)?, row.number(at + 2)?);
    Ok(Head { position, directory, blueprint })
}

/// Reads the digest of a command.
pub(crate) fn digest(row: &impl SqlRow, at: usize) -> Result<Digest, StoreError> {
    let digest = row.bytes(at)?.try_into().map_err(|why| corrupt("a digest", why))?;
    Ok(Digest(digest))
}
