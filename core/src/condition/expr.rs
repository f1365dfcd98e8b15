use std::borrow::Cow;
use std::cmp::Ordering;

use super::definition::{Comparison, TextMatch};
use super::place::{Place, Related, RelatedTerm};
use super::value::{Value, ValueRef};
use crate::base::{Span, Timestamp};

/// The place of a field in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u16);

impl Slot {
    /// The record's own id, which every kind of record has.
    pub const ID: Self = Self(u16::MAX);
    /// The journal position of the record's last change, which every kind of record has.
    pub const POSITION: Self = Self(u16::MAX - 1);
}

/// A field that a checked condition looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRef {
    /// Where its value stands.
    pub slot: Slot,
    /// What people call it.
    pub code: Cow<'static, str>,
}

impl FieldRef {
    /// A field whose name is known to the program.
    #[must_use]
    pub const fn new(slot: Slot, code: &'static str) -> Self {
        Self { slot, code: Cow::Borrowed(code) }
    }
}

/// A checked condition: every field exists and every constant has its field's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// Every part holds.
    All(Vec<Expr>),
    /// At least one part holds.
    Any(Vec<Expr>),
    /// The part does not hold.
    Not(Box<Expr>),
    /// The field compares with a constant of its type.
    Compare(FieldRef, Comparison, Value),
    /// The field equals one of the constants.
    In(FieldRef, Vec<Value>),
    /// The key of the field's text holds this key.
    Matches(FieldRef, TextMatch, Box<str>),
    /// The field has a value.
    Has(FieldRef),
    /// The field names the node or one below it in the tree.
    Under(FieldRef, &'static str, Value),
    /// The time since the field's instant compares with the span.
    Age(FieldRef, Comparison, Span),
    /// A row of the named relation belongs to this row and meets the expression.
    Exists(&'static str, Box<Expr>),
    /// A row that belongs to this one holds the field and meets the term.
    Related(Box<RelatedTerm>),
}

/// Something whose fields have values.
pub trait Row {
    /// The value of a field.
    fn value(&self, slot: Slot) -> ValueRef<'_>;

    /// Whether a row of the relation belongs to this one and meets the expression.
    fn exists(&self, _relation: &str, _expr: &Expr, _env: &dyn Env) -> bool {
        false
    }

    /// The value that stands in the rows of a relation that belong to this one: the least when there are several, and
    /// of equal ones that of the row with the least id.
    fn related(&self, _related: &Related) -> ValueRef<'_> {
        ValueRef::Absent
    }

    /// The value at a place.
    fn at(&self, place: &Place) -> ValueRef<'_> {
        match place {
            Place::Own(slot) => self.value(*slot),
            Place::Related(related) => self.related(related),
        }
    }
}

/// What an expression may ask beside the row: the time and the trees.
pub trait Env {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// Whether `node` is `ancestor` or lies below it.
    fn is_under(&self, tree: &str, node: ValueRef<'_>, ancestor: ValueRef<'_>) -> bool;

    /// `ancestor` and every node below it.
    fn nodes_under(&self, tree: &str, ancestor: ValueRef<'_>) -> Vec<Value>;
}

impl Expr {
    /// Whether the row meets the condition.
    #[must_use]
    pub fn matches(&self, row: &dyn Row, env: &dyn Env) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(row, env)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(row, env)),
            Self::Not(part) => !part.matches(row, env),
            Self::Compare(field, op, value) => op.holds(row.value(field.slot).compare(value.borrow())),
            Self::In(field, values) => {
                let found = row.value(field.slot);
                values.iter().any(|value| found.compare(value.borrow()) == Some(Ordering::Equal))
            }
            Self::Matches(field, how, key) => match row.value(field.slot) {
                ValueRef::Text(text) => how.holds(text.key(), key),
                ValueRef::Code(text) => how.holds(text, key),
                _ => false,
            },
            Self::Has(field) => row.value(field.slot) != ValueRef::Absent,
            Self::Under(field, tree, node) => match row.value(field.slot) {
                ValueRef::Absent => false,
                found => env.is_under(tree, found, node.borrow()),
            },
            Self::Age(field, op, span) => match row.value(field.slot) {
                ValueRef::Instant(at) => op.holds(Some((env.now() - at).cmp(span))),
                _ => op.holds(None),
            },
            Self::Exists(relation, expr) => row.exists(relation, expr, env),
            Self::Related(of) => row.exists(of.related().relation, of.row(), env),
        }
    }

    /// Fills in time, trees and where fields stand: what is left compares columns with constants and asks for related
    /// rows, which any store can do.
    #[must_use]
    pub fn ground(&self, env: &dyn Env) -> Filter {
        Filter(self.grounded(env))
    }

    fn grounded(&self, env: &dyn Env) -> Self {
        match self {
            Self::All(parts) => Self::All(parts.iter().map(|part| part.grounded(env)).collect()),
            Self::Any(parts) => Self::Any(parts.iter().map(|part| part.grounded(env)).collect()),
            Self::Not(part) => Self::Not(Box::new(part.grounded(env))),
            Self::Under(field, tree, node) => Self::In(field.clone(), env.nodes_under(tree, node.borrow())),
            // now - x op span  is  x op' now - span, with the sides changed.
            Self::Age(field, op, span) => {
                let edge = env.now().millis().saturating_sub(span.millis());
                age_as_comparison(field, *op, edge)
            }
            Self::Exists(relation, expr) => Self::Exists(relation, Box::new(expr.grounded(env))),
            Self::Related(of) => Self::Exists(of.related().relation, Box::new(of.row().grounded(env))),
            Self::Compare(..) | Self::In(..) | Self::Matches(..) | Self::Has(..) => self.clone(),
        }
    }
}

/// `field op' edge`, where an edge outside the range of instants decides by itself.
fn age_as_comparison(field: &FieldRef, op: Comparison, edge: i64) -> Expr {
    if let Ok(edge) = Timestamp::from_millis(edge) {
        return Expr::Compare(field.clone(), op.mirrored(), Value::Instant(edge));
    }
    let every_instant = match op.mirrored() {
        Comparison::Eq => false,
        Comparison::Ne => return Expr::All(Vec::new()),
        Comparison::Lt | Comparison::Le => edge > 0,
        Comparison::Gt | Comparison::Ge => edge < 0,
    };
    if every_instant { Expr::Has(field.clone()) } else { Expr::Any(Vec::new()) }
}

impl Comparison {
    /// Whether the order of two operands satisfies the comparison; `None` means that one is absent.
    #[must_use]
    pub fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Eq => order == Some(Ordering::Equal),
            Self::Ne => order != Some(Ordering::Equal),
            Self::Lt => order == Some(Ordering::Less),
            Self::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Self::Gt => order == Some(Ordering::Greater),
            Self::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }

    /// The comparison that holds when the operands change sides.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            Self::Eq | Self::Ne => self,
        }
    }
}

impl TextMatch {
    fn holds(self, text: &str, part: &str) -> bool {
        match self {
            Self::Contains => text.contains(part),
            Self::StartsWith => text.starts_with(part),
        }
    }
}

/// A condition that compares fields with constants only: neither time nor trees are left to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter(Expr);

impl Filter {
    /// The filter that every row meets.
    #[must_use]
    pub fn everything() -> Self {
        Self(Expr::All(Vec::new()))
    }

    /// The filter that no row meets.
    #[must_use]
    pub fn nothing() -> Self {
        Self(Expr::Any(Vec::new()))
    }

    /// Both filters.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut parts = Vec::new();
        for part in [self.0, other.0] {
            match part {
                Expr::All(of) => parts.extend(of),
                other => parts.push(other),
            }
        }
        Self(Expr::All(parts))
    }

    /// The expression, for a store to compile.
    #[must_use]
    pub fn expr(&self) -> &Expr {
        &self.0
    }

    /// Whether the row meets the filter.
    #[must_use]
    pub fn matches(&self, row: &dyn Row) -> bool {
        self.0.matches(row, &Unasked)
    }
}

/// The environment of an expression that asks neither for the time nor for a tree.
#[derive(Debug, Clone, Copy)]
pub struct Unasked;

impl Env for Unasked {
    fn now(&self) -> Timestamp {
        Timestamp::MIN
    }

    fn is_under(&self, _: &str, _: ValueRef<'_>, _: ValueRef<'_>) -> bool {
        false
    }

    fn nodes_under(&self, _: &str, _: ValueRef<'_>) -> Vec<Value> {
        Vec::new()
    }
}
