//! Replays the log of a real IT service desk through the engine, and says how far the two agree.
//!
//! `cargo run --release --example replay` takes the sample that lies beside the examples and an embedded SQLite store.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example prints what it finds")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use okno::Span;
use okno_examples::incidents::{Center, Log, Mode, Outcome, Replay, Report};
use okno_examples::{Place, in_words, progress};

/// Replays an incident log through okno.
#[derive(Debug, Parser)]
struct Flags {
    /// The log, plain or gzipped; the sample beside the examples when absent.
    #[arg(long)]
    log: Option<PathBuf>,
    /// `memory`, `sqlite:PATH` with a file that does not exist yet, or `postgres:URL`; a temporary SQLite file when absent.
    #[arg(long)]
    store: Option<Place>,
    /// Prints one JSON object and nothing else.
    #[arg(long)]
    json: bool,
    /// Leaves out rows that close, and lets the engine close after this silence, like `120h`.
    #[arg(long)]
    auto_close: Option<Span>,
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
    let folder = tempfile::tempdir()?;
    let place = flags.store.unwrap_or_else(|| Place::Sqlite(folder.path().join("replay.db")));
    let path = flags
        .log
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("data/uci_incidents_sample.csv.gz"));
    let log = Log::open(&path)?;
    let store = place.open().await?;
    let mode = flags.auto_close.map_or(Mode::AsLogged, Mode::AutoClose);
    let center = Center::found(store, &log, mode.close_after()).await?;

    let progress = progress(log.rows.len());
    let replay = Replay::new(&center, &log, mode);
    let mut outcome = replay.run(|| progress.elapsed(), || progress.inc(1)).await?;
    progress.finish_and_clear();
    place.name().clone_into(&mut outcome.store);

    if flags.json {
        println!("{}", serde_json::to_string(&outcome)?);
        return Ok(());
    }
    print_outcome(&outcome, &path);
    print!("{}", Report::read(&center, &log).await?);
    let file = match &place {
        Place::Memory | Place::Postgres(_) => None,
        Place::Sqlite(path) => Some(path.as_path()),
    };
    print_costs(&outcome, file);
    Ok(())
}

fn print_outcome(outcome: &Outcome, path: &Path) {
    println!("Log: {}", path.display());
    println!("  {} rows of {} incidents", outcome.events, outcome.incidents);
    println!("  {} rows applied, {} left out", outcome.rows_applied, outcome.rows_skipped);
    for (reason, rows) in &outcome.rows_refused {
        println!("  {rows} rows refused: {reason}");
    }
    println!("\nEngine and log agree on");
    for (what, equal) in outcome.matches.lines() {
        let percent = 100.0 * equal.equal as f64 / equal.of.max(1) as f64;
        println!("  {what:20}{:>8} of {:>6}  {percent:6.2} %", equal.equal, equal.of);
    }
    if let Some(closed) = outcome.auto_closed {
        let (closed, of, hour) = (closed.closed, closed.of, closed.within_hour);
        println!("\nClosed by the engine: {closed} of {of}, {hour} of them within an hour before the log");
    }
}

fn print_costs(outcome: &Outcome, file: Option<&Path>) {
    let per_second = outcome.incidents as f64 / outcome.seconds.max(f64::EPSILON);
    let commands = outcome.commands as f64 / outcome.seconds.max(f64::EPSILON);
    println!("\n{} commands in {:.1} s on {}:", outcome.commands, outcome.seconds, outcome.store);
    println!("  {per_second:.0} requests a second from submission to close, {commands:.0} commands a second");
    if let Some(size) = file.and_then(|file| std::fs::metadata(file).ok()).map(|file| file.len()) {
        let each = size / u64::try_from(outcome.incidents.max(1)).unwrap_or(1);
        println!("  {} KiB of database, {each} bytes a request", size / 1024);
    }
}
