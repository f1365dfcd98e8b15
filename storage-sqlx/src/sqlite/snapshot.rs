//! What a group of batches looks at, read in a few statements.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use okno::base::{CommandId, TenantId};
use okno::store::{Batch, ClaimKey, Key, Kind, Receipt, Remembered, StoreError, Version, WorkSlot, touched};
use sqlx::sqlite::SqliteConnection;

use super::failure::Failure;
use super::kind_table;
use super::rows::ManyRows;
use super::texts::Numbers;
use crate::sql::{Arg, Before, SqlRow, Tables, digest, head, int};

/// The statements that read what a group looks at.
#[derive(Debug)]
pub(crate) struct Reads {
    heads: ManyRows,
    receipts: ManyRows,
    claims: ManyRows,
    work: ManyRows,
    versions: BTreeMap<&'static str, ManyRows>,
}

impl Reads {
    pub(crate) fn new(tables: &Tables) -> Self {
        let of_head = ["tenant", "position", "directory", "blueprint", "number", "texts"];
        let work = ["tenant", "queue", "key", "generation", "fence"];
        Self {
            heads: ManyRows::select("okno_head", &of_head, &of_head[..1]),
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
    ) -> Result<(Before, Numbers), Failure> {
        let touched = &touched(batches);
        let mut before = Before { versions: expected(batches), ..Before::default() };
        let mut numbers = Numbers::default();
        let tenants: Vec<_> = touched.tenants.iter().map(|tenant| Arg::Id(tenant.0)).collect();
        for row in self.heads.read(connection, &tenants).await? {
            before.take_head(&row)?;
            numbers.take_tenant(&row, 4)?;
        }
        numbers.number_new(connection, touched.tenants.iter().copied()).await?;
        let commands = touched.commands.iter().flat_map(|(tenant, id)| [Arg::Id(tenant.0), Arg::Id(id.0)]);
        for row in self.receipts.read(connection, &commands.collect::<Vec<_>>()).await? {
            before.take_receipt(&row)?;
        }
        self.read_versions(connection, &mut before).await?;
        let claims = touched.claims.iter().flat_map(|(tenant, claim)| {
            [Arg::Id(tenant.0), Arg::Text(claim.space.to_string()), Arg::Text(claim.value.to_string())]
        });
        for row in self.claims.read(connection, &claims.collect::<Vec<_>>()).await? {
            before.take_claim(&row)?;
        }
        let items = touched.work.iter().flat_map(|(tenant, queue, key)| {
            [Arg::Id(tenant.0), Arg::Text(queue.code().to_owned()), Arg::Id(*key)]
        });
        for row in self.work.read(connection, &items.collect::<Vec<_>>()).await? {
            before.take_work(&row)?;
        }
        Ok((before, numbers))
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
                before.take_version(kind, &row)?;
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

impl ManyRows {
    /// Reads where tenants stand, as [`Before`] takes it.
    pub(crate) fn heads() -> Self {
        Self::select("okno_head", &["tenant", "position", "directory", "blueprint"], &["tenant"])
    }

    /// Reads the first answers of commands: as [`Before`] takes them.
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

impl Before {
    /// Takes `tenant, position, directory, blueprint`.
    pub(super) fn take_head(&mut self, row: &impl SqlRow) -> Result<(), StoreError> {
        self.heads.insert(TenantId(row.id(0)?), head(row, 1)?);
        Ok(())
    }

    /// Takes `tenant, command, digest, subject, label, version, position`.
    pub(super) fn take_receipt(&mut self, row: &impl SqlRow) -> Result<(), StoreError> {
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
    pub(super) fn take_version(&mut self, kind: &'static Kind, row: &impl SqlRow) -> Result<(), StoreError> {
        let key = (TenantId(row.id(0)?), kind.key(row.id(1)?));
        self.versions.insert(key, Version(row.number(2)?));
        Ok(())
    }

    /// Takes `tenant, space, value, owner`.
    pub(super) fn take_claim(&mut self, row: &impl SqlRow) -> Result<(), StoreError> {
        let key = ClaimKey { space: Arc::from(row.text(1)?), value: Arc::from(row.text(2)?) };
        self.owners.insert((TenantId(row.id(0)?), key), row.id(3)?);
        Ok(())
    }

    /// Takes `tenant, queue, key, generation, fence`.
    pub(super) fn take_work(&mut self, row: &impl SqlRow) -> Result<(), StoreError> {
        let slot = WorkSlot { generation: row.number(3)?, fence: row.number(4)? };
        self.work.insert((TenantId(row.id(0)?), row.queue(1)?, row.id(2)?), slot);
        Ok(())
    }
}
