use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event::Fact;
use crate::condition::{Field, FieldType, Fields, Place, Row, Slot, ValueRef};

/// Declares one kind of record: its columns, its indexes and how it is read back.
#[derive(Debug)]
pub struct Kind {
    /// Its name, which is the name of its table.
    pub name: &'static str,
    /// Number of the schema: higher when columns, indexes, searched texts or the meaning of the body changed.
    pub schema: u32,
    /// What is searched, sorted and reported.
    pub columns: &'static [Column],
    /// The indexes, each below the tenant.
    pub indexes: &'static [Index],
    /// The names of the texts that are searched in full; [`Stored::text`] gives them by their places.
    pub texts: &'static [&'static str],
    /// Other kinds whose rows belong to rows of this one.
    pub relations: &'static [Relation],
    /// Which snapshot of the tenant a change of this kind makes stale.
    pub mark: Option<Mark>,
    /// Whether the number of rows grows with the work done, so that a scan is never right.
    pub growing: bool,
    /// Reads a record back from its body, whatever schema number wrote it.
    pub decode: DecodeRecord,
    /// Reads an event about such a record back from its body and its personal content.
    pub decode_event: DecodeFact,
}

/// Reads a record back from the schema number that wrote it and its body.
pub type DecodeRecord = fn(u32, &str) -> Result<Arc<dyn Stored>, DecodeError>;

/// Reads a fact back from its body and its content, which may have been erased.
pub type DecodeFact = fn(&str, Option<&str>) -> Result<Arc<dyn Fact>, DecodeError>;

/// A column of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name, in tables and in conditions.
    pub name: &'static str,
    /// Its type.
    pub ty: FieldType,
    /// The tree that its ids belong to.
    pub tree: Option<&'static str>,
    /// The only codes it can have, when they are few and fixed.
    pub codes: &'static [&'static str],
    /// The schema number that brought it.
    pub since: u32,
}

impl Column {
    /// A column of schema 1 without tree or fixed codes.
    #[must_use]
    pub const fn new(name: &'static str, ty: FieldType) -> Self {
        Self { name, ty, tree: None, codes: &[], since: 1 }
    }

    /// Says which tree its ids belong to.
    #[must_use]
    pub const fn in_tree(mut self, tree: &'static str) -> Self {
        self.tree = Some(tree);
        self
    }

    /// Says which codes it can have.
    #[must_use]
    pub const fn one_of(mut self, codes: &'static [&'static str]) -> Self {
        self.codes = codes;
        self
    }
}

/// An index of a kind: columns by their place, in order, below the tenant and above the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    /// Its name within the kind.
    pub name: &'static str,
    /// The columns.
    pub columns: &'static [Slot],
}

/// Rows of another kind that belong to a row of this one.
#[derive(Clone, Copy)]
pub struct Relation {
    /// What conditions call it.
    pub name: &'static str,
    /// The other kind.
    pub kind: &'static Kind,
    /// The column of the other kind that holds the same as `own`.
    pub column: Slot,
    /// The column of this kind that rows are joined by: mostly the id.
    pub own: Slot,
    /// Columns of the other kind and of this one that must be equal as well; nothing equals an absent value.
    pub same: &'static [(Slot, Slot)],
}

impl Relation {
    /// A relation in which the id alone says what belongs to what.
    #[must_use]
    pub const fn new(name: &'static str, kind: &'static Kind, column: Slot) -> Self {
        Self { name, kind, column, own: Slot::ID, same: &[] }
    }

    /// A relation to the row whose id stands in a column of this kind.
    #[must_use]
    pub const fn to(name: &'static str, kind: &'static Kind, own: Slot) -> Self {
        Self { name, kind, column: Slot::ID, own, same: &[] }
    }

    /// Says which columns must be equal as well: of the other kind first, of this one second.
    #[must_use]
    pub const fn with_same(mut self, same: &'static [(Slot, Slot)]) -> Self {
        self.same = same;
        self
    }

    /// Whether `other`, a row of the other kind, belongs to `row`.
    pub fn joins(&self, other: &dyn Row, row: &dyn Row) -> bool {
        let equal = |theirs: Slot, ours: Slot| {
            other.value(theirs).compare(row.value(ours)) == Some(std::cmp::Ordering::Equal)
        };
        equal(self.column, self.own) && self.same.iter().all(|(theirs, ours)| equal(*theirs, *ours))
    }
}

/// Names the other kind: kinds can lead to each other.
impl fmt::Debug for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, column, own, same } = self;
        let mut shown = f.debug_struct("Relation");
        shown.field("name", name).field("kind", &kind.name).field("column", column);
        shown.field("own", own).field("same", same).finish()
    }
}

/// A snapshot of a tenant that readers hold in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// People, units, lines, grants.
    Directory,
    /// Definitions.
    Blueprint,
}

impl Mark {
    /// Every mark.
    pub const ALL: [Self; 2] = [Self::Directory, Self::Blueprint];
}

impl Kind {
    /// The key of a record of this kind.
    #[must_use]
    pub const fn key(&'static self, id: Uuid) -> Key {
        Key { kind: self, id }
    }

    /// The place of a column; the id and the position have places in every kind.
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<Slot> {
        match name {
            "id" => Some(Slot::ID),
            "position" => Some(Slot::POSITION),
            _ => self.columns.iter().position(|column| column.name == name).map(|n| Slot(n as u16)),
        }
    }

    /// The column at a place, the id and the position included.
    #[must_use]
    pub fn column(&self, slot: Slot) -> Option<Column> {
        match slot {
            Slot::ID => Some(Column::new("id", FieldType::Id)),
            Slot::POSITION => Some(Column::new("position", FieldType::Int)),
            Slot(n) => self.columns.get(usize::from(n)).copied(),
        }
    }

    /// The column at a place: of this kind, or of a kind whose rows belong to its rows.
    #[must_use]
    pub fn column_at(&self, place: &Place) -> Option<Column> {
        match place {
            Place::Own(slot) => self.column(*slot),
            Place::Related(related) => self.relation(related.relation)?.kind.column(related.slot),
        }
    }

    /// The place of a searched text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<usize> {
        self.texts.iter().position(|text| *text == name)
    }

    /// The relation of a name.
    #[must_use]
    pub fn relation(&self, name: &str) -> Option<&'static Relation> {
        self.relations.iter().find(|relation| relation.name == name)
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.name == other.name
    }
}

impl Eq for Kind {}

impl Fields for Kind {
    fn field(&self, code: &str) -> Option<Field> {
        let slot = self.slot(code)?;
        let column = self.column(slot)?;
        Some(Field { place: slot.into(), ty: column.ty, tree: column.tree, codes: column.codes })
    }

    fn codes(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.name).chain(["id"]).collect()
    }
}

/// The kinds that a store keeps, by name.
#[derive(Debug, Clone, Default)]
pub struct Kinds(BTreeMap<&'static str, &'static Kind>);

impl Kinds {
    /// Registers kinds; a later one of the same name replaces an earlier one.
    pub fn new(kinds: impl IntoIterator<Item = &'static Kind>) -> Self {
        Self(kinds.into_iter().map(|kind| (kind.name, kind)).collect())
    }

    /// Finds a kind by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'static Kind> {
        self.0.get(name).copied()
    }

    /// Every kind, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = &'static Kind> {
        self.0.values().copied()
    }
}

/// A record that a store can keep.
pub trait Stored: Any + fmt::Debug + Send + Sync {
    /// Its kind.
    fn kind(&self) -> &'static Kind;

    /// Its id.
    fn id(&self) -> Uuid;

    /// Its key.
    fn key(&self) -> Key {
        self.kind().key(self.id())
    }

    /// The value of one of its kind's columns.
    fn value(&self, slot: Slot) -> ValueRef<'_>;

    /// One of its kind's searched texts, by its place.
    fn text(&self, _place: usize) -> Option<&str> {
        None
    }

    /// The whole record as JSON.
    ///
    /// # Errors
    /// What the serialiser reports.
    fn encode(&self) -> Result<String, serde_json::Error>;
}

/// Names one record of a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its kind.
    pub kind: &'static Kind,
    /// Its id.
    pub id: Uuid,
}

impl Key {
    fn parts(&self) -> (&'static str, Uuid) {
        (self.kind.name, self.id)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // Names are compared only where the kinds are two.
        if std::ptr::eq(self.kind, other.kind) {
            return self.id.cmp(&other.id);
        }
        self.parts().cmp(&other.parts())
    }
}

impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.parts().hash(state);
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.name, self.id)
    }
}

/// How often a record was written; [`Version::ABSENT`] before the first time and after it was deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// There is no such record.
    pub const ABSENT: Self = Self(0);

    /// The version after one more write.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A record as it was read.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Its version.
    pub version: Version,
    /// The journal position of its last change.
    pub position: u64,
    /// The record.
    pub record: Arc<dyn Stored>,
}

impl Loaded {
    /// The record as its own type; `None` when it is of another.
    #[must_use]
    pub fn of<T: Stored>(&self) -> Option<Arc<T>> {
        let any: Arc<dyn Any + Send + Sync> = self.record.clone();
        any.downcast().ok()
    }
}

impl Row for Loaded {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        match slot {
            Slot::ID => ValueRef::Id(self.record.id()),
            Slot::POSITION => ValueRef::Int(i64::try_from(self.position).unwrap_or(i64::MAX)),
            _ => self.record.value(slot),
        }
    }
}

/// A body that cannot be read back.
#[derive(Debug, thiserror::Error)]
#[error("the body of a `{kind}` cannot be read")]
pub struct DecodeError {
    /// The kind.
    pub kind: &'static str,
    /// Why.
    #[source]
    pub source: serde_json::Error,
}
