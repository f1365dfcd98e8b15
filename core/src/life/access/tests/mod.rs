mod acting_for;

use std::collections::BTreeSet;

use super::*;
use crate::condition::{Expr, Unasked};
use crate::config::catalog::{Action, Role};
use crate::life::directory::{EmployeeId, Only, Scope};
use crate::life::request::{CopiedIn, CopyAccess, Request};
use crate::life::sample::{
    ADMINISTRATOR, BOSS, BRANCH, CALLER, COLLEAGUE, HOLDING, OPERATOR, REQUESTER, SALES, STRANGER,
    SUPERVISOR, TENANT_ID, acts, code, employee, grant, noon, party, request, take, world,
};
use crate::life::{Refusal, World};

/// Columns: the requester; who was copied in to write, and to read; an operator, when nobody, the operator or a
/// colleague has the request, and when it is on another line; a supervisor, when an operator has it, and when it is on another line; the administrator; a
/// stranger; the engine.
const DEFAULTS: &str = "\
              requester participant viewer operator own_work others_work other_line supervised unsupervised administrator stranger system
See                   .           .      .        x        x           x          .          x            .             .        .      .
SeeOwn                x           x      x        .        .           .          .          .            .             .        .      .
Submit                x           x      x        x        x           x          x          x            x             x        x      .
SubmitFor             .           .      .        x        x           x          x          x            x             .        .      .
Reply                 x           x      .        .        .           .          .          .            .             .        .      .
Confirm               x           .      .        .        .           .          .          .            .             .        .      .
Reopen                x           .      .        x        x           .          .          x            .             .        .      .
Cancel                x           .      .        x        x           .          .          x            .             .        .      .
Classify              .           .      .        x        x           .          .          x            .             .        .      .
Prioritize            .           .      .        x        x           .          .          x            .             .        .      .
Move                  .           .      .        x        x           .          .          x            .             .        .      .
Assign                .           .      .        x        x           .          .          x            .             .        .      .
Claim                 .           .      .        x        x           x          .          x            .             .        .      .
Release               .           .      .        x        x           .          .          x            .             .        .      .
Start                 .           .      .        x        x           .          .          x            .             .        .      .
Hold                  .           .      .        x        x           .          .          x            .             .        .      .
Resolve               .           .      .        x        x           .          .          x            .             .        .      .
Close                 .           .      .        x        x           .          .          x            .             .        .      .
Reject                .           .      .        x        x           .          .          x            .             .        .      .
Answer                .           .      .        x        x           x          .          x            .             .        .      .
Note                  .           .      .        x        x           x          .          x            .             .        .      .
ChangeFields          .           .      .        x        x           .          .          x            .             .        .      .
CopyIn                x           .      .        x        x           x          .          x            .             .        .      .
Attach                x           x      .        x        x           x          .          x            .             .        .      .
RemoveAttachments         .           .      .        x        x           .          .          x            .             .        .      .
Watch                 x           x      x        x        x           x          .          x            .             .        .      .
Signal                .           .      .        x        x           x          .          x            .             .        .      .
Edit                  x           x      .        x        x           x          .          x            .             .        .      .
EditAny               .           .      .        .        .           .          .          x            .             .        .      .
Redact                .           .      .        .        .           .          .          x            .             .        .      .
Tag                   .           .      .        x        x           x          .          x            .             .        .      .
LogWork               .           .      .        x        x           x          .          x            .             .        .      .
Rate                  x           .      .        .        .           .          .          .            .             .        .      .
SeeDirectory          .           .      .        x        x           x          x          x            x             x        .      .
Delegate              x           x      x        x        x           x          x          x            x             x        x      .
Wake                  .           .      .        .        .           .          .          .            .             .        .      x
ManageDirectory         .           .      .        .        .           .          .          .            .             x        .      .
ManageDefinitions         .           .      .        .        .           .          .          .            .             x        .      .
ManageWork            .           .      .        .        .           .          .          .            .             x        .      .
KeepViews                 x           x      x        x        x           x          x          x            x             x        x      .
ShareViews                .           .      .        .        .           .          .          x            x             .        .      .
ManageSeries              .           .      .        .        .           .          .          x            x             x        .      .
Bulk                      .           .      .        x        x           x          x          x            x             .        .      .
ErasePersons          .           .      .        .        .           .          .          .            .             x        .      .
Archive               .           .      .        .        .           .          .          .            .             x        .      .
Merge                 .           .      .        x        x           .          .          x            .             .        .      .
Link                  .           .      .        x        x           x          .          x            .             .        .      .
DeclareMajor          .           .      .        .        .           .          .          x            .             .        .      .
";

#[test]
fn the_default_roles_allow_exactly_this() {
    let world = world();
    let line = |code_of: &str| Request { line: code(code_of), ..request() };
    let held_by = |operator| Request { assignee: Some(operator), ..request() };
    let copied_in = |access| {
        let copied = CopiedIn { party: party(STRANGER), access };
        Request { copied: vec![copied], ..request() }
    };
    let columns: [(&str, Actor, Request); 12] = [
        ("requester", acts(REQUESTER), request()),
        ("participant", acts(STRANGER), copied_in(CopyAccess::Update)),
        ("viewer", acts(STRANGER), copied_in(CopyAccess::View)),
        ("operator", acts(OPERATOR), request()),
        ("own_work", acts(OPERATOR), held_by(OPERATOR)),
        ("others_work", acts(OPERATOR), held_by(COLLEAGUE)),
        ("other_line", acts(COLLEAGUE), line("front")),
        ("supervised", acts(SUPERVISOR), held_by(OPERATOR)),
        ("unsupervised", acts(SUPERVISOR), line("root")),
        ("administrator", acts(ADMINISTRATOR), request()),
        ("stranger", acts(STRANGER), request()),
        ("system", Actor::system(TENANT_ID), request()),
    ];
    let mut found = format!("{:13}", "");
    columns.iter().for_each(|(name, ..)| found += &format!(" {name}"));
    for action in actions() {
        found += &format!("\n{:13}", format!("{action:?}"));
        for (name, actor, request) in &columns {
            let policy = Policy::new(&world, actor, noon());
            let may =
                if about_requests(action) { policy.allows(action, request) } else { policy.holds(action) };
            found += &format!(" {:>width$}", if may { "x" } else { "." }, width = name.len());
        }
    }
    let squeeze = |table: &str| table.lines().map(words).collect::<Vec<_>>();
    assert_eq!(squeeze(&found), squeeze(DEFAULTS), "\n{found}");
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn actions() -> BTreeSet<Action> {
    Role::defaults().iter().flat_map(|role| &role.permissions).map(|permission| permission.action).collect()
}

/// Whether the right is held against a request, not against the tenant as a whole.
fn about_requests(action: Action) -> bool {
    use Action as A;
    let of_the_tenant = [
        A::Bulk,
        A::Delegate,
        A::KeepViews,
        A::ManageDefinitions,
        A::ManageDirectory,
        A::ManageSeries,
        A::ManageWork,
        A::SeeDirectory,
        A::ShareViews,
        A::Submit,
        A::SubmitFor,
    ];
    !of_the_tenant.contains(&action)
}

#[test]
fn whom_a_request_concerns_has_it_as_the_requester_does() {
    let world = world();
    let concerned = Request { recipient: Some(party(STRANGER)), ..request() };
    for who in [REQUESTER, STRANGER] {
        let actor = acts(who);
        assert!(Policy::new(&world, &actor, noon()).allows(Action::Reply, &concerned));
    }
}

#[test]
fn the_same_id_of_another_kind_of_party_is_somebody_else() {
    let world = world();
    let contact = Actor::contact(TENANT_ID, CALLER, crate::base::Channel::Mail);
    let of_contact = Request { requester: contact.party, ..request() };
    let namesake = acts(EmployeeId(CALLER.0));
    assert!(Policy::new(&world, &contact, noon()).allows(Action::SeeOwn, &of_contact));
    assert!(!Policy::new(&world, &namesake, noon()).allows(Action::SeeOwn, &of_contact));
}

#[test]
fn who_left_may_do_nothing_any_more() {
    for who in [REQUESTER, OPERATOR, SUPERVISOR, ADMINISTRATOR, BOSS] {
        let mut world = world();
        take(&mut world.directory, crate::life::directory::Employee { active: false, ..employee(who) });
        let actor = acts(who);
        let policy = Policy::new(&world, &actor, noon());
        assert!(actions().iter().all(|action| !policy.holds(*action) && !policy.allows(*action, &request())));
        assert!(!policy.can_work_on(who, &request()));
    }
}

#[test]
fn a_grant_reaches_what_its_units_services_lines_and_level_say() {
    let secret = Request { confidentiality: 2, service: code("HR-01"), line: code("hr"), ..request() };
    let all = Scope { confidentiality: 2, ..Scope::default() };
    let cases = [
        (all.clone(), true),
        (Scope { confidentiality: 1, ..all.clone() }, false),
        (Scope { units: Only::These(vec![SALES]), ..all.clone() }, true),
        (Scope { units: Only::These(vec![HOLDING]), ..all.clone() }, true),
        (Scope { units: Only::These(vec![]), ..all.clone() }, false),
        (Scope { services: Only::These(vec![code("HR-01")]), ..all.clone() }, true),
        (Scope { services: Only::These(vec![code("IT-01")]), ..all.clone() }, false),
        (Scope { lines: Only::These(vec![code("hr")]), ..all.clone() }, true),
        (Scope { lines: Only::These(vec![code("it")]), ..all }, false),
    ];
    for (scope, expected) in cases {
        let world = with_supervisor(STRANGER, scope.clone());
        let actor = acts(STRANGER);
        assert_eq!(Policy::new(&world, &actor, noon()).allows(Action::See, &secret), expected, "{scope:?}");
    }
}

#[test]
fn a_unit_that_moves_takes_its_requests_out_of_the_grants_over_its_old_place() {
    let scope = Scope { units: Only::These(vec![BRANCH]), ..Scope::default() };
    let mut world = with_supervisor(STRANGER, scope);
    let actor = acts(STRANGER);
    assert!(Policy::new(&world, &actor, noon()).allows(Action::See, &request()));
    take(&mut world.directory, crate::life::sample::unit(SALES, Some(HOLDING)));
    assert!(!Policy::new(&world, &actor, noon()).allows(Action::See, &request()));
    let homeless = Request { unit: None, ..request() };
    assert!(!Policy::new(&world, &actor, noon()).allows(Action::See, &homeless));
}

#[test]
fn a_withdrawn_grant_and_a_place_given_up_count_for_nothing() {
    let mut world = world();
    let held = world.directory.grants(party(SUPERVISOR)).next().expect("a grant").as_ref().clone();
    take(&mut world.directory, crate::life::directory::Grant { active: false, ..held });
    let place = world.directory.places(COLLEAGUE).next().expect("a place").as_ref().clone();
    take(&mut world.directory, crate::life::directory::Member { active: false, ..place });
    for who in [SUPERVISOR, COLLEAGUE] {
        let actor = acts(who);
        assert!(!Policy::new(&world, &actor, noon()).allows(Action::See, &request()));
        assert!(!Policy::new(&world, &actor, noon()).can_work_on(who, &request()));
    }
}

#[test]
fn what_may_not_be_seen_is_not_there_and_what_may_be_seen_is_denied() {
    let world = world();
    let refused = |who, action| {
        let actor = acts(who);
        Policy::new(&world, &actor, noon()).require(action, &request()).expect_err("it is refused")
    };
    assert_eq!(refused(STRANGER, Action::See), Refusal::not_found("request", request().id));
    assert_eq!(refused(STRANGER, Action::Resolve), Refusal::not_found("request", request().id));
    assert_eq!(refused(REQUESTER, Action::Resolve), Refusal::Denied { action: Action::Resolve });
}

#[test]
fn the_policy_of_somebody_without_any_role_matches_nothing_at_all() {
    let world = world();
    let actor = Actor::integration(TENANT_ID, uuid::Uuid::from_u128(77));
    let reach = Policy::new(&world, &actor, noon()).reach(Action::See);
    assert_eq!(reach, Expr::Any(Vec::new()));
    assert!(!reach.matches(&request().row(), &Unasked));
}

#[test]
fn members_see_what_is_confidential_up_to_the_level_of_their_line() {
    let mut world = world();
    let place =
        crate::life::directory::Member { line: code("hr"), employee: STRANGER, tier: 1, active: true };
    take(&mut world.directory, place);
    let actor = acts(STRANGER);
    let sees = |confidentiality| {
        let request = Request { confidentiality, line: code("hr"), ..request() };
        Policy::new(&world, &actor, noon()).allows(Action::See, &request)
    };
    assert_eq!([0, 2, 3].map(sees), [true, true, false]);
}

#[test]
fn what_is_allowed_of_one_request_is_what_a_query_finds() {
    let scopes = [
        Scope { confidentiality: 1, ..Scope::default() },
        Scope { lines: Only::These(vec![code("it"), code("front")]), ..Scope::default() },
        Scope { units: Only::These(vec![BRANCH]), confidentiality: 9, ..Scope::default() },
        Scope { services: Only::These(vec![code("IT-01")]), ..Scope::default() },
        Scope { units: Only::These(Vec::new()), ..Scope::default() },
    ];
    let people = [OPERATOR, COLLEAGUE, SUPERVISOR, REQUESTER, STRANGER, ADMINISTRATOR];
    let mut held = BTreeSet::new();
    for scope in scopes {
        let world = with_supervisor(STRANGER, scope);
        let actors = people.into_iter().map(acts).chain([
            Actor::system(TENANT_ID),
            Actor::contact(TENANT_ID, CALLER, crate::base::Channel::Mail),
            Actor { principal: Some(party(STRANGER)), ..acts(OPERATOR) },
        ]);
        for (actor, request) in actors.flat_map(|actor| variety().into_iter().map(move |of| (actor, of))) {
            let policy = Policy::new(&world, &actor, noon());
            let env = crate::life::WorldAt { world: &world, now: noon() };
            for action in actions() {
                let allowed = policy.allows(action, &request);
                held.insert(allowed);
                let found = policy.reach(action).matches(&request.row(), &env);
                assert_eq!(allowed, found, "{actor:?} {action:?} {request:?}");
            }
        }
    }
    assert_eq!(held.len(), 2, "some may, some may not");
}

/// Requests that differ in everything that rights look at.
fn variety() -> Vec<Request> {
    let mut all = vec![request()];
    let mut vary = |change: &dyn Fn(&mut Request)| {
        let changed = all.iter().cloned().map(|mut request| {
            change(&mut request);
            request
        });
        all = all.iter().cloned().chain(changed).collect();
    };
    vary(&|request| request.line = code("hr"));
    vary(&|request| request.confidentiality += 1);
    vary(&|request| request.unit = None);
    vary(&|request| request.unit = Some(SALES));
    vary(&|request| request.assignee = Some(COLLEAGUE));
    vary(&|request| {
        request.copied = vec![CopiedIn { party: party(STRANGER), access: CopyAccess::Update }];
        request.watchers = vec![party(REQUESTER), party(COLLEAGUE)];
    });
    vary(&|request| {
        request.requester = Actor::contact(TENANT_ID, CALLER, crate::base::Channel::Mail).party;
        request.recipient = Some(party(REQUESTER));
    });
    all
}

fn with_supervisor(who: EmployeeId, scope: Scope) -> World {
    let mut world = world();
    take(&mut world.directory, grant(who, "supervisor", scope));
    world
}
