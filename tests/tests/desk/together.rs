//! Several people at one request: who else looks at it, and what changed under one's hands.

use okno::base::Span;
use okno::engine::{Doing, LOOKING_LASTS};
use okno::life::{Change, Refusal};
use okno::{DeskError, Member, RequestCommand};
use okno_tests::{Center, Who, code, on_every_store};

#[test]
fn who_comes_too_late_is_told_what_changed() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let (_, seen) = center.requests(Who::Operator).get(id).await.expect("in sight");
        center.wait(Span::minutes(1));
        center.requests(Who::Colleague).claim(id).await.expect("nobody has it");
        center.requests(Who::Colleague).note(id, "Mine.").await.expect("an operator may");
        center
            .requests(Who::Operator)
            .save_draft(id, okno::life::request::EntryKind::Note, "Hm")
            .await
            .expect("may");
        let operator = center.acting(Who::Operator).having_seen(seen).requests();
        let by = Who::Colleague.party(center.tenant);
        let change = |event| Change { by, at: center.now(), event };
        let stale = operator.answer(id, "On it.").await.expect_err("it changed");
        assert_eq!(changed(stale), [change("claimed"), change("written")]);

        let requester = center.acting(Who::Requester).having_seen(seen).requests();
        let stale = requester.cancel(id, "not_needed").await.expect_err("it changed");
        assert_eq!(changed(stale), [change("claimed")], "a note is nothing to a requester");
        let later = seen.next();
        let operator = center.acting(Who::Operator).having_seen(later).requests();
        let stale = operator.answer(id, "On it.").await.expect_err("it changed");
        assert_eq!(changed(stale), [change("written")], "only what came after");
        let stranger = center.acting(Who::Neighbour).having_seen(seen).requests();
        assert!(stranger.cancel(id, "not_needed").await.expect_err("unseen").is_not_found());
    });
}

#[test]
fn a_version_that_never_was_is_told_as_such() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let (_, seen) = center.requests(Who::Operator).get(id).await.expect("in sight");
        let operator = center.acting(Who::Operator).having_seen(seen.next()).requests();
        assert_eq!(changed(operator.claim(id).await.expect_err("it is not there yet")), []);
    });
}

#[test]
fn people_at_one_request_see_each_other_for_a_while() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let others = async |who, doing| {
            let others = center.requests(who).looking(id, doing).await.expect("in sight");
            others.iter().map(|mark| (mark.party, mark.doing)).collect::<Vec<_>>()
        };
        let party = |who: Who| who.party(center.tenant);
        assert_eq!(others(Who::Operator, Doing::Looking).await, []);
        assert_eq!(others(Who::Colleague, Doing::Writing).await, [(party(Who::Operator), Doing::Looking)]);
        assert_eq!(others(Who::Operator, Doing::Writing).await, [(party(Who::Colleague), Doing::Writing)]);
        assert_eq!(others(Who::Requester, Doing::Looking).await, [], "a requester is shown no operator");
        assert_eq!(
            others(Who::Operator, Doing::Looking).await.len(),
            2,
            "an operator is shown the requester"
        );
        center.wait(LOOKING_LASTS);
        assert_eq!(others(Who::Colleague, Doing::Looking).await, [], "a mark runs out");
    });
}

#[test]
fn who_may_no_longer_see_a_request_is_not_shown_looking_at_it() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        center.requests(Who::Colleague).looking(id, Doing::Looking).await.expect("in sight");
        let place =
            Member { active: false, ..Member::new(code("it"), Who::Colleague.employee(center.tenant)) };
        center.acting(Who::Administrator).people().save_member(place).await.expect("it may");
        let others = center.requests(Who::Operator).looking(id, Doing::Looking).await.expect("in sight");
        assert_eq!(others, []);
        for who in [Who::Colleague, Who::Neighbour, Who::Clerk] {
            let refused = center.requests(who).looking(id, Doing::Looking).await.expect_err("unseen");
            assert!(refused.is_not_found(), "{who:?}: {refused}");
        }
        center.step(id, RequestCommand::Move { line: code("front") }).await;
        let other = center.submit("IT-01").await;
        let others = center.requests(Who::Supervisor).looking(other, Doing::Looking).await.expect("in sight");
        assert_eq!(others, [], "another request, other people");
    });
}

fn changed(error: DeskError) -> Vec<Change> {
    match error {
        DeskError::Refused(Refusal::Stale { changed, .. }) => changed,
        other => panic!("{other}"),
    }
}
