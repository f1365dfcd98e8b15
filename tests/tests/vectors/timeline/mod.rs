//! Format `sla_timeline/1`: what the clocks of a request show while things happen to it.
//!
//! Each vector is a request on a desk of its own: events are commands, timers fire in ticks, and a clock is read as
//! operators read it.

mod center;
mod history;
mod shown;

use okno::base::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::{File, Mismatch, Verdict};
use center::definitions;
use history::{Happening, History};
use shown::{expected, shown};

/// One vector.
#[derive(Deserialize)]
struct Vector {
    policy: Option<String>,
    events: Vec<Happening>,
    checks: Vec<Check>,
}

/// What a clock is expected to show.
#[derive(Deserialize)]
struct Check {
    at: Timestamp,
    clock: String,
    expect: Value,
}

pub(crate) fn run(file: &File) -> Vec<Verdict> {
    let runtime = Builder::new_current_thread().build().map_err(|error| error.to_string());
    let run = |vector: &Value| {
        let outcome =
            runtime.as_ref().map_err(Clone::clone).and_then(|runtime| outcome(runtime, file, vector));
        let outcome = outcome.unwrap_or_else(|got| Err(Mismatch { got, expected: "an answer".to_owned() }));
        Verdict { id: vector["id"].as_str().unwrap_or("(no id)").to_owned(), outcome }
    };
    file.vectors.iter().map(run).collect()
}

/// The first check that shows something else; an error is a vector that cannot be run.
fn outcome(runtime: &Runtime, file: &File, vector: &Value) -> Result<Result<(), Mismatch>, String> {
    let mut vector = Vector::deserialize(vector).map_err(|error| error.to_string())?;
    // Events of one instant stay in the order written, and checks of an instant come after them.
    vector.events.sort_by_key(|event| event.at);
    vector.checks.sort_by_key(|check| check.at);
    runtime.block_on(checked(file, vector))
}

async fn checked(file: &File, vector: Vector) -> Result<Result<(), Mismatch>, String> {
    let mut history = History::begin(definitions(file, &vector.events)?, vector.policy).await?;
    let mut events = vector.events.into_iter().peekable();
    for check in vector.checks {
        while let Some(event) = events.next_if(|event| event.at <= check.at) {
            history.happen(event).await?;
        }
        let got = shown(history.clock(&check.clock, check.at).await?.as_ref());
        let expected = expected(check.expect);
        if got != expected {
            let place = |what: &Value| format!("{} at {}: {what}", check.clock, check.at);
            return Ok(Err(Mismatch { got: place(&got), expected: place(&expected) }));
        }
    }
    Ok(Ok(()))
}
