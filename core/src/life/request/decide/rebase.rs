//! How running work is held against agreements, calendars and zone data that changed.

use std::sync::Arc;

use super::case::Case;
use super::clocks::PastCounts;
use crate::config::agreement::AgreementCode;
use crate::life::clock::{ClockMove, Hand, Moves, RebaseMode, RebaseOf, Rebased, Rebasing, Step};
use crate::life::refusal::Refusal;
use crate::life::request::event::RequestEvent;

impl Case<'_, '_> {
    /// Holds the clocks against what changed; where that moves none of them, nothing happened.
    pub(super) fn rebase(&mut self, rebasing: &Rebasing) -> Result<(), Refusal> {
        let served = self.request.agreement.clone();
        let before = match &rebasing.plan.of {
            RebaseOf::Agreement { agreement } => {
                self.catch_clocks_up();
                let before = self.request.clocks.clone();
                self.revise(agreement, rebasing.plan.mode)?;
                before
            }
            RebaseOf::Calendars { .. } | RebaseOf::ZoneData => {
                let before = self.request.clocks.clone();
                self.recount_clocks(rebasing);
                before
            }
        };
        let agreement = self.request.agreement.clone().filter(|now| served.as_ref() != Some(now));
        if agreement.is_none() && !self.timing.has_ticks() {
            return Ok(());
        }
        let moves = Moves::of(&ClockMove::between(&before, &self.request.clocks));
        let rebased = Rebased { id: rebasing.id, plan: rebasing.plan.clone(), agreement, moves };
        self.push(Arc::new(RequestEvent::Rebased(Box::new(rebased))));
        Ok(())
    }

    /// Serves the request by the revision in force of its agreement.
    fn revise(&mut self, code: &AgreementCode, mode: RebaseMode) -> Result<(), Refusal> {
        let catalog = &self.context.world.catalog;
        let found = catalog.agreements().find(|of| of.agreement.code == *code);
        let current = found.ok_or_else(|| Refusal::not_found("agreement", code))?.reference();
        let other = self.request.agreement.as_ref().is_some_and(|of| of.code == *code && *of != current);
        if !other {
            return Ok(());
        }
        self.request.agreement = Some(current);
        let what = ("rebased", Step::Other);
        match mode {
            RebaseMode::KeepOld => {}
            RebaseMode::RebaseFromChange => self.retarget(what, PastCounts::AsTargetsSay),
            RebaseMode::ReplayAll => self.retarget(what, PastCounts::Always),
        }
        Ok(())
    }

    fn recount_clocks(&mut self, rebasing: &Rebasing) {
        let (catalog, at) = (&self.context.world.catalog, (rebasing.since, self.context.now));
        let mut hand = Hand::new(catalog, &[]);
        for clock in &mut self.request.clocks {
            hand.recount(clock, rebasing.plan.recounts_all(), at);
        }
        self.timing.note(hand.told());
    }
}
