use std::collections::BTreeMap;
use std::error::Error;

use okno::condition::Value;
use okno::life::clock::{Clock, Outcome as ClockOutcome};
use okno::{Channel, DeskError, RequestCommand, RequestId, Span, Submit, Timestamp};

use super::center::{self, Center};
use super::log::{Log, Row};
use super::outcome::Outcome;
use super::promise::{self, NAMED, TARGET, TYPE};
use super::rules::{Rule, Rules};

/// Opens and closes the requests of a log at their times, through the public interface.
#[derive(Debug)]
pub struct Replay<'a> {
    center: &'a Center,
    log: &'a Log,
    rules: &'a Rules,
    requests: Vec<Option<RequestId>>,
    /// When the worker looks for what is due next.
    wakes: Timestamp,
    outcome: Outcome,
}

/// What happens to a request; opening comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Opened,
    Closed,
}

impl<'a> Replay<'a> {
    /// A replay of a log into a center.
    #[must_use]
    pub fn new(center: &'a Center, log: &'a Log, rules: &'a Rules) -> Self {
        let requests = vec![None; log.rows.len()];
        Self { center, log, rules, requests, wakes: center.desk.now(), outcome: Outcome::default() }
    }

    /// Does every step and compares; `step` is told after each one.
    ///
    /// # Errors
    /// What the store reports; what the life cycle refuses is counted instead.
    pub async fn run(mut self, step: impl Fn()) -> Result<Outcome, Box<dyn Error>> {
        for (at, what, n) in steps(self.log) {
            self.work_until(at).await?;
            self.center.set_clock(at);
            match what {
                Step::Opened => self.open(n).await?,
                Step::Closed => self.close(n).await?,
            }
            step();
        }
        self.compare().await?;
        Ok(self.outcome)
    }

    /// The worker wakes once a day; that it comes late changes no date.
    async fn work_until(&mut self, until: Timestamp) -> Result<(), DeskError> {
        while self.wakes < until {
            self.center.set_clock(self.wakes);
            self.outcome.passed += self.center.desk.tick(self.wakes).await?.done;
            // After a long silence one look finds everything.
            self.wakes = (self.wakes + Span::days(1)).max(until - Span::days(1));
        }
        Ok(())
    }

    async fn open(&mut self, n: usize) -> Result<(), Box<dyn Error>> {
        let row = &self.log.rows[n];
        let mut submit = Submit::new(center::service()?, row.case.clone());
        submit.requester = Some(center::resident().into());
        submit.occurred_at = Some(row.opened);
        if !row.kind.as_str().is_empty() {
            submit.fields.insert(TYPE.parse()?, Value::Text(row.kind.clone()));
        }
        if let Some(target) = row.target {
            submit.fields.insert(TARGET.parse()?, Value::Instant(target));
        }
        let done = self.center.requests(row.channel).submit(submit).await;
        self.requests[n] = self.counted(done)?.map(|receipt| RequestId(receipt.subject));
        Ok(())
    }

    async fn close(&mut self, n: usize) -> Result<(), Box<dyn Error>> {
        let Some(id) = self.requests[n] else { return Ok(()) };
        let close = RequestCommand::Close { reason: "closed".to_owned() };
        let done = self.center.requests(Channel::Workplace).step(id, close).await;
        self.counted(done)?;
        Ok(())
    }

    /// Counts a refusal; anything else that fails is an error of the replay.
    fn counted<T>(&mut self, done: Result<T, DeskError>) -> Result<Option<T>, DeskError> {
        match done {
            Ok(done) => Ok(Some(done)),
            Err(error) => {
                let Some(refusal) = error.refusal() else { return Err(error) };
                *self.outcome.refused.entry(refusal.code()).or_default() += 1;
                Ok(None)
            }
        }
    }

    /// Holds the clocks of every request against its row.
    async fn compare(&mut self) -> Result<(), DeskError> {
        let requests = self.center.requests(Channel::Workplace);
        for (row, id) in self.log.rows.iter().zip(&self.requests) {
            let Some(id) = *id else { continue };
            let request = requests.get(id).await?.0;
            let clocks: BTreeMap<&str, &Clock> =
                request.clocks.iter().map(|clock| (clock.target.as_str(), clock)).collect();
            self.outcome.compare(row, self.rules.of(row.kind.as_str()), &clocks);
        }
        Ok(())
    }
}

/// What happens when. A request that was closed before it was opened comes to be known when it is closed: its clocks start
/// when it was opened all the same.
fn steps(log: &Log) -> Vec<(Timestamp, Step, usize)> {
    let mut steps = Vec::with_capacity(2 * log.rows.len());
    for (n, row) in log.rows.iter().enumerate() {
        steps.push((row.closed.map_or(row.opened, |closed| closed.min(row.opened)), Step::Opened, n));
        steps.extend(row.closed.map(|closed| (closed, Step::Closed, n)));
    }
    steps.sort();
    steps
}

impl Outcome {
    fn compare(&mut self, row: &Row, rule: Option<&Rule>, clocks: &BTreeMap<&str, &Clock>) {
        let figures = self.types.entry(row.kind.as_str().to_owned()).or_default();
        let by_rule = rule.and_then(|rule| clocks.get(promise::clock_of(rule.unit)).copied());
        let is_late = |clock: Option<&Clock>| clock.and_then(Clock::outcome) == Some(ClockOutcome::Missed);
        self.requests += 1;
        self.with_target += usize::from(row.target.is_some());
        figures.requests += 1;
        figures.rule = rule.map(Rule::to_string);
        if let Some(outcome) = by_rule.and_then(Clock::outcome) {
            figures.met.count(outcome == ClockOutcome::Met);
        }
        if let (Some(target), Some(_)) = (row.target, rule) {
            let due = by_rule.and_then(|clock| clock.due_at);
            let equal = due.is_some_and(|due| (due - target).millis().abs() <= TOLERANCE.millis());
            self.due.count(equal);
            figures.due.count(equal);
        }
        let (Some(on_time), Some(_)) = (row.on_time, row.closed) else { return };
        let equal = on_time != is_late(clocks.get(NAMED).copied());
        self.verdict_from_target.count(equal);
        figures.verdict_from_target.count(equal);
        let (Some(rule), Some(_)) = (rule, row.target) else { return };
        let equal = by_rule.is_some() && on_time != is_late(by_rule);
        self.verdict_from_rule.count(equal);
        figures.verdict_from_rule.count(equal);
        if rule.is_stable() {
            self.stable_types.verdict_from_rule.count(equal);
        }
    }
}

/// The city computed its deadlines from an instant some seconds off.
const TOLERANCE: Span = Span::minutes(2);
