//! Timers and effects: who may carry them out, and how they stand.

use okno::base::{TenantId, Timestamp};
use okno::store::{Key, Lease, Leased, StoreError, WorkClaim, WorkList, WorkState};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::connection::{bound, rows};
use super::failure::{Failure, corrupt};
use super::snapshot::number;
use crate::sql::{Arg, Dialect, Statement, Tables, position};

/// Leases what is due. Every lease of the store has a higher fence than all before it.
pub(crate) async fn claim(
    connection: &mut SqliteConnection,
    tables: &Tables,
    claim: &WorkClaim,
    now: Timestamp,
) -> Result<Vec<Leased>, Failure> {
    let last: i64 = sqlx::query_scalar(FENCE).fetch_one(&mut *connection).await?;
    let until = now + claim.lease;
    let limit = i64::try_from(claim.limit).unwrap_or(i64::MAX);
    let args = [
        Arg::Text(claim.queue.code().to_owned()),
        Arg::Int(claim.now.millis()),
        Arg::Int(now.millis()),
        Arg::Int(limit),
        Arg::Int(last),
        Arg::Int(until.millis()),
    ];
    let rows = bound(CLAIM.into(), args)?.fetch_all(&mut *connection).await?;
    let mut leased =
        rows.iter().map(|row| of_row(tables, claim, row)).collect::<Result<Vec<_>, Failure>>()?;
    leased.sort_unstable_by_key(|leased| leased.lease.fence);
    if let Some(leased) = leased.last() {
        let fence = Arg::Int(position(leased.lease.fence));
        bound(SET_FENCE.into(), [fence])?.execute(connection).await?;
    }
    Ok(leased)
}

/// Whether a claim would find anything: a worker that asks in vain does not trouble the writer.
pub(crate) async fn is_due(
    connection: &mut SqliteConnection,
    claim: &WorkClaim,
    now: Timestamp,
) -> Result<bool, Failure> {
    let args =
        [Arg::Text(claim.queue.code().to_owned()), Arg::Int(claim.now.millis()), Arg::Int(now.millis())];
    let row = bound(IS_DUE.into(), args)?.fetch_one(connection).await?;
    Ok(row.try_get(0)?)
}

/// Prolongs a lease that nobody took since.
pub(crate) async fn renew(
    connection: &mut SqliteConnection,
    lease: &Lease,
    until: Timestamp,
) -> Result<Result<(), StoreError>, Failure> {
    let Lease { tenant, queue, key, generation, fence } = *lease;
    let args = [
        Arg::Int(until.millis()),
        Arg::Id(tenant.0),
        Arg::Text(queue.code().to_owned()),
        Arg::Id(key),
        Arg::Int(position(generation)),
        Arg::Int(position(fence)),
    ];
    let renewed = bound(RENEW.into(), args)?.execute(connection).await?.rows_affected();
    Ok(if renewed == 1 { Ok(()) } else { Err(StoreError::Fenced { queue, key }) })
}

/// Lists the items of a tenant's queue.
pub(crate) async fn list(
    connection: &mut SqliteConnection,
    tables: &Tables,
    list: &WorkList,
) -> Result<Vec<WorkState>, Failure> {
    let mut sql = Statement::new(Dialect::Sqlite, LIST);
    sql.bind(Arg::Id(list.tenant.0));
    sql.push(" AND queue = ");
    sql.bind(Arg::Text(list.queue.code().to_owned()));
    sql.push(" AND parked = ");
    sql.bind(Arg::Bool(list.parked));
    if let Some(subject) = list.subject {
        sql.push(" AND subject_kind = ");
        sql.bind(Arg::Text(subject.kind.name.to_owned()));
        sql.push(" AND subject_id = ");
        sql.bind(Arg::Id(subject.id));
    }
    sql.push(" ORDER BY due, key LIMIT ");
    sql.bind(Arg::Int(i64::try_from(list.limit).unwrap_or(i64::MAX)));
    let found = rows(connection, sql).await?;
    found.iter().map(|row| state(tables, row)).collect()
}

fn of_row(tables: &Tables, claim: &WorkClaim, row: &SqliteRow) -> Result<Leased, Failure> {
    let lease = Lease {
        tenant: TenantId(row.try_get(0)?),
        queue: claim.queue,
        key: row.try_get(1)?,
        generation: number(row, 2)?,
        fence: number(row, 3)?,
    };
    Ok(Leased {
        lease,
        attempts: attempts(row, 4)?,
        subject: subject(tables, row, 5)?,
        due: Timestamp::from_millis(row.try_get(7)?)?,
        body: row.try_get(8)?,
    })
}

fn state(tables: &Tables, row: &SqliteRow) -> Result<WorkState, Failure> {
    Ok(WorkState {
        key: row.try_get(0)?,
        generation: number(row, 1)?,
        attempts: attempts(row, 2)?,
        subject: subject(tables, row, 3)?,
        due: Timestamp::from_millis(row.try_get(5)?)?,
        body: row.try_get(6)?,
        error: row.try_get(7)?,
    })
}

fn attempts(row: &SqliteRow, at: usize) -> Result<u32, Failure> {
    Ok(u32::try_from(number(row, at)?).map_err(|why| corrupt("a number of attempts", why))?)
}

fn subject(tables: &Tables, row: &SqliteRow, at: usize) -> Result<Key, Failure> {
    Ok(tables.kind(row.try_get(at)?)?.key(row.try_get(at + 1)?))
}

const FENCE: &str = "SELECT value FROM okno_counter WHERE name = 'fence'";
const SET_FENCE: &str = "UPDATE okno_counter SET value = ? WHERE name = 'fence'";
const IS_DUE: &str = "SELECT EXISTS (SELECT 1 FROM okno_work WHERE queue = ? AND parked = 0 AND due <= ? \
     AND (leased_until IS NULL OR leased_until <= ?))";
pub(super) const CLAIM: &str = "UPDATE okno_work SET fence = ?5 + c.n, leased_until = ?6, attempts = okno_work.attempts + 1 \
     FROM (SELECT r, row_number() OVER (ORDER BY due, key, tenant) AS n FROM \
     (SELECT rowid AS r, due, key, tenant FROM okno_work WHERE queue = ?1 AND parked = 0 AND due <= ?2 \
     AND (leased_until IS NULL OR leased_until <= ?3) ORDER BY due, key, tenant LIMIT ?4)) AS c \
     WHERE okno_work.rowid = c.r RETURNING okno_work.tenant, okno_work.key, generation, fence, attempts, \
     subject_kind, subject_id, okno_work.due, body";
const RENEW: &str = "UPDATE okno_work SET leased_until = ? WHERE tenant = ? AND queue = ? AND key = ? \
     AND generation = ? AND fence = ? AND fence <> 0";
const LIST: &str = "SELECT key, generation, attempts, subject_kind, subject_id, due, body, error FROM okno_work \
     WHERE tenant = ";
