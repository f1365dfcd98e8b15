use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::StoreError;
use super::kind::{Kind, Loaded, Version};
use crate::base::TenantId;
use crate::base::limits::{PAGE_ROWS_MAX, SORT_COLUMNS_MAX};
use crate::condition::{Comparison, Expr, Filter, Row, Slot, Value};

/// Asks for one page of a kind.
#[derive(Debug, Clone)]
pub struct Query {
    /// The tenant.
    pub tenant: TenantId,
    /// The kind.
    pub kind: &'static Kind,
    /// What rows must meet: what the caller asks, and what the caller may see.
    pub filter: Filter,
    /// The order; the id always comes last, in the direction of the last column.
    pub sort: Vec<SortBy>,
    /// The page after this place.
    pub after: Option<Cursor>,
    /// At most so many rows, up to [`PAGE_ROWS_MAX`].
    pub limit: usize,
    /// What is wanted of each row.
    pub select: Select,
}

/// What a query wants of the rows that it finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Select {
    /// These columns.
    Columns(Vec<Slot>),
    /// The whole records.
    Records,
    /// Only their number, whatever the limit and the cursor.
    Count,
}

/// A column of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortBy {
    /// The column.
    pub slot: Slot,
    /// The direction.
    pub direction: Direction,
}

/// A direction of an order. Ascending puts absent values first, descending puts them last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Small values first.
    Ascending,
    /// Large values first.
    Descending,
}

/// A place between two rows of a query: what the row before it was sorted by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The values of the sort columns.
    pub values: Vec<Value>,
    /// The id.
    pub id: Uuid,
}

/// One page of a query.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The rows; none when only their number was asked for.
    pub rows: Vec<PageRow>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
    /// The number of all rows, when it was asked for.
    pub count: Option<u64>,
}

/// A row of a page.
#[derive(Debug, Clone)]
pub struct PageRow {
    /// The record's id.
    pub id: Uuid,
    /// The record's version.
    pub version: Version,
    /// The columns asked for, in the order asked.
    pub values: Vec<Value>,
    /// The whole record, when it was asked for.
    pub record: Option<Loaded>,
}

impl Query {
    /// Asks for the whole records of a kind that meet a filter, by id.
    #[must_use]
    pub fn records(tenant: TenantId, kind: &'static Kind, filter: Filter) -> Self {
        let (sort, after, limit) = (Vec::new(), None, PAGE_ROWS_MAX);
        Self { tenant, kind, filter, sort, after, limit, select: Select::Records }
    }

    /// Holds the query against the limits and the indexes; every store asks this first.
    ///
    /// # Errors
    /// [`StoreError::Limit`], [`StoreError::Unindexed`], [`StoreError::BadCursor`].
    pub fn within_limits(&self) -> Result<(), StoreError> {
        StoreError::within("rows of a page", self.limit, PAGE_ROWS_MAX)?;
        StoreError::within("sort columns of a query", self.sort.len(), SORT_COLUMNS_MAX)?;
        if self.after.as_ref().is_some_and(|cursor| !self.made(cursor)) {
            return Err(StoreError::BadCursor);
        }
        self.has_index()
    }

    /// Whether a cursor fits the order: one value for each column, of the column's type or absent.
    fn made(&self, cursor: &Cursor) -> bool {
        let fits = |(sort, value): (&SortBy, &Value)| {
            let column = self.kind.column(sort.slot).map(|column| column.ty);
            value.ty().is_none_or(|ty| column == Some(ty))
        };
        cursor.values.len() == self.sort.len() && self.sort.iter().zip(&cursor.values).all(fits)
    }

    /// The direction in which ids decide between equal rows.
    #[must_use]
    pub fn id_direction(&self) -> Direction {
        self.sort.last().map_or(Direction::Ascending, |sort| sort.direction)
    }

    /// How two rows are ordered.
    pub fn order(&self, a: &dyn Row, b: &dyn Row) -> Ordering {
        let by_id = SortBy { slot: Slot::ID, direction: self.id_direction() };
        self.sort.iter().chain([&by_id]).fold(Ordering::Equal, |order, sort| {
            order.then_with(|| sort.direction.apply(a.value(sort.slot).sort_order(b.value(sort.slot))))
        })
    }

    /// How a row is ordered against a cursor.
    pub fn order_to(&self, row: &dyn Row, cursor: &Cursor) -> Ordering {
        let columns = self.sort.iter().zip(&cursor.values).fold(Ordering::Equal, |order, (sort, value)| {
            order.then_with(|| sort.direction.apply(row.value(sort.slot).sort_order(value.borrow())))
        });
        let id = Value::Id(cursor.id);
        columns.then_with(|| self.id_direction().apply(row.value(Slot::ID).sort_order(id.borrow())))
    }

    /// The place after a row.
    #[must_use]
    pub fn cursor(&self, row: &dyn Row, id: Uuid) -> Cursor {
        Cursor { values: self.sort.iter().map(|sort| row.value(sort.slot).to_owned()).collect(), id }
    }

    /// A growing kind is never scanned for a term that an index does not lead to: either a term that every row must
    /// meet leads to an index, or the order does and no term is selective.
    fn has_index(&self) -> Result<(), StoreError> {
        if !self.kind.growing {
            return Ok(());
        }
        let mut unserved = Vec::new();
        if narrows(self.filter.expr(), self.kind, &mut unserved) {
            return Ok(());
        }
        if let Some(sort) = self.sort.first().filter(|sort| !self.kind.leads(sort.slot)) {
            unserved
                .push(self.kind.column(sort.slot).map_or_else(String::new, |column| column.name.to_owned()));
        }
        match unserved.into_iter().next() {
            Some(field) => Err(StoreError::Unindexed { kind: self.kind.name, field }),
            None => Ok(()),
        }
    }
}

/// Whether an index leads to the rows that meet the expression; gathers the selective terms that no index serves.
fn narrows(expr: &Expr, kind: &Kind, unserved: &mut Vec<String>) -> bool {
    match expr {
        Expr::All(parts) => {
            let mut served = false;
            for part in parts {
                served |= narrows(part, kind, unserved);
            }
            served
        }
        Expr::Any(parts) => {
            // Nothing meets an empty choice, so no row is read at all.
            let mut served = true;
            for part in parts {
                served &= narrows(part, kind, unserved);
            }
            served
        }
        Expr::Compare(_, Comparison::Ne, _)
        | Expr::Has(_)
        | Expr::Not(_)
        | Expr::Under(..)
        | Expr::Age(..) => false,
        Expr::Compare(field, ..) | Expr::In(field, _) | Expr::Matches(field, ..) => {
            let served = kind.leads(field.slot);
            if !served {
                unserved.push(field.code.to_string());
            }
            served
        }
        // The rows of the relation are found first, and each leads to its owner by id.
        Expr::Exists(name, inner) => match kind.relation(name) {
            Some(relation) => !relation.kind.growing || narrows(inner, relation.kind, unserved),
            None => false,
        },
    }
}

impl Kind {
    /// Whether an index begins with the column.
    fn leads(&self, slot: Slot) -> bool {
        slot == Slot::ID || self.indexes.iter().any(|index| index.columns.first() == Some(&slot))
    }
}

impl Direction {
    fn apply(self, order: Ordering) -> Ordering {
        match self {
            Self::Ascending => order,
            Self::Descending => order.reverse(),
        }
    }
}
