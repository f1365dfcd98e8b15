//! What a group changes, as one statement: the head first, and every row only where the head was moved.

use std::collections::BTreeMap;

use okno::base::{CommandId, Party, TenantId, Timestamp};
use okno::store::{
    ClaimKey, Event, Head, Key, Mark, Queue, RecordWrite, Remembered, Version, WorkOutcome, WorkWrite, Writes,
};
use uuid::Uuid;

use super::assumed::{Assumed, Moved};
use super::expected::{Expected, HELD, leases};
use super::failure::{Failure, unavailable};
use super::kind_table::{self, KindRow};
use super::lists::Lists;
use crate::sql::{Arg, Dialect, Kept, PreparedFact, PreparedRecord, Statement, Tables, int, position};

/// How the group came to what it writes.
#[derive(Debug)]
pub(crate) enum Ground {
    /// Nobody looked: what was assumed has to be as expected, for a caller who waits for locks so many milliseconds.
    Assumed(Box<Assumed>, Expected, Wait),
    /// The head is locked, and this is where it stands.
    Locked(Head),
}

/// What a statement that nobody looked for waits for, and what the tables must be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wait {
    /// How long it waits for a lock.
    pub(crate) lock_ms: u128,
    /// The number of the tables' last change.
    pub(crate) epoch: i64,
}

/// The statement that writes what a group of one tenant changes. It gives back the position of the head before, which is
/// absent when it changed nothing, and whether everything was as expected.
pub(crate) fn statement(
    tables: &Tables,
    tenant: TenantId,
    writes: Writes,
    ground: Ground,
) -> Result<Statement, Failure> {
    let mut sql = Statement::new(Dialect::Postgres, "WITH ");
    sql.args.push(Arg::Id(tenant.0));
    let writer = Writer::begin(&mut sql, tables, &writes, ground)?;
    let Writes { heads: _, records, claims, work, events, erased, born: _, receipts } = writes;
    writer.records(&mut sql, records)?;
    writer.events(&mut sql, &events, &erased)?;
    writer.erased(&mut sql, &erased);
    writer.receipts(&mut sql, receipts)?;
    writer.claims(&mut sql, claims);
    writer.work(&mut sql, work)?;
    let expected = if writer.assumed.is_some() { "EXISTS (SELECT 1 FROM seen)" } else { "TRUE" };
    sql.put(format_args!(" SELECT (SELECT p.base FROM placed AS p), {expected}"));
    Ok(sql)
}

/// Writes the parts behind the head.
#[derive(Debug)]
struct Writer<'a> {
    tables: &'a Tables,
    /// The position that positions are counted from.
    from: u64,
    /// What was assumed, where nobody looked.
    assumed: Option<Box<Assumed>>,
}

impl<'a> Writer<'a> {
    /// Writes how the head moves: `placed` has its former position, or no row when it did not move.
    fn begin(
        sql: &mut Statement,
        tables: &'a Tables,
        writes: &Writes,
        ground: Ground,
    ) -> Result<Self, Failure> {
        // A group that is written moves the head of its tenant.
        let after = writes.heads.values().next().copied().unwrap_or_default();
        let head = tables.own("okno_head");
        let born = position(writes.born.values().next().copied().unwrap_or_default());
        match ground {
            Ground::Assumed(assumed, expected, wait) => {
                seen(sql, tables, expected, wait)?;
                sql.put(format_args!(", moved AS (UPDATE {head} AS h SET turn = h.turn + 1"));
                moves(sql, (after.position, born), assumed.marks);
                sql.push(" FROM seen WHERE h.tenant = $1 AND h.turn = seen.turn");
                former(sql, after.position, born);
                placed(sql, tables, leases(&assumed)?);
                Ok(Self { tables, from: 0, assumed: Some(assumed) })
            }
            Ground::Locked(before) => {
                sql.put(format_args!("moved AS (UPDATE {head} AS h SET turn = h.turn + 1"));
                let marks = Mark::ALL.map(|mark| Moved {
                    to: position(after.mark(mark)) - position(before.position),
                    by: i64::from(after.mark(mark) != before.mark(mark)),
                });
                let events = after.position - before.position;
                moves(sql, (events, born), marks);
                sql.push(" WHERE h.tenant = $1");
                former(sql, events, born);
                sql.push(", placed AS MATERIALIZED (SELECT m.base, m.born FROM moved AS m)");
                Ok(Self { tables, from: before.position, assumed: None })
            }
        }
    }

    /// A position as it is written: from the head's.
    fn behind(&self, position: u64) -> u64 {
        position.saturating_sub(self.from)
    }

    fn records(
        &self,
        sql: &mut Statement,
        records: BTreeMap<(TenantId, Key), RecordWrite>,
    ) -> Result<(), Failure> {
        let mut kinds: BTreeMap<&str, Changes> = BTreeMap::new();
        for ((_, key), write) in records {
            let table = self.tables.get(key.kind.name)?;
            let changes = kinds.entry(key.kind.name).or_insert_with(|| Changes {
                new: kind_table::rows(table),
                changed: kind_table::rows(table),
                gone: Vec::new(),
            });
            let Some(record) = &write.record else {
                changes.gone.push(Arg::Id(key.id));
                continue;
            };
            // Invariant: every batch was prepared before it waited for a committer.
            let record =
                PreparedRecord::of(&**record).ok_or_else(|| unavailable("a record was not prepared"))?;
            let is_new = write.before == Version::ABSENT;
            let rows = if is_new { &mut changes.new } else { &mut changes.changed };
            let row = KindRow {
                id: key.id,
                version: write.after,
                position: self.behind(write.position),
                schema: key.kind.schema,
                number: write.born.map(int).transpose()?,
                // What a later batch of the group changes is not all that changes.
                same_texts: record.texts.same && !is_new && write.after == write.before.next(),
                record,
                body: &record.body,
            };
            rows.push(kind_table::args(table, &row)?);
        }
        for (n, (kind, changes)) in kinds.into_iter().enumerate() {
            let table = self.tables.get(kind)?;
            for (rows, name, then) in [
                (changes.new, "new", String::new()),
                (changes.changed, "changed", kind_table::replace(table)),
            ] {
                if rows.is_empty() {
                    continue;
                }
                let behind = kind_table::selected(table, "p.born");
                sql.put(format_args!(", {name}{n} AS ({} SELECT $1, ", kind_table::insert(table)));
                sql.put(format_args!(
                    "v.\"id\", v.\"row_version\", p.base + v.\"position\"{behind} FROM placed AS p, "
                ));
                rows.write(sql);
                sql.put(format_args!("{then})"));
            }
            if !changes.gone.is_empty() {
                sql.put(format_args!(
                    ", gone{n} AS (DELETE FROM {} AS t USING placed WHERE t.\"tenant\" = $1 AND t.\"id\" = ANY(",
                    table.name
                ));
                sql.bind(Arg::List(Kept::Id, changes.gone));
                sql.push("))");
            }
        }
        Ok(())
    }

    fn events(
        &self,
        sql: &mut Statement,
        events: &[Event],
        erased: &BTreeMap<(TenantId, Key), u64>,
    ) -> Result<(), Failure> {
        if events.is_empty() {
            return Ok(());
        }
        let mut rows = Lists::new(EVENT);
        for event in events {
            let fact =
                PreparedFact::of(&*event.fact).ok_or_else(|| unavailable("a fact was not prepared"))?;
            let text = |text: &str| Arg::Text(text.to_owned());
            let origin = &event.origin;
            let (actor_kind, actor_id) = party(origin.actor);
            let (principal_kind, principal_id) = origin.principal.map_or((Arg::Null, Arg::Null), party);
            // An event of the group may be among those that a later batch erases: the statement that writes it does
            // not see it.
            let is_erased =
                erased.get(&(event.tenant, event.subject)).is_some_and(|to| event.position <= *to);
            rows.push([
                Arg::Int(int(self.behind(event.position))?),
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
                fact.content.clone().filter(|_| !is_erased).into(),
            ]);
        }
        self.insert(sql, "events", "okno_event", (&EVENT, rows));
        Ok(())
    }

    /// Inserts rows of which the first column is a position.
    fn insert(&self, sql: &mut Statement, name: &str, table: &str, rows: (&[(&str, Kept)], Lists)) {
        let (columns, rows) = rows;
        let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
        let behind: String = names[1..].iter().map(|name| format!(", v.{name}")).collect();
        sql.put(format_args!(", {name} AS (INSERT INTO {} (tenant, ", self.tables.own(table)));
        sql.put(format_args!(
            "{}) SELECT $1, p.base + v.position{behind} FROM placed AS p, ",
            names.join(", ")
        ));
        rows.write(sql);
        sql.push(")");
    }

    fn erased(&self, sql: &mut Statement, erased: &BTreeMap<(TenantId, Key), u64>) {
        if erased.is_empty() {
            return;
        }
        let mut rows = Lists::new([("kind", Kept::Text), ("id", Kept::Id), ("position", Kept::Int)]);
        for ((_, key), to) in erased {
            let to = position(self.behind(*to));
            rows.push([Arg::Text(key.kind.name.to_owned()), Arg::Id(key.id), Arg::Int(to)]);
        }
        let event = self.tables.own("okno_event");
        sql.put(format_args!(", erased AS (UPDATE {event} AS e SET content = NULL FROM placed AS p, "));
        rows.write(sql);
        sql.push(
            " WHERE e.tenant = $1 AND e.subject_kind = v.kind AND e.subject_id = v.id \
             AND e.position <= p.base + v.position AND e.content IS NOT NULL)",
        );
    }

    fn receipts(&self, sql: &mut Statement, receipts: Receipts) -> Result<(), Failure> {
        let mut rows = Lists::new(RECEIPT);
        for ((_, command), (at, Remembered { digest, receipt })) in receipts {
            rows.push([
                Arg::Int(int(self.behind(receipt.position))?),
                Arg::Id(command.0),
                Arg::Int(at.millis()),
                Arg::Bytes(digest.0.to_vec()),
                Arg::Id(receipt.subject),
                Arg::Text(receipt.label),
                Arg::Int(int(receipt.version.0)?),
            ]);
        }
        self.insert(sql, "receipts", "okno_receipt", (&RECEIPT, rows));
        Ok(())
    }

    fn claims(&self, sql: &mut Statement, claims: BTreeMap<(TenantId, ClaimKey), Option<Uuid>>) {
        let key = [("space", Kept::Text), ("value", Kept::Text)];
        let (mut taken, mut given) =
            (Lists::new(key.into_iter().chain([("owner", Kept::Id)])), Lists::new(key));
        for ((_, claim), owner) in claims {
            let key = [Arg::Text(claim.space.to_string()), Arg::Text(claim.value.to_string())];
            match owner {
                Some(owner) => taken.push(key.into_iter().chain([Arg::Id(owner)])),
                None => given.push(key),
            }
        }
        let claim = self.tables.own("okno_claim");
        if !taken.is_empty() {
            sql.put(format_args!(
                ", taken AS (INSERT INTO {claim} (tenant, space, value, owner) \
                 SELECT $1, v.space, v.value, v.owner FROM placed AS p, "
            ));
            taken.write(sql);
            sql.push(" ON CONFLICT (tenant, space, value) DO UPDATE SET owner = excluded.owner)");
        }
        if !given.is_empty() {
            sql.put(format_args!(", given AS (DELETE FROM {claim} AS c USING placed AS p, "));
            given.write(sql);
            sql.push(" WHERE c.tenant = $1 AND c.space = v.space AND c.value = v.value)");
        }
    }

    fn work(&self, sql: &mut Statement, work: Work) -> Result<(), Failure> {
        let item = [("queue", Kept::Text), ("key", Kept::Id)];
        let mut set = Lists::new(SET);
        let mut ended = Lists::new(item.into_iter().chain(ENDED));
        let mut gone = Lists::new(item);
        for ((_, queue, key), WorkWrite { generation, fence: _, change }) in work {
            let item = [Arg::Text(queue.code().to_owned()), Arg::Id(key)];
            match change {
                WorkOutcome::Set(new) => {
                    let generation = Arg::Int(int(generation)?);
                    let generation = if self.knows(queue, key) { generation } else { Arg::Null };
                    set.push(item.into_iter().chain([
                        generation,
                        Arg::Int(new.due.millis()),
                        Arg::Text(new.subject.kind.name.to_owned()),
                        Arg::Id(new.subject.id),
                        Arg::Text(new.body),
                    ]));
                }
                WorkOutcome::Gone => gone.push(item),
                WorkOutcome::Retry { at, error } => {
                    let end = [Arg::Int(at.millis()), Arg::Bool(false), Arg::Text(error)];
                    ended.push(item.into_iter().chain(end));
                }
                WorkOutcome::Park { reason } => {
                    ended.push(item.into_iter().chain([Arg::Null, Arg::Bool(true), Arg::Text(reason)]));
                }
            }
        }
        let table = self.tables.own("okno_work");
        if !set.is_empty() {
            sql.put(format_args!(", set AS (INSERT INTO {table} ({WORK}) SELECT $1, v.queue, v.key, "));
            // Generations move under the head only, so that what the statement sees is what is there.
            sql.put(format_args!(
                "COALESCE(v.generation, (SELECT w.generation + 1 FROM {table} AS w \
                 WHERE w.tenant = $1 AND w.queue = v.queue AND w.key = v.key), 1), "
            ));
            sql.push("0, v.due, NULL, 0, 0, v.subject_kind, v.subject_id, v.body, NULL FROM placed AS p, ");
            set.write(sql);
            sql.push(SET_ANEW);
        }
        if !ended.is_empty() {
            sql.put(format_args!(", ended AS (UPDATE {table} AS w SET fence = 0, leased_until = NULL, "));
            sql.push("due = COALESCE(v.due, w.due), parked = v.parked, error = v.error FROM placed AS p, ");
            ended.write(sql);
            sql.push(" WHERE w.tenant = $1 AND w.queue = v.queue AND w.key = v.key)");
        }
        if !gone.is_empty() {
            sql.put(format_args!(", finished AS (DELETE FROM {table} AS w USING placed AS p, "));
            gone.write(sql);
            sql.push(" WHERE w.tenant = $1 AND w.queue = v.queue AND w.key = v.key)");
        }
        Ok(())
    }

    /// Whether it is known how an item stood before.
    fn knows(&self, queue: Queue, key: Uuid) -> bool {
        self.assumed.as_ref().is_none_or(|assumed| assumed.leased.contains_key(&(queue, key)))
    }
}

/// What happens to the rows of a kind.
#[derive(Debug)]
struct Changes {
    new: Lists,
    changed: Lists,
    gone: Vec<Arg>,
}

type Receipts = BTreeMap<(TenantId, CommandId), (Timestamp, Remembered)>;
type Work = BTreeMap<(TenantId, Queue, Uuid), WorkWrite>;

/// Writes what the statement sees of the head, if everything is as expected.
fn seen(sql: &mut Statement, tables: &Tables, expected: Expected, wait: Wait) -> Result<(), Failure> {
    // The time to wait is set before the head is waited for.
    sql.push("seen AS MATERIALIZED (SELECT h.turn, set_config('lock_timeout', ");
    sql.bind(Arg::Text(wait.lock_ms.to_string()));
    sql.put(format_args!(
        ", true) AS patience FROM {} AS h WHERE h.tenant = $1 AND ",
        tables.own("okno_head")
    ));
    sql.put(format_args!(
        "(SELECT s.number FROM {} AS s WHERE s.part = 'okno_epoch') = ",
        tables.own("okno_schema")
    ));
    sql.bind(Arg::Int(wait.epoch));
    expected.write(sql, tables)?;
    sql.push(")");
    Ok(())
}

/// Writes how position, count of searched records and marks of the head `h` move.
fn moves(sql: &mut Statement, (events, born): (u64, i64), marks: [Moved; Mark::ALL.len()]) {
    sql.push(", position = h.position + ");
    sql.bind(Arg::Int(position(events)));
    sql.push(", texts = h.texts + ");
    sql.bind(Arg::Int(born));
    for (mark, Moved { to, by }) in Mark::ALL.into_iter().zip(marks) {
        if by == 0 {
            continue;
        }
        let column = match mark {
            Mark::Directory => "directory",
            Mark::Blueprint => "blueprint",
        };
        sql.put(format_args!(", {column} = GREATEST(h.position + "));
        sql.bind(Arg::Int(to));
        sql.put(format_args!(", h.{column} + "));
        sql.bind(Arg::Int(by));
        sql.push(")");
    }
}

/// Writes what `moved` gives back: where the head stood before.
fn former(sql: &mut Statement, events: u64, born: i64) {
    sql.push(" RETURNING h.position - ");
    sql.bind(Arg::Int(position(events)));
    sql.push(" AS base, h.texts - ");
    sql.bind(Arg::Int(born));
    sql.push(" AS born)");
}

/// Writes where the group begins, once the leases that it ends are held: they are taken without the head, so that they are
/// locked first, and one that is gone ends the statement.
fn placed(sql: &mut Statement, tables: &Tables, leases: Lists) {
    let count = leases.len();
    if leases.is_empty() {
        sql.push(", placed AS MATERIALIZED (SELECT m.base, m.born FROM moved AS m)");
        return;
    }
    sql.put(format_args!(
        ", held AS MATERIALIZED (SELECT 1 FROM moved AS m, {} AS w, ",
        tables.own("okno_work")
    ));
    leases.write(sql);
    sql.put(format_args!(" WHERE {HELD} FOR UPDATE OF w)"));
    sql.push(", placed AS MATERIALIZED (SELECT m.base, m.born, CASE WHEN (SELECT count(*) FROM held) = ");
    sql.bind(Arg::Int(i64::try_from(count).unwrap_or(i64::MAX)));
    // PostgreSQL has no other way to say no: the cast fails, and its text says why.
    sql.push(
        " THEN 0 ELSE CAST('a lease was taken meanwhile: ' || (SELECT count(*) FROM held) || ' are held' \
         AS BIGINT) END AS kept FROM moved AS m)",
    );
}

fn party(party: Party) -> (Arg, Arg) {
    (Arg::Text(party.kind.code().to_owned()), Arg::Id(party.id))
}

const EVENT: [(&str, Kept); 14] = [
    ("position", Kept::Int),
    ("at", Kept::Int),
    ("command", Kept::Id),
    ("actor_kind", Kept::Text),
    ("actor_id", Kept::Id),
    ("principal_kind", Kept::Text),
    ("principal_id", Kept::Id),
    ("channel", Kept::Text),
    ("cause", Kept::Id),
    ("subject_kind", Kept::Text),
    ("subject_id", Kept::Id),
    ("name", Kept::Text),
    ("body", Kept::Text),
    ("content", Kept::Text),
];
const RECEIPT: [(&str, Kept); 7] = [
    ("position", Kept::Int),
    ("command", Kept::Id),
    ("at", Kept::Int),
    ("digest", Kept::Bytes),
    ("subject", Kept::Id),
    ("label", Kept::Text),
    ("version", Kept::Int),
];
const SET: [(&str, Kept); 7] = [
    ("queue", Kept::Text),
    ("key", Kept::Id),
    ("generation", Kept::Int),
    ("due", Kept::Int),
    ("subject_kind", Kept::Text),
    ("subject_id", Kept::Id),
    ("body", Kept::Text),
];
const ENDED: [(&str, Kept); 3] = [("due", Kept::Int), ("parked", Kept::Int), ("error", Kept::Text)];
const WORK: &str = "tenant, queue, key, generation, fence, due, leased_until, parked, attempts, subject_kind, \
     subject_id, body, error";
const SET_ANEW: &str = " ON CONFLICT (tenant, queue, key) DO UPDATE SET generation = excluded.generation, fence = 0, \
     due = excluded.due, leased_until = NULL, parked = 0, attempts = 0, subject_kind = excluded.subject_kind, \
     subject_id = excluded.subject_id, body = excluded.body, error = NULL)";
