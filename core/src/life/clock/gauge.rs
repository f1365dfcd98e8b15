use super::record::{Clock, ClockState, Outcome, Stretch};
use super::tick::ClockChange;
use crate::base::{Timestamp, WorkingTime};
use crate::config::agreement::{Amount, AtClosing, CalendarCode, Target, Threshold, ThresholdAt};
use crate::config::calendar::{Calendar, DayMode};
use crate::config::catalog::CheckedCatalog;

/// Measures a clock: everything that follows from its stretches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gauge<'a> {
    clock: &'a Clock,
    catalog: &'a CheckedCatalog,
    thresholds: &'a [Threshold],
}

/// Whether what lies exactly at an instant counts as past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Events of this instant may still come.
    Before,
    /// Timers of this instant have their turn.
    Including,
}

impl At {
    fn is_past(self, what: Timestamp, now: Timestamp) -> bool {
        what < now || (self == Self::Including && what == now)
    }
}

impl<'a> Gauge<'a> {
    /// A gauge for a clock; without its target no thresholds are known.
    pub(super) fn new(clock: &'a Clock, catalog: &'a CheckedCatalog, target: Option<&'a Target>) -> Self {
        Self { clock, catalog, thresholds: target.map_or(&[], |target| &target.thresholds) }
    }

    /// The working time that was used in this cycle by an instant.
    pub(super) fn elapsed(&self, now: Timestamp) -> WorkingTime {
        self.clock.stretches.iter().map(|stretch| self.length(stretch, now)).sum()
    }

    /// The working time that there is.
    pub(super) fn target(&self) -> WorkingTime {
        if let Amount::Working { time } = self.clock.terms.amount {
            return time;
        }
        let calendar = self.calendar(&self.clock.terms.calendar);
        match (calendar, self.clock.since, self.planned()) {
            (Some(calendar), Some(since), Some(planned)) => calendar.between(since, planned),
            _ => WorkingTime::ZERO,
        }
    }

    /// When the cycle is due: the instant at which the time is used up. `None` while nobody can tell, because the clock
    /// stands still.
    pub(super) fn due(&self) -> Option<Timestamp> {
        match self.clock.terms.amount {
            Amount::Working { time } => self.reached(time, Last::AsItRan),
            Amount::Days { .. }
            | Amount::CutOff(_)
            | Amount::Statutory { .. }
            | Amount::Fixed { .. }
            | Amount::FixedBy { .. } => self.shifted(self.planned()?),
        }
    }

    /// Whether the clock was due by an instant and was not met.
    pub(super) fn breached(&self, now: Timestamp, at: At) -> bool {
        match self.clock.state {
            ClockState::Stopped { outcome, .. } => outcome == Outcome::Missed,
            ClockState::Running | ClockState::Paused => self.due().is_some_and(|due| at.is_past(due, now)),
            ClockState::NotStarted | ClockState::Cancelled => false,
        }
    }

    /// How the cycle ends when it stops now: the instant decides.
    pub(super) fn verdict(&self, now: Timestamp) -> Outcome {
        if self.due().is_none_or(|due| now <= due) { Outcome::Met } else { Outcome::Missed }
    }

    /// When the clock has to be looked at next, if it goes on as it does.
    pub(super) fn next(&self) -> Option<Timestamp> {
        if self.clock.state != ClockState::Running {
            return None;
        }
        let due = if self.clock.breached { None } else { self.due() };
        self.open_thresholds().map(|(at, _)| at).chain(due).min()
    }

    /// What was reached by an instant and was not noted yet, in order; dated no earlier than a change that found it past.
    pub(super) fn reached_by(&self, now: Timestamp, at: At, dated: Option<Timestamp>) -> Vec<ClockChange> {
        let mut found: Vec<(Timestamp, ClockChange)> = self
            .open_thresholds()
            .filter(|(when, _)| at.is_past(*when, now))
            .map(|(when, name)| {
                (
                    when,
                    ClockChange::Fired {
                        name: name.to_owned(),
                        at: dated.map_or(when, |dated| dated.max(when)),
                    },
                )
            })
            .collect();
        let due = self.due().filter(|due| at.is_past(*due, now));
        if let Some(due) = due.filter(|_| !self.clock.breached && self.clock.is_active()) {
            found.push((due, ClockChange::Overdue { at: due }));
        }
        found.sort_by_key(|(when, _)| *when);
        found.into_iter().map(|(_, change)| change).collect()
    }

    /// The working time of each stretch that ended, measured anew.
    pub(super) fn measured_anew(&self) -> Vec<WorkingTime> {
        let ended = self.clock.stretches.iter().filter_map(|stretch| Some((stretch, stretch.ended?)));
        let measure = |(stretch, (end, measured)): (&Stretch, (Timestamp, WorkingTime))| {
            let calendar = self.calendar(&stretch.calendar);
            calendar.map_or(measured, |calendar| calendar.between(stretch.start, end))
        };
        ended.map(measure).collect()
    }

    /// The length of the running stretch, when it ends now.
    pub(super) fn running(&self, now: Timestamp) -> Option<WorkingTime> {
        let last = self.clock.stretches.last().filter(|_| self.clock.state == ClockState::Running)?;
        Some(self.length(last, now))
    }

    fn open_thresholds(&self) -> impl Iterator<Item = (Timestamp, &'a str)> {
        let fired = |name: &str| self.clock.fired.iter().any(|fired| fired.name == name);
        let open = self.thresholds.iter().filter(move |threshold| !fired(&threshold.name));
        open.filter_map(|threshold| Some((self.threshold(threshold.at)?, threshold.name.as_str())))
    }

    fn threshold(&self, at: ThresholdAt) -> Option<Timestamp> {
        let target = self.target();
        let amount = match at {
            ThresholdAt::Percent { percent: 100 } => target,
            ThresholdAt::Percent { percent } => WorkingTime::from_millis(share(target.millis(), percent)),
            ThresholdAt::After { time } => target + time,
        };
        // A target in days is due at an instant that working time alone does not tell from the closing before it.
        if amount == target && !matches!(self.clock.terms.amount, Amount::Working { .. }) {
            return self.due();
        }
        self.reached(amount.max(WorkingTime::ZERO), Last::AsItEnded)
    }

    /// The instant at which an amount of working time is used up: walks through the stretches. At the very end of one that
    /// ended it is not yet.
    fn reached(&self, amount: WorkingTime, last: Last) -> Option<Timestamp> {
        let mut left = amount;
        for (n, stretch) in self.clock.stretches.iter().enumerate() {
            let open = self.is_open(n, last);
            let Some((end, measured)) = stretch.ended.filter(|_| !open) else {
                return self.used_up(stretch, left);
            };
            if left <= measured {
                let at = self.used_up(stretch, left)?;
                if at < end {
                    return Some(at);
                }
            }
            left = (left - measured).max(WorkingTime::ZERO);
        }
        None
    }

    /// The instant at which an amount of working time is used up in a stretch that goes on.
    fn used_up(&self, stretch: &Stretch, left: WorkingTime) -> Option<Timestamp> {
        let calendar = self.calendar(&stretch.calendar)?;
        self.opened(calendar, calendar.add(stretch.start, left).ok()?)
    }

    /// A deadline where its terms let it lie.
    fn opened(&self, calendar: &Calendar, at: Timestamp) -> Option<Timestamp> {
        match self.clock.terms.at_closing {
            AtClosing::Stay => Some(at),
            AtClosing::NextOpening => calendar.next_open(at).ok(),
        }
    }

    /// A planned instant, later by the working time for which the clock stood still.
    fn shifted(&self, planned: Timestamp) -> Option<Timestamp> {
        let calendar = self.calendar(&self.clock.terms.calendar)?;
        let (since, fixed) = (self.clock.since?, self.clock.terms.amount.is_fixed());
        let mut used = WorkingTime::ZERO;
        for (n, stretch) in self.clock.stretches.iter().enumerate() {
            let stood = calendar.between(since, stretch.start) - used;
            let at = match fixed {
                true => planned,
                false => self.opened(calendar, calendar.add(planned, stood.max(WorkingTime::ZERO)).ok()?)?,
            };
            match stretch.ended.filter(|_| !self.is_open(n, Last::AsItRan)) {
                Some((end, measured)) if at >= end => used = used + measured,
                _ => return Some(at),
            }
        }
        None
    }

    /// When a target in days, up to a time of day or of a fixed date is due, as long as nothing shifts it.
    fn planned(&self) -> Option<Timestamp> {
        let calendar = || self.calendar(&self.clock.terms.calendar);
        match self.clock.terms.amount {
            Amount::Days { days, mode } => calendar()?.add_days(self.clock.since?, days, mode).ok(),
            Amount::Statutory { days } => {
                calendar()?.add_days(self.clock.since?, days, DayMode::EndOfDay).ok()
            }
            Amount::CutOff(cut_off) => calendar()?.cut_off(self.clock.since?, cut_off).ok(),
            Amount::Fixed { at } => Some(at),
            Amount::Working { .. } | Amount::FixedBy { .. } => None,
        }
    }

    /// Whether a stretch is taken as going on: the last one of a clock that ran until it stopped may be.
    fn is_open(&self, n: usize, last: Last) -> bool {
        let stopped_running = matches!(self.clock.state, ClockState::Stopped { paused: false, .. });
        last == Last::AsItRan && stopped_running && n + 1 == self.clock.stretches.len()
    }

    fn length(&self, stretch: &Stretch, now: Timestamp) -> WorkingTime {
        if let Some((_, measured)) = stretch.ended {
            return measured;
        }
        let between = |calendar: &Calendar| calendar.between(stretch.start, now.max(stretch.start));
        self.calendar(&stretch.calendar).map_or(WorkingTime::ZERO, between)
    }

    fn calendar(&self, code: &CalendarCode) -> Option<&'a Calendar> {
        self.catalog.calendar(code)
    }
}

/// How the last stretch of a stopped clock is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// As if it had gone on: when the clock would have been due.
    AsItRan,
    /// As it ended: what was reached before.
    AsItEnded,
}

/// A share of an amount in percent, rounded down.
fn share(millis: i64, percent: u16) -> i64 {
    let share = i128::from(millis) * i128::from(percent) / 100;
    i64::try_from(share).unwrap_or(i64::MAX)
}
