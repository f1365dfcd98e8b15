//! Clocks against what the journal says that they did, reckoned anew.

use std::collections::{BTreeMap, BTreeSet};

use okno::config::agreement::Amount;
use okno::life::clock::{Clock, ClockChange, ClockState};
use okno::life::request::{REQUEST, RequestEvent};
use okno::store::Key;
use okno::{RequestId, Timestamp};

use super::fold::Life;
use super::{Breach, Holdings, Law, Witness};

impl Holdings {
    pub(super) fn audit_clocks(&self, lives: &BTreeMap<RequestId, Life>, witness: &Witness) -> Vec<Breach> {
        let mut breaches = self.noted_twice();
        let mut found = |what| breaches.push(Breach::of(Law::Clocks, what));
        for (id, life) in lives.iter().filter(|(id, _)| self.request(**id).is_some()) {
            for clock in &life.request.clocks {
                let due = due(clock);
                if due.is_some_and(|due| clock.due_at != due) {
                    found(format!("{id}: it is due at {due:?} by its stretches: {clock:?}"));
                }
                let late = |at: Option<Timestamp>| at.zip(witness.settled).is_some_and(|(at, by)| at <= by);
                let unnoted = late(clock.due_at) && !clock.breached && clock.is_active();
                if unnoted || late(clock.next_at) {
                    found(format!("{id}: nobody noted what was reached: {clock:?}"));
                }
            }
        }
        breaches
    }

    /// In each cycle a threshold is reached once, and the due instant passes once; a clock that is carried over to other
    /// terms may be due again.
    fn noted_twice(&self) -> Vec<Breach> {
        let mut breaches = Vec::new();
        let mut noted: BTreeMap<(Key, String), BTreeSet<String>> = BTreeMap::new();
        let told = self.journal.iter().filter(|event| event.subject.kind == &REQUEST);
        let told = told.filter_map(|event| Some((event, event.of::<RequestEvent>()?)));
        for (event, fact) in told {
            let RequestEvent::Clocked { ticks } = fact else { continue };
            for tick in ticks {
                let noted = noted.entry((event.subject, tick.target.to_string())).or_default();
                let what = match &tick.change {
                    ClockChange::Fired { name, .. } => format!("threshold {name}"),
                    ClockChange::Overdue { .. } => "overdue".to_owned(),
                    ClockChange::Attached { .. }
                    | ClockChange::Started { .. }
                    | ClockChange::Restarted { .. }
                    | ClockChange::Withdrawn => {
                        noted.clear();
                        continue;
                    }
                    ClockChange::Carried { .. }
                    | ClockChange::Termed { .. }
                    | ClockChange::Recounted { .. }
                    | ClockChange::Backdated { .. }
                    | ClockChange::Continued => {
                        noted.remove("overdue");
                        continue;
                    }
                    ClockChange::Paused { .. }
                    | ClockChange::Resumed
                    | ClockChange::Stopped { .. }
                    | ClockChange::Cancelled { .. } => continue,
                };
                if !noted.insert(what.clone()) {
                    let what = format!("event {} of {}: {what} once more", event.position, event.subject);
                    breaches.push(Breach::of(Law::Clocks, what));
                }
            }
        }
        breaches
    }
}

/// When a clock is due by its stretches, as far as its calendar is always open, where time is time; `None` where nothing is
/// known here, `Some(None)` where it is due at no instant.
fn due(clock: &Clock) -> Option<Option<Timestamp>> {
    let Amount::Working { time } = clock.terms.amount else { return None };
    let always = clock.stretches.iter().all(|stretch| stretch.calendar.as_str() == "always");
    let goes_on = matches!(clock.state, ClockState::Running | ClockState::Paused);
    if !always || !goes_on {
        return None;
    }
    let mut left = time.millis();
    for stretch in &clock.stretches {
        match &stretch.ended {
            Some((_, measured)) if measured.millis() < left => left -= measured.millis(),
            Some(_) | None => return Some(Timestamp::from_millis(stretch.start.millis() + left).ok()),
        }
    }
    Some(None)
}
