use std::sync::Arc;

use uuid::Uuid;

use super::command::Command;
use super::desk::Desk;
use super::error::DeskError;
use super::plan::Plan;
use super::recent::Left;
use super::worlds::check_zone_data;
use crate::base::limits::{CONFLICT_RETRIES_MAX, READ_ROUNDS_MAX};
use crate::base::{CommandId, IdGen, TenantId, Timestamp};
use crate::config::catalog::CheckedCatalog;
use crate::life::access::Actor;
use crate::life::{
    Context, Decision, Halt, Number, Outcome, Past, Reader, Refusal, World, archive, definitions, directory,
    erasure, job, rebase, request, series, view,
};
use crate::store::{Digest, Key, Put, Read, Receipt, Remembered, StoreError, Version, View, WorkChange};

/// A command with everything that it comes with.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) actor: Actor,
    pub(super) id: CommandId,
    pub(super) seen: Option<Version>,
    pub(super) command: Command,
    pub(super) now: Timestamp,
    /// The timer or effect that gave the command.
    pub(super) cause: Option<Uuid>,
    /// Ends of leases, which take effect together with the command.
    pub(super) finishes: Vec<WorkChange>,
    /// Records of the engine's own, which are written together with what the command writes.
    pub(super) puts: Vec<Put>,
    /// Records that must not have changed: when one did, the command is not tried again.
    pub(super) guards: Vec<(Key, Version)>,
}

impl Call {
    pub(super) fn new(actor: Actor, id: CommandId, command: Command, now: Timestamp) -> Self {
        Self {
            actor,
            id,
            seen: None,
            command,
            now,
            cause: None,
            finishes: Vec::new(),
            puts: Vec::new(),
            guards: Vec::new(),
        }
    }

    /// Whether nothing takes effect together with the command.
    pub(super) fn is_plain(&self) -> bool {
        self.finishes.is_empty() && self.puts.is_empty() && self.guards.is_empty()
    }

    /// Another payload, another actor or another principal, under the same id is another command.
    pub(super) fn digest(&self) -> Result<Digest, DeskError> {
        let payload =
            serde_json::to_vec(&(self.actor.party, self.actor.principal, self.seen, &self.command))?;
        Ok(Digest::of(&payload))
    }
}

/// How one try at a command ended without an answer.
enum Again {
    Conflict(StoreError),
    Failed(DeskError),
}

impl<E: Into<DeskError>> From<E> for Again {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Desk {
    pub(super) fn fresh_command(&self) -> CommandId {
        CommandId(IdGen::new(self.now(), self.ids.seed()).fresh())
    }

    /// Decides by what was seen last, where that is known, and commits. Where it is not, or is no longer right, loads,
    /// decides and commits; on a conflict or a lost answer it looks again, a bounded number of times.
    pub(super) async fn run(&self, call: Call) -> Result<Receipt, DeskError> {
        let (digest, catalog) = (call.digest()?, call.command.catalog()?);
        if let Some(receipt) = self.run_unseen(&call, digest).await? {
            return Ok(receipt);
        }
        let mut tries = 0;
        loop {
            match self.try_once(&call, digest, catalog.as_ref()).await {
                Ok(receipt) => return Ok(receipt),
                Err(Again::Failed(error)) => return Err(self.explained(&call, error).await),
                Err(Again::Conflict(source)) => {
                    tries += 1;
                    tracing::debug!(command = %call.id, %source, tries, "deciding again");
                    if tries > CONFLICT_RETRIES_MAX {
                        return Err(DeskError::Contended { tries, source });
                    }
                }
            }
        }
    }

    /// Loads and decides; who asked commits.
    pub(super) async fn plan(&self, call: &Call) -> Result<Plan, DeskError> {
        let (digest, catalog) = (call.digest()?, call.command.catalog()?);
        match self.planned(call, digest, catalog.as_ref()).await {
            Ok(plan) => Ok(plan),
            Err(error) => Err(self.explained(call, error).await),
        }
    }

    async fn try_once(
        &self,
        call: &Call,
        digest: Digest,
        catalog: Option<&CheckedCatalog>,
    ) -> Result<Receipt, Again> {
        let decision = match self.planned(call, digest, catalog).await? {
            Plan::Done(receipt) => return Ok(receipt),
            Plan::Commit(decision) => *decision,
        };
        let left = Left::of(&decision);
        match self.store.commit(decision).await {
            Ok(receipt) => {
                self.remember(left, &receipt);
                Ok(receipt)
            }
            Err(StoreError::Repeated { first }) => Ok(first_answer(call.id, digest, *first)?),
            Err(StoreError::Conflict { key, expected, found })
                if call.guards.iter().any(|(guarded, _)| *guarded == key) =>
            {
                Err(Again::Failed(StoreError::Conflict { key, expected, found }.into()))
            }
            // A value that somebody took meanwhile is refused by its own rule, once the directory is read again.
            Err(
                error @ (StoreError::Conflict { .. } | StoreError::Unknown { .. } | StoreError::Taken { .. }),
            ) => Err(Again::Conflict(error)),
            Err(error) => Err(error.into()),
        }
    }

    async fn planned(
        &self,
        call: &Call,
        digest: Digest,
        catalog: Option<&CheckedCatalog>,
    ) -> Result<Plan, DeskError> {
        let mut read = Read::new(call.actor.tenant);
        read.keys = call.command.keys(&call.actor);
        read.command = Some(call.id);
        let view = self.store.load(read).await?;
        self.recent.saw(call.actor.tenant, &view);
        if let Some(first) = view.first {
            return Ok(Plan::Done(first_answer(call.id, digest, first)?));
        }
        let world = self.world_at(call.actor.tenant, view.head).await?;
        let mut decision = self.decide(call, view, &world, (digest, catalog)).await?;
        // Leases end first: what the decision sets or cancels may be the very item.
        decision.work.splice(0..0, call.finishes.iter().cloned());
        decision.puts.extend(call.puts.iter().cloned());
        decision.guards.extend(&call.guards);
        Ok(Plan::Commit(Box::new(decision)))
    }

    pub(super) async fn decide(
        &self,
        call: &Call,
        mut view: View,
        world: &Arc<World>,
        (digest, catalog): (Digest, Option<&CheckedCatalog>),
    ) -> Result<Decision, DeskError> {
        if call.command.keeps_time() {
            check_zone_data(world)?;
        }
        let mut context = Context {
            now: call.now,
            actor: &call.actor,
            world,
            command: call.id,
            digest,
            seen: call.seen,
            cause: call.cause,
            scanning: self.is_scanning(world),
            number: None,
            past: None,
            ids: IdGen::new(call.now, self.ids.seed()),
        };
        for _ in 0..READ_ROUNDS_MAX {
            let need = match decide(&view, &call.command, catalog, &mut context)? {
                Outcome::Done(decision) => return Ok(*decision),
                Outcome::Need(need) => need,
            };
            if let Some(prefix) = need.number {
                let count = self.next_number(call.actor.tenant, &prefix).await?;
                context.number = Some(Number { prefix, count });
            }
            if let Some(subject) = need.past {
                let events = self.history(call.actor.tenant, subject).await?;
                context.past = Some(Past { subject, events });
            }
            if !need.keys.is_empty() || !need.lookups.is_empty() {
                let mut read = Read::new(call.actor.tenant);
                (read.keys, read.lookups) = (need.keys, need.lookups);
                view.merge(self.store.load(read).await?);
            }
        }
        Err(DeskError::Store(StoreError::Limit {
            what: "rounds of reading for a decision",
            found: READ_ROUNDS_MAX as usize + 1,
            max: READ_ROUNDS_MAX as usize,
        }))
    }

    /// Commits a batch that no decision stands behind: the end of a lease, a block of numbers.
    pub(super) fn plain_batch(
        &self,
        tenant: TenantId,
        now: Timestamp,
        id: CommandId,
        cause: Option<Uuid>,
    ) -> Decision {
        let origin = crate::store::Origin { cause, ..crate::store::Origin::SYSTEM };
        Decision::new(tenant, now, id, Digest::of(&[]), origin)
    }
}

/// The one pure question: what does this command change, as things stand?
fn decide(
    view: &View,
    command: &Command,
    catalog: Option<&CheckedCatalog>,
    context: &mut Context<'_>,
) -> Result<Outcome, Refusal> {
    let reader = Reader(view);
    let decision = match (command, catalog) {
        (Command::Submit { submit }, _) => request::submit(reader, submit, context),
        (Command::Request { id, command }, _) => request::decide(reader, *id, command, context),
        (Command::Read { id }, _) => request::read(reader, *id, context),
        (Command::View { id, command }, _) => view::decide(reader, *id, command, context),
        (Command::Directory { command }, _) => directory::decide(reader, command, context),
        (Command::Bulk { bulk }, _) => job::start(bulk, context),
        (Command::Archive { id, bundle, bytes }, _) => {
            archive::decide(reader, *id, (*bundle, *bytes), context)
        }
        (Command::ErasePerson { party }, _) => erasure::start(reader, *party, context),
        (Command::Erasure { party, command }, _) => erasure::decide(reader, *party, command, context),
        (Command::Job { id, command }, _) => job::decide(reader, *id, command, context),
        (Command::Series { id, command }, _) => series::decide(reader, *id, command, context),
        (Command::Rebase { plan }, _) => definitions::rebase(reader, plan, context),
        (Command::RebaseStep { id, command }, _) => rebase::decide(reader, *id, command, context),
        (Command::Publish { .. }, Some(catalog)) => definitions::publish(reader, catalog, context),
        (Command::Publish { .. }, None) => {
            Err(Halt::Refused(Refusal::invalid("catalog", "it was not checked")))
        }
    };
    match decision {
        Ok(decision) => Ok(Outcome::Done(Box::new(decision))),
        Err(Halt::Need(need)) => Ok(Outcome::Need(need)),
        Err(Halt::Refused(refusal)) => Err(refusal),
    }
}

pub(super) fn first_answer(
    command: CommandId,
    digest: Digest,
    first: Remembered,
) -> Result<Receipt, DeskError> {
    if first.digest == digest { Ok(first.receipt) } else { Err(DeskError::CommandReused { command }) }
}
