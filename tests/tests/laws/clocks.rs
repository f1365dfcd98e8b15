//! Law 7: a deadline is a function of journal, agreement and calendar, on every store and however the nodes behave.

use okno::base::Span;
use okno::condition::{Comparison, Condition};
use okno::config::calendar::{CalendarDefinition, DateRule};
use okno::engine::{ComplianceBy, ComplianceGroup, ComplianceQuery, List};
use okno::life::clock::{
    Assumes, ClockChange, ClockState, RebaseId, RebaseMode, RebaseOf, RebasePlan, Tally,
};
use okno::life::request::{HoldFor, HoldReason, Promise, RequestEvent};
use okno::store::{Direction, Queue};
use okno::{Catalog, RequestCommand};
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

#[test]
fn overdue_work_is_told_by_the_clock_and_not_by_when_a_worker_looked() {
    on_every_store(async |store| {
        let mut center = open(store).await;
        let late = center.submit("IT-01").await;
        let held = center.submit("IT-01").await;
        for (id, hold) in [(late, HoldReason::ThirdParty), (held, HoldReason::Requester)] {
            center.requests(Who::Supervisor).answer(id, "We look at it").await.expect("answered");
            center.step(id, RequestCommand::Hold(HoldFor::new(hold))).await;
        }
        center.step(late, RequestCommand::Resume).await;
        center.wait(Span::hours(3));
        let second = center.submit("IT-02").await;
        let requests = center.requests(Who::Supervisor);
        let overdue = Condition::eq("overdue", true);
        assert_eq!(requests.count(&overdue).await.expect("an index serves it"), 0);
        center.wait(Span::minutes(61));
        // No worker has looked yet.
        assert_eq!(requests.count(&overdue).await.expect("an index serves it"), 2);
        assert_eq!(
            requests.count(&overdue.negate()).await.expect("an index serves it"),
            1,
            "what waits is not late"
        );
        let within = |op, span: &str| {
            Condition::all([Condition::eq("open", true), Condition::compare("remaining", op, span)])
        };
        let listed = async |filter| {
            let sort = vec![("remaining".to_owned(), Direction::Ascending)];
            let list = List { sort, columns: vec!["remaining".to_owned()], ..List::of(filter) };
            let page = requests.list(&list).await.expect("an index serves it");
            page.rows.iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(listed(within(Comparison::Le, "0s")).await, [late.0, second.0]);
        assert_eq!(listed(within(Comparison::Lt, "-30s")).await, [late.0, second.0]);
        assert!(listed(within(Comparison::Lt, "-5m")).await.is_empty());
        assert_eq!(
            listed(Condition::eq("open", true)).await,
            [held.0, late.0, second.0],
            "nothing comes first"
        );
        let refused = requests.count(&Condition::compare("remaining", Comparison::Lt, "soon")).await;
        refused.expect_err("no span");
        let own = center.requests(Who::Requester).count_own(&Condition::eq("overdue", true)).await;
        own.expect_err("nothing internal can be guessed through a filter");
    });
}

#[test]
fn what_is_stored_of_deadlines_follows_calendars_and_agreements_through_random_histories() {
    law(4, 40, async |store, moves| {
        let mut center = open(store).await;
        let calendars =
            |mode| RebasePlan { of: RebaseOf::Calendars { calendars: vec![code("always")] }, mode };
        let agreement = |mode| RebasePlan { of: RebaseOf::Agreement { agreement: code("usual") }, mode };
        let mut plans = [
            calendars(RebaseMode::RebaseFromChange),
            agreement(RebaseMode::RebaseFromChange),
            calendars(RebaseMode::ReplayAll),
            agreement(RebaseMode::ReplayAll),
            RebasePlan { of: RebaseOf::ZoneData, mode: RebaseMode::ReplayAll },
        ]
        .into_iter();
        let administration = center.acting(Who::Administrator).administration();
        for (n, step) in moves.iter().enumerate() {
            let _ = center.perform(step).await;
            if n % 7 == 3 {
                administration.publish(edited(&center, n)).await.expect("the administrator may publish");
            }
            if n % 7 == 6
                && let Some(plan) = plans.next()
            {
                // What worked up to here is noted before anything is counted anew.
                center.tick().await;
                let foreseen =
                    administration.foresee_rebase(&plan).await.expect("the administrator may look");
                let receipt = administration.rebase(plan).await.expect("the administrator may do it");
                center.tick().await;
                let done = administration.rebase_of(RebaseId(receipt.subject)).await.expect("it is there");
                assert_eq!((done.requests, done.moves), (foreseen.requests, foreseen.moves));
            }
        }
        center.tick().await;
        let journal = center.journal().await;
        for id in &center.submitted {
            let request = center.request(*id).await;
            assert_eq!(folded(&journal, *id), Some(request.clone()));
            let shown = center.requests(Who::Supervisor).clocks(*id).await.expect("the supervisor sees it");
            for (clock, shown) in request.clocks.iter().zip(shown) {
                if request.status.is_open() {
                    assert_eq!((clock.due_at, clock.breached), (shown.due_at, shown.breached), "{clock:?}");
                }
                assert!(clock.next_at.is_none_or(|next| next > center.now()), "{clock:?}");
                let mut names: Vec<&str> = clock.fired.iter().map(|fired| fired.name.as_str()).collect();
                names.sort_unstable();
                names.dedup();
                assert_eq!(names.len(), clock.fired.len(), "noted once in a cycle: {clock:?}");
            }
        }
    });
}

/// The catalog with another past and another future in its calendar, and other amounts in its agreement.
fn edited(center: &Center, n: usize) -> Catalog {
    let mut catalog = promising();
    let mut calendar = CalendarDefinition::always_open("Europe/Moscow");
    for days in [-1, 1] {
        let day = center.now() + Span::days(days * (n as i64 % 3));
        calendar.versions[0].dates.insert(day.to_string()[..10].to_owned(), DateRule::closed());
    }
    catalog.calendars.insert(code("always"), calendar);
    let hours = format!(r#"[{{"amount": {{"type": "working", "time": "{}h"}}}}]"#, 2 + n % 4);
    catalog.agreements[1].targets[2].amounts = serde_json::from_str(&hours).expect("amounts");
    catalog
}

#[test]
fn compliance_counts_each_promise_once_for_who_may_see_its_request() {
    on_every_store(async |store| {
        let mut center = open(store).await;
        let (kept, missed) = (center.submit("IT-01").await, center.submit("IT-02").await);
        let cancelled = center.submit("IT-01").await;
        center.requests(Who::Requester).cancel(cancelled, "not_needed").await.expect("cancelled");
        for id in [kept, missed] {
            center.wait(Span::minutes(50));
            center.requests(Who::Supervisor).answer(id, "We look at it").await.expect("answered");
        }
        center.step(kept, RequestCommand::Close { reason: "done".into() }).await;
        center.wait(Span::hours(3));
        center.tick().await;
        let (from, to) = (start(), start() + Span::hours(3));
        let requests = center.requests(Who::Supervisor);
        let by = vec![ComplianceBy::Target, ComplianceBy::Service];
        let asked = ComplianceQuery { by, ..ComplianceQuery::of(from, to) };
        let report = requests.compliance(&asked).await.expect("the supervisor may ask");
        let told = |tally: &Tally| (tally.decided.met, tally.decided.missed, tally.open, tally.excluded);
        let group = |target: &str, service: &str| {
            let (target, service) = (Some(code(target)), Some(code(service)));
            let key = ComplianceGroup { target, service, ..ComplianceGroup::default() };
            report.groups.get(&key).map(told)
        };
        assert_eq!(group("first", "IT-01"), Some((1, 0, 0, 1)));
        assert_eq!(group("first", "IT-02"), Some((0, 1, 0, 0)), "answered after the hour");
        assert_eq!(group("solve", "IT-02"), Some((0, 0, 1, 0)), "it is due after the period");
        assert_eq!(told(&report.requests), (1, 1, 0, 1));
        let usual = &report.agreements[&code("usual")];
        assert_eq!(
            (usual.weighted_bp, usual.min_bp, usual.is_kept()),
            (Some(7_500), Some(9_000), Some(false))
        );
        let weights = [(code("first"), 0)].into();
        let weighted = ComplianceQuery { weights, ..asked.clone() };
        let report = requests.compliance(&weighted).await.expect("the supervisor may ask");
        assert_eq!(report.agreements[&code("usual")].is_kept(), Some(true));
        let later = ComplianceQuery::of(to, to + Span::hours(9));
        let report = requests.compliance(&later).await.expect("the supervisor may ask");
        let all = report.groups.get(&ComplianceGroup::default()).map(told);
        assert_eq!(all, Some((0, 1, 0, 0)), "the periods add up");
        let nothing = center.requests(Who::Requester).compliance(&asked).await.expect("nothing is seen");
        assert_eq!(nothing, okno::engine::ComplianceReport::default());
        let reversed = requests.compliance(&ComplianceQuery::of(to, from)).await;
        reversed.expect_err("it ends before it begins");
    });
}

#[test]
fn a_requester_reads_the_promise_and_an_operator_the_forecast() {
    on_every_store(async |store| {
        let mut center = open(store).await;
        let id = center.submit("IT-01").await;
        let promise = async || center.requests(Who::Requester).get_own(id).await.expect("their own").promise;
        let due = start() + Span::hours(4);
        assert_eq!(promise().await, Some(Promise { at: due, assumes: Assumes::Nothing }));
        let until = start() + Span::days(1);
        let hold = HoldFor { until: Some(until), ..HoldFor::new(HoldReason::Requester) };
        center.step(id, RequestCommand::Hold(hold)).await;
        let assumes = Assumes::HoldEnds { at: until };
        assert_eq!(promise().await, Some(Promise { at: until + Span::hours(4), assumes }));
        let forecast = center.requests(Who::Supervisor).forecast(id).await.expect("the supervisor sees it");
        let told: Vec<_> = forecast.iter().map(|one| (one.target.as_str(), one.assumes)).collect();
        assert_eq!(told, [("first", Assumes::Nothing), ("solve", assumes)]);
        let refused = center.requests(Who::Requester).forecast(id).await.expect_err("internal");
        assert!(refused.is_not_found(), "{refused}");
    });
}
