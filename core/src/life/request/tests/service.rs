//! Tags, work logged, ratings.

use std::sync::Arc;

use uuid::Uuid;

use crate::base::limits::{TAGS_MAX, WORK_SPENT_MAX, WORK_SPENT_MIN};
use crate::base::{Span, Timestamp};
use crate::life::directory::EmployeeId;
use crate::life::refusal::Refusal;
use crate::life::request::command::{LogWork, RequestCommand};
use crate::life::request::entry::{Entry, EntryId, EntryKind, Visibility, Work};
use crate::life::request::record::Request;
use crate::life::request::status::Status;
use crate::life::request::tag::TAG;
use crate::life::sample::{
    Ask, COLLEAGUE, OPERATOR, REQUESTER, STRANGER, SUPERVISOR, acts, code, entry, noon, party, request, world,
};

use RequestCommand as C;

const ENTRY: EntryId = EntryId(Uuid::from_u128(7));

#[test]
fn tags_are_a_set_and_each_has_a_row() {
    let (tag, untag) = (|| C::Tag { tag: code("vip") }, || C::Untag { tag: code("vip") });
    let tagged = step(OPERATOR, &request(), tag()).expect("an operator may");
    assert_eq!(tagged.tags, [code("vip")].into());
    let rows = |request: &Request| request.rows().iter().filter(|row| *row.kind() == TAG).count();
    assert_eq!((rows(&request()), rows(&tagged)), (0, 1));
    assert_eq!(step(OPERATOR, &tagged, tag()).expect_err("it has it").code(), "no_change");
    assert_eq!(step(OPERATOR, &tagged, untag()).expect("it has it").tags, [].into());
    assert_eq!(step(OPERATOR, &request(), untag()).expect_err("it has none").code(), "no_change");
    assert_eq!(step(REQUESTER, &request(), tag()).expect_err("no right").code(), "denied");
    let full = Request { tags: (0..TAGS_MAX).map(|n| code(&format!("t{n}"))).collect(), ..request() };
    assert_eq!(step(OPERATOR, &full, tag()).expect_err("full").code(), "too_many_tags");
}

#[test]
fn logged_work_adds_up_and_is_internal() {
    let logged = step(OPERATOR, &request(), log(Span::minutes(20), None)).expect("an operator may");
    let twice = step(COLLEAGUE, &logged, log(Span::hours(1), Some(noon()))).expect("a colleague may");
    assert_eq!((twice.touch, twice.entries), (Span::minutes(80), 2));
    assert_eq!(EntryKind::Work.visibility(), Visibility::Internal);
    assert_eq!(
        step(REQUESTER, &request(), log(Span::hours(1), None)).expect_err("no right").code(),
        "denied"
    );
}

#[test]
fn work_has_a_shortest_and_a_longest_time_and_lies_in_the_past() {
    let refused = |work| step(OPERATOR, &request(), work).expect_err("it is refused").code();
    let millisecond = Span::from_millis(1);
    let (short, long) = (WORK_SPENT_MIN.millis() - 1, WORK_SPENT_MAX.saturating_add(millisecond));
    assert_eq!(refused(log(Span::from_millis(short), None)), "invalid");
    assert_eq!(refused(log(long, None)), "invalid");
    assert_eq!(refused(log(Span::hours(1), Some(now() + millisecond))), "invalid");
    for spent in [WORK_SPENT_MIN, WORK_SPENT_MAX] {
        step(OPERATOR, &request(), log(spent, Some(now()))).expect("it is taken");
    }
}

#[test]
fn retracted_work_no_longer_counts() {
    let standing = Request { touch: Span::minutes(30), ..request() };
    let work = |retracted| {
        let work = Some(Work { spent: Span::minutes(20), at: noon(), retracted });
        Entry { work, ..entry(ENTRY, EntryKind::Work, party(OPERATOR)) }
    };
    let retract = |who, entry: Entry| {
        let world = world();
        let ask = Ask::new(&world, acts(who), now()).beside(entry);
        ask.step(&standing, &C::RetractWork { entry: ENTRY }).map(|(after, _)| after.touch)
    };
    for who in [OPERATOR, SUPERVISOR] {
        assert_eq!(retract(who, work(false)), Ok(Span::minutes(10)), "{who}");
    }
    let refused = |who, entry| retract(who, entry).expect_err("it is refused").code();
    assert_eq!(refused(COLLEAGUE, work(false)), "denied");
    assert_eq!(refused(STRANGER, work(false)), "not_found");
    assert_eq!(refused(OPERATOR, work(true)), "no_change");
    assert_eq!(refused(OPERATOR, entry(ENTRY, EntryKind::Note, party(OPERATOR))), "not_work");
}

#[test]
fn a_rating_is_given_once_and_may_be_changed_for_a_while() {
    let resolved = Request { status: Status::Resolved, ..request() };
    let rated = step(REQUESTER, &resolved, rate(2, "Slow.")).expect("it was resolved");
    assert_eq!(rated.rating.map(|rating| (rating.score, rating.first_at)), Some((2, now())));
    assert_eq!(rated.entries, 1, "what was said is an entry");
    let at = |after: Span, command| {
        let world = world();
        let ask = Ask::new(&world, acts(REQUESTER), now() + after);
        ask.step(&rated, &command)
            .map(|(after, _)| after.rating.map(|rating| (rating.score, rating.first_at)))
    };
    assert_eq!(at(Span::days(7), rate(5, "")), Ok(Some((5, now()))));
    let late = Span::days(7).saturating_add(Span::from_millis(1));
    assert_eq!(at(late, rate(5, "")).expect_err("too late").code(), "rating_window_passed");
    assert_eq!(at(Span::hours(1), rate(2, " ")).expect_err("the same").code(), "no_change");
}

#[test]
fn what_is_resolved_anew_is_rated_anew() {
    let resolved = Request { status: Status::Resolved, resolved_at: Some(now()), ..request() };
    let rated = step(REQUESTER, &resolved, rate(2, "")).expect("it was resolved");
    let reopen = C::Reopen { text: String::new(), hold: None };
    let again = step(REQUESTER, &rated, reopen).expect("it may be reopened");
    assert_eq!(again.rating, None);
    let fixed = step(OPERATOR, &again, C::Resolve { code: "fixed".into(), text: String::new() });
    let world = world();
    let later = now() + Span::days(30);
    let ask = Ask::new(&world, acts(REQUESTER), later);
    let (after, _) = ask.step(&fixed.expect("an operator may"), &rate(5, "")).expect("a new window");
    assert_eq!(after.rating.map(|rating| (rating.score, rating.first_at)), Some((5, later)));
}

#[test]
fn only_the_requesters_side_rates_and_only_what_was_served() {
    let standing = |status| Request { status, ..request() };
    for status in Status::ALL {
        let done =
            step(REQUESTER, &standing(status), rate(4, "")).map_or_else(|refusal| refusal.code(), |_| "done");
        let served = matches!(status, Status::Resolved | Status::Closed);
        assert_eq!(done, if served { "done" } else { "not_resolved" }, "{status:?}");
    }
    let closed = standing(Status::Closed);
    for score in [0, 6] {
        assert_eq!(step(REQUESTER, &closed, rate(score, "")).expect_err("no such score").code(), "invalid");
    }
    assert_eq!(step(OPERATOR, &closed, rate(5, "")).expect_err("no right").code(), "denied");
    assert_eq!(step(STRANGER, &closed, rate(5, "")).expect_err("no right").code(), "not_found");
}

fn rate(score: u8, comment: &str) -> C {
    C::Rate { score, comment: comment.into() }
}

fn log(spent: Span, at: Option<Timestamp>) -> C {
    C::LogWork(LogWork { spent, at, text: "Looked at the cable.".into() })
}

fn now() -> Timestamp {
    noon() + Span::hours(2)
}

fn step(who: EmployeeId, request: &Request, command: C) -> Result<Arc<Request>, Refusal> {
    let world = world();
    Ask::new(&world, acts(who), now()).step(request, &command).map(|(after, _)| Arc::new(after))
}
