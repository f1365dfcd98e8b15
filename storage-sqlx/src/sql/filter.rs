//! Conditions as SQL.
//!
//! An expression is written in negation normal form, so that no `NOT` meets a NULL: a positive term is false for an
//! absent value by itself (`c = ?`), a negated one says that an absent value meets it (`c <> ? OR c IS NULL`).

use okno::condition::{Comparison, Expr, FieldRef, FieldType, TextMatch, Value};
use okno::store::StoreError;
use uuid::Uuid;

use super::places::{Pair, pairs};
use super::statement::{Arg, Statement, fits};
use super::table::{Table, TableColumn, Tables};

/// Writes the terms of an expression over one table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    tables: &'a Tables,
    tenant: Uuid,
    table: &'a Table,
    /// Number of the table's alias: each nested table has its own.
    alias: usize,
    relations: Relations,
}

/// How rows that belong to others are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relations {
    /// They are found first, and lead to what they belong to.
    Lead,
    /// Each row looks for those that belong to it: something else found it.
    Follow,
}

/// Whether a term must hold or must fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sense {
    Holds,
    Fails,
}

impl<'a> Terms<'a> {
    /// Terms over a table that the statement calls `t0`.
    pub(crate) fn new(tables: &'a Tables, tenant: Uuid, table: &'a Table, relations: Relations) -> Self {
        Self { tables, tenant, table, alias: 0, relations }
    }

    /// Writes the expression.
    ///
    /// # Errors
    /// [`StoreError::UnknownKind`] when a relation leads to a kind that the store was not opened with.
    pub(crate) fn write(self, sql: &mut Statement, expr: &Expr) -> Result<(), StoreError> {
        self.term(sql, expr, Sense::Holds)
    }

    fn term(self, sql: &mut Statement, expr: &Expr, sense: Sense) -> Result<(), StoreError> {
        match expr {
            Expr::All(parts) => self.parts(sql, parts, sense, sense == Sense::Holds)?,
            Expr::Any(parts) => self.parts(sql, parts, sense, sense == Sense::Fails)?,
            Expr::Not(part) => self.term(sql, part, sense.opposite())?,
            Expr::Compare(field, op, value) => match self.table.column(field.slot) {
                Some(column) if fits(value, column.ty) => {
                    self.compare(sql, column, sense.apply(*op), value);
                }
                // Nothing compares with an absent value or one of another type, so that all of it is unequal.
                _ => sql.push(sense.constant(*op == Comparison::Ne)),
            },
            Expr::In(field, values) => self.is_in(sql, field, values, sense),
            Expr::Matches(field, how, key) => self.matches(sql, field, (*how, key), sense),
            Expr::Has(field) => match self.table.column(field.slot) {
                Some(column) => self.presence(sql, column, sense),
                None => sql.push(sense.constant(false)),
            },
            // A filter is ground: none of these is left in it.
            Expr::Under(..) | Expr::Age(..) | Expr::Related(_) => sql.push(sense.constant(false)),
            Expr::Exists(relation, inner) => self.exists(sql, relation, inner, sense)?,
        }
        Ok(())
    }

    /// Writes parts as a balanced tree: databases limit how deep an expression is, and a flat chain is as deep as long.
    fn parts(self, sql: &mut Statement, parts: &[Expr], sense: Sense, every: bool) -> Result<(), StoreError> {
        match parts {
            [] => sql.push(if every { "TRUE" } else { "FALSE" }),
            [part] => self.term(sql, part, sense)?,
            _ => {
                let (left, right) = parts.split_at(parts.len() / 2);
                sql.push("(");
                self.parts(sql, left, sense, every)?;
                sql.push(if every { " AND " } else { " OR " });
                self.parts(sql, right, sense, every)?;
                sql.push(")");
            }
        }
        Ok(())
    }

    fn compare(self, sql: &mut Statement, column: &TableColumn, how: Comparing, value: &Value) {
        let Comparing { operator, absent } = how;
        self.with_absent(sql, column, absent, |sql, key| {
            sql.bind_key_compared((key, column.is_long), operator, Arg::key(value.borrow()));
        });
    }

    fn is_in(self, sql: &mut Statement, field: &FieldRef, values: &[Value], sense: Sense) {
        let column = self.table.column(field.slot);
        let typed = values.iter().filter(|value| column.is_some_and(|column| fits(value, column.ty)));
        let members: Vec<_> = typed.map(|value| Arg::key(value.borrow())).filter(Arg::can_be_kept).collect();
        let Some(column) = column.filter(|_| !members.is_empty()) else {
            return sql.push(sense.constant(false));
        };
        self.with_absent(sql, column, sense == Sense::Fails, |sql, key| match sense {
            Sense::Holds => sql.bind_key_among((key, column.is_long), column.ty, members),
            Sense::Fails => sql.bind_without(key, column.ty, members),
        });
    }

    fn matches(self, sql: &mut Statement, field: &FieldRef, what: (TextMatch, &str), sense: Sense) {
        let (how, part) = what;
        let text = |column: &&TableColumn| matches!(column.ty, FieldType::Text | FieldType::Code);
        let Some(column) = self.table.column(field.slot).filter(text) else {
            return sql.push(sense.constant(false));
        };
        // No text holds U+0000, which databases refuse or cut at.
        if part.contains('\0') {
            return sql.push(sense.constant(false));
        }
        if part.is_empty() {
            return self.presence(sql, column, sense);
        }
        match how {
            TextMatch::Contains => {
                let (find, operator) = (sql.dialect.find(), if sense == Sense::Holds { ">" } else { "=" });
                self.with_absent(sql, column, sense == Sense::Fails, |sql, key| {
                    sql.put(format_args!("{find}({key}, "));
                    sql.bind(Arg::Text(part.to_owned()));
                    sql.put(format_args!(") {operator} 0"));
                });
            }
            TextMatch::StartsWith => self.starts_with(sql, column, part, sense),
        }
    }

    /// A beginning is a range of keys, which an index serves.
    fn starts_with(self, sql: &mut Statement, column: &TableColumn, part: &str, sense: Sense) {
        let (from, both, to) = if sense == Sense::Holds { (">=", "AND", "<") } else { ("<", "OR", ">=") };
        self.with_absent(sql, column, sense == Sense::Fails, |sql, key| {
            let key = (key, column.is_long);
            sql.push("(");
            sql.bind_key_compared(key, from, Arg::Text(part.to_owned()));
            if let Some(end) = after_prefix(part) {
                sql.put(format_args!(" {both} "));
                sql.bind_key_compared(key, to, Arg::Text(end));
            }
            sql.push(")");
        });
    }

    fn presence(self, sql: &mut Statement, column: &TableColumn, sense: Sense) {
        let name = self.name(&column.raw);
        match sense {
            Sense::Holds => sql.put(format_args!("{name} IS NOT NULL")),
            // Most rows may lack a value, so that an index never leads by its absence; SQLite would let it when it
            // reads `IS NULL`.
            Sense::Fails => sql.put(format_args!("NOT ({name} IS NOT NULL)")),
        }
    }

    fn exists(
        self,
        sql: &mut Statement,
        relation: &str,
        inner: &Expr,
        sense: Sense,
    ) -> Result<(), StoreError> {
        let Some(relation) = self.table.kind.relation(relation) else {
            sql.push(sense.constant(false));
            return Ok(());
        };
        let other = Self { table: self.tables.get(relation.kind.name)?, alias: self.alias + 1, ..self };
        let Some(pairs) = pairs(self.table, other.table, relation) else {
            sql.push(sense.constant(false));
            return Ok(());
        };
        match (sense, self.relations) {
            (Sense::Holds, Relations::Lead) => other.among(sql, self, &pairs, inner),
            (Sense::Holds, Relations::Follow) => other.belonging(sql, "EXISTS", (self, &pairs), inner),
            (Sense::Fails, _) => other.belonging(sql, "NOT EXISTS", (self, &pairs), inner),
        }
    }

    /// The rows of the relation that meet the term are found first, and lead to what they belong to.
    fn among(
        self,
        sql: &mut Statement,
        ours: Self,
        pairs: &[Pair<'_>],
        inner: &Expr,
    ) -> Result<(), StoreError> {
        let our: Vec<_> = pairs.iter().map(|pair| ours.name(&pair.ours.key)).collect();
        let their: Vec<_> = pairs.iter().map(|pair| self.name(&pair.theirs.key)).collect();
        sql.put(format_args!("(({}) IN (SELECT {}", our.join(", "), their.join(", ")));
        self.from(sql);
        for column in their {
            sql.put(format_args!(" AND {column} IS NOT NULL"));
        }
        sql.push(" AND ");
        self.term(sql, inner, Sense::Holds)?;
        sql.push("))");
        Ok(())
    }

    /// Each row looks for the rows of the relation that belong to it; nothing equals an absent value.
    fn belonging(
        self,
        sql: &mut Statement,
        exists: &str,
        (ours, pairs): (Self, &[Pair<'_>]),
        inner: &Expr,
    ) -> Result<(), StoreError> {
        sql.put(format_args!("({exists} (SELECT 1"));
        self.from(sql);
        for pair in pairs {
            let (their, our) = (self.name(&pair.theirs.key), ours.name(&pair.ours.key));
            sql.put(format_args!(" AND {their} = {our}"));
        }
        sql.push(" AND ");
        self.term(sql, inner, Sense::Holds)?;
        sql.push("))");
        Ok(())
    }

    fn from(self, sql: &mut Statement) {
        sql.put(format_args!(" FROM {} AS t{} WHERE ", self.table.name, self.alias));
        sql.put(format_args!("{} = ", self.name("\"tenant\"")));
        sql.bind(Arg::Id(self.tenant));
    }

    /// Writes a term over a column's key, and whether an absent value meets it too.
    fn with_absent(
        self,
        sql: &mut Statement,
        column: &TableColumn,
        absent: bool,
        term: impl FnOnce(&mut Statement, &str),
    ) {
        let key = self.name(&column.key);
        if absent && column.nullable {
            sql.push("(");
            term(sql, &key);
            sql.put(format_args!(" OR {key} IS NULL)"));
        } else {
            term(sql, &key);
        }
    }

    fn name(self, column: &str) -> String {
        format!("t{}.{column}", self.alias)
    }
}

/// A comparison as SQL, and whether an absent value meets it.
#[derive(Debug, Clone, Copy)]
struct Comparing {
    operator: &'static str,
    absent: bool,
}

impl Sense {
    fn opposite(self) -> Self {
        match self {
            Self::Holds => Self::Fails,
            Self::Fails => Self::Holds,
        }
    }

    /// The text of a term that always has one value.
    fn constant(self, holds: bool) -> &'static str {
        if holds == (self == Self::Holds) { "TRUE" } else { "FALSE" }
    }

    fn apply(self, op: Comparison) -> Comparing {
        // `!=` is "not `==`": the sense carries the negation.
        let sense = if op == Comparison::Ne { self.opposite() } else { self };
        let (holds, fails) = match op {
            Comparison::Eq | Comparison::Ne => ("=", "<>"),
            Comparison::Lt => ("<", ">="),
            Comparison::Le => ("<=", ">"),
            Comparison::Gt => (">", "<="),
            Comparison::Ge => (">=", "<"),
        };
        match sense {
            Self::Holds => Comparing { operator: holds, absent: false },
            Self::Fails => Comparing { operator: fails, absent: true },
        }
    }
}

/// The least text that is greater than every text that begins with `prefix`; `None` when there is none.
///
/// The bytes of UTF-8 order as the characters do, so that it is the prefix with its last character replaced by the
/// next one there is.
pub(crate) fn after_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        // A range over characters steps over the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}
