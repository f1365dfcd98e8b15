//! Fills a store, measures the engine on it, and holds the ratios against the aims.

use std::io::Write as _;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;

use clap::Parser;
use okno::kinds;
use okno::store::Store;
use okno_benches::load::{Failed, Measured, Rounds, fill, found, in_memory, memory_peak, on_sqlite};
use okno_storage_memory::MemoryStore;
use okno_storage_sqlx::SqliteStore;

/// Fills a store with requests, measures the engine on it and the same rows without it, and holds the ratios against the
/// aims.
#[derive(Debug, Parser)]
struct Args {
    /// The store: `memory`, `sqlite:PATH` or `postgres:URL`.
    #[arg(long)]
    store: Place,
    /// Requests that it is filled with.
    #[arg(long, default_value_t = 10_000)]
    size: usize,
    /// Rounds that count.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Operations of a round with one client.
    #[arg(long, default_value_t = 256)]
    alone: usize,
    /// Operations of a round with 64 clients.
    #[arg(long, default_value_t = 2_048)]
    together: usize,
    /// Leaves the baselines out, to look at the engine alone.
    #[arg(long)]
    engine_only: bool,
    /// Writes one JSON object instead of tables.
    #[arg(long)]
    json: bool,
}

/// Where the store is.
#[derive(Debug, Clone)]
enum Place {
    Memory,
    Sqlite(PathBuf),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("sqlite", path)) => Ok(Self::Sqlite(path.into())),
            _ => Err("`memory`, `sqlite:PATH` or `postgres:URL` is expected".to_owned()),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let args = Args::parse();
    let rounds = Rounds {
        rounds: args.rounds,
        alone: args.alone,
        together: args.together,
        baselines: !args.engine_only,
    };
    let begun = Instant::now();
    let measured = match &args.store {
        Place::Memory => {
            let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
            fill(&found(store.clone()).await?, args.size).await?;
            in_memory(store, rounds).await?
        }
        Place::Sqlite(path) => {
            let store = SqliteStore::open(path, kinds()).await?;
            fill(&found(Arc::new(store.clone())).await?, args.size).await?;
            store.close().await;
            let mut out = std::io::stdout().lock();
            let bytes = std::fs::metadata(path)?.len();
            writeln!(out, "filled in {:?}, {} bytes each", begun.elapsed(), bytes / args.size as u64)?;
            on_sqlite(path, rounds).await?
        }
    };
    print(&measured)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} MiB", memory_peak() >> 20)?;
    Ok(())
}

fn print(measured: &[Measured]) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    for row in measured {
        let Measured { operation, clients, contestant, cost } = row;
        writeln!(
            out,
            "{:8} {clients:3} {contestant:8} {:9.0}/s {:8.1} us wall {:8.1} us cpu",
            operation.name(),
            cost.rate(),
            cost.micros(),
            cost.processor_micros()
        )?;
    }
    Ok(())
}
