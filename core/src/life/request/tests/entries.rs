//! Edits, redactions, mentions, drafts.

use std::any::Any;
use std::sync::Arc;

use uuid::Uuid;

use crate::base::limits::{
    ENTRY_BYTES_MAX, MENTIONS_MAX, REDACTED_PASSAGE_BYTES_MAX, REDACTED_PASSAGES_MAX, REVISIONS_MAX,
};
use crate::base::{Party, Span, Timestamp};
use crate::life::decision::Decision;
use crate::life::directory::EmployeeId;
use crate::life::refusal::Refusal;
use crate::life::request::command::{LogWork, Message, Redaction, RequestCommand};
use crate::life::request::draft::Draft;
use crate::life::request::effect::Effect;
use crate::life::request::entry::{Entry, EntryId, EntryKind, Redacted, Touched};
use crate::life::request::mark::ReadMark;
use crate::life::request::record::Request;
use crate::life::request::revision::EntryRevision;
use crate::life::request::status::Status;
use crate::life::sample::{
    Ask, COLLEAGUE, OPERATOR, REQUESTER, STRANGER, SUPERVISOR, acts, entry, noon, party, request, world,
};
use crate::store::{Stored, Version, WorkChange};

use RequestCommand as C;

const ENTRY: EntryId = EntryId(Uuid::from_u128(7));

#[test]
fn an_edit_keeps_the_former_text_as_a_revision() {
    let note = entry(ENTRY, EntryKind::Note, party(OPERATOR));
    let decision = done(OPERATOR, noon() + Span::minutes(5), &[&note], edit("Never mind.")).expect("in time");
    let [revision] = &put::<EntryRevision>(&decision)[..] else { panic!("one revision") };
    assert_eq!((revision.number, &revision.text), (1, &note.text));
    assert_eq!((revision.author, revision.at), (note.author, note.at));
    let [edited] = &put::<Entry>(&decision)[..] else { panic!("one entry") };
    let by_operator = Touched { by: party(OPERATOR), at: noon() + Span::minutes(5) };
    assert_eq!(
        (edited.text.as_str(), edited.revisions, edited.edited),
        ("Never mind.", 1, Some(by_operator))
    );

    let again = done(SUPERVISOR, noon() + Span::hours(9), &[&**edited], edit("Done.")).expect("any time");
    let [revision] = &put::<EntryRevision>(&again)[..] else { panic!("one revision") };
    assert_eq!((revision.number, revision.text.as_str()), (2, "Never mind."));
    assert_eq!((revision.author, revision.at), (by_operator.by, by_operator.at));
}

#[test]
fn an_edit_says_nothing_of_the_text_in_its_event() {
    let note = entry(ENTRY, EntryKind::Note, party(OPERATOR));
    let decision = done(OPERATOR, noon(), &[&note], edit("Secret")).expect("in time");
    for event in &decision.events {
        let (body, content) = (event.fact.encode().expect("encodes"), event.fact.content().expect("encodes"));
        assert!(!body.contains("Secret") && !body.contains("Ivanov") && content.is_none(), "{body}");
    }
}

#[test]
fn who_may_edit_what_and_when() {
    let late = noon() + Span::minutes(15) + Span::from_millis(1);
    let answer = entry(ENTRY, EntryKind::Answer, party(OPERATOR));
    let message = entry(ENTRY, EntryKind::Message, party(REQUESTER));
    let note = entry(ENTRY, EntryKind::Note, party(OPERATOR));
    let work = entry(ENTRY, EntryKind::Rating, party(REQUESTER));
    let blanked = Redacted { last: Touched { by: party(SUPERVISOR), at: noon() }, whole: true };
    let blanked = Entry { redacted: Some(blanked), ..answer.clone() };
    let full = Entry { revisions: u32::try_from(REVISIONS_MAX).expect("small"), ..answer.clone() };
    let elsewhere =
        Entry { request: crate::life::request::RequestId(Uuid::from_u128(404)), ..answer.clone() };
    let cases = [
        (OPERATOR, &answer, noon() + Span::minutes(15), "done"),
        (OPERATOR, &answer, late, "edit_window_passed"),
        (SUPERVISOR, &answer, late, "done"),
        (COLLEAGUE, &answer, noon(), "denied"),
        (REQUESTER, &message, noon(), "done"),
        (REQUESTER, &message, late, "edit_window_passed"),
        (REQUESTER, &answer, noon(), "denied"),
        (REQUESTER, &note, noon(), "not_found"),
        (REQUESTER, &work, noon(), "edited_by_rating"),
        (SUPERVISOR, &elsewhere, noon(), "not_found"),
        (OPERATOR, &blanked, noon(), "redacted"),
        (OPERATOR, &full, noon(), "too_many_revisions"),
    ];
    for (who, entry, now, expected) in cases {
        let done = done(who, now, &[entry], edit("Another text"));
        assert_eq!(done.as_ref().map_or_else(Refusal::code, |_| "done"), expected, "{who} {:?}", entry.kind);
    }
    let refused = |text: &str| done(OPERATOR, noon(), &[&answer], edit(text)).expect_err("refused").code();
    assert_eq!((refused(" "), refused("a\0b"), refused(&answer.text)), ("invalid", "invalid", "no_change"));
    let gone = done(OPERATOR, noon(), &[], edit("Hm")).expect_err("no such entry");
    assert_eq!(gone, Refusal::not_found("entry", ENTRY));
}

#[test]
fn a_redaction_blanks_passages_in_the_entry_and_in_all_that_it_said_before() {
    let entry = Entry { revisions: 1, ..entry(ENTRY, EntryKind::Answer, party(OPERATOR)) };
    let former = revision("Ivanov said so.");
    let what = Redaction::Passages { passages: vec!["Ivanov".into(), "+7 900 000-00-00".into()] };
    let decision = redact(SUPERVISOR, &[&entry, &former], what).expect("a supervisor may");
    assert_eq!(put::<Entry>(&decision)[0].text, "Call ███, ███, about ███'s printer.");
    assert_eq!(put::<EntryRevision>(&decision)[0].text, "███ said so.");
    let event = decision.events[0].fact.encode().expect("encodes");
    assert!(event.contains("personal") && !event.contains("Ivanov"), "{event}");
}

#[test]
fn a_whole_redaction_leaves_nothing() {
    let entry = entry(ENTRY, EntryKind::Answer, party(OPERATOR));
    let decision = redact(SUPERVISOR, &[&entry, &revision("Older.")], Redaction::Whole).expect("it may");
    let blanked = put::<Entry>(&decision);
    assert_eq!((blanked[0].text.as_str(), blanked[0].redacted.map(|it| it.whole)), ("███", Some(true)));
    assert_eq!(put::<EntryRevision>(&decision)[0].text, "███");
    let again = redact(SUPERVISOR, &[&*blanked[0]], Redaction::Whole).expect_err("nothing is left");
    assert_eq!(again.code(), "no_change");
}

#[test]
fn passages_that_overlap_leave_nothing_of_each_other() {
    let blanked = |text: &str, passages: &[&str]| {
        let entry = Entry { text: text.into(), ..entry(ENTRY, EntryKind::Note, party(OPERATOR)) };
        let passages = passages.iter().map(|it| (*it).to_owned()).collect();
        let decision = redact(SUPERVISOR, &[&entry], Redaction::Passages { passages }).expect("it is there");
        put::<Entry>(&decision)[0].text.clone()
    };
    assert_eq!(blanked("xabcdx", &["abc", "bcd"]), "x███x");
    assert_eq!(blanked("aaa", &["aa"]), "███");
    assert_eq!(blanked("ёлка и ёлка", &["ёлка"]), "███ и ███");
    assert_eq!(blanked("abab", &["ab"]), "███");
    assert_eq!(blanked("ababac abac", &["abac", "abac"]), "ab███ ███");
    assert_eq!(blanked("aabaaab aab", &["aabaaa", "aab"]), "███ ███");
}

#[test]
fn passages_that_stand_everywhere_are_blanked_at_once() {
    let text = "a".repeat(ENTRY_BYTES_MAX);
    let entry = Entry { text, ..entry(ENTRY, EntryKind::Note, party(OPERATOR)) };
    let passages = (0..REDACTED_PASSAGES_MAX).map(|n| "a".repeat(REDACTED_PASSAGE_BYTES_MAX - n)).collect();
    let decision = redact(SUPERVISOR, &[&entry], Redaction::Passages { passages }).expect("it is there");
    assert_eq!(put::<Entry>(&decision)[0].text, "███");
}

#[test]
fn who_had_read_everything_has_read_what_they_write() {
    let mark = |party, (seen, seen_public)| ReadMark { request: request().id, party, seen, seen_public };
    let noted = Request { entries: 3, public_entries: 2, ..request() };
    let resolved = Request { status: Status::Resolved, resolved_at: Some(noon()), ..noted.clone() };
    let moves = |who, had, standing: &Request, command: C| {
        let world = world();
        let ask = Ask::new(&world, acts(who), noon()).beside(mark(party(who), had));
        let decision = ask.decide_beside(standing, &command).expect("they may");
        put::<ReadMark>(&decision).first().map(|mark| (mark.seen, mark.seen_public))
    };
    let reply = || C::Reply("Thanks.".into());
    assert_eq!(moves(REQUESTER, (2, 2), &noted, reply()), Some((2, 3)), "a note is nothing to them");
    assert_eq!(moves(REQUESTER, (1, 1), &noted, reply()), None, "an answer is unread");
    assert_eq!(moves(OPERATOR, (3, 2), &noted, C::Note("Hm.".into())), Some((4, 2)));
    assert_eq!(moves(OPERATOR, (3, 2), &noted, C::Watch), None, "nothing is written");
    let work = LogWork { spent: Span::hours(1), at: Some(noon()), text: "Cable.".into() };
    assert_eq!(moves(OPERATOR, (3, 2), &noted, C::LogWork(work)), Some((4, 2)));
    let amend = C::AmendResolution { code: "fixed".into(), text: "A new cable.".into() };
    assert_eq!(moves(OPERATOR, (3, 2), &resolved, amend), Some((4, 3)));
    let reopen = C::Reopen { text: "Still silent.".into(), hold: None };
    assert_eq!(moves(REQUESTER, (2, 2), &resolved, reopen), Some((2, 3)));
    assert_eq!(
        moves(REQUESTER, (3, 2), &resolved, C::Rate { score: 1, comment: "Slow.".into() }),
        Some((4, 3))
    );
}

#[test]
fn a_redaction_is_refused_where_it_would_do_nothing_or_harm() {
    let entry = entry(ENTRY, EntryKind::Note, party(OPERATOR));
    let passages = |passages: Vec<String>| Redaction::Passages { passages };
    let many = vec!["Ivanov".to_owned(); REDACTED_PASSAGES_MAX + 1];
    for (passages_of, expected) in [
        (vec!["Petrov".to_owned()], "no_change"),
        (vec![], "invalid"),
        (vec![" ".to_owned()], "invalid"),
        (vec!["█".to_owned()], "invalid"),
        (many, "invalid"),
        (vec!["x".repeat(REDACTED_PASSAGE_BYTES_MAX + 1)], "invalid"),
        (vec!["x".repeat(REDACTED_PASSAGE_BYTES_MAX)], "no_change"),
        (vec!["Ivanov".to_owned(), "\t".to_owned()], "invalid"),
    ] {
        let refused = redact(SUPERVISOR, &[&entry], passages(passages_of)).expect_err("refused");
        assert_eq!(refused.code(), expected);
    }
    let ivanov = || passages(vec!["Ivanov".to_owned()]);
    assert_eq!(redact(OPERATOR, &[&entry], ivanov()).expect_err("no right").code(), "denied");
    assert_eq!(redact(STRANGER, &[&entry], ivanov()).expect_err("no right").code(), "not_found");
}

#[test]
fn everybody_mentioned_is_told_once_and_has_to_be_able_to_read_it() {
    let say = |who, command| done(who, noon(), &[], command);
    let mention = |mentions: &[EmployeeId]| Message {
        mentions: mentions.to_vec(),
        ..Message::from("Have a look, please.")
    };
    let decision =
        say(OPERATOR, C::Note(mention(&[COLLEAGUE, SUPERVISOR, COLLEAGUE, OPERATOR]))).expect("they may");
    assert_eq!(put::<Entry>(&decision)[0].mentions, [COLLEAGUE, SUPERVISOR, OPERATOR]);
    assert_eq!(told(&decision), [party(COLLEAGUE), party(SUPERVISOR)], "nobody tells oneself");

    let unseen =
        say(OPERATOR, C::Note(mention(&[COLLEAGUE, REQUESTER]))).expect_err("a requester reads no notes");
    assert_eq!(unseen.code(), "mention_unseen");
    assert!(unseen.to_string().contains(&REQUESTER.to_string()), "{unseen}");
    say(OPERATOR, C::Answer(mention(&[REQUESTER]))).expect("a requester reads answers");
    let stranger = say(OPERATOR, C::Answer(mention(&[STRANGER]))).expect_err("a stranger sees nothing");
    assert_eq!(stranger.code(), "mention_unseen");

    let asked =
        say(REQUESTER, C::Reply(mention(&[OPERATOR]))).expect_err("operators are not a requester's business");
    assert_eq!(asked.code(), "denied");
    let crowd: Vec<_> = (0..=MENTIONS_MAX as u128).map(|n| EmployeeId(Uuid::from_u128(n))).collect();
    assert_eq!(say(OPERATOR, C::Note(mention(&crowd))).expect_err("too many").code(), "invalid");
}

#[test]
fn a_draft_changes_nothing_about_the_request() {
    let save = |text: &str| C::SaveDraft { kind: EntryKind::Answer, text: text.into() };
    let world = world();
    let ask = Ask { seen: Some(Version(1)), ..Ask::new(&world, acts(OPERATOR), noon()) };
    let (after, decision) = ask.step(&request(), &save("Dear")).expect("who may answer may draft");
    assert_eq!((after, decision.answer.version), (request(), Version(1)));
    assert!(decision.events.is_empty() && decision.work.is_empty() && decision.puts.len() == 1);
    let first = put::<Draft>(&decision)[0].clone();
    let ask = ask.beside((*first).clone());
    let (_, decision) = ask.step(&request(), &save("Dear all")).expect("it is replaced");
    assert_eq!((decision.puts[0].expected, &put::<Draft>(&decision)[0].text[..]), (Version(1), "Dear all"));
    assert_eq!(ask.step(&request(), &save("Dear")).expect_err("the same").code(), "no_change");
}

#[test]
fn a_draft_goes_when_it_is_sent_or_discarded() {
    let draft = Draft {
        request: request().id,
        author: party(OPERATOR),
        kind: EntryKind::Answer,
        text: "Dear".into(),
        at: noon(),
    };
    let sent = Message { from_draft: true, ..Message::from("Dear all") };
    let discard = C::DiscardDraft { kind: EntryKind::Answer };
    for (command, goes) in [
        (C::Answer(sent.clone()), true),
        (C::Answer("Dear all".into()), false),
        (C::Note(sent), false),
        (discard.clone(), true),
    ] {
        let decision = done(OPERATOR, noon(), &[&draft], command).expect("an operator may");
        let expected = if goes { vec![(draft.key(), Version(1))] } else { vec![] };
        assert_eq!(decision.deletes, expected);
    }
    // A colleague's draft is another draft.
    assert_eq!(done(COLLEAGUE, noon(), &[&draft], discard).expect_err("none").code(), "no_change");
}

#[test]
fn only_what_one_may_write_can_be_drafted() {
    let save = |kind| C::SaveDraft { kind, text: "Dear".into() };
    let drafted =
        |who, kind| done(who, noon(), &[], save(kind)).map_or_else(|refusal| refusal.code(), |_| "done");
    assert_eq!(drafted(REQUESTER, EntryKind::Message), "done");
    assert_eq!(drafted(REQUESTER, EntryKind::Note), "denied");
    assert_eq!(drafted(STRANGER, EntryKind::Message), "not_found");
    for kind in [EntryKind::Resolution, EntryKind::Work, EntryKind::Rating] {
        assert_eq!(drafted(OPERATOR, kind), "invalid");
    }
}

fn edit(text: &str) -> C {
    C::EditEntry { entry: ENTRY, text: text.into() }
}

fn redact(who: EmployeeId, beside: &[&dyn Beside], what: Redaction) -> Result<Decision, Refusal> {
    let command = C::RedactEntry { entry: ENTRY, what, reason: "personal".into() };
    done(who, noon() + Span::hours(1), beside, command)
}

fn revision(text: &str) -> EntryRevision {
    let (author, at) = (party(OPERATOR), noon());
    EntryRevision { entry: ENTRY, request: request().id, number: 1, text: text.into(), author, at }
}

fn done(who: EmployeeId, now: Timestamp, beside: &[&dyn Beside], command: C) -> Result<Decision, Refusal> {
    let world = world();
    let ask = Ask::new(&world, acts(who), now);
    let ask = beside.iter().fold(ask, |ask, record| record.put(ask));
    ask.step(&request(), &command).map(|(_, decision)| decision)
}

/// A record of any type that stands beside the request.
trait Beside {
    fn put<'a>(&self, ask: Ask<'a>) -> Ask<'a>;
}

impl<T: Stored + Clone> Beside for T {
    fn put<'a>(&self, ask: Ask<'a>) -> Ask<'a> {
        ask.beside(self.clone())
    }
}

/// The records of a type that a decision writes.
fn put<T: Stored>(decision: &Decision) -> Vec<Arc<T>> {
    let records = decision.puts.iter().map(|put| put.record.clone() as Arc<dyn Any + Send + Sync>);
    records.filter_map(|record| record.downcast().ok()).collect()
}

fn told(decision: &Decision) -> Vec<Party> {
    let bodies = decision.work.iter().filter_map(|change| match change {
        WorkChange::Set(new) => serde_json::from_str(&new.body).ok(),
        WorkChange::Cancel { .. } | WorkChange::Finish(_) => None,
    });
    let told = bodies.map(|effect: Effect| match effect {
        Effect::Notify { to, event, .. } => {
            assert_eq!(event, "mentioned");
            to
        }
        Effect::Warn { .. } | Effect::Emit { .. } => panic!("nothing escalates"),
    });
    told.collect()
}
