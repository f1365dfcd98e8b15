//! Addresses, merged contacts, employees who move, leave and come back.

use super::*;
use crate::base::limits::{ADDRESSES_MAX, IDENTITIES_MAX};
use crate::base::{Address, Party};
use crate::life::directory::FollowUp;
use crate::life::sample::{BOSS, CALLER, SUPERVISOR};
use crate::store::{Claim, Fact, Queue, WorkChange};

#[test]
fn an_address_of_a_contact_is_claimed_moved_and_given_up_with_the_contact() {
    let mut world = world();
    let caller = |addresses: &[&str]| contact(CALLER, addresses);
    let saved =
        decided(&world, &save(caller(&["email:a@north.example", "phone:+74950000001"]))).expect("free");
    let space = |claims: &[Claim]| -> Vec<(String, String)> {
        claims.iter().map(|claim| (claim.space.to_string(), claim.value.to_string())).collect()
    };
    let both = [("contact email", "a@north.example"), ("contact phone", "+74950000001")];
    assert_eq!(space(&saved.claims), both.map(|(a, b)| (a.to_owned(), b.to_owned())));
    take(&mut world.directory, caller(&["email:a@north.example", "phone:+74950000001"]));

    let moved =
        decided(&world, &save(caller(&["email:b@north.example", "phone:+74950000001"]))).expect("free");
    assert_eq!(space(&moved.claims), [("contact email".to_owned(), "b@north.example".to_owned())]);
    assert_eq!(space(&moved.releases), [("contact email".to_owned(), "a@north.example".to_owned())]);

    let gone = Contact { active: false, ..caller(&["email:a@north.example", "phone:+74950000001"]) };
    let gone = decided(&world, &save(gone)).expect("the contact ends");
    assert_eq!((gone.claims.len(), gone.releases.len()), (0, 2));
}

#[test]
fn an_address_belongs_to_one_active_contact_verified_or_not_and_however_it_is_written() {
    let mut world = world();
    take(&mut world.directory, contact(CALLER, &["email:Anna@North.example"]));
    let other = |address: &str| save(contact(other(), &[address]));
    assert_eq!(refused(&world, &other("email:anna@north.EXAMPLE")), "address_taken");
    decided(&world, &other("email:boris@north.example")).expect("another one is free");
    take(&mut world.directory, Contact { active: false, ..contact(CALLER, &["email:Anna@North.example"]) });
    decided(&world, &other("email:anna@north.example")).expect("nobody has it any more");
    assert!(world.directory.contact_at(&address("email:anna@north.example")).is_none());
}

#[test]
fn one_import_hands_an_address_from_one_contact_to_another() {
    let mut world = world();
    take(&mut world.directory, contact(CALLER, &["email:a@north.example"]));
    let changes = vec![save(contact(CALLER, &[])), save(contact(other(), &["email:a@north.example"]))];
    let decision = decided(&world, &C::Import { changes }).expect("it is given up first");
    assert_eq!(decision.claims.iter().map(|claim| claim.owner).collect::<Vec<_>>(), [other().0]);
    assert_eq!(decision.releases.iter().map(|claim| claim.owner).collect::<Vec<_>>(), [CALLER.0]);
}

#[test]
fn a_person_has_so_many_addresses_and_none_twice() {
    let many: Vec<String> = (0..=ADDRESSES_MAX).map(|n| format!("phone:+7495000{n:04}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    decided(&world(), &save(contact(CALLER, &many[1..]))).expect("at the limit");
    assert_eq!(refused(&world(), &save(contact(CALLER, &many))), "invalid");
    let twice = ["email:a@north.example", "email:A@NORTH.example"];
    assert_eq!(refused(&world(), &save(contact(CALLER, &twice))), "invalid");
}

#[test]
fn what_is_personal_stands_in_the_content_of_an_event_and_in_no_debug_output() {
    let contact = contact(CALLER, &["email:secret@north.example"]);
    let event = DirectoryEvent::ContactSaved(contact.clone());
    assert!(!event.encode().expect("json").contains("secret"));
    assert!(event.content().expect("json").expect("a person").contains("secret"));
    assert!(!format!("{contact:?} {event:?} {:?}", contact.person.addresses).contains("secret"));
    let away = Absence { reason: Some(text("flu")), ..absence(OPERATOR, 0, Some(1)) };
    let event = DirectoryEvent::AbsenceSaved(away.clone());
    let (body, content) = (event.encode().expect("json"), event.content().expect("json"));
    assert!(!body.contains("flu") && !format!("{away:?}").contains("flu"));
    let read = crate::life::directory::event::decode(&body, content.as_deref()).expect("it is read back");
    assert_eq!(read, event);
    let erased = crate::life::directory::event::decode(&body, None).expect("it is read back");
    assert_eq!(erased, DirectoryEvent::AbsenceSaved(Absence { reason: None, ..away }));
}

#[test]
fn merged_contacts_are_one_person_until_they_are_separated() {
    let mut world = two_contacts();
    let parties = [CALLER, other()].map(Party::from);
    apply(&mut world, &merge(other(), CALLER));
    for party in parties {
        assert_eq!(world.directory.identities(party), parties);
        assert_eq!(world.directory.standing_for(party), parties[0]);
    }
    apply(&mut world, &C::UnmergeContact { contact: other() });
    for party in parties {
        assert_eq!(world.directory.identities(party), [party]);
    }
    assert_eq!(refused(&world, &C::UnmergeContact { contact: other() }), "not_merged");
}

#[test]
fn no_contact_is_merged_twice_into_itself_or_into_who_is_merged() {
    let mut world = two_contacts();
    assert_eq!(refused(&world, &merge(CALLER, CALLER)), "merge_into_itself");
    apply(&mut world, &merge(other(), CALLER));
    assert_eq!(refused(&world, &merge(other(), CALLER)), "already_merged");
    assert_eq!(refused(&world, &merge(CALLER, other())), "already_merged", "no circle");
    let unknown = ContactId(Uuid::from_u128(9_999));
    assert_eq!(refused(&world, &merge(CALLER, unknown)), "not_found");
    let saved = Contact { merged_into: None, ..contact(other(), &[]) };
    assert_eq!(refused(&world, &save(saved)), "invalid", "saving does not separate");
}

#[test]
fn who_stands_for_others_brings_them_along_up_to_a_limit() {
    let mut world = world();
    let numbered = |n: usize| ContactId(Uuid::from_u128(50_000 + n as u128));
    for n in 0..IDENTITIES_MAX - 1 {
        let merged_into = (n > 0).then(|| numbered(n - 1));
        take(&mut world.directory, Contact { merged_into, ..contact(numbered(n), &[]) });
    }
    take(&mut world.directory, contact(other(), &[]));
    apply(&mut world, &merge(numbered(0), CALLER));
    assert_eq!(world.directory.identities(numbered(40).into()).len(), IDENTITIES_MAX);
    assert_eq!(world.directory.standing_for(numbered(IDENTITIES_MAX - 2).into()), CALLER.into());
    assert_eq!(refused(&world, &merge(other(), CALLER)), "too_many_identities");
    assert_eq!(refused(&world, &merge(CALLER, other())), "too_many_identities");
}

#[test]
fn a_merge_writes_both_records_so_that_two_merges_cannot_cross() {
    let decision = decided(&two_contacts(), &merge(other(), CALLER)).expect("both stand for themselves");
    let keys: Vec<Key> = decision.puts.iter().map(Put::key).collect();
    assert!(keys.contains(&CONTACT.key(CALLER.0)) && keys.contains(&CONTACT.key(other().0)));
    assert_eq!(decision.events.len(), 1);
}

#[test]
fn who_leaves_loses_places_grants_absences_and_delegations_each_with_its_event() {
    let mut world = world();
    take(&mut world.directory, grant(OPERATOR, "supervisor", Scope::default()));
    take(&mut world.directory, absence(OPERATOR, 0, Some(1)));
    take(&mut world.directory, delegation(OPERATOR, COLLEAGUE));
    take(&mut world.directory, delegation(BOSS, OPERATOR));
    let decision = apply(&mut world, &C::Leave { employee: OPERATOR });
    let names: Vec<&str> = decision.events.iter().map(|event| event.fact.name()).collect();
    let expected = [
        "employee_left",
        "member_saved",
        "member_saved",
        "grant_saved",
        "absence_saved",
        "delegation_saved",
        "delegation_saved",
    ];
    assert_eq!(names, expected);
    let directory = &world.directory;
    assert!(!directory.is_active(OPERATOR.into()));
    assert_eq!((directory.places(OPERATOR).count(), directory.grants(OPERATOR.into()).count()), (0, 0));
    assert_eq!((directory.absences(OPERATOR).count(), directory.delegations_of(BOSS).count()), (0, 0));
    assert_eq!(decision.answer.subject, OPERATOR.0);
    let [WorkChange::Set(item)] = &decision.work[..] else { panic!("one item: {:?}", decision.work) };
    assert_eq!((item.queue, item.subject, item.due), (Queue::Timers, EMPLOYEE.key(OPERATOR.0), noon()));
    let follow_up: FollowUp = serde_json::from_str(&item.body).expect("a follow-up");
    assert_eq!(follow_up, FollowUp::GiveBack { employee: OPERATOR, set_by: decision.command });
}

#[test]
fn saving_somebody_as_gone_is_leaving_and_saving_them_again_gives_nothing_back() {
    let mut world = world();
    let gone = Employee { active: false, ..employee(OPERATOR) };
    let decision = apply(&mut world, &C::SaveEmployee { employee: gone });
    assert_eq!((decision.events.len(), decision.work.len()), (3, 1));
    apply(&mut world, &C::SaveEmployee { employee: employee(OPERATOR) });
    assert_eq!(world.directory.places(OPERATOR).count(), 0);
}

#[test]
fn who_left_may_be_let_go_again_to_look_for_requests_once_more() {
    let mut world = world();
    apply(&mut world, &C::Leave { employee: OPERATOR });
    let again = decided(&world, &C::Leave { employee: OPERATOR }).expect("nothing else is left");
    assert_eq!((again.events.len(), again.puts.len(), again.work.len()), (0, 0, 1));
    assert_eq!((again.answer.subject, again.answer.version.0), (OPERATOR.0, 1));
}

#[test]
fn who_comes_back_has_a_place_of_work_and_nothing_of_what_was_held() {
    let mut world = world();
    let to = Placement { unit: HOLDING, position: text("Clerk"), manager: Some(SUPERVISOR) };
    assert_eq!(refused(&world, &C::Return { employee: OPERATOR, to: to.clone() }), "no_change");
    apply(&mut world, &C::Leave { employee: OPERATOR });
    // Given by a decision that did not know of the leaving.
    take(&mut world.directory, grant(OPERATOR, "everything", Scope::default()));
    apply(&mut world, &C::Return { employee: OPERATOR, to: to.clone() });
    let back = world.directory.employee(OPERATOR).expect("an employee");
    assert_eq!((back.active, back.placement()), (true, to));
    assert_eq!(world.directory.grants(OPERATOR.into()).count() + world.directory.places(OPERATOR).count(), 0);
}

#[test]
fn a_move_keeps_places_and_grants_and_has_to_move() {
    let mut world = world();
    let to = Placement { unit: BRANCH, position: text("Lead"), manager: Some(BOSS) };
    let decision = apply(&mut world, &C::MoveEmployee { employee: OPERATOR, to: to.clone() });
    assert_eq!(decision.events.len(), 1);
    assert_eq!(world.directory.employee(OPERATOR).expect("an employee").placement(), to);
    assert_eq!(world.directory.places(OPERATOR).count(), 2);
    assert_eq!(refused(&world, &C::MoveEmployee { employee: OPERATOR, to: to.clone() }), "no_change");
    let under = Placement { manager: Some(OPERATOR), ..to.clone() };
    assert_eq!(refused(&world, &C::MoveEmployee { employee: BOSS, to: under }), "manager_cycle");
    apply(&mut world, &C::Leave { employee: STRANGER });
    assert_eq!(refused(&world, &C::MoveEmployee { employee: STRANGER, to }), "employee_left");
}

#[test]
fn who_left_becomes_no_manager_member_or_holder_but_stays_the_manager_they_were() {
    let mut world = world();
    let managed = |id| Employee { manager: Some(COLLEAGUE), ..employee(id) };
    apply(&mut world, &C::SaveEmployee { employee: managed(OPERATOR) });
    apply(&mut world, &C::Leave { employee: COLLEAGUE });
    apply(&mut world, &C::SaveEmployee { employee: managed(OPERATOR) });
    assert_eq!(refused(&world, &C::SaveEmployee { employee: managed(STRANGER) }), "invalid");
    let member = Member::new(code("it"), COLLEAGUE);
    assert_eq!(refused(&world, &C::SaveMember { member }), "invalid");
    let grant = grant(COLLEAGUE, "supervisor", Scope::default());
    assert_eq!(refused(&world, &C::SaveGrant { grant: grant.clone() }), "invalid");
    decided(&world, &C::SaveGrant { grant: Grant { active: false, ..grant } }).expect("it is withdrawn");
}

fn other() -> ContactId {
    ContactId(Uuid::from_u128(31))
}

fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

fn contact(id: ContactId, addresses: &[&str]) -> Contact {
    let named = Person::named("Caller").expect("no NUL");
    let person = addresses.iter().fold(named, |person, text| person.with_address(address(text), false));
    Contact::new(id, person)
}

fn save(contact: Contact) -> DirectoryCommand {
    C::SaveContact { contact }
}

fn merge(contact: ContactId, into: ContactId) -> DirectoryCommand {
    C::MergeContact { contact, into }
}

fn two_contacts() -> World {
    let mut world = world();
    take(&mut world.directory, contact(other(), &[]));
    world
}
