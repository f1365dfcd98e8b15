//! What a group looks at, read with one statement while the head of its tenant is locked.

use std::collections::BTreeMap;
use std::sync::Arc;

use okno::base::{CommandId, TenantId};
use okno::store::{ClaimKey, Head, Kind, Receipt, Remembered, Touched, Version, WorkSlot};
use sqlx::Postgres;
use sqlx::postgres::PgConnection;

use super::connection::bound;
use super::failure::Failure;
use super::lists::Lists;
use crate::sql::{Arg, Before, Dialect, Kept, Sql as _, SqlRow as _, Statement, Tables, digest};

/// Locks the head of a tenant, which is made where there is none, and reads it with the number of the tables' last change.
pub(crate) async fn lock(
    connection: &mut PgConnection,
    tables: &Tables,
    tenant: TenantId,
) -> Result<(Head, i64), Failure> {
    let (head, schema) = (tables.own("okno_head"), tables.own("okno_schema"));
    let mut find = Statement::new(
        Dialect::Postgres,
        format!(
            "SELECT h.position, h.directory, h.blueprint, \
             (SELECT s.number FROM {schema} AS s WHERE s.part = 'okno_epoch') FROM {head} AS h WHERE h.tenant = "
        ),
    );
    find.bind(Arg::Id(tenant.0));
    find.push(" FOR UPDATE OF h");
    let mut found = Postgres::rows(connection, find.clone()).await?;
    if found.is_empty() {
        let text = format!("INSERT INTO {head} VALUES ($1, 0, 0, 0, 0) ON CONFLICT DO NOTHING");
        let mut make = Statement::new(Dialect::Postgres, text);
        make.args.push(Arg::Id(tenant.0));
        bound(make)?.execute(&mut *connection).await?;
        found = Postgres::rows(connection, find).await?;
    }
    let row = found.first().ok_or(sqlx::Error::RowNotFound)?;
    let head = Head { position: row.number(0)?, directory: row.number(1)?, blueprint: row.number(2)? };
    Ok((head, row.int(3)?))
}

/// Reads what a group of one tenant looks at. Items are locked: they are leased without the head.
pub(crate) async fn read(
    connection: &mut PgConnection,
    tables: &Tables,
    (tenant, head): (TenantId, Head),
    touched: &Touched,
) -> Result<Before, Failure> {
    let mut before = Before::default();
    before.heads.insert(tenant, head);
    let mut kinds: BTreeMap<&str, (&'static Kind, Vec<Arg>)> = BTreeMap::new();
    for (_, key) in &touched.keys {
        let (_, ids) = kinds.entry(key.kind.name).or_insert_with(|| (key.kind, Vec::new()));
        ids.push(Arg::Id(key.id));
    }
    let kinds: Vec<_> = kinds.into_values().collect();
    let sql = statement(tables, tenant, touched, &kinds)?;
    for row in Postgres::rows(connection, sql).await? {
        match row.int(0)? {
            RECEIPT => {
                let receipt = Receipt {
                    subject: row.id(2)?,
                    label: row.text(3)?.to_owned(),
                    version: Version(row.number(5)?),
                    position: row.number(6)?,
                };
                let first = Remembered { digest: digest(&row, 7)?, receipt };
                before.receipts.insert((tenant, CommandId(row.id(1)?)), first);
            }
            CLAIM => {
                let (space, value) = (Arc::from(row.text(3)?), Arc::from(row.text(4)?));
                before.owners.insert((tenant, ClaimKey { space, value }), row.id(1)?);
            }
            ITEM => {
                let slot = WorkSlot { generation: row.number(5)?, fence: row.number(6)? };
                before.work.insert((tenant, row.queue(3)?, row.id(1)?), slot);
            }
            part => {
                // Invariant: the statement numbers kinds by their places.
                let place = usize::try_from(part - KINDS).ok();
                let Some((kind, _)) = place.and_then(|place| kinds.get(place)) else { continue };
                let version = Version(row.number(5)?);
                before.versions.insert((tenant, kind.key(row.id(1)?)), version);
            }
        }
    }
    Ok(before)
}

/// The statement: each row is of a part, with two ids, two texts, two numbers and bytes.
fn statement(
    tables: &Tables,
    tenant: TenantId,
    touched: &Touched,
    kinds: &[(&'static Kind, Vec<Arg>)],
) -> Result<Statement, Failure> {
    let mut items = Lists::new([("queue", Kept::Text), ("key", Kept::Id)]);
    for (_, queue, key) in &touched.work {
        items.push([Arg::Text(queue.code().to_owned()), Arg::Id(*key)]);
    }
    let mut claims = Lists::new([("space", Kept::Text), ("value", Kept::Text)]);
    for (_, claim) in &touched.claims {
        claims.push([Arg::Text(claim.space.to_string()), Arg::Text(claim.value.to_string())]);
    }
    let mut sql = Statement::new(Dialect::Postgres, "WITH items AS MATERIALIZED (");
    sql.args.push(Arg::Id(tenant.0));
    sql.put(format_args!(
        "SELECT w.queue, w.key, w.generation, w.fence FROM {} AS w, ",
        tables.own("okno_work")
    ));
    items.write(&mut sql);
    sql.push(" WHERE w.tenant = $1 AND w.queue = v.queue AND w.key = v.key FOR UPDATE OF w)");
    sql.put(format_args!(
        " SELECT {RECEIPT}::bigint, r.command, r.subject, r.label, NULL::text, r.version, r.position, r.digest \
         FROM {} AS r WHERE r.tenant = $1 AND r.command = ANY(",
        tables.own("okno_receipt")
    ));
    sql.bind(Arg::List(Kept::Id, touched.commands.iter().map(|(_, id)| Arg::Id(id.0)).collect()));
    sql.put(format_args!(
        ") UNION ALL SELECT {ITEM}, i.key, NULL, i.queue, NULL, i.generation, i.fence, NULL FROM items AS i"
    ));
    sql.put(format_args!(
        " UNION ALL SELECT {CLAIM}, c.owner, NULL, c.space, c.value, NULL, NULL, NULL FROM {} AS c, ",
        tables.own("okno_claim")
    ));
    claims.write(&mut sql);
    sql.push(" WHERE c.tenant = $1 AND c.space = v.space AND c.value = v.value");
    for ((kind, ids), part) in kinds.iter().zip(KINDS..) {
        sql.put(format_args!(
            " UNION ALL SELECT {part}, t.\"id\", NULL, NULL, NULL, t.\"row_version\", NULL, NULL FROM {} AS t \
             WHERE t.\"tenant\" = $1 AND t.\"id\" = ANY(",
            tables.get(kind.name)?.name
        ));
        sql.bind(Arg::List(Kept::Id, ids.clone()));
        sql.push(")");
    }
    Ok(sql)
}

const RECEIPT: i64 = 0;
const CLAIM: i64 = 1;
const ITEM: i64 = 2;
const KINDS: i64 = 3;
