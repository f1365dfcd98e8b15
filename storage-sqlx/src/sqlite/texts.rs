//! Indexes of searched texts: a table of FTS5 for each kind that has any.
//!
//! A row of a kind has the same number in its table and in the index. The number begins with that of its tenant, so that
//! the rows of a tenant lie together, in the order of writing.

use std::collections::HashMap;

use okno::base::TenantId;
use okno::store::{Key, Kind, StoreError};
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::failure::Failure;
use super::rows::ManyRows;
use crate::sql::{Arg, NUMBER_BITS, SqlRow as _, Table, text_index};

/// Where tenants and searched records stood before a group.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    tenants: HashMap<TenantId, Numbered>,
    rows: HashMap<(TenantId, Key), Known>,
}

/// The number of a tenant, and how many searched records it had.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbered {
    pub(crate) number: i64,
    pub(crate) texts: i64,
}

/// A row with searched texts: its number, and the digest of its texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(crate) number: i64,
    pub(crate) digest: Option<i64>,
}

impl Numbers {
    /// Takes the tenant of a row, and `number, texts` at a place of it.
    pub(crate) fn take_tenant(&mut self, row: &SqliteRow, at: usize) -> Result<(), StoreError> {
        let numbered = Numbered { number: row.int(at)?, texts: row.int(at + 1)? };
        self.tenants.insert(TenantId(row.id(0)?), numbered);
        Ok(())
    }

    /// Takes `tenant, id`, and `row_number, row_texts` at a place of a row.
    pub(crate) fn take_row(
        &mut self,
        kind: &'static Kind,
        row: &SqliteRow,
        at: usize,
    ) -> Result<(), StoreError> {
        let known = Known { number: row.int(at)?, digest: row.some_int(at + 1)? };
        self.rows.insert((TenantId(row.id(0)?), kind.key(row.id(1)?)), known);
        Ok(())
    }

    /// Gives numbers to tenants that have none yet.
    pub(crate) async fn number_new(
        &mut self,
        connection: &mut SqliteConnection,
        tenants: impl Iterator<Item = TenantId>,
    ) -> Result<(), Failure> {
        let mut new: Vec<_> = tenants.filter(|tenant| !self.tenants.contains_key(tenant)).collect();
        if new.is_empty() {
            return Ok(());
        }
        new.sort_unstable();
        let last =
            sqlx::query("SELECT coalesce(max(number), 0) FROM okno_head").fetch_one(connection).await?;
        let last: i64 = last.try_get(0)?;
        let numbered = new.into_iter().zip(last + 1..);
        self.tenants.extend(numbered.map(|(tenant, number)| (tenant, Numbered { number, texts: 0 })));
        Ok(())
    }

    /// How a tenant stood.
    pub(crate) fn tenant(&self, tenant: TenantId) -> Numbered {
        self.tenants.get(&tenant).copied().unwrap_or(Numbered { number: 0, texts: 0 })
    }

    /// What was known of a row.
    pub(crate) fn row(&self, tenant: TenantId, key: Key) -> Option<Known> {
        self.rows.get(&(tenant, key)).copied()
    }
}

impl Numbered {
    /// The number of the tenant's row that comes so many after those that it had.
    pub(crate) fn row(self, born: u64) -> Result<i64, StoreError> {
        let within = i64::try_from(born).ok().and_then(|born| self.texts.checked_add(born));
        let whole = within.filter(|within| *within < 1 << NUMBER_BITS);
        let number = whole.and_then(|within| Some(self.number.checked_mul(1 << NUMBER_BITS)? | within));
        number.ok_or_else(|| StoreError::Limit {
            what: "searched records",
            found: usize::MAX,
            max: 1 << NUMBER_BITS,
        })
    }
}

/// The text that creates the index of a kind. It keeps no texts, and splits what it is given only where tokens end.
pub(crate) fn create(table: &Table) -> String {
    let texts: Vec<_> = table.kind.texts.iter().map(|text| format!("\"{text}\"")).collect();
    let options = "content = '', contentless_delete = 1, tokenize = 'ascii'";
    format!("CREATE VIRTUAL TABLE {} USING fts5({}, {options})", text_index(table.kind), texts.join(", "))
}

/// Adds rows to the index of a kind.
pub(crate) fn insert(table: &Table) -> ManyRows {
    let texts = table.kind.texts.iter().map(|text| format!("\"{text}\""));
    let columns: Vec<_> = std::iter::once("rowid".to_owned()).chain(texts).collect();
    let columns: Vec<_> = columns.iter().map(String::as_str).collect();
    ManyRows::insert(&text_index(table.kind), &columns, &[])
}

/// Takes rows out of the index of a kind.
pub(crate) fn delete(table: &Table) -> ManyRows {
    ManyRows::new(format!("DELETE FROM {} WHERE rowid IN (VALUES ", text_index(table.kind)), 1, ")")
}

/// What a group changes in the index of a kind.
#[derive(Debug, Default)]
pub(crate) struct IndexChanges {
    gone: Vec<i64>,
    new: Vec<(i64, Vec<String>)>,
}

impl IndexChanges {
    /// Takes a row out.
    pub(crate) fn remove(&mut self, number: i64) {
        self.gone.push(number);
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, number: i64, texts: Vec<String>) {
        self.new.push((number, texts));
    }

    /// The arguments of what goes and of what comes. Numbers rise, as FTS5 writes what it has gathered when one falls.
    pub(crate) fn args(mut self) -> (Vec<Arg>, Vec<Arg>) {
        self.gone.sort_unstable();
        self.new.sort_unstable_by_key(|(number, _)| *number);
        let new = self.new.into_iter().flat_map(|(number, texts)| {
            std::iter::once(Arg::Int(number)).chain(texts.into_iter().map(Arg::Text))
        });
        (self.gone.into_iter().map(Arg::Int).collect(), new.collect())
    }
}

/// The numbers of rows that move to another table: those that they had, or new ones.
#[derive(Debug)]
pub(crate) struct Numbering {
    /// Whether rows have numbers already.
    kept: bool,
    searched: bool,
    tenants: HashMap<TenantId, Numbered>,
}

impl Numbering {
    /// Reads how the tenants stand, before the rows of a kind move.
    pub(crate) async fn read(connection: &mut SqliteConnection, table: &Table) -> Result<Self, Failure> {
        let named = "SELECT count(*) FROM pragma_table_info(?) WHERE name = 'row_number'";
        let named = sqlx::query(named).bind(table.kind.name).fetch_one(&mut *connection).await?;
        let heads = sqlx::query("SELECT tenant, number, texts FROM okno_head").fetch_all(connection).await?;
        let tenants = heads
            .iter()
            .map(|row| Ok((TenantId(row.id(0)?), Numbered { number: row.int(1)?, texts: row.int(2)? })));
        let tenants = tenants.collect::<Result<_, StoreError>>()?;
        Ok(Self { kept: named.int(0)? > 0, searched: table.is_searched(), tenants })
    }

    /// Whether rows keep the numbers that they have.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept
    }

    /// The number of a row; none of one without searched texts.
    pub(crate) fn number(&mut self, tenant: TenantId, kept: Option<i64>) -> Result<Option<i64>, StoreError> {
        if !self.searched || kept.is_some() {
            return Ok(kept.filter(|_| self.searched));
        }
        let numbered = self.tenants.entry(tenant).or_insert(Numbered { number: 0, texts: 0 });
        let number = numbered.row(1)?;
        numbered.texts += 1;
        Ok(Some(number))
    }

    /// Writes down how many numbers were given.
    pub(crate) async fn write(self, connection: &mut SqliteConnection) -> Result<(), Failure> {
        for (tenant, numbered) in self.tenants {
            let text = "UPDATE okno_head SET texts = ? WHERE tenant = ?";
            sqlx::query(text).bind(numbered.texts).bind(tenant.0).execute(&mut *connection).await?;
        }
        Ok(())
    }
}
