use super::event::JobEvent;
use super::record::{Job, JobState};
use crate::base::Timestamp;

impl Job {
    /// Applies what happened. A stored fact is a fact, so this cannot fail.
    pub fn evolve(&mut self, event: &JobEvent, at: Timestamp) {
        match event {
            JobEvent::JobStarted { id, owner, principal, channel, action, named } => {
                (self.id, self.owner, self.channel, self.action) = (*id, *owner, *channel, *action);
                self.principal = *principal;
                self.state = if named.is_some() { JobState::Running } else { JobState::Collecting };
                self.found = named.unwrap_or(0);
                self.started_at = at;
            }
            JobEvent::JobCollected { found, last, complete } => {
                self.found += found;
                self.found_to = last.or(self.found_to);
                if *complete {
                    self.state = JobState::Running;
                }
            }
            JobEvent::JobEnded { done, refused } => {
                (self.done, self.refused) = (*done, *refused);
                self.end(JobState::Ended, at);
            }
            JobEvent::JobCancelled => self.end(JobState::Cancelled, at),
            JobEvent::JobResumed => {}
        }
    }

    fn end(&mut self, state: JobState, at: Timestamp) {
        (self.state, self.ended_at, self.bulk) = (state, Some(at), None);
    }
}
