//! Replays the requests of a city through the engine, and says how far its deadlines and verdicts are the city's own.
//!
//! `cargo run --release --example city_requests` takes the sample that lies beside the examples and a store in memory.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example prints what it finds")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use okno::Timestamp;
use okno_examples::city::{Center, Log, Replay, Rules};
use okno_examples::{Place, in_words, progress};

/// Replays requests of a city through okno.
#[derive(Debug, Parser)]
struct Flags {
    /// The log, plain or gzipped; the sample beside the examples when absent.
    #[arg(long)]
    log: Option<PathBuf>,
    /// `memory`, `sqlite:PATH` with a file that does not exist yet, or `postgres:URL`.
    #[arg(long, default_value = "memory")]
    store: Place,
    /// Prints one JSON object and nothing else.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match replay(Flags::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", in_words(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn replay(flags: Flags) -> Result<(), Box<dyn Error>> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/boston311_sample.csv.gz");
    let path = flags.log.unwrap_or(sample);
    let (log, rules) = (Log::open(&path)?, Rules::own()?);
    let first = log.rows.iter().map(|row| row.closed.map_or(row.opened, |closed| closed.min(row.opened)));
    let store = flags.store.open().await?;
    let center = Center::found(store, &rules, first.min().unwrap_or(Timestamp::MIN)).await?;
    let progress = progress(log.rows.len() + log.rows.iter().filter(|row| row.closed.is_some()).count());
    let outcome = Replay::new(&center, &log, &rules).run(|| progress.inc(1)).await?;
    progress.finish_and_clear();
    for (reason, rows) in &log.left_out {
        eprintln!("{rows} rows left out: {reason}");
    }
    if flags.json {
        println!("{}", serde_json::to_string(&outcome)?);
    } else {
        println!("Log: {}\n{outcome}", path.display());
    }
    Ok(())
}
