use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::StoreError;
use super::groups::GroupBy;
use super::kind::{Kind, Loaded, Version};
use super::lead::served;
use super::read::Head;
use crate::base::TenantId;
use crate::base::limits::{PAGE_COLUMNS_MAX, PAGE_RELATED_MAX, PAGE_ROWS_MAX, SORT_COLUMNS_MAX};
use crate::condition::{Filter, Place, Row, Slot, Value};
use crate::text::TextQuery;

/// Asks for one page of a kind.
#[derive(Debug, Clone)]
pub struct Query {
    /// The tenant.
    pub tenant: TenantId,
    /// The kind.
    pub kind: &'static Kind,
    /// What rows must meet: what the caller asks, and what the caller may see.
    pub filter: Filter,
    /// What a text of each row must hold. Such rows come in an order of their own, those written first last.
    pub text: Option<TextFilter>,
    /// The order; the id always comes last, in the direction of the last part.
    pub sort: Vec<SortBy>,
    /// The page after this place.
    pub after: Option<Cursor>,
    /// At most so many rows, up to [`PAGE_ROWS_MAX`].
    pub limit: usize,
    /// What is wanted of each row.
    pub select: Select,
}

/// What one of a row's texts must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFilter {
    /// What is searched for: one text must have every term.
    pub query: TextQuery,
    /// The names of the texts, at least one.
    pub texts: Vec<&'static str>,
}

impl TextFilter {
    /// Searches for something in some texts.
    #[must_use]
    pub fn new(query: TextQuery, texts: &[&'static str]) -> Self {
        Self { query, texts: texts.to_vec() }
    }

    /// The places of its texts among those of a kind.
    pub fn places<'a>(&'a self, kind: &'a Kind) -> impl Iterator<Item = usize> + 'a {
        self.texts.iter().filter_map(|name| kind.text(name))
    }
}

/// What a query wants of the rows that it finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Select {
    /// The values at these places.
    Columns(Vec<Place>),
    /// The whole records.
    Records,
    /// Only their number, whatever the limit and the cursor.
    Count,
    /// Only how many there are of each group, whatever the limit, the order and the cursor.
    Groups(GroupBy),
}

/// A part of the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortBy {
    /// Where the value stands that rows are sorted by.
    pub place: Place,
    /// The direction.
    pub direction: Direction,
}

impl SortBy {
    /// Sorts by the value at a place.
    pub fn new(place: impl Into<Place>, direction: Direction) -> Self {
        Self { place: place.into(), direction }
    }
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
    /// The values of the sort columns; of a query for a text, the number of the row in the order of writing.
    pub values: Vec<Value>,
    /// The id.
    pub id: Uuid,
}

/// One page of a query.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Where the tenant stood at the moment of which all else is.
    pub head: Head,
    /// The rows; none when only their number or groups were asked for.
    pub rows: Vec<PageRow>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
    /// The number of all rows, when it was asked for.
    pub count: Option<u64>,
    /// The groups that were asked for, each with the number of its rows: by value, nothing first; of buckets, by the
    /// edge at which each begins.
    pub groups: Vec<(Value, u64)>,
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
        Self { tenant, kind, filter, text: None, sort, after, limit, select: Select::Records }
    }

    /// Holds the query against the limits and the indexes; every store asks this first.
    ///
    /// Over a kind that grows, a term that every row must meet has to lead to an index, or the order when no term takes
    /// much away. An order that begins with a related value leads to none, so that it needs such a term; what is related
    /// has to be found by its owner; and what is grouped has to begin an index.
    ///
    /// # Errors
    /// [`StoreError::Limit`], [`StoreError::Unindexed`], [`StoreError::BadCursor`].
    pub fn within_limits(&self) -> Result<(), StoreError> {
        StoreError::within("rows of a page", self.limit, PAGE_ROWS_MAX)?;
        StoreError::within("sort columns of a query", self.sort.len(), SORT_COLUMNS_MAX)?;
        StoreError::within("columns of a page", self.selected().len(), PAGE_COLUMNS_MAX)?;
        let related = self.places().filter(|place| matches!(place, Place::Related(_)));
        StoreError::within("related values of a page", related.count(), PAGE_RELATED_MAX)?;
        if self.after.as_ref().is_some_and(|cursor| !self.made(cursor)) {
            return Err(StoreError::BadCursor);
        }
        if let Select::Groups(by) = &self.select {
            by.within_limits()?;
        }
        served(self)
    }

    /// Whether a cursor fits the order: one value for each column, of the column's type or absent.
    fn made(&self, cursor: &Cursor) -> bool {
        if self.text.is_some() {
            return matches!(cursor.values[..], [Value::Int(_)]);
        }
        let fits = |(sort, value): (&SortBy, &Value)| {
            let column = self.kind.column_at(&sort.place).map(|column| column.ty);
            value.ty().is_none_or(|ty| column == Some(ty))
        };
        cursor.values.len() == self.sort.len() && self.sort.iter().zip(&cursor.values).all(fits)
    }

    /// The places that it looks at beside its filter.
    pub(super) fn places(&self) -> impl Iterator<Item = &Place> {
        self.sort.iter().map(|sort| &sort.place).chain(self.selected())
    }

    fn selected(&self) -> &[Place] {
        match &self.select {
            Select::Columns(places) => places,
            Select::Groups(by) => std::slice::from_ref(by.place()),
            Select::Records | Select::Count => &[],
        }
    }

    /// The direction in which ids decide between equal rows.
    #[must_use]
    pub fn id_direction(&self) -> Direction {
        self.sort.last().map_or(Direction::Ascending, |sort| sort.direction)
    }

    /// How two rows are ordered.
    pub fn order(&self, a: &dyn Row, b: &dyn Row) -> Ordering {
        let by_id = SortBy::new(Slot::ID, self.id_direction());
        self.sort.iter().chain([&by_id]).fold(Ordering::Equal, |order, sort| {
            order.then_with(|| sort.direction.apply(a.at(&sort.place).sort_order(b.at(&sort.place))))
        })
    }

    /// How a row is ordered against a cursor.
    pub fn order_to(&self, row: &dyn Row, cursor: &Cursor) -> Ordering {
        let columns = self.sort.iter().zip(&cursor.values).fold(Ordering::Equal, |order, (sort, value)| {
            order.then_with(|| sort.direction.apply(row.at(&sort.place).sort_order(value.borrow())))
        });
        let id = Value::Id(cursor.id);
        columns.then_with(|| self.id_direction().apply(row.value(Slot::ID).sort_order(id.borrow())))
    }

    /// The place after a row.
    #[must_use]
    pub fn cursor(&self, row: &dyn Row, id: Uuid) -> Cursor {
        Cursor { values: self.sort.iter().map(|sort| row.at(&sort.place).to_owned()).collect(), id }
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
