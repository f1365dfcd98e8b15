use std::ops::Bound;

use imbl::OrdMap;
use okno::condition::{Slot, Value};
use okno::store::{Kind, Loaded};
use uuid::Uuid;

use crate::index::IndexRows;
use crate::stretch::{Stretch, push};
use crate::texts::TextIndex;

/// The rows of one kind of one tenant, by id and by every index of the kind.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) kind: &'static Kind,
    rows: OrdMap<Uuid, Row>,
    indexes: Vec<IndexRows>,
    /// The index of the searched texts, once somebody searched.
    texts: Option<TextIndex>,
}

/// A row and its number among those with searched texts, in the order of writing; 0 when there are none.
#[derive(Debug, Clone)]
struct Row {
    number: u64,
    loaded: Loaded,
}

impl Table {
    pub(crate) fn new(kind: &'static Kind) -> Self {
        let indexes = kind.indexes.iter().map(IndexRows::new).collect();
        Self { kind, rows: OrdMap::new(), indexes, texts: None }
    }

    /// Gives an id a row or none; indexes whose columns stay as they were are not touched. A row that was not there before
    /// comes with a number.
    pub(crate) fn write(&mut self, id: Uuid, row: Option<Loaded>, number: Option<u64>) {
        let before = match row.clone() {
            Some(loaded) => {
                let number = number.or_else(|| self.rows.get(&id).map(|row| row.number)).unwrap_or_default();
                self.rows.insert(id, Row { number, loaded })
            }
            None => self.rows.remove(&id),
        };
        for index in &mut self.indexes {
            index.change(id, before.as_ref().map(|row| &row.loaded), row.as_ref());
        }
        if let Some(texts) = &mut self.texts {
            if let Some(Row { number, loaded }) = &before {
                texts.remove(*number, loaded);
            }
            if let Some(Row { number, loaded }) = self.rows.get(&id) {
                texts.insert(*number, loaded);
            }
        }
    }

    /// Whether the index of the texts was made.
    pub(crate) fn is_searchable(&self) -> bool {
        self.texts.is_some()
    }

    /// Makes the index of the texts.
    pub(crate) fn make_searchable(&mut self) {
        let mut texts = TextIndex::default();
        for Row { number, loaded } in self.rows.values() {
            texts.insert(*number, loaded);
        }
        self.texts = Some(texts);
    }

    /// The index of the texts, if it was made.
    pub(crate) fn texts(&self) -> Option<&TextIndex> {
        self.texts.as_ref()
    }

    pub(crate) fn row(&self, id: Uuid) -> Option<&Loaded> {
        self.rows.get(&id).map(|row| &row.loaded)
    }

    /// Every row, by id.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Loaded> {
        self.rows.values().map(|row| &row.loaded)
    }

    /// The rows behind an id, or all.
    pub(crate) fn rows_after(&self, after: Option<Uuid>) -> impl Iterator<Item = &Loaded> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows.range((after, Bound::Unbounded)).map(|(_, row)| &row.loaded)
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn indexes(&self) -> &[IndexRows] {
        &self.indexes
    }

    /// The ids of the rows whose columns, the beginning of an index, have these values; nothing equals an absent value.
    pub(crate) fn look_up(&self, equal: &[(Slot, Value)]) -> Vec<Uuid> {
        let fits = |index: &&IndexRows| {
            index.columns.len() >= equal.len() && index.columns.iter().zip(equal).all(|(a, (b, _))| a == b)
        };
        let Some(index) = self.indexes.iter().find(fits) else { return Vec::new() };
        let mut prefix = Vec::new();
        for (slot, value) in equal {
            // Values of another type may have the same bytes.
            if value.ty().is_none() || value.ty() != self.kind.column(*slot).map(|column| column.ty) {
                return Vec::new();
            }
            push(&mut prefix, value.borrow());
        }
        index.ids(&Stretch::beginning_with(&prefix)).collect()
    }
}
