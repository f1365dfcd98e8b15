//! What a run found, and how it stands to the aims.

use std::io::{self, Write};

use serde::Serialize;

use super::clients::Operation;
use super::reads::Look;
use super::writes::{CLIENTS, Measured};

/// What a run found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Outcome {
    /// The store.
    pub store: &'static str,
    /// Requests that it was filled with.
    pub size: usize,
    /// Seconds that filling took.
    pub filled_in: f64,
    /// Bytes on disk for each request, with its entries, events and answers.
    pub bytes_each: Option<u64>,
    /// Bytes of memory that filling took for each request.
    pub memory_each: u64,
    /// The most memory that the program had, in bytes.
    pub memory_peak: u64,
    /// Open requests of the line whose list and counter were looked at.
    pub open_of_a_line: u64,
    /// Commands.
    pub commands: Vec<Measured>,
    /// Looks.
    pub looks: Vec<Look>,
}

/// What is aimed at, and what was found.
#[derive(Debug, Clone, Serialize)]
pub struct Aim {
    /// What is compared.
    pub name: String,
    /// What was found.
    pub found: f64,
    /// The bound.
    pub bound: f64,
    /// Whether more than the bound is wanted; otherwise less.
    pub at_least: bool,
    /// Whether it was reached.
    pub met: bool,
}

impl Aim {
    fn at_least(name: String, found: f64, bound: f64) -> Self {
        Self { name, found, bound, at_least: true, met: found >= bound }
    }

    fn at_most(name: String, found: f64, bound: f64) -> Self {
        Self { name, found, bound, at_least: false, met: found <= bound }
    }
}

impl Outcome {
    /// How the run stands to the aims of its store.
    #[must_use]
    pub fn aims(&self) -> Vec<Aim> {
        let mut aims = match self.store {
            "sqlite" => self.aims_on_sqlite(),
            "postgres" => self.aims_on_postgres(),
            _ => self.aims_in_memory(),
        };
        for look in &self.looks {
            if let (Some(bare), Some(bound)) = (look.bare, look.bound()) {
                let found = look.engine.micros() / bare.micros();
                aims.push(Aim::at_most(format!("{}: time to bare SQL", look.name), found, bound));
            }
        }
        aims
    }

    fn aims_on_sqlite(&self) -> Vec<Aim> {
        let mut aims = Vec::new();
        for operation in Operation::ALL {
            let (name, submits) = (operation.name(), operation == Operation::Submit);
            let (to_b, to_e) = if submits { (3.0, 0.7) } else { (1.5, 0.5) };
            for (rival, clients, bound) in [("B", CLIENTS, to_b), ("E", CLIENTS, to_e), ("A", 1, 0.85)] {
                if let Some(found) = self.rate(operation, clients, rival) {
                    aims.push(Aim::at_least(format!("{name}, {clients}: rate to {rival}"), found, bound));
                }
            }
            if let Some(found) = self.processor(operation, "E").filter(|_| submits) {
                aims.push(Aim::at_most(format!("{name}, {CLIENTS}: processor to E"), found, 2.5));
            }
        }
        if let Some(bytes) = self.bytes_each {
            aims.push(Aim::at_most("bytes on disk for each request".to_owned(), bytes as f64, 4_096.0));
        }
        aims
    }

    fn aims_on_postgres(&self) -> Vec<Aim> {
        let mut aims = Vec::new();
        for operation in Operation::ALL {
            for (rival, clients, bound) in [("A'", 1, 0.8), ("B'", CLIENTS, 0.55)] {
                if let Some(found) = self.rate(operation, clients, rival) {
                    let name = format!("{}, {clients}: rate to {rival}", operation.name());
                    aims.push(Aim::at_least(name, found, bound));
                }
            }
        }
        aims
    }

    fn aims_in_memory(&self) -> Vec<Aim> {
        let (mut operations, mut seconds) = (0, 0.0);
        for measured in self.commands.iter().filter(|measured| measured.clients == CLIENTS) {
            operations += measured.cost.operations;
            seconds += measured.cost.client;
        }
        let found = operations as f64 / f64::max(seconds, f64::EPSILON);
        vec![Aim::at_least("commands a second of one processor".to_owned(), found, 250_000.0)]
    }

    /// The engine's rate, as a multiple of a rival's.
    fn rate(&self, operation: Operation, clients: usize, rival: &str) -> Option<f64> {
        let rate = |name| Some(self.measured(operation, clients, name)?.cost.rate());
        Some(rate("engine")? / rate(rival)?)
    }

    /// The engine's processor time, as a multiple of a rival's.
    fn processor(&self, operation: Operation, rival: &str) -> Option<f64> {
        let micros = |name| Some(self.measured(operation, CLIENTS, name)?.cost.processor_micros());
        Some(micros("engine")? / micros(rival)?)
    }

    fn measured(&self, operation: Operation, clients: usize, contestant: &str) -> Option<&Measured> {
        self.commands.iter().find(|measured| {
            measured.operation == operation
                && measured.clients == clients
                && measured.contestant == contestant
        })
    }

    /// Writes tables for people.
    ///
    /// # Errors
    /// What the place of writing reports.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { store, size, filled_in, memory_each, memory_peak, open_of_a_line, .. } = self;
        writeln!(out, "{store}: {size} requests, filled in {filled_in:.1} s")?;
        if let Some(bytes) = self.bytes_each {
            writeln!(out, "{bytes} bytes on disk for each request")?;
        }
        let peak = memory_peak >> 20;
        writeln!(out, "{memory_each} bytes of memory for each request; {peak} MiB at most")?;
        writeln!(
            out,
            "\n{:10}{:>4} {:9}{:>10}{:>10}{:>10}",
            "command", "by", "", "a second", "us", "us cpu"
        )?;
        for Measured { operation, clients, contestant, cost } in &self.commands {
            let (rate, micros, processor) = (cost.rate(), cost.micros(), cost.processor_micros());
            writeln!(
                out,
                "{:10}{clients:4} {contestant:9}{rate:10.0}{micros:10.1}{processor:10.1}",
                operation.name()
            )?;
        }
        writeln!(out, "\n{:30}{:>10}{:>10}   ({open_of_a_line} open on a line)", "look", "us", "us bare")?;
        for Look { name, engine, bare } in &self.looks {
            let bare = bare.map_or_else(String::new, |bare| format!("{:.1}", bare.micros()));
            writeln!(out, "{name:30}{:10.1}{bare:>10}", engine.micros())?;
        }
        writeln!(out)?;
        for Aim { name, found, bound, at_least, met } in self.aims() {
            let (sign, met) = (if at_least { ">=" } else { "<=" }, if met { "met" } else { "MISSED" });
            writeln!(out, "{name:50}{found:12.2} {sign} {bound:<10} {met}")?;
        }
        Ok(())
    }
}

impl Look {
    /// How often the time of the same SQL it may take, where that is aimed at.
    fn bound(&self) -> Option<f64> {
        match self.name.split(' ').next() {
            Some("first") => Some(1.5),
            Some("search,") => Some(2.5),
            _ => None,
        }
    }
}
