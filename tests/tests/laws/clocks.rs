//! Law 7: a deadline is a function of journal, agreement and calendar, on every store and however the nodes behave.

use okno::RequestCommand;
use okno::base::Span;
use okno::condition::{Comparison, Condition};
use okno::engine::List;
use okno::life::clock::{ClockChange, ClockState};
use okno::life::request::{HoldFor, HoldReason, RequestEvent};
use okno::store::{Direction, Queue};
use okno_tests::{Candidate, Center, Who, catalog, code, on_every_store, promising, start};

use crate::fold::folded;
use crate::law;

async fn open(store: Candidate) -> Center {
    let center = Center::open(store).await;
    let administration = center.acting(Who::Administrator).administration();
    administration.publish(promising()).await.expect("the administrator may publish");
    center
}

#[test]
fn clocks_are_the_fold_of_the_journal_and_what_is_stored_of_them_is_what_they_show() {
    law(5, 40, async |store, moves| {
        let mut center = open(store).await;
        for step in moves {
            let _ = center.perform(step).await;
        }
        center.tick().await;
        let journal = center.journal().await;
        for id in &center.submitted {
            let request = center.request(*id).await;
            assert_eq!(folded(&journal, *id), Some(request.clone()));
            assert!(request.agreement.is_some(), "one agreement is everybody's");
            let shown = center.requests(Who::Supervisor).clocks(*id).await.expect("the supervisor sees it");
            for (clock, shown) in request.clocks.iter().zip(shown) {
                assert_eq!((clock.due_at, clock.breached), (shown.due_at, shown.breached), "{clock:?}");
                assert!(clock.next_at.is_none_or(|next| next > center.now()), "{clock:?}");
            }
        }
    });
}

#[test]
fn a_threshold_is_noted_once_on_however_many_nodes_and_dated_when_it_was_reached() {
    on_every_store(async |store| {
        let mut center = open(store).await;
        for _ in 0..10 {
            center.submit("IT-01").await;
        }
        center.wait(Span::days(2));
        let now = center.now();
        let nodes = [center.node(2), center.node(3), center.node(4)];
        let ticks = nodes.map(|node| tokio::spawn(async move { node.tick(now).await }));
        for tick in ticks {
            tick.await.expect("no panic").expect("the store does its part");
        }
        let mut noted = Vec::new();
        for event in center.journal().await {
            if let Some(RequestEvent::Clocked { ticks }) = event.of() {
                noted.extend(ticks.iter().filter_map(|tick| match &tick.change {
                    ClockChange::Fired { name, at } => Some((name.clone(), *at - start())),
                    ClockChange::Overdue { at } => Some((format!("{} overdue", tick.target), *at - start())),
                    _ => None,
                }));
            }
        }
        noted.sort();
        let each = [("first overdue", 1), ("half", 2), ("late", 5), ("solve overdue", 4)];
        let expected: Vec<_> = each
            .iter()
            .flat_map(|(name, hours)| vec![((*name).to_owned(), Span::hours(*hours)); 10])
            .collect();
        assert_eq!(noted, expected);
        assert!(center.work(Queue::Timers, None, false).await.is_empty());
    });
}

#[test]
fn a_clock_that_comes_late_counts_the_past_that_the_journal_holds() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = center.submit("IT-01").await;
        center.wait(Span::hours(1));
        center.step(id, RequestCommand::Hold(HoldFor::new(HoldReason::Requester))).await;
        center.wait(Span::minutes(30));
        center.step(id, RequestCommand::Resume).await;
        center.wait(Span::hours(1));
        let administration = center.acting(Who::Administrator).administration();
        administration.publish(promising()).await.expect("the administrator may publish");
        assert!(center.request(id).await.clocks.is_empty(), "what is published leaves running work alone");

        center.step(id, RequestCommand::Classify { service: None, category: Some(code("disk")) }).await;
        let clocks = center.requests(Who::Supervisor).clocks(id).await.expect("the supervisor sees it");
        let solve = clocks.iter().find(|clock| clock.target.as_str() == "solve").expect("it came");
        assert_eq!((solve.state, solve.elapsed.millis()), (ClockState::Running, Span::hours(2).millis()));
        assert_eq!(
            solve.fired.len(),
            0,
            "its half is reached now, and a pause at this instant would come first"
        );
        center.tick().await;
        let request = center.request(id).await;
        assert!(request.clocks.iter().any(|clock| clock.fired.iter().any(|fired| fired.at == center.now())));
    });
}

#[test]
fn running_work_keeps_the_revision_of_its_agreement() {
    on_every_store(async |store| {
        let mut center = open(store).await;
        let old = center.submit("IT-01").await;
        let mut changed = promising();
        changed.agreements[1].targets[2].amounts =
            serde_json::from_str(r#"[{"amount": {"type": "working", "time": "30m"}}]"#).expect("amounts");
        let administration = center.acting(Who::Administrator).administration();
        administration.publish(changed).await.expect("the administrator may publish");
        let new = center.submit("IT-01").await;
        center.step(old, RequestCommand::Prioritize { impact: 1, urgency: 1 }).await;
        let due = |request: &okno::Request| {
            let clock = request.clocks.iter().find(|clock| clock.target.as_str() == "solve");
            clock.and_then(|clock| clock.due_at).map(|due| due - start())
        };
        assert_eq!(due(&center.request(old).await), Some(Span::hours(2)));
        assert_eq!(due(&center.request(new).await), Some(Span::minutes(30)));
        let revision = |request: okno::Request| request.agreement.map(|agreement| agreement.revision);
        assert_eq!(revision(center.request(old).await), Some(0));
        assert_eq!(revision(center.request(new).await), Some(1));
        // A node that was not there reads the earlier revision as well.
        let read = center.node(9).acting(Who::Supervisor.actor(center.tenant)).requests().clocks(old).await;
        assert_eq!(read.expect("the supervisor sees it").len(), 3);
    });
}

#[test]
fn a_calendar_that_clocks_name_cannot_disappear() {
    on_every_store(async |store| {
        let center = open(store).await;
        let administration = center.acting(Who::Administrator).administration();
        let refused = administration.publish(catalog()).await.expect_err("clocks name the calendar");
        assert!(refused.to_string().contains("calendar `always`"), "{refused}");
    });
}

#[test]
fn work_is_listed_by_what_is_due_first_and_what_is_overdue_is_counted() {
    on_every_store(async |store| {
        let mut center = open(store).await;
        let first = center.submit("IT-01").await;
        center.wait(Span::minutes(90));
        let second = center.submit("IT-02").await;
        center.tick().await;
        let requests = center.requests(Who::Supervisor);
        let open = Condition::compare("open", Comparison::Eq, true);
        let due = Condition::all([open.clone(), Condition::Has { field: "due_at".into() }]);
        let list = List { sort: vec![("due_at".to_owned(), Direction::Ascending)], ..List::of(due) };
        let page = requests.list(&list).await.expect("an index serves it");
        assert_eq!(page.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [first.0, second.0]);
        let breached = Condition::all([open, Condition::compare("breached", Comparison::Eq, true)]);
        assert_eq!(requests.count(&breached).await.expect("an index serves it"), 1);
    });
}
