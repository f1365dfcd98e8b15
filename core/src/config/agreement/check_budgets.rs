//! What is promised inside fits into what is promised to the customer.

use std::collections::BTreeMap;

use super::check::Check;
use super::definition::{Agreement, CalendarCode};
use super::target::{Amount, AmountRule, Target, TargetKind};
use crate::base::WorkingTime;
use crate::config::catalog::{Catalog, LineCode, Priority};

/// How much time each line may take.
type Budgets<'a> = BTreeMap<&'a LineCode, WorkingTime>;

impl Check<'_> {
    /// Warns of lines that may take longer together than what is promised, along the longest way that a request can go, and
    /// of a first response that may come after the resolution.
    pub(super) fn budgets(&mut self, agreement: &Agreement, path: &str) {
        for priority in self.priorities() {
            let resolutions =
                agreement.working(priority, |of| matches!(of.kind, TargetKind::Resolution { .. }));
            for (target, promised) in resolutions {
                let calendar = &target.calendar;
                let (internal, way) = self.catalog.longest(&agreement.budgets(priority, calendar));
                if internal > promised {
                    let way: Vec<&str> = way.into_iter().map(LineCode::as_str).collect();
                    let message = format!(
                        "at priority {priority} the lines `{}` may take {internal} together, and {promised} are promised",
                        way.join("`, `")
                    );
                    self.problems.warning("internal_exceeds", format!("{path}.targets"), message);
                }
                let first = agreement.working(priority, |of| {
                    of.calendar == *calendar && matches!(of.kind, TargetKind::FirstResponse)
                });
                if first.iter().any(|(_, first)| *first > promised) {
                    let message =
                        format!("at priority {priority} the first response may come after the resolution");
                    self.problems.warning("response_after_resolution", format!("{path}.targets"), message);
                }
            }
        }
    }
}

impl Agreement {
    /// The targets of one kind that give working time to a priority.
    fn working(&self, priority: Priority, of: impl Fn(&Target) -> bool) -> Vec<(&Target, WorkingTime)> {
        let fits = |rule: &&AmountRule| rule.priorities.is_empty() || rule.priorities.contains(&priority);
        let of_target = |target: &'_ Target| match target.amounts.iter().find(fits)?.amount {
            Amount::Working { time } => Some(time),
            Amount::Days { .. }
            | Amount::CutOff(_)
            | Amount::Statutory { .. }
            | Amount::Fixed { .. }
            | Amount::FixedBy { .. } => None,
        };
        let targets = self.targets.iter().filter(|target| of(target));
        targets.filter_map(|target| Some((target, of_target(target)?))).collect()
    }

    /// What each line may take, as far as it is counted in a calendar; of two targets for one line the longer one.
    fn budgets(&self, priority: Priority, calendar: &CalendarCode) -> Budgets<'_> {
        let mut budgets = Budgets::new();
        for (target, time) in self.working(priority, |of| of.calendar == *calendar) {
            if let Some(line) = target.kind.line() {
                let longest = budgets.entry(line).or_insert(time);
                *longest = time.max(*longest);
            }
        }
        budgets
    }
}

impl Catalog {
    /// The most that lines may take together, and which ones. A request goes along a chain of tiers; lines outside of chains
    /// may have it besides.
    fn longest<'a>(&'a self, budgets: &Budgets<'a>) -> (WorkingTime, Vec<&'a LineCode>) {
        let is_next = |code: &LineCode| self.lines.iter().any(|line| line.next.as_ref() == Some(code));
        let sum = |way: &[&LineCode]| -> WorkingTime {
            way.iter().filter_map(|line| budgets.get(line)).copied().sum()
        };
        let firsts = self.lines.iter().filter(|line| line.next.is_some() && !is_next(&line.code));
        let ways = firsts.map(|first| {
            let next = |code: &&'a LineCode| {
                self.lines.iter().find(|line| line.code == **code).and_then(|line| line.next.as_ref())
            };
            // A circle is an error of its own.
            std::iter::successors(Some(&first.code), next).take(self.lines.len()).collect::<Vec<_>>()
        });
        let mut longest = ways.max_by_key(|way| sum(way)).unwrap_or_default();
        let apart = self.lines.iter().filter(|line| line.next.is_none() && !is_next(&line.code));
        longest.extend(apart.map(|line| &line.code));
        longest.retain(|line| budgets.contains_key(line));
        (sum(&longest), longest)
    }
}
