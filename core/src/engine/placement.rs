//! Why a request stands where it stands in a list.

use std::cmp::Ordering;

use super::error::DeskError;
use super::list::{List, RequestFields};
use super::requests::Requests;
use crate::condition::{Comparison, Explanation, Expr, FieldRef, Place, RelatedTerm, Slot, Unasked, Value};
use crate::config::catalog::Action;
use crate::life::WorldAt;
use crate::life::request::RequestId;
use crate::store::{Cursor, Direction, PageRow, Query, Select, SortBy};

/// Why a request stands where it stands in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Why it meets the filter of the list, or does not.
    pub filter: Explanation,
    /// How many stand before it, from 0; none when it is not in the list.
    pub before: Option<u64>,
    /// What it is sorted by, the first part first.
    pub order: Vec<OrderPart>,
    /// The request just above, and what decides between both.
    pub above: Option<Neighbour>,
    /// The request just below, and what decides between both.
    pub below: Option<Neighbour>,
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
        let asked = list.filter.used_by(self.0.actor.on_behalf_of().id, &fields).check(&fields)?;
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
            return Ok(Placement { filter, before: None, order: Vec::new(), above: None, below: None });
        };
        let order = order_of(&list, &row);
        let below = self.beside(&query, &row).await?.map(|next| neighbour(&order, &next));
        let above = self.beside(&reversed(&query), &row).await?.map(|next| neighbour(&order, &next));
        let before = Some(self.count_before(query, &row).await?);
        Ok(Placement { filter, before, order, above, below })
    }

    async fn row_of(&self, query: &Query, id: RequestId) -> Result<Option<PageRow>, DeskError> {
        let it = equals(&Place::Own(Slot::ID), Value::Id(id.0));
        let mut query = query.clone();
        query.filter = query.filter.and(it.ground(&Unasked));
        Ok(self.0.desk.store().query(query).await?.rows.pop())
    }

    async fn beside(&self, query: &Query, row: &PageRow) -> Result<Option<PageRow>, DeskError> {
        let after = Some(Cursor { values: row.values.clone(), id: row.id });
        let mut page = self.0.desk.store().query(Query { after, limit: 1, ..query.clone() }).await?;
        Ok(page.rows.pop())
    }

    async fn count_before(&self, mut query: Query, row: &PageRow) -> Result<u64, DeskError> {
        let before = before(&query, row).ground(&Unasked);
        query.filter = query.filter.and(before);
        let page = self.0.desk.store().query(Query { select: Select::Count, ..query }).await?;
        Ok(page.count.unwrap_or(0))
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

/// The rows that stand before a row: equal in the first parts of the order and before it in the next, or equal in all
/// and before it by id.
fn before(query: &Query, row: &PageRow) -> Expr {
    let mut equal: Vec<Expr> = Vec::new();
    let mut ways: Vec<Expr> = Vec::new();
    for (sort, value) in query.sort.iter().zip(&row.values) {
        let mut way = equal.clone();
        way.push(less(&sort.place, sort.direction, value));
        ways.push(Expr::All(way));
        equal.push(equals(&sort.place, value.clone()));
    }
    let id = Place::Own(Slot::ID);
    equal.push(less(&id, query.id_direction(), &Value::Id(row.id)));
    ways.push(Expr::All(equal));
    Expr::Any(ways)
}

/// Ascending puts absent values first, descending puts them last.
fn less(place: &Place, direction: Direction, value: &Value) -> Expr {
    let absent = || Expr::Not(Box::new(term(place, Expr::Has)));
    let compared = |op| term(place, |field| Expr::Compare(field, op, value.clone()));
    match (direction, value) {
        (Direction::Ascending, Value::Absent) => Expr::Any(Vec::new()),
        (Direction::Ascending, _) => Expr::Any(vec![absent(), compared(Comparison::Lt)]),
        (Direction::Descending, Value::Absent) => term(place, Expr::Has),
        (Direction::Descending, _) => compared(Comparison::Gt),
    }
}

fn equals(place: &Place, value: Value) -> Expr {
    match value {
        Value::Absent => Expr::Not(Box::new(term(place, Expr::Has))),
        value => term(place, |field| Expr::Compare(field, Comparison::Eq, value)),
    }
}

/// A term over the value at a place.
fn term(place: &Place, of: impl FnOnce(FieldRef) -> Expr) -> Expr {
    let term = of(FieldRef::new(place.slot(), "order"));
    match place {
        Place::Own(_) => term,
        Place::Related(related) => Expr::Related(Box::new(RelatedTerm::new(related.clone(), "order", term))),
    }
}
