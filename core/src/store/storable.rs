//! What every store can keep: checked once, before a batch is taken, so that stores refuse alike.

use super::batch::{Batch, Put};
use super::error::StoreError;
use super::kind::Stored;
use super::work::{Finished, WorkChange};
use crate::base::TextError;
use crate::condition::{Slot, ValueRef};

impl Batch {
    /// Refuses U+0000 in texts that become columns, and values of another type than their column.
    pub(super) fn storable(&self) -> Result<(), StoreError> {
        plain("the label of an answer", &self.answer.label)?;
        for claim in self.claims.iter().chain(&self.releases) {
            plain("the space of a claim", &claim.space)?;
            plain("a claimed value", &claim.value)?;
        }
        self.work.iter().try_for_each(storable_work)?;
        self.puts.iter().try_for_each(|Put { record, .. }| storable_record(&**record))
    }
}

fn storable_work(change: &WorkChange) -> Result<(), StoreError> {
    match change {
        WorkChange::Set(new) => plain("the body of an item", &new.body),
        WorkChange::Cancel { .. } => Ok(()),
        WorkChange::Finish(finish) => match &finish.finished {
            Finished::Done => Ok(()),
            Finished::Retry { error: text, .. } | Finished::Park { reason: text } => {
                plain("why an item failed", text)
            }
        },
    }
}

fn storable_record(record: &dyn Stored) -> Result<(), StoreError> {
    let kind = record.kind();
    for (place, column) in kind.columns.iter().enumerate() {
        // Invariant: a kind has fewer columns than a slot can count.
        let value = record.value(Slot(place as u16));
        let what = || format!("`{}` of `{}`", column.name, kind.key(record.id()));
        if value.ty().is_some_and(|ty| ty != column.ty) {
            let source = format!("a value of type {:?} is expected", column.ty).into();
            return Err(StoreError::Unstorable { what: what(), source });
        }
        if let ValueRef::Code(code) = value
            && code.contains('\0')
        {
            return Err(StoreError::Unstorable { what: what(), source: TextError::Nul.into() });
        }
    }
    Ok(())
}

fn plain(what: &str, text: &str) -> Result<(), StoreError> {
    if text.contains('\0') {
        return Err(StoreError::Unstorable { what: what.to_owned(), source: TextError::Nul.into() });
    }
    Ok(())
}
