//! What a clock shows, in the words of the vectors.

use okno::base::Timestamp;
use okno::life::clock::{ClockReading, ClockState};
use serde_json::{Value, json};

/// What a vector expects, in the one form in which clocks are shown: instants are compared as instants, and a target without
/// thresholds reached none.
pub(super) fn expected(mut expect: Value) -> Value {
    if expect.get("cycle").is_some() && expect.get("fired").is_none() {
        expect["fired"] = json!([]);
    }
    in_one_form(expect)
}

fn in_one_form(value: Value) -> Value {
    match value {
        Value::String(text) => text.parse::<Timestamp>().map_or(Value::String(text), |at| json!(at)),
        Value::Array(all) => all.into_iter().map(in_one_form).collect(),
        Value::Object(all) => all.into_iter().map(|(key, value)| (key, in_one_form(value))).collect(),
        other => other,
    }
}

/// What a clock shows; none where the request has no such clock.
pub(super) fn shown(reading: Option<&ClockReading>) -> Value {
    let Some(reading) = reading else { return json!({ "state": "absent" }) };
    let state = reading.state.code();
    match reading.state {
        ClockState::NotStarted | ClockState::Cancelled => return json!({ "state": state }),
        ClockState::Running | ClockState::Paused | ClockState::Stopped { .. } => {}
    }
    let mut shown = json!({
        "state": state,
        "cycle": reading.cycle,
        "elapsed_ms": reading.elapsed.millis(),
        "remaining_ms": reading.remaining.millis(),
        "due_at": reading.due_at,
        "breached": reading.breached,
        "outcome": reading.outcome,
        "fired": reading.fired.iter().map(|fired| json!([fired.name, fired.at])).collect::<Vec<_>>(),
    });
    let attempts = reading.history.iter();
    let history: Vec<Value> = attempts
        .map(|attempt| json!({ "cycle": attempt.cycle, "outcome": attempt.outcome, "stopped_at": attempt.stopped_at }))
        .collect();
    if !history.is_empty() {
        shown["history"] = history.into();
    }
    shown
}
