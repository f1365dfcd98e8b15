//! A small day at a service center: a dozen people, thirty requests, every command once.
//!
//! `cargo run --example desk_day` tells it on a temporary SQLite file.

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use std::error::Error;

use clap::Parser;
use okno_examples::{Place, day};

/// Tells a day at a service center.
#[derive(Debug, Parser)]
struct Flags {
    /// `memory`, `sqlite:PATH` with a file that does not exist yet, or `postgres:URL`; a temporary SQLite file when absent.
    #[arg(long)]
    store: Option<Place>,
    /// What the ids follow from.
    #[arg(long, default_value_t = 2026)]
    seed: u64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let flags = Flags::parse();
    let folder = tempfile::tempdir()?;
    let place = flags.store.unwrap_or_else(|| Place::Sqlite(folder.path().join("day.db")));
    print!("{}", day::tell(place.open().await?, flags.seed).await?);
    Ok(())
}
