use std::fmt::Debug;

use async_trait::async_trait;
use uuid::Uuid;

use super::command::Command;
use super::desk::Desk;
use super::error::DeskError;
use super::run::Call;
use crate::base::limits::{ATTEMPTS_MAX, FAILURE_CHARS_MAX, TICK_LEASES};
use crate::base::{CommandId, Span, TenantId, Timestamp, derived_id};
use crate::life::access::Actor;
use crate::life::directory::EMPLOYEE;
use crate::life::erasure::ERASURE;
use crate::life::job::JOB;
use crate::life::rebase::REBASE;
use crate::life::request::{Effect, REQUEST, RequestCommand, RequestId, Wake};
use crate::life::series::SERIES;
use crate::store::{Finished, Leased, Queue, StoreError, WorkClaim, WorkList};

/// Carries messages out into the world. It may be told the same thing twice, under the same key.
#[async_trait]
pub trait Messenger: Debug + Send + Sync + 'static {
    /// Carries out one effect.
    async fn deliver(&self, tenant: TenantId, key: Uuid, effect: &Effect) -> Result<(), DeliveryError>;
}

/// Why a message was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct DeliveryError {
    /// Why.
    pub reason: String,
    /// Whether trying again later can help.
    pub retryable: bool,
}

/// What one tick did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tick {
    /// Timers and effects that took effect.
    pub done: usize,
    /// Those that nobody waited for any more.
    pub dropped: usize,
    /// Those that failed and are tried again.
    pub retried: usize,
    /// Those that failed too often and were put aside.
    pub parked: usize,
    /// Those that somebody else has by now.
    pub fenced: usize,
    /// Those that could not even be put aside; they become due again when their lease ends.
    pub failed: usize,
}

/// How long a node has an item before another may take it.
pub(super) const LEASE: Span = Span::minutes(1);

/// After how long the leases of those that wait begin anew.
const HALF_A_LEASE: Span = Span::seconds(30);

/// How one try at an item ended.
enum Ended {
    Done,
    Dropped,
    Retried,
    Parked,
}

/// What came of carrying an item out.
pub(super) enum Carried {
    Done,
    Dropped,
    Failed { reason: String, retryable: bool },
}

impl Desk {
    /// Does everything that is due by `now`: timers first, then effects. A host without a worker calls this itself.
    ///
    /// # Errors
    /// What the store reports; what was not finished stays due.
    pub async fn tick(&self, now: Timestamp) -> Result<Tick, DeskError> {
        let mut tick = Tick::default();
        self.drain(Queue::Timers, now, &mut tick).await?;
        if self.messenger.is_some() {
            self.drain(Queue::Effects, now, &mut tick).await?;
        }
        Ok(tick)
    }

    /// When the earliest timer of a tenant is due, parked ones left out.
    ///
    /// # Errors
    /// What the store reports.
    pub async fn next_due(&self, tenant: TenantId) -> Result<Option<Timestamp>, DeskError> {
        let list = WorkList { tenant, queue: Queue::Timers, subject: None, parked: false, limit: 1 };
        Ok(self.store.work(list).await?.first().map(|item| item.due))
    }

    async fn drain(&self, queue: Queue, now: Timestamp, tick: &mut Tick) -> Result<(), DeskError> {
        loop {
            let claim = WorkClaim { queue, now, limit: TICK_LEASES, lease: LEASE };
            let leased = self.store.claim(claim).await?;
            if leased.is_empty() {
                return Ok(());
            }
            let mut since = self.now();
            for (n, item) in leased.iter().enumerate() {
                self.carry_out(item, now, tick).await?;
                if self.now() - since > HALF_A_LEASE {
                    self.keep(leased.get(n + 1..).unwrap_or_default()).await?;
                    since = self.now();
                }
            }
        }
    }

    /// Lets the leases of items that wait for their turn begin anew, so that nobody else takes and counts them meanwhile.
    async fn keep(&self, waiting: &[Leased]) -> Result<(), DeskError> {
        for item in waiting {
            match self.store.renew(item.lease, LEASE).await {
                // Somebody else has it by now, and this node is told so when its turn comes.
                Ok(()) | Err(StoreError::Fenced { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Carries out one item. Only what the store reports and a retry may mend stops the others.
    async fn carry_out(&self, item: &Leased, now: Timestamp, tick: &mut Tick) -> Result<(), DeskError> {
        match self.try_item(item, now).await {
            Ok(Ended::Done) => tick.done += 1,
            Ok(Ended::Dropped) => tick.dropped += 1,
            Ok(Ended::Retried) => tick.retried += 1,
            Ok(Ended::Parked) => tick.parked += 1,
            Err(DeskError::Store(StoreError::Fenced { .. })) => tick.fenced += 1,
            Err(error) if error.is_retryable() => return Err(error),
            Err(error) => {
                tracing::error!(item = %item.lease.key, %error, "an item can neither be carried out nor put aside");
                tick.failed += 1;
            }
        }
        Ok(())
    }

    async fn try_item(&self, item: &Leased, now: Timestamp) -> Result<Ended, DeskError> {
        if item.attempts > ATTEMPTS_MAX {
            // Whoever tried it never lived to say how it ended.
            let reason = format!("it was begun {ATTEMPTS_MAX} times and never ended");
            return self.park(item, now, reason).await.map(|()| Ended::Parked);
        }
        let carried = match (item.lease.queue, &self.messenger) {
            (Queue::Timers, _) if item.subject.kind == &JOB => carried(self.carry_job(item, now).await)?,
            (Queue::Timers, _) if item.subject.kind == &SERIES => carried(self.occur(item, now).await)?,
            (Queue::Timers, _) if item.subject.kind == &ERASURE => self.carry_erasure(item, now).await?,
            (Queue::Timers, _) if item.subject.kind == &REBASE => self.carry_rebase(item, now).await?,
            (Queue::Timers, _) => self.fire(item, now).await?,
            (Queue::Effects, Some(messenger)) => self.deliver(&**messenger, item, now).await?,
            // Nobody claims effects without a messenger; this one waits until its lease ends.
            (Queue::Effects, None) => return Ok(Ended::Retried),
        };
        match carried {
            Carried::Done => Ok(Ended::Done),
            Carried::Dropped => self.finish(item, now, Finished::Done).await.map(|()| Ended::Dropped),
            Carried::Failed { reason, retryable } => self.fail(item, now, (reason, retryable)).await,
        }
    }

    /// Does what a timer was set for.
    async fn fire(&self, item: &Leased, now: Timestamp) -> Result<Carried, DeskError> {
        if item.subject.kind == &EMPLOYEE {
            return self.after_leaving(item, now).await;
        }
        let wake: Wake = match serde_json::from_str(&item.body) {
            Ok(wake) => wake,
            Err(error) => return Ok(Carried::Failed { reason: error.to_string(), retryable: false }),
        };
        match wake {
            Wake::Scan { attachment, .. } => self.scan(item, now, (wake, attachment)).await,
            Wake::ForChildren { follow, .. } => {
                let followed = match self.let_children_follow(item, &follow, now).await {
                    Ok(()) => self.finish(item, now, Finished::Done).await,
                    Err(error) => Err(error),
                };
                carried(followed)
            }
            Wake::CloseBySilence { .. }
            | Wake::EndHold { .. }
            | Wake::Clocks { .. }
            | Wake::Rebase { .. } => self.wake(item, now, (wake.set_by(), RequestCommand::Wake(wake))).await,
        }
    }

    /// Does the command to which a timer led, and ends its lease in the same batch.
    pub(super) async fn wake(
        &self,
        item: &Leased,
        now: Timestamp,
        (set_by, command): (CommandId, RequestCommand),
    ) -> Result<Carried, DeskError> {
        // One id for each setting of the timer: whoever fires it, however often, it takes effect once.
        let id = CommandId(derived_id(item.lease.key, &set_by.to_string()));
        let command = Command::Request { id: RequestId(item.subject.id), command };
        let mut call = Call::new(Actor::system(item.lease.tenant), id, command, now);
        call.cause = Some(item.lease.key);
        call.finishes = vec![item.lease.finish(Finished::Done)];
        carried(self.run(call).await.map(drop))
    }

    async fn deliver(
        &self,
        messenger: &dyn Messenger,
        item: &Leased,
        now: Timestamp,
    ) -> Result<Carried, DeskError> {
        // A message may take its time, and those before it did: the lease begins anew.
        self.store.renew(item.lease, LEASE).await?;
        let effect: Effect = match serde_json::from_str(&item.body) {
            Ok(effect) => effect,
            Err(error) => return Ok(Carried::Failed { reason: error.to_string(), retryable: false }),
        };
        match messenger.deliver(item.lease.tenant, item.lease.key, &effect).await {
            Ok(()) => self.finish(item, now, Finished::Done).await.map(|()| Carried::Done),
            Err(DeliveryError { reason, retryable }) => Ok(Carried::Failed { reason, retryable }),
        }
    }

    async fn fail(
        &self,
        item: &Leased,
        now: Timestamp,
        (reason, retryable): (String, bool),
    ) -> Result<Ended, DeskError> {
        // What others report may be long and hold anything.
        let reason: String = reason.chars().filter(|c| *c != '\0').take(FAILURE_CHARS_MAX).collect();
        tracing::warn!(queue = %item.lease.queue, item = %item.lease.key, attempts = item.attempts, reason, "failed");
        if retryable && item.attempts < ATTEMPTS_MAX {
            let error = told(item, reason);
            let retry = Finished::Retry { at: now + backoff(item.attempts), error };
            return self.finish(item, now, retry).await.map(|()| Ended::Retried);
        }
        self.park(item, now, reason).await.map(|()| Ended::Parked)
    }

    /// Puts an item aside, and the request on the administrators' line, in one batch.
    async fn park(&self, item: &Leased, now: Timestamp, reason: String) -> Result<(), DeskError> {
        let lease = item.lease;
        let parked = lease.finish(Finished::Park { reason: told(item, reason.clone()) });
        if item.subject.kind != &REQUEST {
            return self.finish(item, now, Finished::Park { reason }).await;
        }
        let timer = lease.queue == Queue::Timers;
        let command = RequestCommand::Park { timer, key: lease.key, reason, body: item.body.clone() };
        let command = Command::Request { id: RequestId(item.subject.id), command };
        let id = CommandId(derived_id(lease.key, &format!("park {}", lease.fence)));
        let mut call = Call::new(Actor::system(lease.tenant), id, command, now);
        call.cause = Some(lease.key);
        call.finishes = vec![parked];
        match self.run(call).await {
            // The request left for the archive; what was to be done of it is put aside alone.
            Err(error) if error.is_not_found() => {
                self.finish(item, now, Finished::Park { reason: "the request was archived".to_owned() }).await
            }
            done => done.map(drop),
        }
    }

    pub(super) async fn finish(
        &self,
        item: &Leased,
        now: Timestamp,
        finished: Finished,
    ) -> Result<(), DeskError> {
        let lease = item.lease;
        let id = CommandId(derived_id(lease.key, &format!("finish {}", lease.fence)));
        let mut batch = self.plain_batch(lease.tenant, now, id, Some(lease.key));
        batch.work.push(lease.finish(finished));
        match self.store.commit(batch).await {
            Ok(_) | Err(StoreError::Repeated { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// What came of what the engine does itself.
fn carried(ended: Result<(), DeskError>) -> Result<Carried, DeskError> {
    match ended {
        Ok(()) => Ok(Carried::Done),
        Err(DeskError::Refused(refusal)) => {
            tracing::debug!(%refusal, "a timer that nobody waits for");
            Ok(Carried::Dropped)
        }
        Err(error @ DeskError::Store(StoreError::Fenced { .. })) => Err(error),
        // What is wrong with a definition or over a limit does not mend itself.
        Err(error) => {
            let retryable = !matches!(error, DeskError::Problems(_));
            Ok(Carried::Failed { reason: error.to_string(), retryable })
        }
    }
}

/// What the queue keeps of a reason. Those of a request may hold what others report, such as an address; they stand in
/// the request alone, where they can be erased.
fn told(item: &Leased, reason: String) -> String {
    if item.subject.kind == &REQUEST { "the request says why".to_owned() } else { reason }
}

/// One second after the first failure, four times as long after each further one, at most six hours.
fn backoff(attempts: u32) -> Span {
    let seconds = 4_i64.saturating_pow(attempts.saturating_sub(1).min(16));
    Span::seconds(seconds).min(Span::hours(6))
}
