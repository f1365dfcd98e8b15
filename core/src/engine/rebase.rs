//! Rebases: telling what one would move, and starting it.

use std::sync::Arc;

use uuid::Uuid;

use super::administration::Administration;
use super::carry_rebase::{look, moves_in};
use super::command::Command;
use super::desk::Desk;
use super::error::DeskError;
use super::run::Call;
use crate::base::TenantId;
use crate::base::limits::{PAGE_ROWS_MAX, REBASE_MOVES_MAX};
use crate::condition::Filter;
use crate::config::catalog::Action;
use crate::life::access::Actor;
use crate::life::clock::{ClockMove, Moves, RebaseId, RebasePlan, Rebasing};
use crate::life::definitions::{Published, check_plan};
use crate::life::rebase::{REBASE, Rebase, rebase_column};
use crate::life::request::{REQUEST, Request, RequestId};
use crate::life::{Refusal, World};
use crate::store::{Direction, Loaded, Query, Read, Receipt, SortBy};

/// What a rebase would do as things stand (пробный пересчёт). Nothing was changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RebaseDiff {
    /// How many requests it would look at.
    pub requests: u64,
    /// How many clocks it would move.
    pub moves: Moves,
    /// Which ones: the first [`REBASE_MOVES_MAX`] by the id of their request.
    pub which: Vec<RebaseMove>,
}

/// A clock that a rebase would move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebaseMove {
    /// Its request.
    pub request: RequestId,
    /// The human number of the request.
    pub number: String,
    /// What would become of it.
    pub clock: ClockMove,
}

/// What becomes of running work when agreements, calendars or zone data change.
impl Administration {
    /// What a rebase would move as things stand: all of it is counted, and the first clocks are named. It reads every
    /// request in which a clock runs, a page at a time, and with a replay of an agreement the journal of each.
    ///
    /// # Errors
    /// An actor without the right, an agreement or calendar that there is not.
    pub async fn foresee_rebase(&self, plan: &RebasePlan) -> Result<RebaseDiff, DeskError> {
        let world = self.0.desk.world(self.0.actor.tenant).await?;
        self.0.policy(&world).require_role(Action::ManageDefinitions)?;
        check_plan(plan, &world.catalog)?;
        let mut diff = RebaseDiff::default();
        if !plan.moves_work() {
            return Ok(diff);
        }
        let desk = &self.0.desk;
        let (tenant, now) = (self.0.actor.tenant, desk.now());
        let world = desk.adopting(tenant, &world, plan).await?;
        let rebasing = Rebasing { id: RebaseId(Uuid::nil()), plan: plan.clone(), since: now };
        let mut after = None;
        loop {
            let rows = desk.rebased_after(tenant, plan, (after, PAGE_ROWS_MAX)).await?;
            for request in rows.iter().filter_map(|row| row.record.as_ref().and_then(Loaded::of::<Request>)) {
                desk.foresee_one(tenant, &request, (&rebasing, &world), &mut diff).await?;
            }
            match rows.last() {
                Some(last) if rows.len() == PAGE_ROWS_MAX => after = Some(RequestId(last.id)),
                Some(_) | None => return Ok(diff),
            }
        }
    }

    /// Starts a rebase; the worker carries it out while the desk goes on.
    ///
    /// # Errors
    /// An actor without the right, an agreement or calendar that there is not.
    pub async fn rebase(&self, plan: RebasePlan) -> Result<Receipt, DeskError> {
        self.0.run(Command::Rebase { plan }).await
    }

    /// How far a rebase has come.
    ///
    /// # Errors
    /// An actor without the right, a rebase that there is not.
    pub async fn rebase_of(&self, id: RebaseId) -> Result<Arc<Rebase>, DeskError> {
        let (world, found) = self.0.find::<Rebase>(REBASE.key(id.0)).await?;
        self.0.policy(&world).require_role(Action::ManageDefinitions)?;
        Ok(found.map(|(rebase, _)| rebase).ok_or_else(|| Refusal::not_found("rebase", id))?)
    }

    /// The rebases, the latest first: at most `limit`.
    ///
    /// # Errors
    /// An actor without the right.
    pub async fn rebases(&self, limit: usize) -> Result<Vec<Arc<Rebase>>, DeskError> {
        let world = self.0.desk.world(self.0.actor.tenant).await?;
        self.0.policy(&world).require_role(Action::ManageDefinitions)?;
        let mut query = Query::records(self.0.actor.tenant, &REBASE, Filter::everything());
        query.sort = vec![SortBy::new(rebase_column::started_at, Direction::Descending)];
        query.limit = limit;
        let page = self.0.desk.store().query(query).await?;
        Ok(page.rows.iter().filter_map(|row| row.record.as_ref().and_then(Loaded::of)).collect())
    }
}

impl Desk {
    /// The world as it will be once a rebase has begun.
    async fn adopting(
        &self,
        tenant: TenantId,
        world: &World,
        plan: &RebasePlan,
    ) -> Result<Arc<World>, DeskError> {
        let key = Published::key(tenant);
        let view = self.store.load(Read { keys: vec![key], ..Read::new(tenant) }).await?;
        let found = view.record::<Published>(key).flatten();
        let (published, _) = found.ok_or(Refusal::UnknownTenant { tenant })?;
        let adopted = published.adopting(plan);
        let (catalog, zone_data) = (Arc::new(adopted.compile()), adopted.zone_data);
        Ok(Arc::new(World { catalog, zone_data, ..world.clone() }))
    }

    async fn foresee_one(
        &self,
        tenant: TenantId,
        request: &Request,
        (rebasing, world): (&Rebasing, &Arc<World>),
        diff: &mut RebaseDiff,
    ) -> Result<(), DeskError> {
        let command = look(request.id, rebasing.clone());
        let call = Call::new(Actor::system(tenant), self.fresh_command(), command, self.now());
        let key = REQUEST.key(request.id.0);
        let view = self.store.load(Read { keys: vec![key], ..Read::new(tenant) }).await?;
        let decision = self.decide(&call, view, world, (call.digest()?, None)).await?;
        diff.requests += 1;
        diff.moves += moves_in(&decision).unwrap_or_default();
        let written = decision.puts.iter().find(|put| put.key() == key);
        let after = written.and_then(|put| (&*put.record as &dyn std::any::Any).downcast_ref::<Request>());
        for clock in after.map_or_else(Vec::new, |after| ClockMove::between(&request.clocks, &after.clocks)) {
            if diff.which.len() < REBASE_MOVES_MAX {
                let (request, number) = (request.id, request.number.clone());
                diff.which.push(RebaseMove { request, number, clock });
            }
        }
        Ok(())
    }
}
