use super::command::Command;
use super::desk::Desk;
use super::error::DeskError;
use super::run::Call;
use crate::base::limits::{CHANGES_TOLD_MAX, JOURNAL_PAGE_MAX, PAST_EVENTS_MAX};
use crate::base::{CommandId, TenantId};
use crate::config::catalog::Action;
use crate::life::access::Policy;
use crate::life::request::{REQUEST, Request, RequestEvent, RequestId};
use crate::life::{Change, Refusal};
use crate::store::{Event, JournalRead, Key, Read, StoreError, Version};

impl Desk {
    /// Tells who came too late what happened meanwhile; where that cannot be read, the refusal stands as it is.
    pub(super) async fn explained(&self, call: &Call, error: DeskError) -> DeskError {
        let (Command::Request { id, .. }, DeskError::Refused(Refusal::Stale { seen, current, .. })) =
            (&call.command, &error)
        else {
            return error;
        };
        match self.changes(call, *id, (*seen, *current)).await {
            Ok(changed) => Refusal::Stale { seen: *seen, current: *current, changed }.into(),
            Err(failed) => {
                tracing::debug!(command = %call.id, %failed, "what changed cannot be told");
                error
            }
        }
    }

    /// What brought a request from one version to another, as far as the actor may know of it.
    async fn changes(
        &self,
        call: &Call,
        id: RequestId,
        (seen, current): (Version, Version),
    ) -> Result<Vec<Change>, DeskError> {
        let tenant = call.actor.tenant;
        let mut read = Read::new(tenant);
        read.keys = vec![REQUEST.key(id.0)];
        let view = self.store.load(read).await?;
        let world = self.world_at(tenant, view.head).await?;
        let found = view.record::<Request>(REQUEST.key(id.0)).flatten();
        let policy = Policy::new(&world, &call.actor, call.now);
        let all = found.is_some_and(|(request, _)| policy.allows(Action::See, &request));
        let events = self.history(tenant, REQUEST.key(id.0)).await?;
        let between = events.iter().zip(versions(&events));
        let between = between.filter(|(_, version)| seen < *version && *version <= current);
        let known = between.map(|(event, _)| event).filter(|event| all || is_public(event));
        let mut changed: Vec<Change> = known.map(change).collect();
        changed.drain(..changed.len().saturating_sub(CHANGES_TOLD_MAX));
        Ok(changed)
    }

    /// Every event about a record, in order.
    pub(super) async fn history(&self, tenant: TenantId, subject: Key) -> Result<Vec<Event>, DeskError> {
        let mut events: Vec<Event> = Vec::new();
        loop {
            let after = events.last().map_or(0, |event| event.position);
            let read = JournalRead { tenant, after, subject: Some(subject), limit: JOURNAL_PAGE_MAX };
            let page = self.store.events(read).await?;
            let is_last = page.len() < JOURNAL_PAGE_MAX;
            events.extend(page);
            StoreError::within("events of a record's past", events.len(), PAST_EVENTS_MAX)?;
            if is_last {
                return Ok(events);
            }
        }
    }
}

/// The version that each event led to: every command that changed the request raised it by one.
fn versions(events: &[Event]) -> impl Iterator<Item = Version> {
    let (mut version, mut last): (Version, Option<CommandId>) = (Version::ABSENT, None);
    events.iter().map(move |event| {
        if last != Some(event.command) {
            (version, last) = (version.next(), Some(event.command));
        }
        version
    })
}

fn is_public(event: &Event) -> bool {
    event.of::<RequestEvent>().is_some_and(|fact| !fact.is_internal())
}

fn change(event: &Event) -> Change {
    Change { by: event.origin.actor, at: event.at, event: event.fact.name() }
}
