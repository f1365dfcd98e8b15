use std::sync::Arc;

use super::command::Command;
use super::desk::Acting;
use super::error::DeskError;
use super::list::{List, RequestFields, places};
use super::worlds::check_zone_data;
use crate::base::Party;
use crate::condition::{Condition, Value};
use crate::config::catalog::{Action, Level, LineCode};
use crate::life::directory::EmployeeId;
use crate::life::request::{
    CopyAccess, HoldFor, Message, PublicRequest, REQUEST, Request, RequestCommand, RequestId, Submit,
    request_column,
};
use crate::life::{Refusal, World, WorldAt};
use crate::store::{Event, Loaded, Lookup, Page, Query, Read, Receipt, Select, Version};

/// Requests, on behalf of somebody: submit, work, talk, look.
#[derive(Debug, Clone)]
pub struct Requests(pub(super) Acting);

/// Commands. Each is refused with the rule that forbids it, and then changes nothing.
impl Requests {
    /// Submits a request.
    ///
    /// # Errors
    /// An actor without the right, an unknown service, line, category or person, an empty subject, a limit.
    pub async fn submit(&self, submit: Submit) -> Result<Receipt, DeskError> {
        self.0.run(Command::Submit { submit }).await
    }

    /// Asks for any step of a request.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn step(&self, id: RequestId, command: RequestCommand) -> Result<Receipt, DeskError> {
        self.0.run(Command::Request { id, command }).await
    }

    /// Fixes impact and urgency.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn prioritize(
        &self,
        id: RequestId,
        impact: Level,
        urgency: Level,
    ) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Prioritize { impact, urgency }).await
    }

    /// Hands a request to a line.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn hand_over(&self, id: RequestId, line: LineCode) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Move { line }).await
    }

    /// Gives a request to an operator.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn assign(&self, id: RequestId, operator: EmployeeId) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Assign { operator }).await
    }

    /// Takes a request that nobody has; of two who press at once, exactly one gets it.
    ///
    /// # Errors
    /// The rule that refuses it, such as `already_assigned`.
    pub async fn claim(&self, id: RequestId) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Claim).await
    }

    /// Begins work.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn start(&self, id: RequestId) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Start).await
    }

    /// Puts a request on hold, or changes the hold.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn hold(&self, id: RequestId, hold: HoldFor) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Hold(hold)).await
    }

    /// Writes as the requester.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn reply(&self, id: RequestId, message: impl Into<Message>) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Reply(message.into())).await
    }

    /// Writes to the requester.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn answer(&self, id: RequestId, message: impl Into<Message>) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Answer(message.into())).await
    }

    /// Writes an internal note.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn note(&self, id: RequestId, message: impl Into<Message>) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Note(message.into())).await
    }

    /// Notes that the actor has read everything that a request says to them.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn mark_read(&self, id: RequestId) -> Result<Receipt, DeskError> {
        self.0.run(Command::Read { id }).await
    }

    /// Copies somebody into a request, or changes what they may do.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn copy_in(
        &self,
        id: RequestId,
        party: Party,
        access: CopyAccess,
    ) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::CopyIn { party, access }).await
    }

    /// Ends that somebody is copied into a request.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn copy_out(&self, id: RequestId, party: Party) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::CopyOut { party }).await
    }

    /// Lets the actor be told of what happens to a request.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn watch(&self, id: RequestId) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Watch).await
    }

    /// Ends that the actor is told.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn unwatch(&self, id: RequestId) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Unwatch).await
    }

    /// Resolves a request.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn resolve(
        &self,
        id: RequestId,
        code: &str,
        text: impl Into<String>,
    ) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Resolve { code: code.to_owned(), text: text.into() }).await
    }

    /// Confirms a resolution, which closes the request.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn confirm(&self, id: RequestId) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Confirm).await
    }

    /// Closes a request.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn close(&self, id: RequestId, reason: &str) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Close { reason: reason.to_owned() }).await
    }

    /// Takes a request up again.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn reopen(&self, id: RequestId, text: impl Into<String>) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Reopen { text: text.into(), hold: None }).await
    }

    /// Withdraws a request.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn cancel(&self, id: RequestId, reason: &str) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Cancel { reason: reason.to_owned() }).await
    }
}

/// Questions. What the actor may not see answers exactly as what does not exist.
impl Requests {
    /// A request with everything that an operator sees, and its version.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn get(&self, id: RequestId) -> Result<(Arc<Request>, Version), DeskError> {
        let (world, request, version) = self.load(id).await?;
        self.may(&world, Action::See, &request)?;
        Ok((request, version))
    }

    /// A request as its requester sees it.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn get_own(&self, id: RequestId) -> Result<PublicRequest, DeskError> {
        let (world, request, _) = self.load(id).await?;
        self.may(&world, Action::SeeOwn, &request)?;
        check_zone_data(&world)?;
        Ok(PublicRequest::new(&request, &world.catalog, self.0.desk.now()))
    }

    /// The id of the request with a human number, for who may see it at all.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], `archived` of one that left: [`archived`](Self::archived) tells of it.
    pub async fn by_number(&self, number: &str) -> Result<RequestId, DeskError> {
        let equal = vec![(request_column::number, Value::Code(number.into()))];
        let lookups = vec![Lookup { kind: &REQUEST, equal, limit: 1 }];
        let read = Read { lookups, ..Read::new(self.0.actor.tenant) };
        let view = self.0.desk.store().load(read).await?;
        let world = self.0.desk.world_at(self.0.actor.tenant, view.head).await?;
        let found = view.lookups.first().and_then(|(_, rows)| rows.first()).and_then(Loaded::of::<Request>);
        let policy = self.0.policy(&world);
        let seen = |request: &Arc<Request>| {
            policy.allows(Action::See, request) || policy.allows(Action::SeeOwn, request)
        };
        match found.filter(seen) {
            Some(request) => Ok(request.id),
            None if self.tombstone(number).await?.is_some() => {
                Err(Refusal::rule("archived", format!("`{number}` was archived")).into())
            }
            None => Err(Refusal::not_found("request", number).into()),
        }
    }

    /// What happened to a request, in order.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn timeline(&self, id: RequestId) -> Result<Vec<Event>, DeskError> {
        self.get(id).await?;
        self.0.desk.history(self.0.actor.tenant, REQUEST.key(id.0)).await
    }

    /// One page of the requests that the actor may see as an operator.
    ///
    /// # Errors
    /// The problems of the filter, an unknown column, a query that no index serves.
    pub async fn list(&self, list: &List) -> Result<Page, DeskError> {
        self.page(list, Action::See).await
    }

    /// One page of the requests that the actor asked for or that concern the actor.
    ///
    /// # Errors
    /// The problems of the filter, an unknown or internal column.
    pub async fn list_own(&self, list: &List) -> Result<Page, DeskError> {
        self.page(list, Action::SeeOwn).await
    }

    /// How many requests the actor may see as an operator that meet a condition.
    ///
    /// # Errors
    /// The problems of the filter, a query that no index serves.
    pub async fn count(&self, filter: &Condition) -> Result<u64, DeskError> {
        self.count_where(filter, Action::See).await
    }

    /// How many requests the actor asked for, or that concern the actor, meet a condition.
    ///
    /// # Errors
    /// The problems of the filter.
    pub async fn count_own(&self, filter: &Condition) -> Result<u64, DeskError> {
        self.count_where(filter, Action::SeeOwn).await
    }

    async fn page(&self, list: &List, action: Action) -> Result<Page, DeskError> {
        self.0.ask(|world| self.list_query(list, action, world)).await
    }

    /// The query of a list, within what the actor may see.
    pub(super) fn list_query(&self, list: &List, action: Action, world: &World) -> Result<Query, DeskError> {
        let (sort, columns) = places(list, &RequestFields::new(&world.catalog, action))?;
        let mut query = self.query(&list.filter, action, world)?;
        if list.unread {
            query.filter = query.filter.and(self.unread(action));
        }
        let (after, limit, select) = (list.after.clone(), list.limit, Select::Columns(columns));
        Ok(Query { sort, after, limit, select, ..query })
    }

    async fn count_where(&self, filter: &Condition, action: Action) -> Result<u64, DeskError> {
        let counting =
            |world: &World| Ok(Query { select: Select::Count, ..self.query(filter, action, world)? });
        Ok(self.0.ask(counting).await?.count.unwrap_or(0))
    }

    /// A query for what the actor asks, within what the actor may see.
    pub(super) fn query(
        &self,
        filter: &Condition,
        action: Action,
        world: &World,
    ) -> Result<Query, DeskError> {
        let fields = RequestFields::new(&world.catalog, action);
        let asked = fields.ask(filter, self.0.actor.on_behalf_of().id)?;
        let now = self.0.desk.now();
        let seen = self.0.policy(world).filter(action);
        let filter = asked.ground(&WorldAt { world, now }).and(seen);
        Ok(Query::records(self.0.actor.tenant, &REQUEST, filter))
    }

    pub(super) async fn load(&self, id: RequestId) -> Result<(Arc<World>, Arc<Request>, Version), DeskError> {
        let (world, found) = self.0.find::<Request>(REQUEST.key(id.0)).await?;
        let (request, version) = found.ok_or_else(|| Refusal::not_found("request", id))?;
        Ok((world, request, version))
    }

    pub(super) fn may(&self, world: &World, action: Action, request: &Request) -> Result<(), Refusal> {
        if self.0.policy(world).allows(action, request) {
            return Ok(());
        }
        Err(Refusal::not_found("request", request.id))
    }
}
