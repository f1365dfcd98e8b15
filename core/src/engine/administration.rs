use std::sync::Arc;

use super::command::Command;
use super::desk::Acting;
use super::error::DeskError;
use crate::base::limits::LEASES_MAX;
use crate::config::catalog::{Action, Catalog};
use crate::life::World;
use crate::life::request::{REQUEST, Request, RequestCommand, RequestId};
use crate::store::{Queue, Read, Receipt, WorkList, WorkState};

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

    /// Lists what kept failing and was put aside, earliest first: at most [`LEASES_MAX`], of the requests that the actor
    /// may set going, and of everything that is not about a request, such as what is to be done after somebody left.
    ///
    /// # Errors
    /// An actor without the right.
    pub async fn parked(&self, queue: Queue) -> Result<Vec<WorkState>, DeskError> {
        let world = self.may_manage().await?;
        let tenant = self.0.actor.tenant;
        let list = WorkList { tenant, queue, subject: None, parked: true, limit: LEASES_MAX };
        let mut parked = self.0.desk.store().work(list).await?;
        let mut read = Read::new(tenant);
        read.keys = parked.iter().map(|item| item.subject).collect();
        let view = self.0.desk.store().load(read).await?;
        let policy = self.0.policy(&world);
        parked.retain(|item| match view.record::<Request>(item.subject).flatten() {
            Some((request, _)) => policy.allows(Action::ManageWork, &request),
            // Work that is about no request is everybody's who looks after it.
            None => item.subject.kind != &REQUEST,
        });
        Ok(parked)
    }

    /// Sets what was put aside of a request going again: one timer or effect, the one that was put aside first.
    ///
    /// # Errors
    /// An actor without the right, a request of which nothing was put aside.
    pub async fn retry(&self, request: RequestId) -> Result<Receipt, DeskError> {
        self.may_manage().await?;
        self.0.run(Command::Request { id: request, command: RequestCommand::Retry }).await
    }

    async fn may_manage(&self) -> Result<Arc<World>, DeskError> {
        let world = self.0.desk.world(self.0.actor.tenant).await?;
        self.0.policy(&world).require_role(Action::ManageWork)?;
        Ok(world)
    }
}
