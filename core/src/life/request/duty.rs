use serde::{Deserialize, Serialize};

use super::hold::HoldReason;
use super::past::each_state;
use super::record::Request;
use crate::base::{Timestamp, WorkingTime};
use crate::condition::Value;
use crate::config::agreement::{Agreement, CalendarCode, Obligation, ObligationKind, TargetCode};
use crate::config::catalog::{CheckedCatalog, FieldCode};
use crate::life::clock::ClockReading;
use crate::store::Event;

/// How the customer keeps an obligation with a request (обратный SLA).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObligationReading {
    /// The name of the obligation.
    pub name: String,
    /// Each time that it was owed, in order; nothing is owed without one.
    pub times: Vec<Owed>,
    /// The targets that the center is excused from when it is broken before they are due.
    pub excuses: Vec<TargetCode>,
}

/// One time that something was owed by the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// From when on.
    pub since: Timestamp,
    /// By when.
    pub due_at: Timestamp,
    /// When it was given, if it was.
    pub given_at: Option<Timestamp>,
}

/// How an obligation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObligationState {
    /// Nothing is owed.
    NotOwed,
    /// It is owed and not due yet.
    Open,
    /// All was given in time.
    Kept,
    /// Something was not given in time.
    Broken,
}

impl Owed {
    /// Whether it was not given in time, as of an instant. What is given at the due instant is in time.
    #[must_use]
    pub fn is_broken(&self, now: Timestamp) -> bool {
        self.given_at.unwrap_or(now) > self.due_at
    }
}

impl ObligationReading {
    /// How the obligation stands at an instant.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> ObligationState {
        let open = self.times.iter().any(|owed| owed.given_at.is_none());
        match (self.broken_at(now), open) {
            (Some(_), _) => ObligationState::Broken,
            (None, true) => ObligationState::Open,
            (None, false) if self.times.is_empty() => ObligationState::NotOwed,
            (None, false) => ObligationState::Kept,
        }
    }

    /// When it was broken first.
    #[must_use]
    pub fn broken_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.times.iter().filter(|owed| owed.is_broken(now)).map(|owed| owed.due_at).min()
    }

    /// Whether the center is excused from what a clock missed: the obligation was broken by the time the target was due.
    /// Compliance leaves such a target out, as one that was cancelled.
    #[must_use]
    pub fn excuses(&self, missed: &ClockReading, now: Timestamp) -> bool {
        let before = self.broken_at(now).zip(missed.due_at).is_some_and(|(broken, due)| broken <= due);
        missed.breached && before && self.excuses.contains(&missed.target)
    }
}

/// How the customer kept the obligations of an agreement with a request, by what happened to it.
pub(crate) fn obligations(
    events: &[Event],
    agreement: &Agreement,
    catalog: &CheckedCatalog,
) -> Vec<ObligationReading> {
    let read = |obligation: &Obligation| {
        let times = match &obligation.owes {
            ObligationKind::Complete { fields } => complete(events, fields),
            ObligationKind::Timely { within, calendar } => timely(events, (*within, calendar), catalog),
            ObligationKind::Delivered { fields, by } => delivered(events, fields, by),
        };
        ObligationReading { name: obligation.name.clone(), times, excuses: obligation.excuses.clone() }
    };
    agreement.obligations.iter().map(read).collect()
}

fn has_all(request: &Request, fields: &[FieldCode]) -> bool {
    fields.iter().all(|field| request.fields.contains_key(field))
}

/// Complete when it was submitted.
fn complete(events: &[Event], fields: &[FieldCode]) -> Vec<Owed> {
    let mut owed: Option<Owed> = None;
    each_state(events, |at, request| {
        let owed = owed.get_or_insert(Owed { since: at, due_at: at, given_at: None });
        if owed.given_at.is_none() && has_all(request, fields) {
            owed.given_at = Some(at);
        }
    });
    owed.into_iter().collect()
}

/// Each time that the request waited for the requester.
fn timely(
    events: &[Event],
    (within, calendar): (WorkingTime, &CalendarCode),
    catalog: &CheckedCatalog,
) -> Vec<Owed> {
    let Some(calendar) = catalog.calendar(calendar) else { return Vec::new() };
    let mut times: Vec<Owed> = Vec::new();
    each_state(events, |at, request| {
        let waits = request.hold.as_ref().is_some_and(|hold| hold.reason == HoldReason::Requester);
        let open = times.last_mut().filter(|owed| owed.given_at.is_none());
        match (open, waits) {
            (Some(owed), false) => owed.given_at = Some(at),
            (None, true) => {
                let due = calendar.add(at, within).ok();
                times.extend(due.map(|due_at| Owed { since: at, due_at, given_at: None }));
            }
            (Some(_), true) | (None, false) => {}
        }
    });
    times
}

/// By a date that the request names: the last one that it named before the inputs were there.
fn delivered(events: &[Event], fields: &[FieldCode], by: &FieldCode) -> Vec<Owed> {
    let (mut owed, mut given): (Option<Owed>, Option<Timestamp>) = (None, None);
    each_state(events, |at, request| {
        if given.is_none() || owed.is_none() {
            let since = owed.map_or(at, |owed| owed.since);
            owed = match request.fields.get(by).map(|value| &value.value) {
                Some(Value::Instant(due_at)) => Some(Owed { since, due_at: *due_at, given_at: None }),
                _ => None,
            };
        }
        given = given.or_else(|| has_all(request, fields).then_some(at));
    });
    owed.map(|owed| Owed { given_at: given, ..owed }).into_iter().collect()
}
