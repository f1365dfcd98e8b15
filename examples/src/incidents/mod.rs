//! Replays the log of a real IT service desk through the engine and compares what comes out.
//!
//! The log is *Incident management process enriched event log* (Amaral, Fantinato, Peres 2018, UCI 498, CC BY 4.0).
//! Each row is one update of an incident. [`Log`] reads it, [`Center`] is the service center that it is replayed into,
//! [`Replay`] turns rows into commands, and [`Report`] reads the outcome back from records and journal.

mod center;
mod log;
mod outcome;
mod promise;
mod replay;
mod report;
mod rows;

pub use center::Center;
pub use log::{Incident, Log, LogError, Row, State};
pub use outcome::{AutoClosed, Equal, Match, Outcome};
pub use replay::{Mode, Replay};
pub use report::Report;
