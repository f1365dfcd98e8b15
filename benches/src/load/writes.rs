//! Commands under load: the engine and its baselines in turn.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use okno::kinds;
use okno::store::Store;
use okno_storage_sqlx::SqliteStore;
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;

use super::center::{Failed, found};
use super::clients::{Batchful, Operation, run};
use super::cost::{Cost, median};
use super::rows::{position, written};
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
    /// Whether the same rows are written without the engine as well.
    pub baselines: bool,
}

/// Clients of the rounds with many.
pub const CLIENTS: usize = 64;

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

impl Rounds {
    /// Each round: how many operations, and by how many clients.
    fn each(self) -> impl Iterator<Item = (usize, usize)> {
        let both = move || [(self.together, CLIENTS), (self.alone, 1)];
        (0..=self.rounds).flat_map(move |_| both())
    }
}

/// Measures the engine on a memory store.
///
/// # Errors
/// What the engine reports.
pub async fn in_memory(store: Arc<dyn Store>, rounds: Rounds) -> Result<Vec<Measured>, Failed> {
    let desk = found(store).await?;
    let mut ledger = Ledger::default();
    let mut first = 0;
    for (count, clients) in rounds.each() {
        let mut batchful = Batchful { first, ids: Vec::new() };
        first += count;
        for operation in Operation::ALL {
            let cost = run(&desk, &mut batchful, (operation, count, clients), None).await?;
            ledger.note((operation, clients, "engine"), cost);
        }
    }
    Ok(ledger.medians())
}

/// Measures the engine on a file and, on copies of the file, the same rows without it.
///
/// # Errors
/// What the engine or SQLite reports.
pub async fn on_sqlite(path: &Path, rounds: Rounds) -> Result<Vec<Measured>, Failed> {
    let copy = |name: &str| path.with_extension(name);
    let (mut alone, mut together) = (Vec::new(), Vec::new());
    if rounds.baselines {
        for name in COPIES {
            std::fs::copy(path, copy(name))?;
        }
        alone.push(("A", Baseline::sqlx(&copy("a"), 1).await?));
        together.push(("B", Baseline::sqlx(&copy("b"), GROUP).await?));
        together.push(("E", Baseline::rusqlite(&copy("e"), GROUP)?));
    }
    let store = SqliteStore::open(path, kinds()).await?;
    let desk = found(Arc::new(store.clone())).await?;
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let after = Connection::open_with_flags(path, read_only)?;
    let mut ledger = Ledger::default();
    let mut first = 0;
    for (count, clients) in rounds.each() {
        let (baselines, copied) = if clients == 1 { (&mut alone, "a") } else { (&mut together, "b") };
        let mut batchful = Batchful { first, ids: Vec::new() };
        first += count;
        for operation in Operation::ALL {
            let since = position(&after)?;
            let cost = run(&desk, &mut batchful, (operation, count, clients), None).await?;
            ledger.note((operation, clients, "engine"), cost);
            if baselines.is_empty() {
                continue;
            }
            let before = Connection::open_with_flags(copy(copied), read_only)?;
            let of = |id: &okno::RequestId| written(&after, &before, id.0, since);
            let operations = batchful.ids.iter().map(of).collect::<Result<Vec<_>, _>>()?;
            let position = position(&after)?;
            for (name, baseline) in &mut *baselines {
                ledger.note((operation, clients, name), baseline.write(&operations, position).await?);
            }
        }
    }
    drop((after, alone, together));
    store.close().await;
    if rounds.baselines {
        COPIES.iter().try_for_each(|name| remove(&copy(name)))?;
    }
    Ok(ledger.medians())
}

/// What the copies of the file are called, one for each baseline.
const COPIES: [&str; 3] = ["a", "b", "e"];

/// Removes a file with its log.
fn remove(path: &Path) -> Result<(), Failed> {
    std::fs::remove_file(path)?;
    for end in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        if Path::new(&name).exists() {
            std::fs::remove_file(name)?;
        }
    }
    Ok(())
}
