use std::fmt;

use super::definition::{Comparison, TextMatch};
use super::expr::{Env, Expr, FieldRef, Row};
use super::value::Value;

/// Why a condition holds or does not: the same tree as the condition, with what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The part, as text.
    pub term: String,
    /// Whether it holds.
    pub holds: bool,
    /// What the row had, for a part that looks at one field; the least value of a field that has several.
    pub found: Option<Value>,
    /// The parts below.
    pub parts: Vec<Explanation>,
}

impl Expr {
    /// Explains why the row meets the condition or does not.
    #[must_use]
    pub fn explain(&self, row: &dyn Row, env: &dyn Env) -> Explanation {
        let (term, parts) = match self {
            Self::All(parts) => {
                ("all of".to_owned(), parts.iter().map(|part| part.explain(row, env)).collect())
            }
            Self::Any(parts) => {
                ("any of".to_owned(), parts.iter().map(|part| part.explain(row, env)).collect())
            }
            Self::Not(part) => ("not".to_owned(), vec![part.explain(row, env)]),
            leaf => (leaf.to_string(), Vec::new()),
        };
        let found = match self {
            Self::Related(of) => Some(row.related(of.related()).to_owned()),
            other => other.field().map(|field| row.value(field.slot).to_owned()),
        };
        Explanation { term, holds: self.matches(row, env), found, parts }
    }

    fn field(&self) -> Option<&FieldRef> {
        match self {
            Self::Compare(field, ..)
            | Self::In(field, _)
            | Self::Matches(field, ..)
            | Self::Has(field)
            | Self::Under(field, ..)
            | Self::Age(field, ..) => Some(field),
            Self::All(_) | Self::Any(_) | Self::Not(_) | Self::Exists(..) | Self::Related(_) => None,
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => list(f, parts, " && ", "true"),
            Self::Any(parts) => list(f, parts, " || ", "false"),
            Self::Not(part) => write!(f, "!({part})"),
            Self::Compare(field, op, value) => write!(f, "{} {op} {value}", field.code),
            Self::In(field, values) => {
                write!(f, "{} in [", field.code)?;
                for (n, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if n > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Matches(field, TextMatch::Contains, key) => write!(f, "{}.contains({key:?})", field.code),
            Self::Matches(field, TextMatch::StartsWith, key) => {
                write!(f, "{}.startsWith({key:?})", field.code)
            }
            Self::Has(field) => write!(f, "has({})", field.code),
            Self::Under(field, tree, node) => write!(f, "{}.under({tree}({node}))", field.code),
            Self::Age(field, op, span) => write!(f, "now - {} {op} duration(\"{span}\")", field.code),
            Self::Exists(relation, expr) => write!(f, "{relation}.exists({expr})"),
            Self::Related(of) => of.term().fmt(f),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, parts: &[Expr], between: &str, empty: &str) -> fmt::Result {
    if parts.is_empty() {
        return f.write_str(empty);
    }
    for (n, part) in parts.iter().enumerate() {
        let between = if n > 0 { between } else { "" };
        match part {
            Expr::All(_) | Expr::Any(_) => write!(f, "{between}({part})")?,
            _ => write!(f, "{between}{part}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        })
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.indented(f, 0)
    }
}

impl Explanation {
    fn indented(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let mark = if self.holds { "yes" } else { "no" };
        write!(f, "{:depth$}{mark}: {}", "", self.term, depth = depth * 2)?;
        if let Some(found) = &self.found {
            write!(f, " (found {found})")?;
        }
        for part in &self.parts {
            f.write_str("\n")?;
            part.indented(f, depth + 1)?;
        }
        Ok(())
    }
}
