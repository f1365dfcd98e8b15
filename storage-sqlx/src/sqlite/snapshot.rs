//! What a group of batches looks at, read in a few statements.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use okno::base::{CommandId, TenantId};
use okno::store::{
    Batch, ClaimKey, Digest, Head, Key, Kind, Queue, Receipt, Remembered, Snapshot, Version, WorkSlot,
    touched,
};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use uuid::Uuid;

use super::failure::{Failure, corrupt};
use super::kind_table;
use super::rows::ManyRows;
use crate::sql::{Arg, Tables, int};

/// The statements that read what a group looks at.
#[derive(Debug)]
pub(crate) struct Reads {
    heads: ManyRows,
    receipts: ManyRows,
    claims: ManyRows,
    work: ManyRows,
    versions: BTreeMap<&'static str, ManyRows>,
}

/// What was there before a group.
#[derive(Debug, Default)]
pub(crate) struct Before {
    heads: HashMap<TenantId, Head>,
    versions: HashMap<(TenantId, Key), Version>,
    owners: HashMap<(TenantId, ClaimKey), Uuid>,
    receipts: HashMap<(TenantId, CommandId), Remembered>,
    work: HashMap<(TenantId, Queue, Uuid), WorkSlot>,
}

impl Reads {
    pub(crate) fn new(tables: &Tables) -> Self {
        let work = ["tenant", "queue", "key", "generation", "fence"];
        Self {
            heads: ManyRows::heads(),
            receipts: ManyRows::receipts(),
            claims: ManyRows::claims(),
            work: ManyRows::select("okno_work", &work, &["tenant", "queue", "key"]),
            versions: tables.iter().map(|table| (table.kind.name, kind_table::versions(table))).collect(),
        }
    }

    /// Reads what a group looks at.
    pub(crate) async fn read(
        &mut self,
        connection: &mut SqliteConnection,
        batches: &[Batch],
    ) -> Result<Before, Failure> {
        let touched = &touched(batches);
        let mut before = Before { versions: expected(batches), ..Before::default() };
        let tenants: Vec<_> = touched.tenants.iter().map(|tenant| Arg::Id(tenant.0)).collect();
        for row in self.heads.read(connection, &tenants).await? {
            before.heads.insert(TenantId(row.try_get(0)?), head(&row, 1)?);
        }
        let commands = touched.commands.iter().flat_map(|(tenant, id)| [Arg::Id(tenant.0), Arg::Id(id.0)]);
        for row in self.receipts.read(connection, &commands.collect::<Vec<_>>()).await? {
            let key = (TenantId(row.try_get(0)?), CommandId(row.try_get(1)?));
            before.receipts.insert(key, remembered(&row, 2)?);
        }
        self.read_versions(connection, &mut before).await?;
        let claims = touched.claims.iter().flat_map(|(tenant, claim)| {
            [Arg::Id(tenant.0), Arg::Text(claim.space.to_string()), Arg::Text(claim.value.to_string())]
        });
        for row in self.claims.read(connection, &claims.collect::<Vec<_>>()).await? {
            let (space, value): (&str, &str) = (row.try_get(1)?, row.try_get(2)?);
            let key = ClaimKey { space: Arc::from(space), value: Arc::from(value) };
            before.owners.insert((TenantId(row.try_get(0)?), key), row.try_get(3)?);
        }
        let items = touched.work.iter().flat_map(|(tenant, queue, key)| {
            [Arg::Id(tenant.0), Arg::Text(queue.code().to_owned()), Arg::Id(*key)]
        });
        for row in self.work.read(connection, &items.collect::<Vec<_>>()).await? {
            let key = (TenantId(row.try_get(0)?), queue(row.try_get(1)?)?, row.try_get(2)?);
            let slot = WorkSlot { generation: number(&row, 3)?, fence: number(&row, 4)? };
            before.work.insert(key, slot);
        }
        Ok(before)
    }

    async fn read_versions(
        &mut self,
        connection: &mut SqliteConnection,
        before: &mut Before,
    ) -> Result<(), Failure> {
        let mut kinds: BTreeMap<&str, (&'static Kind, Vec<Arg>)> = BTreeMap::new();
        for ((tenant, key), version) in &before.versions {
            let (_, args) = kinds.entry(key.kind.name).or_insert_with(|| (key.kind, Vec::new()));
            args.extend([Arg::Id(tenant.0), Arg::Id(key.id), Arg::Int(int(version.0)?)]);
        }
        for (name, (kind, args)) in kinds {
            // Invariant: a batch names only kinds that have a table, or it never got here.
            let Some(versions) = self.versions.get_mut(name) else { continue };
            for row in versions.read(connection, &args).await? {
                let key = (TenantId(row.try_get(0)?), kind.key(row.try_get(1)?));
                before.versions.insert(key, Version(number(&row, 2)?));
            }
        }
        Ok(())
    }
}

/// The version that a group expects of each record first. Nearly always it is found, so only another one is read.
fn expected(batches: &[Batch]) -> HashMap<(TenantId, Key), Version> {
    let mut expected = HashMap::new();
    for batch in batches {
        let puts = batch.puts.iter().map(|put| (put.key(), put.expected));
        let others = batch.deletes.iter().chain(&batch.guards).copied();
        for (key, version) in puts.chain(others) {
            expected.entry((batch.tenant, key)).or_insert(version);
        }
    }
    expected
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

impl ManyRows {
    /// Reads where tenants stand: the tenant, and what [`head`] reads.
    pub(crate) fn heads() -> Self {
        Self::select("okno_head", &["tenant", "position", "directory", "blueprint"], &["tenant"])
    }

    /// Reads the first answers of commands: tenant, command, and what [`remembered`] reads.
    pub(crate) fn receipts() -> Self {
        let columns = ["tenant", "command", "digest", "subject", "label", "version", "position"];
        Self::select("okno_receipt", &columns, &columns[..2])
    }

    /// Reads the owners of values.
    pub(crate) fn claims() -> Self {
        let columns = ["tenant", "space", "value", "owner"];
        Self::select("okno_claim", &columns, &columns[..3])
    }
}

/// Reads `position, directory, blueprint` from a place of a row on.
pub(crate) fn head(row: &SqliteRow, at: usize) -> Result<Head, Failure> {
    Ok(Head { position: number(row, at)?, directory: number(row, at + 1)?, blueprint: number(row, at + 2)? })
}

/// Reads `digest, subject, label, version, position` from a place of a row on.
pub(crate) fn remembered(row: &SqliteRow, at: usize) -> Result<Remembered, Failure> {
    let digest: &[u8] = row.try_get(at)?;
    let digest = digest.try_into().map_err(|why| corrupt("a digest", why))?;
    let receipt = Receipt {
        subject: row.try_get(at + 1)?,
        label: row.try_get(at + 2)?,
        version: Version(number(row, at + 3)?),
        position: number(row, at + 4)?,
    };
    Ok(Remembered { digest: Digest(digest), receipt })
}

/// Reads a number that cannot be negative.
pub(crate) fn number(row: &SqliteRow, at: usize) -> Result<u64, Failure> {
    let number: i64 = row.try_get(at)?;
    Ok(u64::try_from(number).map_err(|why| corrupt("a number", why))?)
}

/// The queue of a code.
pub(crate) fn queue(code: &str) -> Result<Queue, Failure> {
    let queue = Queue::ALL.into_iter().find(|queue| queue.code() == code);
    queue.ok_or_else(|| corrupt("a queue", format!("`{code}` is not a queue")).into())
}
