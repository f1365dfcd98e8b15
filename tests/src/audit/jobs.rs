//! Bulk work: the verdict on a request stands together with what was done to it.

use std::sync::Arc;

use okno::CommandId;
use okno::base::derived_id;
use okno::life::job::{JOB, JOB_ITEM, Job, JobItem, JobState, Verdict};

use super::{Breach, Holdings, Law, Witness};

impl Holdings {
    pub(super) fn audit_jobs(&self, witness: &Witness) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let mut found = |what| breaches.push(Breach::of(Law::Jobs, what));
        let items: Vec<Arc<JobItem>> = self.all(&JOB_ITEM).collect();
        for item in &items {
            let did = self.answers.contains_key(&CommandId(derived_id(item.id(), "do")));
            if did != (item.verdict == Verdict::Done) {
                found(format!("{item:?}, and it was done: {did}"));
            }
        }
        for job in self.all::<Job>(&JOB) {
            let own = || items.iter().filter(|item| item.job == job.id);
            let count = |verdict: &str| own().filter(|item| item.verdict.code() == verdict).count();
            let (pending, done, refused) = (count("pending"), count("done"), count("refused"));
            let ended = job.state == JobState::Ended;
            if own().count() != job.found as usize {
                found(format!("{job:?} has {} requests", own().count()));
            }
            if ended && (pending, done, refused) != (0, job.done as usize, job.refused as usize) {
                found(format!("{job:?} ended with {pending} pending, {done} done, {refused} refused"));
            }
            if witness.settled.is_some() && job.state.is_going() {
                found(format!("{job:?} never ended"));
            }
        }
        breaches
    }
}
