use super::past::each_state;
use super::record::Request;
use super::status::Status;
use crate::base::Timestamp;
use crate::config::agreement::{Agreement, TargetKind};
use crate::config::catalog::{HoldReason, LineCode};
use crate::life::clock::Owner;
use crate::store::Event;

/// From when on who had a request, by what happened to it; before it was submitted the customer had it.
pub(crate) fn owners(events: &[Event], agreement: Option<&Agreement>) -> Vec<(Timestamp, Owner)> {
    let mut owners = vec![(Timestamp::MIN, Owner::Waiting { reason: HoldReason::Requester })];
    each_state(events, |at, request| {
        let owner = owner(request, agreement);
        if owners.last().is_none_or(|(_, last)| *last != owner) {
            owners.push((at, owner));
        }
    });
    owners
}

fn owner(request: &Request, agreement: Option<&Agreement>) -> Owner {
    let line = request.line.clone();
    let waits = request.hold.as_ref().map(|hold| hold.reason);
    match (request.status, waits) {
        (Status::OnHold, Some(reason)) if reason != HoldReason::Internal => Owner::Waiting { reason },
        (Status::Resolved | Status::Closed, _) => Owner::Waiting { reason: HoldReason::Requester },
        _ if agreement.is_some_and(|agreement| is_supplier(agreement, &line)) => Owner::Supplier { line },
        _ if request.assignee.is_none() => Owner::Unassigned { line },
        _ => Owner::Line { line },
    }
}

fn is_supplier(agreement: &Agreement, line: &LineCode) -> bool {
    agreement
        .targets
        .iter()
        .any(|target| matches!(&target.kind, TargetKind::Supplier { line: of, .. } if of == line))
}
