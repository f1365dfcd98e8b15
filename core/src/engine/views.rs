use std::sync::Arc;

use super::command::Command;
use super::desk::Acting;
use super::error::DeskError;
use super::list::List;
use crate::condition::{Comparison, Expr, FieldRef, Unasked, Value};
use crate::config::catalog::Action;
use crate::life::access::Policy;
use crate::life::view::{SAVED_VIEW, SavedView, Side, ViewCommand, ViewId, ViewPlan, view_column};
use crate::life::{Refusal, World};
use crate::store::{Cursor, Page, Query, Receipt, Select};

/// Saved views, on behalf of somebody. A view shows of its requests what whoever uses it may see anyway.
#[derive(Debug, Clone)]
pub struct Views(pub(super) Acting);

/// How many requests a view shows.
#[derive(Debug)]
pub struct ViewCount {
    /// The view.
    pub view: Arc<SavedView>,
    /// How many requests it shows, and in how many of them something was written that the actor has not read; or why
    /// that cannot be told: a field may be gone, or no index serve the view for this actor.
    pub counts: Result<(u64, u64), DeskError>,
}

impl Views {
    /// Keeps a view or changes it.
    ///
    /// # Errors
    /// An actor without the right, a bad name, an unknown line, the problems of filter, order or columns, a query that no
    /// index serves.
    pub async fn save(&self, plan: ViewPlan) -> Result<Receipt, DeskError> {
        // Whatever is wrong with the list is said now, not to whoever opens it later.
        self.look(&plan, None, 1).await?;
        let id = plan.id;
        self.0.run(Command::View { id, command: ViewCommand::Save { plan: Box::new(plan) } }).await
    }

    /// Keeps a view no longer.
    ///
    /// # Errors
    /// There is no such view for the actor, or it is somebody else's.
    pub async fn delete(&self, id: ViewId) -> Result<Receipt, DeskError> {
        self.0.run(Command::View { id, command: ViewCommand::Delete }).await
    }

    /// A view that the actor may use.
    ///
    /// # Errors
    /// There is no such view for the actor.
    pub async fn get(&self, id: ViewId) -> Result<Arc<SavedView>, DeskError> {
        let (world, found) = self.0.find::<SavedView>(SAVED_VIEW.key(id.0)).await?;
        let policy = self.0.policy(&world);
        let seen = found.map(|(view, _)| view).filter(|view| view.is_seen_by(&policy));
        Ok(seen.ok_or_else(|| Refusal::not_found("view", id))?)
    }

    /// Every view that the actor may use, by id.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn all(&self) -> Result<Vec<Arc<SavedView>>, DeskError> {
        let tenant = self.0.actor.tenant;
        let world = self.0.desk.world(tenant).await?;
        let policy = self.0.policy(&world);
        let query = Query::records(tenant, &SAVED_VIEW, usable(&world, &policy).ground(&Unasked));
        let mut views = self.0.records::<SavedView>(query).await?;
        views.retain(|view| view.is_seen_by(&policy));
        Ok(views)
    }

    /// A page of what a view shows.
    ///
    /// # Errors
    /// There is no such view for the actor, a field that is no longer there, a cursor of another list.
    pub async fn page(&self, id: ViewId, after: Option<Cursor>, limit: usize) -> Result<Page, DeskError> {
        let view = self.get(id).await?;
        self.look(&view.plan, after, limit).await
    }

    /// How many requests each view of the actor shows.
    ///
    /// # Errors
    /// What the store reports of the views themselves; what is wrong with one of them stands at its place.
    pub async fn counts(&self) -> Result<Vec<ViewCount>, DeskError> {
        let mut all = Vec::new();
        for view in self.all().await? {
            let counts = self.both_counts(&view.plan).await;
            all.push(ViewCount { view, counts });
        }
        Ok(all)
    }

    async fn both_counts(&self, plan: &ViewPlan) -> Result<(u64, u64), DeskError> {
        Ok((self.count(plan, false).await?, self.count(plan, true).await?))
    }

    async fn look(&self, plan: &ViewPlan, after: Option<Cursor>, limit: usize) -> Result<Page, DeskError> {
        let list = List { after, limit, ..plan.list() };
        match plan.side {
            Side::Center => self.0.requests().list(&list).await,
            Side::Own => self.0.requests().list_own(&list).await,
        }
    }

    async fn count(&self, plan: &ViewPlan, unread: bool) -> Result<u64, DeskError> {
        let list = List { unread, ..plan.list() };
        let action = match plan.side {
            Side::Center => Action::See,
            Side::Own => Action::SeeOwn,
        };
        let world = self.0.desk.world(self.0.actor.tenant).await?;
        let query = self.0.requests().list_query(&list, action, &world)?;
        let page = self.0.desk.store().query(Query { select: Select::Count, ..query }).await?;
        Ok(page.count.unwrap_or(0))
    }
}

impl ViewPlan {
    /// The list that the view is.
    #[must_use]
    pub fn list(&self) -> List {
        List { sort: self.sort.clone(), columns: self.columns.clone(), ..List::of(self.filter.clone()) }
    }
}

/// The views that the actor has, and those that are shared with everybody or with a line of the actor.
fn usable(world: &World, policy: &Policy<'_>) -> Expr {
    let equals = |slot, name, value| Expr::Compare(FieldRef::new(slot, name), Comparison::Eq, value);
    let lines = world.catalog.definition().lines.iter().map(|line| &line.code);
    let lines = lines.filter(|line| policy.works_on(line)).map(|line| Value::Code(line.as_str().into()));
    let with_lines = Expr::In(FieldRef::new(view_column::line, "line"), lines.collect());
    Expr::Any(vec![
        equals(view_column::owner, "owner", Value::Id(policy.party().id)),
        equals(view_column::sharing, "sharing", Value::Code("everybody".into())),
        Expr::All(vec![equals(view_column::sharing, "sharing", Value::Code("line".into())), with_lines]),
    ])
}
