//! What somebody may do for a principal.

use super::*;
use crate::life::directory::{Contact, ContactId, Delegation, Person};
use crate::life::sample::{absence, day, delegation, substitution};

#[test]
fn a_delegate_may_do_what_the_principal_may_and_the_principal_only() {
    let mut world = world();
    take(&mut world.directory, delegation(OPERATOR, STRANGER));
    for (action, request) in each() {
        let own = allows(&world, &acts(OPERATOR), action, &request);
        let for_principal = allows(&world, &acts(STRANGER).acting_for(OPERATOR), action, &request);
        let expected = own && delegation(OPERATOR, STRANGER).lets(action);
        assert_eq!(for_principal, expected, "{action:?}");
        assert!(!allows(&world, &acts(COLLEAGUE).acting_for(OPERATOR), action, &request), "no delegation");
        assert!(
            !allows(&world, &acts(OPERATOR).acting_for(STRANGER), action, &request),
            "the other way round"
        );
    }
}

#[test]
fn own_rights_do_not_count_while_one_acts_for_somebody() {
    let mut world = world();
    take(&mut world.directory, delegation(STRANGER, BOSS));
    let boss = acts(BOSS).acting_for(STRANGER);
    assert!(!allows(&world, &boss, Action::See, &request()));
    assert!(allows(&world, &acts(BOSS), Action::See, &request()));
}

#[test]
fn a_delegation_reaches_as_far_as_its_scope_actions_and_period() {
    let whole = delegation(OPERATOR, STRANGER);
    let it = Scope { lines: Only::These(vec![code("it")]), ..Scope::default() };
    let front = Scope { lines: Only::These(vec![code("front")]), ..Scope::default() };
    let holding = Scope { units: Only::These(vec![HOLDING]), ..Scope::default() };
    let actions = |actions: &[Action]| Only::These(actions.to_vec());
    let cases = [
        (whole.clone(), noon(), true),
        (whole.clone(), day(-1), false),
        (Delegation { until: Some(day(1)), ..whole.clone() }, day(1), false),
        (Delegation { active: false, ..whole.clone() }, noon(), false),
        (Delegation { only_while_absent: true, ..whole.clone() }, noon(), false),
        (Delegation { scope: it, ..whole.clone() }, noon(), true),
        (Delegation { scope: holding, ..whole.clone() }, noon(), true),
        (Delegation { scope: front, ..whole.clone() }, noon(), false),
        (Delegation { actions: actions(&[Action::See, Action::Resolve]), ..whole.clone() }, noon(), true),
        (Delegation { actions: actions(&[Action::See]), ..whole }, noon(), false),
    ];
    for (delegation, now, expected) in cases {
        let mut world = world();
        take(&mut world.directory, delegation.clone());
        let actor = acts(STRANGER).acting_for(OPERATOR);
        let policy = Policy::new(&world, &actor, now);
        assert_eq!(policy.allows(Action::Resolve, &request()), expected, "{delegation:?}");
    }
}

#[test]
fn each_link_of_a_chain_narrows_what_the_last_one_may_do() {
    let mut world = world();
    let lines = |line: &str| Scope { lines: Only::These(vec![code(line)]), ..Scope::default() };
    take(&mut world.directory, absence(OPERATOR, 0, None));
    take(&mut world.directory, absence(COLLEAGUE, 0, Some(1)));
    take(&mut world.directory, substitution(OPERATOR, COLLEAGUE));
    let second = Delegation {
        scope: lines("it"),
        actions: Only::These(vec![Action::See, Action::Answer]),
        ..substitution(COLLEAGUE, STRANGER)
    };
    take(&mut world.directory, second);
    let actor = acts(STRANGER).acting_for(OPERATOR);
    let front = Request { line: code("front"), ..request() };
    assert!(allows(&world, &actor, Action::Answer, &request()));
    assert!(!allows(&world, &actor, Action::Resolve, &request()), "the second link does not let");
    assert!(!allows(&world, &actor, Action::Answer, &front), "the second link does not reach");
    let at_end = Policy::new(&world, &actor, day(1));
    assert!(!at_end.allows(Action::Answer, &request()), "the middle one is back");
}

#[test]
fn nobody_acts_for_somebody_who_left_or_is_no_employee() {
    let mut world = world();
    take(&mut world.directory, delegation(OPERATOR, STRANGER));
    take(&mut world.directory, delegation(BOSS, STRANGER));
    take(&mut world.directory, crate::life::directory::Employee { active: false, ..employee(OPERATOR) });
    assert!(!allows(&world, &acts(STRANGER).acting_for(OPERATOR), Action::See, &request()));
    assert!(allows(&world, &acts(STRANGER).acting_for(BOSS), Action::See, &request()));
    let engine = Actor::system(TENANT_ID).acting_for(BOSS);
    assert!(!allows(&world, &engine, Action::See, &request()));
    take(&mut world.directory, crate::life::directory::Employee { active: false, ..employee(STRANGER) });
    assert!(!allows(&world, &acts(STRANGER).acting_for(BOSS), Action::See, &request()));
}

#[test]
fn administration_is_acted_out_only_when_it_is_listed() {
    let mut world = world();
    let whole = delegation(ADMINISTRATOR, STRANGER);
    let actor = acts(STRANGER).acting_for(ADMINISTRATOR);
    let holds = |world: &World| Policy::new(world, &actor, noon()).holds(Action::ManageDirectory);
    take(&mut world.directory, whole.clone());
    assert!(!holds(&world));
    take(&mut world.directory, Delegation { actions: Only::These(vec![Action::ManageDirectory]), ..whole });
    assert!(holds(&world));
}

#[test]
fn merged_contacts_have_each_others_requests_until_they_are_separated() {
    let mut world = world();
    let stands = ContactId(uuid::Uuid::from_u128(31));
    let person = Person::named("Caller").expect("no NUL");
    take(&mut world.directory, Contact::new(stands, person.clone()));
    let of_caller = Request { requester: CALLER.into(), ..request() };
    let of_stands = Request { requester: stands.into(), ..request() };
    let sees = |world: &World, id, request: &Request| {
        let contact = Actor::contact(TENANT_ID, id, crate::base::Channel::Mail);
        allows(world, &contact, Action::SeeOwn, request)
    };
    assert!(!sees(&world, stands, &of_caller) && !sees(&world, CALLER, &of_stands));
    take(&mut world.directory, Contact { merged_into: Some(stands), ..Contact::new(CALLER, person.clone()) });
    assert!(sees(&world, stands, &of_caller) && sees(&world, CALLER, &of_stands));
    take(&mut world.directory, Contact { active: false, ..Contact::new(stands, person.clone()) });
    assert!(!sees(&world, CALLER, &of_caller), "who stands for both may not call any more");
    take(&mut world.directory, Contact::new(CALLER, person));
    assert!(sees(&world, CALLER, &of_caller) && !sees(&world, CALLER, &of_stands));
}

fn allows(world: &World, actor: &Actor, action: Action, request: &Request) -> bool {
    Policy::new(world, actor, noon()).allows(action, request)
}

/// Every action on requests of each line, in nobody's, the operator's and a colleague's hands.
fn each() -> impl Iterator<Item = (Action, Request)> {
    let hands = [None, Some(OPERATOR), Some(COLLEAGUE)];
    let requests = ["it", "front", "root"]
        .into_iter()
        .flat_map(move |line| hands.map(|assignee| Request { assignee, line: code(line), ..request() }));
    let requests: Vec<Request> = requests.collect();
    actions()
        .into_iter()
        .flat_map(move |action| requests.clone().into_iter().map(move |request| (action, request)))
}
