//! How a row of the log becomes commands.

use std::error::Error;

use okno::life::request::{HoldFor, HoldReason};
use okno::{Request, RequestCommand, Status, Submit, Text};

use super::center;
use super::log::{Row, State};

/// What a row asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// The commands, in order.
    pub(super) commands: Vec<RequestCommand>,
    /// Whether the row asks for a status to which nothing leads from where the request stands.
    pub(super) impossible: bool,
}

/// The submission that the first row of an incident makes, without its state.
pub(super) fn submission(row: &Row, number: &str) -> Result<Submit, Box<dyn Error>> {
    let mut submit = Submit::new(center::service()?, Text::new(number)?);
    submit.requester = Some(center::caller(&row.caller).into());
    submit.line = Some(center::line(&row.group)?);
    submit.category = row.category.as_deref().map(center::category).transpose()?;
    (submit.impact, submit.urgency) = (Some(row.impact), Some(row.urgency));
    submit.occurred_at = row.opened_at;
    Ok(submit)
}

/// The commands that bring a request to where a row says it is.
///
/// A closed request is taken up again before anything else of it changes; otherwise the state comes last.
pub(super) fn plan(row: &Row, request: &Request) -> Result<Plan, Box<dyn Error>> {
    let (state, impossible) = state_commands(row.state, request);
    let mut commands = field_commands(row, request)?;
    let at = if request.status == Status::Closed { 0 } else { commands.len() };
    commands.splice(at..at, state);
    Ok(Plan { commands, impossible })
}

fn field_commands(row: &Row, request: &Request) -> Result<Vec<RequestCommand>, Box<dyn Error>> {
    let mut commands = Vec::new();
    let (impact, urgency) = (row.impact, row.urgency);
    if (request.impact, request.urgency) != (Some(impact), Some(urgency)) {
        commands.push(RequestCommand::Prioritize { impact, urgency });
    }
    let category = row.category.as_deref().map(center::category).transpose()?;
    if category.is_some() && category != request.category {
        commands.push(RequestCommand::Classify { service: None, category });
    }
    let line = center::line(&row.group)?;
    if line != request.line {
        commands.push(RequestCommand::Move { line });
    }
    Ok(commands)
}

fn state_commands(state: State, request: &Request) -> (Vec<RequestCommand>, bool) {
    let ended = matches!(request.status, Status::Resolved | Status::Closed);
    let reopen = |hold| RequestCommand::Reopen { text: String::new(), hold };
    let possible = |commands| (commands, false);
    match state {
        State::Kept => possible(Vec::new()),
        State::New | State::Active if ended => possible(vec![reopen(None)]),
        State::New => back_to_new(request),
        State::Active => possible(into_work(request)),
        State::AwaitingUser => possible(hold(HoldReason::Requester, request)),
        State::AwaitingVendor => possible(hold(HoldReason::ThirdParty, request)),
        State::AwaitingOthers => possible(hold(HoldReason::Internal, request)),
        State::Resolved => possible(vec![resolve(request)]),
        State::Closed if request.status == Status::Closed => {
            possible(vec![RequestCommand::AmendClosing { reason: "closed".to_owned() }])
        }
        State::Closed => possible(vec![RequestCommand::Close { reason: "closed".to_owned() }]),
    }
}

/// Only a hold leads back to where the request stood before it.
fn back_to_new(request: &Request) -> (Vec<RequestCommand>, bool) {
    let is_new = |status| matches!(status, Status::New | Status::Classified | Status::Assigned);
    match &request.hold {
        Some(hold) => (vec![RequestCommand::Resume], !is_new(hold.before)),
        None => (Vec::new(), !is_new(request.status)),
    }
}

fn into_work(request: &Request) -> Vec<RequestCommand> {
    let mut commands = Vec::new();
    let mut status = request.status;
    if let Some(hold) = &request.hold {
        commands.push(RequestCommand::Resume);
        status = hold.before;
    }
    if status != Status::InProgress {
        commands.push(RequestCommand::Start);
    }
    commands
}

/// The log gives no dates, so that only a row ends a hold.
fn hold(reason: HoldReason, request: &Request) -> Vec<RequestCommand> {
    let hold = HoldFor::without_release(reason);
    if matches!(request.status, Status::Resolved | Status::Closed) {
        return vec![RequestCommand::Reopen { text: String::new(), hold: Some(hold) }];
    }
    let same = request.hold.as_ref().is_some_and(|hold| hold.reason == reason);
    if same { Vec::new() } else { vec![RequestCommand::Hold(hold)] }
}

fn resolve(request: &Request) -> RequestCommand {
    let (code, text) = ("resolved".to_owned(), String::new());
    if request.status == Status::Resolved {
        RequestCommand::AmendResolution { code, text }
    } else {
        RequestCommand::Resolve { code, text }
    }
}
