use std::collections::BTreeMap;
use std::sync::Arc;

use super::case::Case;
use super::check_text;
use super::files::Files;
use super::values::{Settable, checked};
use crate::base::limits::SUBJECT_CHARS_MAX;
use crate::base::{Party, PartyKind, Text};
use crate::config::catalog::{Action, FieldCode, Level, Service};
use crate::life::decision::{Context, Decision, Halt, Need, Reader};
use crate::life::refusal::Refusal;
use crate::life::request::command::Submit;
use crate::life::request::entry::{EntryKind, Visibility};
use crate::life::request::event::{RequestEvent, Submitted};
use crate::life::request::fields::FieldValue;
use crate::life::request::record::{Request, RequestId, SeriesId};

/// Decides a submission.
///
/// # Errors
/// [`Halt::Need`] names what has to be read before it is asked again, such as a human number; [`Halt::Refused`] the rule
/// that refuses it.
pub fn submit(reader: Reader<'_>, submit: &Submit, context: &mut Context<'_>) -> Result<Decision, Halt> {
    let requester = requester(submit, context)?;
    if submit.line.is_some() && context.actor.principal.is_none() {
        context.policy().require_role(Action::SubmitFor)?;
    }
    let fills_in = if context.policy().holds(Action::SubmitFor) { Settable::All } else { Settable::Public };
    let files = files(reader, submit, context)?;
    make(reader, submit, Source { requester, series: None, fills_in, files }, context)
}

/// Decides the request that a series makes.
pub(crate) fn recur(
    reader: Reader<'_>,
    submit: &Submit,
    series: SeriesId,
    context: &mut Context<'_>,
) -> Result<Decision, Halt> {
    let source = Source {
        requester: named_requester(submit)?,
        series: Some(series),
        fills_in: Settable::All,
        files: Files::default(),
    };
    make(reader, submit, source, context)
}

/// Takes what a series is to submit.
pub(crate) fn check_template(submit: &Submit, context: &Context<'_>) -> Result<(), Refusal> {
    if !submit.files.is_empty() {
        return Err(Refusal::invalid(
            "files",
            "what is uploaded is attached once, and a series submits often",
        ));
    }
    check(submit, named_requester(submit)?, Settable::All, context).map(drop)
}

/// Who asks when nobody acts.
fn named_requester(submit: &Submit) -> Result<Party, Refusal> {
    submit.requester.ok_or_else(|| Refusal::invalid("requester", "nobody is named who asks"))
}

/// Values of the tenant's own fields that fit the dictionary.
type Checked = BTreeMap<FieldCode, Option<FieldValue>>;

/// Where a submission comes from, and what it brings.
struct Source {
    requester: Party,
    series: Option<SeriesId>,
    fills_in: Settable,
    files: Files,
}

fn make(
    reader: Reader<'_>,
    submit: &Submit,
    source: Source,
    context: &mut Context<'_>,
) -> Result<Decision, Halt> {
    let (facts, values) = plan(submit, source.requester, source.fills_in, context)?;
    let facts = Submitted { series: source.series, ..facts };
    let request = Request::submitted(facts.clone(), context.now);
    if source.series.is_none() {
        check_delegated(submit, &request, context)?;
    }
    let event = RequestEvent::Submitted(Box::new(facts));
    let mut case = Case::submitted(context, event, request, source.files);
    if !values.is_empty() {
        case.apply(RequestEvent::ValuesSet { values });
    }
    let entry = case.write(EntryKind::Message, &submit.text);
    case.attach(entry, Visibility::Public)?;
    case.escalate(reader)?;
    Ok(case.finish())
}

/// What is known of a request that is submitted, and its own fields, once everything that was asked for is there.
pub(super) fn plan(
    submit: &Submit,
    requester: Party,
    fills_in: Settable,
    context: &mut Context<'_>,
) -> Result<(Submitted, Checked), Halt> {
    let (service, values) = check(submit, requester, fills_in, context)?;
    let Some(number) = context.number.take().filter(|number| number.prefix == service.prefix) else {
        return Err(Need::number(&service.prefix).into());
    };
    Ok((facts(submit, requester, &service, number.to_string(), context), values))
}

/// Holds a submission against its rules, and gives its service and the values of the tenant's own fields.
fn check(
    submit: &Submit,
    requester: Party,
    fills_in: Settable,
    context: &Context<'_>,
) -> Result<(Arc<Service>, Checked), Refusal> {
    check_subject(&submit.subject)?;
    check_text("text", &submit.text)?;
    let catalog = &context.world.catalog;
    let unknown =
        |what, code: &dyn std::fmt::Display| Refusal::invalid(what, format!("there is no {what} `{code}`"));
    let service =
        catalog.service(&submit.service).ok_or_else(|| unknown("service", &submit.service))?.clone();
    if let Some(category) = submit.category.as_ref().filter(|code| catalog.category(code).is_none()) {
        return Err(unknown("category", category));
    }
    if let Some(line) = &submit.line {
        catalog.line(line).ok_or_else(|| unknown("line", line))?;
    }
    check_levels(submit.impact, submit.urgency, context)?;
    let given = submit.fields.iter().map(|(code, value)| (code.clone(), Some(value.clone())));
    let values = checked(catalog, &given.collect(), fills_in)?;
    check_people(submit, requester, context)?;
    Ok((service, values))
}

fn files(reader: Reader<'_>, submit: &Submit, context: &Context<'_>) -> Result<Files, Halt> {
    if !submit.files.is_empty() {
        context.policy().require_role(Action::Attach)?;
    }
    Files::to_attach(reader, &submit.files, context)
}

/// Who asks: the actor, or whom the actor speaks for.
fn requester(submit: &Submit, context: &Context<'_>) -> Result<Party, Refusal> {
    let actor = context.actor.on_behalf_of();
    let requester = submit.requester.unwrap_or(actor);
    // What a principal lets do is known once it is known what the request is.
    if context.actor.principal.is_none() {
        let action = if requester == actor { Action::Submit } else { Action::SubmitFor };
        context.policy().require_role(action)?;
    }
    Ok(requester)
}

/// Holds a submission for a principal against what was delegated.
fn check_delegated(submit: &Submit, request: &Request, context: &Context<'_>) -> Result<(), Refusal> {
    let own = request.requester == context.actor.on_behalf_of();
    let whose = if own { Action::Submit } else { Action::SubmitFor };
    let named_line = submit.line.as_ref().map(|_| Action::SubmitFor);
    let policy = context.policy();
    match [Some(whose), named_line].into_iter().flatten().find(|action| !policy.may_begin(*action, request)) {
        Some(action) => Err(Refusal::Denied { action }),
        None => Ok(()),
    }
}

pub(super) fn check_subject(subject: &Text) -> Result<(), Refusal> {
    let length = subject.as_str().chars().count();
    if subject.as_str().trim().is_empty() {
        return Err(Refusal::invalid("subject", "the subject is empty"));
    }
    if length > SUBJECT_CHARS_MAX {
        let reason = format!("the subject has {length} characters; at most {SUBJECT_CHARS_MAX} are taken");
        return Err(Refusal::invalid("subject", reason));
    }
    Ok(())
}

pub(super) fn check_levels(
    impact: Option<Level>,
    urgency: Option<Level>,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let matrix = &context.world.catalog.definition().priorities;
    // The first row and the first column tell which levels there are.
    if let Some(impact) = impact.filter(|impact| matrix.cell(*impact, 1).is_none()) {
        return Err(Refusal::invalid("impact", format!("the priority matrix has no impact {impact}")));
    }
    if let Some(urgency) = urgency.filter(|urgency| matrix.cell(1, *urgency).is_none()) {
        return Err(Refusal::invalid("urgency", format!("the priority matrix has no urgency {urgency}")));
    }
    Ok(())
}

fn check_people(submit: &Submit, requester: Party, context: &Context<'_>) -> Result<(), Refusal> {
    let directory = &context.world.directory;
    let person = |party: Party| matches!(party.kind, PartyKind::Employee | PartyKind::Contact);
    for (field, party) in [("requester", Some(requester)), ("recipient", submit.recipient)] {
        if let Some(party) = party.filter(|party| !person(*party) || !directory.is_active(*party)) {
            return Err(Refusal::invalid(field, format!("`{party}` is nobody who can ask for something")));
        }
    }
    if let Some(unit) = submit.unit.filter(|unit| directory.unit(*unit).is_none()) {
        return Err(Refusal::invalid("unit", format!("there is no unit `{unit}`")));
    }
    Ok(())
}

fn facts(
    submit: &Submit,
    requester: Party,
    service: &Service,
    number: String,
    context: &mut Context<'_>,
) -> Submitted {
    let world = context.world;
    let (priority, priority_reason) =
        world.catalog.definition().priorities.priority(submit.impact, submit.urgency);
    let customer = submit.recipient.unwrap_or(requester);
    Submitted {
        id: RequestId(context.ids.fresh()),
        number,
        kind: service.kind,
        service: service.code.clone(),
        confidentiality: service.confidentiality,
        subject: submit.subject.clone(),
        requester,
        recipient: submit.recipient.filter(|recipient| *recipient != requester),
        unit: submit.unit.or_else(|| world.directory.unit_of(customer)),
        channel: context.actor.channel,
        category: submit.category.clone(),
        impact: submit.impact,
        urgency: submit.urgency,
        priority,
        priority_reason,
        line: submit.line.clone().unwrap_or_else(|| service.line.clone()),
        occurred_at: submit.occurred_at,
        series: None,
    }
}
