//! Indexes of searched texts: a table of FTS5 for each kind that has any.
//!
//! A row of a kind has the same number in its table and in the index. The number begins with that of its tenant, so that
//! the rows of a tenant lie together, in the order of writing.

use std::collections::HashMap;

use okno::base::TenantId;
use okno::store::StoreError;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::failure::Failure;
use super::kind_table;
use super::rows::ManyRows;
use super::script::Script;
use crate::sql::{Arg, NUMBER_BITS, PreparedTexts, SqlRow as _, Table, text_index};

/// How the tenants of a group are numbered.
#[derive(Debug, Default)]
pub(crate) struct Numbers(HashMap<TenantId, Numbered>);

/// The number of a tenant, and how many searched records it had.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbered {
    pub(crate) number: i64,
    pub(crate) texts: i64,
}

impl Numbers {
    /// Takes the tenant at a place of a row, and `number, texts` at another.
    pub(crate) fn take_tenant(&mut self, row: &SqliteRow, of: usize, at: usize) -> Result<(), StoreError> {
        let numbered = Numbered { number: row.int(at)?, texts: row.int(at + 1)? };
        self.0.insert(TenantId(row.id(of)?), numbered);
        Ok(())
    }

    /// Gives numbers to tenants that have none yet.
    pub(crate) async fn number_new(
        &mut self,
        connection: &mut SqliteConnection,
        tenants: impl Iterator<Item = TenantId>,
    ) -> Result<(), Failure> {
        let mut new: Vec<_> = tenants.filter(|tenant| !self.0.contains_key(tenant)).collect();
        if new.is_empty() {
            return Ok(());
        }
        new.sort_unstable();
        let last =
            sqlx::query("SELECT coalesce(max(number), 0) FROM okno_head").fetch_one(connection).await?;
        let last: i64 = last.try_get(0)?;
        let numbered = new.into_iter().zip(last + 1..);
        self.0.extend(numbered.map(|(tenant, number)| (tenant, Numbered { number, texts: 0 })));
        Ok(())
    }

    /// How a tenant stood.
    pub(crate) fn tenant(&self, tenant: TenantId) -> Numbered {
        self.0.get(&tenant).copied().unwrap_or(Numbered { number: 0, texts: 0 })
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

/// The statements that write new rows with searched texts, and the index of the texts.
#[derive(Debug)]
pub(crate) struct TextStatements {
    insert: ManyRows,
    index: ManyRows,
    index_again: ManyRows,
    remove: ManyRows,
}

impl TextStatements {
    pub(crate) fn new(table: &Table) -> Self {
        let (name, index) = (&table.name, text_index(table.kind));
        let texts: Vec<_> = table.kind.texts.iter().map(|text| format!("\"{text}\"")).collect();
        let joined =
            format!(") AS k CROSS JOIN {name} AS t ON t.\"tenant\" = k.column1 AND t.\"id\" = k.column2");
        let taken: String = (0..texts.len()).map(|n| format!(", k.column{}", n + 3)).collect();
        let again = format!(
            "INSERT INTO {index} (rowid, {}) SELECT t.\"row_number\"{taken} FROM (VALUES ",
            texts.join(", ")
        );
        let remove = format!("DELETE FROM {index} WHERE rowid IN (SELECT t.\"row_number\" FROM (VALUES ");
        Self {
            insert: kind_table::insert_numbered(table, name),
            index: self::index(table),
            index_again: ManyRows::new(again, 2 + texts.len(), format!("{joined} ORDER BY t.\"row_number\"")),
            remove: ManyRows::new(remove, 2, format!("{joined})")),
        }
    }

    /// Takes rows out of the index, as long as they are there.
    pub(crate) fn remove(&mut self, script: &mut Script, gone: Vec<Arg>) {
        self.remove.add(script, gone);
    }

    /// Writes new rows, and what the index holds of new and of changed ones. Numbers rise, as FTS5 writes what it has
    /// gathered when one falls.
    pub(crate) fn add(&mut self, script: &mut Script, NewTexts { mut new, changed }: NewTexts) {
        new.sort_unstable_by_key(|(number, ..)| *number);
        let (mut rows, mut indexed) = (Vec::new(), Vec::new());
        for (number, row, texts) in new {
            rows.extend(row.into_iter().chain([Arg::Int(number)]));
            indexed.extend(texts.into_iter().flat_map(|texts| index_row(number, texts)));
        }
        self.insert.add(script, rows);
        self.index_again.add(script, changed);
        self.index.add(script, indexed);
    }
}

/// Adds rows to the index of a kind, each with its number.
pub(crate) fn index(table: &Table) -> ManyRows {
    let texts = table.kind.texts.iter().map(|text| format!("\"{text}\""));
    let columns: Vec<_> = std::iter::once("rowid".to_owned()).chain(texts).collect();
    let columns: Vec<_> = columns.iter().map(String::as_str).collect();
    ManyRows::insert(&text_index(table.kind), &columns, &[])
}

/// A row of an index.
pub(crate) fn index_row(number: i64, texts: Vec<String>) -> impl Iterator<Item = Arg> {
    std::iter::once(Arg::Int(number)).chain(texts.into_iter().map(Arg::Text))
}

/// What a group changes in the searched texts of a kind.
#[derive(Debug, Default)]
pub(crate) struct TextChanges {
    gone: Vec<Arg>,
    new: NewTexts,
}

/// New rows with their numbers and what the index holds of them, and what it holds of rows that changed.
#[derive(Debug, Default)]
pub(crate) struct NewTexts {
    new: Vec<(i64, Vec<Arg>, Option<Vec<String>>)>,
    changed: Vec<Arg>,
}

impl TextChanges {
    /// Takes a row out of the index.
    pub(crate) fn remove(&mut self, table: &Table, id: &[Arg; 2]) {
        if table.is_searched() {
            self.gone.extend(id.clone());
        }
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, number: i64, row: Vec<Arg>, texts: &PreparedTexts) {
        self.new.new.push((number, row, texts.is_some().then(|| texts.indexed())));
    }

    /// Indexes a row anew.
    pub(crate) fn change(&mut self, table: &Table, id: &[Arg; 2], texts: &PreparedTexts) {
        self.remove(table, id);
        if table.is_searched() && texts.is_some() {
            self.new.changed.extend(id.iter().cloned().chain(texts.indexed().into_iter().map(Arg::Text)));
        }
    }

    /// What goes first, and what comes then.
    pub(crate) fn split(self) -> (Vec<Arg>, NewTexts) {
        (self.gone, self.new)
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
