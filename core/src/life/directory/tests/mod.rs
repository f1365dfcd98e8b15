mod people;
mod standing_in;

use uuid::Uuid;

use super::*;
use crate::base::limits::{SUBJECT_CHARS_MAX, UNIT_DEPTH_MAX};
use crate::life::decision::Reader;
use crate::life::sample::{
    ADMINISTRATOR, Ask, BRANCH, COLLEAGUE, HOLDING, OPERATOR, REQUESTER, SALES, STRANGER, TENANT_ID, absence,
    acts, code, day, delegation, employee, grant, noon, substitution, take, text, unit, world,
};
use crate::life::{Decision, Refusal, World};
use crate::store::{Key, Loaded, Put, Version, View};

use DirectoryCommand as C;

#[test]
fn a_unit_belongs_to_itself_neither_directly_nor_around_a_corner() {
    for parent in [HOLDING, BRANCH, SALES] {
        let command = C::MoveUnit { unit: HOLDING, parent: Some(parent) };
        assert_eq!(refused(&world(), &command), "unit_cycle");
    }
    decided(&world(), &C::MoveUnit { unit: SALES, parent: Some(HOLDING) }).expect("no circle");
    decided(&world(), &C::MoveUnit { unit: SALES, parent: None }).expect("a second top is fine");
}

#[test]
fn a_moved_unit_takes_everything_below_along() {
    let mut world = world();
    let other = UnitId(Uuid::from_u128(13));
    take(&mut world.directory, unit(other, None));
    take(&mut world.directory, unit(BRANCH, Some(other)));
    assert_eq!(world.directory.units_under(other), [other, BRANCH, SALES]);
    assert_eq!(world.directory.units_under(HOLDING), [HOLDING]);
    assert_eq!(world.directory.lineage(SALES).collect::<Vec<_>>(), [SALES, BRANCH, other]);
}

#[test]
fn the_tree_of_units_is_as_deep_as_its_limit_and_no_deeper() {
    let (mut world, deepest) = chain(UNIT_DEPTH_MAX);
    assert_eq!(refused(&world, &below(deepest)), "units_too_deep");
    assert_eq!(refused(&world, &C::MoveUnit { unit: HOLDING, parent: Some(deepest) }), "units_too_deep");
    let (shallower, deepest) = chain(UNIT_DEPTH_MAX - 1);
    decided(&shallower, &below(deepest)).expect("one more level is left");
    take(&mut world.directory, unit(BRANCH, None));
    assert_eq!(world.directory.depth_under(HOLDING), 1);
}

#[test]
fn a_change_of_who_stands_below_whom_writes_the_tenant_as_its_anchor() {
    let world = world();
    let writes = |command: &DirectoryCommand| -> Vec<Key> {
        decided(&world, command).expect("no circle").puts.iter().map(Put::key).collect()
    };
    let tenant = TENANT.key(TENANT_ID.0);
    let moved = writes(&C::MoveUnit { unit: SALES, parent: None });
    assert_eq!(moved, [tenant, UNIT.key(SALES.0)]);
    let managed = Employee { manager: Some(REQUESTER), ..employee(STRANGER) };
    assert!(writes(&C::SaveEmployee { employee: managed }).contains(&tenant));
    assert!(!writes(&C::SaveEmployee { employee: employee(STRANGER) }).contains(&tenant));
}

#[test]
fn managers_never_lead_back_to_their_own_employee() {
    let mut world = world();
    let under = |id, manager| Employee { manager: Some(manager), ..employee(id) };
    take(&mut world.directory, under(OPERATOR, COLLEAGUE));
    take(&mut world.directory, under(COLLEAGUE, STRANGER));
    for manager in [STRANGER, COLLEAGUE, OPERATOR] {
        let command = C::SaveEmployee { employee: under(STRANGER, manager) };
        assert_eq!(refused(&world, &command), "manager_cycle");
    }
    decided(&world, &C::SaveEmployee { employee: under(STRANGER, REQUESTER) }).expect("no circle");
}

#[test]
fn what_is_named_has_to_exist() {
    let nowhere = UnitId(Uuid::from_u128(404));
    let nobody = EmployeeId(Uuid::from_u128(404));
    let person = Person { name: text("Caller"), addresses: Vec::new() };
    let contact = ContactId(Uuid::from_u128(31));
    let member = |line: &str, employee, tier| Member { line: code(line), employee, tier, active: true };
    let scope = Scope { units: Only::These(vec![nowhere]), ..Scope::default() };
    let commands = [
        C::SaveUnit { unit: unit(SALES, Some(nowhere)) },
        C::SaveEmployee { employee: Employee { unit: nowhere, ..employee(STRANGER) } },
        C::SaveEmployee { employee: Employee { manager: Some(nobody), ..employee(STRANGER) } },
        C::SaveContact { contact: Contact { unit: Some(nowhere), ..Contact::new(contact, person) } },
        C::SaveMember { member: member("nowhere", OPERATOR, 1) },
        C::SaveMember { member: member("it", nobody, 1) },
        C::SaveMember { member: member("it", OPERATOR, 0) },
        C::SaveMember { member: member("it", OPERATOR, 2) },
        C::SaveGrant { grant: grant(STRANGER, "nobody", Scope::default()) },
        C::SaveGrant { grant: grant(STRANGER, "supervisor", scope) },
    ];
    for command in commands {
        assert_eq!(refused(&world(), &command), "invalid", "{command:?}");
    }
    let unknown = C::MoveUnit { unit: nowhere, parent: None };
    assert_eq!(refused(&world(), &unknown), "not_found");
}

#[test]
fn a_name_says_something_and_keeps_to_its_limit() {
    let named = |name: &str| {
        let person = Person { name: text(name), addresses: Vec::new() };
        C::SaveEmployee { employee: Employee { person, ..employee(STRANGER) } }
    };
    decided(&world(), &named(&"ж".repeat(SUBJECT_CHARS_MAX))).expect("at the limit");
    for name in ["", "  ", &"ж".repeat(SUBJECT_CHARS_MAX + 1)] {
        assert_eq!(refused(&world(), &named(name)), "invalid");
    }
}

#[test]
fn a_grant_that_changes_hands_leaves_its_former_holder() {
    let mut world = world();
    let held = grant(STRANGER, "supervisor", Scope::default());
    take(&mut world.directory, held.clone());
    take(&mut world.directory, Grant { holder: REQUESTER.into(), ..held });
    assert_eq!(world.directory.grants(STRANGER.into()).count(), 0);
    assert_eq!(world.directory.grants(REQUESTER.into()).count(), 1);
}

#[test]
fn only_an_administrator_changes_the_directory() {
    let world = world();
    for who in [REQUESTER, OPERATOR, STRANGER] {
        let ask = Ask::new(&world, acts(who), noon());
        let command = C::MoveUnit { unit: SALES, parent: None };
        let view = view(&world);
        let refusal = ask.decide(|context| decide(Reader(&view), &command, context)).expect_err("no right");
        assert!(matches!(refusal, Refusal::Denied { .. }), "{refusal}");
    }
}

fn below(parent: UnitId) -> DirectoryCommand {
    C::SaveUnit { unit: unit(UnitId(Uuid::from_u128(9_999)), Some(parent)) }
}

/// A world with a chain of units of this length beside the sample's own, and the deepest of them.
fn chain(levels: usize) -> (World, UnitId) {
    let mut world = world();
    let ids: Vec<_> = (0..levels).map(|n| UnitId(Uuid::from_u128(1_000 + n as u128))).collect();
    let mut above = None;
    for id in &ids {
        take(&mut world.directory, unit(*id, above));
        above = Some(*id);
    }
    (world, ids[levels - 1])
}

fn decided(world: &World, command: &DirectoryCommand) -> Result<Decision, Refusal> {
    let view = view_for(world, command);
    Ask::new(world, acts(ADMINISTRATOR), noon()).decide(|context| decide(Reader(&view), command, context))
}

fn refused(world: &World, command: &DirectoryCommand) -> &'static str {
    decided(world, command).expect_err("the command is refused").code()
}

/// Decides a change and takes what it wrote into the world.
fn apply(world: &mut World, command: &DirectoryCommand) -> Decision {
    let decision = decided(world, command).unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
    for put in &decision.puts {
        world.directory.take(&Loaded { version: Version(2), position: 2, record: put.record.clone() });
    }
    decision
}

/// Whatever the command names or the directory holds, as if it had been loaded; what is not there is absent.
fn view_for(world: &World, command: &DirectoryCommand) -> View {
    let mut view = view(world);
    for key in command.keys(TENANT_ID) {
        view.records.entry(key).or_insert(None);
    }
    view
}

/// Everything in the directory as if it had been loaded.
fn view(world: &World) -> View {
    let mut view = View::default();
    for record in world.directory.records() {
        view.records.insert(record.key(), Some(Loaded { version: Version(1), position: 1, record }));
    }
    view
}
