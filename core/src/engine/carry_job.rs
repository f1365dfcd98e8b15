//! Carrying jobs on: each time a little, so that many of them share a worker and none holds a lease for long.

use std::sync::Arc;

use super::command::Command;
use super::desk::Desk;
use super::error::DeskError;
use super::jobs::with_verdict;
use super::list::RequestFields;
use super::run::Call;
use crate::base::limits::{BULK_FOUND_MAX, JOB_FOUND_AT_ONCE, JOB_SLICE};
use crate::base::{CommandId, Timestamp, derived_id};
use crate::condition::{Comparison, Condition, Expr, FieldRef, Filter, Slot, Unasked, Value};
use crate::config::catalog::Action;
use crate::life::access::{Actor, Policy};
use crate::life::job::{
    Bulk, JOB_ITEM, Job, JobCommand, JobItem, JobState, Selection, Verdict, go_on, item_column,
};
use crate::life::request::{REQUEST, RequestCommand, RequestId};
use crate::life::{Refusal, WorldAt};
use crate::store::{
    Direction, Finished, Leased, Loaded, Put, Query, Read, Select, SortBy, StoreError, Version,
};

/// A job in the hands of a worker.
#[derive(Debug, Clone, Copy)]
struct InHand<'a> {
    item: &'a Leased,
    job: &'a Job,
    version: Version,
    now: Timestamp,
}

impl InHand<'_> {
    /// With whose rights the job is carried out.
    fn owner(&self) -> Actor {
        let system = Actor::system(self.item.lease.tenant);
        let Job { owner: party, principal, channel, .. } = *self.job;
        Actor { party, principal, channel, ..system }
    }
}

impl Desk {
    /// Carries a job on by one slice. Whoever has the lease does this; if that ends badly, the next one goes on.
    pub(super) async fn carry_job(&self, item: &Leased, now: Timestamp) -> Result<(), DeskError> {
        let mut read = Read::new(item.lease.tenant);
        read.keys = vec![item.subject];
        let view = self.store.load(read).await?;
        let Some((job, version)) = view.record::<Job>(item.subject).flatten() else {
            return Err(Refusal::not_found("job", item.subject.id).into());
        };
        // A job takes its time: what it does is dated when it is done, and its next slice is due after everything that
        // came due meanwhile.
        let hand = InHand { item, job: &job, version, now: now.max(self.now()) };
        match (job.state, &job.bulk) {
            (JobState::Collecting, Some(Bulk { over: Selection::Where(condition), .. })) => {
                self.collect(hand, condition).await
            }
            (JobState::Running, Some(bulk)) => self.do_some(hand, &bulk.command).await,
            _ => Err(Refusal::rule("job_ended", "nothing is left to do").into()),
        }
    }

    /// Notes the next requests that the condition finds, by id, so that none is found twice.
    async fn collect(&self, hand: InHand<'_>, condition: &Condition) -> Result<(), DeskError> {
        let InHand { item, job, .. } = hand;
        let mut query = Query::records(item.lease.tenant, &REQUEST, self.found_by(hand, condition).await?);
        (query.limit, query.select) = (JOB_FOUND_AT_ONCE, Select::Columns(Vec::new()));
        let page = self.store.query(query).await?;
        let all = job.found as usize + page.rows.len();
        StoreError::within("requests of a job", all, BULK_FOUND_MAX)?;
        let found: Vec<RequestId> = page.rows.iter().map(|row| RequestId(row.id)).collect();
        let purpose = format!("collect after {}", job.found);
        let command = JobCommand::Collect { found, complete: page.next.is_none() };
        self.job_step(hand, command, &purpose).await
    }

    /// What meets the condition, is seen by the owner, and was not found yet.
    async fn found_by(&self, hand: InHand<'_>, condition: &Condition) -> Result<Filter, DeskError> {
        let InHand { item, job, now, .. } = hand;
        let world = self.world(item.lease.tenant).await?;
        let fields = RequestFields::new(&world.catalog, Action::See);
        let asked = fields.ask(condition, hand.owner().on_behalf_of().id)?;
        let asked = asked.ground(&WorldAt { world: &world, now });
        let seen = Policy::new(&world, &hand.owner(), now).filter(Action::See);
        let rest = job.found_to.map_or_else(Filter::everything, |last| {
            let id = FieldRef::new(Slot::ID, "id");
            Expr::Compare(id, Comparison::Gt, Value::Id(last.0)).ground(&Unasked)
        });
        Ok(asked.and(seen).and(rest))
    }

    /// Carries the command out on the next requests; after the last one the job ends.
    async fn do_some(&self, hand: InHand<'_>, command: &RequestCommand) -> Result<(), DeskError> {
        let InHand { item, job, .. } = hand;
        let pending = with_verdict(job.id, Verdict::Pending.code()).ground(&Unasked);
        let mut query = Query::records(item.lease.tenant, &JOB_ITEM, pending);
        query.sort = vec![SortBy::new(item_column::number, Direction::Ascending)];
        query.limit = JOB_SLICE;
        let page = self.store.query(query).await?;
        if page.rows.is_empty() {
            let progress = self.job_progress(item.lease.tenant, job.id).await?;
            let count = |count| u32::try_from(count).unwrap_or(u32::MAX);
            let command = JobCommand::End { done: count(progress.done), refused: count(progress.refused) };
            return self.job_step(hand, command, "end").await;
        }
        for row in page.rows {
            let Some(next) = row.record.as_ref().and_then(Loaded::of::<JobItem>) else { continue };
            self.do_one(hand, command, (next, row.version)).await?;
        }
        self.put_off(hand).await
    }

    /// Carries the command out on one request; the verdict lands together with what it changes.
    async fn do_one(
        &self,
        hand: InHand<'_>,
        command: &RequestCommand,
        (next, version): (Arc<JobItem>, Version),
    ) -> Result<(), DeskError> {
        let InHand { item, job, now, .. } = hand;
        let judged = |verdict| {
            let record = Arc::new(JobItem { verdict, ..(*next).clone() });
            Put { record, expected: version }
        };
        let id = CommandId(derived_id(next.id(), "do"));
        let command = Command::Request { id: next.request, command: command.clone() };
        let mut call = Call::new(hand.owner(), id, command, now);
        (call.cause, call.puts) = (Some(job.id.0), vec![judged(Verdict::Done)]);
        // Once the job is cancelled, nothing more is done.
        call.guards = vec![(item.subject, hand.version)];
        let (code, reason) = match self.run(call).await {
            Ok(_) => return Ok(()),
            Err(error) if error.is_retryable() => return Err(error),
            Err(DeskError::Refused(refusal)) => (refusal.code(), refusal.to_string()),
            Err(error) => ("failed", error.to_string()),
        };
        let id = CommandId(derived_id(next.id(), &format!("refuse {}", item.lease.fence)));
        let mut batch = self.plain_batch(item.lease.tenant, now, id, Some(job.id.0));
        batch.puts.push(judged(Verdict::Refused { code: code.to_owned(), reason }));
        match self.store.commit(batch).await {
            // Somebody else has the job by now and came to a verdict first.
            Ok(_) | Err(StoreError::Repeated { .. } | StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends the lease and lets the job go on at once.
    async fn put_off(&self, hand: InHand<'_>) -> Result<(), DeskError> {
        let InHand { item, job, now, .. } = hand;
        let id = CommandId(derived_id(item.lease.key, &format!("go on {}", item.lease.fence)));
        let mut batch = self.plain_batch(item.lease.tenant, now, id, Some(item.lease.key));
        batch.work = vec![item.lease.finish(Finished::Done), go_on(job.id, now)];
        match self.store.commit(batch).await {
            Ok(_) | Err(StoreError::Repeated { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Does a step of the job itself; it and the end of the lease take effect together.
    async fn job_step(&self, hand: InHand<'_>, command: JobCommand, purpose: &str) -> Result<(), DeskError> {
        let InHand { item, job, now, .. } = hand;
        let command_id = CommandId(derived_id(job.id.0, purpose));
        let command = Command::Job { id: job.id, command };
        let mut call = Call::new(Actor::system(item.lease.tenant), command_id, command, now);
        call.cause = Some(item.lease.key);
        call.finishes = vec![item.lease.finish(Finished::Done)];
        self.run(call).await.map(drop)
    }
}
