//! The laws of business time, over random calendars, zones and instants.

use proptest::prelude::*;

use super::super::{Calendar, CalendarDefinition, Layer, compose};
use super::random::{Scene, scene};
use crate::base::{Timestamp, WorkingTime};

const DAY: i64 = 86_400_000;

/// Takes an answer; a calendar whose work ends for good has no answer, and then no law.
macro_rules! answer {
    ($answer:expr) => {
        match $answer {
            Ok(answer) => answer,
            Err(_) => return Ok(()),
        }
    };
}

fn compiled(scene: &Scene) -> Calendar {
    scene.definition.clone().check().expect("no problems").compile()
}

fn worked(calendar: &Calendar, from: Timestamp, to: Timestamp) -> i64 {
    calendar.between(from, to).millis()
}

fn ms(millis: i64) -> WorkingTime {
    WorkingTime::from_millis(millis)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn working_time_between_instants_adds_up(
        scene in scene(), (t, u, v) in (-6 * DAY..6 * DAY, -6 * DAY..6 * DAY, -400 * DAY..400 * DAY),
    ) {
        let calendar = compiled(&scene);
        let (t, u, v) = (scene.instant(t), scene.instant(u), scene.instant(v));
        prop_assert_eq!(worked(&calendar, t, t), 0);
        prop_assert_eq!(worked(&calendar, t, u), -worked(&calendar, u, t));
        prop_assert_eq!(worked(&calendar, t, u) + worked(&calendar, u, v), worked(&calendar, t, v));
        let (first, last) = (t.min(u), t.max(u));
        let (worked, wall) = (worked(&calendar, first, last), (last - first).millis());
        prop_assert!(0 <= worked && worked <= wall);
        let sum: i64 = calendar.intervals(first, last).map(|one| (one.end - one.start).millis()).sum();
        prop_assert_eq!(sum, worked);
    }

    #[test]
    fn adding_is_exact_and_goes_on_where_it_stopped(
        scene in scene(), t in -6 * DAY..6 * DAY, (a, b) in (0..4 * DAY, 0..4 * DAY),
    ) {
        let (calendar, t) = (compiled(&scene), scene.instant(t));
        prop_assert_eq!(calendar.add(t, ms(0)), Ok(t));
        prop_assert_eq!(calendar.subtract(t, ms(0)), Ok(t));
        let later = answer!(calendar.add(t, ms(a)));
        prop_assert_eq!(worked(&calendar, t, later), a);
        prop_assert_eq!(calendar.add(later, ms(b)), calendar.add(t, ms(a + b)));
        let earlier = answer!(calendar.subtract(t, ms(a)));
        prop_assert_eq!(worked(&calendar, earlier, t), a);
        prop_assert_eq!(calendar.subtract(earlier, ms(b)), calendar.subtract(t, ms(a + b)));
    }

    #[test]
    fn an_instant_is_due_when_the_time_is_used_up(
        scene in scene(), (t, u) in (-6 * DAY..6 * DAY, -6 * DAY..6 * DAY), (a, b) in (0..3 * DAY, 0..3 * DAY),
    ) {
        let calendar = compiled(&scene);
        let (t, u) = (scene.instant(t.min(u)), scene.instant(t.max(u)));
        let between = worked(&calendar, t, u);
        let (due, begin) = (answer!(calendar.add(t, ms(a))), answer!(calendar.subtract(u, ms(a))));
        prop_assert_eq!(due <= u, a <= between);
        prop_assert_eq!(begin >= t, a <= between);
        prop_assert!(due <= answer!(calendar.add(u, ms(a))), "grows with the instant");
        prop_assert!(begin >= answer!(calendar.subtract(t, ms(a))), "grows with the instant");
        if a <= b {
            prop_assert!(due <= answer!(calendar.add(t, ms(b))), "grows with the amount");
            prop_assert!(begin >= answer!(calendar.subtract(u, ms(b))), "falls with the amount");
        }
        let back = answer!(calendar.add(t, ms(between)));
        prop_assert!(back <= u);
        prop_assert_eq!(back == u, u == t || calendar.prev_close(u) == Ok(u));
        let back = answer!(calendar.subtract(u, ms(between)));
        prop_assert!(back >= t);
        prop_assert_eq!(back == t, u == t || calendar.next_open(t) == Ok(t));
    }

    #[test]
    fn adding_and_subtracting_meet_at_openings_and_closings(
        scene in scene(), t in -6 * DAY..6 * DAY, a in 1..4 * DAY,
    ) {
        let (calendar, t) = (compiled(&scene), scene.instant(t));
        let (open, close) = (answer!(calendar.next_open(t)), answer!(calendar.prev_close(t)));
        let (later, earlier) = (answer!(calendar.add(t, ms(a))), answer!(calendar.subtract(t, ms(a))));
        prop_assert_eq!(calendar.subtract(later, ms(a)), Ok(open));
        prop_assert_eq!(calendar.add(earlier, ms(a)), Ok(close));
        prop_assert_eq!(calendar.prev_close(later), Ok(later));
        prop_assert_eq!(calendar.next_open(earlier), Ok(earlier));
        prop_assert_eq!(calendar.next_open(open), Ok(open));
        prop_assert_eq!(calendar.prev_close(close), Ok(close));
        prop_assert_eq!(calendar.is_open(t), open == t);
        prop_assert!(close <= t && t <= open);
        // The opening after a deadline is the greatest instant with the same elapsed time.
        let last = answer!(calendar.add_to_next_open(t, ms(a)));
        prop_assert_eq!(worked(&calendar, t, last), a);
        let beyond = Timestamp::from_millis(last.millis() + 1).expect("in range");
        prop_assert_eq!(worked(&calendar, t, beyond), a + 1);
    }

    #[test]
    fn round_the_clock_is_plain_time_in_every_zone(
        zone in proptest::sample::select(chrono_tz::TZ_VARIANTS.as_slice()),
        t in 0..4_000_000_000_000_i64, a in 0..400 * DAY,
    ) {
        let calendar = CalendarDefinition::always_open(zone.name()).check().expect("no problems").compile();
        let t = Timestamp::from_millis(t - 2_000_000_000_000).expect("in range");
        let u = Timestamp::from_millis(t.millis() + a).expect("in range");
        prop_assert_eq!(calendar.add(t, ms(a)), Ok(u));
        prop_assert_eq!(calendar.subtract(u, ms(a)), Ok(t));
        prop_assert_eq!(worked(&calendar, t, u), a);
        prop_assert_eq!(calendar.intervals(t, u).count(), usize::from(a > 0));
    }

    #[test]
    fn one_layer_is_the_calendar_itself(scene in scene(), (t, u) in (-9 * DAY..9 * DAY, -9 * DAY..9 * DAY)) {
        let composed = compose(&[Layer::from(scene.definition.clone())]).expect("no problems");
        let composed = composed.check().expect("no problems").compile();
        let (t, u) = (scene.instant(t), scene.instant(u));
        prop_assert_eq!(compiled(&scene).between(t, u), composed.between(t, u));
    }

    #[test]
    fn a_holiday_never_makes_a_deadline_earlier(
        scene in scene(), t in -6 * DAY..6 * DAY, a in 0..4 * DAY, holiday in 0..8_u64,
    ) {
        let holiday = (scene.day + chrono::Days::new(holiday)).to_string();
        let dates = [(holiday, super::DateRule::closed())].into();
        let layers = [Layer::from(scene.definition.clone()), Layer::of_dates(dates)];
        let festive = compose(&layers).expect("no problems").check().expect("no problems").compile();
        let t = scene.instant(t);
        let (plain, festive) = (answer!(compiled(&scene).add(t, ms(a))), answer!(festive.add(t, ms(a))));
        prop_assert!(plain <= festive);
    }
}
