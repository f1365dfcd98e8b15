use super::error::DeskError;
use super::requests::Requests;
use crate::config::catalog::Action;
use crate::life::clock::ClockReading;
use crate::life::request::RequestId;

/// How far requests are with what was promised.
impl Requests {
    /// What the clocks of a request show now, in the order in which they came to be.
    ///
    /// # Errors
    /// [`Refusal::NotFound`](crate::life::Refusal::NotFound) for who does not see the request as an operator.
    pub async fn clocks(&self, id: RequestId) -> Result<Vec<ClockReading>, DeskError> {
        let (world, request, _) = self.load(id).await?;
        self.may(&world, Action::See, &request)?;
        let now = self.0.desk.now();
        Ok(request.clocks.iter().map(|clock| clock.read(&world.catalog, now)).collect())
    }
}
