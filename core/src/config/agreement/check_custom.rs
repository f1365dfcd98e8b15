//! Conditions of a clock that work against each other.

use super::check::Check;
use super::target::CustomClock;
use crate::condition::{Comparison, Condition, Literal};

impl Check<'_> {
    pub(super) fn custom(&mut self, clock: &CustomClock, path: &str) {
        let named = [
            ("start", Some(&clock.start)),
            ("stop", Some(&clock.stop)),
            ("reset", clock.reset.as_ref()),
            ("cancel", clock.cancel.as_ref()),
            ("pause", clock.pause.as_ref()),
            ("resume", clock.resume.as_ref()),
        ];
        for (name, condition) in named {
            self.condition(&format!("{path}.kind.{name}"), condition);
        }
        let starting = |other: &Condition| {
            let mut steps = STEPS_MAX;
            implies(&clock.start, other, &mut steps)
        };
        for (name, ends) in [("stop", Some(&clock.stop)), ("cancel", clock.cancel.as_ref())] {
            if ends.is_some_and(starting) {
                let message = "whatever starts the clock ends it, so it never runs";
                self.problems.error("never_runs", format!("{path}.kind.{name}"), message);
            }
        }
        if clock.pause.as_ref().is_some_and(starting) && clock.resume.is_none() {
            let message = "whatever starts the clock pauses it";
            self.problems.warning("starts_paused", format!("{path}.kind.pause"), message);
        }
    }
}

/// Whether one condition can be seen to hold only where another one does. What takes too many steps is not seen.
fn implies(one: &Condition, other: &Condition, steps: &mut usize) -> bool {
    let Some(left) = steps.checked_sub(1) else { return false };
    *steps = left;
    if one == other {
        return true;
    }
    match (one, other) {
        (Condition::Any { of }, _) => of.iter().all(|part| implies(part, other, steps)),
        (_, Condition::All { of }) => of.iter().all(|part| implies(one, part, steps)),
        (Condition::All { of }, _) if of.iter().any(|part| implies(part, other, steps)) => true,
        (_, Condition::Any { of }) => of.iter().any(|part| implies(one, part, steps)),
        _ => match (values(one), values(other)) {
            (Some((field, one)), Some((same, other))) => {
                field == same && one.iter().all(|value| other.contains(value))
            }
            (_, _) => false,
        },
    }
}

/// The values of a field for which a condition holds, where it says so.
fn values(condition: &Condition) -> Option<(&str, &[Literal])> {
    match condition {
        Condition::Compare { field, op: Comparison::Eq, value } => Some((field, std::slice::from_ref(value))),
        Condition::In { field, values } => Some((field, values)),
        Condition::Compare { .. }
        | Condition::All { .. }
        | Condition::Any { .. }
        | Condition::Not { .. }
        | Condition::Matches { .. }
        | Condition::Has { .. }
        | Condition::Under { .. }
        | Condition::Age { .. } => None,
    }
}

const STEPS_MAX: usize = 10_000;
