use imbl::OrdSet;
use okno::condition::{Row, Slot};
use okno::store::{Index, Loaded};
use uuid::Uuid;

use crate::stretch::{Stretch, push};

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
        if let (Some(before), Some(after)) = (before, after)
            && self.columns.iter().all(|column| before.value(*column) == after.value(*column))
        {
            return;
        }
        if let Some(before) = before {
            self.entries.remove(&self.entry(before, id));
        }
        if let Some(after) = after {
            self.entries.insert(self.entry(after, id));
        }
    }

    /// The ids of the entries of a stretch, in order.
    pub(crate) fn ids(&self, stretch: &Stretch) -> impl DoubleEndedIterator<Item = Uuid> + '_ {
        let range = (!stretch.is_empty()).then(|| self.entries.range::<_, [u8]>(stretch.bounds()));
        range.into_iter().flatten().filter_map(|entry| {
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
