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
    /// Values that are kept in one way.
    List(Kept, Vec<Arg>),
}

/// How a value is kept.
#[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite keeps bytes in no list"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// As a number.
    Int,
    /// As an id.
    Id,
    /// As text.
    Text,
    /// As bytes.
    Bytes,
    /// As tokens with their places: a text, until the database takes it.
    Tokens,
}

impl From<FieldType> for Kept {
    fn from(ty: FieldType) -> Self {
        match ty {
            FieldType::Bool | FieldType::Int | FieldType::Decimal | FieldType::Instant | FieldType::Date => {
                Self::Int
            }
            FieldType::Id => Self::Id,
            FieldType::Code | FieldType::Text => Self::Text,
        }
    }
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
#[cfg_attr(
    not(all(feature = "sqlite", feature = "postgres")),
    expect(dead_code, reason = "only the databases of the features are spoken to")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// The beginning of a key, where an index holds no more of a long one.
    pub(crate) fn beginning(self, key: &str, is_long: bool) -> Option<String> {
        match self {
            Self::Postgres if is_long => Some(format!("left({key}, {BEGINNING_CHARS})")),
            Self::Postgres | Self::Sqlite => None,
        }
    }

    /// The function that finds a text in another: its place from 1, or 0.
    pub(crate) fn find(self) -> &'static str {
        match self {
            Self::Sqlite => "instr",
            Self::Postgres => "strpos",
        }
    }

    /// What follows a column that rows are sorted by: absent values come first when it rises, last when it falls.
    pub(crate) fn order(self, falls: bool, nullable: bool) -> &'static str {
        match (self, falls, nullable) {
            (Self::Sqlite, false, _) => "ASC",
            (Self::Sqlite, true, _) => "DESC",
            // An index has its absent values where its order says, even a column's that never is absent.
            (Self::Postgres, false, false) => "ASC",
            (Self::Postgres, true, false) => "DESC",
            (Self::Postgres, false, true) => "ASC NULLS FIRST",
            (Self::Postgres, true, true) => "DESC NULLS LAST",
        }
    }
}

/// A statement that grows: its text and the arguments that belong to it.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) dialect: Dialect,
    pub(crate) text: String,
    pub(crate) args: Vec<Arg>,
    /// Whether its arguments decide how its rows are best found, such as how often a word occurs.
    pub(crate) depends: bool,
}

impl Statement {
    pub(crate) fn new(dialect: Dialect, text: impl Into<String>) -> Self {
        Self { dialect, text: text.into(), args: Vec::new(), depends: false }
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
        self.place();
        self.args.push(arg);
    }

    /// Adds the place of an argument that is pushed later, before any other.
    pub(crate) fn place(&mut self) {
        match self.dialect {
            Dialect::Sqlite => self.text.push('?'),
            Dialect::Postgres => self.put(format_args!("${}", self.args.len() + 1)),
        }
    }

    /// Adds a term: a column compares with an argument.
    pub(crate) fn bind_compared(&mut self, column: &str, operator: &str, arg: Arg) {
        // No row holds U+0000, which databases refuse: what stands before it leads to the same rows.
        let cut = match &arg {
            Arg::Text(text) => text.split_once('\0').map(|(before, _)| before.to_owned()),
            _ => None,
        };
        let (operator, arg) = match (cut, operator) {
            (None, operator) => (operator, arg),
            (Some(_), "=") => return self.push("FALSE"),
            (Some(_), "<>") => return self.push("TRUE"),
            (Some(cut), "<" | "<=") => ("<=", Arg::Text(cut)),
            (Some(cut), _) => (">", Arg::Text(cut)),
        };
        self.put(format_args!("{column} {operator} "));
        self.bind(arg);
    }

    /// Adds a term: the key of a column compares with an argument, in the words of its indexes as well.
    pub(crate) fn bind_key_compared(&mut self, (key, is_long): (&str, bool), operator: &str, arg: Arg) {
        if let (Some(beginning), Arg::Text(text)) = (self.dialect.beginning(key, is_long), &arg) {
            // What is less in its whole may be the same at its beginning.
            let operator = match operator {
                "<" => Some("<="),
                ">" => Some(">="),
                "<>" => None,
                other => Some(other),
            };
            if let Some(operator) = operator {
                self.put(format_args!("{beginning} {operator} "));
                self.bind(Arg::Text(beginning_of(text)));
                self.push(" AND ");
            }
        }
        self.bind_compared(key, operator, arg);
    }

    /// Adds a term: the key of a column is one of the members of a list, in the words of its indexes as well.
    pub(crate) fn bind_key_among(&mut self, (key, is_long): (&str, bool), ty: FieldType, members: Vec<Arg>) {
        if let Some(beginning) = self.dialect.beginning(key, is_long) {
            let beginnings = members.iter().map(|member| match member {
                Arg::Text(text) => Arg::Text(beginning_of(text)),
                other => other.clone(),
            });
            let beginnings = beginnings.collect();
            self.bind_among(&beginning, ty, beginnings);
            self.push(" AND ");
        }
        self.bind_among(key, ty, members);
    }

    /// Adds a term: a column is one of the members of a list.
    pub(crate) fn bind_among(&mut self, column: &str, ty: FieldType, members: Vec<Arg>) {
        match self.dialect {
            Dialect::Sqlite => {
                self.put(format_args!("{column} IN "));
                self.bind_members(ty, members);
            }
            Dialect::Postgres => {
                self.put(format_args!("{column} = ANY("));
                self.bind(Arg::List(ty.into(), members));
                self.push(")");
            }
        }
    }

    /// Adds a term: a column is none of the members of a list.
    pub(crate) fn bind_without(&mut self, column: &str, ty: FieldType, members: Vec<Arg>) {
        match self.dialect {
            Dialect::Sqlite => {
                self.put(format_args!("{column} NOT IN "));
                self.bind_members(ty, members);
            }
            Dialect::Postgres => {
                self.put(format_args!("{column} <> ALL("));
                self.bind(Arg::List(ty.into(), members));
                self.push(")");
            }
        }
    }

    /// Adds `(…)` with the members of a list, in one of few texts: short lists are filled up to a power of two with
    /// their last member, long ones travel as one argument.
    fn bind_members(&mut self, ty: FieldType, members: Vec<Arg>) {
        self.push("(");
        if members.len() > INLINE_MEMBERS_MAX {
            self.push(match ty {
                FieldType::Id => "SELECT unhex(value) FROM json_each(?)",
                _ => "SELECT value FROM json_each(?)",
            });
            self.args.push(Arg::List(ty.into(), members));
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

/// What an index holds of a text; no text that is kept holds U+0000.
fn beginning_of(text: &str) -> String {
    text.chars().take_while(|c| *c != '\0').take(BEGINNING_CHARS).collect()
}

/// Characters of a text that an index holds where its entries are short: two texts of four bytes a character fit an entry of
/// a B-tree of PostgreSQL, which takes 2,704 bytes.
pub(crate) const BEGINNING_CHARS: usize = 250;

/// Members of a list that are written out as arguments of their own, where a list is none.
const INLINE_MEMBERS_MAX: usize = 16;

/// Whether a value can stand for a column of the type.
pub(crate) fn fits(value: &Value, ty: FieldType) -> bool {
    value.ty() == Some(ty)
}
