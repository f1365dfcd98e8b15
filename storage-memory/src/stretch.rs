//! Index entries as bytes whose order is the order of the values: a prefix of columns is a prefix of bytes.

use std::ops::Bound;

use chrono::Datelike;
use okno::condition::{Comparison, Value, ValueRef};

/// Entries that stand together.
#[derive(Debug, Clone)]
pub(crate) struct Stretch {
    /// The first entry, if it is there.
    from: Vec<u8>,
    /// What stands behind the last entry; `None` when nothing does.
    to: Option<Vec<u8>>,
}

impl Stretch {
    /// Every entry that begins with `prefix`.
    pub(crate) fn beginning_with(prefix: &[u8]) -> Self {
        Self { from: prefix.to_vec(), to: end_of(prefix) }
    }

    /// Every entry that begins with `prefix` and whose next column compares with the value; `None` when those do not
    /// stand together. The value is there: nothing compares with an absent one.
    pub(crate) fn comparing(prefix: &[u8], op: Comparison, value: &Value) -> Option<Self> {
        let mut equal = prefix.to_vec();
        push(&mut equal, value.borrow());
        // Behind the entries whose column is absent.
        let present = [prefix, &[1]].concat();
        Some(match op {
            Comparison::Eq => Self::beginning_with(&equal),
            Comparison::Ne => return None,
            Comparison::Lt => Self { from: present, to: Some(equal) },
            Comparison::Le => Self { from: present, to: end_of(&equal) },
            Comparison::Gt => Self { from: end_of(&equal)?, to: end_of(prefix) },
            Comparison::Ge => Self { from: equal, to: end_of(prefix) },
        })
    }

    /// Leaves out `entry` and what stands before it.
    pub(crate) fn after(self, entry: &[u8]) -> Self {
        let from = [entry, &[0]].concat();
        Self { from: self.from.max(from), ..self }
    }

    /// Leaves out `entry` and what stands behind it.
    pub(crate) fn before(self, entry: &[u8]) -> Self {
        self.and(&Self { from: Vec::new(), to: Some(entry.to_vec()) })
    }

    /// What both stretches hold.
    pub(crate) fn and(self, other: &Self) -> Self {
        let to = match (self.to, &other.to) {
            (Some(a), Some(b)) => Some(a.min(b.clone())),
            (a, b) => a.or_else(|| b.clone()),
        };
        Self { from: self.from.max(other.from.clone()), to }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.to.as_ref().is_some_and(|to| *to <= self.from)
    }

    pub(crate) fn bounds(&self) -> (Bound<&[u8]>, Bound<&[u8]>) {
        let to = self.to.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        (Bound::Included(&self.from), to)
    }
}

/// What stands behind every entry that begins with `prefix`.
fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
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
    use std::ops::RangeBounds;

    use okno::base::{Decimal, Text, Timestamp};
    use uuid::Uuid;

    use super::*;

    impl Stretch {
        fn holds(&self, entry: &[u8]) -> bool {
            RangeBounds::<[u8]>::contains(&self.bounds(), entry)
        }
    }

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
    fn the_end_of_a_prefix_holds_at_the_last_byte() {
        assert_eq!(end_of(&[1, 2]), Some(vec![1, 3]));
        assert_eq!(end_of(&[1, 255]), Some(vec![2]));
        assert_eq!(end_of(&[255]), None);
    }

    #[test]
    fn a_stretch_holds_what_compares() {
        for column in columns() {
            let pairs = column.iter().flat_map(|a| column.iter().map(move |b| (a, b)));
            for (found, value) in pairs.filter(|(_, value)| **value != Value::Absent) {
                use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
                for op in [Eq, Ne, Lt, Le, Gt, Ge] {
                    let Some(stretch) = Stretch::comparing(b"p", op, value) else { continue };
                    let entry = [b"p", &bytes(&[found])[..], &[7; 16]].concat();
                    let holds = op.holds(found.borrow().compare(value.borrow()));
                    assert_eq!(stretch.holds(&entry), holds, "{found:?} {op:?} {value:?}");
                }
            }
        }
    }
}
