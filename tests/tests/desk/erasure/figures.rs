//! What is counted, timed and due stands as before.

use std::any::Any;

use okno::life::request::{REQUEST, Request, RequestEvent};
use okno_tests::{Who, on_every_store};

use super::bench::{Traces, figures, work};

#[test]
fn erasure_leaves_every_figure_as_it_was() {
    on_every_store(async |store| {
        let traces = Traces::left(store).await;
        let before = figures(&traces.center).await;
        let due = work(&traces.center).await;
        traces.center.wait(okno::base::Span::minutes(1));
        traces.erase().await;
        let mut after = figures(&traces.center).await;
        after.retain(|key, _| !key.starts_with("erasure:"));
        let gone: Vec<&String> = before.keys().filter(|key| !after.contains_key(*key)).collect();
        let kept = |key: &String| !key.starts_with("upload:") && !key.starts_with("draft:");
        assert!(!gone.iter().any(|key| kept(key)), "{gone:?}");
        let differs: Vec<&String> =
            after.iter().filter(|(key, line)| before.get(*key) != Some(line)).map(|(key, _)| key).collect();
        // Somebody who no longer acts, what they asked for again and again, and bytes that are gone.
        let own = ["employee:", "series:", "attachment:", "absence:"];
        assert!(differs.iter().all(|key| own.iter().any(|kind| key.starts_with(kind))), "{differs:?}");
        for key in differs.iter().filter(|key| key.starts_with("attachment:")) {
            let strip = |line: &str| line.split(' ').filter(|part| !part.starts_with("blob=")).count();
            assert_eq!(strip(&after[*key]), strip(&before[*key]));
        }
        assert_eq!(work(&traces.center).await, due, "no timer and no effect came or went");
    });
}

#[test]
fn erasure_leaves_requests_that_are_the_fold_of_their_events() {
    on_every_store(async |store| {
        let traces = Traces::left(store).await;
        traces.erase().await;
        let journal = traces.center.journal().await;
        for id in [traces.own, traces.other] {
            let mut folded: Option<Request> = None;
            for event in journal.iter().filter(|event| event.subject == REQUEST.key(id.0)) {
                let body = event.fact.encode().expect("it can be written");
                let content = event.fact.content().expect("it can be written");
                let fact = (REQUEST.decode_event)(&body, content.as_deref()).expect("it can be read");
                let any: &dyn Any = &*fact;
                match (&mut folded, any.downcast_ref().cloned().expect("it is about a request")) {
                    (None, RequestEvent::Submitted(facts)) => {
                        folded = Some(Request::submitted(*facts, event.at));
                    }
                    (None, other) => panic!("it begins with {other:?}"),
                    (Some(request), fact) => request.evolve(&fact, event.at),
                }
            }
            assert_eq!(folded, Some(traces.center.request(id).await));
        }
        let own = traces.center.requests(Who::Supervisor).get(traces.own).await.expect("it is there").0;
        assert_eq!(own.subject.as_str(), "");
    });
}
