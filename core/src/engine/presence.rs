use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::error::DeskError;
use super::requests::Requests;
use crate::base::limits::PRESENCE_MAX;
use crate::base::{Party, Span, TenantId, Timestamp};
use crate::config::catalog::Action;
use crate::life::access::Policy;
use crate::life::request::{Request, RequestId};

/// How long somebody counts as looking at a request; a screen that stays open says so again in time.
pub const LOOKING_LASTS: Span = Span::seconds(30);

/// Knows who looks at what at the moment. What it forgets does no harm: a mark is a courtesy among people, never a lock.
#[async_trait]
pub trait Presence: Debug + Send + Sync + 'static {
    /// Notes that somebody looks at a request, in the place of an earlier mark of theirs.
    async fn mark(&self, tenant: TenantId, request: RequestId, mark: Looking) -> Result<(), PresenceError>;

    /// The marks on a request that have not run out.
    async fn who(
        &self,
        tenant: TenantId,
        request: RequestId,
        now: Timestamp,
    ) -> Result<Vec<Looking>, PresenceError>;
}

/// That somebody looks at a request (отметка о просмотре).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looking {
    /// Who.
    pub party: Party,
    /// On whose behalf, when for somebody else.
    pub principal: Option<Party>,
    /// What they do.
    pub doing: Doing,
    /// Until when the mark counts.
    pub until: Timestamp,
}

/// What somebody who has a request before them does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// Reads.
    Looking,
    /// Writes.
    Writing,
}

/// Why marks cannot be kept or told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("who looks at a request cannot be told: {reason}")]
pub struct PresenceError {
    /// Why.
    pub reason: String,
}

/// Marks in the memory of one process: what a desk begins with. Nodes that share a store need a port that they share.
#[derive(Debug, Default)]
pub struct MemoryPresence(Mutex<HashMap<(TenantId, RequestId), Vec<Looking>>>);

#[async_trait]
impl Presence for MemoryPresence {
    async fn mark(&self, tenant: TenantId, request: RequestId, mark: Looking) -> Result<(), PresenceError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let marks = all.entry((tenant, request)).or_default();
        marks.retain(|known| known.party != mark.party);
        marks.push(mark);
        let surplus = marks.len().saturating_sub(PRESENCE_MAX);
        marks.drain(..surplus);
        Ok(())
    }

    async fn who(
        &self,
        tenant: TenantId,
        request: RequestId,
        now: Timestamp,
    ) -> Result<Vec<Looking>, PresenceError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever asks clears what has run out everywhere, so that nothing piles up.
        all.retain(|_, marks| {
            marks.retain(|mark| mark.until > now);
            !marks.is_empty()
        });
        Ok(all.get(&(tenant, request)).cloned().unwrap_or_default())
    }
}

/// Who else has a request before them.
impl Requests {
    /// Marks the actor as looking at a request for [`LOOKING_LASTS`], and tells who else does, of those who may see it.
    /// A requester is shown nobody who sees it as an operator.
    ///
    /// # Errors
    /// [`Refusal::NotFound`](crate::life::Refusal::NotFound), what the [`Presence`] reports.
    pub async fn looking(&self, id: RequestId, doing: Doing) -> Result<Vec<Looking>, DeskError> {
        let (world, request, _) = self.load(id).await?;
        let policy = self.0.policy(&world);
        let operator = policy.allows(Action::See, &request);
        if !operator {
            self.may(&world, Action::SeeOwn, &request)?;
        }
        let (tenant, now) = (self.0.actor.tenant, self.0.desk.now());
        let (party, principal) = (self.0.actor.party, self.0.actor.principal);
        let presence = &self.0.desk.presence;
        presence.mark(tenant, id, Looking { party, principal, doing, until: now + LOOKING_LASTS }).await?;
        let mut others = presence.who(tenant, id, now).await?;
        others.retain(|mark| {
            mark.party != party && mark.until > now && is_shown(&policy, mark, operator, &request)
        });
        Ok(others)
    }
}

fn is_shown(policy: &Policy<'_>, mark: &Looking, to_operator: bool, request: &Request) -> bool {
    let who = (mark.party, mark.principal);
    let as_operator = policy.lets(who, Action::See, request);
    let as_requester = policy.lets(who, Action::SeeOwn, request);
    if to_operator { as_operator || as_requester } else { as_requester && !as_operator }
}
