//! The journal, read back.

use okno::base::{Channel, CommandId, Party, PartyKind, Timestamp};
use okno::store::{Event, JournalRead, Origin, StoreError};
use uuid::Uuid;

use super::database::Sql;
use super::prepare::position;
use super::row::{SqlRow, corrupt};
use super::statement::{Arg, Statement};
use super::table::Tables;

/// Reads a part of a tenant's journal.
pub(crate) async fn events<D: Sql>(
    connection: &mut D::Connection,
    tables: &Tables,
    read: &JournalRead,
) -> Result<Vec<Event>, D::Failure> {
    let text = format!("SELECT {COLUMNS} FROM {} WHERE tenant = ", tables.own("okno_event"));
    let mut sql = Statement::new(D::DIALECT, text);
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
    D::each(connection, sql, |row| event(tables, read, &row)).await
}

fn event(tables: &Tables, read: &JournalRead, row: &impl SqlRow) -> Result<Event, StoreError> {
    let kind = tables.kind(row.text(9)?)?;
    let origin = Origin {
        actor: party(row.text(3)?, row.id(4)?)?,
        principal: row.some_text(5)?.map(|kind| party(kind, row.id(6)?)).transpose()?,
        channel: channel(row.text(7)?)?,
        cause: row.some_id(8)?,
    };
    Ok(Event {
        tenant: read.tenant,
        position: row.number(0)?,
        at: Timestamp::from_millis(row.int(1)?).map_err(|why| corrupt("an instant", why))?,
        command: CommandId(row.id(2)?),
        origin,
        subject: kind.key(row.id(10)?),
        fact: (kind.decode_event)(row.text(11)?, row.some_text(12)?)?,
    })
}

fn party(kind: &str, id: Uuid) -> Result<Party, StoreError> {
    let known = PartyKind::ALL.into_iter().find(|known| known.code() == kind);
    let kind = known.ok_or_else(|| corrupt("a party", format!("`{kind}` is not a kind of party")))?;
    Ok(Party { kind, id })
}

fn channel(code: &str) -> Result<Channel, StoreError> {
    let known = Channel::ALL.into_iter().find(|known| known.code() == code);
    known.ok_or_else(|| corrupt("a channel", format!("`{code}` is not a channel")))
}

const COLUMNS: &str = "position, at, command, actor_kind, actor_id, principal_kind, principal_id, channel, \
     cause, subject_kind, subject_id, body, content";
