//! Queries over the rows of a tenant: which rows to look at, which to keep, in which order.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use okno::base::limits::GROUPS_MAX;
use okno::condition::{Comparison, Expr, Row, Slot, Value, ValueRef};
use okno::store::{Cursor, GroupBy, Loaded, Page, PageRow, Query, Relation, Select, StoreError, TextFilter};
use uuid::Uuid;

use crate::stretch::Stretch;
use crate::table::Table;
use crate::tenant::Tenant;
use crate::texts;
use crate::walk::{Walk, longest_prefix, pinned_id};
use crate::whole::{Ranked, Whole};

impl Tenant {
    /// Answers a query.
    pub(crate) fn query(&self, query: &Query) -> Result<Page, StoreError> {
        let none = Table::new(query.kind);
        let table = self.table(query.kind).unwrap_or(&none);
        let search = Search { tenant: self, table, query };
        let page = match &query.select {
            Select::Count => Page { count: Some(search.count()), ..Page::default() },
            Select::Groups(by) => search.groups(by)?,
            Select::Columns(_) | Select::Records => search.page(),
        };
        Ok(Page { head: self.head, ..page })
    }

    /// The ids of the rows that can meet the expression, when an index leads to them.
    fn narrowed(&self, table: &Table, expr: &Expr) -> Option<BTreeSet<Uuid>> {
        match expr {
            Expr::All(parts) => match (pinned_id(expr), longest_prefix(table, expr)) {
                (Some(id), _) => Some(BTreeSet::from([id])),
                (None, Some((index, prefix))) => Some(index.ids(&Stretch::beginning_with(&prefix)).collect()),
                (None, None) => parts.iter().find_map(|part| self.narrowed(table, part)),
            },
            Expr::Any(parts) => parts.iter().try_fold(BTreeSet::new(), |mut all, part| {
                all.append(&mut self.narrowed(table, part)?);
                Some(all)
            }),
            Expr::Compare(field, op, value) => compared(table, field.slot, *op, value),
            Expr::In(field, values) => values.iter().try_fold(BTreeSet::new(), |mut all, value| {
                all.append(&mut compared(table, field.slot, Comparison::Eq, value)?);
                Some(all)
            }),
            Expr::Exists(relation, inner) => {
                let relation = table.kind.relation(relation).filter(|relation| relation.own == Slot::ID)?;
                self.owners(relation, inner)
            }
            Expr::Not(_)
            | Expr::Matches(..)
            | Expr::Has(_)
            | Expr::Under(..)
            | Expr::Age(..)
            | Expr::Related(_) => None,
        }
    }

    /// The ids of the rows that the meeting rows of a relation belong to, when an index leads to those.
    fn owners(&self, relation: &Relation, inner: &Expr) -> Option<BTreeSet<Uuid>> {
        let Some(table) = self.table(relation.kind) else { return Some(BTreeSet::new()) };
        let ids = self.narrowed(table, inner)?.into_iter();
        Some(ids.filter_map(|id| owner(table.row(id)?, relation)).collect())
    }
}

/// A query over the rows of its kind.
struct Search<'a> {
    tenant: &'a Tenant,
    table: &'a Table,
    query: &'a Query,
}

impl<'a> Search<'a> {
    fn page(&self) -> Page {
        if let Some(text) = &self.query.text {
            return self.page_with(text);
        }
        let limit = &self.query.limit;
        let mut rows = self.first_rows();
        let more = rows.len() > *limit;
        rows.truncate(*limit);
        let last = rows.last().filter(|_| more);
        let next = last.map(|row| self.query.cursor(&self.whole(row), row.record.id()));
        Page { rows: rows.into_iter().map(|row| self.page_row(row)).collect(), next, ..Page::default() }
    }

    /// The page of rows that have a text, the one written last first.
    fn page_with(&self, text: &TextFilter) -> Page {
        let after = self.query.after.as_ref().and_then(|cursor| cursor.values.first());
        let is_after = |number: u64| match after {
            Some(Value::Int(at)) => i64::try_from(number).is_ok_and(|number| number < *at),
            _ => true,
        };
        let found = self.having(text).filter(|(number, _)| is_after(*number));
        let mut rows: Vec<_> = found.take(self.query.limit + 1).collect();
        let more = rows.len() > self.query.limit;
        rows.truncate(self.query.limit);
        let next = rows.last().filter(|_| more).map(|(number, row)| Cursor {
            values: vec![Value::Int(i64::try_from(*number).unwrap_or(i64::MAX))],
            id: row.record.id(),
        });
        Page { rows: rows.into_iter().map(|(_, row)| self.page_row(row)).collect(), next, ..Page::default() }
    }

    /// The rows that have a text and meet the filter, with their numbers, the one written last first.
    fn having(&self, text: &'a TextFilter) -> impl Iterator<Item = (u64, &'a Loaded)> + '_ {
        let places = || text.places(self.table.kind);
        let index = self.table.texts();
        let candidates = index.into_iter().flat_map(move |index| index.candidates(text, places()));
        let rows = candidates.filter_map(|(number, id)| Some((number, self.table.row(id)?)));
        rows.filter(move |(_, row)| texts::has(row, text, places()) && self.meets(row))
    }

    /// The rows of the page and one more: from a walk in their order, or from the candidates that an index leads to.
    fn first_rows(&self) -> Vec<&'a Loaded> {
        let (table, query) = (self.table, self.query);
        let expr = query.filter.expr();
        let in_order = || Walk::ordered(table, query);
        let walk = Walk::pinned(table, query).or_else(|| in_order().filter(|_| !is_selective(expr)));
        if let Some(walk) = walk {
            return self.walked(walk);
        }
        if let Some(ids) = self.tenant.narrowed(table, expr) {
            return self.sorted(ids.into_iter().filter_map(|id| table.row(id)));
        }
        match in_order() {
            Some(walk) => self.walked(walk),
            None if query.sort.is_empty() => self.by_id(),
            None => self.sorted(table.rows()),
        }
    }

    fn count(&self) -> u64 {
        if let Some(text) = &self.query.text {
            return self.having(text).count() as u64;
        }
        let expr = self.query.filter.expr();
        if matches!(expr, Expr::All(parts) if parts.is_empty()) {
            return self.table.len() as u64;
        }
        self.meeting().count() as u64
    }

    fn groups(&self, by: &GroupBy) -> Result<Page, StoreError> {
        let rows: Vec<_> = self.meeting().map(|row| self.whole(row)).collect();
        let mut values: Vec<_> = rows.iter().map(|row| row.at(by.place())).collect();
        match by {
            GroupBy::Value(_) => {
                values.sort_unstable_by(|a, b| written_order(*a, *b));
                let groups = values.chunk_by(|a, b| a.sort_order(*b).is_eq()).take(GROUPS_MAX + 1);
                Page::of_values(groups.map(|group| (group[0].to_owned(), group.len() as u64)).collect())
            }
            GroupBy::Time { edges, .. } => {
                let buckets = values.iter().filter_map(|value| match value {
                    ValueRef::Instant(at) => edges.bucket(*at),
                    _ => None,
                });
                Ok(Page::of_buckets(edges, buckets.map(|bucket| (bucket, 1))))
            }
        }
    }

    /// The rows that meet the filter, in any order.
    fn meeting(&self) -> Box<dyn Iterator<Item = &'a Loaded> + '_> {
        match self.tenant.narrowed(self.table, self.query.filter.expr()) {
            Some(ids) => {
                Box::new(ids.into_iter().filter_map(|id| self.table.row(id)).filter(|row| self.meets(row)))
            }
            None => Box::new(self.table.rows().filter(|row| self.meets(row))),
        }
    }

    /// The rows of the page and one more, from a walk in their order.
    fn walked(&self, walk: Walk<'a>) -> Vec<&'a Loaded> {
        walk.rows().filter(|row| self.meets(row)).take(self.query.limit + 1).collect()
    }

    /// The rows of the page and one more, in the order of ids.
    fn by_id(&self) -> Vec<&'a Loaded> {
        let rows = self.table.rows_after(self.query.after.as_ref().map(|cursor| cursor.id));
        rows.filter(|row| self.meets(row)).take(self.query.limit + 1).collect()
    }

    /// The rows of the page and one more, from candidates in any order.
    fn sorted(&self, candidates: impl Iterator<Item = &'a Loaded>) -> Vec<&'a Loaded> {
        let query = self.query;
        let is_after =
            |row: &Ranked<'_>| query.after.as_ref().is_none_or(|at| query.order_to(row, at).is_gt());
        let candidates = candidates.map(|row| Ranked::new(query, self.whole(row)));
        let mut rows: Vec<_> =
            candidates.filter(|row| is_after(row) && query.filter.matches(&row.whole)).collect();
        let wanted = query.limit + 1;
        if rows.len() > wanted {
            rows.select_nth_unstable_by(wanted - 1, |a, b| query.order(a, b));
            rows.truncate(wanted);
        }
        rows.sort_unstable_by(|a, b| query.order(a, b));
        rows.into_iter().map(|ranked| ranked.whole.row).collect()
    }

    fn meets(&self, row: &'a Loaded) -> bool {
        self.query.filter.matches(&self.whole(row))
    }

    fn whole(&self, row: &'a Loaded) -> Whole<'a> {
        Whole { tenant: self.tenant, kind: self.table.kind, row }
    }

    fn page_row(&self, row: &'a Loaded) -> PageRow {
        let whole = self.whole(row);
        let values = match &self.query.select {
            Select::Columns(places) => places.iter().map(|place| whole.at(place).to_owned()).collect(),
            Select::Records | Select::Count | Select::Groups(_) => Vec::new(),
        };
        let record = (self.query.select == Select::Records).then(|| row.clone());
        PageRow { id: row.record.id(), version: row.version, values, record }
    }
}

/// Whether the expression may lead to few rows by more than a range.
fn is_selective(expr: &Expr) -> bool {
    match expr {
        Expr::All(parts) => parts.iter().any(is_selective),
        Expr::Any(_) | Expr::In(..) | Expr::Exists(..) | Expr::Compare(_, Comparison::Eq, _) => true,
        Expr::Compare(..)
        | Expr::Not(_)
        | Expr::Matches(..)
        | Expr::Has(_)
        | Expr::Under(..)
        | Expr::Age(..)
        | Expr::Related(_) => false,
    }
}

/// The ids of the rows whose column compares with the value, when an index leads to them.
fn compared(table: &Table, slot: Slot, op: Comparison, value: &Value) -> Option<BTreeSet<Uuid>> {
    if let (Slot::ID, Comparison::Eq, Value::Id(id)) = (slot, op, value) {
        return Some(BTreeSet::from([*id]));
    }
    if *value == Value::Absent && op != Comparison::Ne {
        return Some(BTreeSet::new());
    }
    let index = table.indexes().iter().find(|index| index.columns.first() == Some(&slot))?;
    Some(index.ids(&Stretch::comparing(&[], op, value)?).collect())
}

/// The row that a row of a relation belongs to.
fn owner(row: &Loaded, relation: &Relation) -> Option<Uuid> {
    match row.value(relation.column) {
        ValueRef::Id(id) => Some(id),
        _ => None,
    }
}

/// How values are ordered, texts of one key by how they are written.
fn written_order(a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
    a.sort_order(b).then_with(|| match (a, b) {
        (ValueRef::Text(a), ValueRef::Text(b)) => a.as_str().cmp(b.as_str()),
        _ => Ordering::Equal,
    })
}
