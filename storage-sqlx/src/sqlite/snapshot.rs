//! What a group of batches looks at, read in a few statements.

use std::collections::BTreeMap;

use okno::store::{Kind, Touched};
use sqlx::sqlite::SqliteConnection;

use super::failure::Failure;
use super::kind_table;
use super::rows::ManyRows;
use super::texts::Numbers;
use crate::sql::{Arg, Before, Tables};

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
        let head = ["tenant", "position", "directory", "blueprint", "number", "texts"];
        let receipt = ["tenant", "command", "digest", "subject", "label", "version", "position"];
        let claim = ["tenant", "space", "value", "owner"];
        let work = ["tenant", "queue", "key", "generation", "fence"];
        Self {
            heads: ManyRows::select("okno_head", &head, &["tenant"]),
            receipts: ManyRows::select("okno_receipt", &receipt, &["tenant", "command"]),
            claims: ManyRows::select("okno_claim", &claim, &["tenant", "space", "value"]),
            work: ManyRows::select("okno_work", &work, &["tenant", "queue", "key"]),
            versions: tables.iter().map(|table| (table.kind.name, kind_table::versions(table))).collect(),
        }
    }

    /// Reads what a group looks at.
    pub(crate) async fn read(
        &mut self,
        connection: &mut SqliteConnection,
        touched: &Touched,
    ) -> Result<(Before, Numbers), Failure> {
        let (mut before, mut numbers) = (Before::default(), Numbers::default());
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
        self.read_versions(connection, touched, (&mut before, &mut numbers)).await?;
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
        touched: &Touched,
        (before, numbers): (&mut Before, &mut Numbers),
    ) -> Result<(), Failure> {
        let mut kinds: BTreeMap<&str, (&'static Kind, Vec<Arg>)> = BTreeMap::new();
        for (tenant, key) in &touched.keys {
            let (_, args) = kinds.entry(key.kind.name).or_insert_with(|| (key.kind, Vec::new()));
            args.extend([Arg::Id(tenant.0), Arg::Id(key.id)]);
        }
        for (name, (kind, args)) in kinds {
            // Invariant: a batch names only kinds that have a table, or it never got here.
            let Some(versions) = self.versions.get_mut(name) else { continue };
            for row in versions.read(connection, &args).await? {
                before.take_version(kind, &row)?;
                if !kind.texts.is_empty() {
                    numbers.take_row(kind, &row, 3)?;
                }
            }
        }
        Ok(())
    }
}
