use serde::{Deserialize, Serialize};

use super::record::Request;
use crate::base::Timestamp;
use crate::config::agreement::TargetKind;
use crate::config::catalog::CheckedCatalog;
use crate::life::clock::{Assumes, Clock, Forecast};

/// The date that a requester is told (обещанный срок): when the request will be done at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The date.
    pub at: Timestamp,
    /// What it takes for granted: while the center waits, it moves on with the time that passes.
    pub assumes: Assumes,
}

impl Request {
    /// When each of its clocks will be due if nothing happens.
    #[must_use]
    pub fn forecast(&self, catalog: &CheckedCatalog, now: Timestamp) -> Vec<Forecast> {
        let until = self.hold.as_ref().and_then(|hold| hold.until);
        self.clocks.iter().filter_map(|clock| clock.forecast(catalog, now, until)).collect()
    }

    /// What the requester is promised: the latest due date of the clocks that run until the request is done. What lines and
    /// suppliers owe each other is no promise to the requester, nor is an answer along the way.
    #[must_use]
    pub fn promise(&self, catalog: &CheckedCatalog, now: Timestamp) -> Option<Promise> {
        let resolves = |clock: &Clock| {
            let agreement = catalog.agreement(&clock.terms.agreement);
            let compiled = agreement.and_then(|agreement| agreement.target(&clock.target));
            compiled.is_some_and(|compiled| matches!(compiled.target.kind, TargetKind::Resolution { .. }))
        };
        let until = self.hold.as_ref().and_then(|hold| hold.until);
        let clocks = self.clocks.iter().filter(|clock| resolves(clock));
        let forecasts = clocks.filter_map(|clock| clock.forecast(catalog, now, until));
        let promises = forecasts
            .filter_map(|forecast| Some(Promise { at: forecast.due_at?, assumes: forecast.assumes }));
        promises.max_by_key(|promise| promise.at)
    }
}
