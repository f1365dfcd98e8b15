//! Replays the requests of a city through the engine and holds its deadlines and verdicts against the city's own.
//!
//! The log is the City of Boston's 311 service requests of 2015 (PDDL 1.0). Each row is one request: opened, due, closed.
//! [`Log`] reads it, [`Rules`] says how much time each type of request has, [`Center`] is the service center that promises
//! so, and [`Replay`] opens and closes each request at its time and reads what the engine's clocks say.

mod center;
mod log;
mod outcome;
mod promise;
mod replay;
mod rules;

pub use center::Center;
pub use log::{Log, LogError, Row};
pub use outcome::{Outcome, Stable, TypeFigures};
pub use replay::Replay;
pub use rules::{Rule, Rules, Unit};
