//! Timers and effects, read back.

use okno::base::{TenantId, Timestamp};
use okno::store::{Key, Lease, Leased, Queue, StoreError, WorkList, WorkState};

use super::database::Sql;
use super::row::{SqlRow, corrupt};
use super::statement::{Arg, Statement};
use super::table::Tables;

/// Lists the items of a tenant's queue.
pub(crate) async fn work_list<D: Sql>(
    connection: &mut D::Connection,
    tables: &Tables,
    list: &WorkList,
) -> Result<Vec<WorkState>, D::Failure> {
    let text = format!("SELECT {STATE} FROM {} WHERE tenant = ", tables.own("okno_work"));
    let mut sql = Statement::new(D::DIALECT, text);
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
    let found = D::rows(connection, sql).await?;
    Ok(found.iter().map(|row| state(tables, row)).collect::<Result<_, StoreError>>()?)
}

/// Reads a leased item: tenant, key, generation, fence, attempts, kind and id of its subject, due, body.
pub(crate) fn leased(tables: &Tables, queue: Queue, row: &impl SqlRow) -> Result<Leased, StoreError> {
    let lease = Lease {
        tenant: TenantId(row.id(0)?),
        queue,
        key: row.id(1)?,
        generation: row.number(2)?,
        fence: row.number(3)?,
    };
    let (attempts, subject) = (row.small(4)?, subject(tables, row, 5)?);
    Ok(Leased { lease, attempts, subject, due: instant(row, 7)?, body: row.text(8)?.to_owned() })
}

fn state(tables: &Tables, row: &impl SqlRow) -> Result<WorkState, StoreError> {
    Ok(WorkState {
        key: row.id(0)?,
        generation: row.number(1)?,
        attempts: row.small(2)?,
        subject: subject(tables, row, 3)?,
        due: instant(row, 5)?,
        body: row.text(6)?.to_owned(),
        error: row.some_text(7)?.map(str::to_owned),
    })
}

fn subject(tables: &Tables, row: &impl SqlRow, at: usize) -> Result<Key, StoreError> {
    Ok(tables.kind(row.text(at)?)?.key(row.id(at + 1)?))
}

fn instant(row: &impl SqlRow, at: usize) -> Result<Timestamp, StoreError> {
    Timestamp::from_millis(row.int(at)?).map_err(|why| corrupt("an instant", why))
}

const STATE: &str = "key, generation, attempts, subject_kind, subject_id, due, body, error";
