use serde::{Deserialize, Serialize};

use super::record::Clock;
use crate::base::Timestamp;
use crate::config::agreement::{AgreementCode, AgreementRef, CalendarCode, TargetCode};

crate::id! {
    /// Names a rebase.
    RebaseId
}

/// What is to become of running work now that something its deadlines rest on was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RebasePlan {
    /// What was changed.
    pub of: RebaseOf,
    /// What becomes of running work.
    pub mode: RebaseMode,
}

/// What deadlines rest on and was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RebaseOf {
    /// An agreement, of which a later revision was published than the one that some work was born with.
    Agreement {
        /// The agreement.
        agreement: AgreementCode,
    },
    /// Calendars, the past of which was edited too.
    Calendars {
        /// The calendars.
        calendars: Vec<CalendarCode>,
    },
    /// The rules of time zones, of which the nodes have a later release than the one that was noted.
    ZoneData,
}

/// What becomes of running work when something its deadlines rest on was changed. What was noted stays noted in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RebaseMode {
    /// It keeps its agreement, and the past of a calendar stays as it was counted. Zone data cannot be kept: what ended
    /// stays as it was measured, as with [`RebaseFromChange`](Self::RebaseFromChange).
    KeepOld,
    /// The new rules hold from the change on: a clock runs towards the target of the new revision as that says
    /// ([`OnChange`](crate::config::agreement::OnChange)); a stretch that goes on is counted by the calendar as it is
    /// written now, one that ended stays as it was measured.
    RebaseFromChange,
    /// As if the new rules had always held: clocks go through the whole past of their requests again, stretches are measured
    /// anew, and what stopped in a request that goes on is judged anew.
    ReplayAll,
}

/// A rebase as one request sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebasing {
    /// The rebase.
    pub id: RebaseId,
    /// What was changed, and what becomes of running work.
    pub plan: RebasePlan,
    /// When: what is found past is dated no earlier.
    pub since: Timestamp,
}

/// A request was held against what changed: the cause of what its clocks did then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebased {
    /// The rebase.
    pub id: RebaseId,
    /// What was changed, and what becomes of running work.
    pub plan: RebasePlan,
    /// The agreement that it is served by from now on, if that is another revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<AgreementRef>,
    /// How many clocks it moved.
    pub moves: Moves,
}

/// How many clocks a rebase moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moves {
    /// Clocks that came, went, got another deadline or another verdict.
    pub moved: u64,
    /// Those of them that were in time and are breached now.
    pub breached: u64,
    /// Those of them that were breached and are in time now.
    pub cleared: u64,
}

/// What a rebase does to one clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockMove {
    /// The clock.
    pub target: TargetCode,
    /// When it was due, as far as that was known.
    pub was_due_at: Option<Timestamp>,
    /// When it is due, as far as that is known.
    pub due_at: Option<Timestamp>,
    /// Whether it was breached.
    pub was_breached: bool,
    /// Whether it is breached.
    pub breached: bool,
}

impl RebasePlan {
    /// Whether a stretch that ended is measured anew, and a verdict given anew.
    pub(crate) fn recounts_all(&self) -> bool {
        self.mode == RebaseMode::ReplayAll
    }

    /// Whether requests have to be looked at: work that keeps its agreement stays as it is.
    pub(crate) fn moves_work(&self) -> bool {
        match (&self.of, self.mode) {
            (RebaseOf::Agreement { .. }, RebaseMode::KeepOld) => false,
            (RebaseOf::Agreement { .. }, RebaseMode::RebaseFromChange | RebaseMode::ReplayAll)
            | (RebaseOf::Calendars { .. } | RebaseOf::ZoneData, _) => true,
        }
    }
}

impl ClockMove {
    /// What moved between two states of the clocks of a request.
    pub(crate) fn between(before: &[Clock], after: &[Clock]) -> Vec<Self> {
        let find = |clocks: &[Clock], target: &TargetCode| {
            clocks
                .iter()
                .find(|clock| clock.target == *target)
                .map(|clock| (clock.due_at, clock.breached, clock.outcome(), clock.state.code()))
        };
        let gone = before.iter().filter(|clock| find(after, &clock.target).is_none());
        let all = after.iter().chain(gone).map(|clock| &clock.target);
        let moved = all.filter_map(|target| {
            let (was, is) = (find(before, target), find(after, target));
            let due_and_breached = |found: Option<(Option<Timestamp>, bool, _, _)>| {
                found.map_or((None, false), |(due_at, breached, _, _)| (due_at, breached))
            };
            let ((was_due_at, was_breached), (due_at, breached)) =
                (due_and_breached(was), due_and_breached(is));
            let target = target.clone();
            (was != is).then_some(Self { target, was_due_at, due_at, was_breached, breached })
        });
        moved.collect()
    }
}

impl Moves {
    /// Counts moves.
    pub(crate) fn of(moves: &[ClockMove]) -> Self {
        let count = |holds: fn(&&ClockMove) -> bool| moves.iter().filter(holds).count() as u64;
        Self {
            moved: moves.len() as u64,
            breached: count(|of| of.breached && !of.was_breached),
            cleared: count(|of| of.was_breached && !of.breached),
        }
    }
}

impl std::ops::AddAssign for Moves {
    fn add_assign(&mut self, more: Self) {
        self.moved += more.moved;
        self.breached += more.breached;
        self.cleared += more.cleared;
    }
}
