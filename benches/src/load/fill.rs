//! Fills a store with requests that lived before: each decided by the engine's own rules at its own time, and committed
//! as the engine commits it, many at once.

use std::collections::HashMap;
use std::sync::Arc;

use okno::base::{IdGen, Span};
use okno::life::request::{NumberBlock, RequestCommand, RequestId, decide, submit};
use okno::life::{Context, Decision, Halt, Number, Reader, World};
use okno::store::{Batch, Digest, Key, Loaded, Origin, Put, Read, Store, Version, View};
use okno::{Actor, CommandId, Desk, EmployeeId, Timestamp};
use tokio::task::JoinSet;

use super::center::{Failed, LINES, OPERATORS, PREFIX, TENANT, actor, operator, requester, submission};
use super::text::{Dice, REPLY_BYTES};

/// Fills a store up to a number of requests and gives their ids.
///
/// # Errors
/// What a rule or the store refuses.
pub(super) async fn fill(desk: &Desk, size: usize) -> Result<Vec<RequestId>, Failed> {
    let world = desk.world(TENANT).await?;
    let employees = employees(&**desk.store()).await?;
    let now = desk.now();
    let step = Span::from_millis(YEARS_MS / i64::try_from(size.max(1))?);
    let mut filled = Vec::with_capacity(size);
    for first in (0..size).step_by(CHUNK) {
        let begin =
            |n: usize| now - Span::from_millis(YEARS_MS) + Span::from_millis(step.millis() * n as i64);
        let numbers = first..size.min(first + CHUNK);
        let mut lives: Vec<_> = numbers.map(|n| Life::new(&world, &employees, n, begin(n))).collect();
        for stage in 0..STAGES {
            let decided = lives.iter_mut().map(|life| life.next(stage)).collect::<Result<Vec<_>, _>>()?;
            commit(desk.store(), decided.into_iter().flatten()).await?;
        }
        filled.extend(lives.iter().map(|life| life.id));
    }
    take_numbers(desk, size).await?;
    Ok(filled)
}

/// Commits batches at once; none waits for another one of them.
async fn commit(store: &Arc<dyn Store>, batches: impl Iterator<Item = Batch>) -> Result<(), Failed> {
    let mut running = JoinSet::new();
    for batch in batches {
        let store = store.clone();
        running.spawn(async move { store.commit(batch).await });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(())
}

/// The operators' records, to which decisions hold on.
async fn employees(store: &dyn Store) -> Result<HashMap<Key, Loaded>, Failed> {
    let operators = (0..LINES).flat_map(|line| (0..OPERATORS).map(move |n| operator(line, n)));
    let keys = operators.map(|id| okno::life::directory::EMPLOYEE.key(id.0)).collect();
    let view = store.load(Read { keys, ..Read::new(TENANT) }).await?;
    Ok(view.records.into_iter().filter_map(|(key, found)| Some((key, found?))).collect())
}

/// Takes the human numbers that were given, so that the desk goes on behind them.
async fn take_numbers(desk: &Desk, size: usize) -> Result<(), Failed> {
    let id = CommandId(IdGen::new(desk.now(), 7).fresh());
    let mut batch = Batch::new(TENANT, desk.now(), id, Digest::of(&[]), Origin::SYSTEM);
    let key = NumberBlock::key(TENANT, PREFIX);
    let record = Arc::new(NumberBlock { id: key.id, prefix: PREFIX.to_owned(), next: size as u64 + 1 });
    batch.puts.push(Put { record, expected: Version::ABSENT });
    desk.store().commit(batch).await?;
    Ok(())
}

/// How far a request comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    New,
    Assigned,
    Closed,
}

/// The life of one request.
struct Life<'a> {
    world: &'a World,
    employees: &'a HashMap<Key, Loaded>,
    number: usize,
    at: Timestamp,
    ending: Ending,
    id: RequestId,
    view: View,
    dice: Dice,
    steps: u64,
}

impl<'a> Life<'a> {
    fn new(world: &'a Arc<World>, employees: &'a HashMap<Key, Loaded>, number: usize, at: Timestamp) -> Self {
        let mut dice = Dice::new(number as u64);
        let ending = match dice.below(100) {
            0..12 => Ending::New,
            12..OPEN_PERCENT => Ending::Assigned,
            _ => Ending::Closed,
        };
        let view = View { head: world.head, ..View::default() };
        let id = RequestId(TENANT.0);
        Self { world, employees, number, at, ending, id, view, dice, steps: 0 }
    }

    /// What happens to the request at a stage of its life, if anything does.
    fn next(&mut self, stage: usize) -> Result<Option<Batch>, Failed> {
        let operator = operator(self.number, self.number / LINES);
        let requester = requester(self.number);
        let ended = self.ending == Ending::Closed;
        self.at = self.at + Span::hours(4);
        match stage {
            0 => self.submit(requester).map(Some),
            1 if self.ending != Ending::New => {
                self.step(operator, &RequestCommand::Assign { operator }).map(Some)
            }
            2 if ended => {
                let text = self.dice.text(REPLY_BYTES);
                self.step(operator, &RequestCommand::Resolve { code: "fixed".to_owned(), text }).map(Some)
            }
            3 if ended => self.step(requester, &RequestCommand::Confirm).map(Some),
            _ => Ok(None),
        }
    }

    fn submit(&mut self, by: EmployeeId) -> Result<Batch, Failed> {
        let asked = submission(self.number, &mut self.dice)?;
        let decision = self.decided(actor(by), |reader, context| submit(reader, &asked, context))?;
        self.id = RequestId(decision.answer.subject);
        Ok(self.keep(decision))
    }

    fn step(&mut self, by: EmployeeId, command: &RequestCommand) -> Result<Batch, Failed> {
        let id = self.id;
        let decision = self.decided(actor(by), |reader, context| decide(reader, id, command, context))?;
        Ok(self.keep(decision))
    }

    /// Asks until nothing more has to be read: what is not known here is not there.
    fn decided(
        &mut self,
        actor: Actor,
        mut ask: impl FnMut(Reader<'_>, &mut Context<'_>) -> Result<Decision, Halt>,
    ) -> Result<Decision, Failed> {
        self.steps += 1;
        let mut ids = IdGen::new(self.at, u128::from(self.number as u64) << 64 | u128::from(self.steps));
        let command = CommandId(ids.fresh());
        let mut context = Context {
            now: self.at,
            actor: &actor,
            world: self.world,
            command,
            digest: Digest::of(command.0.as_bytes()),
            seen: None,
            cause: None,
            scanning: false,
            past: None,
            number: Some(Number { prefix: PREFIX.to_owned(), count: self.number as u64 + 1 }),
            ids,
        };
        loop {
            match ask(Reader(&self.view), &mut context) {
                Ok(decision) => return Ok(decision),
                Err(Halt::Refused(refusal)) => return Err(refusal.into()),
                Err(Halt::Need(need)) if need.lookups.is_empty() && need.number.is_none() => {
                    let found = need.keys.into_iter().map(|key| (key, self.employees.get(&key).cloned()));
                    self.view.records.extend(found);
                }
                Err(Halt::Need(need)) => {
                    return Err(format!("nothing can be looked up here: {need:?}").into());
                }
            }
        }
    }

    /// Knows the request as the batch leaves it.
    fn keep(&mut self, batch: Batch) -> Batch {
        for Put { record, expected } in &batch.puts {
            let loaded = Loaded { version: expected.next(), position: 0, record: record.clone() };
            self.view.records.insert(record.key(), Some(loaded));
        }
        batch
    }
}

/// Requests that live at the same time.
const CHUNK: usize = 2_048;
/// Steps of the longest life.
const STAGES: usize = 4;
/// Requests of a hundred that are still open.
const OPEN_PERCENT: usize = 28;
/// The time over which the requests were submitted: two years.
const YEARS_MS: i64 = 2 * 365 * 24 * 60 * 60 * 1_000;
