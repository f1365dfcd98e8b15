use std::collections::BTreeSet;
use std::sync::Arc;

use super::command::{Bulk, JobCommand, Selection};
use super::event::JobEvent;
use super::record::{JOB, Job, JobId, JobItem, JobState, Verdict};
use crate::base::limits::BULK_LIST_MAX;
use crate::base::{Party, Timestamp};
use crate::config::catalog::Action;
use crate::life::access::Policy;
use crate::life::decision::{Context, Decision, Halt, Reader};
use crate::life::refusal::Refusal;
use crate::life::request::RequestId;
use crate::store::{NewEvent, NewWork, Put, Queue, Version, WorkChange};

/// Decides to start a job.
pub(crate) fn start(bulk: &Bulk, context: &mut Context<'_>) -> Result<Decision, Halt> {
    context.policy().require_role(Action::Bulk)?;
    let requests = match &bulk.over {
        Selection::These(requests) => Some(named(requests)?),
        Selection::Where(_) => None,
    };
    let event = JobEvent::JobStarted {
        id: JobId(context.ids.fresh()),
        owner: context.actor.party,
        principal: context.actor.principal,
        channel: context.actor.channel,
        action: bulk.command.action(),
        named: requests.as_ref().map(|requests| requests.len() as u32),
    };
    let mut draft = Draft::started(context, bulk.clone(), event);
    draft.take(requests.into_iter().flatten(), 0);
    draft.go_on(context.now);
    Ok(draft.finish())
}

/// Decides a step of a job.
pub(crate) fn decide(
    reader: Reader<'_>,
    id: JobId,
    command: &JobCommand,
    context: &Context<'_>,
) -> Result<Decision, Halt> {
    let (job, version) = reader.find::<Job>(JOB.key(id.0))?.ok_or_else(|| Refusal::not_found("job", id))?;
    may(&job, command, context)?;
    context.unchanged(version)?;
    if !job.state.is_going() {
        return Err(Refusal::rule("job_ended", format!("the job is {}", job.state.code())).into());
    }
    let mut draft = Draft { job: (*job).clone(), version, decision: context.begin() };
    match command {
        JobCommand::Cancel => draft.cancel(context.now),
        JobCommand::Resume => {
            draft.apply(JobEvent::JobResumed, context.now);
            draft.go_on(context.now);
        }
        JobCommand::Collect { found, complete } => draft.collect(found, *complete, context.now),
        JobCommand::End { done, refused } => {
            draft.apply(JobEvent::JobEnded { done: *done, refused: *refused }, context.now);
        }
    }
    Ok(draft.finish())
}

/// The owner has a job, and who looks after work that was put aside may end it or set it going; for others there is none.
fn may(job: &Job, command: &JobCommand, context: &Context<'_>) -> Result<(), Refusal> {
    let allowed = match command {
        JobCommand::Cancel | JobCommand::Resume => {
            job.is_seen_by(&context.policy(), context.actor.party)
                || context.policy().holds(Action::ManageWork)
        }
        JobCommand::Collect { .. } | JobCommand::End { .. } => context.policy().holds(Action::Wake),
    };
    if allowed { Ok(()) } else { Err(Refusal::not_found("job", job.id)) }
}

/// The requests that were named, each once, in the order named.
fn named(requests: &[RequestId]) -> Result<Vec<RequestId>, Refusal> {
    if requests.is_empty() || requests.len() > BULK_LIST_MAX {
        let reason = format!("{} requests are named; 1 to {BULK_LIST_MAX} are taken", requests.len());
        return Err(Refusal::invalid("over", reason));
    }
    let mut seen = BTreeSet::new();
    Ok(requests.iter().copied().filter(|request| seen.insert(*request)).collect())
}

impl Job {
    /// Whether the actor may see the job: it holds what its owner wrote, and names requests that the owner sees.
    pub(crate) fn is_seen_by(&self, policy: &Policy<'_>, party: Party) -> bool {
        self.owner == party && policy.holds(Action::Bulk)
    }
}

/// A job while a decision about it is made.
struct Draft {
    job: Job,
    version: Version,
    decision: Decision,
}

impl Draft {
    fn started(context: &Context<'_>, bulk: Bulk, event: JobEvent) -> Self {
        let job = Job {
            id: JobId(uuid::Uuid::nil()),
            owner: context.actor.party,
            principal: context.actor.principal,
            channel: context.actor.channel,
            action: bulk.command.action(),
            bulk: Some(bulk),
            state: JobState::Collecting,
            found: 0,
            found_to: None,
            done: 0,
            refused: 0,
            started_at: context.now,
            ended_at: None,
        };
        let mut draft = Self { job, version: Version::ABSENT, decision: context.begin() };
        draft.apply(event, context.now);
        draft
    }

    fn apply(&mut self, event: JobEvent, at: Timestamp) {
        self.job.evolve(&event, at);
        self.decision.events.push(NewEvent { subject: JOB.key(self.job.id.0), fact: Arc::new(event) });
    }

    /// Adds requests after those that the job has.
    fn take(&mut self, requests: impl IntoIterator<Item = RequestId>, has: u32) {
        for (number, request) in (has + 1..).zip(requests) {
            let item = JobItem { job: self.job.id, number, request, verdict: Verdict::Pending };
            self.decision.puts.push(Put { record: Arc::new(item), expected: Version::ABSENT });
        }
    }

    fn collect(&mut self, found: &[RequestId], complete: bool, at: Timestamp) {
        self.take(found.iter().copied(), self.job.found);
        let event =
            JobEvent::JobCollected { found: found.len() as u32, last: found.last().copied(), complete };
        self.apply(event, at);
        self.go_on(at);
    }

    fn cancel(&mut self, at: Timestamp) {
        self.apply(JobEvent::JobCancelled, at);
        let key = Job::timer(self.job.id);
        self.decision.work.push(WorkChange::Cancel { queue: Queue::Timers, key });
    }

    /// Lets the worker carry the job on.
    fn go_on(&mut self, due: Timestamp) {
        self.decision.work.push(go_on(self.job.id, due));
    }

    fn finish(mut self) -> Decision {
        self.decision.answer.subject = self.job.id.0;
        self.decision.answer.version = self.version.next();
        self.decision.puts.push(Put { record: Arc::new(self.job), expected: self.version });
        self.decision
    }
}

/// The item of the queue that carries a job on; where the job stands says what is to be done.
pub(crate) fn go_on(job: JobId, due: Timestamp) -> WorkChange {
    let (subject, key) = (JOB.key(job.0), Job::timer(job));
    WorkChange::Set(NewWork { queue: Queue::Timers, key, subject, due, body: "{}".to_owned() })
}
