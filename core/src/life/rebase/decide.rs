use std::sync::Arc;

use super::command::RebaseCommand;
use super::event::RebaseEvent;
use super::record::{REBASE, Rebase};
use crate::base::Timestamp;
use crate::config::catalog::Action;
use crate::life::clock::{RebaseId, RebasePlan};
use crate::life::decision::{Context, Decision, Halt, Reader};
use crate::life::refusal::Refusal;
use crate::store::{NewEvent, NewWork, Put, Queue, Version, WorkChange};

/// Writes a new rebase into a decision, and what carries it on.
pub(crate) fn put(decision: &mut Decision, plan: RebasePlan, context: &mut Context<'_>) -> RebaseId {
    let id = RebaseId(context.ids.fresh());
    let (by, at) = (context.actor.party, context.now);
    let complete = !plan.moves_work();
    let event = RebaseEvent::RebaseStarted { id, by, plan: plan.clone(), complete };
    let mut rebase = Rebase::new(id, by, plan, at);
    rebase.evolve(&event, at);
    decision.events.push(NewEvent { subject: REBASE.key(id.0), fact: Arc::new(event) });
    if rebase.is_going() {
        decision.work.push(go_on(id, at));
    }
    decision.puts.push(Put { record: Arc::new(rebase), expected: Version::ABSENT });
    id
}

/// Decides a step of a rebase.
pub(crate) fn decide(
    reader: Reader<'_>,
    id: RebaseId,
    command: &RebaseCommand,
    context: &Context<'_>,
) -> Result<Decision, Halt> {
    context.policy().require_role(Action::Wake)?;
    let unknown = || Refusal::not_found("rebase", id);
    let (rebase, version) = reader.find::<Rebase>(REBASE.key(id.0))?.ok_or_else(unknown)?;
    if !rebase.is_going() {
        return Err(Refusal::rule("rebase_ended", "every request was looked at").into());
    }
    let RebaseCommand::Advance { last, requests, moves, complete } = command.clone();
    let event = RebaseEvent::RebaseAdvanced { last, requests, moves, complete };
    let mut rebase = (*rebase).clone();
    rebase.evolve(&event, context.now);
    let mut decision = context.begin();
    decision.events.push(NewEvent { subject: REBASE.key(id.0), fact: Arc::new(event) });
    if rebase.is_going() {
        decision.work.push(go_on(id, context.now));
    }
    (decision.answer.subject, decision.answer.version) = (id.0, version.next());
    decision.puts.push(Put { record: Arc::new(rebase), expected: version });
    Ok(decision)
}

/// The item of the queue that carries a rebase on; how far it is says what is to be done.
fn go_on(id: RebaseId, due: Timestamp) -> WorkChange {
    let (subject, key) = (REBASE.key(id.0), Rebase::timer(id));
    WorkChange::Set(NewWork { queue: Queue::Timers, key, subject, due, body: "{}".to_owned() })
}
