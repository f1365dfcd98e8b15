//! Law 1: a record is the fold of its events, and a refused command changes nothing.

use std::any::Any;

use okno::RequestId;
use okno::life::request::{REQUEST, Request, RequestEvent};
use okno::store::{Event, Head, Queue};
use okno_tests::{Center, What};

use crate::law;

#[test]
fn a_record_is_the_fold_of_its_events() {
    law(6, 40, async |store, moves| {
        let mut center = Center::open(store).await;
        for step in moves {
            let _ = center.perform(step).await;
        }
        let journal = center.journal().await;
        for id in &center.submitted {
            let of_request = journal.iter().filter(|event| event.subject == REQUEST.key(id.0));
            let kept = fold(of_request.clone().map(|event| (event, event.of().cloned())));
            assert_eq!(kept, Some(center.request(*id).await));
            let reread = fold(of_request.map(|event| (event, decoded(event))));
            assert_eq!(reread, kept, "after writing the events down and reading them back");
        }
    });
}

#[test]
fn a_refused_command_changes_nothing() {
    law(5, 30, async |store, moves| {
        let mut center = Center::open(store).await;
        for step in moves {
            let before = everything(&center).await;
            let done = center.perform(step).await;
            if done.is_err() && !matches!(step.what, What::Tick) {
                assert_eq!(everything(&center).await, before, "{step:?} was refused: {done:?}");
            }
        }
    });
}

/// A request as the fold of its events, written down and read back.
pub(crate) fn folded(journal: &[Event], id: RequestId) -> Option<Request> {
    let of_request = journal.iter().filter(|event| event.subject == REQUEST.key(id.0));
    fold(of_request.map(|event| (event, decoded(event))))
}

fn fold<'a>(events: impl Iterator<Item = (&'a Event, Option<RequestEvent>)>) -> Option<Request> {
    let mut folded: Option<Request> = None;
    for (event, fact) in events {
        match (&mut folded, fact?) {
            (None, RequestEvent::Submitted(facts)) => folded = Some(Request::submitted(*facts, event.at)),
            (None, _) => return None,
            (Some(request), fact) => request.evolve(&fact, event.at),
        }
    }
    folded
}

/// The fact as a store that writes text gives it back.
fn decoded(event: &Event) -> Option<RequestEvent> {
    let body = event.fact.encode().expect("facts can be written");
    let content = event.fact.content().expect("contents can be written");
    let fact = (REQUEST.decode_event)(&body, content.as_deref()).expect("what was written can be read");
    let any: &dyn Any = &*fact;
    any.downcast_ref().cloned()
}

/// Everything that a command could change, but for the blocks of human numbers, which may have gaps.
async fn everything(center: &Center) -> (Head, Vec<String>, Vec<String>) {
    let mut rest = Vec::new();
    for id in &center.submitted {
        rest.push(format!("{:?}", center.versioned(*id).await));
    }
    for queue in Queue::ALL {
        for parked in [false, true] {
            rest.push(format!("{:?}", center.work(queue, None, parked).await));
        }
    }
    (center.head().await, center.lines().await, rest)
}
