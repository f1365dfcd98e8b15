//! What a group expects to find, as terms of the statement that writes it.

use std::collections::BTreeMap;

use okno::store::{Batch, Marks, Version};

use super::assumed::Assumed;
use super::failure::Failure;
use super::lists::Lists;
use crate::sql::{Arg, Kept, Statement, Tables, int};

/// What a group expects to find.
#[derive(Debug)]
pub(crate) struct Expected {
    /// The marks of the head.
    marks: Option<Marks>,
    /// Records, by their kinds.
    versions: BTreeMap<&'static str, Lists>,
    /// Commands that nobody did.
    commands: Vec<Arg>,
    /// Values that nobody else holds.
    claims: Lists,
    /// Leases that are held.
    leases: Lists,
}

impl Expected {
    /// What a group expects, by what it takes for granted.
    pub(crate) fn of(group: &[Batch], assumed: &Assumed) -> Result<Self, Failure> {
        let mut versions: BTreeMap<&'static str, Lists> = BTreeMap::new();
        for (key, Version(version)) in &assumed.versions {
            let rows = versions.entry(key.kind.name).or_insert_with(|| Lists::new(VERSIONS));
            rows.push([Arg::Id(key.id), Arg::Int(int(*version)?)]);
        }
        let mut claims = Lists::new(CLAIMS);
        for claim in group.iter().flat_map(|batch| &batch.claims) {
            let (space, value) = (claim.space.to_string(), claim.value.to_string());
            claims.push([Arg::Text(space), Arg::Text(value), Arg::Id(claim.owner)]);
        }
        let commands = group.iter().map(|batch| Arg::Id(batch.command.0)).collect();
        Ok(Self { marks: assumed.stand, versions, commands, claims, leases: leases(assumed)? })
    }

    /// Writes that everything is as expected, over the row `h` of the tenant `$1`.
    pub(crate) fn write(self, sql: &mut Statement, tables: &Tables) -> Result<(), Failure> {
        if let Some(Marks { directory, blueprint }) = self.marks {
            for (column, mark) in [("directory", directory), ("blueprint", blueprint)] {
                sql.put(format_args!(" AND h.{column} = "));
                sql.bind(Arg::Int(int(mark)?));
            }
        }
        for (kind, rows) in self.versions {
            let table = &tables.get(kind)?.name;
            sql.push(" AND NOT EXISTS (SELECT 1 FROM ");
            rows.write(sql);
            // Each is looked up by itself, whatever the planner believes of the table.
            sql.put(format_args!(
                " WHERE v.version <> COALESCE((SELECT t.\"row_version\" FROM {table} AS t \
                 WHERE t.\"tenant\" = $1 AND t.\"id\" = v.id), 0))"
            ));
        }
        sql.put(format_args!(
            " AND NOT EXISTS (SELECT 1 FROM {} AS r WHERE r.tenant = $1 AND r.command = ANY(",
            tables.own("okno_receipt")
        ));
        sql.bind(Arg::List(Kept::Id, self.commands));
        sql.push("))");
        if !self.claims.is_empty() {
            sql.push(" AND NOT EXISTS (SELECT 1 FROM ");
            self.claims.write(sql);
            sql.put(format_args!(
                " WHERE v.owner <> (SELECT c.owner FROM {} AS c \
                 WHERE c.tenant = $1 AND c.space = v.space AND c.value = v.value))",
                tables.own("okno_claim")
            ));
        }
        if !self.leases.is_empty() {
            sql.push(" AND NOT EXISTS (SELECT 1 FROM ");
            self.leases.write(sql);
            sql.put(format_args!(
                " WHERE NOT EXISTS (SELECT 1 FROM {} AS w WHERE {HELD}))",
                tables.own("okno_work")
            ));
        }
        Ok(())
    }
}

/// The leases that a group ends.
pub(crate) fn leases(assumed: &Assumed) -> Result<Lists, Failure> {
    let mut leases = Lists::new(LEASES);
    for ((queue, key), slot) in &assumed.leased {
        let item = [Arg::Text(queue.code().to_owned()), Arg::Id(*key)];
        let numbers = [Arg::Int(int(slot.generation)?), Arg::Int(int(slot.fence)?)];
        leases.push(item.into_iter().chain(numbers));
    }
    Ok(leases)
}

/// That a lease `v` is still that of the item `w`.
pub(crate) const HELD: &str = "w.tenant = $1 AND w.queue = v.queue AND w.key = v.key \
     AND w.generation = v.generation AND w.fence = v.fence";

const VERSIONS: [(&str, Kept); 2] = [("id", Kept::Id), ("version", Kept::Int)];
const CLAIMS: [(&str, Kept); 3] = [("space", Kept::Text), ("value", Kept::Text), ("owner", Kept::Id)];
const LEASES: [(&str, Kept); 4] =
    [("queue", Kept::Text), ("key", Kept::Id), ("generation", Kept::Int), ("fence", Kept::Int)];
