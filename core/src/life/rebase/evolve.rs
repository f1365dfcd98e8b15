use super::event::RebaseEvent;
use super::record::Rebase;
use crate::base::Timestamp;

impl Rebase {
    /// Applies what happened. A stored fact is a fact, so this cannot fail.
    pub fn evolve(&mut self, event: &RebaseEvent, at: Timestamp) {
        match event {
            RebaseEvent::RebaseStarted { id, by, plan, complete } => {
                *self = Self::new(*id, *by, plan.clone(), at);
                self.ended_at = complete.then_some(at);
            }
            RebaseEvent::RebaseAdvanced { last, requests, moves, complete } => {
                self.done_to = last.or(self.done_to);
                self.requests += requests;
                self.moves += *moves;
                self.ended_at = complete.then_some(at);
            }
        }
    }
}
