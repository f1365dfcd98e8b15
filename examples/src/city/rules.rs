use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::Read;

use serde::Deserialize;

/// How much time each type of request has: `B n` are n working days, `C n` n days of the calendar.
#[derive(Debug, Clone, Default)]
pub struct Rules(HashMap<String, Rule>);

/// The rule of a type of request, and how well it was seen to fit.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Rule {
    /// The type.
    #[serde(rename = "type")]
    pub of: String,
    /// Which days.
    pub unit: Unit,
    /// How many.
    pub n: i64,
    tickets_with_target: u32,
    share: f64,
}

/// Which days count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Unit {
    /// Working days.
    #[serde(rename = "B")]
    Working,
    /// Every day.
    #[serde(rename = "C")]
    Calendar,
}

impl Rules {
    /// The table beside the examples.
    ///
    /// # Errors
    /// When a row of it makes no sense.
    pub fn own() -> Result<Self, csv::Error> {
        Self::read(include_str!("../../data/boston311_rules.csv").as_bytes())
    }

    /// Reads a table.
    ///
    /// # Errors
    /// When a row of it makes no sense.
    pub fn read(text: impl Read) -> Result<Self, csv::Error> {
        let mut reader = csv::Reader::from_reader(text);
        let rules = reader.deserialize().map(|rule| rule.map(|rule: Rule| (rule.of.clone(), rule)));
        rules.collect::<Result<_, _>>().map(Self)
    }

    /// The rule of a type.
    #[must_use]
    pub fn of(&self, kind: &str) -> Option<&Rule> {
        self.0.get(kind)
    }

    /// The types by what they are given, each list in order.
    #[must_use]
    pub fn by_time(&self) -> BTreeMap<(Unit, i64), Vec<&str>> {
        let mut by_time: BTreeMap<(Unit, i64), Vec<&str>> = BTreeMap::new();
        for rule in self.0.values() {
            by_time.entry((rule.unit, rule.n)).or_default().push(&rule.of);
        }
        by_time.values_mut().for_each(|types| types.sort_unstable());
        by_time
    }
}

impl Rule {
    /// Whether the type had one rule all the time, as far as can be seen.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        self.share >= 0.97 && self.tickets_with_target >= 30
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            Unit::Working => write!(f, "B {}", self.n),
            Unit::Calendar => write!(f, "C {}", self.n),
        }
    }
}
