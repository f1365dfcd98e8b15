//! Work lists: saved views, what is unread, groups, and why something is on top.

use okno::base::Span;
use okno::condition::{Condition, ME, Value};
use okno::config::schedule::{Bucket, Buckets};
use okno::engine::{Before, Grouping, List, OrderPart};
use okno::life::view::{Sharing, Side, ViewId, ViewPlan};
use okno::store::Direction;
use okno::{RequestCommand, RequestId, Status};
use okno_tests::{Center, Who, code, on_every_store, text};
use uuid::Uuid;

#[test]
fn what_others_write_is_unread_until_it_is_read_and_what_one_writes_is_not() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let operator = center.requests(Who::Operator);
        assert_eq!(operator.unread_of(&[id]).await.expect("it is listed"), [id]);
        operator.mark_read(id).await.expect("they see it");
        assert_eq!(operator.unread_of(&[id]).await.expect("it is listed"), []);
        operator.answer(id, "We are on it.").await.expect("they may");
        assert_eq!(operator.unread_of(&[id]).await.expect("it is listed"), [], "it is their own");
        center.requests(Who::Requester).reply(id, "Thank you.").await.expect("they may");
        assert_eq!(operator.unread_of(&[id]).await.expect("it is listed"), [id]);
        let unread = List { unread: true, ..List::of(Condition::eq("line", "it")) };
        assert_eq!(operator.list(&unread).await.expect("it is indexed").rows.len(), 1);
        let colleague = center.requests(Who::Colleague);
        colleague.mark_read(id).await.expect("they see it");
        assert_eq!(colleague.list(&unread).await.expect("it is indexed").rows.len(), 0);
        assert_eq!(operator.unread_of(&[id]).await.expect("it is listed"), [id], "each reads alone");
    });
}

#[test]
fn an_internal_note_leaves_a_request_read_for_its_requester() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let requester = center.requests(Who::Requester);
        requester.mark_read(id).await.expect("it is theirs");
        center.requests(Who::Operator).note(id, "They always ask this.").await.expect("they may");
        assert_eq!(requester.unread_of_own(&[id]).await.expect("it is theirs"), []);
        center.requests(Who::Operator).answer(id, "It is fixed.").await.expect("they may");
        assert_eq!(requester.unread_of_own(&[id]).await.expect("it is theirs"), [id]);
    });
}

#[test]
fn reading_marks_neither_the_request_nor_the_journal() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        let (before, journal) = (center.versioned(id).await, center.lines().await);
        center.requests(Who::Operator).mark_read(id).await.expect("they see it");
        center.requests(Who::Operator).mark_read(id).await.expect("they still do");
        assert_eq!((center.versioned(id).await, center.lines().await), (before, journal));
        for who in [Who::Clerk, Who::Neighbour, Who::Caller] {
            let refused = center.requests(who).mark_read(id).await.expect_err("they do not see it");
            assert!(refused.is_not_found(), "{who:?}");
        }
        let neighbour = center.neighbour().await;
        let refused = neighbour.requests(Who::Operator).mark_read(id).await.expect_err("another tenant's");
        assert!(refused.is_not_found());
    });
}

#[test]
fn a_view_shows_to_everybody_who_uses_it_what_they_may_see() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let requests = mixed(&mut center).await;
        let supervisor = center.acting(Who::Supervisor).views();
        supervisor.save(mine(Sharing::Line(code("it")))).await.expect("they may share");
        for (who, expected) in [(Who::Operator, vec![requests[0]]), (Who::Colleague, vec![requests[1]])] {
            let page = center.acting(who).views().page(MINE, None, 10).await.expect("it is shared");
            assert_eq!(page.rows.iter().map(|row| RequestId(row.id)).collect::<Vec<_>>(), expected);
            let counts = center.acting(who).views().counts().await.expect("it is shared");
            assert_eq!(
                counts.iter().filter_map(|count| count.counts.as_ref().ok()).collect::<Vec<_>>(),
                [&(1, 1)]
            );
        }
        for who in [Who::Requester, Who::Caller, Who::Clerk, Who::Program] {
            let views = center.acting(who).views();
            assert!(views.page(MINE, None, 10).await.expect_err("not theirs").is_not_found(), "{who:?}");
            assert!(views.all().await.expect("there are none").is_empty(), "{who:?}");
        }
        let neighbour = center.neighbour().await;
        let views = neighbour.acting(Who::Operator).views();
        assert!(views.get(MINE).await.expect_err("another tenant's").is_not_found());
        supervisor.delete(MINE).await.expect("it is theirs");
        assert!(center.acting(Who::Operator).views().all().await.expect("there are none").is_empty());
    });
}

#[test]
fn bulk_work_over_a_view_takes_what_the_view_shows_to_who_starts_it() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let requests = mixed(&mut center).await;
        let shared = mine(Sharing::Line(code("it")));
        center.acting(Who::Supervisor).views().save(shared).await.expect("they may share");
        let jobs = |who| center.acting(who).jobs();
        let started = jobs(Who::Colleague).start_on_view(MINE, RequestCommand::Start).await;
        started.expect("the view is shared");
        center.tick().await;
        let mut begun = Vec::new();
        for id in requests {
            begun.push(center.request(id).await.status == Status::InProgress);
        }
        assert_eq!(begun, [false, true, false], "only what the colleague has");
        let hidden = jobs(Who::Clerk).start_on_view(MINE, RequestCommand::Start).await;
        assert!(hidden.expect_err("it is not shared with them").is_not_found());
    });
}

#[test]
fn a_view_with_a_problem_is_not_kept() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        let views = center.acting(Who::Operator).views();
        let unknown = ViewPlan { columns: vec!["subjekt".into()], ..mine(Sharing::Private) };
        let error = views.save(unknown).await.expect_err("no such column").to_string();
        assert!(error.contains("did you mean `subject`?"), "{error}");
        let internal = ViewPlan { side: Side::Own, ..mine(Sharing::Private) };
        assert!(views.save(internal).await.is_err(), "requesters have no `assignee`");
        let unindexed =
            ViewPlan { filter: Condition::eq("hold_reason", "internal"), ..mine(Sharing::Private) };
        views.save(unindexed).await.expect("the own lines lead to an index");
    });
}

#[test]
fn groups_add_up_to_the_count_by_value_and_by_time() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let started = center.now();
        for _ in 0..3 {
            mixed(&mut center).await;
            center.wait(Span::hours(24));
        }
        let everything = Condition::all([]);
        let days =
            Buckets { each: Bucket::Day, zone: "Europe/Moscow".into(), from: started, to: center.now() };
        let by_day = Grouping::Time { field: "created_at".into(), buckets: days };
        for who in [Who::Operator, Who::Supervisor, Who::Clerk] {
            let requests = center.requests(who);
            let count = requests.count(&everything).await.expect("it is allowed");
            for by in [Grouping::Field("status".into()), Grouping::Field("assignee".into()), by_day.clone()] {
                let groups = requests.groups(&everything, &by).await.expect("it is indexed");
                assert_eq!(groups.iter().map(|(_, count)| count).sum::<u64>(), count, "{who:?} {by:?}");
            }
        }
        let groups = center.requests(Who::Operator);
        let groups =
            groups.groups(&everything, &Grouping::Field("status".into())).await.expect("it is indexed");
        assert_eq!(groups, [(Value::Code("assigned".into()), 6), (Value::Code("new".into()), 3)]);
        let own =
            center.requests(Who::Requester).groups_own(&everything, &by_day).await.expect("it is theirs");
        assert_eq!(
            own.iter().map(|(_, count)| *count).collect::<Vec<_>>(),
            [3, 3, 3, 0],
            "this day has none yet"
        );
        let hidden = Grouping::Field("assignee".into());
        assert!(center.requests(Who::Requester).groups_own(&everything, &hidden).await.is_err());
        let unindexed = Grouping::Field("subject".into());
        assert!(center.requests(Who::Operator).groups(&everything, &unindexed).await.is_err());
    });
}

#[test]
fn a_request_can_say_why_it_stands_where_it_stands() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let requests = mixed(&mut center).await;
        let urgent = RequestCommand::Prioritize { impact: 1, urgency: 1 };
        center.step(requests[2], urgent).await;
        let list = List {
            sort: vec![
                ("priority".into(), Direction::Ascending),
                ("created_at".into(), Direction::Descending),
            ],
            ..List::of(Condition::eq("line", "it"))
        };
        let operator = center.requests(Who::Operator);
        let rows = operator.list(&list).await.expect("it is indexed").rows;
        for (place, row) in rows.iter().enumerate() {
            let why = operator.why(&list, RequestId(row.id)).await.expect("it is listed");
            assert_eq!(why.before, Some(Before::Exactly(place as u64)));
            let beside = |at: Option<usize>| at.and_then(|at| rows.get(at)).map(|row| RequestId(row.id));
            assert_eq!(why.above.map(|above| above.request), beside(place.checked_sub(1)));
            assert_eq!(why.below.map(|below| below.request), beside(Some(place + 1)));
            assert!(why.filter.holds);
        }
        let top = operator.why(&list, requests[2]).await.expect("it is listed");
        let decided = top.below.expect("others stand below").decided_by.expect("their priority differs");
        let lower =
            OrderPart { field: "priority".into(), direction: Direction::Ascending, value: Value::Int(4) };
        assert_eq!((top.before, decided), (Some(Before::Exactly(0)), lower));
        let elsewhere = List { filter: Condition::eq("line", "front"), ..list.clone() };
        let why = operator.why(&elsewhere, requests[0]).await.expect("they see it");
        assert_eq!((why.before, why.filter.holds), (None, false));
        let refused = center.requests(Who::Clerk).why(&list, requests[0]).await.expect_err("not theirs");
        assert!(refused.is_not_found());
    });
}

#[test]
fn why_tells_of_what_was_read_and_of_what_has_no_value_to_sort_by() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let requests = mixed(&mut center).await;
        let by_assignee = List {
            sort: vec![("assignee".into(), Direction::Ascending), ("priority".into(), Direction::Ascending)],
            ..List::of(Condition::all([]))
        };
        let supervisor = center.requests(Who::Supervisor);
        let nobodys = supervisor.why(&by_assignee, requests[2]).await.expect("it is listed");
        assert_eq!(nobodys.before, Some(Before::Exactly(0)), "absent values come first");
        let unread = List { unread: true, ..List::of(Condition::eq("line", "it")) };
        supervisor.mark_read(requests[0]).await.expect("they see it");
        let read = supervisor.why(&unread, requests[0]).await.expect("they see it");
        assert_eq!((read.before, read.read, read.filter.holds), (None, true, true));
        let open = supervisor.why(&unread, requests[1]).await.expect("it is listed");
        assert_eq!((open.before.is_some(), open.read), (true, false));
    });
}

const MINE: ViewId = ViewId(Uuid::from_u128(600));

fn mine(sharing: Sharing) -> ViewPlan {
    ViewPlan {
        id: MINE,
        name: text("Mine"),
        side: Side::Center,
        sharing,
        filter: Condition::eq("assignee", ME),
        sort: vec![("created_at".into(), Direction::Ascending)],
        columns: vec!["number".into(), "subject".into()],
    }
}

/// Three requests, a minute apart: one of the operator, one of the colleague, one of nobody.
async fn mixed(center: &mut Center) -> Vec<RequestId> {
    let mut requests = Vec::new();
    for who in [Some(Who::Operator), Some(Who::Colleague), None] {
        let id = center.submit("IT-01").await;
        if let Some(who) = who {
            center.requests(who).claim(id).await.expect("nobody has it");
        }
        center.wait(Span::minutes(1));
        requests.push(id);
    }
    requests
}
