//! Why a request stands where it stands in a list.

use std::cmp::Ordering;

use super::error::DeskError;
use super::list::{List, RequestFields};
use super::requests::Requests;
use crate::base::limits::PAGE_ROWS_MAX;
use crate::condition::{Comparison, Condition, Explanation, Expr, FieldRef, Slot, Unasked, Value};
use crate::config::catalog::Action;
use crate::life::WorldAt;
use crate::life::request::RequestId;
use crate::store::{Cursor, Direction, Page, PageRow, Query, Select, SortBy};

/// Why a request stands where it stands in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Why it meets the filter of the list, or does not.
    pub filter: Explanation,
    /// Whether the list leaves it out because the actor has read everything in it.
    pub read: bool,
    /// How many stand before it; none when it is not in the list.
    pub before: Option<Before>,
    /// What it is sorted by, the first part first.
    pub order: Vec<OrderPart>,
    /// The request just above, and what decides between both.
    pub above: Option<Neighbour>,
    /// The request just below, and what decides between both.
    pub below: Option<Neighbour>,
}

/// How many requests stand before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// So many.
    Exactly(u64),
    /// More than these: nobody looks for the reason so far down.
    MoreThan(u64),
}

/// A part of an order, with what a request has there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPart {
    /// The field.
    pub field: String,
    /// The direction.
    pub direction: Direction,
    /// The value.
    pub value: Value,
}

/// A request that stands next to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// The request.
    pub request: RequestId,
    /// The first part of the order in which both differ, with the neighbour's value; none when only their ids do.
    pub decided_by: Option<OrderPart>,
}

impl Requests {
    /// Why a request stands where it stands in a list, as an operator sees it.
    ///
    /// # Errors
    /// There is no such request for the actor, the problems of the list.
    pub async fn why(&self, list: &List, id: RequestId) -> Result<Placement, DeskError> {
        self.placed(list, id, Action::See).await
    }

    /// The same as a requester sees it.
    ///
    /// # Errors
    /// There is no such request for the actor, the problems of the list.
    pub async fn why_own(&self, list: &List, id: RequestId) -> Result<Placement, DeskError> {
        self.placed(list, id, Action::SeeOwn).await
    }

    async fn placed(&self, list: &List, id: RequestId, action: Action) -> Result<Placement, DeskError> {
        let (world, request, _) = self.load(id).await?;
        self.may(&world, action, &request)?;
        let fields = RequestFields::new(&world.catalog, action);
        let asked = fields.ask(&list.filter, self.0.actor.on_behalf_of().id)?;
        let env = WorldAt { world: &world, now: self.0.desk.now() };
        let filter = asked.explain(&request.row(), &env);
        let list = List { after: None, ..list.clone() };
        let mut query = self.list_query(&list, action, &world)?;
        if query.sort.is_empty() {
            // Without an order rows stand by id.
            query.sort = vec![SortBy::new(Slot::ID, Direction::Ascending)];
        }
        query.select = Select::Columns(query.sort.iter().map(|sort| sort.place.clone()).collect());
        let Some(row) = self.row_of(&query, id).await? else {
            let read = list.unread && self.unread_among(&Condition::eq("id", id.0), action).await?.is_empty();
            return Ok(Placement { filter, read, before: None, order: Vec::new(), above: None, below: None });
        };
        let order = order_of(&list, &row);
        let below = self.beside((&query, 1), &row).await?;
        let above = self.beside((&reversed(&query), PAGE_ROWS_MAX), &row).await?;
        let before = match above.next {
            Some(_) => Before::MoreThan(above.rows.len() as u64),
            None => Before::Exactly(above.rows.len() as u64),
        };
        let nearest = |page: Page| page.rows.first().map(|row| neighbour(&order, row));
        let (above, below) = (nearest(above), nearest(below));
        Ok(Placement { filter, read: false, before: Some(before), order, above, below })
    }

    async fn row_of(&self, query: &Query, id: RequestId) -> Result<Option<PageRow>, DeskError> {
        let it = Expr::Compare(FieldRef::new(Slot::ID, "id"), Comparison::Eq, Value::Id(id.0));
        let mut query = query.clone();
        query.filter = query.filter.and(it.ground(&Unasked));
        Ok(self.0.desk.store().query(query).await?.rows.pop())
    }

    async fn beside(&self, (query, limit): (&Query, usize), row: &PageRow) -> Result<Page, DeskError> {
        let after = Some(Cursor { values: row.values.clone(), id: row.id });
        Ok(self.0.desk.store().query(Query { after, limit, ..query.clone() }).await?)
    }
}

fn order_of(list: &List, row: &PageRow) -> Vec<OrderPart> {
    let parts = list.sort.iter().zip(&row.values);
    parts
        .map(|((field, direction), value)| OrderPart {
            field: field.clone(),
            direction: *direction,
            value: value.clone(),
        })
        .collect()
}

fn neighbour(order: &[OrderPart], row: &PageRow) -> Neighbour {
    let differs = |(part, value): &(&OrderPart, &Value)| {
        part.value.borrow().sort_order(value.borrow()) != Ordering::Equal
    };
    let decided_by = order.iter().zip(&row.values).find(differs);
    let decided_by = decided_by.map(|(part, value)| OrderPart { value: value.clone(), ..part.clone() });
    Neighbour { request: RequestId(row.id), decided_by }
}

fn reversed(query: &Query) -> Query {
    let mut query = query.clone();
    for sort in &mut query.sort {
        sort.direction = match sort.direction {
            Direction::Ascending => Direction::Descending,
            Direction::Descending => Direction::Ascending,
        };
    }
    query
}
