//! What ties requests together is said by both of them, and leads nowhere in a circle.

use std::collections::{BTreeMap, BTreeSet};

use okno::life::request::{Link, LinkKind};
use okno::{Request, RequestId, Status};
use okno_tests::{Center, tangles};

use crate::law_of;

#[test]
fn both_sides_of_a_tie_say_the_same() {
    law_of(8, tangles(40), async |store, moves| {
        let mut center = Center::open(store).await;
        for step in moves {
            let _ = center.perform(step).await;
        }
        let all = everything(&center).await;
        for request in all.values() {
            for link in &request.links {
                let back = Link { kind: link.kind.inverse(), request: request.id };
                assert!(all[&link.request].links.contains(&back), "{request:?}");
            }
            let of = |child: &&Request| child.parent.is_some_and(|parent| parent.request == request.id);
            assert_eq!(all.values().filter(of).count(), request.children as usize, "{request:?}");
            assert_eq!(request.status == Status::Merged, request.merged.is_some(), "{request:?}");
            if let Some(split) = request.split_from {
                assert!(all[&split.request].entries > 0, "{request:?}");
            }
            assert_absorbed(request, &all);
        }
    });
}

#[test]
fn no_parent_dependency_or_duplicate_leads_in_a_circle() {
    law_of(8, tangles(40), async |store, moves| {
        let mut center = Center::open(store).await;
        for step in moves {
            let _ = center.perform(step).await;
        }
        let all = everything(&center).await;
        let up = |request: &Request| request.parent.map(|parent| parent.request).into_iter().collect();
        let by = |kind| {
            move |request: &Request| -> Vec<RequestId> {
                let links = request.links.iter().filter(|link| link.kind == kind);
                links.map(|link| link.request).collect()
            }
        };
        let into = |request: &Request| request.merged.iter().map(|merged| merged.into).collect();
        for request in all.values() {
            for reached in [
                reached(request, &all, up),
                reached(request, &all, by(LinkKind::DependsOn)),
                reached(request, &all, by(LinkKind::DuplicateOf)),
                reached(request, &all, into),
            ] {
                assert!(!reached.contains(&request.id), "{request:?}");
            }
        }
    });
}

/// A master has what was merged into it, and what that had brought, and nothing else.
fn assert_absorbed(master: &Request, all: &BTreeMap<RequestId, Request>) {
    let into = |request: &Request| request.merged.iter().map(|merged| merged.into).collect::<Vec<_>>();
    let led_here = all.values().filter(|request| reached(request, all, into).contains(&master.id));
    let expected: BTreeSet<RequestId> = led_here.map(|request| request.id).collect();
    let absorbed: BTreeSet<RequestId> = master.absorbed.iter().map(|absorbed| absorbed.request).collect();
    assert_eq!(absorbed, expected, "{master:?}");
    assert_eq!(absorbed.len(), master.absorbed.len(), "{master:?}");
}

fn reached(
    from: &Request,
    all: &BTreeMap<RequestId, Request>,
    onward: impl Fn(&Request) -> Vec<RequestId>,
) -> BTreeSet<RequestId> {
    let (mut reached, mut waiting) = (BTreeSet::new(), onward(from));
    while let Some(id) = waiting.pop() {
        if reached.insert(id) {
            waiting.extend(onward(&all[&id]));
        }
    }
    reached
}

async fn everything(center: &Center) -> BTreeMap<RequestId, Request> {
    let mut all = BTreeMap::new();
    for id in &center.submitted {
        all.insert(*id, center.request(*id).await);
    }
    all
}
