//! What a group changes, as a few statements of many rows.

use std::collections::BTreeMap;

use okno::base::{CommandId, Party, TenantId, Timestamp};
use okno::store::{
    ClaimKey, Event, Head, Key, NewWork, Queue, RecordWrite, Remembered, Version, WorkOutcome, WorkWrite,
    Writes,
};
use sqlx::sqlite::SqliteConnection;
use uuid::Uuid;

use super::failure::{Failure, unavailable};
use super::kind_table::{self, KindRow};
use super::rows::ManyRows;
use super::texts::{self, IndexChanges, Known, Numbered, Numbers};
use crate::sql::{Arg, PreparedFact, PreparedRecord, PreparedTexts, Table, Tables, int, position};

/// The statements that write what a group changes.
#[derive(Debug)]
pub(crate) struct Statements {
    heads: ManyRows,
    events: ManyRows,
    erased: ManyRows,
    receipts: ManyRows,
    claims: ManyRows,
    releases: ManyRows,
    items: ManyRows,
    gone: ManyRows,
    kinds: BTreeMap<&'static str, KindStatements>,
}

#[derive(Debug)]
struct KindStatements {
    upsert: ManyRows,
    delete: ManyRows,
    /// What adds to the index of texts, and what takes out of it.
    index: Option<(ManyRows, ManyRows)>,
}

/// What a group changes in the table of a kind.
#[derive(Debug, Default)]
struct KindChanges {
    /// Rows that were not there, by their numbers where they have searched texts.
    new: Vec<(Option<i64>, Vec<Arg>)>,
    puts: Vec<Arg>,
    deletes: Vec<Arg>,
    index: IndexChanges,
}

impl Statements {
    pub(crate) fn new(tables: &Tables) -> Self {
        let kinds = tables.iter().map(|table| {
            let (upsert, delete) = (kind_table::upsert(table, &table.name), kind_table::delete(table));
            let index = table.is_searched().then(|| (texts::insert(table), texts::delete(table)));
            (table.kind.name, KindStatements { upsert, delete, index })
        });
        Self {
            heads: ManyRows::insert("okno_head", &HEAD, &["tenant"]),
            events: ManyRows::insert("okno_event", &EVENT, &[]),
            erased: erase(),
            receipts: ManyRows::insert("okno_receipt", &RECEIPT, &[]),
            claims: ManyRows::insert("okno_claim", &CLAIM, &CLAIM[..3]),
            releases: ManyRows::delete("okno_claim", "tenant, space, value", &CLAIM[..3]),
            items: ManyRows::insert("okno_work", &WORK, &WORK[..3]),
            gone: ManyRows::delete("okno_work", "tenant, queue, key", &WORK[..3]),
            kinds: kinds.collect(),
        }
    }

    /// Writes everything.
    pub(crate) async fn write(
        &mut self,
        connection: &mut SqliteConnection,
        tables: &Tables,
        (writes, numbers): (Writes, &Numbers),
    ) -> Result<(), Failure> {
        let Writes { heads, records, claims, work, events, erased, born, receipts } = writes;
        self.heads.write(connection, head_args(&heads, &born, numbers)).await?;
        self.write_records(connection, tables, (&records, numbers)).await?;
        self.events.write(connection, event_args(&events)?).await?;
        // Events of the group itself may be among those that a later batch erases.
        self.erased.write(connection, erased_args(&erased)).await?;
        self.receipts.write(connection, receipt_args(receipts)?).await?;
        let (taken, given) = claim_args(claims);
        self.claims.write(connection, taken).await?;
        self.releases.write(connection, given).await?;
        self.write_work(connection, work).await
    }

    async fn write_records(
        &mut self,
        connection: &mut SqliteConnection,
        tables: &Tables,
        (records, numbers): (&BTreeMap<(TenantId, Key), RecordWrite>, &Numbers),
    ) -> Result<(), Failure> {
        let mut kinds: BTreeMap<&str, KindChanges> = BTreeMap::new();
        for ((tenant, key), write) in records {
            let changes = kinds.entry(key.kind.name).or_default();
            changes.take(tables.get(key.kind.name)?, (*tenant, *key, write), numbers)?;
        }
        for (kind, changes) in kinds {
            let Some(statements) = self.kinds.get_mut(kind) else { continue };
            let KindChanges { mut new, puts, deletes, index } = changes;
            new.sort_by_key(|(number, _)| *number);
            let puts = new.into_iter().flat_map(|(_, row)| row).chain(puts).collect();
            // A row that was deleted and written anew in the group is another row.
            statements.delete.write(connection, deletes).await?;
            statements.upsert.write(connection, puts).await?;
            if let Some((insert, delete)) = &mut statements.index {
                let (gone, new) = index.args();
                delete.write(connection, gone).await?;
                insert.write(connection, new).await?;
            }
        }
        Ok(())
    }

    async fn write_work(
        &mut self,
        connection: &mut SqliteConnection,
        work: BTreeMap<(TenantId, Queue, Uuid), WorkWrite>,
    ) -> Result<(), Failure> {
        let (mut set, mut gone) = (Vec::new(), Vec::new());
        for ((tenant, queue, key), WorkWrite { generation, fence, change }) in work {
            let item = [Arg::Id(tenant.0), Arg::Text(queue.code().to_owned()), Arg::Id(key)];
            let numbers = [Arg::Int(int(generation)?), Arg::Int(int(fence)?)];
            match change {
                WorkOutcome::Set(new) => set.extend(item.into_iter().chain(numbers).chain(set_args(new))),
                WorkOutcome::Gone => gone.extend(item),
                WorkOutcome::Retry { at, error } => {
                    let args = [Arg::Int(at.millis()), Arg::Text(error)];
                    let args = numbers.into_iter().chain(args).chain(item);
                    super::connection::bound(RETRY.into(), args)?.execute(&mut *connection).await?;
                }
                WorkOutcome::Park { reason } => {
                    let args = numbers.into_iter().chain([Arg::Text(reason)]).chain(item);
                    super::connection::bound(PARK.into(), args)?.execute(&mut *connection).await?;
                }
            }
        }
        self.items.write(connection, set).await?;
        self.gone.write(connection, gone).await?;
        Ok(())
    }
}

impl KindChanges {
    /// Takes a record that the group writes or deletes.
    fn take(
        &mut self,
        table: &Table,
        (tenant, key, write): (TenantId, Key, &RecordWrite),
        numbers: &Numbers,
    ) -> Result<(), Failure> {
        let known = numbers.row(tenant, key);
        let is_another = write.record.is_none() || (write.born.is_some() && write.before != Version::ABSENT);
        if is_another {
            self.deletes.extend([Arg::Id(tenant.0), Arg::Id(key.id)]);
        }
        let Some(record) = &write.record else {
            known.filter(|known| known.digest.is_some()).map(|known| self.index.remove(known.number));
            return Ok(());
        };
        // Invariant: every batch was prepared before it was sent to the writer.
        let record = PreparedRecord::of(&**record).ok_or_else(|| unavailable("a record was not prepared"))?;
        let number = write.born.map(|born| numbers.tenant(tenant).row(born)).transpose()?;
        self.index_texts(&record.texts, known, number);
        let row = KindRow {
            tenant: tenant.0,
            id: key.id,
            version: write.after,
            position: write.position,
            schema: key.kind.schema,
            number,
            record,
            body: &record.body,
        };
        if number.is_none() {
            return row.args(table, &mut self.puts);
        }
        let mut args = Vec::new();
        row.args(table, &mut args)?;
        self.new.push((number, args));
        Ok(())
    }

    /// Follows the texts of a row: one that stays as it was costs nothing.
    fn index_texts(&mut self, texts: &PreparedTexts, known: Option<Known>, new: Option<i64>) {
        let Some(number) = new.or(known.map(|known| known.number)) else { return };
        let same = new.is_none() && known.is_some_and(|known| known.digest == texts.digest);
        if same {
            return;
        }
        if let Some(Known { number, digest: Some(_) }) = known {
            self.index.remove(number);
        }
        if texts.digest.is_some() {
            self.index.add(number, texts.indexed());
        }
    }
}

/// Blanks the content of the events about records, up to a position.
pub(crate) fn erase() -> ManyRows {
    let before = "UPDATE okno_event SET content = NULL WHERE rowid IN (SELECT t.rowid FROM (VALUES ";
    let after = ") AS k CROSS JOIN okno_event AS t ON t.tenant = k.column1 AND t.subject_kind = k.column2 \
         AND t.subject_id = k.column3 AND t.position <= k.column4 WHERE t.content IS NOT NULL)";
    ManyRows::new(before, 4, after)
}

fn head_args(
    heads: &BTreeMap<TenantId, Head>,
    born: &BTreeMap<TenantId, u64>,
    numbers: &Numbers,
) -> Vec<Arg> {
    let rows = heads.iter().flat_map(|(tenant, head)| {
        let positions = [head.position, head.directory, head.blueprint].map(|n| Arg::Int(position(n)));
        let Numbered { number, texts } = numbers.tenant(*tenant);
        let texts = texts.saturating_add(position(born.get(tenant).copied().unwrap_or_default()));
        [Arg::Id(tenant.0)].into_iter().chain(positions).chain([number, texts].map(Arg::Int))
    });
    rows.collect()
}

fn event_args(events: &[Event]) -> Result<Vec<Arg>, Failure> {
    let mut args = Vec::with_capacity(events.len() * EVENT.len());
    for event in events {
        let fact = PreparedFact::of(&*event.fact).ok_or_else(|| unavailable("a fact was not prepared"))?;
        let text = |text: &str| Arg::Text(text.to_owned());
        let origin = &event.origin;
        let (actor_kind, actor_id) = party(origin.actor);
        let (principal_kind, principal_id) = origin.principal.map_or((Arg::Null, Arg::Null), party);
        args.extend([
            Arg::Id(event.tenant.0),
            Arg::Int(int(event.position)?),
            Arg::Int(event.at.millis()),
            Arg::Id(event.command.0),
            actor_kind,
            actor_id,
            principal_kind,
            principal_id,
            text(origin.channel.code()),
            origin.cause.into(),
            text(event.subject.kind.name),
            Arg::Id(event.subject.id),
            text(event.fact.name()),
            text(&fact.body),
            fact.content.clone().into(),
        ]);
    }
    Ok(args)
}

fn erased_args(erased: &BTreeMap<(TenantId, Key), u64>) -> Vec<Arg> {
    let rows = erased.iter().flat_map(|((tenant, key), upto)| {
        let subject = [Arg::Text(key.kind.name.to_owned()), Arg::Id(key.id)];
        [Arg::Id(tenant.0)].into_iter().chain(subject).chain([Arg::Int(position(*upto))])
    });
    rows.collect()
}

fn party(party: Party) -> (Arg, Arg) {
    (Arg::Text(party.kind.code().to_owned()), Arg::Id(party.id))
}

type Receipts = BTreeMap<(TenantId, CommandId), (Timestamp, Remembered)>;

fn receipt_args(receipts: Receipts) -> Result<Vec<Arg>, Failure> {
    let mut args = Vec::with_capacity(receipts.len() * RECEIPT.len());
    for ((tenant, command), (at, Remembered { digest, receipt })) in receipts {
        args.extend([
            Arg::Id(tenant.0),
            Arg::Id(command.0),
            Arg::Int(at.millis()),
            Arg::Bytes(digest.0.to_vec()),
            Arg::Id(receipt.subject),
            Arg::Text(receipt.label),
            Arg::Int(int(receipt.version.0)?),
            Arg::Int(int(receipt.position)?),
        ]);
    }
    Ok(args)
}

/// Values that have an owner now, and values that have none.
fn claim_args(claims: BTreeMap<(TenantId, ClaimKey), Option<Uuid>>) -> (Vec<Arg>, Vec<Arg>) {
    let (mut taken, mut given) = (Vec::new(), Vec::new());
    for ((tenant, claim), owner) in claims {
        let key = [Arg::Id(tenant.0), Arg::Text(claim.space.to_string()), Arg::Text(claim.value.to_string())];
        match owner {
            Some(owner) => taken.extend(key.into_iter().chain([Arg::Id(owner)])),
            None => given.extend(key),
        }
    }
    (taken, given)
}

/// What a new item holds behind its key and its numbers.
fn set_args(new: NewWork) -> [Arg; 8] {
    [
        Arg::Int(new.due.millis()),
        Arg::Null,
        Arg::Int(0),
        Arg::Int(0),
        Arg::Text(new.subject.kind.name.to_owned()),
        Arg::Id(new.subject.id),
        Arg::Text(new.body),
        Arg::Null,
    ]
}

const HEAD: [&str; 6] = ["tenant", "position", "directory", "blueprint", "number", "texts"];
const EVENT: [&str; 15] = [
    "tenant",
    "position",
    "at",
    "command",
    "actor_kind",
    "actor_id",
    "principal_kind",
    "principal_id",
    "channel",
    "cause",
    "subject_kind",
    "subject_id",
    "name",
    "body",
    "content",
];
const RECEIPT: [&str; 8] = ["tenant", "command", "at", "digest", "subject", "label", "version", "position"];
const CLAIM: [&str; 4] = ["tenant", "space", "value", "owner"];
const WORK: [&str; 13] = [
    "tenant",
    "queue",
    "key",
    "generation",
    "fence",
    "due",
    "leased_until",
    "parked",
    "attempts",
    "subject_kind",
    "subject_id",
    "body",
    "error",
];
const RETRY: &str = "UPDATE okno_work SET generation = ?, fence = ?, due = ?, error = ?, leased_until = NULL \
     WHERE tenant = ? AND queue = ? AND key = ?";
const PARK: &str = "UPDATE okno_work SET generation = ?, fence = ?, error = ?, leased_until = NULL, parked = 1 \
     WHERE tenant = ? AND queue = ? AND key = ?";
