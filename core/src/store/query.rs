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
        let led = |sort: &&SortBy| self.kind.leads(sort.slot);
        let field = match lead(self.filter.expr(), self.kind) {
            Lead::Index => return Ok(()),
            Lead::Missing(field) => field,
            Lead::Nothing => match self.sort.first().filter(|sort| !led(sort)) {
                None => return Ok(()),
                Some(sort) => {
                    self.kind.column(sort.slot).map_or_else(String::new, |column| column.name.to_owned())
                }
            },
        };
        Err(StoreError::Unindexed { kind: self.kind.name, field })
    }
}

/// How the rows that meet an expression are found.
enum Lead {
    /// An index leads to them.
    Index,
    /// The expression takes little away: whatever the order, most rows meet it.
    Nothing,
    /// It takes much away, and this field has no index that would lead to what is left.
    Missing(String),
}

fn lead(expr: &Expr, kind: &Kind) -> Lead {
    match expr {
        // One part that an index serves is enough: the others only take away from what it finds.
        Expr::All(parts) => {
            let mut leads: Vec<Lead> = parts.iter().map(|part| lead(part, kind)).collect();
            let best = leads.iter().position(|lead| matches!(lead, Lead::Index));
            best.or_else(|| leads.iter().position(|lead| matches!(lead, Lead::Missing(_))))
                .map_or(Lead::Nothing, |place| leads.swap_remove(place))
        }
        // Every part has to be found. Nothing meets an empty choice, so no row is read at all.
        Expr::Any(parts) => {
            let mut leads: Vec<Lead> = parts.iter().map(|part| lead(part, kind)).collect();
            let worst = leads.iter().position(|lead| matches!(lead, Lead::Missing(_)));
            worst
                .or_else(|| leads.iter().position(|lead| matches!(lead, Lead::Nothing)))
                .map_or(Lead::Index, |place| leads.swap_remove(place))
        }
        Expr::Compare(_, Comparison::Ne, _)
        | Expr::Has(_)
        | Expr::Not(_)
        | Expr::Under(..)
        | Expr::Age(..) => Lead::Nothing,
        Expr::Compare(field, ..) | Expr::In(field, _) | Expr::Matches(field, ..) => {
            if kind.leads(field.slot) { Lead::Index } else { Lead::Missing(field.code.to_string()) }
        }
        // The rows of the relation are found first, and each leads to its owner by id.
        Expr::Exists(name, inner) => match kind.relation(name) {
            Some(relation) if relation.kind.growing => lead(inner, relation.kind),
            Some(_) => Lead::Index,
            None => Lead::Nothing,
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
