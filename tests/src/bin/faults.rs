//! Runs seeds of random work through failing stores and lets the auditor look at each.
//!
//! `cargo run --release -p okno-tests --bin faults -- --seeds 1000 [--from 0] [--store memory]`

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use okno_tests::faults::{Storm, run};
use okno_tests::{Candidate, STORES};

fn main() -> ExitCode {
    match Asked::read(std::env::args().skip(1)) {
        Ok(asked) => asked.run(),
        Err(problem) => {
            say(&format!("{problem}\nusage: faults [--seeds N] [--from SEED] [--store NAME]"));
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for.
struct Asked {
    seeds: u64,
    from: u64,
    store: Candidate,
}

impl Asked {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut asked = Self { seeds: 100, from: 0, store: STORES[0] };
        while let Some(option) = words.next() {
            let value = words.next().ok_or_else(|| format!("`{option}` needs a value"))?;
            let number = || value.parse().map_err(|_| format!("`{value}` is no number"));
            match option.as_str() {
                "--seeds" => asked.seeds = number()?,
                "--from" => asked.from = number()?,
                "--store" => {
                    let found = STORES.iter().find(|store| store.name == value);
                    asked.store = *found.ok_or_else(|| format!("there is no store `{value}`"))?;
                }
                _ => return Err(format!("there is no option `{option}`")),
            }
        }
        Ok(asked)
    }

    fn run(&self) -> ExitCode {
        let (mut failed, mut all) = (0_u64, Storm::default());
        for seed in self.from..self.from.saturating_add(self.seeds) {
            match self.try_seed(seed) {
                Ok(storm) => all = all.with(storm),
                Err(why) => {
                    failed += 1;
                    let name = self.store.name;
                    say(&format!(
                        "seed {seed} fails on {name}: {why}\nreplay: cargo run --release -p okno-tests --bin faults -- --store {name} --from {seed} --seeds 1"
                    ));
                }
            }
        }
        say(&format!("{} seeds on {}, {failed} failed: {all:?}", self.seeds, self.store.name));
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn try_seed(&self, seed: u64) -> Result<Storm, String> {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().build().map_err(|error| error.to_string())?;
        let done = catch_unwind(AssertUnwindSafe(|| runtime.block_on(run(self.store, seed))));
        done.unwrap_or_else(|_| Err("it panicked".to_owned()))
    }
}

fn say(text: &str) {
    // Nobody listens any more when this fails.
    let _ = writeln!(std::io::stdout(), "{text}");
}
