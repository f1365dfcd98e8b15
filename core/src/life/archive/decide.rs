use std::sync::Arc;

use super::record::Tombstone;
use crate::config::catalog::Action;
use crate::life::decision::{Context, Decision, Halt, Reader};
use crate::life::refusal::Refusal;
use crate::life::request::{REQUEST, Request, RequestEvent, RequestId, Status};
use crate::store::{BlobDigest, NewEvent, Put, Version, WorkChange};

/// Decides that an ended request leaves: a tombstone takes its place, and its journal keeps what happened without its
/// texts. What belongs to it is deleted afterwards.
pub(crate) fn decide(
    reader: Reader<'_>,
    id: RequestId,
    (bundle, bytes): (BlobDigest, u64),
    context: &Context<'_>,
) -> Result<Decision, Halt> {
    context.policy().require_role(Action::Archive)?;
    let key = REQUEST.key(id.0);
    let found = reader.find::<Request>(key)?;
    let (request, version) = found.ok_or_else(|| Refusal::not_found("request", id))?;
    context.unchanged(version)?;
    if !has_ended(request.status) {
        let status = request.status.code();
        return Err(Refusal::rule("not_ended", format!("the request is {status}")).into());
    }
    let mut decision = context.begin();
    decision.answer.subject = id.0;
    decision.answer.label.clone_from(&request.number);
    let record = Arc::new(Tombstone::of(&request, (bundle, bytes), context.now));
    decision.puts.push(Put { record, expected: Version::ABSENT });
    decision.deletes.push((key, version));
    decision.deletes.extend(request.rows().iter().map(|row| (row.key(), Version::ABSENT.next())));
    decision.erase.push(key);
    let fact = Arc::new(RequestEvent::Archived { bundle, bytes });
    decision.events.push(NewEvent { subject: key, fact });
    let stuck = request.stuck.iter().map(|stuck| WorkChange::Cancel { queue: stuck.queue(), key: stuck.key });
    decision.work.extend(stuck);
    Ok(decision)
}

/// Whether nothing is left to do, and nothing closes it later.
fn has_ended(status: Status) -> bool {
    match status {
        Status::Closed | Status::Cancelled | Status::Rejected | Status::Merged => true,
        Status::New
        | Status::Classified
        | Status::Assigned
        | Status::InProgress
        | Status::OnHold
        | Status::Resolved => false,
    }
}
