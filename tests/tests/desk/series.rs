//! Recurring requests: each occurrence once, on however many nodes, and made up for after a standstill.

use std::sync::Arc;

use okno::Submit;
use okno::base::Span;
use okno::condition::{Comparison, Condition};
use okno::config::schedule::{Every, Schedule};
use okno::life::request::SeriesId;
use okno::life::series::{CatchUp, Series, SeriesPlan};
use okno::store::{FaultPlan, FaultyStore};
use okno_tests::{Center, Who, code, on_every_store, text};
use uuid::Uuid;

#[test]
fn a_series_submits_a_request_each_time_and_says_whose_it_is() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        save(&center, CatchUp::Each).await;
        for day in 1..=5 {
            center.wait(Span::hours(24));
            center.tick().await;
            assert_eq!(series(&center).await.made, day);
        }
        let last = series(&center).await.last.expect("it made one");
        let request = center.request(last).await;
        assert_eq!(request.series, Some(ID));
        let own = center.requests(Who::Requester).get_own(last).await.expect("it is theirs");
        assert_eq!(own.requester, Who::Requester.party(center.tenant));
        let of_series = Condition::compare("series", Comparison::Eq, ID.0.to_string().as_str());
        assert_eq!(center.requests(Who::Supervisor).count(&of_series).await.expect("it is indexed"), 5);
    });
}

#[test]
fn after_a_standstill_every_occurrence_is_made_up_for_once_by_several_failing_nodes() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        save(&center, CatchUp::Each).await;
        center.wait(Span::hours(24 * 10));
        let plan = FaultPlan { before: 30, after: 60, conflict: 60 };
        let nodes = [1, 2, 3]
            .map(|seed| center.node_on(Arc::new(FaultyStore::new(center.store.clone(), plan, seed)), seed));
        for _ in 0..200 {
            let (a, b, c) = tokio::join!(
                nodes[0].tick(center.now()),
                nodes[1].tick(center.now()),
                nodes[2].tick(center.now())
            );
            // What the store reports is the fault that was asked for.
            drop((a, b, c));
            center.wait(Span::minutes(2));
        }
        let made = series(&center).await.made;
        assert_eq!(center.times("submitted").await, made as usize);
        assert!(made >= 10, "{made}");
    });
}

#[test]
fn a_series_is_readable_by_who_sets_them_up_and_in_its_tenant_only() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        save(&center, CatchUp::Latest).await;
        for who in [Who::Operator, Who::Requester, Who::Caller, Who::Program] {
            let all = center.acting(who).series();
            assert!(all.get(ID).await.expect_err("not theirs").is_not_found(), "{who:?}");
            assert!(all.all().await.expect_err("not theirs").is_denied(), "{who:?}");
        }
        assert_eq!(center.acting(Who::Supervisor).series().all().await.expect("they may").len(), 1);
        let neighbour = center.neighbour().await;
        let all = neighbour.acting(Who::Administrator).series();
        assert!(all.get(ID).await.expect_err("another tenant's").is_not_found());
        assert!(all.all().await.expect("there are none").is_empty());
    });
}

#[test]
fn a_series_that_was_stopped_makes_nothing_more() {
    on_every_store(async |store| {
        let center = Center::open(store).await;
        save(&center, CatchUp::Each).await;
        let stopped = SeriesPlan { active: false, ..plan(&center, CatchUp::Each) };
        center.acting(Who::Administrator).series().save(stopped).await.expect("they may");
        center.wait(Span::hours(72));
        center.tick().await;
        assert_eq!((series(&center).await.made, series(&center).await.next), (0, None));
    });
}

const ID: SeriesId = SeriesId(Uuid::from_u128(500));

fn plan(center: &Center, catch_up: CatchUp) -> SeriesPlan {
    let schedule = Schedule {
        every: Every::Days(1),
        at: "06:00".into(),
        zone: "Europe/Moscow".into(),
        from: "2026-01-01".parse().expect("a date"),
        until: None,
    };
    let requester = Some(Who::Requester.party(center.tenant));
    let submit = Submit { requester, ..Submit::new(code("IT-01"), text("Change the tapes")) };
    SeriesPlan { id: ID, name: text("Tapes"), schedule, catch_up, submit, active: true }
}

async fn save(center: &Center, catch_up: CatchUp) {
    let saved = center.acting(Who::Administrator).series().save(plan(center, catch_up)).await;
    saved.expect("they may");
}

async fn series(center: &Center) -> Series {
    let series = center.acting(Who::Administrator).series().get(ID).await.expect("there is one");
    (*series).clone()
}
