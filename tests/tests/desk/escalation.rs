//! What follows from thresholds, and who used the time of a target, as a desk keeps it.

use std::sync::Arc;

use okno::base::limits::{BATCH_EVENTS_MAX, PAST_EVENTS_MAX};
use okno::base::{CommandId, Span, WorkingTime};
use okno::config::catalog::Catalog;
use okno::life::clock::Owner;
use okno::life::request::{Effect, HoldFor, HoldReason, ObligationState, REQUEST, RequestEvent};
use okno::store::{Batch, Digest, Fact, NewEvent, Origin, StoreError};
use okno::{DeskError, RequestCommand, RequestId, Timestamp};
use okno_tests::{Center, Post, STORES, Who, catalog, code, on_every_store, runtime};
use uuid::Uuid;

/// Monday to Friday, 9 to 18, in UTC.
const WEEK: &str = r#"{"time_zone": "UTC", "versions": [{"weekly": {
    "mon": [["09:00", "18:00"]], "tue": [["09:00", "18:00"]], "wed": [["09:00", "18:00"]],
    "thu": [["09:00", "18:00"]], "fri": [["09:00", "18:00"]]}}]}"#;

/// Two hours around the clock: half of it warns and raises, all of it hands on.
const PROMISED: &str = r#"[{"code": "usual", "name": "Usual", "targets": [
    {"code": "solve", "kind": {"type": "resolution"}, "calendar": "always",
     "amounts": [{"amount": {"type": "working", "time": "16h"}}],
     "thresholds": [
        {"name": "half", "at": {"type": "percent", "percent": 50}, "only_if_before": ["due"],
         "actions": [{"type": "notify", "to": {"type": "line"}}, {"type": "raise_priority"}]},
        {"name": "due", "at": {"type": "percent", "percent": 100},
         "actions": [{"type": "next_tier"}, {"type": "emit", "name": "page"}]}]}]}]"#;

fn escalating() -> Catalog {
    let mut catalog = catalog();
    let always = okno::config::calendar::CalendarDefinition::always_open("UTC");
    catalog.calendars =
        [(code("week"), serde_json::from_str(WEEK).expect("a calendar")), (code("always"), always)].into();
    catalog.agreements = serde_json::from_str(PROMISED).expect("agreements");
    for line in catalog.lines.iter_mut().filter(|line| line.code.as_str() == "it") {
        (line.calendar, line.next) = (Some(code("week")), Some(code("front")));
    }
    catalog
}

async fn begun(center: &mut Center) -> RequestId {
    let administration = center.acting(Who::Administrator).administration();
    administration.publish(escalating()).await.expect("the catalog has no problem");
    center.submit("IT-01").await
}

async fn names(center: &Center, id: RequestId) -> Vec<&'static str> {
    let timeline = center.requests(Who::Supervisor).timeline(id).await.expect("it is in sight");
    timeline.iter().filter_map(|event| event.of::<RequestEvent>().map(Fact::name)).collect()
}

#[test]
fn a_threshold_is_followed_once_and_people_are_told_when_they_are_at_work() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let post = Arc::new(Post::default());
        center.desk = center.desk.clone().with_messenger(post.clone());
        let id = begun(&mut center).await;
        // Eight of sixteen hours are over at eight in the evening.
        center.wait(Span::hours(9));
        center.tick().await;
        center.tick().await;
        assert_eq!(
            names(&center, id).await[1..],
            ["agreement_chosen", "clocked", "clocked", "priority_raised", "escalated"]
        );
        assert_eq!(center.request(id).await.priority, 3);
        assert!(post.delivered().is_empty(), "nobody is at work");
        center.wait(Span::hours(12));
        center.tick().await;
        let told: Vec<Effect> = post.delivered().into_iter().map(|(_, effect)| effect).collect();
        let warned = told.iter().filter_map(|effect| match effect {
            Effect::Warn { to, milestone } => Some((*to, milestone.threshold.as_str())),
            _ => None,
        });
        let line = [Who::Operator, Who::Colleague].map(|who| (who.party(center.tenant), "half"));
        assert_eq!(warned.collect::<Vec<_>>(), line);
        assert!(told.iter().any(|effect| matches!(effect, Effect::Emit { name, .. } if name == "page")));
        assert_eq!(center.request(id).await.line, code("front"));
    });
}

#[test]
fn whatever_nodes_look_and_however_often_the_same_threshold_is_followed_once() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = begun(&mut center).await;
        center.wait(Span::hours(30));
        let (one, other) = (center.node(7), center.node(8));
        let now = center.now();
        let (first, second) = tokio::join!(one.tick(now), other.tick(now));
        first.expect("the store does its part");
        second.expect("the store does its part");
        let timeline = center.requests(Who::Supervisor).timeline(id).await.expect("it is in sight");
        let escalated = timeline.iter().filter_map(|event| match event.of::<RequestEvent>()? {
            RequestEvent::Escalated(escalation) => Some((escalation.rule.name.clone(), escalation.at)),
            _ => None,
        });
        let submitted = timeline[0].at;
        let expected = [
            ("half".to_owned(), submitted + Span::hours(8)),
            ("due".to_owned(), submitted + Span::hours(16)),
        ];
        assert_eq!(escalated.collect::<Vec<_>>(), expected);
        assert_eq!(center.request(id).await.priority, 4, "a warning after the due instant makes no sense");
    });
}

#[test]
fn the_time_of_a_target_is_split_among_those_who_had_the_request() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let id = begun(&mut center).await;
        center.wait(Span::hours(1));
        center.requests(Who::Operator).claim(id).await.expect("nobody has it");
        center.wait(Span::hours(2));
        center.step(id, RequestCommand::Move { line: code("front") }).await;
        center.wait(Span::hours(4));
        let supervisor = center.requests(Who::Supervisor);
        let split = supervisor.breakdown(id, &code("solve")).await.expect("it is in sight");
        let shares = split.shares.into_iter().map(|share| (share.owner, share.time));
        let expected = [
            (Owner::Line { line: code("front") }, WorkingTime::hours(4)),
            (Owner::Line { line: code("it") }, WorkingTime::hours(2)),
            (Owner::Unassigned { line: code("it") }, WorkingTime::hours(1)),
        ];
        assert_eq!(shares.collect::<Vec<_>>(), expected);
        assert!(supervisor.obligations(id).await.expect("it is in sight").is_empty());
        let own = center.requests(Who::Requester).breakdown(id, &code("solve")).await;
        assert!(own.expect_err("it is internal").is_not_found());
        assert!(supervisor.breakdown(id, &code("none")).await.expect_err("no such clock").is_not_found());
    });
}

#[test]
fn what_the_customer_owes_is_told_to_those_who_work_on_the_request() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let mut catalog = escalating();
        catalog.agreements[0].obligations = serde_json::from_str(
            r#"[{"name": "Answers", "owes": {"type": "timely", "within": "4h", "calendar": "always"},
                 "excuses": ["solve"]}]"#,
        )
        .expect("an obligation");
        let administration = center.acting(Who::Administrator).administration();
        administration.publish(catalog).await.expect("the catalog has no problem");
        let id = center.submit("IT-01").await;
        center.step(id, RequestCommand::Hold(HoldFor::new(HoldReason::Requester))).await;
        center.wait(Span::hours(5));
        let supervisor = center.requests(Who::Supervisor);
        let read = supervisor.obligations(id).await.expect("it is in sight");
        let [answers] = &read[..] else { panic!("{read:?}") };
        assert_eq!(answers.state(center.now()), ObligationState::Broken);
        assert_eq!(answers.broken_at(center.now()), Some(center.now() - Span::hours(1)));
        let own = center.requests(Who::Requester).obligations(id).await;
        assert!(own.expect_err("it is internal").is_not_found());
    });
}

/// The limit stands before every store, so one of them is enough.
#[test]
fn a_past_beyond_the_limit_is_not_gone_through() {
    runtime().block_on(async {
        let memory = STORES.iter().find(|store| store.name == "memory").expect("it is there");
        let mut center = Center::open(*memory).await;
        let id = center.submit("IT-01").await;
        let known = center.requests(Who::Supervisor).timeline(id).await.expect("it is in sight").len();
        let (digest, origin) = (Digest::of(&[]), Origin::SYSTEM);
        let mut left = PAST_EVENTS_MAX - known;
        while left > 0 {
            let command = CommandId(Uuid::from_u128(1_000_000 + left as u128));
            let mut batch = Batch::new(center.tenant, center.now(), command, digest, origin);
            let events = left.min(BATCH_EVENTS_MAX);
            let event = || NewEvent { subject: REQUEST.key(id.0), fact: Arc::new(RequestEvent::Started) };
            batch.events = std::iter::repeat_with(event).take(events).collect();
            center.store.commit(batch).await.expect("a store takes what it is given");
            left -= events;
        }
        let supervisor = center.requests(Who::Supervisor);
        assert_eq!(supervisor.timeline(id).await.expect("as many as may be").len(), PAST_EVENTS_MAX);
        center.step(id, RequestCommand::Note("One more.".into())).await;
        let refused = supervisor.timeline(id).await.expect_err("there are too many");
        let what = matches!(refused, DeskError::Store(StoreError::Limit { max: PAST_EVENTS_MAX, .. }));
        assert!(what, "{refused}");
    });
}

#[test]
fn a_master_counts_from_the_earlier_submission_and_a_cut_off_from_its_own() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let mut catalog = escalating();
        catalog.agreements[0].targets.push(
            serde_json::from_str(
                r#"{"code": "today", "kind": {"type": "first_response"}, "calendar": "week",
                    "amounts": [{"amount": {"type": "cut_off", "before": "14:00", "by": "17:00"}}]}"#,
            )
            .expect("a target"),
        );
        let administration = center.acting(Who::Administrator).administration();
        administration.publish(catalog).await.expect("the catalog has no problem");
        let child = center.submit("IT-01").await;
        center.wait(Span::hours(3));
        let master = center.submit("IT-01").await;
        let due = async |center: &Center, id: RequestId| -> Vec<Option<Timestamp>> {
            let clocks = center.requests(Who::Supervisor).clocks(id).await.expect("it is in sight");
            clocks.iter().map(|clock| clock.due_at).collect()
        };
        // Submitted at noon and at three: the one is due today, the other tomorrow.
        let noon = center.now() - Span::hours(3);
        let [early, late] = [noon + Span::hours(5), noon + Span::hours(29)].map(Some);
        assert_eq!(due(&center, child).await, [Some(noon + Span::hours(16)), early]);
        assert_eq!(due(&center, master).await, [Some(noon + Span::hours(19)), late]);
        let merge = RequestCommand::Merge { into: master, requester: None, earliest: true };
        center.step(child, merge).await;
        assert_eq!(due(&center, master).await, [Some(noon + Span::hours(16)), early]);
        assert_eq!(center.request(master).await.due_at(), early, "lists are sorted by it");
        center.step(child, RequestCommand::Unmerge).await;
        assert_eq!(due(&center, master).await, [Some(noon + Span::hours(19)), late]);
    });
}
