use super::command::Command;
use super::desk::Acting;
use super::error::DeskError;
use crate::base::limits::LEASES_MAX;
use crate::config::catalog::{Action, Catalog};
use crate::life::Refusal;
use crate::life::access::Policy;
use crate::life::request::{REQUEST, RequestCommand, RequestId};
use crate::store::{Queue, Receipt, WorkList, WorkState};

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
        let tenant = self.0.actor.tenant;
        let world = self.0.desk.world(tenant).await?;
        Policy::new(&world, &self.0.actor).require_role(Action::ManageWork)?;
        let list = WorkList { tenant, queue, subject: None, parked: true, limit: LEASES_MAX };
        Ok(self.0.desk.store().work(list).await?)
    }

    /// Sets the timer or effect of a request that was put aside going again.
    ///
    /// # Errors
    /// An actor without the right, a request of which nothing was put aside.
    pub async fn retry(&self, request: RequestId) -> Result<Receipt, DeskError> {
        let nothing = || Refusal::rule("no_change", "nothing was put aside");
        for queue in Queue::ALL {
            let parked = self.parked(queue).await?;
            if let Some(item) = parked.iter().find(|item| item.subject == REQUEST.key(request.0)) {
                let command = RequestCommand::Retry { body: item.body.clone() };
                return self.0.run(Command::Request { id: request, command }).await;
            }
        }
        Err(nothing().into())
    }
}
