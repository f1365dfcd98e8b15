use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use okno::engine::Requests;
use okno::life::clock::{Clock, Outcome as ClockOutcome};
use okno::{DeskError, Request, RequestId, Span, Status, Timestamp};

use super::center::Center;
use super::log::{Log, Row, State};
use super::outcome::{AutoClosed, Outcome};
use super::promise;
use super::rows::{Plan, plan, submission};

/// How a log is replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Rows close.
    AsLogged,
    /// Rows that close are left out, and the engine closes after this silence.
    AutoClose(Span),
}

impl Mode {
    /// After which silence the engine closes by itself.
    #[must_use]
    pub fn close_after(self) -> Option<Span> {
        match self {
            Self::AsLogged => None,
            Self::AutoClose(span) => Some(span),
        }
    }
}

/// Feeds a log into a center, row by row, through the public interface.
#[derive(Debug)]
pub struct Replay<'a> {
    center: &'a Center,
    log: &'a Log,
    mode: Mode,
    requests: Vec<Option<(RequestId, Arc<Request>)>>,
    outcome: Outcome,
}

/// What became of one row.
enum Verdict {
    Applied,
    Skipped,
    Refused(&'static str),
}

impl<'a> Replay<'a> {
    /// A replay of a log into a center.
    #[must_use]
    pub fn new(center: &'a Center, log: &'a Log, mode: Mode) -> Self {
        let outcome =
            Outcome { events: log.rows.len(), incidents: log.incidents.len(), ..Outcome::default() };
        Self { center, log, mode, requests: vec![None; log.incidents.len()], outcome }
    }

    /// Feeds every row and compares; `step` is told after each row.
    ///
    /// # Errors
    /// What the store reports; what the life cycle refuses is counted instead.
    pub async fn run(
        mut self,
        timer: impl Fn() -> Duration,
        step: impl Fn(),
    ) -> Result<Outcome, Box<dyn Error>> {
        for n in self.log.replay_order() {
            let row = &self.log.rows[n];
            match self.replay(row).await? {
                Verdict::Applied => self.outcome.rows_applied += 1,
                Verdict::Skipped => self.outcome.rows_skipped += 1,
                Verdict::Refused(reason) => {
                    *self.outcome.rows_refused.entry(reason.to_owned()).or_default() += 1;
                }
            }
            step();
        }
        self.run_clock(Timestamp::MAX).await?;
        self.outcome.seconds = timer().as_secs_f64();
        self.compare_ends().await?;
        Ok(self.outcome)
    }

    async fn replay(&mut self, row: &Row) -> Result<Verdict, Box<dyn Error>> {
        self.run_clock(row.updated_at).await?;
        self.center.set_clock(row.updated_at);
        if row.state == State::Closed && self.mode.close_after().is_some() {
            return Ok(Verdict::Skipped);
        }
        let requests = self.center.operator(row).requests();
        let refused = self.apply(row, &requests).await?;
        let active = match self.look(row.incident, &requests).await? {
            Some(request) => request.status.is_active(),
            None => return Ok(Verdict::Refused(refused.unwrap_or("not_submitted"))),
        };
        self.outcome.matches.active.count(active == row.active);
        Ok(refused.map_or(Verdict::Applied, Verdict::Refused))
    }

    /// Does what a row asks for, up to the first command that the life cycle refuses, and gives its reason.
    async fn apply(
        &mut self,
        row: &Row,
        requests: &Requests,
    ) -> Result<Option<&'static str>, Box<dyn Error>> {
        if self.requests[row.incident].is_none() {
            let submit = submission(row, &self.log.incidents[row.incident].number)?;
            self.outcome.commands += 1;
            match requests.submit(submit).await {
                Ok(receipt) => {
                    let id = RequestId(receipt.subject);
                    self.requests[row.incident] = Some((id, requests.get(id).await?.0));
                }
                Err(error) => return Ok(Some(refusal(error)?)),
            }
        } else if self.mode.close_after().is_some() {
            self.look(row.incident, requests).await?;
        }
        let Some((id, request)) = self.requests[row.incident].clone() else { return Ok(None) };
        let Plan { commands, impossible } = plan(row, &request)?;
        for command in commands {
            self.outcome.commands += 1;
            if let Err(error) = requests.step(id, command).await {
                return Ok(Some(refusal(error)?));
            }
        }
        Ok(impossible.then_some("wrong_status"))
    }

    /// Reads the request of an incident as it stands now.
    async fn look(
        &mut self,
        incident: usize,
        requests: &Requests,
    ) -> Result<Option<Arc<Request>>, DeskError> {
        let Some((id, known)) = &mut self.requests[incident] else { return Ok(None) };
        *known = requests.get(*id).await?.0;
        Ok(Some(known.clone()))
    }

    /// Lets the clock run up to an instant and fires each timer at its own.
    async fn run_clock(&self, until: Timestamp) -> Result<(), DeskError> {
        if self.mode == Mode::AsLogged {
            return Ok(());
        }
        while let Some(due) = self.center.desk.next_due(self.center.tenant).await?.filter(|due| *due <= until)
        {
            self.center.set_clock(due);
            self.center.desk.tick(due).await?;
        }
        Ok(())
    }

    /// Compares every incident with its last row.
    async fn compare_ends(&mut self) -> Result<(), Box<dyn Error>> {
        let mut auto_closed = AutoClosed { of: self.log.incidents.len(), ..AutoClosed::default() };
        for (n, incident) in self.log.incidents.iter().enumerate() {
            let Some(row) = incident.rows.last().map(|last| &self.log.rows[*last]) else { continue };
            let requests = self.center.operator(row).requests();
            let found = self.look(n, &requests).await?;
            self.compare(row, found.as_deref());
            if let Some(request) = found.filter(|request| request.closing.as_deref() == Some("silence")) {
                auto_closed.closed += 1;
                let late = row.closed_at.zip(request.closed_at).map(|(logged, engine)| logged - engine);
                let hour = |late: &Span| (Span::ZERO..Span::hours(1)).contains(late);
                auto_closed.within_hour += usize::from(late.as_ref().is_some_and(hour));
            }
        }
        self.outcome.auto_closed = self.mode.close_after().map(|_| auto_closed);
        Ok(())
    }

    fn compare(&mut self, row: &Row, request: Option<&Request>) {
        let matches = &mut self.outcome.matches;
        let is = |same: &dyn Fn(&Request) -> bool| request.is_some_and(same);
        matches.priority.count(is(&|request| request.priority == row.priority));
        matches.reopen_count.count(is(&|request| request.reopened == row.reopen_count));
        matches.reassignment_count.count(is(&|request| request.handed_over == row.reassignment_count));
        let in_time = |request: &Request| {
            let mut clocks = request.clocks.iter();
            let clock = clocks.find(|clock| clock.target.as_str() == promise::MADE_SLA);
            (clock.and_then(Clock::outcome) == Some(ClockOutcome::Met)) == row.made_sla
        };
        matches.made_sla.count(is(&in_time));
        if row.resolved_at.is_some() {
            matches.resolved_at.count(is(&|request| request.resolved_at == row.resolved_at));
        }
        if row.closed_at.is_some() {
            let closed =
                |request: &Request| request.status == Status::Closed && request.closed_at == row.closed_at;
            matches.closed_at.count(is(&closed));
        }
    }
}

/// The reason of a refusal; anything else is an error of the replay.
fn refusal(error: DeskError) -> Result<&'static str, DeskError> {
    match error.refusal() {
        Some(refusal) => Ok(refusal.code()),
        None => Err(error),
    }
}
