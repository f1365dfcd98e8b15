use std::collections::BTreeSet;

use super::part::{Holds, PARTS, Texts, Trace, Traces};
use crate::base::{Party, Text, Words};
use crate::life::request::{Left, REQUEST, Request, RequestEvent};
use crate::life::sample::{COLLEAGUE, REQUESTER, loaded, noon, request};
use crate::store::Fact;

#[test]
fn a_kind_stands_once_in_the_table_of_what_kinds_hold() {
    let names: BTreeSet<&str> = PARTS.iter().map(|part| part.kind.name).collect();
    assert_eq!(names.len(), PARTS.len());
}

fn texts_of_requests() -> &'static Texts {
    let holds = PARTS.iter().find(|part| part.kind == &REQUEST).map(|part| &part.holds);
    let Some(Holds::Texts(texts)) = holds else { panic!("a request holds texts") };
    texts
}

fn trace(identities: &[Party], word: &str, request: &Request) -> Option<Trace> {
    let mut words = Words::default();
    words.add(word);
    let traces = Traces { identities, words: &words, requests: BTreeSet::new(), at: noon() };
    (texts_of_requests().trace)(&loaded(request.clone()), &traces)
}

#[test]
fn what_is_the_persons_is_forgotten_and_what_names_them_is_masked() {
    let request = Request { subject: Text::new("Ask Anna").expect("a text"), ..request() };
    assert!(matches!(trace(&[REQUESTER.into()], "nobody", &request), Some(Trace::Forgotten(_))));
    assert!(matches!(trace(&[COLLEAGUE.into()], "anna", &request), Some(Trace::Masked(_))));
    assert!(trace(&[COLLEAGUE.into()], "Boris", &request).is_none());
}

#[test]
fn an_erased_request_keeps_its_figures_and_what_is_left_stands_apart_from_the_fact() {
    let before = Request { subject: Text::new("Ask Anna").expect("a text"), ..request() };
    let left = Left { subject: Text::new("Ask █").expect("a text"), ..Left::of(&before) };
    let event = RequestEvent::Erased { attachment: None, left: Some(Box::new(left.clone())) };
    let mut after = before.clone();
    after.evolve(&event, noon());
    assert_eq!(after, Request { subject: left.subject, ..before.clone() });
    assert!(!event.encode().expect("json").contains("Ask"));
    after.evolve(&RequestEvent::Erased { attachment: None, left: None }, noon());
    assert_eq!(after, Request { subject: Text::default(), ..before });
}
