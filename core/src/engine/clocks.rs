use std::sync::Arc;

use super::error::DeskError;
use super::requests::Requests;
use super::worlds::check_zone_data;
use crate::config::agreement::TargetCode;
use crate::config::catalog::Action;
use crate::life::clock::{Breakdown, ClockReading, Explanation, Forecast};
use crate::life::request::{
    ObligationReading, REQUEST, Request, RequestEvent, RequestId, obligations, owners,
};
use crate::life::{Refusal, World};
use crate::store::Event;

/// How far requests are with what was promised.
impl Requests {
    /// What the clocks of a request show now, in the order in which they came to be.
    ///
    /// # Errors
    /// [`Refusal::NotFound`](crate::life::Refusal::NotFound) for who does not see the request as an operator.
    pub async fn clocks(&self, id: RequestId) -> Result<Vec<ClockReading>, DeskError> {
        let (world, request) = self.timed(id).await?;
        let now = self.0.desk.now();
        Ok(request.clocks.iter().map(|clock| clock.read(&world.catalog, now)).collect())
    }

    /// When each clock of a request will be due if nothing happens; those that are not running or paused are left out.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who does not see the request as an operator.
    pub async fn forecast(&self, id: RequestId) -> Result<Vec<Forecast>, DeskError> {
        let (world, request) = self.timed(id).await?;
        Ok(request.forecast(&world.catalog, self.0.desk.now()))
    }

    /// Why a clock shows what it shows: each time that counted, was outside working time or was waited for, with the event
    /// of the [`timeline`](Self::timeline) that caused it. [`Narrator::explanation`](crate::life::request::Narrator::explanation)
    /// writes it in words.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who does not see the request as an operator, and for a clock that there is not.
    pub async fn explain_clock(&self, id: RequestId, target: &TargetCode) -> Result<Explanation, DeskError> {
        let (world, request) = self.timed(id).await?;
        let found = request.clocks.iter().find(|clock| clock.target == *target);
        let clock = found.ok_or_else(|| Refusal::not_found("clock", target))?;
        let events = self.0.desk.history(self.0.actor.tenant, REQUEST.key(id.0)).await?;
        let own = |event: &&Event| event.of::<RequestEvent>().is_some_and(|event| !event.is_of_clocks());
        let cause = |at| events.iter().filter(own).rfind(|event| event.at == at).map(|event| event.position);
        Ok(clock.explain(&world.catalog, self.0.desk.now(), &cause))
    }

    /// How the customer keeps the obligations of the agreement with a request.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who does not see the request as an operator.
    pub async fn obligations(&self, id: RequestId) -> Result<Vec<ObligationReading>, DeskError> {
        let (world, request) = self.timed(id).await?;
        let served = request.agreement.as_ref().and_then(|of| world.catalog.agreement(of));
        let Some(compiled) = served.filter(|of| !of.agreement.obligations.is_empty()) else {
            return Ok(Vec::new());
        };
        let events = self.0.desk.history(self.0.actor.tenant, REQUEST.key(id.0)).await?;
        Ok(obligations(&events, &compiled.agreement, &world.catalog))
    }

    /// Who used the time of a target: each line, suppliers, the customer and whoever else was waited for.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for who does not see the request as an operator, and for a clock that there is not.
    pub async fn breakdown(&self, id: RequestId, target: &TargetCode) -> Result<Breakdown, DeskError> {
        let (world, request) = self.timed(id).await?;
        let found = request.clocks.iter().find(|clock| clock.target == *target);
        let clock = found.ok_or_else(|| Refusal::not_found("clock", target))?;
        let events = self.0.desk.history(self.0.actor.tenant, REQUEST.key(id.0)).await?;
        let agreement = world.catalog.agreement(&clock.terms.agreement).map(|of| &of.agreement);
        let owners = owners(&events, agreement);
        Ok(clock.breakdown(&world.catalog, &owners, self.0.desk.now()))
    }

    /// A request of which the actor may see the times, where they can be computed.
    async fn timed(&self, id: RequestId) -> Result<(Arc<World>, Arc<Request>), DeskError> {
        let (world, request, _) = self.load(id).await?;
        self.may(&world, Action::See, &request)?;
        check_zone_data(&world)?;
        Ok((world, request))
    }
}
