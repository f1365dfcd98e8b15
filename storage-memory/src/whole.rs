//! Rows together with what belongs to them.

use std::cmp::Ordering;

use okno::condition::{Env, Expr, Place, Related, Row, Slot, Unasked, ValueRef};
use okno::store::{Kind, Loaded, Query, Relation};

use crate::stretch::{Stretch, push};
use crate::table::Table;
use crate::tenant::Tenant;

/// A row together with the rows of other kinds that belong to it.
#[derive(Clone, Copy)]
pub(crate) struct Whole<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) kind: &'static Kind,
    pub(crate) row: &'a Loaded,
}

impl Row for Whole<'_> {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        self.row.value(slot)
    }

    fn exists(&self, relation: &str, expr: &Expr, _: &dyn Env) -> bool {
        let Some(relation) = self.kind.relation(relation) else { return false };
        self.tenant.belonging(relation, self.row).any(|other| expr.matches(&other, &Unasked))
    }

    fn related(&self, related: &Related) -> ValueRef<'_> {
        self.least(related)
    }
}

impl<'a> Whole<'a> {
    /// The least present value that stands in the related rows.
    fn least(self, related: &Related) -> ValueRef<'a> {
        let Some(relation) = self.kind.relation(related.relation) else { return ValueRef::Absent };
        let holds = |row: &Whole<'_>| match &related.guard {
            Some((slot, name)) => row.value(*slot).compare(name.borrow()) == Some(Ordering::Equal),
            None => true,
        };
        let rows = self.tenant.belonging(relation, self.row).filter(holds).map(|other| other.row);
        let values = rows.map(|row| (row.value(related.slot), row.record.id()));
        let present = values.filter(|(value, _)| *value != ValueRef::Absent);
        let least = present.min_by(|(a, of), (b, other)| a.sort_order(*b).then_with(|| of.cmp(other)));
        least.map_or(ValueRef::Absent, |(value, _)| value)
    }
}

/// A row that is compared with many others: the related values that it is sorted by are looked up once.
pub(crate) struct Ranked<'a> {
    pub(crate) whole: Whole<'a>,
    known: Vec<(&'a Related, ValueRef<'a>)>,
}

impl<'a> Ranked<'a> {
    pub(crate) fn new(query: &'a Query, whole: Whole<'a>) -> Self {
        let related = query.sort.iter().filter_map(|sort| match &sort.place {
            Place::Own(_) => None,
            Place::Related(related) => Some(related),
        });
        Self { whole, known: related.map(|related| (related, whole.least(related))).collect() }
    }
}

impl Row for Ranked<'_> {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        self.whole.value(slot)
    }

    fn related(&self, related: &Related) -> ValueRef<'_> {
        let known = self.known.iter().find(|(known, _)| *known == related);
        known.map_or_else(|| self.whole.related(related), |(_, value)| *value)
    }
}

impl Tenant {
    /// The rows of a relation that belong to a row.
    fn belonging<'a>(
        &'a self,
        relation: &'static Relation,
        row: &'a Loaded,
    ) -> impl Iterator<Item = Whole<'a>> + 'a {
        let table = self.table(relation.kind);
        let value = row.value(relation.own);
        let rows = table.map(|table| candidates(table, relation.column, value));
        let rows = rows.into_iter().flatten().filter(|other| relation.joins(*other, row));
        rows.map(|row| Whole { tenant: self, kind: relation.kind, row })
    }
}

/// The rows whose column may have the value: those that an index leads to, or all.
fn candidates<'a>(
    table: &'a Table,
    column: Slot,
    value: ValueRef<'a>,
) -> Box<dyn Iterator<Item = &'a Loaded> + 'a> {
    if let (Slot::ID, ValueRef::Id(id)) = (column, value) {
        return Box::new(table.row(id).into_iter());
    }
    let Some(index) = table.indexes().iter().find(|index| index.columns.first() == Some(&column)) else {
        return Box::new(table.rows());
    };
    let mut prefix = Vec::with_capacity(17);
    push(&mut prefix, value);
    let ids: Vec<_> = index.ids(&Stretch::beginning_with(&prefix)).collect();
    Box::new(ids.into_iter().filter_map(|id| table.row(id)))
}
