//! Law 5: no open request without a next owner or a next wake-up.

use okno::Timestamp;
use okno::base::Span;
use okno::life::request::{Next, Request, Standing, Wake};
use okno::store::Queue;
use okno_tests::Center;

use crate::law;

#[test]
fn every_open_request_has_somebody_next_or_an_armed_timer() {
    law(6, 40, async |store, moves| {
        let mut center = Center::open(store).await;
        for step in moves {
            let _ = center.perform(step).await;
        }
        for id in &center.submitted {
            let request = center.request(*id).await;
            let armed = center.work(Queue::Timers, Some(*id), false).await;
            // What children still have to follow is no step of the request itself.
            let own = armed.iter().filter(|timer| !is_for_children(&timer.body));
            let due: Vec<Timestamp> = own.map(|timer| timer.due).collect();
            assert_eq!(due, awaited(&request), "{request:?}");
        }
    });
}

#[test]
fn when_the_clock_runs_on_no_timer_is_left_and_nothing_waits_for_one() {
    law(6, 30, async |store, moves| {
        let mut center = Center::open(store).await;
        for step in moves {
            let _ = center.perform(step).await;
        }
        center.wait(Span::days(365));
        center.tick().await;
        assert_eq!(center.desk.next_due(center.tenant).await.expect("the store does its part"), None);
        for id in &center.submitted {
            let request = center.request(*id).await;
            assert_eq!(awaited(&request), Vec::<Timestamp>::new(), "{request:?}");
        }
    });
}

fn is_for_children(body: &str) -> bool {
    matches!(serde_json::from_str(body).expect("a timer of a request"), Wake::ForChildren { .. })
}

/// When an armed timer has to be there.
fn awaited(request: &Request) -> Vec<Timestamp> {
    match request.standing() {
        Standing::Open(Next::Party { until: at, .. } | Next::Timer { at }) => vec![at],
        Standing::Resolved { closes_at } => closes_at.into_iter().collect(),
        Standing::Open(Next::Line(_) | Next::Operator(_)) | Standing::Ended => Vec::new(),
    }
}
