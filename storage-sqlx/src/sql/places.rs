//! Where the values that a query looks at beside its filter stand: in its own table, or in one of those that belong.

use std::fmt;

use okno::condition::{FieldType, Place, Related, Slot, Value};
use okno::store::{Query, Relation, StoreError};

use super::statement::{Arg, Dialect, Statement, fits};
use super::table::{Table, TableColumn, Tables, text_index};

/// The columns of a query, with the joins that lead to those of other tables.
#[derive(Debug, Clone)]
pub(crate) struct Places<'a> {
    tenant: Arg,
    table: &'a Table,
    /// Whether a text is searched for.
    searched: bool,
    joins: Vec<Join<'a>>,
}

/// The row that holds a related value: the least present one, so that no row of the query is doubled.
#[derive(Debug, Clone)]
struct Join<'a> {
    related: Related,
    table: &'a Table,
    /// The column of the value.
    column: &'a TableColumn,
    pairs: Vec<Pair<'a>>,
    guard: Option<(&'a TableColumn, Arg)>,
}

/// Columns of two tables that are equal in rows that belong together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) theirs: &'a TableColumn,
    pub(crate) ours: &'a TableColumn,
}

/// A column of one of the tables of a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlacedColumn<'a> {
    table: Alias,
    column: &'a TableColumn,
}

#[derive(Debug, Clone, Copy)]
enum Alias {
    Own,
    Joined(usize),
}

impl<'a> Places<'a> {
    /// The places of a query over a table that the statement calls `t0`.
    ///
    /// # Errors
    /// [`StoreError::UnknownKind`] when a relation leads to a kind that the store was not opened with.
    pub(crate) fn new<'q>(
        tables: &'a Tables,
        query: &Query,
        places: impl IntoIterator<Item = &'q Place>,
    ) -> Result<Self, StoreError> {
        let table = tables.get(query.kind.name)?;
        let mut joins: Vec<Join<'a>> = Vec::new();
        for place in places {
            if let Place::Related(related) = place
                && joins.iter().all(|join| join.related != *related)
            {
                joins.extend(Join::new(tables, table, related)?);
            }
        }
        let (tenant, searched) = (Arg::Id(query.tenant.0), query.text.is_some());
        Ok(Self { tenant, table, searched, joins })
    }

    /// The column at a place; `None` when there is no such column, so that nothing ever stands there.
    pub(crate) fn column(&self, place: &Place) -> Option<PlacedColumn<'a>> {
        match place {
            Place::Own(slot) => {
                let column = self.table.column(*slot)?;
                Some(PlacedColumn { table: Alias::Own, column })
            }
            Place::Related(related) => {
                let number = self.joins.iter().position(|join| join.related == *related)?;
                Some(PlacedColumn { table: Alias::Joined(number), column: self.joins[number].column })
            }
        }
    }

    /// Writes the tables: `FROM … AS t0` and the joins. Where a text is searched for, its index `x` leads to the rows.
    pub(crate) fn write(&self, sql: &mut Statement) {
        let name = &self.table.name;
        match (self.searched, sql.dialect) {
            (true, Dialect::Sqlite) => {
                let index = text_index(self.table.kind);
                sql.put(format_args!(
                    " FROM {index} AS x CROSS JOIN {name} AS t0 ON t0.\"row_number\" = x.rowid"
                ));
            }
            (false, Dialect::Sqlite) | (_, Dialect::Postgres) => sql.put(format_args!(" FROM {name} AS t0")),
        }
        for (number, join) in self.joins.iter().enumerate() {
            join.write(sql, number, &self.tenant);
        }
    }
}

impl<'a> Join<'a> {
    /// The join to a value; `None` when nothing can stand there.
    fn new(tables: &'a Tables, own: &'a Table, related: &Related) -> Result<Option<Self>, StoreError> {
        let Some(relation) = own.kind.relation(related.relation) else { return Ok(None) };
        let table = tables.get(relation.kind.name)?;
        let (Some(column), Some(pairs)) = (table.column(related.slot), pairs(own, table, relation)) else {
            return Ok(None);
        };
        let guard = match &related.guard {
            Some((slot, name)) => match guard(table, *slot, name) {
                Some(guard) => Some(guard),
                None => return Ok(None),
            },
            None => None,
        };
        Ok(Some(Self { related: related.clone(), table, column, pairs, guard }))
    }

    fn write(&self, sql: &mut Statement, number: usize, tenant: &Arg) {
        let (name, key) = (&self.table.name, &self.column.key);
        sql.put(format_args!(" LEFT JOIN {name} AS s{number} ON s{number}.\"tenant\" = "));
        sql.bind(tenant.clone());
        sql.put(format_args!(
            " AND s{number}.\"id\" = (SELECT r.\"id\" FROM {name} AS r WHERE r.\"tenant\" = "
        ));
        sql.bind(tenant.clone());
        for Pair { theirs, ours } in &self.pairs {
            sql.put(format_args!(" AND r.{} = t0.{}", theirs.key, ours.key));
        }
        if let Some((column, name)) = &self.guard {
            sql.put(format_args!(" AND r.{} = ", column.key));
            sql.bind(name.clone());
        }
        let order = sql.dialect.order(false, self.column.nullable);
        sql.put(format_args!(" AND r.{key} IS NOT NULL ORDER BY r.{key} {order}, r.\"id\" LIMIT 1)"));
    }
}

/// The columns that are equal in rows that belong together; `None` when none ever do.
pub(crate) fn pairs<'a>(own: &'a Table, other: &'a Table, relation: &Relation) -> Option<Vec<Pair<'a>>> {
    let slots = std::iter::once((relation.column, relation.own)).chain(relation.same.iter().copied());
    let pairs = slots.map(|(theirs, ours)| {
        let pair = Pair { theirs: other.column(theirs)?, ours: own.column(ours)? };
        (pair.theirs.ty == pair.ours.ty).then_some(pair)
    });
    pairs.collect()
}

/// The column that names fields, and the name; `None` when no row has that name.
fn guard<'a>(table: &'a Table, slot: Slot, name: &Value) -> Option<(&'a TableColumn, Arg)> {
    let column = table.column(slot).filter(|column| fits(name, column.ty))?;
    let arg = Arg::key(name.borrow());
    arg.can_be_kept().then_some((column, arg))
}

impl PlacedColumn<'_> {
    /// The type of its values.
    pub(crate) fn ty(&self) -> FieldType {
        self.column.ty
    }

    /// What is compared and sorted.
    pub(crate) fn key(&self) -> String {
        format!("{}.{}", self.table, self.column.key)
    }

    /// What is read back.
    pub(crate) fn raw(&self) -> String {
        format!("{}.{}", self.table, self.column.raw)
    }

    /// Whether it may be longer than what an index holds.
    pub(crate) fn is_long(&self) -> bool {
        self.column.is_long
    }

    /// Whether it can be absent.
    pub(crate) fn nullable(&self) -> bool {
        match self.table {
            Alias::Own => self.column.nullable,
            Alias::Joined(_) => true,
        }
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("t0"),
            Self::Joined(number) => write!(f, "s{number}"),
        }
    }
}
