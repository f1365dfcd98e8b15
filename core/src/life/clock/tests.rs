//! What compliance counts, as pure functions of what clocks show.

use super::{Compliance, Counted, Tally};
use crate::base::{Span, Timestamp};

fn hour(hours: i64) -> Timestamp {
    Timestamp::from_millis(0).expect("an instant") + Span::hours(hours)
}

fn met(at: i64, due: i64) -> Counted {
    Counted { stopped_at: Some(hour(at)), due_at: Some(hour(due)), breached: false, cancelled: false }
}

fn missed(stopped: Option<i64>, due: i64) -> Counted {
    Counted { stopped_at: stopped.map(hour), due_at: Some(hour(due)), breached: true, cancelled: false }
}

fn running(due: i64) -> Counted {
    Counted { stopped_at: None, due_at: Some(hour(due)), breached: false, cancelled: false }
}

fn tally(rows: &[Counted], from: i64, to: i64) -> (u64, u64, u64, u64) {
    let mut tally = Tally::default();
    rows.iter().for_each(|row| tally.add(*row, hour(from), hour(to)));
    (tally.decided.met, tally.decided.missed, tally.open, tally.excluded)
}

#[test]
fn each_target_is_decided_in_one_period_and_open_before() {
    let cancelled = Counted { cancelled: true, ..running(5) };
    let rows = [met(3, 9), missed(Some(20), 5), missed(None, 12), running(30), cancelled];
    assert_eq!(
        tally(&rows, 0, 3),
        (0, 0, 4, 1),
        "what is met at the end of a period belongs to the next one"
    );
    assert_eq!(tally(&rows, 3, 10), (1, 1, 2, 1));
    assert_eq!(tally(&rows, 10, 25), (0, 1, 1, 1), "what was missed counts when it was due");
    assert_eq!(tally(&rows, 0, 25), (1, 2, 1, 1), "the periods add up");
}

#[test]
fn a_request_complies_when_all_that_is_obligatory_was_met() {
    let of = |rows: &[Counted]| Counted::of_request(rows);
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[met(3, 9), met(7, 8)]), Some(Counted { due_at: None, ..met(7, 0) }));
    assert_eq!(of(&[met(3, 9), running(8)]).map(|one| one.stopped_at), Some(None), "the other goes on");
    let both = of(&[missed(Some(9), 8), missed(None, 4), met(1, 2)]).expect("there are some");
    assert_eq!((both.breached, both.due_at), (true, Some(hour(4))), "the first miss decides");
    let cancelled = Counted { cancelled: true, ..running(5) };
    assert_eq!(of(&[cancelled]).map(|one| one.cancelled), Some(true));
    assert_eq!(of(&[cancelled, met(3, 9)]).map(|one| (one.cancelled, one.breached)), Some((false, false)));
}

#[test]
fn shares_are_rounded_down_and_weighed_as_they_are_told() {
    let share = |met, missed| Compliance { met, missed };
    assert_eq!(share(19_999, 1).basis_points(), Some(9_999), "99.995 % is not 100 %");
    assert_eq!(share(19_999, 1).reaches(10_000), Some(false));
    assert_eq!(share(0, 0).reaches(0), None);
    assert_eq!(Compliance::weighted([(3, share(1, 0)), (1, share(0, 1))]), Some(7_500));
    assert_eq!(Compliance::weighted([(1, share(2, 1)), (1, share(2, 1))]), Some(6_666));
    assert_eq!(
        Compliance::weighted([(5, share(0, 0)), (1, share(1, 1))]),
        Some(5_000),
        "nothing weighs nothing"
    );
    assert_eq!(Compliance::weighted([(0, share(1, 1)), (1, share(0, 0))]), None);
}
