use serde::{Deserialize, Serialize};

use super::record::{Clock, ClockState, Stretch};
use crate::base::{Timestamp, WorkingTime};
use crate::config::agreement::TargetCode;
use crate::config::catalog::{CheckedCatalog, HoldReason, LineCode};

/// Who has a request at a time (ответственный за срок).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Owner {
    /// Nobody of a line took it.
    Unassigned {
        /// The line.
        line: LineCode,
    },
    /// An operator of a line.
    Line {
        /// The line.
        line: LineCode,
    },
    /// A supplier, who works on a line.
    Supplier {
        /// The line.
        line: LineCode,
    },
    /// Somebody outside for whom it waits: the customer above all.
    Waiting {
        /// For whom.
        reason: HoldReason,
    },
}

/// Who used the time of a target (разложение срока по ответственным). The shares add up to what the clock shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breakdown {
    /// The target.
    pub target: TargetCode,
    /// The working time that was used in the cycle.
    pub elapsed: WorkingTime,
    /// The shares, the greatest first.
    pub shares: Vec<OwnerShare>,
}

/// What one owner used of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerShare {
    /// Who.
    pub owner: Owner,
    /// How much working time.
    pub time: WorkingTime,
    /// How much of the target that is, in basis points rounded down; `None` of a target of no time.
    pub target_bp: Option<i64>,
}

impl Breakdown {
    /// Who used most of the target.
    #[must_use]
    pub fn most(&self) -> Option<&OwnerShare> {
        self.shares.first()
    }
}

impl Clock {
    /// Splits what was used of the cycle by an instant among those who had the request; `owners` says from when on whom, in
    /// order.
    #[must_use]
    pub fn breakdown(
        &self,
        catalog: &CheckedCatalog,
        owners: &[(Timestamp, Owner)],
        now: Timestamp,
    ) -> Breakdown {
        let reading = self.read(catalog, now);
        let until = match self.state {
            ClockState::Stopped { at, .. } => at,
            ClockState::NotStarted | ClockState::Running | ClockState::Paused | ClockState::Cancelled => now,
        };
        let mut shares: Vec<OwnerShare> = Vec::new();
        for (owner, time) in self.stretches.iter().flat_map(|stretch| split(stretch, catalog, owners, until))
        {
            match shares.iter_mut().find(|share| share.owner == *owner) {
                Some(share) => share.time = share.time + time,
                None => shares.push(OwnerShare { owner: owner.clone(), time, target_bp: None }),
            }
        }
        let target = (reading.elapsed + reading.remaining).millis();
        for share in &mut shares {
            share.target_bp = share.time.millis().saturating_mul(WHOLE_BP).checked_div(target);
        }
        shares.retain(|share| share.time > WorkingTime::ZERO);
        shares.sort_by_key(|share| std::cmp::Reverse(share.time));
        Breakdown { target: self.target.clone(), elapsed: reading.elapsed, shares }
    }
}

/// Splits a stretch at each change of owner. Where its calendar was edited after it was measured, the last one has what
/// was measured otherwise.
fn split<'o>(
    stretch: &Stretch,
    catalog: &CheckedCatalog,
    owners: &'o [(Timestamp, Owner)],
    until: Timestamp,
) -> Vec<(&'o Owner, WorkingTime)> {
    let Some(calendar) = catalog.calendar(&stretch.calendar) else { return Vec::new() };
    let end = stretch.ended.map_or(until, |(end, _)| end).max(stretch.start);
    let measured = stretch.ended.map(|(_, measured)| measured);
    let mut left = measured.unwrap_or_else(|| calendar.between(stretch.start, end));
    // Whoever had it when the stretch began is the last one who came by then; before the first one nobody else can be named.
    let first = owners.partition_point(|(from, _)| *from <= stretch.start).saturating_sub(1);
    let within = owners.get(first..).unwrap_or_default();
    let mut parts = Vec::new();
    for (n, (from, owner)) in within.iter().enumerate() {
        let begins = if n == 0 { stretch.start } else { *from };
        if begins >= end && n > 0 {
            break;
        }
        let next = within.get(n + 1).map(|(next, _)| *next).filter(|next| *next < end);
        let part = next.map_or(left, |next| calendar.between(begins, next.max(begins)).min(left));
        parts.push((owner, part));
        left = left - part;
    }
    parts
}

/// The whole in basis points.
const WHOLE_BP: i64 = 10_000;
