//! Many loads read with one statement for each table, all of one moment.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use okno::base::TenantId;
use okno::store::{ClaimKey, Head, Key, Kind, Read, Remembered, Snapshot as _, View};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use uuid::Uuid;

use super::failure::Failure;
use super::kind_table;
use super::rows::ManyRows;
use super::script::Script;
use super::snapshot::part;
use crate::sql::{Arg, Before, SqlRow as _, Tables, loaded};

/// The statements that read what many loads ask for.
#[derive(Debug)]
pub(crate) struct Together {
    heads: ManyRows,
    receipts: ManyRows,
    claims: ManyRows,
    records: BTreeMap<&'static str, ManyRows>,
}

/// What was found for one load.
#[derive(Debug, Default)]
pub(crate) struct Found {
    head: Head,
    records: Vec<(Key, Option<Arc<SqliteRow>>)>,
    claims: BTreeMap<ClaimKey, Option<Uuid>>,
    first: Option<Remembered>,
}

/// What was found for all of them.
#[derive(Debug, Default)]
struct All {
    /// Heads, receipts and owners.
    before: Before,
    records: HashMap<(TenantId, Key), Arc<SqliteRow>>,
}

impl Found {
    /// Reads the records back.
    ///
    /// # Errors
    /// A record that a newer program wrote, or that cannot be read.
    pub(crate) fn view(self) -> Result<View, Failure> {
        let Self { head, records, claims, first } = self;
        let records = records.into_iter().map(|(key, row)| {
            let record = row.map(|row| loaded(key.kind, &*row, 2)).transpose()?;
            Ok((key, record))
        });
        let records = records.collect::<Result<_, Failure>>()?;
        Ok(View { head, records, lookups: Vec::new(), claims, first })
    }
}

impl Together {
    pub(crate) fn new(tables: &Tables) -> Self {
        let records =
            part::of_kinds(tables).map(|(part, table)| (table.kind.name, kind_table::records(part, table)));
        Self {
            heads: ManyRows::heads(),
            receipts: ManyRows::receipts(),
            claims: ManyRows::claims(),
            records: records.collect(),
        }
    }

    /// Whether a load can be read together with others: it has no lookups, and asks for few records.
    pub(crate) fn takes(read: &Read) -> bool {
        read.lookups.is_empty() && read.keys.len() + read.claims.len() <= KEYS_MAX
    }

    /// Reads what loads ask for, in one transaction.
    pub(crate) async fn read(
        &mut self,
        connection: &mut SqliteConnection,
        reads: &[Arc<Read>],
    ) -> Result<Vec<Found>, Failure> {
        let mut reading = connection.begin().await?;
        let all = self.all(&mut reading, reads).await;
        reading.rollback().await?;
        let all = all?;
        Ok(reads.iter().map(|read| all.found(read)).collect())
    }

    async fn all(&mut self, connection: &mut SqliteConnection, reads: &[Arc<Read>]) -> Result<All, Failure> {
        let mut script = Script::default();
        let kinds = self.ask(&mut script, reads);
        let mut all = All::default();
        for row in script.run(connection).await? {
            all.take(row, &kinds)?;
        }
        Ok(all)
    }

    /// Asks for all of it; gives the kinds whose records are read, by their parts.
    fn ask(&mut self, script: &mut Script, reads: &[Arc<Read>]) -> BTreeMap<usize, &'static Kind> {
        let tenants: BTreeSet<_> = reads.iter().map(|read| read.tenant).collect();
        let tenants: Vec<_> = tenants.into_iter().map(|tenant| Arg::Id(tenant.0)).collect();
        self.heads.ask(script, &tenants);
        let commands = reads.iter().filter_map(|read| Some((read.tenant, read.command?)));
        let commands: Vec<_> = commands.flat_map(|(of, id)| [Arg::Id(of.0), Arg::Id(id.0)]).collect();
        self.receipts.ask(script, &commands);
        let claims: BTreeSet<_> =
            reads.iter().flat_map(|read| read.claims.iter().map(|claim| (read.tenant, claim))).collect();
        let claims = claims.into_iter().flat_map(|(tenant, claim)| {
            [Arg::Id(tenant.0), Arg::Text(claim.space.to_string()), Arg::Text(claim.value.to_string())]
        });
        self.claims.ask(script, &claims.collect::<Vec<_>>());
        self.ask_records(script, reads)
    }

    fn ask_records(&mut self, script: &mut Script, reads: &[Arc<Read>]) -> BTreeMap<usize, &'static Kind> {
        let keys: BTreeSet<_> =
            reads.iter().flat_map(|read| read.keys.iter().map(|key| (read.tenant, *key))).collect();
        let mut kinds: BTreeMap<&str, (&'static Kind, Vec<Arg>)> = BTreeMap::new();
        for (tenant, key) in keys {
            let (_, args) = kinds.entry(key.kind.name).or_insert_with(|| (key.kind, Vec::new()));
            args.extend([Arg::Id(tenant.0), Arg::Id(key.id)]);
        }
        let mut parts = BTreeMap::new();
        for (part, (name, records)) in (part::KINDS..).zip(&mut self.records) {
            if let Some((kind, args)) = kinds.remove(name) {
                records.ask(script, &args);
                parts.insert(part, kind);
            }
        }
        parts
    }
}

impl All {
    fn take(&mut self, row: SqliteRow, kinds: &BTreeMap<usize, &'static Kind>) -> Result<(), Failure> {
        match part::of(&row)? {
            part::HEAD => self.before.take_head(&row)?,
            part::RECEIPT => self.before.take_receipt(&row)?,
            part::CLAIM => self.before.take_claim(&row)?,
            part => {
                // Invariant: the parts of kinds are those that were asked for.
                if let Some(kind) = kinds.get(&part) {
                    let key = (TenantId(row.id(1)?), kind.key(row.id(2)?));
                    self.records.insert(key, Arc::new(row));
                }
            }
        }
        Ok(())
    }

    fn found(&self, read: &Read) -> Found {
        let tenant = read.tenant;
        let records = read.keys.iter().map(|key| (*key, self.records.get(&(tenant, *key)).cloned()));
        let claims = read.claims.iter().map(|claim| (claim.clone(), self.before.owner(tenant, claim)));
        Found {
            head: self.before.head(tenant),
            records: records.collect(),
            claims: claims.collect(),
            first: read.command.and_then(|command| self.before.first(tenant, command)),
        }
    }
}

/// Records and claims of a load that is read together with others: what commands read fits, and a load for many records
/// holds nobody up.
const KEYS_MAX: usize = 8;
