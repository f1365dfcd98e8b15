//! What many loads ask for, read with one statement.

use std::sync::Arc;

use okno::base::{CommandId, TenantId};
use okno::store::{ClaimKey, Read, Receipt, Remembered, Version};
use sqlx::Postgres;
use sqlx::postgres::{PgConnection, PgRow};

use super::failure::Failure;
use super::lists::Lists;
use crate::sql::{
    All, Arg, Asked, Dialect, Kept, ReadsTogether, Sql as _, SqlRow as _, Statement, Tables, digest, head,
};

/// The statement that reads what many loads ask for: its text depends on the kinds that they name, not on how many loads
/// there are.
#[derive(Debug)]
pub(crate) struct Together(pub(crate) Arc<Tables>);

impl ReadsTogether for Together {
    type Database = Postgres;

    async fn read(
        &mut self,
        connection: &mut PgConnection,
        reads: &[Arc<Read>],
    ) -> Result<All<PgRow>, Failure> {
        let asked = Asked::by(reads);
        let rows = Postgres::rows(connection, statement(&self.0, &asked)?).await?;
        let mut all = All::default();
        for row in rows {
            let tenant = TenantId(row.id(TENANT)?);
            match row.int(0)? {
                HEAD => drop(all.before.heads.insert(tenant, head(&row, 2)?)),
                RECEIPT => {
                    let (command, label) = (CommandId(row.id(OTHER)?), row.text(5)?.to_owned());
                    let (version, position) = (Version(row.number(2)?), row.number(3)?);
                    let receipt = Receipt { subject: row.id(1)?, label, version, position };
                    let first = Remembered { digest: digest(&row, 6)?, receipt };
                    all.before.receipts.insert((tenant, command), first);
                }
                CLAIM => {
                    let key = ClaimKey { space: row.text(5)?.into(), value: row.text(VALUE)?.into() };
                    all.before.owners.insert((tenant, key), row.id(1)?);
                }
                part => {
                    // Invariant: the statement numbers kinds by their places.
                    let place = usize::try_from(part - KINDS).unwrap_or(usize::MAX);
                    let Some((kind, _)) = asked.records.values().nth(place) else { continue };
                    let key = kind.key(row.id(1)?);
                    all.records.insert((tenant, key), Arc::new(row));
                }
            }
        }
        Ok(all)
    }
}

/// Each row is of a part, with an id, three numbers, a text, bytes, its tenant, another id and another text.
fn statement(tables: &Tables, asked: &Asked<'_>) -> Result<Statement, Failure> {
    let text = format!(
        "SELECT {HEAD}::bigint, NULL::uuid, h.position, h.directory, h.blueprint, NULL::text, NULL::bytea, h.tenant, \
         NULL::uuid, NULL::text FROM {} AS h WHERE h.tenant = ANY(",
        tables.own("okno_head")
    );
    let mut sql = Statement::new(Dialect::Postgres, text);
    sql.bind(Arg::List(Kept::Id, asked.tenants.iter().map(|tenant| Arg::Id(tenant.0)).collect()));
    sql.push(")");
    let mut commands = Lists::new([("tenant", Kept::Id), ("command", Kept::Id)]);
    asked.commands.iter().for_each(|(tenant, id)| commands.push([Arg::Id(tenant.0), Arg::Id(id.0)]));
    let columns = "r.subject, r.version, r.position, NULL, r.label, r.digest, r.tenant, r.command, NULL";
    found(&mut sql, (RECEIPT, columns), (commands, &tables.own("okno_receipt"), "r"));
    let mut claims = Lists::new([("tenant", Kept::Id), ("space", Kept::Text), ("value", Kept::Text)]);
    // What holds U+0000 was never claimed.
    let can_be =
        asked.claims.iter().filter(|(_, claim)| !claim.space.contains('\0') && !claim.value.contains('\0'));
    for (tenant, claim) in can_be {
        let (space, value) = (claim.space.to_string(), claim.value.to_string());
        claims.push([Arg::Id(tenant.0), Arg::Text(space), Arg::Text(value)]);
    }
    let columns = "c.owner, NULL, NULL, NULL, c.space, NULL, c.tenant, NULL, c.value";
    found(&mut sql, (CLAIM, columns), (claims, &tables.own("okno_claim"), "c"));
    for ((kind, keys), part) in asked.records.values().zip(KINDS..) {
        let mut records = Lists::new([("\"tenant\"", Kept::Id), ("\"id\"", Kept::Id)]);
        keys.iter().for_each(|(tenant, id)| records.push([Arg::Id(tenant.0), Arg::Id(*id)]));
        let columns = "t.\"id\", t.\"row_version\", t.\"position\", t.\"row_schema\", t.\"row_body\", NULL, \
             t.\"tenant\", NULL, NULL";
        found(&mut sql, (part, columns), (records, &tables.get(kind.name)?.name, "t"));
    }
    Ok(sql)
}

/// Writes a part: the rows of a table that have the keys asked for, each looked up by itself.
fn found(sql: &mut Statement, (part, columns): (i64, &str), (keys, table, alias): (Lists, &str, &str)) {
    if keys.is_empty() {
        return;
    }
    let equal: Vec<_> = keys.names().map(|name| format!("t.{name} = v.{name}")).collect();
    sql.put(format_args!(" UNION ALL SELECT {part}, {columns} FROM "));
    keys.write(sql);
    // `OFFSET 0` keeps the planner from another order.
    sql.put(format_args!(
        " CROSS JOIN LATERAL (SELECT * FROM {table} AS t WHERE {} OFFSET 0) AS {alias}",
        equal.join(" AND ")
    ));
}

const HEAD: i64 = 0;
const RECEIPT: i64 = 1;
const CLAIM: i64 = 2;
const KINDS: i64 = 3;
/// Places in a row.
const TENANT: usize = 7;
const OTHER: usize = 8;
const VALUE: usize = 9;
