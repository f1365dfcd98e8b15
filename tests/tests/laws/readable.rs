//! Law 3: listed ⇔ counted ⇔ readable, for random places, grants and involvement.

use std::collections::BTreeSet;

use okno::condition::{Comparison, Condition};
use okno::config::catalog::Action;
use okno::engine::{List, Requests};
use okno::life::directory::{
    Absence, AbsenceId, Delegation, DelegationId, Grant, GrantId, Only, Scope, UnitId,
};
use okno::life::request::{EntryKind, Visibility};
use okno::store::Direction;
use okno::{DeskError, Employee, Member, RequestId};
use okno_tests::{
    Center, LINES, Move, SERVICES, Who, branch, cases, code, employee, founding, moves, on_every_store,
    sales, start,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::TestRunner;

#[test]
fn what_is_readable_is_listed_and_counted_and_nothing_else_is() {
    let checked = TestRunner::new(cases(5)).run(&(moves(25), vec(changes(), 0..10)), |(moves, changes)| {
        on_every_store(async |store| {
            let mut center = Center::open(store).await;
            play(&mut center, &moves, &changes).await;
            for who in Who::ALL {
                assert_readable_is_listed(&center, (who, None)).await;
            }
            for (principal, delegate) in delegated(&changes) {
                assert_readable_is_listed(&center, (delegate, Some(principal))).await;
            }
        });
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}

#[test]
fn internal_columns_are_refused_in_the_readable_view_of_a_requester() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        center.submit("IT-01").await;
        let requests = center.requests(Who::Requester);
        for column in ["line", "assignee", "confidentiality", "hold_reason", "resolution", "next", "position"]
        {
            let all = || List::own(Condition::all([]));
            requests.list_own(&all()).await.expect("its own columns are not");
            let filter = Condition::has(column);
            let refused = [
                requests.count_own(&filter).await.map(drop),
                requests.list_own(&List { filter, ..all() }).await.map(drop),
                requests.list_own(&List { columns: vec![column.to_owned()], ..all() }).await.map(drop),
                requests
                    .list_own(&List { sort: vec![(column.to_owned(), Direction::Ascending)], ..all() })
                    .await
                    .map(drop),
            ];
            for refused in refused {
                let error = refused.expect_err("the column is internal");
                assert!(matches!(error, DeskError::Problems(_)), "{column}: {error}");
                assert!(error.to_string().contains(&format!("unknown field `{column}`")), "{error}");
            }
        }
    });
}

/// A change of who may see what.
#[derive(Debug, Clone)]
enum Change {
    Place { who: Who, line: &'static str, active: bool },
    Grant { who: Who, role: &'static str, scope: Scope, active: bool },
    Leaves { who: Who },
    Away { who: Who },
    Delegates { principal: Who, delegate: Who, scope: Scope, sees: bool, only_while_absent: bool },
}

fn changes() -> impl Strategy<Value = Change> {
    let person = || select(&Who::ALL[..7]);
    prop_oneof![
        4 => (person(), select(&LINES[..]), any::<bool>())
            .prop_map(|(who, line, active)| Change::Place { who, line, active }),
        8 => (select(&Who::ALL[..]), select(&["supervisor", "requester", "operator"][..]), scopes(), any::<bool>())
            .prop_map(|(who, role, scope, active)| Change::Grant { who, role, scope, active }),
        1 => person().prop_map(|who| Change::Leaves { who }),
        4 => person().prop_map(|who| Change::Away { who }),
        8 => delegations(),
    ]
}

fn delegations() -> impl Strategy<Value = Change> {
    let person = || select(&Who::ALL[..7]);
    (person(), person(), scopes(), prop::bool::weighted(0.8), any::<bool>()).prop_map(
        |(principal, delegate, scope, sees, only_while_absent)| Change::Delegates {
            principal,
            delegate,
            scope,
            sees,
            only_while_absent,
        },
    )
}

/// Who was named to act for whom, and who was named to act for those.
fn delegated(changes: &[Change]) -> BTreeSet<(Who, Who)> {
    let named = changes.iter().filter_map(|change| match change {
        Change::Delegates { principal, delegate, .. } => Some((*principal, *delegate)),
        Change::Place { .. } | Change::Grant { .. } | Change::Leaves { .. } | Change::Away { .. } => None,
    });
    let named: BTreeSet<_> = named.collect();
    let further = |(principal, delegate): (Who, Who)| {
        named.iter().filter(move |(other, _)| *other == delegate).map(move |(_, last)| (principal, *last))
    };
    let chained: BTreeSet<_> = named.iter().copied().flat_map(further).collect();
    named.union(&chained).copied().collect()
}

fn scopes() -> impl Strategy<Value = Scope> {
    let top = founding(okno::TenantId(uuid::Uuid::from_u128(1))).unit();
    let units: Vec<UnitId> = vec![top, branch(), sales()];
    (only(units), only(SERVICES.map(code).to_vec()), only(LINES.map(code).to_vec()), 0..3_u8).prop_map(
        |(units, services, lines, confidentiality)| Scope { units, services, lines, confidentiality },
    )
}

fn only<T: Clone + std::fmt::Debug + 'static>(all: Vec<T>) -> impl Strategy<Value = Only<T>> {
    let most = all.len();
    option::of(subsequence(all, 0..=most)).prop_map(|some| some.map_or(Only::All, Only::These))
}

async fn play(center: &mut Center, moves: &[Move], changes: &[Change]) {
    let tenant = center.tenant;
    let people = center.acting(Who::Administrator).people();
    for (n, change) in changes.iter().enumerate() {
        let saved = match change.clone() {
            Change::Place { who, line, active } => {
                let place = Member { line: code(line), employee: who.employee(tenant), tier: 1, active };
                people.save_member(place).await
            }
            Change::Grant { who, role, scope, active } => {
                let (id, holder) = (GrantId(uuid::Uuid::from_u128(1_000 + n as u128)), who.party(tenant));
                people.save_grant(Grant { id, holder, role: code(role), scope, active }).await
            }
            Change::Leaves { who: Who::Administrator } => continue,
            Change::Leaves { who } => {
                let left = Employee { active: false, ..employee(who.employee(tenant), "Gone") };
                people.save_employee(left).await
            }
            Change::Away { who } => {
                let id = AbsenceId(uuid::Uuid::from_u128(2_000 + n as u128));
                people.save_absence(Absence::new(id, who.employee(tenant), start(), None)).await
            }
            Change::Delegates { principal, delegate, scope, sees, only_while_absent } => {
                let actions = if sees { Only::All } else { Only::These(vec![Action::Answer]) };
                let delegation = Delegation {
                    id: DelegationId(uuid::Uuid::from_u128(3_000 + n as u128)),
                    principal: principal.employee(tenant),
                    delegate: delegate.employee(tenant),
                    from: start(),
                    until: None,
                    scope,
                    actions,
                    only_while_absent,
                    active: true,
                };
                people.save_delegation(delegation).await
            }
        };
        if let Err(error) = saved {
            // Who left is given nothing, one is away once at a time, and delegations form no circle.
            let code = error.refusal().expect("a rule refused it").code();
            assert!(
                ["invalid", "absence_overlaps", "delegation_cycle"].contains(&code),
                "{change:?}: {error}"
            );
        }
    }
    for step in moves {
        let _ = center.perform(step).await;
    }
}

async fn assert_readable_is_listed(center: &Center, who: (Who, Option<Who>)) {
    let actor = who.0.actor(center.tenant);
    let actor = who.1.map_or(actor, |principal| actor.acting_for(principal.employee(center.tenant)));
    let requests = center.desk.acting(actor).requests();
    let (mut seen, mut own) = (BTreeSet::new(), BTreeSet::new());
    for id in &center.submitted {
        let get = is_there(requests.get(*id).await);
        assert_eq!(is_there(requests.timeline(*id).await), get, "{who:?}");
        let get_own = is_there(requests.get_own(*id).await);
        let number = center.request(*id).await.number;
        assert_eq!(is_there(requests.by_number(&number).await), get || get_own, "{who:?}");
        match requests.entries(*id).await {
            Err(error) => assert!(error.is_not_found() && !get && !get_own, "{who:?}: {error}"),
            Ok(entries) => {
                let internal = |kind: EntryKind| kind.visibility() == Visibility::Internal;
                assert!(get || get_own && !entries.iter().any(|entry| internal(entry.kind)), "{who:?}");
                let readable: Vec<_> = entries.iter().map(|entry| entry.id).collect();
                for entry in center.entries(*id).await {
                    let revisions = is_there(requests.revisions(entry.id).await);
                    assert_eq!(revisions, readable.contains(&entry.id), "{who:?}: {entry:?}");
                }
                let drafts = requests.drafts(*id).await.expect("who sees a request has drafts of it");
                assert!(drafts.iter().all(|draft| draft.author == who.0.party(center.tenant)), "{who:?}");
            }
        }
        seen.extend(get.then_some(*id));
        own.extend(get_own.then_some(*id));
    }
    assert_eq!(listed(&requests, Condition::all([]), Side::Operators).await, seen, "{who:?}");
    assert_eq!(listed(&requests, Condition::all([]), Side::Own).await, own, "{who:?}");
    for (side, whole) in [(Side::Operators, &seen), (Side::Own, &own)] {
        let status = Condition::is_in("status", ["new", "resolved", "closed"]);
        for filter in [Condition::all([]), status, Condition::compare("amount", Comparison::Ge, "1")] {
            let found = listed(&requests, filter.clone(), side).await;
            let count = match side {
                Side::Operators => requests.count(&filter).await,
                Side::Own => requests.count_own(&filter).await,
            };
            assert_eq!(count.expect("it may be counted"), found.len() as u64, "{who:?}");
            assert!(found.is_subset(whole), "{who:?}");
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Side {
    Operators,
    Own,
}

/// The ids of every page, three rows each.
async fn listed(requests: &Requests, filter: Condition, side: Side) -> BTreeSet<RequestId> {
    let list = match side {
        Side::Operators => List::of(filter),
        Side::Own => List::own(filter),
    };
    let mut list = List { limit: 3, ..list };
    let mut found = BTreeSet::new();
    loop {
        let page = match side {
            Side::Operators => requests.list(&list).await,
            Side::Own => requests.list_own(&list).await,
        };
        let page = page.expect("it may be listed");
        for row in page.rows {
            assert!(found.insert(RequestId(row.id)), "a row is listed once");
        }
        match page.next {
            Some(cursor) => list.after = Some(cursor),
            None => return found,
        }
    }
}

/// Whether something is there for the actor.
pub(crate) fn is_there<T>(found: Result<T, DeskError>) -> bool {
    match found {
        Ok(_) => true,
        Err(error) if error.is_not_found() => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn readable_for_a_principal_is_what_the_principal_reads_within_the_delegation() {
    on_every_store(async |store| {
        let mut center = Center::open(store).await;
        let (visible, confidential) = (center.submit("IT-01").await, center.submit("HR-01").await);
        let change = |scope, sees| Change::Delegates {
            principal: Who::Supervisor,
            delegate: Who::Neighbour,
            scope,
            sees,
            only_while_absent: false,
        };
        let scope = Scope { lines: Only::These(vec![code("it")]), ..Scope::default() };
        let changes = [change(scope, true), change(Scope::default(), false)];
        play(&mut center, &[], &changes).await;
        let pair = (Who::Neighbour, Some(Who::Supervisor));
        assert_readable_is_listed(&center, pair).await;
        let actor = Who::Neighbour.actor(center.tenant).acting_for(Who::Supervisor.employee(center.tenant));
        let requests = center.desk.acting(actor).requests();
        let seen = listed(&requests, Condition::all([]), Side::Operators).await;
        assert_eq!(seen, BTreeSet::from([visible]), "{confidential} is on another line");
    });
}
