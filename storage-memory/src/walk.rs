//! Walks over rows in the order that a query asks for, so that a page ends as soon as it is full.

use okno::condition::{Comparison, Expr, Place, Slot, Value, ValueRef};
use okno::store::{Cursor, Direction, Loaded, Query};
use uuid::Uuid;

use crate::index::IndexRows;
use crate::stretch::{Stretch, push};
use crate::table::Table;

/// The entries of an index, from behind the cursor on.
pub(crate) struct Walk<'a> {
    table: &'a Table,
    index: &'a IndexRows,
    stretch: Stretch,
    direction: Direction,
}

impl<'a> Walk<'a> {
    /// A walk over an index whose first columns the filter pins to a value, if one also has the order asked for.
    pub(crate) fn pinned(table: &'a Table, query: &Query) -> Option<Self> {
        let pins = pins(query.filter.expr());
        if pin(&pins, Slot::ID).is_some() {
            return None;
        }
        let longest = table.indexes().iter().map(|index| pinned_columns(index, &pins)).max().unwrap_or(0);
        if longest == 0 {
            return None;
        }
        let mut fitting = table.indexes().iter().filter(|index| pinned_columns(index, &pins) == longest);
        fitting.find_map(|index| Self::over(table, index, &pins[..], query))
    }

    /// A walk over a whole index that has the order asked for.
    pub(crate) fn ordered(table: &'a Table, query: &Query) -> Option<Self> {
        table.indexes().iter().find_map(|index| Self::over(table, index, &[], query))
    }

    /// The rows, in order.
    pub(crate) fn rows(self) -> Box<dyn Iterator<Item = &'a Loaded> + 'a> {
        let Self { table, index, stretch, direction } = self;
        let ids = index.ids(&stretch);
        match direction {
            Direction::Ascending => Box::new(ids.filter_map(|id| table.row(id))),
            Direction::Descending => Box::new(ids.rev().filter_map(|id| table.row(id))),
        }
    }

    fn over(table: &'a Table, index: &'a IndexRows, pins: &[Pin<'_>], query: &Query) -> Option<Self> {
        let direction = query.id_direction();
        let pinned = pinned_columns(index, pins);
        let free = &index.columns[pinned..];
        let sorted: Vec<_> = query.sort.iter().filter(|sort| pin_at(pins, &sort.place).is_none()).collect();
        let in_order = sorted.iter().map(|sort| sort.place.clone()).eq(free.iter().copied().map(Place::Own))
            && sorted.iter().all(|sort| sort.direction == direction);
        if !in_order {
            return None;
        }
        let prefix = prefix(&index.columns[..pinned], pins);
        let whole = match free.first() {
            Some(next) => ranged(&prefix, *next, query.filter.expr()),
            None => Stretch::beginning_with(&prefix),
        };
        let stretch = match &query.after {
            None => whole,
            Some(cursor) => behind(whole, cursor, prefix, pins, query)?,
        };
        Some(Self { table, index, stretch, direction })
    }
}

/// The entries that begin with `prefix` and whose next column keeps to the ranges of the expression.
fn ranged(prefix: &[u8], next: Slot, expr: &Expr) -> Stretch {
    let parts = match expr {
        Expr::All(parts) => &parts[..],
        other => std::slice::from_ref(other),
    };
    let ranges = parts.iter().filter_map(|part| match part {
        Expr::Compare(field, op, value) if field.slot == next && *value != Value::Absent => {
            Stretch::comparing(prefix, *op, value)
        }
        _ => None,
    });
    ranges.fold(Stretch::beginning_with(prefix), |stretch, range| stretch.and(&range))
}

/// The part of a stretch behind the cursor; `None` when the cursor stands elsewhere than the pins.
fn behind(
    stretch: Stretch,
    cursor: &Cursor,
    prefix: Vec<u8>,
    pins: &[Pin<'_>],
    query: &Query,
) -> Option<Stretch> {
    let mut place = prefix;
    for (sort, value) in query.sort.iter().zip(&cursor.values) {
        match pin_at(pins, &sort.place) {
            Some(pinned) if pinned.sort_order(value.borrow()).is_eq() => {}
            Some(_) => return None,
            None => push(&mut place, value.borrow()),
        }
    }
    place.extend_from_slice(cursor.id.as_bytes());
    Some(match query.id_direction() {
        Direction::Ascending => stretch.after(&place),
        Direction::Descending => stretch.before(&place),
    })
}

/// The index with the most first columns that the expression pins, and those values as the beginning of an entry.
pub(crate) fn longest_prefix<'a>(table: &'a Table, expr: &Expr) -> Option<(&'a IndexRows, Vec<u8>)> {
    let pins = pins(expr);
    let best = table.indexes().iter().max_by_key(|index| pinned_columns(index, &pins))?;
    match pinned_columns(best, &pins) {
        0 => None,
        pinned => Some((best, prefix(&best.columns[..pinned], &pins))),
    }
}

/// The only id that meets the expression, when it names one.
pub(crate) fn pinned_id(expr: &Expr) -> Option<Uuid> {
    match pin(&pins(expr), Slot::ID) {
        Some(ValueRef::Id(id)) => Some(id),
        _ => None,
    }
}

/// A column that must equal a value.
type Pin<'a> = (Slot, ValueRef<'a>);

/// The columns that every meeting row has the same value of.
fn pins(expr: &Expr) -> Vec<Pin<'_>> {
    match expr {
        Expr::All(parts) => parts.iter().filter_map(pin_of).collect(),
        other => pin_of(other).into_iter().collect(),
    }
}

fn pin_of(expr: &Expr) -> Option<Pin<'_>> {
    match expr {
        // Nothing equals an absent value, which an index holds all the same.
        Expr::Compare(field, Comparison::Eq, value) if *value != Value::Absent => {
            Some((field.slot, value.borrow()))
        }
        _ => None,
    }
}

fn pin<'a>(pins: &[Pin<'a>], slot: Slot) -> Option<ValueRef<'a>> {
    pins.iter().find(|(pinned, _)| *pinned == slot).map(|(_, value)| *value)
}

/// What the value at a place must equal; the filter pins none that stands in another kind.
fn pin_at<'a>(pins: &[Pin<'a>], place: &Place) -> Option<ValueRef<'a>> {
    match place {
        Place::Own(slot) => pin(pins, *slot),
        Place::Related(_) => None,
    }
}

fn pinned_columns(index: &IndexRows, pins: &[Pin<'_>]) -> usize {
    index.columns.iter().take_while(|column| pin(pins, **column).is_some()).count()
}

fn prefix(columns: &[Slot], pins: &[Pin<'_>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(17 * columns.len());
    for value in columns.iter().filter_map(|column| pin(pins, *column)) {
        push(&mut bytes, value);
    }
    bytes
}
