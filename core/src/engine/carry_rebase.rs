//! Carrying rebases on: each time a little, while the desk goes on.

use std::any::Any;

use super::command::Command;
use super::desk::Desk;
use super::error::DeskError;
use super::plan::Plan;
use super::recent::Left;
use super::run::Call;
use super::tick::Carried;
use crate::base::limits::{CONFLICT_RETRIES_MAX, REBASE_SLICE};
use crate::base::{CommandId, TenantId, Timestamp, derived_id};
use crate::condition::{Comparison, Expr, FieldRef, Slot, Unasked, Value};
use crate::life::Decision;
use crate::life::access::Actor;
use crate::life::clock::{Moves, RebaseOf, RebasePlan, Rebasing};
use crate::life::rebase::{Rebase, RebaseCommand};
use crate::life::request::{REQUEST, RequestCommand, RequestEvent, RequestId, Wake, request_column};
use crate::store::{Finished, Leased, PageRow, Query, Read, StoreError};

/// A rebase in the hands of a worker.
#[derive(Debug, Clone, Copy)]
struct InHand<'a> {
    item: &'a Leased,
    rebase: &'a Rebase,
    now: Timestamp,
}

impl InHand<'_> {
    /// A command of this rebase; whoever gives it for this purpose, it is done once.
    fn call(&self, purpose: &str, command: Command) -> Call {
        let id = CommandId(derived_id(self.rebase.id.0, purpose));
        let mut call = Call::new(Actor::system(self.item.lease.tenant), id, command, self.now);
        call.cause = Some(self.rebase.id.0);
        call
    }
}

impl Desk {
    /// Carries a rebase on by one slice. Whoever has the lease does this; if that ends badly, the next one goes on.
    pub(super) async fn carry_rebase(&self, item: &Leased, now: Timestamp) -> Result<Carried, DeskError> {
        let read = Read { keys: vec![item.subject], ..Read::new(item.lease.tenant) };
        let view = self.store.load(read).await?;
        let found = view.record::<Rebase>(item.subject).flatten().map(|(rebase, _)| rebase);
        let Some(rebase) = found.filter(|rebase| rebase.is_going()) else {
            return Ok(Carried::Dropped);
        };
        // It takes its time: what it does is dated when it is done.
        let hand = InHand { item, rebase: &rebase, now: now.max(self.now()) };
        match self.rebase_some(hand).await {
            Ok(()) => Ok(Carried::Done),
            Err(error @ DeskError::Store(StoreError::Fenced { .. })) => Err(error),
            // It is never given up because of a refusal: what refuses is put right and it goes on.
            Err(error) => Ok(Carried::Failed { reason: error.to_string(), retryable: true }),
        }
    }

    async fn rebase_some(&self, hand: InHand<'_>) -> Result<(), DeskError> {
        let InHand { item, rebase, .. } = hand;
        let after = (rebase.done_to, REBASE_SLICE);
        let rows = self.rebased_after(item.lease.tenant, &rebase.plan, after).await?;
        let mut moves = Moves::default();
        for row in &rows {
            moves += self.rebase_one(hand, RequestId(row.id)).await?;
        }
        let last = rows.last().map(|row| RequestId(row.id));
        let (requests, complete) = (rows.len() as u64, rows.len() < REBASE_SLICE);
        let command = RebaseCommand::Advance { last, requests, moves, complete };
        let purpose = format!("advance after {}", rebase.requests);
        let mut call = hand.call(&purpose, Command::RebaseStep { id: rebase.id, command });
        call.finishes = vec![item.lease.finish(Finished::Done)];
        self.run(call).await.map(drop)
    }

    /// Holds one request against what changed, in a batch of its own, and tells what moved.
    async fn rebase_one(&self, hand: InHand<'_>, id: RequestId) -> Result<Moves, DeskError> {
        let command = look(id, hand.rebase.rebasing());
        let call = hand.call(&format!("rebase {id}"), command);
        let mut tries = 0;
        loop {
            let decision = match self.plan(&call).await {
                Ok(Plan::Commit(decision)) => *decision,
                // Somebody had this rebase in hand before and came as far.
                Ok(Plan::Done(_)) => return self.moves_by(hand, id, call.id).await,
                // It was archived meanwhile.
                Err(error) if error.is_not_found() => return Ok(Moves::default()),
                Err(error) => return Err(error),
            };
            let Some(moves) = moves_in(&decision) else { return Ok(Moves::default()) };
            let left = Left::of(&decision);
            match self.store.commit(decision).await {
                Ok(receipt) => {
                    self.remember(left, &receipt);
                    return Ok(moves);
                }
                Err(StoreError::Repeated { .. }) => return self.moves_by(hand, id, call.id).await,
                Err(source @ (StoreError::Conflict { .. } | StoreError::Unknown { .. })) => {
                    tries += 1;
                    if tries > CONFLICT_RETRIES_MAX {
                        return Err(DeskError::Contended { tries, source });
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What a command moved that was done before.
    async fn moves_by(
        &self,
        hand: InHand<'_>,
        id: RequestId,
        command: CommandId,
    ) -> Result<Moves, DeskError> {
        let events = self.history(hand.item.lease.tenant, REQUEST.key(id.0)).await?;
        let own = events.iter().filter(|event| event.command == command);
        let rebased = own.filter_map(|event| event.of::<RequestEvent>()).find_map(moves_of);
        Ok(rebased.unwrap_or_default())
    }

    /// The next requests in which a clock may run, by id, so that none is looked at twice.
    pub(super) async fn rebased_after(
        &self,
        tenant: TenantId,
        plan: &RebasePlan,
        (after, limit): (Option<RequestId>, usize),
    ) -> Result<Vec<PageRow>, DeskError> {
        let is = |slot, name, value| Expr::Compare(FieldRef::new(slot, name), Comparison::Eq, value);
        let runs = Expr::Any(vec![
            is(request_column::open, "open", Value::Bool(true)),
            Expr::All(vec![
                is(request_column::open, "open", Value::Bool(false)),
                Expr::Has(FieldRef::new(request_column::due_at, "due_at")),
            ]),
        ]);
        let served = match &plan.of {
            RebaseOf::Agreement { agreement } => {
                is(request_column::agreement, "agreement", Value::Code(agreement.as_str().into()))
            }
            RebaseOf::Calendars { .. } | RebaseOf::ZoneData => {
                Expr::Has(FieldRef::new(request_column::agreement, "agreement"))
            }
        };
        let rest =
            after.map(|last| Expr::Compare(FieldRef::new(Slot::ID, "id"), Comparison::Gt, Value::Id(last.0)));
        let all = Expr::All([runs, served].into_iter().chain(rest).collect());
        let mut query = Query::records(tenant, &REQUEST, all.ground(&Unasked));
        query.limit = limit;
        Ok(self.store.query(query).await?.rows)
    }
}

/// Holds a request against what changed.
pub(super) fn look(id: RequestId, rebase: Rebasing) -> Command {
    let wake = Wake::Rebase { set_by: CommandId(rebase.id.0), rebase };
    Command::Request { id, command: RequestCommand::Wake(wake) }
}

fn moves_of(event: &RequestEvent) -> Option<Moves> {
    match event {
        RequestEvent::Rebased(rebased) => Some(rebased.moves),
        _ => None,
    }
}

/// What a decision moves; `None` when nothing happens.
pub(super) fn moves_in(decision: &Decision) -> Option<Moves> {
    let facts = decision.events.iter().map(|event| &*event.fact as &dyn Any);
    facts.filter_map(|fact| fact.downcast_ref::<RequestEvent>()).find_map(moves_of)
}
