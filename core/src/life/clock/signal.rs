use super::record::{Clock, ClockState};
use crate::base::Timestamp;
use crate::condition::{Env, Expr, Row};
use crate::config::agreement::{CompiledTarget, CustomRules, OnReopen, OnReturn, Pause, Starts, TargetKind};
use crate::config::catalog::LineCode;

/// What just happened to a request, as far as clocks care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It was submitted.
    Submitted,
    /// Service and category were fixed.
    Classified,
    /// The requester wrote.
    Asked,
    /// Somebody wrote to the requester.
    Answered,
    /// It was taken up again.
    Reopened {
        /// Whether by a message of the requester, which nobody answered yet.
        asking: bool,
    },
    /// Something else.
    Other,
}

/// Whether a request still needs work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Work is owed.
    Open,
    /// Work was done.
    Done,
    /// Nothing is owed any more: cancelled, rejected or merged.
    Gone,
}

/// A step of a request, and where the request stands after it.
#[derive(Clone, Copy)]
pub(crate) struct Moment<'a> {
    pub(crate) at: Timestamp,
    pub(crate) step: Step,
    pub(crate) stage: Stage,
    /// The status, and the reason of a hold.
    pub(crate) stands: &'a [Pause],
    pub(crate) line: &'a LineCode,
    /// Whether the requester had been answered before the step.
    pub(crate) answered: bool,
    /// The instant from which a clock counts that starts by a date.
    pub(crate) begins: &'a dyn Fn(&Starts) -> Option<Timestamp>,
    /// The request as a row of facts.
    pub(crate) row: &'a dyn Row,
    pub(crate) env: &'a dyn Env,
}

/// What a clock has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// Begin a cycle.
    Start { from: Timestamp },
    /// End the cycle with a verdict.
    Stop,
    /// Go on in the cycle that ended.
    Continue,
    /// End the cycle later than it had ended.
    StopAgain,
    /// End without a verdict.
    Cancel,
    /// Stand still, or count again.
    Stand { still: bool },
}

impl Moment<'_> {
    fn holds(&self, expr: &Expr) -> bool {
        expr.matches(self.row, self.env)
    }

    fn holds_any(&self, expr: Option<&Expr>) -> bool {
        expr.is_some_and(|expr| self.holds(expr))
    }

    fn start(&self) -> Vec<Signal> {
        vec![Signal::Start { from: self.at }]
    }
}

/// What a clock has to do after a step; standing still apart.
pub(super) fn signals(clock: &Clock, compiled: &CompiledTarget, moment: &Moment<'_>) -> Vec<Signal> {
    if moment.stage == Stage::Gone {
        let ended = matches!(clock.state, ClockState::Stopped { .. } | ClockState::Cancelled);
        return if ended { Vec::new() } else { vec![Signal::Cancel] };
    }
    let own_cancel = compiled.custom.as_ref().is_some_and(|rules| rules.cancel.is_some());
    if clock.state == ClockState::Cancelled && !own_cancel {
        // It is attached anew when its target comes back.
        return Vec::new();
    }
    let (active, step, open) = (clock.is_active(), moment.step, moment.stage == Stage::Open);
    let reopened = matches!(step, Step::Reopened { .. });
    let stop_if = |stops: bool| if stops { vec![Signal::Stop] } else { Vec::new() };
    let begin = || first_start(clock, &compiled.target.starts, moment);
    match (&compiled.target.kind, active) {
        (TargetKind::Classification, true) => stop_if(!open || step == Step::Classified),
        (TargetKind::FirstResponse, true) => stop_if(!open || step == Step::Answered),
        (TargetKind::NextResponse { .. }, true) => stop_if(!open || step == Step::Answered),
        (TargetKind::Resolution { .. }, true) => stop_if(!open),
        (TargetKind::PeriodicUpdate, true) => match (open, step) {
            (false, _) => vec![Signal::Stop],
            (true, Step::Answered) => vec![Signal::Stop, Signal::Start { from: moment.at }],
            (true, _) => Vec::new(),
        },
        (TargetKind::Team { line, .. } | TargetKind::Supplier { line, .. }, true) => {
            stop_if(!open || moment.line != line)
        }
        (TargetKind::Classification, false) => begin(),
        (TargetKind::FirstResponse, false) if moment.answered || step == Step::Answered => Vec::new(),
        (TargetKind::FirstResponse, false) => begin(),
        (TargetKind::Resolution { on_reopen }, false) => match (clock.state, reopened && open, on_reopen) {
            (ClockState::NotStarted, _, _) => begin(),
            (ClockState::Stopped { .. }, true, OnReopen::Resume) => vec![Signal::Continue],
            (ClockState::Stopped { .. }, true, OnReopen::Restart) => moment.start(),
            _ => Vec::new(),
        },
        (TargetKind::NextResponse { before_first_response }, false) => {
            let asks = matches!(step, Step::Asked | Step::Reopened { asking: true });
            let due = asks && open && (*before_first_response || moment.answered);
            if due { moment.start() } else { Vec::new() }
        }
        (TargetKind::PeriodicUpdate, false) => {
            if open && (reopened || step == Step::Answered) {
                moment.start()
            } else {
                Vec::new()
            }
        }
        (TargetKind::Team { line, on_return } | TargetKind::Supplier { line, on_return }, false) => {
            match (open && moment.line == line, clock.cycle, on_return) {
                (false, _, _) => Vec::new(),
                (true, 1.., OnReturn::Resume) => vec![Signal::Continue],
                (true, _, _) => moment.start(),
            }
        }
        (TargetKind::Custom(custom), _) => {
            let Some(rules) = &compiled.custom else { return Vec::new() };
            custom_signals(clock, (rules, custom.last_stop_counts), &compiled.target.starts, moment)
        }
    }
}

/// The start of a clock that runs from the beginning; one that missed it starts when the request is reopened.
fn first_start(clock: &Clock, starts: &Starts, moment: &Moment<'_>) -> Vec<Signal> {
    if clock.state != ClockState::NotStarted || moment.stage != Stage::Open {
        return Vec::new();
    }
    let reopened = matches!(moment.step, Step::Reopened { .. });
    let from = match starts {
        Starts::Creation => (moment.step == Step::Submitted || reopened).then_some(moment.at),
        Starts::Classification => (moment.step == Step::Classified || reopened).then_some(moment.at),
        Starts::Occurrence | Starts::Field { .. } => (moment.begins)(starts),
    };
    from.map(|from| Signal::Start { from }).into_iter().collect()
}

fn custom_signals(
    clock: &Clock,
    (rules, last_stop_counts): (&CustomRules, bool),
    starts: &Starts,
    moment: &Moment<'_>,
) -> Vec<Signal> {
    let (stops, cancels) = (moment.holds(&rules.stop), moment.holds_any(rules.cancel.as_ref()));
    if !clock.is_active() {
        if !stops && !cancels && moment.holds(&rules.start) {
            let from = match starts {
                Starts::Creation | Starts::Classification => Some(moment.at),
                Starts::Occurrence | Starts::Field { .. } => (moment.begins)(starts),
            };
            return from.map(|from| Signal::Start { from }).into_iter().collect();
        }
        let later = last_stop_counts && stops && matches!(clock.state, ClockState::Stopped { .. });
        return if later { vec![Signal::StopAgain] } else { Vec::new() };
    }
    if stops {
        return vec![Signal::Stop];
    }
    if moment.holds_any(rules.reset.as_ref()) {
        return vec![Signal::Stop, Signal::Start { from: moment.at }];
    }
    if cancels {
        return vec![Signal::Cancel];
    }
    let pauses = moment.holds_any(rules.pause.as_ref());
    let resumes = rules.resume.as_ref().map_or(!pauses, |resume| moment.holds(resume));
    match clock.state {
        ClockState::Running if pauses => vec![Signal::Stand { still: true }],
        ClockState::Paused if resumes && rules.pause.is_some() => vec![Signal::Stand { still: false }],
        _ => Vec::new(),
    }
}
