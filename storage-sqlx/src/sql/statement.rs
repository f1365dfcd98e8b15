use std::fmt::Write as _;

use chrono::{Datelike as _, NaiveDate};
use okno::condition::{FieldType, Value, ValueRef};
use uuid::Uuid;

/// An argument of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Arg {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number; instants, dates and decimals are whole numbers too.
    Int(i64),
    /// An id.
    Id(Uuid),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl Arg {
    /// What a value is compared by: of a text, its key.
    pub(crate) fn key(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Text(text) => Self::Text(text.key().to_owned()),
            other => Self::raw(other),
        }
    }

    /// What a value is read back from: of a text, how it was written.
    pub(crate) fn raw(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Absent => Self::Null,
            ValueRef::Bool(v) => Self::Bool(v),
            ValueRef::Int(v) => Self::Int(v),
            ValueRef::Decimal(v) => Self::Int(v.units()),
            ValueRef::Instant(v) => Self::Int(v.millis()),
            ValueRef::Date(v) => Self::Int(day_number(v)),
            ValueRef::Id(v) => Self::Id(v),
            ValueRef::Code(v) => Self::Text(v.to_owned()),
            ValueRef::Text(v) => Self::Text(v.as_str().to_owned()),
        }
    }

    /// Whether a row can hold it: no text holds U+0000, which JSON readers cut at.
    pub(crate) fn can_be_kept(&self) -> bool {
        !matches!(self, Self::Text(text) if text.contains('\0'))
    }
}

impl From<Option<Uuid>> for Arg {
    fn from(id: Option<Uuid>) -> Self {
        id.map_or(Self::Null, Self::Id)
    }
}

impl From<Option<String>> for Arg {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::Text)
    }
}

/// Days since 1970-01-01.
pub(crate) fn day_number(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) - EPOCH_FROM_CE
}

/// The date of a number of days since 1970-01-01; `None` outside the years that dates have.
pub(crate) fn date_of(days: i64) -> Option<NaiveDate> {
    let from_ce = i32::try_from(days.checked_add(EPOCH_FROM_CE)?).ok()?;
    NaiveDate::from_num_days_from_ce_opt(from_ce)
}

const EPOCH_FROM_CE: i64 = 719_163;

/// A dialect of SQL: the few places in which databases differ when they are asked the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// SQLite.
    #[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "the only dialect is switched off"))]
    Sqlite,
}

impl Dialect {
    /// The function that finds a text in another: its place from 1, or 0.
    pub(crate) fn find(self) -> &'static str {
        match self {
            Self::Sqlite => "instr",
        }
    }

    /// A subquery that gives the members of a list in one argument.
    fn members(self, ty: FieldType) -> &'static str {
        match (self, ty) {
            (Self::Sqlite, FieldType::Id) => "SELECT unhex(value) FROM json_each(?)",
            (Self::Sqlite, _) => "SELECT value FROM json_each(?)",
        }
    }
}

/// A statement that grows: its text and the arguments that belong to it.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) dialect: Dialect,
    pub(crate) text: String,
    pub(crate) args: Vec<Arg>,
}

impl Statement {
    pub(crate) fn new(dialect: Dialect, text: impl Into<String>) -> Self {
        Self { dialect, text: text.into(), args: Vec::new() }
    }

    /// Adds text.
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds formatted text.
    pub(crate) fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a `String` cannot fail.
        let _ = self.text.write_fmt(text);
    }

    /// Adds an argument and its place in the text.
    pub(crate) fn bind(&mut self, arg: Arg) {
        match self.dialect {
            Dialect::Sqlite => self.text.push('?'),
        }
        self.args.push(arg);
    }

    /// Adds `(…)` with the members of a list, in one of few texts: short lists are filled up to a power of two with
    /// their last member, long ones travel as one argument.
    pub(crate) fn bind_list(&mut self, ty: FieldType, members: Vec<Arg>) {
        self.push("(");
        if members.len() > INLINE_MEMBERS_MAX {
            self.push(self.dialect.members(ty));
            self.args.push(Arg::Text(json_list(&members)));
        } else if let Some(last) = members.last().cloned() {
            let filled = members.len().next_power_of_two() - members.len();
            let filling = std::iter::repeat_n(last, filled);
            for (n, member) in members.into_iter().chain(filling).enumerate() {
                self.push(if n == 0 { "" } else { ", " });
                self.bind(member);
            }
        }
        self.push(")");
    }
}

/// Members of a list that are written out as arguments of their own.
const INLINE_MEMBERS_MAX: usize = 16;

fn json_list(members: &[Arg]) -> String {
    let members = members.iter().map(|member| match member {
        Arg::Null => serde_json::Value::Null,
        Arg::Bool(v) => i64::from(*v).into(),
        Arg::Int(v) => (*v).into(),
        Arg::Id(v) => v.simple().to_string().into(),
        Arg::Text(v) => v.as_str().into(),
        Arg::Bytes(v) => String::from_utf8_lossy(v).into(),
    });
    serde_json::Value::Array(members.collect()).to_string()
}

/// Whether a value can stand for a column of the type.
pub(crate) fn fits(value: &Value, ty: FieldType) -> bool {
    value.ty() == Some(ty)
}
