mod case;
mod clocks;
mod entries;
mod escalate;
mod files;
mod flow;
mod involve;
mod link;
mod major;
mod merge;
mod rebase;
mod redact;
mod run;
mod service;
mod split;
mod submit;
mod talk;
mod values;
mod work;

use std::sync::Arc;

use case::Case;
use files::Files;
use merge::master_of;
pub use submit::submit;
pub(crate) use submit::{check_template, recur};

use super::command::{RequestCommand, Wake};
use super::entry::{EntryKind, Visibility};
use super::mark::ReadMark;
use super::record::{REQUEST, Request, RequestId};
use super::status::{Status, Verb};
use crate::base::check_code;
use crate::base::limits::ENTRY_BYTES_MAX;
use crate::config::catalog::Action;
use crate::life::decision::{Context, Decision, Halt, Reader};
use crate::life::directory::{EMPLOYEE, Employee, EmployeeId};
use crate::life::refusal::Refusal;
use crate::store::{Key, Put, Version};

/// Decides a step of a request.
///
/// # Errors
/// [`Halt::Need`] names what has to be read before it is asked again, [`Halt::Refused`] the rule that refuses it.
pub fn decide(
    reader: Reader<'_>,
    id: RequestId,
    command: &RequestCommand,
    context: &mut Context<'_>,
) -> Result<Decision, Halt> {
    let found = reader.find::<Request>(REQUEST.key(id.0))?;
    let (request, version) = found.ok_or_else(|| Refusal::not_found("request", id))?;
    authorize(command, &request, context)?;
    context.unchanged(version)?;
    let files = Files::of_step(reader, command, context)?;
    if request.status == Status::Merged && goes_on(command) {
        let (master, at) = master_of(reader, &request, wants(command).0, context)?;
        authorize(command, &master, context)?;
        let mut case = Case::new(context, master, at, files);
        case.named = id;
        case.hold_to((REQUEST.key(id.0), version));
        return finish(case, reader, command);
    }
    finish(Case::new(context, request, version, files), reader, command)
}

fn finish(mut case: Case<'_, '_>, reader: Reader<'_>, command: &RequestCommand) -> Result<Decision, Halt> {
    let (id, before) = (case.request.id, case.request.status);
    take(&mut case, reader, command)?;
    case.escalate(reader)?;
    case.check_clocks()?;
    if let Some(operator) = case.new_operator() {
        case.hold_to(working(reader, operator)?);
    }
    case.require_past()?;
    // A step may turn to another request in the end: to the parent that it leaves, for one.
    if case.request.id == id {
        case.end_children(reader, before)?;
    }
    case.keep_read(reader)?;
    Ok(case.finish())
}

fn authorize(command: &RequestCommand, request: &Request, context: &Context<'_>) -> Result<(), Refusal> {
    let policy = context.policy();
    policy.require(wants(command).0, request)?;
    wants_besides(command).map_or(Ok(()), |action| policy.require(action, request))
}

/// Takes a step that the actor may take, if the life cycle has it as the case stands now.
fn take(case: &mut Case<'_, '_>, reader: Reader<'_>, command: &RequestCommand) -> Result<(), Halt> {
    if let Some(verb) = wants(command).1 {
        case.check_step(verb)?;
    }
    step(case, reader, command)
}

/// The version at which an employee works here. Whoever leaves at this moment is given nothing behind the back of the
/// leaving, so the decision holds on to it.
fn working(reader: Reader<'_>, operator: EmployeeId) -> Result<(Key, Version), Halt> {
    let key = EMPLOYEE.key(operator.0);
    match reader.find::<Employee>(key)? {
        Some((employee, version)) if employee.active => Ok((key, version)),
        Some(_) | None => {
            Err(Refusal::rule("not_on_line", format!("`{operator}` does not work here any more")).into())
        }
    }
}

/// Whether a command about a merged request goes on to its master.
fn goes_on(command: &RequestCommand) -> bool {
    matches!(
        command,
        RequestCommand::Reply(_)
            | RequestCommand::Answer(_)
            | RequestCommand::AnswerWith { .. }
            | RequestCommand::Note(_)
    )
}

/// Decides that the actor has read everything that a request says to them.
pub(crate) fn read(reader: Reader<'_>, id: RequestId, context: &Context<'_>) -> Result<Decision, Halt> {
    let found = reader.find::<Request>(REQUEST.key(id.0))?;
    let (request, version) = found.ok_or_else(|| Refusal::not_found("request", id))?;
    let policy = context.policy();
    if !policy.allows(Action::See, &request) && !policy.allows(Action::SeeOwn, &request) {
        return Err(Refusal::not_found("request", id).into());
    }
    let party = context.actor.party;
    let expected = reader.version(ReadMark::key(id, party))?;
    let (seen, seen_public) = (request.entries, request.public_entries);
    let mut decision = context.begin();
    decision.answer.subject = id.0;
    decision.answer.label.clone_from(&request.number);
    decision.answer.version = version;
    let record = Arc::new(ReadMark { request: id, party, seen, seen_public });
    decision.puts.push(Put { record, expected });
    Ok(decision)
}

impl RequestCommand {
    /// The right that it needs.
    #[must_use]
    pub fn action(&self) -> Action {
        wants(self).0
    }
}

/// What a command needs leave for, and the step of the life cycle that it is.
#[expect(clippy::too_many_lines, reason = "one arm for each command")]
fn wants(command: &RequestCommand) -> (Action, Option<Verb>) {
    match command {
        RequestCommand::Classify { .. } => (Action::Classify, Some(Verb::Classify)),
        RequestCommand::Prioritize { .. } => (Action::Prioritize, Some(Verb::Prioritize)),
        RequestCommand::Move { .. } => (Action::Move, Some(Verb::Move)),
        RequestCommand::Assign { .. } => (Action::Assign, Some(Verb::Assign)),
        // Who presses second is told who has it, not that the status is wrong.
        RequestCommand::Claim => (Action::Claim, None),
        RequestCommand::Release => (Action::Release, Some(Verb::Release)),
        RequestCommand::GiveBack { .. } => (Action::Wake, Some(Verb::Release)),
        RequestCommand::Start => (Action::Start, Some(Verb::Start)),
        RequestCommand::Hold(_) => (Action::Hold, Some(Verb::Hold)),
        RequestCommand::Resume => (Action::Hold, Some(Verb::Resume)),
        RequestCommand::Signal { .. } => (Action::Signal, Some(Verb::Resume)),
        RequestCommand::Resolve { .. } => (Action::Resolve, Some(Verb::Resolve)),
        RequestCommand::AmendResolution { .. } => (Action::Resolve, Some(Verb::Amend)),
        RequestCommand::AmendClosing { .. } => (Action::Close, Some(Verb::Amend)),
        RequestCommand::Confirm => (Action::Confirm, Some(Verb::Confirm)),
        RequestCommand::Close { .. } => (Action::Close, Some(Verb::Close)),
        RequestCommand::Reopen { .. } => (Action::Reopen, Some(Verb::Reopen)),
        RequestCommand::Cancel { .. } => (Action::Cancel, Some(Verb::Cancel)),
        RequestCommand::Reject { .. } => (Action::Reject, Some(Verb::Reject)),
        RequestCommand::Reply(_) => (Action::Reply, Some(Verb::Reply)),
        RequestCommand::Answer(_) => (Action::Answer, Some(Verb::Answer)),
        RequestCommand::Note(_) => (Action::Note, Some(Verb::Note)),
        RequestCommand::ChangeFields(_) => (Action::ChangeFields, Some(Verb::ChangeFields)),
        RequestCommand::CopyIn { .. } | RequestCommand::CopyOut { .. } => {
            (Action::CopyIn, Some(Verb::CopyIn))
        }
        RequestCommand::Watch | RequestCommand::Unwatch => (Action::Watch, Some(Verb::Watch)),
        RequestCommand::Attach { .. } => (Action::Attach, Some(Verb::Attach)),
        // Neither moves the request, so both are possible wherever it stands.
        RequestCommand::RemoveAttachment { .. } | RequestCommand::ScanAttachment { .. } => {
            (Action::Attach, None)
        }
        RequestCommand::NoteVerdict { .. } => (Action::Wake, None),
        RequestCommand::Wake(Wake::CloseBySilence { .. }) => (Action::Wake, Some(Verb::CloseBySilence)),
        RequestCommand::Wake(Wake::EndHold { .. }) => (Action::Wake, Some(Verb::Resume)),
        RequestCommand::Wake(Wake::Scan { .. } | Wake::Clocks { .. } | Wake::Rebase { .. }) => {
            (Action::Wake, None)
        }
        RequestCommand::Park { .. } => (Action::Wake, None),
        RequestCommand::Retry => (Action::ManageWork, None),
        RequestCommand::EditEntry { .. } => (Action::Edit, Some(Verb::Edit)),
        RequestCommand::RedactEntry { .. } => (Action::Redact, Some(Verb::Redact)),
        RequestCommand::SaveDraft { kind, .. } => drafting(*kind),
        // Whoever began to write may throw it away wherever the request stands by now.
        RequestCommand::DiscardDraft { kind } => (drafting(*kind).0, None),
        RequestCommand::Tag { .. } | RequestCommand::Untag { .. } => (Action::Tag, Some(Verb::Tag)),
        RequestCommand::LogWork(_) | RequestCommand::RetractWork { .. } => {
            (Action::LogWork, Some(Verb::LogWork))
        }
        // Whoever rates too early is told so.
        RequestCommand::Rate { .. } => (Action::Rate, None),
        RequestCommand::SetFields { .. } => (Action::ChangeFields, Some(Verb::ChangeFields)),
        RequestCommand::AnswerWith { .. } => (Action::Answer, Some(Verb::Answer)),
        // Each step of a macro needs its own right and has its own arrow.
        RequestCommand::Run { .. } => (Action::See, None),
        RequestCommand::Merge { .. } => (Action::Merge, Some(Verb::Merge)),
        RequestCommand::Unmerge => (Action::Merge, Some(Verb::Unmerge)),
        RequestCommand::Split { .. } => (Action::See, Some(Verb::Split)),
        RequestCommand::Link { .. }
        | RequestCommand::Unlink { .. }
        | RequestCommand::JoinParent { .. }
        | RequestCommand::LeaveParent => (Action::Link, Some(Verb::Link)),
        RequestCommand::DeclareMajor | RequestCommand::Demote => {
            (Action::DeclareMajor, Some(Verb::DeclareMajor))
        }
        RequestCommand::Broadcast(_) => (Action::DeclareMajor, Some(Verb::Broadcast)),
        RequestCommand::FollowParent { .. }
        | RequestCommand::NoteFollowRefused { .. }
        | RequestCommand::Wake(Wake::ForChildren { .. }) => (Action::Wake, None),
    }
}

/// What a command needs leave for besides, by what it holds.
fn wants_besides(command: &RequestCommand) -> Option<Action> {
    match command {
        RequestCommand::Reopen { hold: Some(_), .. } => Some(Action::Hold),
        RequestCommand::Reply(message)
        | RequestCommand::Answer(message)
        | RequestCommand::Note(message)
        | RequestCommand::Broadcast(message) => Some(Action::Attach).filter(|_| !message.files.is_empty()),
        RequestCommand::Attach { visibility: Visibility::Internal, .. } => Some(Action::Note),
        // How far a scan is concerns operators.
        RequestCommand::ScanAttachment { .. } => Some(Action::See),
        _ => None,
    }
}

/// Whoever may write something may draft it, whenever the request stands where it may be written.
fn drafting(kind: EntryKind) -> (Action, Option<Verb>) {
    match kind {
        EntryKind::Message => (Action::Reply, Some(Verb::Reply)),
        EntryKind::Answer => (Action::Answer, Some(Verb::Answer)),
        // What has no drafts is refused by its own rule, to colleagues.
        EntryKind::Note | EntryKind::Resolution | EntryKind::Work | EntryKind::Rating => {
            (Action::Note, Some(Verb::Note))
        }
    }
}

#[expect(clippy::too_many_lines, reason = "one arm for each command")]
fn step(case: &mut Case<'_, '_>, reader: Reader<'_>, command: &RequestCommand) -> Result<(), Halt> {
    let done = match command {
        RequestCommand::Classify { service, category } => case.classify(service.as_ref(), category.as_ref()),
        RequestCommand::Prioritize { impact, urgency } => case.prioritize(*impact, *urgency),
        RequestCommand::Move { line } => case.hand_over(line),
        RequestCommand::Assign { operator } => case.assign(*operator),
        RequestCommand::Claim => case.claim(),
        RequestCommand::Release => case.release(),
        RequestCommand::GiveBack { operator } => case.give_back(*operator),
        RequestCommand::Start => case.start(),
        RequestCommand::Hold(hold) => case.hold(hold),
        RequestCommand::Resume => case.resume(),
        RequestCommand::Signal { name } => case.signal(name),
        RequestCommand::Resolve { code, text } => case.resolve(code, text),
        RequestCommand::AmendResolution { code, text } => case.amend_resolution(code, text),
        RequestCommand::AmendClosing { reason } => case.amend_closing(reason),
        RequestCommand::Confirm => case.confirm(),
        RequestCommand::Close { reason } => case.close(reason),
        RequestCommand::Reopen { text, hold } => case.reopen(text, hold.as_ref()),
        RequestCommand::Cancel { reason } => case.cancel(reason),
        RequestCommand::Reject { reason } => case.reject(reason),
        RequestCommand::Reply(message) => return case.reply(reader, message),
        RequestCommand::Answer(message) => return case.answer(reader, message),
        RequestCommand::Note(message) => return case.note(reader, message),
        RequestCommand::ChangeFields(changes) => case.change_fields(changes),
        RequestCommand::CopyIn { party, access } => case.copy_in(*party, *access),
        RequestCommand::CopyOut { party } => case.copy_out(*party),
        RequestCommand::Watch => case.watch(),
        RequestCommand::Unwatch => case.unwatch(),
        RequestCommand::Attach { visibility, .. } => case.attach(None, *visibility),
        RequestCommand::RemoveAttachment { attachment } => case.remove_attachment(*attachment),
        RequestCommand::ScanAttachment { attachment } => case.scan_attachment(*attachment),
        RequestCommand::NoteVerdict { attachment, verdict } => case.note_verdict(*attachment, verdict),
        RequestCommand::Wake(wake) => case.wake(wake),
        RequestCommand::Park { timer, key, reason, body } => case.park((*timer, *key), reason, body),
        RequestCommand::Retry => case.retry(),
        RequestCommand::EditEntry { entry, text } => return case.edit_entry(reader, *entry, text),
        RequestCommand::RedactEntry { entry, what, reason } => {
            return case.redact_entry(reader, *entry, what, reason);
        }
        RequestCommand::SaveDraft { kind, text } => return case.save_draft(reader, *kind, text),
        RequestCommand::DiscardDraft { kind } => return case.discard_draft(reader, *kind),
        RequestCommand::Tag { tag } => case.tag(tag),
        RequestCommand::Untag { tag } => case.untag(tag),
        RequestCommand::LogWork(work) => case.log_work(work),
        RequestCommand::RetractWork { entry } => return case.retract_work(reader, *entry),
        RequestCommand::Rate { score, comment } => case.rate(*score, comment),
        RequestCommand::SetFields { values } => case.set_fields(values),
        RequestCommand::AnswerWith { reply, language } => {
            return case.answer_with(reader, reply, language.as_deref());
        }
        RequestCommand::Run { code } => return case.run(reader, code),
        RequestCommand::Merge { into, requester, earliest } => {
            return case.merge(reader, *into, (*requester, *earliest));
        }
        RequestCommand::Unmerge => return case.unmerge(reader),
        RequestCommand::Split { entry, submit } => return case.split(reader, *entry, submit),
        RequestCommand::Link { kind, to } => return case.link(reader, *kind, *to),
        RequestCommand::Unlink { kind, to } => return case.unlink(reader, *kind, *to),
        RequestCommand::JoinParent { parent, on_end } => return case.join_parent(reader, *parent, *on_end),
        RequestCommand::LeaveParent => return case.leave_parent(reader),
        RequestCommand::DeclareMajor => case.declare_major(),
        RequestCommand::Demote => case.demote(),
        RequestCommand::Broadcast(message) => return case.broadcast(reader, message),
        RequestCommand::FollowParent { parent, follow } => {
            return case.follow_parent(reader, *parent, follow);
        }
        RequestCommand::NoteFollowRefused { child, rule } => case.note_follow_refused(*child, rule),
    };
    Ok(done?)
}

/// Takes a text as it is, or says why not.
fn check_text(field: &'static str, text: &str) -> Result<(), Refusal> {
    if text.len() > ENTRY_BYTES_MAX {
        let reason = format!("the text has {} bytes; at most {ENTRY_BYTES_MAX} are taken", text.len());
        return Err(Refusal::invalid(field, reason));
    }
    if text.contains('\0') {
        return Err(Refusal::invalid(field, "the text holds the character U+0000"));
    }
    Ok(())
}

/// Takes a text that has to say something.
fn check_message(field: &'static str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::invalid(field, "the text is empty"));
    }
    check_text(field, text)
}

/// What would change nothing.
fn no_change(reason: &str) -> Refusal {
    Refusal::rule("no_change", reason)
}

/// Takes a code; free text belongs into entries.
fn check_reason(field: &'static str, code: &str) -> Result<(), Refusal> {
    check_code(code).map_err(|error| Refusal::invalid(field, error.to_string()))
}
