use std::borrow::Cow;
use std::str::FromStr;

use uuid::Uuid;

use super::definition::{Comparison, Condition, Literal};
use super::expr::{Expr, FieldRef};
use super::place::{Place, RelatedTerm};
use super::value::Value;
use crate::base::limits::{CONDITION_DEPTH_MAX, CONDITION_LIST_MAX, CONDITION_NODES_MAX};
use crate::base::{Problems, Text, closest, text_key};

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Yes or no.
    Bool,
    /// A whole number.
    Int,
    /// A decimal with four places.
    Decimal,
    /// An instant.
    Instant,
    /// A local date.
    Date,
    /// An id.
    Id,
    /// A machine text, compared byte by byte.
    Code,
    /// A text that people write, compared by its key.
    Text,
}

/// What is known of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Where its value stands.
    pub place: Place,
    /// Its type.
    pub ty: FieldType,
    /// The tree that its ids belong to, when `under` may be asked.
    pub tree: Option<&'static str>,
    /// The only codes it can have, when they are few and fixed.
    pub codes: &'static [&'static str],
}

/// The fields that a condition may name.
pub trait Fields {
    /// Finds a field by its code.
    fn field(&self, code: &str) -> Option<Field>;

    /// Every code, for suggestions.
    fn codes(&self) -> Vec<&str>;

    /// Why there is no asking for a field that exists; none when there is no such field either.
    fn closed(&self, _code: &str) -> Option<String> {
        None
    }
}

impl dyn Fields + '_ {
    /// Finds a field, or notes why there is none to ask for.
    pub(crate) fn find(&self, code: &str, path: String, problems: &mut Problems) -> Option<Field> {
        if let Some(field) = self.field(code) {
            return Some(field);
        }
        if let Some(reason) = self.closed(code) {
            problems.error("not_indexed", path, reason);
            return None;
        }
        let problem = problems.error("unknown_field", path, format!("unknown field `{code}`"));
        if let Some(hint) = closest(code, self.codes()) {
            problem.hint(format!("did you mean `{hint}`?"));
        }
        None
    }
}

impl Condition {
    /// Holds the condition against the fields that exist.
    ///
    /// # Errors
    /// Every problem at once, each with its path: an unknown field, a constant of another type, an operator that
    /// the field's type does not have, a limit.
    pub fn check(&self, fields: &dyn Fields) -> Result<Expr, Problems> {
        let mut checker = Checker { fields, problems: Problems::default(), nodes: 0 };
        let expr = checker.condition(self, "condition", 1);
        checker.problems.finish(expr)
    }
}

struct Checker<'a> {
    fields: &'a dyn Fields,
    problems: Problems,
    nodes: usize,
}

/// What stands in for a part that has a problem; the whole is refused, so it is never evaluated.
fn refused() -> Expr {
    Expr::Any(Vec::new())
}

impl Checker<'_> {
    fn condition(&mut self, condition: &Condition, path: &str, depth: usize) -> Expr {
        self.count(1, path);
        if depth > CONDITION_DEPTH_MAX {
            let message = format!("the condition is nested more than {CONDITION_DEPTH_MAX} deep");
            self.problems.error("condition_too_deep", path, message);
        }
        if self.nodes > CONDITION_NODES_MAX || depth > CONDITION_DEPTH_MAX {
            return refused();
        }
        match condition {
            Condition::All { of } => Expr::All(self.parts(of, path, depth)),
            Condition::Any { of } => Expr::Any(self.parts(of, path, depth)),
            Condition::Not { of } => {
                Expr::Not(Box::new(self.condition(of, &format!("{path}.of"), depth + 1)))
            }
            Condition::Compare { field, .. }
            | Condition::In { field, .. }
            | Condition::Matches { field, .. }
            | Condition::Has { field }
            | Condition::Under { field, .. }
            | Condition::Age { field, .. } => self.leaf(condition, field, path).unwrap_or_else(refused),
        }
    }

    /// Counts nodes of what is compiled.
    fn count(&mut self, nodes: usize, path: &str) {
        let within = self.nodes <= CONDITION_NODES_MAX;
        self.nodes += nodes;
        if within && self.nodes > CONDITION_NODES_MAX {
            let message = format!("the condition has more than {CONDITION_NODES_MAX} parts");
            self.problems.error("condition_too_large", path, message);
        }
    }

    fn parts(&mut self, of: &[Condition], path: &str, depth: usize) -> Vec<Expr> {
        of.iter()
            .enumerate()
            .map(|(n, part)| self.condition(part, &format!("{path}.of[{n}]"), depth + 1))
            .collect()
    }

    fn leaf(&mut self, condition: &Condition, code: &str, path: &str) -> Option<Expr> {
        let found = self.field(code, path)?;
        let term = self.term(condition, &found, path)?;
        let Place::Related(related) = found.place else { return Some(term) };
        // The relation and the guard are nodes as well.
        self.count(1 + usize::from(related.guard.is_some()), path);
        let of_a_row = |term| Expr::Related(Box::new(RelatedTerm::new(related, code, term)));
        // `!=` is "not `==`": no row that holds the field may be equal.
        Some(match term {
            Expr::Compare(field, Comparison::Ne, value) => {
                Expr::Not(Box::new(of_a_row(Expr::Compare(field, Comparison::Eq, value))))
            }
            Expr::Age(field, Comparison::Ne, span) => {
                Expr::Not(Box::new(of_a_row(Expr::Age(field, Comparison::Eq, span))))
            }
            term => of_a_row(term),
        })
    }

    fn term(&mut self, condition: &Condition, found: &Field, path: &str) -> Option<Expr> {
        let named = |code: &str| FieldRef { slot: found.place.slot(), code: Cow::Owned(code.to_owned()) };
        match condition {
            Condition::Compare { field, op, value } => {
                let ordered = !matches!(found.ty, FieldType::Bool | FieldType::Id);
                if !ordered && !matches!(op, Comparison::Eq | Comparison::Ne) {
                    return self.operator(path, field, found.ty, "has no order");
                }
                let value = self.value(found, value, &format!("{path}.value"))?;
                Some(Expr::Compare(named(field), *op, value))
            }
            Condition::In { field, values } => Some(Expr::In(named(field), self.list(found, values, path)?)),
            Condition::Matches { field, how, text } => {
                if text.contains('\0') {
                    let message = "the text holds the character U+0000";
                    self.problems.error("wrong_type", format!("{path}.text"), message);
                    return None;
                }
                match found.ty {
                    FieldType::Text => Some(Expr::Matches(named(field), *how, text_key(text).into())),
                    FieldType::Code => Some(Expr::Matches(named(field), *how, text.as_str().into())),
                    ty => self.operator(path, field, ty, "is not a text"),
                }
            }
            Condition::Has { field } => Some(Expr::Has(named(field))),
            Condition::Under { field, node } => {
                let Some(tree) = found.tree else {
                    return self.operator(path, field, found.ty, "does not belong to a tree");
                };
                let node = self.value(found, &Literal::Text(node.clone()), &format!("{path}.node"))?;
                Some(Expr::Under(named(field), tree, node))
            }
            Condition::Age { field, op, span } => match found.ty {
                FieldType::Instant => Some(Expr::Age(named(field), *op, *span)),
                ty => self.operator(path, field, ty, "is not an instant"),
            },
            Condition::All { .. } | Condition::Any { .. } | Condition::Not { .. } => None,
        }
    }

    fn list(&mut self, found: &Field, values: &[Literal], path: &str) -> Option<Vec<Value>> {
        if values.len() > CONDITION_LIST_MAX {
            let message =
                format!("the list has {} values; at most {CONDITION_LIST_MAX} are taken", values.len());
            self.problems.error("list_too_long", format!("{path}.values"), message);
            return None;
        }
        let typed = values
            .iter()
            .enumerate()
            .filter_map(|(n, value)| self.value(found, value, &format!("{path}.values[{n}]")));
        Some(typed.collect())
    }

    fn field(&mut self, code: &str, path: &str) -> Option<Field> {
        self.fields.find(code, format!("{path}.field"), &mut self.problems)
    }

    fn operator(&mut self, path: &str, field: &str, ty: FieldType, why: &str) -> Option<Expr> {
        let message = format!("the field `{field}` ({ty:?}) {why}");
        self.problems.error("wrong_operator", format!("{path}.op"), message);
        None
    }

    fn value(&mut self, field: &Field, literal: &Literal, path: &str) -> Option<Value> {
        let Some(value) = typed(field.ty, literal) else {
            let message = format!("{literal} is not a value of type {:?}", field.ty);
            self.problems.error("wrong_type", path, message);
            return None;
        };
        if let Value::Code(code) = &value
            && !field.codes.is_empty()
            && !field.codes.contains(&&**code)
        {
            let hint = closest(code, field.codes.iter().copied());
            let problem =
                self.problems.error("unknown_value", path, format!("the field never has the value `{code}`"));
            if let Some(hint) = hint {
                problem.hint(format!("did you mean `{hint}`?"));
            }
            return None;
        }
        Some(value)
    }
}

impl std::fmt::Display for Literal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(v) => write!(f, "`{v}`"),
            Self::Int(v) => write!(f, "`{v}`"),
            Self::Text(v) => write!(f, "{v:?}"),
        }
    }
}

fn typed(ty: FieldType, literal: &Literal) -> Option<Value> {
    fn parse<T: FromStr>(literal: &Literal) -> Option<T> {
        match literal {
            Literal::Bool(_) => None,
            Literal::Int(v) => v.to_string().parse().ok(),
            Literal::Text(v) => v.parse().ok(),
        }
    }
    match (ty, literal) {
        (FieldType::Bool, Literal::Bool(v)) => Some(Value::Bool(*v)),
        (FieldType::Int, Literal::Int(v)) => Some(Value::Int(*v)),
        (FieldType::Decimal, _) => parse(literal).map(Value::Decimal),
        (FieldType::Instant, _) => parse(literal).map(Value::Instant),
        (FieldType::Date, _) => parse(literal).map(Value::Date),
        (FieldType::Id, Literal::Text(v)) => Uuid::try_parse(v).ok().map(Value::Id),
        (FieldType::Code, Literal::Text(v)) if !v.contains('\0') => Some(Value::Code(v.as_str().into())),
        (FieldType::Text, Literal::Text(v)) => Text::new(v.as_str()).ok().map(Value::Text),
        _ => None,
    }
}
