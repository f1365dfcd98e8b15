//! Many loads read with one statement for each table, all of one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use okno::base::TenantId;
use okno::store::{Kind, Read};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Sqlite};

use super::failure::Failure;
use super::kind_table;
use super::rows::ManyRows;
use super::script::Script;
use super::snapshot::part;
use crate::sql::{All, Arg, Asked, ReadsTogether, SqlRow as _, Tables};

/// The statements that read what many loads ask for.
#[derive(Debug)]
pub(crate) struct Together {
    heads: ManyRows,
    receipts: ManyRows,
    claims: ManyRows,
    records: BTreeMap<&'static str, ManyRows>,
}

impl Together {
    pub(crate) fn new(tables: &Tables) -> Self {
        let records =
            part::of_kinds(tables).map(|(part, table)| (table.kind.name, kind_table::records(part, table)));
        Self {
            heads: ManyRows::heads(),
            receipts: ManyRows::receipts(),
            claims: ManyRows::claims(),
            records: records.collect(),
        }
    }

    async fn all(
        &mut self,
        connection: &mut SqliteConnection,
        asked: Asked<'_>,
    ) -> Result<All<SqliteRow>, Failure> {
        let mut script = Script::default();
        let kinds = self.ask(&mut script, asked);
        let mut all = All::default();
        for row in script.run(connection).await? {
            take(&mut all, row, &kinds)?;
        }
        Ok(all)
    }

    /// Asks for all of it; gives the kinds whose records are read, by their parts.
    fn ask(&mut self, script: &mut Script, asked: Asked<'_>) -> BTreeMap<usize, &'static Kind> {
        let Asked { tenants, commands, claims, mut records } = asked;
        let tenants: Vec<_> = tenants.into_iter().map(|tenant| Arg::Id(tenant.0)).collect();
        self.heads.ask(script, &tenants);
        let commands = commands.into_iter().flat_map(|(of, id)| [Arg::Id(of.0), Arg::Id(id.0)]);
        self.receipts.ask(script, &commands.collect::<Vec<_>>());
        let claims = claims.into_iter().flat_map(|(tenant, claim)| {
            [Arg::Id(tenant.0), Arg::Text(claim.space.to_string()), Arg::Text(claim.value.to_string())]
        });
        self.claims.ask(script, &claims.collect::<Vec<_>>());
        let mut parts = BTreeMap::new();
        for (part, (name, statement)) in (part::KINDS..).zip(&mut self.records) {
            if let Some((kind, ids)) = records.remove(name) {
                let args = ids.into_iter().flat_map(|(of, id)| [Arg::Id(of.0), Arg::Id(id)]);
                statement.ask(script, &args.collect::<Vec<_>>());
                parts.insert(part, kind);
            }
        }
        parts
    }
}

impl ReadsTogether for Together {
    type Database = Sqlite;

    async fn read(
        &mut self,
        connection: &mut SqliteConnection,
        reads: &[Arc<Read>],
    ) -> Result<All<SqliteRow>, Failure> {
        let mut reading = connection.begin().await?;
        let all = self.all(&mut reading, Asked::by(reads)).await;
        reading.rollback().await?;
        all
    }
}

fn take(
    all: &mut All<SqliteRow>,
    row: SqliteRow,
    kinds: &BTreeMap<usize, &'static Kind>,
) -> Result<(), Failure> {
    match part::of(&row)? {
        part::HEAD => all.before.take_head(&row)?,
        part::RECEIPT => all.before.take_receipt(&row)?,
        part::CLAIM => all.before.take_claim(&row)?,
        part => {
            // Invariant: the parts of kinds are those that were asked for.
            if let Some(kind) = kinds.get(&part) {
                let key = (TenantId(row.id(TENANT)?), kind.key(row.id(1)?));
                all.records.insert(key, Arc::new(row));
            }
        }
    }
    Ok(())
}

/// Where a record's tenant stands in its row.
const TENANT: usize = 6;
