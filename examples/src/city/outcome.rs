use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::incidents::Equal;

/// What a replay came to. Serialised, it is how often engine and city agree.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Outcome {
    /// Requests that were opened.
    pub requests: usize,
    /// Those for which the city names an instant.
    pub with_target: usize,
    /// The rule's deadline lies within two minutes of that instant; of those with both.
    pub due: Equal,
    /// The verdict by that instant is the city's; of those that were closed with a verdict. Without one they are in time.
    pub verdict_from_target: Equal,
    /// The verdict by the rule is the city's; of those that were closed with a verdict and have both.
    pub verdict_from_rule: Equal,
    /// The same for types that had one rule all the time.
    pub stable_types: Stable,
    /// The figures of each type.
    #[serde(skip)]
    pub types: BTreeMap<String, TypeFigures>,
    /// How many steps the life cycle refused, by reason.
    #[serde(skip)]
    pub refused: BTreeMap<&'static str, usize>,
    /// Timers that took effect: deadlines that passed.
    #[serde(skip)]
    pub passed: usize,
}

/// Figures of types that had one rule all the time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stable {
    /// The verdict by the rule is the city's.
    pub verdict_from_rule: Equal,
}

/// The figures of a type of request.
#[derive(Debug, Clone, Default)]
pub struct TypeFigures {
    /// The rule, in short.
    pub rule: Option<String>,
    /// Requests.
    pub requests: usize,
    /// How many were closed in time by the rule.
    pub met: Equal,
    /// See [`Outcome::due`].
    pub due: Equal,
    /// See [`Outcome::verdict_from_target`].
    pub verdict_from_target: Equal,
    /// See [`Outcome::verdict_from_rule`].
    pub verdict_from_rule: Equal,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} requests, {} of them with a target", self.requests, self.with_target)?;
        writeln!(f, "{} deadlines passed before the request was closed", self.passed)?;
        for (reason, steps) in &self.refused {
            writeln!(f, "{steps} steps refused: {reason}")?;
        }
        writeln!(f, "\nEngine and city agree on")?;
        let lines = [
            ("the deadline by the rule", self.due),
            ("the verdict by the target", self.verdict_from_target),
            ("the verdict by the rule", self.verdict_from_rule),
            ("the same, stable types", self.stable_types.verdict_from_rule),
        ];
        for (what, Equal { equal, of }) in lines {
            writeln!(f, "  {what:28}{equal:>8} of {of:>6}  {:6.2} %", percent(equal, of))?;
        }
        self.write_types(f)
    }
}

impl Outcome {
    /// The types, those with most requests first.
    fn write_types(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["requests", "rule", "in time", "deadline", "by target", "by rule"];
        write!(f, "\n  {:46}", "Type")?;
        heads.iter().try_for_each(|head| write!(f, "{head:>10}"))?;
        writeln!(f)?;
        let mut types: Vec<_> = self.types.iter().collect();
        types.sort_by_key(|(_, figures)| std::cmp::Reverse(figures.requests));
        for (name, figures) in types {
            let name: String = name.chars().take(44).collect();
            let rule = figures.rule.as_deref().unwrap_or("–");
            write!(f, "  {name:46}{:>10}{rule:>10}", figures.requests)?;
            let shares = [figures.met, figures.due, figures.verdict_from_target, figures.verdict_from_rule];
            shares.iter().try_for_each(|share| write!(f, "{:>10}", shown(*share)))?;
            writeln!(f)?;
        }
        Ok(())
    }
}

fn shown(Equal { equal, of }: Equal) -> String {
    if of == 0 { "–".to_owned() } else { format!("{:.1} %", percent(equal, of)) }
}

fn percent(equal: usize, of: usize) -> f64 {
    100.0 * equal as f64 / of.max(1) as f64
}
