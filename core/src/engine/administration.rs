use super::command::Command;
use super::desk::Acting;
use super::error::DeskError;
use crate::base::limits::LEASES_MAX;
use crate::config::catalog::{Action, Catalog};
use crate::life::Refusal;
use crate::life::access::Policy;
use crate::life::request::{REQUEST, RequestCommand, RequestId};
use crate::store::{Key, Queue, Receipt, WorkList, WorkState};

/// Definitions, and work that was put aside.
#[derive(Debug, Clone)]
pub struct Administration(pub(super) Acting);

impl Administration {
    /// Puts a catalog into force; every node uses it from its next command on.
    ///
    /// # Errors
    /// The problems of the catalog, an actor without the right, a line, service or role that would disappear.
    pub async fn publish(&self, catalog: Catalog) -> Result<Receipt, DeskError> {
        self.0.run(Command::Publish { catalog: Box::new(catalog) }).await
    }

    /// Lists what kept failing and was put aside, earliest first.
    ///
    /// # Errors
    /// An actor without the right.
    pub async fn parked(&self, queue: Queue) -> Result<Vec<WorkState>, DeskError> {
        self.set_aside(queue, None, LEASES_MAX).await
    }

    /// Sets a timer or effect of a request that was put aside going again: timers first, the earliest first.
    ///
    /// # Errors
    /// An actor without the right, a request of which nothing was put aside.
    pub async fn retry(&self, request: RequestId) -> Result<Receipt, DeskError> {
        for queue in Queue::ALL {
            let parked = self.set_aside(queue, Some(REQUEST.key(request.0)), 1).await?;
            if let Some(WorkState { key, body, .. }) = parked.into_iter().next() {
                let command = RequestCommand::Retry { key, body };
                return self.0.run(Command::Request { id: request, command }).await;
            }
        }
        Err(Refusal::rule("no_change", "nothing was put aside").into())
    }

    async fn set_aside(
        &self,
        queue: Queue,
        subject: Option<Key>,
        limit: usize,
    ) -> Result<Vec<WorkState>, DeskError> {
        let tenant = self.0.actor.tenant;
        let world = self.0.desk.world(tenant).await?;
        Policy::new(&world, &self.0.actor).require_role(Action::ManageWork)?;
        Ok(self.0.desk.store().work(WorkList { tenant, queue, subject, parked: true, limit }).await?)
    }
}
