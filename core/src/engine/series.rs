use std::sync::Arc;

use super::command::Command;
use super::desk::{Acting, Desk};
use super::error::DeskError;
use super::run::Call;
use crate::base::{CommandId, Timestamp, derived_id};
use crate::condition::Filter;
use crate::config::catalog::Action;
use crate::life::Refusal;
use crate::life::access::Actor;
use crate::life::request::SeriesId;
use crate::life::series::{SERIES, Series, SeriesCommand, SeriesPlan};
use crate::store::{Finished, Leased, Query, Receipt};

/// Recurring requests, on behalf of somebody who sets them up.
#[derive(Debug, Clone)]
pub struct AllSeries(pub(super) Acting);

impl AllSeries {
    /// Sets a series up or changes it. It goes on with its first occurrence from now on.
    ///
    /// # Errors
    /// An actor without the right, a bad name, the problems of the schedule, a submission that would be refused.
    pub async fn save(&self, plan: SeriesPlan) -> Result<Receipt, DeskError> {
        let id = plan.id;
        let command = SeriesCommand::Save { plan: Box::new(plan) };
        self.0.run(Command::Series { id, command }).await
    }

    /// A series.
    ///
    /// # Errors
    /// There is none for the actor.
    pub async fn get(&self, id: SeriesId) -> Result<Arc<Series>, DeskError> {
        let (world, found) = self.0.find::<Series>(SERIES.key(id.0)).await?;
        let may = self.0.policy(&world).holds(Action::ManageSeries);
        Ok(found.filter(|_| may).ok_or_else(|| Refusal::not_found("series", id))?.0)
    }

    /// Every series, by id.
    ///
    /// # Errors
    /// An actor without the right.
    pub async fn all(&self) -> Result<Vec<Arc<Series>>, DeskError> {
        let tenant = self.0.actor.tenant;
        let world = self.0.desk.world(tenant).await?;
        self.0.policy(&world).require_role(Action::ManageSeries)?;
        self.0.records(Query::records(tenant, &SERIES, Filter::everything())).await
    }
}

impl Desk {
    /// Does what the timer of a series was set for; it and the end of the lease take effect together.
    pub(super) async fn occur(&self, item: &Leased, now: Timestamp) -> Result<(), DeskError> {
        let id = SeriesId(item.subject.id);
        let unread = |_| Refusal::invalid("at", format!("`{}` is no occurrence", item.body));
        let command = SeriesCommand::Occur { at: item.body.parse().map_err(unread)? };
        let command = Command::Series { id, command };
        // One id for each occurrence: whoever brings it about, it happens once.
        let command_id = CommandId(derived_id(id.0, &item.body));
        let mut call = Call::new(Actor::system(item.lease.tenant), command_id, command, now);
        call.cause = Some(item.lease.key);
        call.finishes = vec![item.lease.finish(Finished::Done)];
        self.run(call).await.map(drop)
    }
}
