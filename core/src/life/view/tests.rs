use uuid::Uuid;

use super::*;
use crate::base::limits::VIEWS_MAX;
use crate::condition::{Condition, Value};
use crate::life::decision::{Decision, Reader};
use crate::life::directory::EmployeeId;
use crate::life::refusal::Refusal;
use crate::life::sample::{
    Ask, COLLEAGUE, OPERATOR, STRANGER, SUPERVISOR, acts, code, loaded, noon, text, world,
};
use crate::store::{Lookup, View};

#[test]
fn a_private_view_is_its_owners() {
    let view = kept(OPERATOR, Sharing::Private);
    assert!(step(&view, OPERATOR, &ViewCommand::Delete).is_ok());
    let refusal = step(&view, COLLEAGUE, &ViewCommand::Delete).expect_err("not theirs");
    assert_eq!(refusal.code(), "not_found");
}

#[test]
fn a_view_of_a_line_is_used_by_its_operators_and_changed_by_who_may_share() {
    let view = kept(SUPERVISOR, Sharing::Line(code("it")));
    let refused = |who| step(&view, who, &ViewCommand::Delete).err().map(|refusal| refusal.code());
    assert_eq!(refused(COLLEAGUE), Some("denied"));
    assert_eq!(refused(SUPERVISOR), None);
    assert_eq!(refused(STRANGER), Some("not_found"));
}

#[test]
fn only_who_may_share_does_and_only_with_a_line_that_exists() {
    let refused = |who, sharing| save(who, &plan(sharing)).expect_err("it is refused").code();
    assert_eq!(refused(OPERATOR, Sharing::Everybody), "denied");
    assert_eq!(refused(SUPERVISOR, Sharing::Line(code("nowhere"))), "invalid");
}

#[test]
fn a_changed_view_stays_its_owners() {
    let view = kept(SUPERVISOR, Sharing::Everybody);
    let boss = crate::life::sample::BOSS;
    let command = ViewCommand::Save { plan: Box::new(plan(Sharing::Private)) };
    let decision = step(&view, boss, &command).expect("the boss may share");
    assert_eq!(written(&decision).owner, SUPERVISOR.into());
}

#[test]
fn a_view_is_saved_under_its_own_id_and_only_so_many_are_kept() {
    let world = world();
    let other = ViewId(Uuid::from_u128(601));
    let command = ViewCommand::Save { plan: Box::new(plan(Sharing::Private)) };
    let decided = |id: ViewId, kept: usize| {
        let mut view = View::default();
        view.records.insert(SAVED_VIEW.key(id.0), None);
        let equal = vec![(view_column::owner, Value::Id(OPERATOR.0))];
        let full = vec![loaded(kept_view()); kept];
        view.lookups = vec![(Lookup { kind: &SAVED_VIEW, equal, limit: VIEWS_MAX }, full)];
        let ask = Ask::new(&world, acts(OPERATOR), noon());
        ask.decide(|context| decide(Reader(&view), id, &command, context)).err().map(|refusal| refusal.code())
    };
    assert_eq!(decided(other, 0), Some("invalid"));
    assert_eq!(decided(plan(Sharing::Private).id, VIEWS_MAX), Some("too_many_views"));
    assert_eq!(decided(plan(Sharing::Private).id, VIEWS_MAX - 1), None);
}

fn kept_view() -> SavedView {
    SavedView { owner: OPERATOR.into(), plan: plan(Sharing::Private) }
}

fn plan(sharing: Sharing) -> ViewPlan {
    let id = ViewId(Uuid::from_u128(600));
    let columns = vec!["number".to_owned()];
    let filter = Condition::All { of: Vec::new() };
    ViewPlan { id, name: text("Mine"), side: Side::Center, sharing, filter, sort: Vec::new(), columns }
}

fn kept(owner: EmployeeId, sharing: Sharing) -> SavedView {
    written(&save(owner, &plan(sharing)).expect("they may"))
}

fn save(who: EmployeeId, plan: &ViewPlan) -> Result<Decision, Refusal> {
    let command = ViewCommand::Save { plan: Box::new(plan.clone()) };
    decided(None, who, &command)
}

fn step(view: &SavedView, who: EmployeeId, command: &ViewCommand) -> Result<Decision, Refusal> {
    decided(Some(view), who, command)
}

fn decided(known: Option<&SavedView>, who: EmployeeId, command: &ViewCommand) -> Result<Decision, Refusal> {
    let world = world();
    let id = plan(Sharing::Private).id;
    let mut view = View::default();
    view.records.insert(SAVED_VIEW.key(id.0), known.map(|known| loaded(known.clone())));
    let equal = vec![(view_column::owner, Value::Id(who.0))];
    view.lookups = vec![(Lookup { kind: &SAVED_VIEW, equal, limit: VIEWS_MAX }, Vec::new())];
    let ask = Ask::new(&world, acts(who), noon());
    ask.decide(|context| decide(Reader(&view), id, command, context))
}

fn written(decision: &Decision) -> SavedView {
    let any: &dyn std::any::Any = &*decision.puts[0].record;
    any.downcast_ref::<SavedView>().expect("the view is written").clone()
}
