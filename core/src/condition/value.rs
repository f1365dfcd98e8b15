use std::cmp::Ordering;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::check::FieldType;
use crate::base::{Decimal, Text, Timestamp};

/// A typed value: a constant in a rule, a cell of a row, a part of a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Value {
    /// Nothing.
    Absent,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A decimal with four places.
    Decimal(Decimal),
    /// An instant.
    Instant(Timestamp),
    /// A local date.
    Date(NaiveDate),
    /// An id.
    Id(Uuid),
    /// A machine text, compared byte by byte: a status, a code, a number.
    Code(Box<str>),
    /// A text that people write, compared by its key.
    Text(Text),
}

/// A value that a row lends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueRef<'a> {
    /// Nothing.
    Absent,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A decimal with four places.
    Decimal(Decimal),
    /// An instant.
    Instant(Timestamp),
    /// A local date.
    Date(NaiveDate),
    /// An id.
    Id(Uuid),
    /// A machine text.
    Code(&'a str),
    /// A text that people write.
    Text(&'a Text),
}

impl Value {
    /// Lends the value.
    #[must_use]
    pub fn borrow(&self) -> ValueRef<'_> {
        match self {
            Self::Absent => ValueRef::Absent,
            Self::Bool(v) => ValueRef::Bool(*v),
            Self::Int(v) => ValueRef::Int(*v),
            Self::Decimal(v) => ValueRef::Decimal(*v),
            Self::Instant(v) => ValueRef::Instant(*v),
            Self::Date(v) => ValueRef::Date(*v),
            Self::Id(v) => ValueRef::Id(*v),
            Self::Code(v) => ValueRef::Code(v),
            Self::Text(v) => ValueRef::Text(v),
        }
    }

    /// Its type; `None` when it is absent.
    #[must_use]
    pub fn ty(&self) -> Option<FieldType> {
        self.borrow().ty()
    }

    /// Whether there is a value.
    #[must_use]
    pub fn is_present(&self) -> bool {
        *self != Self::Absent
    }
}

impl ValueRef<'_> {
    /// Its type; `None` when it is absent.
    #[must_use]
    pub fn ty(self) -> Option<FieldType> {
        match self {
            Self::Absent => None,
            Self::Bool(_) => Some(FieldType::Bool),
            Self::Int(_) => Some(FieldType::Int),
            Self::Decimal(_) => Some(FieldType::Decimal),
            Self::Instant(_) => Some(FieldType::Instant),
            Self::Date(_) => Some(FieldType::Date),
            Self::Id(_) => Some(FieldType::Id),
            Self::Code(_) => Some(FieldType::Code),
            Self::Text(_) => Some(FieldType::Text),
        }
    }

    /// Takes a copy.
    #[must_use]
    pub fn to_owned(self) -> Value {
        match self {
            Self::Absent => Value::Absent,
            Self::Bool(v) => Value::Bool(v),
            Self::Int(v) => Value::Int(v),
            Self::Decimal(v) => Value::Decimal(v),
            Self::Instant(v) => Value::Instant(v),
            Self::Date(v) => Value::Date(v),
            Self::Id(v) => Value::Id(v),
            Self::Code(v) => Value::Code(v.into()),
            Self::Text(v) => Value::Text(v.clone()),
        }
    }

    /// Compares two present values of one type; `None` when one is absent or the types differ.
    #[must_use]
    pub fn compare(self, other: ValueRef<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), ValueRef::Bool(b)) => Some(a.cmp(&b)),
            (Self::Int(a), ValueRef::Int(b)) => Some(a.cmp(&b)),
            (Self::Decimal(a), ValueRef::Decimal(b)) => Some(a.cmp(&b)),
            (Self::Instant(a), ValueRef::Instant(b)) => Some(a.cmp(&b)),
            (Self::Date(a), ValueRef::Date(b)) => Some(a.cmp(&b)),
            (Self::Id(a), ValueRef::Id(b)) => Some(a.cmp(&b)),
            (Self::Code(a), ValueRef::Code(b)) => Some(a.cmp(b)),
            (Self::Text(a), ValueRef::Text(b)) => Some(a.key().cmp(b.key())),
            _ => None,
        }
    }

    /// The order that pages are sorted in: nothing comes before every value.
    #[must_use]
    pub fn sort_order(self, other: ValueRef<'_>) -> Ordering {
        match (self, other) {
            (Self::Absent, ValueRef::Absent) => Ordering::Equal,
            (Self::Absent, _) => Ordering::Less,
            (_, ValueRef::Absent) => Ordering::Greater,
            _ => self.compare(other).unwrap_or(Ordering::Equal),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.borrow().fmt(f)
    }
}

impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("nothing"),
            Self::Bool(v) => write!(f, "{v}"),
            Self::Int(v) => write!(f, "{v}"),
            Self::Decimal(v) => write!(f, "{v}"),
            Self::Instant(v) => write!(f, "{v}"),
            Self::Date(v) => write!(f, "{v}"),
            Self::Id(v) => write!(f, "\"{v}\""),
            Self::Code(v) => write!(f, "{v:?}"),
            Self::Text(v) => write!(f, "{:?}", v.as_str()),
        }
    }
}

impl<'a> ValueRef<'a> {
    /// An id, or nothing.
    #[must_use]
    pub fn id(id: Option<impl Into<Uuid>>) -> Self {
        id.map_or(Self::Absent, |id| Self::Id(id.into()))
    }

    /// A code, or nothing.
    #[must_use]
    pub fn code(code: Option<&'a str>) -> Self {
        code.map_or(Self::Absent, Self::Code)
    }

    /// A whole number, or nothing.
    #[must_use]
    pub fn int(number: Option<impl Into<i64>>) -> Self {
        number.map_or(Self::Absent, |number| Self::Int(number.into()))
    }

    /// An instant, or nothing.
    #[must_use]
    pub fn instant(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Absent, Self::Instant)
    }
}
