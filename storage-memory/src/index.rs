//! Index entries as bytes whose order is the order of the values: a prefix of columns is a prefix of bytes.

use std::ops::Bound;

use chrono::Datelike;
use imbl::OrdSet;
use okno::condition::{Comparison, Row, Slot, Value, ValueRef};
use okno::store::{Index, Loaded};
use uuid::Uuid;

/// The order of the rows of a kind by some of its columns and the id.
#[derive(Debug, Clone)]
pub(crate) struct IndexRows {
    pub(crate) columns: &'static [Slot],
    entries: OrdSet<Box<[u8]>>,
}

impl IndexRows {
    pub(crate) fn new(index: &Index) -> Self {
        Self { columns: index.columns, entries: OrdSet::new() }
    }

    /// Follows a change of the row of an id.
    pub(crate) fn change(&mut self, id: Uuid, before: Option<&Loaded>, after: Option<&Loaded>) {
        let before = before.map(|row| self.entry(row, id));
        let after = after.map(|row| self.entry(row, id));
        if before == after {
            return;
        }
        if let Some(before) = before {
            self.entries.remove(&before);
        }
        if let Some(after) = after {
            self.entries.insert(after);
        }
    }

    /// The ids of the entries that lie between two bounds, in order.
    pub(crate) fn ids(&self, between: Between) -> impl DoubleEndedIterator<Item = Uuid> + '_ {
        self.entries.range(between).filter_map(|entry| {
            let (_, id) = entry.split_last_chunk::<16>()?;
            Some(Uuid::from_bytes(*id))
        })
    }

    fn entry(&self, row: &Loaded, id: Uuid) -> Box<[u8]> {
        let mut bytes = Vec::with_capacity(16 + 17 * self.columns.len());
        for column in self.columns {
            push(&mut bytes, row.value(*column));
        }
        bytes.extend_from_slice(id.as_bytes());
        bytes.into_boxed_slice()
    }
}

/// A range of entries.
pub(crate) type Between = (Bound<Box<[u8]>>, Bound<Box<[u8]>>);

/// Every entry that begins with `prefix`.
pub(crate) fn beginning_with(prefix: &[u8]) -> Between {
    (Bound::Included(prefix.into()), after_all(prefix))
}

/// Every entry whose first column compares with the value; `None` when that is not one stretch of the index.
pub(crate) fn between(op: Comparison, value: &Value) -> Option<Between> {
    let mut prefix = Vec::new();
    push(&mut prefix, value.borrow());
    let present = Bound::Included(Box::from([1]));
    match op {
        Comparison::Eq => Some(beginning_with(&prefix)),
        Comparison::Ne => None,
        Comparison::Lt => Some((present, Bound::Excluded(prefix.into()))),
        Comparison::Le => Some((present, after_all(&prefix))),
        Comparison::Gt => Some((behind(&prefix), Bound::Unbounded)),
        Comparison::Ge => Some((Bound::Included(prefix.into()), Bound::Unbounded)),
    }
}

/// The bound from which entries no longer begin with `prefix`.
fn behind(prefix: &[u8]) -> Bound<Box<[u8]>> {
    match after_all(prefix) {
        Bound::Excluded(end) => Bound::Included(end),
        bound => bound,
    }
}

/// The bound behind every entry that begins with `prefix`.
pub(crate) fn after_all(prefix: &[u8]) -> Bound<Box<[u8]>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Bound::Excluded(end.into_boxed_slice());
        }
    }
    Bound::Unbounded
}

/// Appends a value so that bytes compare as values sort: nothing first.
pub(crate) fn push(bytes: &mut Vec<u8>, value: ValueRef<'_>) {
    if value == ValueRef::Absent {
        bytes.push(0);
        return;
    }
    bytes.push(1);
    match value {
        ValueRef::Absent => {}
        ValueRef::Bool(v) => bytes.push(u8::from(v)),
        ValueRef::Int(v) => push_number(bytes, v),
        ValueRef::Decimal(v) => push_number(bytes, v.units()),
        ValueRef::Instant(v) => push_number(bytes, v.millis()),
        ValueRef::Date(v) => {
            push_number(bytes, v.num_days_from_ce().into());
        }
        ValueRef::Id(v) => bytes.extend_from_slice(v.as_bytes()),
        ValueRef::Code(v) => push_text(bytes, v),
        ValueRef::Text(v) => push_text(bytes, v.key()),
    }
}

fn push_number(bytes: &mut Vec<u8>, number: i64) {
    // The sign is turned, so that negative numbers come first.
    bytes.extend_from_slice(&(number as u64 ^ (1 << 63)).to_be_bytes());
}

/// A text ends with two zero bytes; a zero byte inside it is marked, so that no text runs into the next column.
fn push_text(bytes: &mut Vec<u8>, text: &str) {
    for part in text.as_bytes().split_inclusive(|byte| *byte == 0) {
        bytes.extend_from_slice(part);
        if part.ends_with(&[0]) {
            bytes.push(u8::MAX);
        }
    }
    bytes.extend_from_slice(&[0, 0]);
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use okno::base::{Decimal, Text, Timestamp};
    use okno::condition::Value;

    use super::*;

    fn bytes(values: &[&Value]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for value in values {
            push(&mut bytes, value.borrow());
        }
        bytes
    }

    fn columns() -> Vec<Vec<Value>> {
        let numbers = [i64::MIN, -256, -1, 0, 1, 255, 256, i64::MAX];
        let texts = ["", "\0", "\0a", "a", "a\0", "ab", "b", "ё", "я", "\u{10ffff}"];
        let text = |text: &&str| Text::new(*text).ok().map(Value::Text);
        let instants = [Timestamp::MIN, Timestamp::MAX].map(Value::Instant);
        let mut columns = vec![
            vec![Value::Bool(false), Value::Bool(true)],
            numbers.map(Value::Int).to_vec(),
            numbers.map(|units| Value::Decimal(Decimal::from_units(units))).to_vec(),
            instants.to_vec(),
            [Uuid::nil(), Uuid::max()].map(Value::Id).to_vec(),
            texts.iter().map(|text| Value::Code((*text).into())).collect(),
            texts.iter().filter_map(text).collect(),
        ];
        for column in &mut columns {
            column.push(Value::Absent);
        }
        columns
    }

    #[test]
    fn bytes_compare_as_values_sort() {
        for column in columns() {
            for (a, b) in column.iter().flat_map(|a| column.iter().map(move |b| (a, b))) {
                assert_eq!(bytes(&[a]).cmp(&bytes(&[b])), a.borrow().sort_order(b.borrow()), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn no_value_runs_into_the_next_column() {
        for column in columns() {
            for (a, b) in column.iter().flat_map(|a| column.iter().map(move |b| (a, b))) {
                let order = a.borrow().sort_order(b.borrow());
                if order != Ordering::Equal {
                    for (x, y) in column.iter().flat_map(|x| column.iter().map(move |y| (x, y))) {
                        assert_eq!(bytes(&[a, x]).cmp(&bytes(&[b, y])), order, "{a:?} {x:?} {b:?} {y:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_bound_behind_a_prefix_holds_at_the_last_byte() {
        assert_eq!(after_all(&[1, 2]), Bound::Excluded(Box::from([1, 3])));
        assert_eq!(after_all(&[1, 255]), Bound::Excluded(Box::from([2])));
        assert_eq!(after_all(&[255]), Bound::Unbounded);
    }
}
