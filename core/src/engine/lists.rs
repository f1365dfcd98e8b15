//! More questions about many requests at once: what is unread, and how many there are of each group.

use super::error::DeskError;
use super::list::RequestFields;
use super::requests::Requests;
use crate::base::Problems;
use crate::base::limits::GROUP_EDGES_MAX;
use crate::condition::{
    Comparison, Condition, Expr, FieldRef, FieldType, Fields, Filter, Slot, Unasked, Value,
};
use crate::config::catalog::Action;
use crate::config::schedule::Buckets;
use crate::life::World;
use crate::life::request::{RequestId, mark_column};
use crate::store::{Edges, GroupBy, Query, Select};

/// How requests are counted in groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grouping {
    /// By the value of a field that an index begins with.
    Field(String),
    /// By when something was: each request in the bucket that its instant falls into.
    Time {
        /// The field of the instant, which an index begins with.
        field: String,
        /// The buckets; what lies outside of them is not counted.
        buckets: Buckets,
    },
}

impl Requests {
    /// How many requests of each group the actor may see as an operator that meet a condition: by value, nothing first,
    /// or by the beginning of each bucket.
    ///
    /// # Errors
    /// The problems of the condition or of the grouping, a query that no index serves, too many groups.
    pub async fn groups(&self, filter: &Condition, by: &Grouping) -> Result<Vec<(Value, u64)>, DeskError> {
        self.grouped((filter, by), Action::See).await
    }

    /// The same of the requests that the actor asked for, that concern the actor, or that the actor was copied into.
    ///
    /// # Errors
    /// The problems of the condition or of the grouping, a query that no index serves, too many groups.
    pub async fn groups_own(
        &self,
        filter: &Condition,
        by: &Grouping,
    ) -> Result<Vec<(Value, u64)>, DeskError> {
        self.grouped((filter, by), Action::SeeOwn).await
    }

    /// Those of some requests in which something was written that the actor has not read, as an operator reads them.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn unread_of(&self, requests: &[RequestId]) -> Result<Vec<RequestId>, DeskError> {
        let these = Condition::is_in("id", requests.iter().map(|id| id.0));
        self.unread_among(&these, Action::See).await
    }

    /// The same as a requester reads them.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn unread_of_own(&self, requests: &[RequestId]) -> Result<Vec<RequestId>, DeskError> {
        let these = Condition::is_in("id", requests.iter().map(|id| id.0));
        self.unread_among(&these, Action::SeeOwn).await
    }

    /// The filter of what the actor has not read.
    pub(super) fn unread(&self, action: Action) -> Filter {
        let party = self.0.actor.party;
        let equals =
            |slot: Slot, name, value| Expr::Compare(FieldRef::new(slot, name), Comparison::Eq, value);
        let by_actor = Expr::All(vec![
            equals(mark_column::party, "party", Value::Id(party.id)),
            equals(mark_column::party_kind, "party_kind", Value::Code(party.kind.code().into())),
        ]);
        let relation = if action == Action::See { "read" } else { "read_public" };
        Expr::Not(Box::new(Expr::Exists(relation, Box::new(by_actor)))).ground(&Unasked)
    }

    pub(super) async fn unread_among(
        &self,
        these: &Condition,
        action: Action,
    ) -> Result<Vec<RequestId>, DeskError> {
        let unread = |world: &World| {
            let query = self.query(these, action, world)?;
            let (filter, select) = (query.filter.and(self.unread(action)), Select::Columns(Vec::new()));
            Ok(Query { filter, select, ..query })
        };
        let page = self.0.ask(unread).await?;
        Ok(page.rows.iter().map(|row| RequestId(row.id)).collect())
    }

    async fn grouped(
        &self,
        (filter, by): (&Condition, &Grouping),
        action: Action,
    ) -> Result<Vec<(Value, u64)>, DeskError> {
        let counting = |world: &World| {
            let select = Select::Groups(group_by(by, &RequestFields::new(&world.catalog, action))?);
            Ok(Query { select, ..self.query(filter, action, world)? })
        };
        Ok(self.0.ask(counting).await?.groups)
    }
}

fn group_by(by: &Grouping, fields: &dyn Fields) -> Result<GroupBy, Problems> {
    let (name, buckets) = match by {
        Grouping::Field(name) => (name, None),
        Grouping::Time { field, buckets } => (field, Some(buckets)),
    };
    let mut problems = Problems::default();
    let Some(field) = fields.find(name, "field".to_owned(), &mut problems) else { return Err(problems) };
    let Some(buckets) = buckets else { return Ok(GroupBy::Value(field.place)) };
    if field.ty != FieldType::Instant {
        problems.error("type_mismatch", "field", format!("`{name}` is no instant"));
        return Err(problems);
    }
    Ok(GroupBy::Time { place: field.place, edges: Edges::new(buckets.edges(GROUP_EDGES_MAX)?) })
}
