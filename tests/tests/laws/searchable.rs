//! Law 3 for searching: what is found is what is readable and has the words, each request once and in the first field
//! that has them.

use std::collections::BTreeMap;

use okno::engine::{Acting, HitPlace, Requests, Search};
use okno::life::request::Visibility;
use okno::text::{TextQuery, tokens};
use okno::{Request, RequestId};
use okno_tests::{Center, SUBSTITUTES, Who, attach};

use crate::law;
use crate::readable::is_there;

/// What the moves write, in other forms: in subjects, messages, notes, names and numbers.
const SEARCHED: [&str; 8] =
    ["пропуска", "работать", "blinking", "\"отдельного вопроса\"", "счет", "requester", "IT", "it is"];

#[test]
fn what_is_readable_is_found_and_nothing_else_is() {
    law(4, 25, async |store, moves| {
        let mut center = Center::open(store).await;
        for step in moves {
            let _ = center.perform(step).await;
        }
        for (id, visibility) in center.submitted.iter().zip([Visibility::Public, Visibility::Internal]) {
            let _ = attach(&center.requests(Who::Supervisor), *id, visibility).await;
        }
        for who in Who::ALL {
            assert_found(&center, &center.acting(who), who).await;
        }
        for (substitute, principal) in SUBSTITUTES {
            let actor = substitute.actor(center.tenant).acting_for(principal.employee(center.tenant));
            assert_found(&center, &center.desk.acting(actor), substitute).await;
        }
    });
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Operators,
    Own,
}

async fn assert_found(center: &Center, acting: &Acting, who: Who) {
    let requests = acting.requests();
    for side in [Side::Operators, Side::Own] {
        for searched in SEARCHED {
            let query = TextQuery::parse(searched).expect("a query");
            let expected = readable(center, &requests, side, &query).await;
            let found = found(&requests, side, searched).await;
            let places: Vec<_> = found.iter().map(|(_, place)| *place).collect();
            assert!(places.is_sorted(), "{who:?} {side:?} {searched}: {places:?}");
            assert_eq!(found.len(), expected.len(), "{who:?} {side:?} {searched}: {found:?}\n{expected:?}");
            assert_eq!(BTreeMap::from_iter(found), expected, "{who:?} {side:?} {searched}");
        }
    }
}

/// The requests of every page, three hits each, and the field in which each is found.
async fn found(requests: &Requests, side: Side, text: &str) -> Vec<(RequestId, u8)> {
    let mut search = Search { limit: 3, ..Search::own(text) };
    let mut found = Vec::new();
    loop {
        let page = match side {
            Side::Operators => requests.search(&search).await,
            Side::Own => requests.search_own(&search).await,
        };
        let page = page.expect("it can be searched for");
        found.extend(page.hits.iter().map(|hit| {
            let field = match hit.place {
                HitPlace::Number => 0,
                HitPlace::Subject => 1,
                HitPlace::Contact(_) => 2,
                HitPlace::Entry(_) => 3,
                HitPlace::Attachment(_) => 4,
            };
            (hit.request, field)
        }));
        match page.next {
            Some(cursor) => search.after = Some(cursor),
            None => return found,
        }
    }
}

/// The requests that have the words in something that is read elsewhere as well, and the first field that has them.
async fn readable(
    center: &Center,
    requests: &Requests,
    side: Side,
    query: &TextQuery,
) -> BTreeMap<RequestId, u8> {
    let has = |text: &str| query.matches(&tokens(text));
    let world = center.desk.world(center.tenant).await.expect("there is such a tenant");
    let own_field = |request: &Request| {
        let people = [Some(request.requester), request.recipient].into_iter().flatten();
        let mut names = people.map(|party| world.directory.name_of(party));
        let fields = [has(&request.number), has(request.subject.as_str()), names.any(|name| has(&name))];
        (0..).zip(fields).find(|(_, has)| *has).map(|(field, _)| field)
    };
    let mut found: BTreeMap<RequestId, u8> = BTreeMap::new();
    for id in &center.submitted {
        let is_seen = match side {
            Side::Operators => is_there(requests.get(*id).await),
            Side::Own => is_there(requests.get_own(*id).await),
        };
        if !is_seen {
            continue;
        }
        let mut at = |request: RequestId, field: u8| {
            let first = found.entry(request).or_insert(field);
            *first = field.min(*first);
        };
        if let Some(field) = own_field(&center.request(*id).await) {
            at(*id, field);
        }
        for entry in requests.entries(*id).await.expect("it is readable") {
            let shown = side == Side::Operators || entry.kind.visibility() == Visibility::Public;
            if shown && has(&entry.text) {
                at(entry.request, 3);
            }
        }
        for file in requests.attachments(*id).await.expect("it is readable") {
            let shown = side == Side::Operators || file.is_public();
            if shown && has(file.name.as_str()) {
                at(file.request, 4);
            }
        }
    }
    found
}
