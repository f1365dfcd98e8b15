//! Timers and effects: who may carry them out.

use okno::base::Timestamp;
use okno::store::{Lease, Leased, StoreError, WorkClaim};
use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::connection::bound;
use super::failure::Failure;
use crate::sql::{Arg, Tables, leased, position};

/// What a claim did.
#[derive(Debug, Default)]
pub(crate) struct Claimed {
    /// What was leased.
    pub(crate) leased: Vec<Leased>,
    /// How many items were parked, as they cannot be read.
    pub(crate) parked: usize,
}

/// Leases what is due. Every lease of the store has a higher fence than all before it.
///
/// Workers of every tenant wait in one queue, so that no item may stop it: one of a kind that the store was not opened
/// with waits for a program that knows it, and one that cannot be read is parked.
pub(crate) async fn claim(
    connection: &mut SqliteConnection,
    tables: &Tables,
    claim: &WorkClaim,
    now: Timestamp,
) -> Result<Claimed, Failure> {
    let mut claimed = Claimed::default();
    loop {
        let parked = claimed.parked;
        take(connection, tables, claim, now, &mut claimed).await?;
        if !claimed.leased.is_empty() || claimed.parked == parked {
            return Ok(claimed);
        }
    }
}

async fn take(
    connection: &mut SqliteConnection,
    tables: &Tables,
    claim: &WorkClaim,
    now: Timestamp,
    claimed: &mut Claimed,
) -> Result<(), Failure> {
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
        open_kinds(tables),
    ];
    let rows = bound(CLAIM.into(), args)?.fetch_all(&mut *connection).await?;
    if !rows.is_empty() {
        let fence = last.saturating_add(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        bound(SET_FENCE.into(), [Arg::Int(fence)])?.execute(&mut *connection).await?;
    }
    for row in &rows {
        match leased(tables, claim.queue, row) {
            Ok(leased) => claimed.leased.push(leased),
            Err(error) => {
                park(connection, row.try_get(9)?, error).await?;
                claimed.parked += 1;
            }
        }
    }
    claimed.leased.sort_unstable_by_key(|leased| leased.lease.fence);
    Ok(())
}

/// Parks an item that cannot be read, with its numbers brought to where a list can show them.
async fn park(connection: &mut SqliteConnection, rowid: i64, error: StoreError) -> Result<(), Failure> {
    let why = std::error::Error::source(&error).map_or_else(String::new, |source| format!(": {source}"));
    tracing::error!(rowid, %error, "an item of work cannot be read and is parked");
    let args = [
        Arg::Text(format!("{error}{why}")),
        Arg::Int(Timestamp::MIN.millis()),
        Arg::Int(Timestamp::MAX.millis()),
        Arg::Int(u32::MAX.into()),
        Arg::Int(rowid),
    ];
    bound(PARK.into(), args)?.execute(connection).await?;
    Ok(())
}

/// Whether a claim would find anything: a worker that asks in vain does not trouble the writer.
pub(crate) async fn is_due(
    connection: &mut SqliteConnection,
    tables: &Tables,
    claim: &WorkClaim,
    now: Timestamp,
) -> Result<bool, Failure> {
    let args = [
        Arg::Text(claim.queue.code().to_owned()),
        Arg::Int(claim.now.millis()),
        Arg::Int(now.millis()),
        open_kinds(tables),
    ];
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

/// The names of the kinds that the store was opened with, as SQLite takes a list.
fn open_kinds(tables: &Tables) -> Arg {
    let names: Vec<_> = tables.iter().map(|table| table.kind.name).collect();
    Arg::Text(serde_json::json!(names).to_string())
}

const FENCE: &str = "SELECT value FROM okno_counter WHERE name = 'fence'";
const SET_FENCE: &str = "UPDATE okno_counter SET value = ? WHERE name = 'fence'";
const IS_DUE: &str = "SELECT EXISTS (SELECT 1 FROM okno_work WHERE queue = ? AND parked = 0 AND due <= ? \
     AND (leased_until IS NULL OR leased_until <= ?) AND subject_kind IN (SELECT value FROM json_each(?)))";
pub(super) const CLAIM: &str = "UPDATE okno_work SET fence = ?5 + c.n, leased_until = ?6, attempts = okno_work.attempts + 1 \
     FROM (SELECT r, row_number() OVER (ORDER BY due, key, tenant) AS n FROM \
     (SELECT rowid AS r, due, key, tenant FROM okno_work WHERE queue = ?1 AND parked = 0 AND due <= ?2 \
     AND (leased_until IS NULL OR leased_until <= ?3) \
     AND subject_kind IN (SELECT value FROM json_each(?7)) ORDER BY due, key, tenant LIMIT ?4)) AS c \
     WHERE okno_work.rowid = c.r RETURNING okno_work.tenant, okno_work.key, generation, fence, attempts, \
     subject_kind, subject_id, okno_work.due, body, okno_work.rowid";
const PARK: &str = "UPDATE okno_work SET parked = 1, fence = 0, leased_until = NULL, error = ?1, \
     due = min(max(due, ?2), ?3), attempts = min(max(attempts, 0), ?4) WHERE rowid = ?5";
const RENEW: &str = "UPDATE okno_work SET leased_until = ? WHERE tenant = ? AND queue = ? AND key = ? \
     AND generation = ? AND fence = ? AND fence <> 0";
