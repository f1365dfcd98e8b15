//! What the end of a request does to its children, one child after the other.

use std::sync::Arc;

use super::command::Command;
use super::desk::Desk;
use super::error::DeskError;
use super::run::Call;
use super::tick::LEASE;
use crate::base::limits::PAGE_ROWS_MAX;
use crate::base::{CommandId, Timestamp, derived_id};
use crate::condition::{Comparison, Expr, FieldRef, Value};
use crate::life::access::Actor;
use crate::life::request::{ForChildren, REQUEST, Request, RequestCommand, RequestId, request_column};
use crate::life::{Refusal, WorldAt};
use crate::store::{Leased, Query};

impl Desk {
    /// Lets the open children of a request follow it. Each does so under an id of its own, so that it follows once, however
    /// often this is begun; the lease is renewed meanwhile. What a child refuses is noted on the parent.
    pub(super) async fn let_children_follow(
        &self,
        item: &Leased,
        follow: &ForChildren,
        now: Timestamp,
    ) -> Result<(), DeskError> {
        let parent = RequestId(item.subject.id);
        let mut query = self.open_children(item, now).await?;
        loop {
            let page = self.store.query(query.clone()).await?;
            let children = page.rows.iter().filter_map(|row| row.record.as_ref()?.of::<Request>());
            for child in children.filter(|child| follow.concerns(parent, child)) {
                self.store.renew(item.lease, LEASE).await?;
                self.let_follow(item, &child, follow, now).await?;
            }
            match page.next {
                Some(cursor) => query.after = Some(cursor),
                None => return Ok(()),
            }
        }
    }

    async fn open_children(&self, item: &Leased, now: Timestamp) -> Result<Query, DeskError> {
        let equals = |slot, name, value| Expr::Compare(FieldRef::new(slot, name), Comparison::Eq, value);
        let of_parent = equals(request_column::parent, "parent", Value::Id(item.subject.id));
        let open = equals(request_column::open, "open", Value::Bool(true));
        let world = self.world(item.lease.tenant).await?;
        let filter = Expr::All(vec![of_parent, open]).ground(&WorldAt { world: &world, now });
        Ok(Query { limit: PAGE_ROWS_MAX, ..Query::records(item.lease.tenant, &REQUEST, filter) })
    }

    async fn let_follow(
        &self,
        item: &Leased,
        child: &Arc<Request>,
        follow: &ForChildren,
        now: Timestamp,
    ) -> Result<(), DeskError> {
        let parent = RequestId(item.subject.id);
        let command = RequestCommand::FollowParent { parent, follow: follow.clone() };
        match self.run(by_item(item, child.id, ("follow", child.id, command), now)).await {
            // Somebody was quicker: it ended, or left its parent.
            Ok(_) => Ok(()),
            Err(DeskError::Refused(refusal)) if refusal.code() == "not_following" => Ok(()),
            Err(DeskError::Refused(refusal)) => self.note_refusal(item, child.id, &refusal, now).await,
            Err(error) => Err(error),
        }
    }

    async fn note_refusal(
        &self,
        item: &Leased,
        child: RequestId,
        refusal: &Refusal,
        now: Timestamp,
    ) -> Result<(), DeskError> {
        let command = RequestCommand::NoteFollowRefused { child, rule: refusal.code().to_owned() };
        let parent = RequestId(item.subject.id);
        match self.run(by_item(item, parent, ("not followed", child, command), now)).await {
            // It was noted before the item was begun anew, perhaps by another rule.
            Ok(_) | Err(DeskError::CommandReused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// A command of the engine that an item causes, once for each child.
fn by_item(
    item: &Leased,
    about: RequestId,
    (what, child, command): (&str, RequestId, RequestCommand),
    now: Timestamp,
) -> Call {
    let id = CommandId(derived_id(item.lease.key, &format!("{what} {child}")));
    let command = Command::Request { id: about, command };
    let mut call = Call::new(Actor::system(item.lease.tenant), id, command, now);
    call.cause = Some(item.lease.key);
    call
}
