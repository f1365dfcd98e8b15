use std::sync::Arc;

use super::command::{SeriesCommand, SeriesPlan};
use super::event::{Occurrence, SeriesEvent};
use super::record::{CatchUp, SERIES, Series};
use crate::base::Timestamp;
use crate::config::catalog::Action;
use crate::config::schedule::CheckedSchedule;
use crate::life::decision::{Context, Decision, Halt, Reader};
use crate::life::directory::check_name;
use crate::life::refusal::Refusal;
use crate::life::request::{RequestId, SeriesId, check_template, recur};
use crate::store::{NewEvent, NewWork, Put, Queue, Version, WorkChange};

/// Decides a change of a series.
pub(crate) fn decide(
    reader: Reader<'_>,
    id: SeriesId,
    command: &SeriesCommand,
    context: &mut Context<'_>,
) -> Result<Decision, Halt> {
    let found = reader.find::<Series>(SERIES.key(id.0))?;
    match command {
        SeriesCommand::Save { plan } if plan.id != id => {
            Err(Refusal::invalid("plan.id", format!("the series is `{id}`")).into())
        }
        SeriesCommand::Save { plan } => save(found, plan, context),
        SeriesCommand::Occur { at } => {
            let (series, version) = found.ok_or_else(|| Refusal::not_found("series", id))?;
            occur(reader, (&series, version), *at, context)
        }
    }
}

fn save(
    found: Option<(Arc<Series>, Version)>,
    plan: &SeriesPlan,
    context: &Context<'_>,
) -> Result<Decision, Halt> {
    context.policy().require_role(Action::ManageSeries)?;
    check_name("plan.name", &plan.name)?;
    check_template(&plan.submit, context)?;
    if let CatchUp::Within(span) = plan.catch_up
        && span < crate::base::Span::ZERO
    {
        return Err(Refusal::invalid("plan.catch_up", "a span of zero or more is expected").into());
    }
    let schedule = checked(plan)?;
    let next = schedule.next_after(context.now).filter(|_| plan.active);
    let event = SeriesEvent::saved(plan, next);
    let version = found.as_ref().map_or(Version::ABSENT, |(_, version)| *version);
    context.unchanged(version)?;
    let mut decision = context.begin();
    let series = match found {
        Some((series, _)) => {
            let mut series = (*series).clone();
            series.evolve(&event);
            Some(series)
        }
        None => Series::begun(&event),
    };
    if let Some(series) = series {
        decision.answer.subject = series.id.0;
        decision.answer.version = version.next();
        put(&mut decision, series, version, event);
    }
    Ok(decision)
}

fn checked(plan: &SeriesPlan) -> Result<CheckedSchedule, Refusal> {
    plan.schedule.check().map_err(|problems| Refusal::invalid("plan.schedule", problems.to_string()))
}

/// Submits the request of an occurrence and moves the series on. A submission that is refused is noted: the series goes
/// on.
fn occur(
    reader: Reader<'_>,
    (series, version): (&Series, Version),
    at: Timestamp,
    context: &mut Context<'_>,
) -> Result<Decision, Halt> {
    context.policy().require_role(Action::Wake)?;
    if series.next != Some(at) || at > context.now {
        return Err(Refusal::rule("not_due", "the series does not wait for this occurrence").into());
    }
    let schedule = series.schedule.check();
    let schedule = schedule.map_err(|problems| Refusal::invalid("schedule", problems.to_string()))?;
    let due = Due::of(series, at, &schedule, context.now);
    let (mut decision, what) = match (&series.submit, due.late) {
        (_, true) => (context.begin(), Occurrence::TooLate),
        (None, false) => (context.begin(), Occurrence::Refused("erased".to_owned())),
        (Some(submit), false) => match recur(reader, submit, series.id, context) {
            Ok(decision) => {
                let request = RequestId(decision.answer.subject);
                (decision, Occurrence::Submitted(request))
            }
            Err(Halt::Refused(refusal)) => (context.begin(), Occurrence::Refused(refusal.code().to_owned())),
            Err(need @ Halt::Need(_)) => return Err(need),
        },
    };
    let next = schedule.next_after(due.at);
    let event = SeriesEvent::Occurred { at: due.at, what, missed: due.missed, next };
    let mut moved = series.clone();
    moved.evolve(&event);
    put(&mut decision, moved, version, event);
    Ok(decision)
}

/// Which occurrence it is the turn of.
struct Due {
    at: Timestamp,
    /// How many before it are not made up for.
    missed: u32,
    /// Whether it comes too late itself.
    late: bool,
}

impl Due {
    fn of(series: &Series, first: Timestamp, schedule: &CheckedSchedule, now: Timestamp) -> Self {
        let is_late = |at: Timestamp| match series.catch_up {
            CatchUp::Within(span) => now - at > span,
            CatchUp::Each | CatchUp::Latest => false,
        };
        let passes_over = |at: Timestamp| series.catch_up == CatchUp::Latest || is_late(at);
        let mut due = Self { at: first, missed: 0, late: false };
        while passes_over(due.at)
            && let Some(next) = schedule.next_after(due.at).filter(|next| *next <= now)
        {
            due = Self { at: next, missed: due.missed + 1, late: false };
        }
        Self { late: is_late(due.at), ..due }
    }
}

/// Writes a series with what happened to it, and sets its timer.
fn put(decision: &mut Decision, series: Series, expected: Version, event: SeriesEvent) {
    let (subject, key) = (SERIES.key(series.id.0), Series::timer(series.id));
    let queue = Queue::Timers;
    decision.work.push(match series.next {
        // The body names the occurrence: a timer that is tried again is due later than that.
        Some(due) => WorkChange::Set(NewWork { queue, key, subject, due, body: due.to_string() }),
        None => WorkChange::Cancel { queue, key },
    });
    decision.events.push(NewEvent { subject, fact: Arc::new(event) });
    decision.puts.push(Put { record: Arc::new(series), expected });
}
