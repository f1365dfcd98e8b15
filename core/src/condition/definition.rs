use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::check::{FieldType, Fields};
use crate::base::Span;

/// A condition as people and builders write it: names and plain constants, not yet held against any field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// Every part holds; an empty list always holds.
    All {
        /// The parts.
        of: Vec<Condition>,
    },
    /// At least one part holds; an empty list never holds.
    Any {
        /// The parts.
        of: Vec<Condition>,
    },
    /// The part does not hold.
    Not {
        /// The part.
        of: Box<Condition>,
    },
    /// The field compares with a constant.
    Compare {
        /// Code of the field.
        field: String,
        /// How they compare.
        op: Comparison,
        /// The constant.
        value: Literal,
    },
    /// The field equals one of the constants.
    In {
        /// Code of the field.
        field: String,
        /// The constants.
        values: Vec<Literal>,
    },
    /// The field's text holds another, by their keys (case and `ё` do not matter).
    Matches {
        /// Code of the field.
        field: String,
        /// Where the text is looked for.
        how: TextMatch,
        /// The text.
        text: String,
    },
    /// The field has a value.
    Has {
        /// Code of the field.
        field: String,
    },
    /// The field names `node` or a node below it in the field's tree.
    Under {
        /// Code of the field.
        field: String,
        /// The node: an id or a code.
        node: String,
    },
    /// The time since the field's instant compares with a span: `now - field > 4h`.
    Age {
        /// Code of the field.
        field: String,
        /// How they compare.
        op: Comparison,
        /// The span.
        span: Span,
    },
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// `==`
    Eq,
    /// `!=`, which is "not `==`"
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// Where a text is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextMatch {
    /// Anywhere.
    Contains,
    /// At the start.
    StartsWith,
}

/// A constant as it is written; the field's type decides what it means.
///
/// Decimals, instants, dates, ids and codes are written as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Literal {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Everything else.
    Text(String),
}

/// What a condition writes for whoever uses it, where an id is expected.
pub const ME: &str = "me";

impl Condition {
    /// The same condition with the id of whoever uses it in the place of [`ME`].
    #[must_use]
    pub fn used_by(&self, user: Uuid, fields: &dyn Fields) -> Self {
        let is_id = |field: &str| fields.field(field).is_some_and(|field| field.ty == FieldType::Id);
        let of_user = |literal: &Literal| match literal {
            Literal::Text(text) if text == ME => Literal::from(user),
            other => other.clone(),
        };
        match self {
            Self::All { of } => Self::All { of: of.iter().map(|part| part.used_by(user, fields)).collect() },
            Self::Any { of } => Self::Any { of: of.iter().map(|part| part.used_by(user, fields)).collect() },
            Self::Not { of } => Self::Not { of: Box::new(of.used_by(user, fields)) },
            Self::Compare { field, op, value } if is_id(field) => {
                Self::Compare { field: field.clone(), op: *op, value: of_user(value) }
            }
            Self::In { field, values } if is_id(field) => {
                Self::In { field: field.clone(), values: values.iter().map(of_user).collect() }
            }
            Self::Compare { .. }
            | Self::In { .. }
            | Self::Matches { .. }
            | Self::Has { .. }
            | Self::Under { .. }
            | Self::Age { .. } => self.clone(),
        }
    }

    /// The same condition with others in the place of some of its leaves.
    #[must_use]
    pub(crate) fn replacing(&self, leaf: &dyn Fn(&Self) -> Option<Self>) -> Self {
        let each = |of: &[Self]| of.iter().map(|part| part.replacing(leaf)).collect();
        match self {
            Self::All { of } => Self::All { of: each(of) },
            Self::Any { of } => Self::Any { of: each(of) },
            Self::Not { of } => Self::Not { of: Box::new(of.replacing(leaf)) },
            Self::Compare { .. }
            | Self::In { .. }
            | Self::Matches { .. }
            | Self::Has { .. }
            | Self::Under { .. }
            | Self::Age { .. } => leaf(self).unwrap_or_else(|| self.clone()),
        }
    }

    /// Every one of `parts`.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::All { of: parts.into_iter().collect() }
    }

    /// At least one of `parts`.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::Any { of: parts.into_iter().collect() }
    }

    /// Not this.
    #[must_use]
    pub fn negate(self) -> Self {
        Self::Not { of: Box::new(self) }
    }

    /// `field op value`.
    pub fn compare(field: impl Into<String>, op: Comparison, value: impl Into<Literal>) -> Self {
        Self::Compare { field: field.into(), op, value: value.into() }
    }

    /// `field == value`.
    pub fn eq(field: impl Into<String>, value: impl Into<Literal>) -> Self {
        Self::compare(field, Comparison::Eq, value)
    }

    /// `field in [values]`.
    pub fn is_in<V: Into<Literal>>(field: impl Into<String>, values: impl IntoIterator<Item = V>) -> Self {
        Self::In { field: field.into(), values: values.into_iter().map(Into::into).collect() }
    }

    /// `field.contains(text)`.
    pub fn contains(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Matches { field: field.into(), how: TextMatch::Contains, text: text.into() }
    }

    /// `has(field)`.
    pub fn has(field: impl Into<String>) -> Self {
        Self::Has { field: field.into() }
    }

    /// `field.under(node)`.
    pub fn under(field: impl Into<String>, node: impl ToString) -> Self {
        Self::Under { field: field.into(), node: node.to_string() }
    }
}

impl From<bool> for Literal {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Literal {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Literal {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<&str> for Literal {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Literal {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Uuid> for Literal {
    fn from(value: Uuid) -> Self {
        Self::Text(value.to_string())
    }
}
