//! What becomes of running work when agreements, calendars and zone data change.

use std::sync::Arc;

use okno::base::{CommandId, Span, derived_id};
use okno::config::agreement::Agreement;
use okno::config::calendar::{CalendarDefinition, DateRule, VersionDefinition, zone_data_version};
use okno::life::clock::{
    ClockReading, ClockState, Moves, Outcome, RebaseId, RebaseMode, RebaseOf, RebasePlan,
};
use okno::life::definitions::Published;
use okno::life::request::{HoldFor, HoldReason, RequestEvent, RequestId};
use okno::store::{Batch, Digest, Origin, Put, Read};
use okno::{Catalog, DeskError, RequestCommand};
use okno_tests::{Candidate, Center, Who, catalog, code, on_every_store, start};

/// Within two days of the calendar `days` a request is done, and within six hours answered.
const AGREEMENTS: &str = r#"[{"code": "usual", "name": "Usual", "targets": [
    {"code": "first", "kind": {"type": "first_response"}, "calendar": "days",
     "amounts": [{"amount": {"type": "working", "time": "6h"}}]},
    {"code": "solve", "kind": {"type": "resolution"}, "calendar": "days",
     "amounts": [{"amount": {"type": "working", "time": "48h"}}],
     "thresholds": [{"name": "half", "at": {"type": "percent", "percent": 50}}]}]}]"#;

/// Always open, but for some dates.
fn days(closed: &[&str]) -> CalendarDefinition {
    let mut calendar = CalendarDefinition::always_open("UTC");
    calendar.versions[0].dates = closed.iter().map(|date| ((*date).to_owned(), DateRule::closed())).collect();
    calendar
}

fn promising(closed: &[&str]) -> Catalog {
    let mut catalog = catalog();
    catalog.calendars.insert(code("days"), days(closed));
    catalog.agreements = serde_json::from_str::<Vec<Agreement>>(AGREEMENTS).expect("agreements");
    catalog
}

async fn publish(center: &Center, catalog: Catalog) -> Result<(), DeskError> {
    center.acting(Who::Administrator).administration().publish(catalog).await.map(drop)
}

/// A center in which time is promised.
async fn open(store: Candidate) -> Center {
    let center = Center::open(store).await;
    publish(&center, promising(&[])).await.expect("the administrator may publish");
    center
}

async fn clock(center: &Center, id: RequestId, target: &str) -> ClockReading {
    let clocks = center.requests(Who::Supervisor).clocks(id).await.expect("the supervisor sees it");
    clocks.into_iter().find(|clock| clock.target.as_str() == target).expect("the clock is there")
}

/// When the resolution is due, as it is shown and as it is stored.
async fn due(center: &Center, id: RequestId) -> (Option<Span>, Option<Span>) {
    let shown = clock(center, id, "solve").await.due_at;
    let request = center.request(id).await;
    let stored = request.clocks.iter().find(|clock| clock.target.as_str() == "solve").expect("it is there");
    (shown.map(|due| due - start()), stored.due_at.map(|due| due - start()))
}

fn calendars(mode: RebaseMode) -> RebasePlan {
    RebasePlan { of: RebaseOf::Calendars { calendars: vec![code("days")] }, mode }
}

fn date(days: i64) -> String {
    (start() + Span::days(days)).to_string()[..10].to_owned()
}

/// Foresees a rebase, has it carried out, and sees that it did what was foreseen.
async fn rebase(center: &Center, plan: RebasePlan) -> Moves {
    let administration = center.acting(Who::Administrator).administration();
    let foreseen = administration.foresee_rebase(&plan).await.expect("the administrator may look");
    let receipt = administration.rebase(plan).await.expect("the administrator may do it");
    center.tick().await;
    let done = administration.rebase_of(RebaseId(receipt.subject)).await.expect("it is there");
    assert!(!done.is_going());
    assert_eq!((done.requests, done.moves), (foreseen.requests, foreseen.moves));
    assert_eq!(foreseen.which.len() as u64, foreseen.moves.moved);
    done.moves
}

#[test]
fn an_edited_calendar_moves_the_deadlines_of_running_work_and_the_journal_says_why() {
    on_every_store(async |store| {
        let mut center = open(store).await;
        let ids = [center.submit("IT-01").await, center.submit("IT-01").await];
        let done = center.submit("IT-01").await;
        center.step(done, RequestCommand::Assign { operator: Who::Operator.employee(center.tenant) }).await;
        center.step(done, RequestCommand::Start).await;
        center.step(done, RequestCommand::Resolve { code: "done".into(), text: String::new() }).await;
        let closed = date(1);
        publish(&center, promising(&[&closed])).await.expect("the administrator may publish");
        let (two, three) = (Some(Span::days(2)), Some(Span::days(3)));
        assert_eq!(due(&center, ids[0]).await, (three, two), "what is shown follows at once");
        center.tick().await;
        for id in ids {
            assert_eq!(due(&center, id).await, (three, three), "what is stored follows by the worker");
        }
        assert_eq!(due(&center, done).await, (two, two), "what was settled stays");
        let moved = center.journal().await.into_iter().filter_map(|event| match event.of() {
            Some(RequestEvent::Rebased(rebased)) => {
                Some((event.subject.id, rebased.plan.clone(), rebased.moves))
            }
            _ => None,
        });
        let one = Moves { moved: 1, ..Moves::default() };
        let expected = ids.map(|id| (id.0, calendars(RebaseMode::KeepOld), one));
        let mut moved: Vec<_> = moved.collect();
        moved.sort_by_key(|(id, ..)| ids.iter().position(|known| known.0 == *id));
        assert_eq!(moved, expected);
    });
}

#[test]
fn the_past_of_a_calendar_stays_as_it_was_counted_until_somebody_lets_it_be_counted_anew() {
    on_every_store(async |store| {
        let mut center = open(store).await;
        let id = center.submit("IT-01").await;
        center.wait(Span::hours(47));
        center.tick().await;
        // Somebody forgot that yesterday was a holiday.
        publish(&center, promising(&[&date(1)])).await.expect("the administrator may publish");
        center.tick().await;
        let (two, three) = (Some(Span::days(2)), Some(Span::days(3)));
        assert_eq!(due(&center, id).await, (two, two));
        assert!(clock(&center, id, "first").await.breached);

        // Another publication brings the past in no more than the first one did.
        publish(&center, promising(&[&date(1), &date(9)])).await.expect("the administrator may publish");
        center.tick().await;
        assert_eq!(due(&center, id).await, (two, two));
        assert_eq!(rebase(&center, calendars(RebaseMode::KeepOld)).await, Moves::default());
        assert_eq!(due(&center, id).await, (two, two));

        let moves = rebase(&center, calendars(RebaseMode::RebaseFromChange)).await;
        assert_eq!(moves, Moves { moved: 1, breached: 0, cleared: 0 });
        assert_eq!(due(&center, id).await, (three, three));
        let fired = clock(&center, id, "solve").await.fired;
        assert_eq!(fired.len(), 1, "what was noted stays noted");
        center.wait(Span::days(3));
        center.tick().await;
        let solve = clock(&center, id, "solve").await;
        assert_eq!((solve.fired, solve.breached), (fired, true), "and is not noted again");
    });
}

#[test]
fn a_replay_measures_what_ended_and_judges_what_stopped_anew() {
    on_every_store(async |store| {
        let mut center = open(store).await;
        let id = center.submit("IT-01").await;
        center.wait(Span::hours(14));
        center.step(id, RequestCommand::Assign { operator: Who::Operator.employee(center.tenant) }).await;
        center.requests(Who::Operator).answer(id, "We look at it").await.expect("the operator answers");
        center.step(id, RequestCommand::Hold(HoldFor::new(HoldReason::Requester))).await;
        assert_eq!(clock(&center, id, "first").await.outcome, Some(Outcome::Missed));
        center.wait(Span::days(1));
        center.step(id, RequestCommand::Resume).await;
        publish(&center, promising(&[&date(0)])).await.expect("the administrator may publish");
        center.tick().await;
        let from = RebasePlan { mode: RebaseMode::RebaseFromChange, ..calendars(RebaseMode::KeepOld) };
        assert_eq!(rebase(&center, from).await, Moves::default(), "what ended stays as it was measured");
        let moves = rebase(&center, calendars(RebaseMode::ReplayAll)).await;
        assert_eq!(moves, Moves { moved: 2, breached: 0, cleared: 1 });
        let first = clock(&center, id, "first").await;
        assert_eq!((first.outcome, first.breached), (Some(Outcome::Met), false));
        // The first twelve hours do not count any more.
        let solve = clock(&center, id, "solve").await;
        assert_eq!((solve.state, solve.elapsed.millis()), (ClockState::Running, Span::hours(2).millis()));
    });
}

#[test]
fn a_new_revision_of_an_agreement_takes_running_work_over_only_when_somebody_says_so() {
    on_every_store(async |store| {
        let mut center = open(store).await;
        let id = center.submit("IT-01").await;
        center.wait(Span::hours(30));
        center.tick().await;
        let mut changed = promising(&[]);
        changed.agreements[0].targets[1].amounts =
            serde_json::from_str(r#"[{"amount": {"type": "working", "time": "24h"}}]"#).expect("amounts");
        changed.agreements[0].targets.remove(0);
        publish(&center, changed).await.expect("the administrator may publish");
        let plan = |mode| RebasePlan { of: RebaseOf::Agreement { agreement: code("usual") }, mode };
        assert_eq!(rebase(&center, plan(RebaseMode::KeepOld)).await, Moves::default());
        assert_eq!(due(&center, id).await.1, Some(Span::days(2)));

        let moves = rebase(&center, plan(RebaseMode::RebaseFromChange)).await;
        assert_eq!(moves, Moves { moved: 2, breached: 1, cleared: 1 }, "one is late, one was withdrawn");
        let request = center.request(id).await;
        assert_eq!(request.agreement.map(|agreement| agreement.revision), Some(1));
        assert_eq!(due(&center, id).await, (Some(Span::days(1)), Some(Span::days(1))));
        assert_eq!(clock(&center, id, "first").await.state, ClockState::Cancelled);
        assert_eq!(rebase(&center, plan(RebaseMode::ReplayAll)).await, Moves::default(), "it is there");
    });
}

#[test]
fn a_replay_of_an_agreement_is_as_if_it_had_always_been_in_force() {
    on_every_store(async |store| {
        let mut center = open(store).await;
        let id = center.submit("IT-01").await;
        center.wait(Span::hours(20));
        center.step(id, RequestCommand::Hold(HoldFor::new(HoldReason::Requester))).await;
        center.wait(Span::hours(10));
        center.step(id, RequestCommand::Resume).await;
        let mut changed = promising(&[]);
        let solve = &mut changed.agreements[0].targets[1];
        solve.on_change = serde_json::from_str(r#""restart""#).expect("a word");
        solve.pause_on = Some(Default::default());
        solve.amounts =
            serde_json::from_str(r#"[{"amount": {"type": "working", "time": "64h"}}]"#).expect("amounts");
        publish(&center, changed).await.expect("the administrator may publish");
        let of = RebaseOf::Agreement { agreement: code("usual") };
        let moves = rebase(&center, RebasePlan { of, mode: RebaseMode::ReplayAll }).await;
        assert_eq!(moves.moved, 1);
        let solve = clock(&center, id, "solve").await;
        assert_eq!(
            (solve.cycle, solve.elapsed.millis()),
            (1, Span::hours(30).millis()),
            "no pause counts now"
        );
        assert_eq!(due(&center, id).await, (Some(Span::hours(64)), Some(Span::hours(64))));
        assert_eq!(solve.fired.len(), 0);
    });
}

#[test]
fn a_rebase_that_is_carried_on_by_many_nodes_moves_each_clock_once() {
    on_every_store(async |store| {
        let mut center = open(store).await;
        for _ in 0..70 {
            center.submit("IT-01").await;
        }
        publish(&center, promising(&[&date(1)])).await.expect("the administrator may publish");
        let now = center.now();
        let nodes = [center.node(2), center.node(3), center.node(4)];
        let ticks = nodes.map(|node| tokio::spawn(async move { node.tick(now).await }));
        for tick in ticks {
            tick.await.expect("no panic").expect("the store does its part");
        }
        center.tick().await;
        assert_eq!(center.times("rebased").await, 70);
        let administration = center.acting(Who::Administrator).administration();
        let rebases = administration.rebases(10).await.expect("the administrator may look");
        assert_eq!(rebases.len(), 1);
        assert_eq!((rebases[0].requests, rebases[0].moves.moved, rebases[0].is_going()), (70, 70, false));
    });
}

/// Notes another release of zone data, as a node with that release would have.
async fn note_zone_data(center: &Center, release: &str) {
    let key = Published::key(center.tenant);
    let read = Read { keys: vec![key], ..Read::new(center.tenant) };
    let view = center.store.load(read).await.expect("the store does its part");
    let (published, expected) = view.record::<Published>(key).flatten().expect("a catalog is in force");
    let record = Published { zone_data: Some(release.to_owned()), ..(*published).clone() };
    let id = CommandId(derived_id(center.tenant.0, release));
    let mut batch = Batch::new(center.tenant, center.now(), id, Digest::of(&[]), Origin::SYSTEM);
    batch.puts.push(Put { record: Arc::new(record), expected });
    center.store.commit(batch).await.expect("it is as it was");
}

#[test]
fn a_node_with_older_zone_data_computes_no_deadline_and_a_newer_one_is_noted_by_a_rebase() {
    on_every_store(async |store| {
        let mut center = open(store).await;
        let id = center.submit("IT-01").await;
        note_zone_data(&center, "2999a").await;
        let read = center.requests(Who::Supervisor).clocks(id).await.expect_err("deadlines are not told");
        assert!(matches!(read, DeskError::OlderZoneData { .. }), "{read}");
        let step = center.requests(Who::Supervisor).prioritize(id, 1, 1).await.expect_err("nor moved");
        assert!(matches!(step, DeskError::OlderZoneData { .. }), "{step}");
        center.requests(Who::Supervisor).get(id).await.expect("the request can be read");

        note_zone_data(&center, "2000b").await;
        center.requests(Who::Supervisor).clocks(id).await.expect("a newer node computes deadlines");
        let noted =
            async || center.desk.world(center.tenant).await.expect("the tenant is there").zone_data.clone();
        assert_eq!(noted().await.as_deref(), Some("2000b"));
        let plan = RebasePlan { of: RebaseOf::ZoneData, mode: RebaseMode::RebaseFromChange };
        assert_eq!(rebase(&center, plan).await, Moves::default(), "no rule of this zone changed");
        assert_eq!(noted().await.as_deref(), Some(zone_data_version()));
    });
}

#[test]
fn only_who_manages_definitions_rebases_and_only_what_there_is() {
    on_every_store(async |store| {
        let center = open(store).await;
        let supervisor = center.acting(Who::Operator).administration();
        let refused = supervisor.rebase(calendars(RebaseMode::ReplayAll)).await.expect_err("no right");
        assert!(refused.is_denied(), "{refused}");
        let foreseen = supervisor.foresee_rebase(&calendars(RebaseMode::ReplayAll)).await;
        assert!(foreseen.expect_err("no right").is_denied());
        let administration = center.acting(Who::Administrator).administration();
        let of = RebaseOf::Agreement { agreement: code("unknown") };
        let unknown = administration.rebase(RebasePlan { of, mode: RebaseMode::ReplayAll }).await;
        assert!(unknown.expect_err("there is none").is_not_found());
        let mut moved = promising(&[]);
        moved.calendars.insert(code("days"), CalendarDefinition::always_open("Europe/Moscow"));
        let refused = publish(&center, moved).await.expect_err("a calendar keeps its zone");
        assert_eq!(refused.refusal().map(okno::Refusal::code), Some("zone_changed"));
    });
}

#[test]
fn a_calendar_with_a_version_from_tomorrow_rules_from_tomorrow() {
    on_every_store(async |store| {
        let mut center = open(store).await;
        let id = center.submit("IT-01").await;
        let mut changed = promising(&[]);
        let calendar = changed.calendars.get_mut(&code("days")).expect("it is there");
        calendar
            .versions
            .push(VersionDefinition { valid_from: Some(date(1)), ..VersionDefinition::default() });
        let later = VersionDefinition { valid_from: Some(date(5)), ..calendar.versions[0].clone() };
        calendar.versions.push(later);
        publish(&center, changed).await.expect("the administrator may publish");
        center.tick().await;
        assert_eq!(due(&center, id).await, (Some(Span::days(6)), Some(Span::days(6))));
    });
}
