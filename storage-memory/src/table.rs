use imbl::OrdMap;
use okno::condition::{Slot, Value};
use okno::store::{Kind, Loaded};
use uuid::Uuid;

use crate::index::IndexRows;
use crate::stretch::{Stretch, push};

/// The rows of one kind of one tenant, by id and by every index of the kind.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) kind: &'static Kind,
    rows: OrdMap<Uuid, Loaded>,
    indexes: Vec<IndexRows>,
}

impl Table {
    pub(crate) fn new(kind: &'static Kind) -> Self {
        Self { kind, rows: OrdMap::new(), indexes: kind.indexes.iter().map(IndexRows::new).collect() }
    }

    /// Gives an id a row or none; indexes whose columns stay as they were are not touched.
    pub(crate) fn write(&mut self, id: Uuid, row: Option<Loaded>) {
        let before = match row.clone() {
            Some(row) => self.rows.insert(id, row),
            None => self.rows.remove(&id),
        };
        for index in &mut self.indexes {
            index.change(id, before.as_ref(), row.as_ref());
        }
    }

    pub(crate) fn row(&self, id: Uuid) -> Option<&Loaded> {
        self.rows.get(&id)
    }

    pub(crate) fn rows(&self) -> &OrdMap<Uuid, Loaded> {
        &self.rows
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
