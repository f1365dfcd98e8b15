use std::sync::Arc;

use super::command::Command;
use super::desk::{Acting, Desk};
use super::error::DeskError;
use crate::base::TenantId;
use crate::base::limits::BULK_FOUND_MAX;
use crate::condition::{Comparison, Expr, FieldRef, Unasked, Value};
use crate::life::Refusal;
use crate::life::job::{
    Bulk, JOB, JOB_ITEM, Job, JobCommand, JobId, JobItem, Selection, Verdict, item_column, job_column,
};
use crate::life::request::RequestCommand;
use crate::life::view::ViewId;
use crate::store::{Cursor, Direction, Loaded, Query, Receipt, Select, SortBy, StoreError};

/// Bulk work, on behalf of somebody: one command over many requests.
#[derive(Debug, Clone)]
pub struct Jobs(pub(super) Acting);

/// How far a job has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Requests without a verdict.
    pub pending: u64,
    /// Requests on which the command was done.
    pub done: u64,
    /// Requests on which it was refused.
    pub refused: u64,
}

/// The items of a job, a page at a time.
#[derive(Debug, Clone, Default)]
pub struct JobItems {
    /// The items, by number.
    pub items: Vec<Arc<JobItem>>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
}

impl Jobs {
    /// Starts a job; the worker carries it out.
    ///
    /// # Errors
    /// An actor without the right, no requests or too many, the problems of a condition.
    pub async fn start(&self, bulk: Bulk) -> Result<Receipt, DeskError> {
        if let Selection::Where(condition) = &bulk.over {
            // Whatever is wrong with the condition is said now, not when the worker comes to it.
            let found = self.0.requests().count(condition).await?;
            StoreError::within(
                "requests of a job",
                usize::try_from(found).unwrap_or(usize::MAX),
                BULK_FOUND_MAX,
            )?;
        }
        self.0.run(Command::Bulk { bulk: Box::new(bulk) }).await
    }

    /// Starts a job over the requests of a saved view that the actor sees as an operator, as they stand when the worker
    /// collects them.
    ///
    /// # Errors
    /// There is no such view for the actor; otherwise as [`Jobs::start`].
    pub async fn start_on_view(&self, view: ViewId, command: RequestCommand) -> Result<Receipt, DeskError> {
        let view = self.0.views().get(view).await?;
        let over = Selection::Where(view.plan.filter.clone());
        self.start(Bulk { over, command }).await
    }

    /// Ends a job before its end. What was done stays done.
    ///
    /// # Errors
    /// There is no such job for the actor, or it ended.
    pub async fn cancel(&self, id: JobId) -> Result<Receipt, DeskError> {
        self.0.run(Command::Job { id, command: JobCommand::Cancel }).await
    }

    /// Sets a job going again that was put aside because it kept failing.
    ///
    /// # Errors
    /// There is no such job for the actor, or it ended.
    pub async fn resume(&self, id: JobId) -> Result<Receipt, DeskError> {
        self.0.run(Command::Job { id, command: JobCommand::Resume }).await
    }

    /// A job.
    ///
    /// # Errors
    /// There is no such job for the actor.
    pub async fn get(&self, id: JobId) -> Result<Arc<Job>, DeskError> {
        let (world, found) = self.0.find::<Job>(JOB.key(id.0)).await?;
        let policy = self.0.policy(&world);
        let seen = |job: &Arc<Job>| job.is_seen_by(&policy, self.0.actor.party);
        let seen = found.map(|(job, _)| job).filter(seen);
        Ok(seen.ok_or_else(|| Refusal::not_found("job", id))?)
    }

    /// The actor's own jobs, the latest first: at most `limit`.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn own(&self, limit: usize) -> Result<Vec<Arc<Job>>, DeskError> {
        let party = self.0.actor.party;
        let own = Expr::All(vec![
            equals(job_column::owner, "owner", Value::Id(party.id)),
            equals(job_column::owner_kind, "owner_kind", Value::Code(party.kind.code().into())),
        ]);
        let mut query = Query::records(self.0.actor.tenant, &JOB, own.ground(&Unasked));
        query.sort = vec![SortBy::new(job_column::started_at, Direction::Descending)];
        query.limit = limit;
        let page = self.0.desk.store().query(query).await?;
        Ok(page.rows.iter().filter_map(|row| row.record.as_ref().and_then(Loaded::of)).collect())
    }

    /// How far a job has come.
    ///
    /// # Errors
    /// There is no such job for the actor.
    pub async fn progress(&self, id: JobId) -> Result<Progress, DeskError> {
        self.get(id).await?;
        self.0.desk.job_progress(self.0.actor.tenant, id).await
    }

    /// The requests of a job with their verdicts, by number.
    ///
    /// # Errors
    /// There is no such job for the actor, a cursor of another list.
    pub async fn items(&self, id: JobId, after: Option<Cursor>, limit: usize) -> Result<JobItems, DeskError> {
        self.get(id).await?;
        let of_job = equals(item_column::job, "job", Value::Id(id.0));
        let mut query = Query::records(self.0.actor.tenant, &JOB_ITEM, of_job.ground(&Unasked));
        query.sort = vec![SortBy::new(item_column::number, Direction::Ascending)];
        (query.after, query.limit) = (after, limit);
        let page = self.0.desk.store().query(query).await?;
        let items = page.rows.iter().filter_map(|row| row.record.as_ref().and_then(Loaded::of)).collect();
        Ok(JobItems { items, next: page.next })
    }
}

impl Desk {
    /// How many requests of a job have each verdict.
    pub(super) async fn job_progress(&self, tenant: TenantId, id: JobId) -> Result<Progress, DeskError> {
        let mut progress = Progress::default();
        for (code, count) in
            Verdict::CODES.iter().zip([&mut progress.pending, &mut progress.done, &mut progress.refused])
        {
            let query = Query::records(tenant, &JOB_ITEM, with_verdict(id, code).ground(&Unasked));
            let page = self.store().query(Query { select: Select::Count, ..query }).await?;
            *count = page.count.unwrap_or(0);
        }
        Ok(progress)
    }
}

/// The items of a job that have a verdict.
pub(super) fn with_verdict(id: JobId, code: &str) -> Expr {
    Expr::All(vec![
        equals(item_column::job, "job", Value::Id(id.0)),
        equals(item_column::verdict, "verdict", Value::Code(code.into())),
    ])
}

fn equals(slot: crate::condition::Slot, name: &'static str, value: Value) -> Expr {
    Expr::Compare(FieldRef::new(slot, name), Comparison::Eq, value)
}
