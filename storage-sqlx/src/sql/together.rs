//! What many loads ask for, and what each of them is told of what was found.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::sync::Arc;

use okno::base::{CommandId, TenantId};
use okno::store::{ClaimKey, Head, Key, Kind, Read, Remembered, Snapshot as _, StoreError, View};
use sqlx::Database;
use uuid::Uuid;

use super::before::Before;
use super::database::Sql;
use super::load::loaded;
use super::row::SqlRow;

/// The statements that read what many loads ask for, all of one moment.
pub(crate) trait ReadsTogether: Send {
    /// The database that they are run on.
    type Database: Sql;

    /// Reads what loads ask for.
    fn read(
        &mut self,
        connection: &mut <Self::Database as Database>::Connection,
        reads: &[Arc<Read>],
    ) -> impl Future<Output = Result<All<<Self::Database as Database>::Row>, <Self::Database as Sql>::Failure>>
    + Send;
}

/// Whether a load can be read together with others: it has no lookups, and asks for few records.
pub(crate) fn is_shared(read: &Read) -> bool {
    read.lookups.is_empty() && read.keys.len() + read.claims.len() <= KEYS_MAX
}

/// What several loads ask for, each thing once.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) tenants: BTreeSet<TenantId>,
    pub(crate) commands: Vec<(TenantId, CommandId)>,
    pub(crate) claims: BTreeSet<(TenantId, &'a ClaimKey)>,
    /// Records, by the names of their kinds.
    pub(crate) records: BTreeMap<&'static str, OfKind>,
}

/// Records of a kind, with their tenants.
type OfKind = (&'static Kind, BTreeSet<(TenantId, Uuid)>);

impl<'a> Asked<'a> {
    pub(crate) fn by(reads: &'a [Arc<Read>]) -> Self {
        let claims = reads.iter().flat_map(|read| read.claims.iter().map(|claim| (read.tenant, claim)));
        let mut records = BTreeMap::new();
        for (tenant, key) in reads.iter().flat_map(|read| read.keys.iter().map(|key| (read.tenant, key))) {
            let (_, ids) = records.entry(key.kind.name).or_insert_with(|| (key.kind, BTreeSet::new()));
            ids.insert((tenant, key.id));
        }
        Self {
            tenants: reads.iter().map(|read| read.tenant).collect(),
            commands: reads.iter().filter_map(|read| Some((read.tenant, read.command?))).collect(),
            claims: claims.collect(),
            records,
        }
    }
}

/// What was found for all of them.
#[derive(Debug)]
pub(crate) struct All<R> {
    /// Heads, receipts and owners.
    pub(crate) before: Before,
    /// Rows from which [`loaded`] reads records, behind their first column.
    pub(crate) records: HashMap<(TenantId, Key), Arc<R>>,
}

impl<R> Default for All<R> {
    fn default() -> Self {
        Self { before: Before::default(), records: HashMap::new() }
    }
}

impl<R> All<R> {
    /// What one of them asked for.
    pub(crate) fn found(&self, read: &Read) -> Found<R> {
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

/// What was found for one load.
#[derive(Debug)]
pub(crate) struct Found<R> {
    head: Head,
    records: Vec<(Key, Option<Arc<R>>)>,
    claims: BTreeMap<ClaimKey, Option<Uuid>>,
    first: Option<Remembered>,
}

impl<R: SqlRow> Found<R> {
    /// Reads the records back.
    ///
    /// # Errors
    /// A record that a newer program wrote, or that cannot be read.
    pub(crate) fn view(self) -> Result<View, StoreError> {
        let Self { head, records, claims, first } = self;
        let records = records.into_iter().map(|(key, row)| {
            let record = row.map(|row| loaded(key.kind, &*row, 1)).transpose()?;
            Ok((key, record))
        });
        let records = records.collect::<Result<_, StoreError>>()?;
        Ok(View { head, records, lookups: Vec::new(), claims, first })
    }
}

/// Records and claims of a load that is read together with others: what commands read fits, and a load for many records
/// holds nobody up.
const KEYS_MAX: usize = 8;
