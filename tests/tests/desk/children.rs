//! Children that follow their parent, each once, whatever happens to the worker.

use std::sync::Arc;

use okno::base::Span;
use okno::config::catalog::OnParentEnd;
use okno::life::request::{EntryKind, RequestEvent};
use okno::store::{FaultPlan, FaultyStore, Queue};
use okno::{RequestId, Status, Submit};
use okno_tests::{Center, Who, code, on_every_store, text};

const CHILDREN: usize = 12;

#[test]
fn children_follow_their_parent_once_though_the_worker_dies_again_and_again() {
    on_every_store(async |store| {
        for seed in 0..4 {
            let mut center = Center::open(store).await;
            let (parent, children) = family(&mut center, CHILDREN).await;
            resolve(&center, parent).await;
            let plan = FaultPlan { before: 60, after: 60, conflict: 60 };
            let faulty = Arc::new(FaultyStore::new(center.store.clone(), plan, seed));
            let node = center.node_on(faulty.clone(), seed + 10);
            for round in 0.. {
                assert!(round < 200, "the children never follow");
                // What the store reports is the fault that was asked for; the lease of the dead ends in time.
                drop(node.tick(center.now()).await);
                center.wait(Span::minutes(2));
                if follow_ups(&center, parent).await == 0 {
                    break;
                }
            }
            assert!(faulty.faults() > 0);
            assert_followed(&center, &children).await;
        }
    });
}

#[test]
fn children_follow_once_though_many_nodes_carry_it_out_at_once() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let (parent, children) = family(&mut center, CHILDREN).await;
        resolve(&center, parent).await;
        let ticks = [2, 3, 4].map(|seed| {
            let (node, now) = (center.node(seed), center.now());
            tokio::spawn(async move { node.tick(now).await })
        });
        for tick in ticks {
            tick.await.expect("no panic").expect("the store does its part");
        }
        assert_followed(&center, &children).await;
    });
}

#[test]
fn a_worker_that_lost_its_lease_stops_and_the_next_one_goes_on() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let (parent, children) = family(&mut center, 2).await;
        resolve(&center, parent).await;
        let claim = okno::store::WorkClaim {
            queue: Queue::Timers,
            now: center.now(),
            limit: 1,
            lease: Span::minutes(1),
        };
        let dead = center.store.claim(claim).await.expect("the store does its part");
        assert_eq!(dead.len(), 1);
        center.tick().await;
        assert_eq!(center.request(children[0]).await.status, Status::New, "the lease still holds");
        center.wait(Span::minutes(1));
        center.tick().await;
        assert_followed(&center, &children).await;
    });
}

#[test]
fn grandchildren_follow_as_well() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let (parent, children) = family(&mut center, 1).await;
        let grandchild = center.submit("IT-01").await;
        join(&center, grandchild, children[0], Some(OnParentEnd::Follow)).await;
        resolve(&center, parent).await;
        center.tick().await;
        assert_followed(&center, &[children[0], grandchild]).await;
    });
}

#[test]
fn a_parent_that_is_closed_without_a_resolution_closes_its_children() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let (parent, children) = family(&mut center, 1).await;
        center.requests(Who::Supervisor).close(parent, "done").await.expect("no child refuses");
        center.tick().await;
        let child = center.request(children[0]).await;
        assert_eq!((child.status, child.closing.as_deref()), (Status::Closed, Some("done")));
    });
}

#[test]
fn children_go_their_own_way_where_they_say_so() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let (parent, followers) = family(&mut center, 1).await;
        let [staying, ended, left] =
            [center.submit("IT-01").await, center.submit("IT-01").await, center.submit("IT-01").await];
        join(&center, staying, parent, Some(OnParentEnd::Leave)).await;
        join(&center, ended, parent, None).await;
        join(&center, left, parent, None).await;
        let supervisor = center.requests(Who::Supervisor);
        supervisor.cancel(ended, "not_needed").await.expect("it is open");
        resolve(&center, parent).await;
        // Between the end of the parent and the worker.
        supervisor.leave_parent(left).await.expect("it has a parent");
        assert_eq!(follow_ups(&center, parent).await, 1, "leaving a parent that ended ends nothing");
        center.tick().await;
        assert_followed(&center, &followers).await;
        for (id, status) in [(staying, Status::New), (ended, Status::Cancelled), (left, Status::New)] {
            assert_eq!(center.request(id).await.status, status);
        }
        assert_eq!(center.request(parent).await.children, 3);
    });
}

#[test]
fn what_a_child_refuses_is_noted_on_its_parent() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let parent = center.submit("IT-01").await;
        // Requests of this service do not end before their children.
        let child = center.submit("IT-02").await;
        let grandchild = center.submit("IT-01").await;
        join(&center, child, parent, None).await;
        join(&center, grandchild, child, None).await;
        let refused = center.requests(Who::Supervisor).resolve(child, "fixed", "").await;
        let refused = refused.expect_err("a grandchild is open");
        assert_eq!(refused.refusal().map(okno::Refusal::code), Some("child_open"));
        resolve(&center, parent).await;
        center.tick().await;
        assert_eq!(center.request(child).await.status, Status::New);
        let timeline = center.requests(Who::Supervisor).timeline(parent).await.expect("readable");
        let noted = timeline.iter().filter_map(|event| event.of::<RequestEvent>()).find_map(|event| {
            if let RequestEvent::FollowRefused { child, rule } = event {
                Some((*child, rule.as_str()))
            } else {
                None
            }
        });
        assert_eq!(noted, Some((child, "child_open")));
    });
}

#[test]
fn a_broadcast_tells_the_requester_of_each_open_child_once() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let (parent, children) = family(&mut center, 3).await;
        let supervisor = center.requests(Who::Supervisor);
        supervisor.cancel(children[2], "not_needed").await.expect("it is open");
        supervisor.declare_major(parent).await.expect("an incident");
        let major = okno::Condition::eq("major", true);
        assert_eq!(supervisor.count(&major).await.expect("an index serves it"), 1);
        supervisor.broadcast(parent, "We are on it.").await.expect("a major incident");
        center.tick().await;
        supervisor.broadcast(parent, "The router is replaced.").await.expect("a major incident");
        let nodes = [center.node(5), center.node(6)];
        for node in nodes {
            node.tick(center.now()).await.expect("the store does its part");
        }
        for (id, told) in [(parent, 2), (children[0], 2), (children[1], 2), (children[2], 0)] {
            let requester = center.requests(Who::Requester);
            let entries = requester.entries(id).await.expect("it is theirs");
            assert_eq!(entries.len(), told);
            assert!(entries.iter().all(|entry| entry.kind == EntryKind::Answer));
        }
        let answer = &center.requests(Who::Requester).entries(children[0]).await.expect("theirs")[1];
        assert_eq!(answer.text, "The router is replaced.");
        assert_eq!(answer.principal, Some(Who::Supervisor.party(center.tenant)));
        supervisor.demote(parent).await.expect("a major incident");
        let refused = supervisor.broadcast(parent, "Done.").await.expect_err("no longer");
        assert_eq!(refused.refusal().map(okno::Refusal::code), Some("not_major"));
    });
}

/// A request and its children, whose service lets them follow.
async fn family(center: &mut Center, children: usize) -> (RequestId, Vec<RequestId>) {
    let parent = center.submit("IT-01").await;
    let mut ids = Vec::new();
    for n in 0..children {
        let submit = Submit::new(code("IT-02"), text(&format!("Part {n}")));
        let receipt = center.requests(Who::Requester).submit(submit).await.expect("they may ask");
        ids.push(RequestId(receipt.subject));
        join(center, ids[n], parent, None).await;
    }
    assert_eq!(center.request(parent).await.children as usize, children);
    (parent, ids)
}

async fn join(center: &Center, child: RequestId, parent: RequestId, on_end: Option<OnParentEnd>) {
    center.requests(Who::Supervisor).join_parent(child, parent, on_end).await.expect("no circle");
}

async fn resolve(center: &Center, parent: RequestId) {
    let resolved = center.requests(Who::Supervisor).resolve(parent, "fixed", "A new router.").await;
    resolved.expect("no child refuses");
}

async fn follow_ups(center: &Center, parent: RequestId) -> usize {
    let armed = center.work(Queue::Timers, Some(parent), false).await;
    let parked = center.work(Queue::Timers, Some(parent), true).await;
    armed.iter().chain(&parked).filter(|item| item.body.contains("for_children")).count()
}

/// Each child was resolved once, with the words of its parent.
async fn assert_followed(center: &Center, children: &[RequestId]) {
    for id in children {
        let child = center.request(*id).await;
        assert_eq!((child.status, child.resolution.as_deref()), (Status::Resolved, Some("fixed")));
        let entries = center.requests(Who::Supervisor).entries(*id).await.expect("readable");
        let texts: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.text.as_str())).collect();
        assert_eq!(texts, [(EntryKind::Resolution, "A new router.")]);
    }
}
