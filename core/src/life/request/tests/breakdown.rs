//! Who used the time of a target.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::base::{Span, WorkingTime};
use crate::config::catalog::HoldReason;
use crate::life::clock::{Breakdown, Owner};
use crate::life::request::command::{HoldFor, RequestCommand as C};
use crate::life::request::narrate::{Language, Narrator};
use crate::life::request::owner::owners;
use crate::life::sample::{BOSS, COLLEAGUE, acts, code};

use super::clocks::{Story, any_command, hours, pending};

/// A resolution that no pause stops, a supplier on the line `front`, and an escalation that hands on.
const SHARED: &str = r#"[{"code": "shared", "name": "Shared", "targets": [
    {"code": "whole", "kind": {"type": "resolution"}, "calendar": "always", "pause_on": [],
     "amounts": [{"amount": {"type": "working", "time": "20h"}}]},
    {"code": "solve", "kind": {"type": "resolution", "on_reopen": "restart"}, "calendar": "week",
     "amounts": [{"priorities": [1], "amount": {"type": "working", "time": "4h"}},
                 {"amount": {"type": "working", "time": "8h"}}],
     "thresholds": [{"name": "half", "at": {"type": "percent", "percent": 50},
                     "actions": [{"type": "raise_priority"}, {"type": "move", "line": "front"}]}]},
    {"code": "supplied", "kind": {"type": "supplier", "line": "front"}, "calendar": "week",
     "amounts": [{"amount": {"type": "working", "time": "2h"}}]}
]}]"#;

fn breakdown(story: &Story, target: &str) -> Breakdown {
    let clock = story.request.clocks.iter().find(|clock| clock.target.as_str() == target).expect("a clock");
    let agreement = story.world.catalog.agreement(&clock.terms.agreement).map(|of| &of.agreement);
    clock.breakdown(&story.world.catalog, &owners(&story.past, agreement), story.now)
}

#[test]
fn each_line_the_supplier_and_the_customer_have_their_share() {
    let quiet = SHARED.replace(r#""actions""#, r#""only_if_before": ["classified"], "actions""#);
    let mut story = Story::begin(&quiet);
    story.done(C::Classify { service: None, category: Some(code("disk")) });
    story.after(hours(1)).done(C::Assign { operator: COLLEAGUE });
    story.after(hours(2)).done(pending());
    story.after(hours(4)).done(C::Resume);
    story.after(hours(1)).done(C::Hold(HoldFor::new(HoldReason::Internal)));
    story.after(hours(1)).done(C::Move { line: code("front") });
    story.after(hours(3));
    let whole = breakdown(&story, "whole");
    let it = || code("it");
    let expected = [
        (Owner::Line { line: it() }, 4),
        (Owner::Waiting { reason: HoldReason::Requester }, 4),
        (Owner::Supplier { line: code("front") }, 3),
        (Owner::Unassigned { line: it() }, 1),
    ];
    let shares = whole.shares.iter().map(|share| (share.owner.clone(), share.time.millis() / 3_600_000));
    assert_eq!(shares.collect::<Vec<_>>(), expected);
    assert_eq!(whole.most().map(|most| most.target_bp), Some(Some(2_000)));
    assert_eq!(whole.elapsed, WorkingTime::hours(12));
    // Where waiting stops the clock, nobody uses anything up meanwhile.
    let customer = Owner::Waiting { reason: HoldReason::Requester };
    assert!(breakdown(&story, "solve").shares.iter().all(|share| share.owner != customer));
    let told = |language| Narrator::new(&story.world.directory, language).breakdown(&whole);
    assert_eq!(
        told(Language::English),
        [
            "clock whole: used 12h",
            "line it: 4h",
            "the customer: 4h",
            "supplier on line front: 3h",
            "not taken on line it: 1h"
        ]
    );
    assert_eq!(
        told(Language::Russian)[1..],
        ["линия it: 4h", "заказчик: 4h", "поставщик на линии front: 3h", "не взята на линии it: 1h"]
    );
}

#[test]
fn what_was_measured_before_an_edit_of_the_calendar_is_split_without_a_rest() {
    let mut story = Story::begin(SHARED);
    story.after(hours(1)).done(C::Assign { operator: COLLEAGUE }).after(hours(1)).done(pending());
    let clock =
        story.request.clocks.iter_mut().find(|clock| clock.target.as_str() == "solve").expect("a clock");
    for measured in [WorkingTime::minutes(30), WorkingTime::hours(5)] {
        clock.stretches[0].ended = clock.stretches[0].ended.map(|(end, _)| (end, measured));
        let owners = owners(&story.past, None);
        let split = clock.breakdown(&story.world.catalog, &owners, story.now);
        assert_eq!(split.shares.iter().map(|share| share.time).sum::<WorkingTime>(), measured);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_shares_add_up_to_the_whole_and_what_follows_from_thresholds_is_in_the_journal(
        steps in vec((any_command(), 0..600_i64, any::<bool>()), 1..25),
    ) {
        let mut story = Story::begin(SHARED);
        for (command, minutes, looks) in steps {
            story.after(Span::minutes(minutes));
            if looks {
                story.wake();
            }
            // Steps that the life of the request does not have are refused.
            let _: Result<(), _> = story.try_it(acts(BOSS), &command);
            for clock in &story.request.clocks {
                let breakdown = breakdown(&story, clock.target.as_str());
                let sum: WorkingTime = breakdown.shares.iter().map(|share| share.time).sum();
                prop_assert_eq!(sum, clock.read(&story.world.catalog, story.now).elapsed);
                prop_assert_eq!(sum, breakdown.elapsed);
            }
        }
        prop_assert_eq!(story.folded(), Some(story.request));
    }
}
