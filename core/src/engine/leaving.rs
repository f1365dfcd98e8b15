use super::command::Command;
use super::desk::Desk;
use super::error::DeskError;
use super::run::Call;
use super::tick::{Carried, LEASE};
use crate::base::{CommandId, Timestamp, derived_id};
use crate::condition::{Condition, Unasked};
use crate::life::access::Actor;
use crate::life::directory::{EmployeeId, FollowUp};
use crate::life::request::{REQUEST, RequestCommand, RequestId};
use crate::store::{Finished, Leased, Query, Select, StoreError};

impl Desk {
    /// Does what is left to do after a change of the directory: a command for each record that it concerns, and then
    /// the end of the lease. Each command has an id of its own, so whoever takes over repeats none.
    pub(super) async fn after_leaving(&self, item: &Leased, now: Timestamp) -> Result<Carried, DeskError> {
        let follow_up: FollowUp = match serde_json::from_str(&item.body) {
            Ok(follow_up) => follow_up,
            Err(error) => return Ok(Carried::Failed { reason: error.to_string(), retryable: false }),
        };
        let done = match follow_up {
            FollowUp::GiveBack { employee, set_by } => self.give_back(item, (employee, set_by), now).await,
        };
        match done {
            Ok(()) => self.finish(item, now, Finished::Done).await.map(|()| Carried::Done),
            Err(error @ DeskError::Store(StoreError::Fenced { .. })) => Err(error),
            Err(error) => Ok(Carried::Failed { reason: error.to_string(), retryable: true }),
        }
    }

    /// Gives the requests of somebody who left back to their lines.
    async fn give_back(
        &self,
        item: &Leased,
        (employee, set_by): (EmployeeId, CommandId),
        now: Timestamp,
    ) -> Result<(), DeskError> {
        let had = Condition::all([Condition::eq("assignee", employee.0), Condition::eq("active", true)]);
        let filter = had.check(&REQUEST)?.ground(&Unasked);
        let query = Query::records(item.lease.tenant, &REQUEST, filter);
        let mut query = Query { select: Select::Columns(Vec::new()), ..query };
        loop {
            // There may be many: the lease begins anew with every page.
            self.store.renew(item.lease, LEASE).await?;
            let page = self.store.query(query.clone()).await?;
            for row in &page.rows {
                let id = CommandId(derived_id(item.lease.key, &format!("{set_by} {}", row.id)));
                let command = RequestCommand::GiveBack { operator: employee };
                let command = Command::Request { id: RequestId(row.id), command };
                let mut call = Call::new(Actor::system(item.lease.tenant), id, command, now);
                call.cause = Some(item.lease.key);
                match self.run(call).await {
                    Ok(_) => {}
                    Err(DeskError::Refused(refusal)) => {
                        tracing::debug!(request = %row.id, %refusal, "a request that needs not be given back");
                    }
                    Err(error) => return Err(error),
                }
            }
            match page.next {
                Some(cursor) => query.after = Some(cursor),
                None => return Ok(()),
            }
        }
    }
}
