//! Many loads read with one statement for each table, all of one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use okno::base::TenantId;
use okno::store::Read;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Sqlite};

use super::failure::Failure;
use super::kind_table;
use super::rows::ManyRows;
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
        let records = tables.iter().map(|table| (table.kind.name, kind_table::records(table)));
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
        let mut all = All::default();
        let Asked { tenants, commands, claims, records } = asked;
        let tenants: Vec<_> = tenants.into_iter().map(|tenant| Arg::Id(tenant.0)).collect();
        for row in self.heads.read(connection, &tenants).await? {
            all.before.take_head(&row)?;
        }
        let commands: Vec<_> =
            commands.into_iter().flat_map(|(of, id)| [Arg::Id(of.0), Arg::Id(id.0)]).collect();
        for row in self.receipts.read(connection, &commands).await? {
            all.before.take_receipt(&row)?;
        }
        for (name, (kind, ids)) in records {
            // Invariant: a load that names an unknown kind was refused before it came here.
            let Some(records) = self.records.get_mut(name) else { continue };
            let args: Vec<_> = ids.into_iter().flat_map(|(of, id)| [Arg::Id(of.0), Arg::Id(id)]).collect();
            for row in records.read(connection, &args).await? {
                let key = (TenantId(row.id(0)?), kind.key(row.id(1)?));
                all.records.insert(key, Arc::new(row));
            }
        }
        let claims = claims.into_iter().flat_map(|(tenant, claim)| {
            [Arg::Id(tenant.0), Arg::Text(claim.space.to_string()), Arg::Text(claim.value.to_string())]
        });
        for row in self.claims.read(connection, &claims.collect::<Vec<_>>()).await? {
            all.before.take_claim(&row)?;
        }
        Ok(all)
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
