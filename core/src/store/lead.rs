//! Which queries the indexes of growing kinds serve.

use super::error::StoreError;
use super::kind::{Index, IndexedRows, Kind};
use super::query::{Query, Select, TextFilter};
use crate::condition::{Comparison, Expr, FieldRef, Place, Related, Slot, Value};

/// A growing kind is never scanned for a term that an index does not lead to: either a term that every row must meet
/// leads to an index, or the order does and no term is selective.
///
/// The order of a related value leads nowhere, as that value stands in rows of another kind: such an order needs a
/// filter that leads to an index, unless a column with an index comes before it. And each row must lead to its value.
pub(super) fn served(query: &Query) -> Result<(), StoreError> {
    let kind = query.kind;
    query.places().try_for_each(|place| found_by_owner(kind, place))?;
    if let Some(text) = &query.text {
        return searched(query, text);
    }
    if !kind.growing {
        return Ok(());
    }
    if let Select::Groups(by) = &query.select {
        grouped(kind, by.place())?;
    }
    let field = match lead(query.filter.expr(), kind) {
        Lead::Index => return Ok(()),
        Lead::Missing(field) => field,
        Lead::Nothing => match query.sort.first() {
            Some(sort) if !orders(kind, &sort.place) => name(kind, &sort.place),
            Some(_) | None => return Ok(()),
        },
    };
    Err(StoreError::Unindexed { kind: kind.name, field })
}

/// A text leads to its rows in the order of their writing; no index has another one of them.
fn searched(query: &Query, text: &TextFilter) -> Result<(), StoreError> {
    let kind = query.kind;
    let unknown = match &text.texts[..] {
        [] => Some("no text".to_owned()),
        texts => texts.iter().find(|name| kind.text(name).is_none()).map(|name| (*name).to_owned()),
    };
    let sorted = || query.sort.first().map(|sort| name(kind, &sort.place));
    let grouped = || match &query.select {
        Select::Groups(by) => Some(name(kind, by.place())),
        Select::Columns(_) | Select::Records | Select::Count => None,
    };
    match unknown.or_else(sorted).or_else(grouped) {
        Some(field) => Err(StoreError::Unindexed { kind: kind.name, field }),
        None => Ok(()),
    }
}

/// A value that stands in a growing kind is found by the row that it belongs to.
fn found_by_owner(kind: &Kind, place: &Place) -> Result<(), StoreError> {
    let Place::Related(related) = place else { return Ok(()) };
    match kind.relation(related.relation) {
        Some(relation) if relation.kind.growing && !relation.kind.leads(relation.column) => {
            let field = relation.kind.column(relation.column).map_or_else(String::new, |c| c.name.to_owned());
            Err(StoreError::Unindexed { kind: relation.kind.name, field })
        }
        Some(_) | None => Ok(()),
    }
}

/// Rows of a growing kind are grouped by what an index begins with, after the column that names the field: what is
/// searched has few values, or is meant to be counted.
fn grouped(kind: &Kind, place: &Place) -> Result<(), StoreError> {
    let is_indexed = match place {
        Place::Own(_) => orders(kind, place),
        Place::Related(Related { relation, guard, slot }) => {
            let columns: Vec<Slot> = guard.iter().map(|(slot, _)| *slot).chain([*slot]).collect();
            let indexes = kind.relation(relation).map_or(&[][..], |relation| relation.kind.indexes);
            indexes.iter().any(|index| index.rows == IndexedRows::All && index.columns.starts_with(&columns))
        }
    };
    if is_indexed { Ok(()) } else { Err(StoreError::Unindexed { kind: kind.name, field: name(kind, place) }) }
}

/// Whether an index of the kind itself has all rows in the order of the place.
fn orders(kind: &Kind, place: &Place) -> bool {
    match place {
        Place::Own(slot) => {
            *slot == Slot::ID || kind.led_by(*slot).any(|index| index.rows == IndexedRows::All)
        }
        Place::Related(_) => false,
    }
}

/// What people call a place: the column, after its relation when it is another kind's.
fn name(kind: &Kind, place: &Place) -> String {
    let column = kind.column_at(place).map_or("", |column| column.name);
    match place {
        Place::Own(_) => column.to_owned(),
        Place::Related(Related { relation, .. }) => format!("{relation}.{column}"),
    }
}

/// How the rows that meet an expression are found.
enum Lead {
    /// An index leads to them.
    Index,
    /// The expression takes little away: whatever the order, most rows meet it.
    Nothing,
    /// It takes much away, and this field has no index that would lead to what is left.
    Missing(String),
}

fn lead(expr: &Expr, kind: &Kind) -> Lead {
    match expr {
        // One part that an index serves is enough: the others only take away from what it finds.
        Expr::All(parts) => {
            let mut leads: Vec<Lead> = parts.iter().map(|part| lead(part, kind)).collect();
            let best = leads.iter().position(|lead| matches!(lead, Lead::Index));
            best.or_else(|| leads.iter().position(|lead| matches!(lead, Lead::Missing(_))))
                .map_or(Lead::Nothing, |place| leads.swap_remove(place))
        }
        // Every part has to be found. Nothing meets an empty choice, so no row is read at all.
        Expr::Any(parts) => {
            let mut leads: Vec<Lead> = parts.iter().map(|part| lead(part, kind)).collect();
            let worst = leads.iter().position(|lead| matches!(lead, Lead::Missing(_)));
            worst
                .or_else(|| leads.iter().position(|lead| matches!(lead, Lead::Nothing)))
                .map_or(Lead::Index, |place| leads.swap_remove(place))
        }
        Expr::Compare(_, Comparison::Ne, _)
        | Expr::Has(_)
        | Expr::Not(_)
        | Expr::Under(..)
        | Expr::Age(..)
        | Expr::Related(_) => Lead::Nothing,
        Expr::Compare(field, _, value) => kind.lead(field, *value == Value::Bool(true)),
        Expr::In(field, _) | Expr::Matches(field, ..) => kind.lead(field, false),
        // The rows of the relation are found first, and each leads to its owner.
        Expr::Exists(name, inner) => match kind.relation(name) {
            Some(relation) if !kind.leads(relation.own) => Lead::Nothing,
            Some(relation) if relation.kind.growing => lead(inner, relation.kind),
            Some(_) => Lead::Index,
            None => Lead::Nothing,
        },
    }
}

impl Kind {
    /// How a term over a column, which asks for yes or for something else, leads to rows.
    fn lead(&self, field: &FieldRef, is_yes: bool) -> Lead {
        let slot = field.slot;
        let serves = |index: &Index| match index.rows {
            IndexedRows::All | IndexedRows::Present => true,
            IndexedRows::Holding(column) => column == slot && is_yes,
        };
        if slot == Slot::ID || self.led_by(slot).any(serves) {
            return Lead::Index;
        }
        // Few rows say yes where an index has only those: most say no.
        if self.led_by(slot).any(|index| index.rows == IndexedRows::Holding(slot)) {
            return Lead::Nothing;
        }
        Lead::Missing(field.code.to_string())
    }

    /// Whether an index leads from any value of the column to its rows.
    fn leads(&self, slot: Slot) -> bool {
        let whole = |index: &Index| match index.rows {
            IndexedRows::All | IndexedRows::Present => true,
            IndexedRows::Holding(_) => false,
        };
        slot == Slot::ID || self.led_by(slot).any(whole)
    }

    /// The indexes that begin with the column.
    fn led_by(&self, slot: Slot) -> impl Iterator<Item = &'static Index> {
        self.indexes.iter().filter(move |index| index.columns.first() == Some(&slot))
    }
}
