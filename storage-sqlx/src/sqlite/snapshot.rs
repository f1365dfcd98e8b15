//! What a group of batches looks at, read in a few statements.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use okno::base::{CommandId, TenantId};
use okno::store::{
    Batch, ClaimKey, Key, Kind, Receipt, Remembered, StoreError, Touched, Version, WorkSlot, touched,
};
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::failure::Failure;
use super::kind_table;
use super::rows::ManyRows;
use super::script::Script;
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

/// What a group looks at.
#[derive(Debug, Default)]
pub(crate) struct Looked {
    /// What was there.
    pub(crate) before: Before,
    /// How its tenants are numbered.
    pub(crate) numbers: Numbers,
    /// The version of the tables, when the script asks for it.
    pub(crate) schema: Option<i64>,
}

impl Reads {
    pub(crate) fn new(tables: &Tables) -> Self {
        let of_head = ["tenant", "position", "directory", "blueprint", "number", "texts"];
        let work = ["tenant", "queue", "key", "generation", "fence"];
        let versions = part::of_kinds(tables)
            .map(|(part, table)| (table.kind.name, kind_table::versions(part, table)))
            .collect();
        Self {
            heads: ManyRows::select(part::HEAD, "okno_head", &of_head, &of_head[..1]),
            receipts: ManyRows::receipts(),
            claims: ManyRows::claims(),
            work: ManyRows::select(part::WORK, "okno_work", &work, &["tenant", "queue", "key"]),
            versions,
        }
    }

    /// Reads what a group looks at, behind what a script begins with.
    pub(crate) async fn read(
        &mut self,
        connection: &mut SqliteConnection,
        mut script: Script,
        batches: &[Batch],
    ) -> Result<Looked, Failure> {
        let touched = &touched(batches);
        let before = Before { versions: expected(batches), ..Before::default() };
        let kinds = self.ask(&mut script, touched, &before)?;
        let mut looked = Looked { before, ..Looked::default() };
        for row in script.run(connection).await? {
            looked.take(&row, &kinds)?;
        }
        looked.numbers.number_new(connection, touched.tenants.iter().copied()).await?;
        Ok(looked)
    }

    /// Asks for all of it; gives the kinds whose versions are read, by their parts.
    fn ask(
        &mut self,
        script: &mut Script,
        touched: &Touched,
        before: &Before,
    ) -> Result<BTreeMap<usize, &'static Kind>, Failure> {
        let tenants: Vec<_> = touched.tenants.iter().map(|tenant| Arg::Id(tenant.0)).collect();
        self.heads.ask(script, &tenants);
        let commands = touched.commands.iter().flat_map(|(tenant, id)| [Arg::Id(tenant.0), Arg::Id(id.0)]);
        self.receipts.ask(script, &commands.collect::<Vec<_>>());
        let claims = touched.claims.iter().flat_map(|(tenant, claim)| {
            [Arg::Id(tenant.0), Arg::Text(claim.space.to_string()), Arg::Text(claim.value.to_string())]
        });
        self.claims.ask(script, &claims.collect::<Vec<_>>());
        let items = touched.work.iter().flat_map(|(tenant, queue, key)| {
            [Arg::Id(tenant.0), Arg::Text(queue.code().to_owned()), Arg::Id(*key)]
        });
        self.work.ask(script, &items.collect::<Vec<_>>());
        self.ask_versions(script, before)
    }

    fn ask_versions(
        &mut self,
        script: &mut Script,
        before: &Before,
    ) -> Result<BTreeMap<usize, &'static Kind>, Failure> {
        let mut kinds: BTreeMap<&str, (&'static Kind, Vec<Arg>)> = BTreeMap::new();
        for ((tenant, key), version) in &before.versions {
            let (_, args) = kinds.entry(key.kind.name).or_insert_with(|| (key.kind, Vec::new()));
            args.extend([Arg::Id(tenant.0), Arg::Id(key.id), Arg::Int(int(version.0)?)]);
        }
        let mut parts = BTreeMap::new();
        for (part, (name, versions)) in (part::KINDS..).zip(&mut self.versions) {
            if let Some((kind, args)) = kinds.remove(name) {
                versions.ask(script, &args);
                parts.insert(part, kind);
            }
        }
        Ok(parts)
    }
}

impl Looked {
    fn take(&mut self, row: &SqliteRow, kinds: &BTreeMap<usize, &'static Kind>) -> Result<(), StoreError> {
        match part::of(row)? {
            part::HEAD => {
                self.before.take_head(row)?;
                self.numbers.take_tenant(row, 1, 5)?;
            }
            part::RECEIPT => self.before.take_receipt(row)?,
            part::CLAIM => self.before.take_claim(row)?,
            part::WORK => self.before.take_work(row)?,
            part::SCHEMA => self.schema = Some(row.int(1)?),
            part => {
                // Invariant: the parts of kinds are those that were asked for.
                if let Some(kind) = kinds.get(&part) {
                    self.before.take_version(kind, row)?;
                }
            }
        }
        Ok(())
    }
}

/// What the rows of a script are about: each begins with such a number.
pub(super) mod part {
    use okno::store::StoreError;

    use crate::sql::{SqlRow, Table, Tables};

    /// Where a tenant stands.
    pub(crate) const HEAD: usize = 0;
    /// What a command was answered.
    pub(crate) const RECEIPT: usize = 1;
    /// Who owns a value.
    pub(crate) const CLAIM: usize = 2;
    /// A timer or an effect.
    pub(crate) const WORK: usize = 3;
    /// The version of the tables.
    pub(crate) const SCHEMA: usize = 4;
    /// The first kind of records; the others follow in the order of names.
    pub(crate) const KINDS: usize = 5;

    /// The kinds, each with its number.
    pub(crate) fn of_kinds(tables: &Tables) -> impl Iterator<Item = (usize, &Table)> {
        (KINDS..).zip(tables.iter())
    }

    /// The number that a row begins with.
    pub(crate) fn of(row: &impl SqlRow) -> Result<usize, StoreError> {
        Ok(row.small(0)? as usize)
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
        Self::select(part::HEAD, "okno_head", &["tenant", "position", "directory", "blueprint"], &["tenant"])
    }

    /// Reads the first answers of commands: as [`Before`] takes them.
    pub(crate) fn receipts() -> Self {
        let columns = ["tenant", "command", "digest", "subject", "label", "version", "position"];
        Self::select(part::RECEIPT, "okno_receipt", &columns, &columns[..2])
    }

    /// Reads the owners of values.
    pub(crate) fn claims() -> Self {
        let columns = ["tenant", "space", "value", "owner"];
        Self::select(part::CLAIM, "okno_claim", &columns, &columns[..3])
    }
}

impl Before {
    /// Takes, behind the number, `tenant, position, directory, blueprint`.
    pub(super) fn take_head(&mut self, row: &impl SqlRow) -> Result<(), StoreError> {
        self.heads.insert(TenantId(row.id(1)?), head(row, 2)?);
        Ok(())
    }

    /// Takes, behind the number, `tenant, command, digest, subject, label, version, position`.
    pub(super) fn take_receipt(&mut self, row: &impl SqlRow) -> Result<(), StoreError> {
        let receipt = Receipt {
            subject: row.id(4)?,
            label: row.text(5)?.to_owned(),
            version: Version(row.number(6)?),
            position: row.number(7)?,
        };
        let remembered = Remembered { digest: digest(row, 3)?, receipt };
        self.receipts.insert((TenantId(row.id(1)?), CommandId(row.id(2)?)), remembered);
        Ok(())
    }

    /// Takes, behind the number, `tenant, id, version` of a kind.
    pub(super) fn take_version(&mut self, kind: &'static Kind, row: &impl SqlRow) -> Result<(), StoreError> {
        let key = (TenantId(row.id(1)?), kind.key(row.id(2)?));
        self.versions.insert(key, Version(row.number(3)?));
        Ok(())
    }

    /// Takes, behind the number, `tenant, space, value, owner`.
    pub(super) fn take_claim(&mut self, row: &impl SqlRow) -> Result<(), StoreError> {
        let key = ClaimKey { space: Arc::from(row.text(2)?), value: Arc::from(row.text(3)?) };
        self.owners.insert((TenantId(row.id(1)?), key), row.id(4)?);
        Ok(())
    }

    /// Takes, behind the number, `tenant, queue, key, generation, fence`.
    pub(super) fn take_work(&mut self, row: &impl SqlRow) -> Result<(), StoreError> {
        let slot = WorkSlot { generation: row.number(4)?, fence: row.number(5)? };
        self.work.insert((TenantId(row.id(1)?), row.queue(2)?, row.id(3)?), slot);
        Ok(())
    }
}
