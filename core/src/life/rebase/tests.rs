//! How a rebase comes to be and goes on.

use uuid::Uuid;

use super::record::REBASE;
use super::{Rebase, RebaseCommand, RebaseEvent, decide, put};
use crate::life::access::Actor;
use crate::life::clock::{Moves, RebaseId, RebaseMode, RebaseOf, RebasePlan};
use crate::life::decision::Reader;
use crate::life::request::RequestId;
use crate::life::sample::{ADMINISTRATOR, Ask, TENANT_ID, acts, loaded, noon, world};
use crate::store::View;

fn plan(mode: RebaseMode) -> RebasePlan {
    RebasePlan { of: RebaseOf::ZoneData, mode }
}

fn rebase() -> Rebase {
    Rebase::new(RebaseId(Uuid::from_u128(7)), acts(ADMINISTRATOR).party, plan(RebaseMode::ReplayAll), noon())
}

fn advance(complete: bool) -> RebaseCommand {
    let moves = Moves { moved: 3, breached: 1, cleared: 2 };
    RebaseCommand::Advance { last: Some(RequestId(Uuid::from_u128(5))), requests: 4, moves, complete }
}

fn view() -> View {
    let mut view = View::default();
    view.records.insert(REBASE.key(rebase().id.0), Some(loaded(rebase())));
    view
}

#[test]
fn a_rebase_goes_on_as_long_as_there_are_requests() {
    let world = world();
    let ask = Ask::new(&world, Actor::system(TENANT_ID), noon());
    let step = |complete| {
        ask.decide(|context| decide(Reader(&view()), rebase().id, &advance(complete), context))
            .expect("it is done")
    };
    let (more, last) = (step(false), step(true));
    assert_eq!((more.work.len(), last.work.len()), (1, 0), "a timer carries it on until its end");
    for (decision, going) in [(&more, true), (&last, false)] {
        let put = &decision.puts[0].record;
        let after = (&**put as &dyn std::any::Any).downcast_ref::<Rebase>().expect("the rebase");
        assert_eq!((after.requests, after.moves.cleared, after.is_going()), (4, 2, going));
        let mut folded = rebase();
        let fact = (&*decision.events[0].fact as &dyn std::any::Any).downcast_ref::<RebaseEvent>();
        folded.evolve(fact.expect("what happened"), noon());
        assert_eq!(&folded, after);
    }
}

#[test]
fn only_the_engine_carries_a_rebase_on_and_not_beyond_its_end() {
    let world = world();
    let ask = Ask::new(&world, acts(ADMINISTRATOR), noon());
    let step = |ask: &Ask<'_>, view: &View| {
        ask.decide(|context| decide(Reader(view), rebase().id, &advance(true), context))
    };
    assert!(step(&ask, &view()).is_err());
    let engine = Ask::new(&world, Actor::system(TENANT_ID), noon());
    let mut ended = rebase();
    ended.ended_at = Some(noon());
    let mut view = View::default();
    view.records.insert(REBASE.key(ended.id.0), Some(loaded(ended.clone())));
    assert!(step(&engine, &view).is_err_and(|refusal| refusal.code() == "rebase_ended"));
    view.records.insert(REBASE.key(ended.id.0), None);
    assert!(step(&engine, &view).is_err_and(|refusal| refusal.code() == "not_found"));
}

#[test]
fn work_that_keeps_its_agreement_is_not_looked_at() {
    let world = world();
    let ask = Ask::new(&world, acts(ADMINISTRATOR), noon());
    let of = || RebaseOf::Agreement { agreement: crate::life::sample::code("usual") };
    for (plan, timers) in [
        (RebasePlan { of: of(), mode: RebaseMode::KeepOld }, 0),
        (RebasePlan { of: of(), mode: RebaseMode::RebaseFromChange }, 1),
        (plan(RebaseMode::KeepOld), 1),
    ] {
        let mut context = ask.context();
        let mut decision = context.begin();
        put(&mut decision, plan, &mut context);
        assert_eq!(decision.work.len(), timers);
    }
}
