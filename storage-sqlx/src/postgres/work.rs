//! Timers and effects: who may carry them out.

use okno::base::{Span, Timestamp};
use okno::store::{Lease, Leased, StoreError, WorkClaim};
use sqlx::Postgres;
use sqlx::postgres::PgConnection;

use super::connection::bound;
use super::failure::Failure;
use crate::sql::{Arg, Dialect, Kept, Sql as _, SqlRow as _, Statement, Tables, leased, position};

/// Leases what is due, until a span from now: by the clock of the store, or of the database where there is none. Every
/// lease of the store has a higher fence than all before it.
///
/// Workers of every tenant wait in one queue, so that no item may stop it: one of a kind that the store was not opened
/// with waits for a program that knows it, and one that cannot be read is parked.
pub(crate) async fn claim(
    connection: &mut PgConnection,
    tables: &Tables,
    claim: &WorkClaim,
    now: Option<Timestamp>,
) -> Result<Vec<Leased>, Failure> {
    loop {
        let (mut taken, mut parked) = (Vec::new(), 0);
        for row in Postgres::rows(connection, claiming(tables, claim, now)).await? {
            match leased(tables, claim.queue, &row) {
                Ok(leased) => taken.push(leased),
                Err(error) => {
                    let item = [row.id(0)?, row.id(1)?];
                    park(connection, tables, (claim, item), error).await?;
                    parked += 1;
                }
            }
        }
        if !taken.is_empty() || parked == 0 {
            taken.sort_unstable_by_key(|leased| (leased.due, leased.lease.key, leased.lease.tenant));
            return Ok(taken);
        }
    }
}

fn claiming(tables: &Tables, claim: &WorkClaim, now: Option<Timestamp>) -> Statement {
    let (work, now) = (tables.own("okno_work"), now.map_or(Arg::Null, |now| Arg::Int(now.millis())));
    let names = tables.iter().map(|table| Arg::Text(table.kind.name.to_owned())).collect();
    let mut sql =
        Statement::new(Dialect::Postgres, format!("WITH now AS MATERIALIZED (SELECT {NOW} AS at), "));
    sql.args.push(now);
    sql.put(format_args!(
        "due AS MATERIALIZED (SELECT w.tenant, w.key FROM {work} AS w WHERE w.queue = $2 AND w.parked = 0 \
         AND w.due <= $3 AND (w.leased_until IS NULL OR w.leased_until <= (SELECT at FROM now)) \
         AND w.subject_kind = ANY($4) ORDER BY w.due, w.key, w.tenant LIMIT $5 FOR UPDATE SKIP LOCKED) \
         UPDATE {work} AS w SET fence = nextval('{}'), leased_until = (SELECT at FROM now) + $6, \
         attempts = w.attempts + 1 FROM due AS d WHERE w.tenant = d.tenant AND w.queue = $2 AND w.key = d.key \
         RETURNING w.tenant, w.key, w.generation, w.fence, w.attempts, w.subject_kind, w.subject_id, w.due, w.body",
        tables.own("okno_fence").replace('\'', "''")
    ));
    sql.args.extend([
        Arg::Text(claim.queue.code().to_owned()),
        Arg::Int(claim.now.millis()),
        Arg::List(Kept::Text, names),
        Arg::Int(i64::try_from(claim.limit).unwrap_or(i64::MAX)),
        Arg::Int(claim.lease.millis()),
    ]);
    sql
}

/// Parks an item that cannot be read, with its numbers brought to where a list can show them.
async fn park(
    connection: &mut PgConnection,
    tables: &Tables,
    (claim, [tenant, key]): (&WorkClaim, [uuid::Uuid; 2]),
    error: StoreError,
) -> Result<(), Failure> {
    let why = std::error::Error::source(&error).map_or_else(String::new, |source| format!(": {source}"));
    tracing::error!(%tenant, %key, %error, "an item of work cannot be read and is parked");
    let text = format!(
        "UPDATE {} SET parked = 1, fence = 0, leased_until = NULL, error = $1, due = LEAST(GREATEST(due, $2), $3), \
         attempts = LEAST(GREATEST(attempts, 0), $4) WHERE tenant = $5 AND queue = $6 AND key = $7",
        tables.own("okno_work")
    );
    let mut sql = Statement::new(Dialect::Postgres, text);
    sql.args.extend([
        Arg::Text(format!("{error}{why}")),
        Arg::Int(Timestamp::MIN.millis()),
        Arg::Int(Timestamp::MAX.millis()),
        Arg::Int(u32::MAX.into()),
        Arg::Id(tenant),
        Arg::Text(claim.queue.code().to_owned()),
        Arg::Id(key),
    ]);
    bound(sql)?.execute(connection).await?;
    Ok(())
}

/// Prolongs a lease that nobody took since.
pub(crate) async fn renew(
    connection: &mut PgConnection,
    tables: &Tables,
    (lease, span): (&Lease, Span),
    now: Option<Timestamp>,
) -> Result<(), Failure> {
    let Lease { tenant, queue, key, generation, fence } = *lease;
    let text = format!(
        "UPDATE {} SET leased_until = {NOW} + $2 WHERE tenant = $3 AND queue = $4 AND key = $5 \
         AND generation = $6 AND fence = $7 AND fence <> 0",
        tables.own("okno_work")
    );
    let mut sql = Statement::new(Dialect::Postgres, text);
    sql.args.extend([
        now.map_or(Arg::Null, |now| Arg::Int(now.millis())),
        Arg::Int(span.millis()),
        Arg::Id(tenant.0),
        Arg::Text(queue.code().to_owned()),
        Arg::Id(key),
        Arg::Int(position(generation)),
        Arg::Int(position(fence)),
    ]);
    let renewed = bound(sql)?.execute(connection).await?.rows_affected();
    if renewed == 1 { Ok(()) } else { Err(StoreError::Fenced { queue, key }.into()) }
}

/// The time of the database.
pub(crate) async fn now(connection: &mut PgConnection) -> Result<Timestamp, Failure> {
    let mut sql = Statement::new(Dialect::Postgres, format!("SELECT {NOW}"));
    sql.args.push(Arg::Null);
    let rows = Postgres::rows(connection, sql).await?;
    let millis = rows.first().ok_or(sqlx::Error::RowNotFound)?.int(0)?;
    Ok(Timestamp::from_millis(millis).map_err(|why| crate::sql::corrupt("an instant", why))?)
}

/// The first argument, or the database's own time where that is absent.
const NOW: &str = "COALESCE($1, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)";
