//! The journal, read back.

use okno::base::{Channel, CommandId, Party, PartyKind, Timestamp};
use okno::store::{Event, JournalRead, Origin};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use uuid::Uuid;

use super::connection::rows;
use super::failure::{Failure, corrupt};
use super::snapshot::number;
use crate::sql::{Arg, Dialect, Statement, Tables, position};

/// Reads a part of a tenant's journal.
pub(crate) async fn events(
    connection: &mut SqliteConnection,
    tables: &Tables,
    read: &JournalRead,
) -> Result<Vec<Event>, Failure> {
    let mut sql = Statement::new(Dialect::Sqlite, SELECT);
    sql.bind(Arg::Id(read.tenant.0));
    sql.push(" AND position > ");
    sql.bind(Arg::Int(position(read.after)));
    if let Some(subject) = read.subject {
        sql.push(" AND subject_kind = ");
        sql.bind(Arg::Text(subject.kind.name.to_owned()));
        sql.push(" AND subject_id = ");
        sql.bind(Arg::Id(subject.id));
    }
    sql.push(" ORDER BY position LIMIT ");
    sql.bind(Arg::Int(i64::try_from(read.limit).unwrap_or(i64::MAX)));
    let found = rows(connection, sql).await?;
    found.iter().map(|row| event(tables, read, row)).collect()
}

fn event(tables: &Tables, read: &JournalRead, row: &SqliteRow) -> Result<Event, Failure> {
    let kind = tables.kind(row.try_get(9)?)?;
    let principal: Option<&str> = row.try_get(5)?;
    let origin = Origin {
        actor: party(row.try_get(3)?, row.try_get(4)?)?,
        principal: principal.map(|kind| party(kind, row.try_get(6)?)).transpose()?,
        channel: channel(row.try_get(7)?)?,
        cause: row.try_get(8)?,
    };
    Ok(Event {
        tenant: read.tenant,
        position: number(row, 0)?,
        at: Timestamp::from_millis(row.try_get(1)?)?,
        command: CommandId(row.try_get(2)?),
        origin,
        subject: kind.key(row.try_get(10)?),
        fact: (kind.decode_event)(row.try_get(11)?, row.try_get(12)?)?,
    })
}

fn party(kind: &str, id: Uuid) -> Result<Party, Failure> {
    let known = PartyKind::ALL.into_iter().find(|known| known.code() == kind);
    let kind = known.ok_or_else(|| corrupt("a party", format!("`{kind}` is not a kind of party")))?;
    Ok(Party { kind, id })
}

fn channel(code: &str) -> Result<Channel, Failure> {
    let known = Channel::ALL.into_iter().find(|known| known.code() == code);
    known.ok_or_else(|| corrupt("a channel", format!("`{code}` is not a channel")).into())
}

const SELECT: &str = "SELECT position, at, command, actor_kind, actor_id, principal_kind, principal_id, channel, \
     cause, subject_kind, subject_id, body, content FROM okno_event WHERE tenant = ";
