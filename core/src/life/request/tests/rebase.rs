//! How running work is held against a calendar or an agreement that changed.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use super::clocks::{CHOSEN, Story, USUAL, WEEK, any_command, hours};
use crate::base::{CommandId, Span, Timestamp};
use crate::config::agreement::Agreement;
use crate::config::calendar::DateRule;
use crate::life::access::Actor;
use crate::life::clock::{ClockState, Moves, RebaseId, RebaseMode, RebaseOf, RebasePlan, Rebased, Rebasing};
use crate::life::refusal::Refusal;
use crate::life::request::command::{RequestCommand as C, Wake};
use crate::life::request::event::RequestEvent;
use crate::life::request::narrate::{Language, Narrator};
use crate::life::sample::{BOSS, TENANT_ID, acts, code, noon};
use crate::life::world::World;
use crate::store::Event;

fn calendars(mode: RebaseMode) -> RebasePlan {
    RebasePlan { of: RebaseOf::Calendars { calendars: vec![code("week")] }, mode }
}

fn agreement(mode: RebaseMode) -> RebasePlan {
    RebasePlan { of: RebaseOf::Agreement { agreement: code("usual") }, mode }
}

/// The same world, but the calendar of the week is closed on some dates.
fn closing(world: &World, dates: &[String]) -> World {
    let mut catalog = world.catalog.definition().clone();
    let mut week: crate::config::calendar::CalendarDefinition =
        serde_json::from_str(WEEK).expect("a calendar");
    week.versions[0].dates = dates.iter().map(|date| (date.clone(), DateRule::closed())).collect();
    catalog.calendars.insert(code("week"), week);
    World { catalog: Arc::new(catalog.check().expect("no problem")), ..world.clone() }
}

impl Story {
    /// Holds the request against what changed at an instant; tells what moved, if anything did.
    fn rebase(&mut self, plan: RebasePlan, since: Timestamp) -> Result<Option<Rebased>, Refusal> {
        let (set_by, told) = (CommandId(Uuid::nil()), self.past.len());
        let rebase = Rebasing { id: RebaseId(Uuid::nil()), plan, since };
        self.try_it(Actor::system(TENANT_ID), &C::Wake(Wake::Rebase { set_by, rebase }))?;
        let mut new = self.past[told..].iter().filter_map(Event::of::<RequestEvent>);
        Ok(new.find_map(|event| match event {
            RequestEvent::Rebased(rebased) => Some((**rebased).clone()),
            _ => None,
        }))
    }
}

fn date(at: Timestamp) -> String {
    at.to_string()[..10].to_owned()
}

#[test]
fn what_moves_no_clock_is_not_written() {
    let mut story = Story::begin(USUAL);
    let (before, told) = (story.request.clone(), story.past.len());
    for mode in [RebaseMode::KeepOld, RebaseMode::RebaseFromChange, RebaseMode::ReplayAll] {
        for plan in [calendars(mode), agreement(mode), RebasePlan { of: RebaseOf::ZoneData, mode }] {
            assert_eq!(story.rebase(plan, noon()), Ok(None));
        }
    }
    assert_eq!((&story.request, story.past.len()), (&before, told));
    let of = RebaseOf::Agreement { agreement: code("unknown") };
    let unknown = story.rebase(RebasePlan { of, mode: RebaseMode::ReplayAll }, noon());
    assert!(unknown.is_err_and(|refusal| refusal.code() == "not_found"));
}

#[test]
fn only_the_engine_holds_work_against_what_changed() {
    let mut story = Story::begin(USUAL);
    let rebase =
        Rebasing { id: RebaseId(Uuid::nil()), plan: calendars(RebaseMode::ReplayAll), since: noon() };
    let refused = story.try_it(acts(BOSS), &C::Wake(Wake::Rebase { set_by: CommandId(Uuid::nil()), rebase }));
    assert!(refused.is_err());
}

#[test]
fn what_a_change_finds_past_is_dated_at_the_change_and_what_came_later_when_it_came() {
    // Half of the eight hours would have been over on Tuesday, as Monday afternoon does not count; the worker comes late.
    let mut story = Story::begin(USUAL);
    story.world = closing(&story.world, &[date(noon())]);
    assert!(story.rebase(calendars(RebaseMode::RebaseFromChange), noon()).is_ok_and(|moved| moved.is_some()));
    story.world = closing(&story.world, &[]);
    let since = noon() + hours(3);
    story.after(Span::days(1));
    let rebased = story.rebase(calendars(RebaseMode::RebaseFromChange), since).expect("it is done");
    assert_eq!(rebased.expect("they move").moves, Moves { moved: 2, breached: 2, cleared: 0 });
    let fired: Vec<_> = story.clock("solve").expect("it is there").fired;
    assert_eq!(
        fired.iter().map(|fired| fired.at).collect::<Vec<_>>(),
        [noon() + hours(4)],
        "after the change"
    );
    assert!(story.clock("first").is_some_and(|first| first.breached));

    let mut late = Story::begin(USUAL);
    late.world = closing(&late.world, &[date(noon())]);
    assert!(late.rebase(calendars(RebaseMode::RebaseFromChange), noon()).is_ok());
    late.world = closing(&late.world, &[]);
    let since = noon() + hours(23);
    late.after(hours(24));
    assert!(late.rebase(calendars(RebaseMode::RebaseFromChange), since).is_ok());
    let fired = late.clock("solve").expect("it is there").fired;
    assert_eq!(fired.iter().map(|fired| fired.at).collect::<Vec<_>>(), [since], "found past by the change");
}

#[test]
fn what_was_noted_at_the_very_instant_of_a_rebase_stays_noted() {
    let mut story = Story::begin(USUAL);
    story.after(hours(2)).wake();
    let first = story.clock("first").expect("it is there");
    assert_eq!((first.due_at, first.breached), (Some(story.now), true));
    let (before, now) = (story.request.clone(), story.now);
    for mode in [RebaseMode::RebaseFromChange, RebaseMode::ReplayAll] {
        assert_eq!(story.rebase(calendars(mode), now), Ok(None));
    }
    assert_eq!(story.request, before);
}

#[test]
fn a_rebase_is_told_in_words() {
    let mut story = Story::begin(USUAL);
    story.world = closing(&story.world, &[date(noon() + Span::days(1))]);
    let rebased =
        story.rebase(calendars(RebaseMode::KeepOld), noon()).expect("it is done").expect("one moves");
    let event = RequestEvent::Rebased(Box::new(rebased));
    let told = |language| Narrator::new(&story.world.directory, language).request_event(&event);
    assert_eq!(
        told(Language::English),
        "calendars changed: week (the past stays as counted), clocks moved: 1"
    );
    assert!(told(Language::Russian).starts_with("изменились календари: week"), "{}", told(Language::Russian));
}

#[test]
fn an_agreement_that_pins_its_clocks_pins_them_through_a_rebase_too() {
    let mut story = Story::begin(USUAL);
    let mut catalog = story.world.catalog.definition().clone();
    let former: Vec<Agreement> = catalog.agreements.clone();
    catalog.agreements[0].revision = 1;
    for target in &mut catalog.agreements[0].targets {
        target.on_change = crate::config::agreement::OnChange::Ignore;
        target.amounts =
            serde_json::from_str(r#"[{"amount": {"type": "working", "time": "1h"}}]"#).expect("amounts");
    }
    let catalog = Arc::new(catalog.compile(&former, &Default::default()));
    story.world = World { catalog, ..story.world.clone() };
    let due = story.due("solve");
    let rebased = story.rebase(agreement(RebaseMode::RebaseFromChange), noon()).expect("it is done");
    let rebased = rebased.expect("the request is served by the new revision");
    assert_eq!((rebased.moves, rebased.agreement.map(|of| of.revision)), (Moves::default(), Some(1)));
    assert_eq!(story.due("solve"), due);
    assert_eq!(story.folded(), Some(story.request.clone()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_replay_of_a_calendar_is_as_if_it_had_always_been_so(
        steps in vec((any_command(), 0..600_i64), 1..25),
        closed in vec(0..12_i64, 1..5),
    ) {
        let dates: Vec<String> = closed.iter().map(|days| date(noon() + Span::days(*days))).collect();
        let (mut always, mut changed) = (Story::begin(CHOSEN), Story::begin(CHOSEN));
        always.world = closing(&always.world, &dates);
        // It was submitted before, so what is stored follows first.
        prop_assert!(always.rebase(calendars(RebaseMode::ReplayAll), noon()).is_ok());
        for (command, minutes) in steps {
            for story in [&mut always, &mut changed] {
                let _ = story.after(Span::minutes(minutes)).wake().try_it(acts(BOSS), &command);
            }
        }
        changed.world = closing(&changed.world, &dates);
        let now = changed.now;
        prop_assert!(changed.rebase(calendars(RebaseMode::ReplayAll), now).is_ok());
        always.wake();
        changed.wake();
        prop_assert_eq!(changed.folded(), Some(changed.request.clone()));
        for clock in &changed.request.clocks {
            let shown = clock.read(&changed.world.catalog, now);
            if clock.state == ClockState::Cancelled {
                continue;
            }
            prop_assert_eq!((clock.due_at, clock.breached), (shown.due_at, shown.breached), "{:?}", clock);
            let as_ever = always.clock(clock.target.as_str()).expect("it is there as well");
            let told = |of: &crate::life::clock::ClockReading| {
                (of.cycle, of.elapsed, of.remaining, of.due_at, of.breached, of.outcome)
            };
            prop_assert_eq!(told(&shown), told(&as_ever), "{:?}", clock);
        }
        prop_assert_eq!(changed.rebase(calendars(RebaseMode::ReplayAll), now), Ok(None), "once is enough");
    }
}
