//! Law 3 for what belongs to requests and for what is made of lists: parts are readable exactly where their request is.

use std::collections::BTreeSet;

use okno::condition::Condition;
use okno::engine::{Acting, Doing, Grouping, List, Requests};
use okno::life::request::{AttachmentId, Visibility};
use okno::life::view::{Sharing, Side, ViewId, ViewPlan};
use okno::{DeskError, RequestId};
use okno_tests::{Center, SUBSTITUTES, Who, attach, text};
use uuid::Uuid;

use crate::law;
use crate::readable::is_there;

#[test]
fn parts_of_what_is_readable_are_readable_and_nothing_else_is() {
    law(4, 25, async |store, moves| {
        let mut center = Center::open(store).await;
        for step in moves {
            let _ = center.perform(step).await;
        }
        // One of each, whatever the moves attached.
        for (id, visibility) in center.submitted.iter().zip([Visibility::Public, Visibility::Internal]) {
            let _ = attach(&center.requests(Who::Supervisor), *id, visibility).await;
        }
        share(&center).await;
        for who in Who::ALL {
            assert_parts(&center, &center.acting(who), who).await;
        }
        for (substitute, principal) in SUBSTITUTES {
            let actor = substitute.actor(center.tenant).acting_for(principal.employee(center.tenant));
            assert_parts(&center, &center.desk.acting(actor), substitute).await;
        }
    });
}

const EVERYTHING: ViewId = ViewId(Uuid::from_u128(8_001));

/// A view that everybody may open, and in which each sees their own.
async fn share(center: &Center) {
    let plan = ViewPlan {
        id: EVERYTHING,
        name: text("Everything"),
        side: Side::Center,
        sharing: Sharing::Everybody,
        filter: Condition::all([]),
        sort: Vec::new(),
        columns: vec!["number".to_owned()],
    };
    center.acting(Who::Supervisor).views().save(plan).await.expect("a supervisor may");
}

async fn assert_parts(center: &Center, acting: &Acting, who: Who) {
    let requests = acting.requests();
    let (mut seen, mut own, mut files) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for id in &center.submitted {
        let get = is_there(requests.get(*id).await);
        let get_own = is_there(requests.get_own(*id).await);
        assert_eq!(is_there(requests.links(*id).await), get, "{who:?}");
        assert_eq!(is_there(requests.why(&all(), *id).await), get, "{who:?}");
        assert_eq!(is_there(requests.why_own(&all_own(), *id).await), get_own, "{who:?}");
        assert_eq!(is_there(requests.looking(*id, Doing::Looking).await), get || get_own, "{who:?}");
        match requests.attachments(*id).await {
            Err(error) => assert!(error.is_not_found() && !get && !get_own, "{who:?}: {error}"),
            Ok(listed) => {
                let shown = |visible: bool| visible || get;
                assert!((get || get_own) && listed.iter().all(|file| shown(file.is_public())), "{who:?}");
                files.extend(listed.iter().map(|file| file.id));
            }
        }
        seen.extend(get.then_some(*id));
        own.extend(get_own.then_some(*id));
    }
    assert_files(center, &requests, &files).await;
    assert_links(&requests, &seen, &own).await;
    assert_lists(acting, who, (&seen, &own)).await;
}

/// A file is handed out where it is listed, and nowhere else.
async fn assert_files(center: &Center, requests: &Requests, listed: &BTreeSet<AttachmentId>) {
    for id in &center.submitted {
        for file in center.attachments(*id).await {
            let there = listed.contains(&file.id);
            assert_eq!(is_there(requests.attachment(file.id).await), there, "{file:?}");
            assert_eq!(is_there(requests.download(file.id).await), there, "{file:?}");
        }
    }
}

/// A link is shown where both of its ends are readable.
async fn assert_links(requests: &Requests, seen: &BTreeSet<RequestId>, own: &BTreeSet<RequestId>) {
    for id in seen {
        let (request, _) = requests.get(*id).await.expect("it is readable");
        let readable = |id: &RequestId| seen.contains(id) || own.contains(id);
        let expected: BTreeSet<RequestId> =
            request.all_links().map(|link| link.request).filter(readable).collect();
        let shown = requests.links(*id).await.expect("it is readable");
        assert_eq!(shown.iter().map(|link| link.request).collect::<BTreeSet<_>>(), expected);
    }
}

/// Places, unread marks, groups and views are made of what is listed.
async fn assert_lists(acting: &Acting, who: Who, (seen, own): (&BTreeSet<RequestId>, &BTreeSet<RequestId>)) {
    let requests = acting.requests();
    for id in seen {
        assert!(requests.why(&all(), *id).await.expect("it is readable").before.is_some(), "{who:?}");
    }
    let everything: Vec<RequestId> = seen.union(own).copied().collect();
    let unread = requests.list(&List { unread: true, ..all() }).await.expect("it may be listed");
    let unread: BTreeSet<RequestId> = unread.rows.iter().map(|row| RequestId(row.id)).collect();
    assert!(unread.is_subset(seen), "{who:?}");
    assert_eq!(set(requests.unread_of(&everything).await), unread, "{who:?}");
    assert!(set(requests.unread_of_own(&everything).await).is_subset(own), "{who:?}");
    let (by, filter) = (Grouping::Field("status".to_owned()), Condition::all([]));
    let sum = |groups: Vec<(okno::condition::Value, u64)>| groups.iter().map(|group| group.1).sum::<u64>();
    assert_eq!(requests.groups(&filter, &by).await.map(sum).expect("counted"), seen.len() as u64, "{who:?}");
    assert_eq!(
        requests.groups_own(&filter, &by).await.map(sum).expect("counted"),
        own.len() as u64,
        "{who:?}"
    );
    let views = acting.views();
    if is_there(views.get(EVERYTHING).await) {
        let page = views.page(EVERYTHING, None, 1_000).await.expect("it is shared");
        assert_eq!(page.rows.iter().map(|row| RequestId(row.id)).collect::<BTreeSet<_>>(), *seen, "{who:?}");
        let counts = views.counts().await.expect("it is shared");
        let expected = (seen.len() as u64, unread.len() as u64);
        assert_eq!(
            counts.iter().filter_map(|count| count.counts.as_ref().ok().copied()).collect::<Vec<_>>(),
            [expected],
            "{who:?}"
        );
    }
}

fn set(found: Result<Vec<RequestId>, DeskError>) -> BTreeSet<RequestId> {
    found.expect("it may be listed").into_iter().collect()
}

fn all() -> List {
    List { limit: 1_000, ..List::of(Condition::all([])) }
}

fn all_own() -> List {
    List { limit: 1_000, ..List::own(Condition::all([])) }
}
