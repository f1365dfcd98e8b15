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
use super::script::Script;
use super::texts::{Numbered, Numbers, TextChanges, TextStatements};
use crate::sql::{Arg, PreparedFact, PreparedRecord, Table, Tables, int, position};

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
    /// Updates of some columns, by which of them.
    updates: BTreeMap<Vec<bool>, ManyRows>,
    /// What writes new rows with searched texts, and the index of the texts.
    texts: Option<TextStatements>,
}

/// What becomes of the records of one kind.
#[derive(Debug, Default)]
struct KindChanges {
    puts: Vec<Arg>,
    deletes: Vec<Arg>,
    updates: BTreeMap<Vec<bool>, Vec<Arg>>,
    texts: TextChanges,
}

impl Statements {
    pub(crate) fn new(tables: &Tables) -> Self {
        let kinds = tables.iter().map(|table| {
            let upsert = kind_table::upsert(table, &table.name);
            let delete = kind_table::delete(table);
            let texts = table.is_searched().then(|| TextStatements::new(table));
            (table.kind.name, KindStatements { upsert, delete, updates: BTreeMap::new(), texts })
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
        let mut script = Script::default();
        self.heads.add(&mut script, head_args(&heads, &born, numbers));
        self.add_records(&mut script, tables, (&records, numbers))?;
        self.events.add(&mut script, event_args(&events)?);
        // Events of the group itself may be among those that a later batch erases.
        self.erased.add(&mut script, erased_args(&erased));
        self.receipts.add(&mut script, receipt_args(receipts)?);
        let (taken, given) = claim_args(claims);
        self.claims.add(&mut script, taken);
        self.releases.add(&mut script, given);
        self.add_work(&mut script, work)?;
        script.run(connection).await?;
        Ok(())
    }

    fn add_records(
        &mut self,
        script: &mut Script,
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
            statements.add(script, tables.get(kind)?, changes);
        }
        Ok(())
    }

    fn add_work(
        &mut self,
        script: &mut Script,
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
                    script.add(RETRY, numbers.into_iter().chain(args).chain(item).collect(), 1);
                }
                WorkOutcome::Park { reason } => {
                    let args = numbers.into_iter().chain([Arg::Text(reason)]).chain(item);
                    script.add(PARK, args.collect(), 1);
                }
            }
        }
        self.items.add(script, set);
        self.gone.add(script, gone);
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
        let RecordWrite { before, after, position, record, born } = write;
        let id = [Arg::Id(tenant.0), Arg::Id(key.id)];
        // A row that was deleted and written anew in the group is another row.
        if record.is_none() || (born.is_some() && *before != Version::ABSENT) {
            self.texts.remove(table, &id);
            self.deletes.extend(id.clone());
        }
        let Some(record) = record else { return Ok(()) };
        // Invariant: every batch was prepared before it was sent to the writer.
        let record = PreparedRecord::of(&**record).ok_or_else(|| unavailable("a record was not prepared"))?;
        let row = KindRow {
            tenant: tenant.0,
            id: key.id,
            version: *after,
            position: *position,
            schema: key.kind.schema,
            record,
            body: &record.body,
        };
        if let Some(born) = born {
            let number = numbers.tenant(tenant).row(*born)?;
            let mut args = Vec::new();
            row.args(table, &mut args)?;
            self.texts.add(number, args, &record.texts);
            return Ok(());
        }
        // What a later batch of the group changes is not all that changes.
        let once = *before != Version::ABSENT && *after == before.next();
        if !(once && record.texts.same) {
            self.texts.change(table, &id, &record.texts);
        }
        match record.changed.as_ref().filter(|_| once) {
            Some(changed) => {
                let args = self.updates.entry(changed.clone()).or_default();
                row.args_of(table, |place| changed.get(place) == Some(&true), args)
            }
            None => row.args(table, &mut self.puts),
        }
    }
}

impl KindStatements {
    fn add(&mut self, script: &mut Script, table: &Table, changes: KindChanges) {
        let KindChanges { puts, deletes, updates, texts } = changes;
        let (gone, texts) = texts.split();
        if let Some(statements) = &mut self.texts {
            statements.remove(script, gone);
        }
        self.delete.add(script, deletes);
        self.upsert.add(script, puts);
        if self.updates.len() > UPDATES_MAX {
            self.updates.clear();
        }
        for (changed, args) in updates {
            let update = self.updates.entry(changed);
            let update = update.or_insert_with_key(|changed| kind_table::update(table, changed));
            update.add(script, args);
        }
        if let Some(statements) = &mut self.texts {
            statements.add(script, texts);
        }
    }
}

/// Blanks the content of the events about records, up to a position.
pub(crate) fn erase() -> ManyRows {
    let before = "UPDATE okno_event SET content = NULL WHERE (tenant, position) IN \
         (SELECT t.tenant, t.position FROM (VALUES ";
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

/// Sets of changed columns whose statements are kept for each kind.
const UPDATES_MAX: usize = 64;
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
