//! Format `business_time/1`: one operation on one calendar for each vector.

use std::collections::BTreeMap;
use std::fmt;

use okno::base::{Timestamp, WorkingTime};
use okno::config::calendar::{Calendar, CalendarDefinition, CalendarError, DayMode};
use serde::Deserialize;
use serde_json::Value;

use crate::{Answer, File, Verdict};

/// A calendar, or the codes of what is wrong with it.
type Loaded = Result<Calendar, Vec<String>>;

pub(crate) fn run(file: &File) -> Vec<Verdict> {
    let load_all = file.calendars.iter().map(|(id, calendar)| (id.as_str(), load(calendar)));
    let calendars: BTreeMap<&str, Loaded> = load_all.collect();
    file.vectors.iter().map(|vector| Verdict::of(vector, answer(vector, &calendars))).collect()
}

fn load(calendar: &Value) -> Loaded {
    let definition: CalendarDefinition =
        serde_json::from_value(calendar.clone()).map_err(|error| vec![format!("malformed: {error}")])?;
    let checked = definition.check();
    let codes = |problem: &okno::base::Problem| problem.code.to_owned();
    checked.map(|checked| checked.compile()).map_err(|problems| problems.0.iter().map(codes).collect())
}

/// Answers a vector; an error is a vector that cannot be read.
fn answer(vector: &Value, calendars: &BTreeMap<&str, Loaded>) -> Result<Answer, String> {
    let calendar = calendars.get(text(vector, "calendar")?).ok_or("no such calendar in the file")?;
    let expected = Expected::read(vector)?;
    let operation = Operation::deserialize(&vector["op"]).map_err(|error| format!("op: {error}"))?;
    let got = match calendar {
        Ok(calendar) => operate(operation, vector, calendar)?,
        Err(codes) => Got::Failure(codes.clone()),
    };
    Ok(Answer { agrees: got.agrees(&expected), got: got.to_string() })
}

/// What a vector may ask.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operation {
    Load,
    Add,
    Subtract,
    AddToNextOpen,
    AddDays,
    NextOpen,
    PrevClose,
    IsOpen,
    Between,
    Intervals,
}

/// What an operation answered.
enum Got {
    At(Timestamp),
    Millis(i64),
    Flag(bool),
    Intervals(Vec<[Timestamp; 2]>),
    /// The codes that apply: one of an operation, all of a calendar that could not be loaded.
    Failure(Vec<String>),
}

/// What a vector expects.
enum Expected {
    Value(Value),
    Millis(i64),
    Failure(String),
}

impl Expected {
    fn read(vector: &Value) -> Result<Self, String> {
        if let Some(code) = vector["expect_error"].as_str() {
            return Ok(Self::Failure(code.to_owned()));
        }
        if !vector["expect_ms"].is_null() {
            return number(vector, "expect_ms").map(Self::Millis);
        }
        vector.get("expect").cloned().map(Self::Value).ok_or_else(|| "the vector expects nothing".into())
    }
}

impl Got {
    fn agrees(&self, expected: &Expected) -> bool {
        match (self, expected) {
            (Self::Failure(codes), Expected::Failure(code)) => codes.contains(code),
            (Self::Millis(got), Expected::Millis(millis)) => got == millis,
            (Self::At(got), Expected::Value(value)) => parse(value).as_ref() == Ok(got),
            (Self::Flag(got), Expected::Value(value)) => value.as_bool() == Some(*got),
            (Self::Intervals(got), Expected::Value(value)) => {
                let pair = |pair: &Value| Some([parse(&pair[0]).ok()?, parse(&pair[1]).ok()?]);
                let all =
                    value.as_array().and_then(|pairs| pairs.iter().map(pair).collect::<Option<Vec<_>>>());
                all.as_ref() == Some(got)
            }
            _ => false,
        }
    }
}

impl fmt::Display for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) => at.fmt(f),
            Self::Millis(millis) => millis.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::Intervals(all) => {
                f.debug_list().entries(all.iter().map(|pair| pair.map(|at| at.to_string()))).finish()
            }
            Self::Failure(codes) => codes.join(", ").fmt(f),
        }
    }
}

fn operate(operation: Operation, vector: &Value, calendar: &Calendar) -> Result<Got, String> {
    let at = || parse(&vector["at"]);
    let span = || Ok::<_, String>((parse(&vector["from"])?, parse(&vector["to"])?));
    let amount = || number(vector, "duration_ms").map(WorkingTime::from_millis);
    Ok(match operation {
        Operation::Load => Got::Flag(true),
        Operation::Add => got(calendar.add(at()?, amount()?)),
        Operation::Subtract => got(calendar.subtract(at()?, amount()?)),
        Operation::AddToNextOpen => got(calendar.add_to_next_open(at()?, amount()?)),
        Operation::AddDays => got(calendar.add_days(at()?, number(vector, "days")?, mode(vector)?)),
        Operation::NextOpen => got(calendar.next_open(at()?)),
        Operation::PrevClose => got(calendar.prev_close(at()?)),
        Operation::IsOpen => Got::Flag(calendar.is_open(at()?)),
        Operation::Between => {
            let (from, to) = span()?;
            Got::Millis(calendar.between(from, to).millis())
        }
        Operation::Intervals => {
            let (from, to) = span()?;
            Got::Intervals(
                calendar.intervals(from, to).map(|interval| [interval.start, interval.end]).collect(),
            )
        }
    })
}

fn got(answer: Result<Timestamp, CalendarError>) -> Got {
    answer.map_or_else(|error| Got::Failure(vec![error.code().to_owned()]), Got::At)
}

fn mode(vector: &Value) -> Result<DayMode, String> {
    DayMode::deserialize(&vector["mode"]).map_err(|error| format!("mode: {error}"))
}

fn parse(value: &Value) -> Result<Timestamp, String> {
    let text = value.as_str().ok_or_else(|| format!("{value} is not an instant"))?;
    text.parse().map_err(|error| format!("{error}"))
}

fn text<'a>(vector: &'a Value, key: &str) -> Result<&'a str, String> {
    vector[key].as_str().ok_or_else(|| format!("`{key}` is missing"))
}

fn number(vector: &Value, key: &str) -> Result<i64, String> {
    vector[key].as_i64().ok_or_else(|| format!("`{key}` is not a whole number"))
}
