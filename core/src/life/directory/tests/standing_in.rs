//! Absences, delegations, and who may act for whom.

use super::*;
use crate::base::limits::{DELEGATION_CHAIN_MAX, DELEGATIONS_MAX};
use crate::base::{Party, Span};
use crate::config::catalog::Action;
use crate::life::access::Actor;
use crate::life::sample::{BOSS, CALLER, SUPERVISOR};

#[test]
fn a_period_ends_after_it_begins_and_leaves_its_end_out() {
    let away = |from, until| C::SaveAbsence { absence: absence(OPERATOR, from, until) };
    for until in [0, -1] {
        assert_eq!(refused(&world(), &away(0, Some(until))), "invalid");
        let delegation = Delegation { until: Some(day(until)), ..delegation(OPERATOR, COLLEAGUE) };
        assert_eq!(refused(&world(), &C::SaveDelegation { delegation }), "invalid");
    }
    let mut world = world();
    apply(&mut world, &away(0, Some(1)));
    let at = |millis| world.directory.is_absent(OPERATOR, noon() + Span::from_millis(millis));
    assert_eq!([-1, 0, 86_399_999, 86_400_000].map(at), [false, true, true, false]);
}

#[test]
fn absences_of_one_employee_do_not_overlap() {
    let mut world = world();
    let away = |number, employee, from, until| {
        let id = AbsenceId(Uuid::from_u128(number));
        C::SaveAbsence { absence: Absence { id, ..absence(employee, from, until) } }
    };
    apply(&mut world, &away(1, OPERATOR, 2, Some(4)));
    for (from, until) in [(1, Some(3)), (3, Some(5)), (2, Some(4)), (0, None), (3, None), (1, Some(9))] {
        assert_eq!(refused(&world, &away(2, OPERATOR, from, until)), "absence_overlaps", "{from} {until:?}");
    }
    for (from, until) in [(1, Some(2)), (4, Some(5)), (4, None)] {
        decided(&world, &away(2, OPERATOR, from, until)).expect("one ends where the other begins");
    }
    decided(&world, &away(2, COLLEAGUE, 2, Some(4))).expect("another employee");
    decided(&world, &away(1, OPERATOR, 3, None)).expect("the same absence, changed");
    let withdrawn = Absence { active: false, ..absence(OPERATOR, 3, None) };
    assert_eq!(
        refused(&world, &C::SaveAbsence { absence: withdrawn.clone() }),
        "not_found",
        "nothing is there"
    );
    let withdrawn = Absence { id: AbsenceId(Uuid::from_u128(1)), ..withdrawn };
    decided(&world, &C::SaveAbsence { absence: withdrawn }).expect("what is there is withdrawn");
}

#[test]
fn an_absence_or_a_delegation_keeps_its_person() {
    let mut world = world();
    apply(&mut world, &C::SaveAbsence { absence: absence(OPERATOR, 0, None) });
    let foreign = Absence { id: absence(OPERATOR, 0, None).id, ..absence(COLLEAGUE, 0, None) };
    assert_eq!(refused(&world, &C::SaveAbsence { absence: foreign }), "invalid");
    apply(&mut world, &C::SaveDelegation { delegation: delegation(OPERATOR, COLLEAGUE) });
    let foreign = Delegation { principal: BOSS, ..delegation(OPERATOR, COLLEAGUE) };
    assert_eq!(refused(&world, &C::SaveDelegation { delegation: foreign }), "invalid");
}

#[test]
fn one_arranges_the_own_absences_and_delegations_in_person_and_an_administrator_everybodys() {
    let mut world = world();
    let commands = [
        C::SaveAbsence { absence: absence(OPERATOR, 0, None) },
        C::SaveDelegation { delegation: delegation(OPERATOR, COLLEAGUE) },
    ];
    take(&mut world.directory, delegation(OPERATOR, STRANGER));
    let answer = |actor: Actor, command: &DirectoryCommand| {
        let view = view_for(&world, command);
        let ask = Ask::new(&world, actor, noon());
        ask.decide(|context| decide(Reader(&view), command, context)).map_err(|refusal| refusal.code())
    };
    for command in &commands {
        for who in [OPERATOR, ADMINISTRATOR] {
            answer(acts(who), command).expect("the own one, or anybody's");
        }
        let contact = Actor::contact(TENANT_ID, CALLER, crate::base::Channel::Mail);
        for actor in [acts(COLLEAGUE), acts(SUPERVISOR), contact, acts(STRANGER).acting_for(OPERATOR)] {
            assert_eq!(answer(actor, command).expect_err("no right"), "denied", "{actor:?}");
        }
        let mixed = vec![command.clone(), C::MoveUnit { unit: SALES, parent: None }];
        assert_eq!(answer(acts(OPERATOR), &C::Import { changes: mixed }).expect_err("no right"), "denied");
        answer(acts(OPERATOR), &C::Import { changes: vec![command.clone()] }).expect("all of it is the own");
    }
}

#[test]
fn delegations_of_one_moment_never_lead_back() {
    let mut world = world();
    let between = |principal, delegate, from, until: Option<i64>| Delegation {
        from: day(from),
        until: until.map(day),
        ..delegation(principal, delegate)
    };
    let saved = |delegation| C::SaveDelegation { delegation };
    assert_eq!(refused(&world, &saved(between(OPERATOR, OPERATOR, 0, None))), "delegation_cycle");
    apply(&mut world, &saved(between(OPERATOR, COLLEAGUE, 0, Some(10))));
    apply(&mut world, &saved(between(COLLEAGUE, STRANGER, 4, Some(20))));
    for (from, until) in [(4, Some(5)), (0, Some(5)), (9, None), (0, None)] {
        let back = saved(between(STRANGER, OPERATOR, from, until));
        assert_eq!(refused(&world, &back), "delegation_cycle", "{from} {until:?}");
    }
    for (from, until) in [(0, Some(4)), (10, None)] {
        decided(&world, &saved(between(STRANGER, OPERATOR, from, until))).expect("never at once with both");
    }
    let withdrawn = Delegation { active: false, ..between(COLLEAGUE, STRANGER, 4, Some(20)) };
    apply(&mut world, &saved(withdrawn));
    decided(&world, &saved(between(STRANGER, OPERATOR, 0, None))).expect("no link leads on any more");
}

#[test]
fn a_delegation_or_an_absence_writes_the_tenant_as_its_anchor() {
    let commands = [
        C::SaveAbsence { absence: absence(OPERATOR, 0, None) },
        C::SaveDelegation { delegation: delegation(OPERATOR, COLLEAGUE) },
    ];
    for command in commands {
        let decision = decided(&world(), &command).expect("no circle");
        assert!(decision.puts.iter().any(|put| put.key() == TENANT.key(TENANT_ID.0)), "{command:?}");
    }
}

#[test]
fn only_who_works_here_delegates_and_only_what_can_be_delegated() {
    let mut world = world();
    apply(&mut world, &C::Leave { employee: STRANGER });
    let saved = |delegation| C::SaveDelegation { delegation };
    assert_eq!(refused(&world, &saved(delegation(OPERATOR, STRANGER))), "invalid");
    assert_eq!(refused(&world, &saved(delegation(STRANGER, OPERATOR))), "invalid");
    for action in [Action::Delegate, Action::Wake] {
        let listed = Delegation { actions: Only::These(vec![action]), ..delegation(OPERATOR, COLLEAGUE) };
        assert_eq!(refused(&world, &saved(listed)), "invalid");
    }
    let scope = Scope { units: Only::These(vec![UnitId(Uuid::from_u128(404))]), ..Scope::default() };
    assert_eq!(refused(&world, &saved(Delegation { scope, ..delegation(OPERATOR, COLLEAGUE) })), "invalid");
}

#[test]
fn an_employee_has_so_many_delegations() {
    let mut world = world();
    let numbered = |n: u128| Delegation {
        id: DelegationId(Uuid::from_u128(70_000 + n)),
        ..delegation(OPERATOR, COLLEAGUE)
    };
    (0..DELEGATIONS_MAX as u128).for_each(|n| take(&mut world.directory, numbered(n)));
    let further = C::SaveDelegation { delegation: delegation(OPERATOR, STRANGER) };
    assert_eq!(refused(&world, &further), "too_many_delegations");
    let further = C::SaveDelegation { delegation: delegation(BOSS, COLLEAGUE) };
    assert_eq!(refused(&world, &further), "too_many_delegations");
    take(&mut world.directory, Delegation { from: day(-2), until: Some(day(-1)), ..numbered(0) });
    decided(&world, &further).expect("what ended does not count");
}

#[test]
fn everything_leaves_out_administration_and_what_cannot_be_delegated() {
    let all = delegation(OPERATOR, COLLEAGUE);
    assert!(all.lets(Action::Resolve) && all.lets(Action::SeeDirectory));
    for action in [
        Action::ManageDirectory,
        Action::ManageDefinitions,
        Action::ManageWork,
        Action::Delegate,
        Action::Wake,
    ] {
        assert!(!all.lets(action), "{action:?}");
    }
    let listed = Delegation { actions: Only::These(vec![Action::ManageWork]), ..all };
    assert!(listed.lets(Action::ManageWork) && !listed.lets(Action::Resolve));
}

#[test]
fn a_substitute_counts_while_the_principal_is_away_and_a_delegate_always() {
    let mut world = world();
    take(&mut world.directory, substitution(OPERATOR, COLLEAGUE));
    take(&mut world.directory, delegation(BOSS, COLLEAGUE));
    take(&mut world.directory, absence(OPERATOR, 1, Some(2)));
    let may = |principal, at| !world.directory.chains(principal, COLLEAGUE, day(at)).is_empty();
    assert_eq!([0, 1, 2].map(|at| may(OPERATOR, at)), [false, true, false]);
    assert_eq!([-1, 0, 9].map(|at| may(BOSS, at)), [false, true, true]);
    assert_eq!(world.directory.principals(COLLEAGUE, day(1)), [OPERATOR, BOSS]);
    assert_eq!(world.directory.principals(COLLEAGUE, day(2)), [BOSS]);
}

#[test]
fn a_delegate_who_is_away_passes_the_right_on_and_one_who_is_here_does_not() {
    let mut world = world();
    take(&mut world.directory, substitution(OPERATOR, COLLEAGUE));
    take(&mut world.directory, substitution(COLLEAGUE, STRANGER));
    take(&mut world.directory, delegation(COLLEAGUE, SUPERVISOR));
    take(&mut world.directory, absence(OPERATOR, 0, None));
    let delegates = |world: &World| world.directory.delegates(OPERATOR, noon());
    assert_eq!(delegates(&world), [COLLEAGUE]);
    take(&mut world.directory, absence(COLLEAGUE, 0, Some(1)));
    assert_eq!(delegates(&world), [SUPERVISOR, STRANGER]);
    let chains = world.directory.chains(OPERATOR, STRANGER, noon());
    assert_eq!(chains.iter().map(Vec::len).collect::<Vec<_>>(), [2]);
    assert!(world.directory.chains(OPERATOR, STRANGER, day(1)).is_empty(), "the middle one is back");
    apply(&mut world, &C::Leave { employee: STRANGER });
    assert_eq!(delegates(&world), [SUPERVISOR]);
}

#[test]
fn a_chain_has_so_many_links() {
    let mut world = world();
    let people: Vec<_> = (0..6).map(|n| EmployeeId(Uuid::from_u128(60_000 + n))).collect();
    people.iter().for_each(|id| take(&mut world.directory, employee(*id)));
    for pair in people.windows(2) {
        take(&mut world.directory, substitution(pair[0], pair[1]));
        take(&mut world.directory, absence(pair[0], 0, None));
    }
    let reached = people.iter().map(|id| world.directory.chains(people[0], *id, noon()).len());
    assert_eq!(reached.collect::<Vec<_>>(), [0, 1, 1, 1, 0, 0]);
    assert_eq!(DELEGATION_CHAIN_MAX, 3);
}

#[test]
fn who_is_away_is_told_and_the_substitutes_as_well() {
    let mut world = world();
    take(&mut world.directory, substitution(OPERATOR, COLLEAGUE));
    take(&mut world.directory, delegation(OPERATOR, BOSS));
    let told = |world: &World| world.directory.told(OPERATOR.into(), noon());
    assert_eq!(told(&world), [Party::from(OPERATOR)]);
    take(&mut world.directory, absence(OPERATOR, 0, None));
    assert_eq!(told(&world), [OPERATOR, COLLEAGUE, BOSS].map(Party::from));
    let stands = ContactId(Uuid::from_u128(31));
    let person = Person::named("Caller").expect("no NUL");
    take(&mut world.directory, Contact::new(stands, person.clone()));
    take(&mut world.directory, Contact { merged_into: Some(stands), ..Contact::new(CALLER, person) });
    assert_eq!(world.directory.told(CALLER.into(), noon()), [Party::from(stands)]);
}
