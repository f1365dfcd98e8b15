use std::sync::Arc;

use super::command::{ViewCommand, ViewPlan};
use super::event::ViewEvent;
use super::record::{SAVED_VIEW, SavedView, Sharing, ViewId, view_column};
use crate::base::limits::VIEWS_MAX;
use crate::condition::Value;
use crate::config::catalog::Action;
use crate::life::decision::{Context, Decision, Halt, Reader};
use crate::life::directory::check_name;
use crate::life::refusal::Refusal;
use crate::store::{Lookup, NewEvent, Put, Version};

/// Decides a change of a view.
///
/// That its fields exist and its query is served by an index is seen by the desk, which can ask the store.
pub(crate) fn decide(
    reader: Reader<'_>,
    id: ViewId,
    command: &ViewCommand,
    context: &Context<'_>,
) -> Result<Decision, Halt> {
    context.policy().require_role(Action::KeepViews)?;
    let found = reader.find::<SavedView>(SAVED_VIEW.key(id.0))?;
    let version = found.as_ref().map_or(Version::ABSENT, |(_, version)| *version);
    match &found {
        Some((view, _)) => may_change(view, context)?,
        None => check_number(reader, context)?,
    }
    context.unchanged(version)?;
    let mut decision = context.begin();
    decision.answer.subject = id.0;
    decision.answer.version = version.next();
    let event = match (command, found) {
        (ViewCommand::Save { plan }, _) if plan.id != id => {
            return Err(Refusal::invalid("plan.id", format!("the view is `{id}`")).into());
        }
        (ViewCommand::Save { plan }, found) => {
            let view = save(plan, found.map(|(view, _)| view), context)?;
            let event = saved(&view);
            decision.puts.push(Put { record: Arc::new(view), expected: version });
            event
        }
        (ViewCommand::Delete, Some(_)) => {
            decision.deletes.push((SAVED_VIEW.key(id.0), version));
            decision.answer.version = Version::ABSENT;
            ViewEvent::ViewDeleted { id }
        }
        (ViewCommand::Delete, None) => return Err(Refusal::not_found("view", id).into()),
    };
    decision.events.push(NewEvent { subject: SAVED_VIEW.key(id.0), fact: Arc::new(event) });
    Ok(decision)
}

/// Takes one more view of the actor.
fn check_number(reader: Reader<'_>, context: &Context<'_>) -> Result<(), Halt> {
    let equal = vec![(view_column::owner, Value::Id(context.actor.on_behalf_of().id))];
    if reader.lookup(&Lookup { kind: &SAVED_VIEW, equal, limit: VIEWS_MAX })?.len() < VIEWS_MAX {
        return Ok(());
    }
    Err(Refusal::rule("too_many_views", format!("somebody keeps at most {VIEWS_MAX} views")).into())
}

fn save(plan: &ViewPlan, found: Option<Arc<SavedView>>, context: &Context<'_>) -> Result<SavedView, Refusal> {
    check_name("plan.name", &plan.name)?;
    if plan.sharing != Sharing::Private {
        context.policy().require_role(Action::ShareViews)?;
    }
    if let Sharing::Line(line) = &plan.sharing
        && context.world.catalog.line(line).is_none()
    {
        return Err(Refusal::invalid("plan.sharing", format!("there is no line `{line}`")));
    }
    let owner = found.map_or(context.actor.on_behalf_of(), |view| view.owner);
    Ok(SavedView { owner, plan: plan.clone() })
}

fn saved(view: &SavedView) -> ViewEvent {
    ViewEvent::ViewSaved {
        id: view.plan.id,
        owner: view.owner,
        side: view.plan.side,
        sharing: view.plan.sharing.clone(),
        plan: Some(Box::new(view.plan.clone())),
    }
}

/// The owner changes a view, and of those that are shared whoever may share; who may not even use it does not know of it.
fn may_change(view: &SavedView, context: &Context<'_>) -> Result<(), Refusal> {
    let policy = context.policy();
    if !view.is_seen_by(&policy) {
        return Err(Refusal::not_found("view", view.plan.id));
    }
    if view.owner == policy.party() || policy.holds(Action::ShareViews) {
        return Ok(());
    }
    Err(Refusal::Denied { action: Action::ShareViews })
}
