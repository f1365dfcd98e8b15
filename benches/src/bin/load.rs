//! Fills a store, measures the engine on it, and holds the ratios against the aims.

use std::io::Write as _;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;
use okno_benches::load::{Failed, Plan, Rounds, in_memory, on_postgres, on_sqlite};

/// Fills a store with requests, measures the engine on it and the same rows without it, and holds the ratios against the
/// aims.
#[derive(Debug, Parser)]
struct Args {
    /// The store: `memory`, `sqlite:PATH` of a file that is not there yet, or `postgres:URL` of a server on which databases
    /// can be made.
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
    /// Leaves out what is done without the engine.
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
    Postgres(String),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            // The URL of a server begins with the same word.
            Some(("postgres", rest)) if rest.starts_with("//") => Ok(Self::Postgres(text.to_owned())),
            Some(("postgres", url)) if !url.is_empty() => Ok(Self::Postgres(url.to_owned())),
            _ => Err("`memory`, `sqlite:PATH` or `postgres:URL` is expected".to_owned()),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let args = Args::parse();
    let rounds = Rounds { rounds: args.rounds, alone: args.alone, together: args.together };
    let plan = Plan { size: args.size, rounds, rivals: !args.engine_only };
    let outcome = match &args.store {
        Place::Memory => in_memory(plan).await?,
        Place::Sqlite(path) => on_sqlite(path, plan).await?,
        Place::Postgres(url) => on_postgres(url, plan).await?,
    };
    let mut out = std::io::stdout().lock();
    if args.json {
        let aims = outcome.aims();
        let whole = serde_json::json!({ "outcome": outcome, "aims": aims });
        writeln!(out, "{whole}")?;
    } else {
        outcome.write(&mut out)?;
    }
    Ok(())
}
