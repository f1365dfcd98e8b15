use super::command::Command;
use super::desk::Desk;
use super::error::DeskError;
use super::requests::Requests;
use super::run::Call;
use crate::config::catalog::{Action, MacroCode, ReplyCode};
use crate::life::Decision;
use crate::life::request::{REQUEST, Request, RequestCommand, RequestEvent, RequestId, canned};
use crate::store::{Key, Loaded, Read, Receipt, Version};

/// What a command would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// The request as it would stand then.
    pub request: Request,
    /// What would happen to it, in order.
    pub events: Vec<RequestEvent>,
}

/// What is prepared by the catalog, and how it would turn out.
impl Requests {
    /// Writes a canned reply to the requester, in a language of theirs.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub async fn answer_with(&self, id: RequestId, reply: ReplyCode) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::AnswerWith { reply, language: None }).await
    }

    /// Runs a macro: all its steps, or none.
    ///
    /// # Errors
    /// [`Refusal::InStep`](crate::life::Refusal::InStep) names the step that was refused.
    pub async fn run_macro(&self, id: RequestId, code: MacroCode) -> Result<Receipt, DeskError> {
        self.step(id, RequestCommand::Run { code }).await
    }

    /// What a canned reply would say to the requester of a request.
    ///
    /// # Errors
    /// [`Refusal::NotFound`](crate::life::Refusal::NotFound) for who does not see the request as an operator, an unknown
    /// reply.
    pub async fn preview(
        &self,
        id: RequestId,
        reply: &ReplyCode,
        language: Option<&str>,
    ) -> Result<String, DeskError> {
        let (world, request, _) = self.load(id).await?;
        self.may(&world, Action::See, &request)?;
        Ok(canned(&world.directory, &world.catalog, self.0.actor.party, &request, (reply, language))?)
    }

    /// What a command, a macro above all, would do as things stand. Nothing is changed.
    ///
    /// # Errors
    /// The rule that would refuse it, [`Refusal::NotFound`](crate::life::Refusal::NotFound) for who does not see the
    /// request as an operator.
    pub async fn foresee(&self, id: RequestId, command: RequestCommand) -> Result<Foreseen, DeskError> {
        let (world, request, _) = self.load(id).await?;
        self.may(&world, Action::See, &request)?;
        let call = self.0.call(Command::Request { id, command });
        let decision = self.0.desk.foresee(&call).await?;
        Ok(Foreseen::of(&decision, REQUEST.key(id.0), &request))
    }
}

impl Foreseen {
    fn of(decision: &Decision, key: Key, before: &Request) -> Self {
        let written = decision.puts.iter().filter(|put| put.key() == key);
        let records =
            written.map(|put| Loaded { version: Version::ABSENT, position: 0, record: put.record.clone() });
        let request = records.filter_map(|loaded| loaded.of::<Request>()).next_back();
        let request = request.map_or_else(|| before.clone(), |request| (*request).clone());
        let own = decision.events.iter().filter(|event| event.subject == key);
        let facts = own.map(|event| &*event.fact as &dyn std::any::Any);
        Self { request, events: facts.filter_map(|fact| fact.downcast_ref()).cloned().collect() }
    }
}

impl Desk {
    /// Decides as [`Desk::run`] does, and commits nothing.
    async fn foresee(&self, call: &Call) -> Result<Decision, DeskError> {
        let mut read = Read::new(call.actor.tenant);
        read.keys = call.command.keys(&call.actor);
        let view = self.store.load(read).await?;
        let world = self.world_at(call.actor.tenant, view.head).await?;
        self.decide(call, view, &world, (call.digest()?, None)).await
    }
}
