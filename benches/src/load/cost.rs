//! What something cost: time on the wall, and time of processors.

use std::fs;
use std::time::{Duration, Instant};

use serde::Serialize;

/// What one round of operations cost.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Cost {
    /// Operations.
    pub operations: usize,
    /// Seconds on the wall.
    pub wall: f64,
    /// Seconds of processors in this program.
    pub client: f64,
    /// Seconds of processors in the server, where there is one.
    pub server: f64,
}

impl Cost {
    /// Operations a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.operations as f64 / self.wall.max(f64::EPSILON)
    }

    /// Microseconds on the wall for each operation.
    #[must_use]
    pub fn micros(&self) -> f64 {
        self.wall * 1e6 / self.operations.max(1) as f64
    }

    /// Microseconds of processors for each operation, of the program and of the server.
    #[must_use]
    pub fn processor_micros(&self) -> f64 {
        (self.client + self.server) * 1e6 / self.operations.max(1) as f64
    }
}

/// Measures from its making on.
#[derive(Debug)]
pub(super) struct Watch {
    begun: Instant,
    client: f64,
    server: f64,
    postmaster: Option<u32>,
}

impl Watch {
    /// Begins; a server on this machine is named by its first process.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "what is measured is the time of this machine")]
    pub(super) fn start(postmaster: Option<u32>) -> Self {
        let (client, server) = (own_seconds(), postmaster.map_or(0.0, server_seconds));
        Self { begun: Instant::now(), client, server, postmaster }
    }

    /// What so many operations cost.
    #[must_use]
    pub(super) fn stop(self, operations: usize) -> Cost {
        Cost {
            operations,
            wall: Duration::as_secs_f64(&self.begun.elapsed()),
            client: own_seconds() - self.client,
            server: self.postmaster.map_or(0.0, server_seconds) - self.server,
        }
    }
}

/// The round in the middle by its time on the wall, with the processor time in the middle.
#[must_use]
pub(super) fn median(rounds: &[Cost]) -> Cost {
    let middle = |of: fn(&Cost) -> f64| {
        let mut sorted: Vec<f64> = rounds.iter().map(of).collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
    };
    Cost {
        operations: rounds.first().map_or(0, |round| round.operations),
        wall: middle(|round| round.wall),
        client: middle(|round| round.client),
        server: middle(|round| round.server),
    }
}

/// The most memory that this program had, in bytes.
#[must_use]
pub(super) fn memory_peak() -> u64 {
    status("VmHWM:")
}

/// The memory that this program has now, in bytes.
#[must_use]
pub(super) fn memory_now() -> u64 {
    status("VmRSS:")
}

fn status(name: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1_024
}

fn own_seconds() -> f64 {
    stat("/proc/self/stat").map_or(0.0, |stat| stat.own)
}

/// What a server's first process and all that it started took, those that ended included.
fn server_seconds(postmaster: u32) -> f64 {
    let first = stat(&format!("/proc/{postmaster}/stat")).map_or(0.0, |stat| stat.own + stat.ended);
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let stats = processes.filter_map(|entry| stat(&format!("{}/stat", entry.path().display())));
    first + stats.filter(|stat| stat.parent == postmaster).map(|stat| stat.own).sum::<f64>()
}

/// What Linux tells of a process (proc(5)).
struct Stat {
    parent: u32,
    /// Seconds of processors that it took.
    own: f64,
    /// Seconds of processors that those took which it started and which ended.
    ended: f64,
}

fn stat(path: &str) -> Option<Stat> {
    let text = fs::read_to_string(path).ok()?;
    // The name of the program stands in brackets and may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    let seconds = |at: usize| Some((ticks(at)? + ticks(at + 1)?) / TICKS_PER_SECOND);
    Some(Stat { parent: fields.get(1)?.parse().ok()?, own: seconds(11)?, ended: seconds(13)? })
}

/// Linux counts processor time for programs in hundredths of a second on every machine that there is.
const TICKS_PER_SECOND: f64 = 100.0;
