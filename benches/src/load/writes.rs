//! Commands under load: the engine and its baselines in turn.

use std::collections::BTreeMap;
use std::path::Path;

use okno::Desk;
use serde::Serialize;

use super::bare::Bare;
use super::center::Failed;
use super::clients::{Batchful, Operation, run};
use super::cost::{Cost, median};
use super::postgres::PgBaseline;
use super::rows::{Written, position, written};
use super::sqlite::{Baseline, GROUP};

/// How often, and how much at once.
#[derive(Debug, Clone, Copy)]
pub struct Rounds {
    /// Rounds that count; one more warms up.
    pub rounds: usize,
    /// Operations of a round with one client.
    pub alone: usize,
    /// Operations of a round with many clients.
    pub together: usize,
}

/// Clients of the rounds with many.
pub(super) const CLIENTS: usize = 64;

/// What an operation cost one contestant.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// The operation.
    pub operation: Operation,
    /// Clients at once.
    pub clients: usize,
    /// The engine, or the name of a baseline.
    pub contestant: &'static str,
    /// The median of its rounds.
    pub cost: Cost,
}

/// What writes the same rows without the engine.
#[derive(Debug)]
pub(super) struct Rival {
    name: &'static str,
    writer: Writer,
    /// Whether it is held against one client, or against many.
    alone: bool,
}

#[derive(Debug)]
enum Writer {
    Sqlite(Baseline),
    Postgres(PgBaseline),
}

/// The rivals of an engine, and how the rows that it writes are read.
#[derive(Debug)]
pub(super) struct Rivals {
    all: Vec<Rival>,
    /// The engine's store.
    after: Bare,
    /// Copies of the store that stand where it stood: of the rivals of one client, and of many.
    before: [Bare; 2],
}

impl Rivals {
    /// Those of a file, each on a copy of its own.
    ///
    /// # Errors
    /// What SQLite reports.
    pub(super) async fn on_sqlite(file: &Path, copies: [&Path; 3]) -> Result<Self, Failed> {
        let [a, b, e] = copies;
        let rival = |name, alone, writer| Rival { name, writer: Writer::Sqlite(writer), alone };
        let all = vec![
            rival("A", true, Baseline::sqlx(a, 1).await?),
            rival("B", false, Baseline::sqlx(b, GROUP).await?),
            rival("E", false, Baseline::rusqlite(e, GROUP)?),
        ];
        let before = [Bare::sqlite(a).await?, Bare::sqlite(b).await?];
        Ok(Self { all, after: Bare::sqlite(file).await?, before })
    }

    /// Those of a database, each on a copy of its own.
    ///
    /// # Errors
    /// What PostgreSQL reports.
    pub(super) async fn on_postgres(url: &str, copies: [&str; 2]) -> Result<Self, Failed> {
        let [a, b] = copies;
        let rival = |name, alone, writer| Rival { name, writer: Writer::Postgres(writer), alone };
        let all = vec![
            rival("A'", true, PgBaseline::single(a).await?),
            rival("B'", false, PgBaseline::grouped(b).await?),
        ];
        let before = [Bare::postgres(a).await?, Bare::postgres(b).await?];
        Ok(Self { all, after: Bare::postgres(url).await?, before })
    }

    /// What was written about requests since a position, and where the journal stands now.
    async fn written(
        &mut self,
        round: &Batchful,
        alone: bool,
        since: i64,
    ) -> Result<(Vec<Written>, i64), Failed> {
        let before = &mut self.before[usize::from(!alone)];
        let mut operations = Vec::with_capacity(round.ids.len());
        for id in &round.ids {
            operations.push(written(&mut self.after, before, id.0, since).await?);
        }
        Ok((operations, position(&mut self.after).await?))
    }
}

/// What each contestant's rounds cost.
#[derive(Debug, Default)]
struct Ledger(BTreeMap<(Operation, usize, &'static str), Vec<Cost>>);

impl Ledger {
    fn note(&mut self, of: (Operation, usize, &'static str), cost: Cost) {
        self.0.entry(of).or_default().push(cost);
    }

    /// The medians, without the round that warmed up.
    fn medians(self) -> Vec<Measured> {
        let rows = self.0.into_iter().map(|((operation, clients, contestant), rounds)| Measured {
            operation,
            clients,
            contestant,
            cost: median(rounds.get(1..).unwrap_or_default()),
        });
        rows.collect()
    }
}

/// Measures commands on a desk and, on copies of its store, the same rows without it.
///
/// # Errors
/// What the engine or the database reports.
pub(super) async fn commands(
    desk: &Desk,
    rounds: Rounds,
    mut rivals: Option<Rivals>,
    postmaster: Option<u32>,
) -> Result<Vec<Measured>, Failed> {
    let mut ledger = Ledger::default();
    let mut first = 0;
    for round in 0..=rounds.rounds {
        for (count, clients) in [(rounds.together, CLIENTS), (rounds.alone, 1)] {
            let mut batchful = Batchful { first, ids: Vec::new() };
            first += count;
            for operation in Operation::ALL {
                let since = match &mut rivals {
                    Some(rivals) => position(&mut rivals.after).await?,
                    None => 0,
                };
                let cost = run(desk, &mut batchful, (operation, count, clients), postmaster).await?;
                ledger.note((operation, clients, "engine"), cost);
                let Some(rivals) = &mut rivals else { continue };
                let (operations, position) = rivals.written(&batchful, clients == 1, since).await?;
                let turns = rivals.all.iter_mut().filter(|rival| rival.alone == (clients == 1));
                let mut turns: Vec<_> = turns.collect();
                if round % 2 == 1 {
                    turns.reverse();
                }
                for rival in turns {
                    let cost = match &mut rival.writer {
                        Writer::Sqlite(writer) => writer.write(&operations, position).await?,
                        Writer::Postgres(writer) => writer.write(&operations, position, postmaster).await?,
                    };
                    ledger.note((operation, clients, rival.name), cost);
                }
            }
        }
    }
    Ok(ledger.medians())
}
