//! What was there before a group, gathered from rows.

use std::collections::HashMap;

use okno::base::{CommandId, TenantId};
use okno::store::{ClaimKey, Digest, Head, Key, Queue, Remembered, Snapshot, StoreError, Version, WorkSlot};
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
