//! What is taken from records and facts before a batch waits for the writer: their columns and their bodies, so that
//! the writer runs no code of theirs.

use std::any::Any;

use okno::base::limits::BODY_BYTES_MAX;
use okno::condition::{Slot, Value, ValueRef};
use okno::store::{Batch, Fact, Key, Kind, NewEvent, Put, StoreError, Stored, Version, WorkChange};
use std::sync::Arc;
use uuid::Uuid;

use super::table::Tables;
use super::text::PreparedTexts;

/// A record whose columns and body were taken.
#[derive(Debug)]
pub(crate) struct PreparedRecord {
    kind: &'static Kind,
    id: Uuid,
    pub(crate) values: Vec<Value>,
    pub(crate) body: String,
    /// The columns that differ from the record that it replaces, where that is known.
    pub(crate) changed: Option<Vec<bool>>,
    pub(crate) texts: PreparedTexts,
}

/// A fact whose body and content were taken.
#[derive(Debug)]
pub(crate) struct PreparedFact {
    name: &'static str,
    pub(crate) body: String,
    pub(crate) content: Option<String>,
}

impl PreparedRecord {
    /// Takes the columns, the body and the texts of a record; those of a new one are made ready for their index.
    ///
    /// # Errors
    /// [`StoreError::Unstorable`], [`StoreError::Limit`].
    pub(crate) fn new(record: &dyn Stored, is_new: bool) -> Result<Self, StoreError> {
        let (kind, id) = (record.kind(), record.id());
        let values =
            (0..kind.columns.len()).map(|place| record.value(Slot(place as u16)).to_owned()).collect();
        let body = record.encode().map_err(|source| unstorable(kind.key(id).to_string(), source))?;
        StoreError::within("bytes of a body", body.len(), BODY_BYTES_MAX)?;
        Ok(Self { kind, id, values, body, changed: None, texts: PreparedTexts::new(record, is_new) })
    }

    /// Notes which columns differ from the record that it replaces, and whether its texts do.
    fn replacing(mut self, replaced: Option<&dyn Stored>) -> Self {
        self.changed = replaced.map(|replaced| {
            let values = self.values.iter().enumerate();
            values.map(|(place, value)| !same(value.borrow(), replaced.value(Slot(place as u16)))).collect()
        });
        self.texts.replacing(replaced);
        self
    }

    /// The prepared record behind a stored one.
    pub(crate) fn of(record: &dyn Stored) -> Option<&Self> {
        let any: &dyn Any = record;
        any.downcast_ref()
    }
}

impl PreparedFact {
    fn new(fact: &dyn Fact) -> Result<Self, StoreError> {
        let name = fact.name();
        let body = fact.encode().map_err(|source| unstorable(format!("`{name}`"), source))?;
        let content = fact.content().map_err(|source| unstorable(format!("`{name}`"), source))?;
        let bytes = body.len().max(content.as_ref().map_or(0, String::len));
        StoreError::within("bytes of a body", bytes, BODY_BYTES_MAX)?;
        Ok(Self { name, body, content })
    }

    /// The prepared fact behind a fact.
    pub(crate) fn of(fact: &dyn Fact) -> Option<&Self> {
        let any: &dyn Any = fact;
        any.downcast_ref()
    }
}

impl Stored for PreparedRecord {
    fn kind(&self) -> &'static Kind {
        self.kind
    }

    fn id(&self) -> Uuid {
        self.id
    }

    fn value(&self, slot: Slot) -> ValueRef<'_> {
        self.values.get(usize::from(slot.0)).map_or(ValueRef::Absent, Value::borrow)
    }

    fn text(&self, place: usize) -> Option<&str> {
        self.texts.raw(place)
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        Ok(self.body.clone())
    }
}

impl Fact for PreparedFact {
    fn name(&self) -> &'static str {
        self.name
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        Ok(self.body.clone())
    }

    fn content(&self) -> Result<Option<String>, serde_json::Error> {
        Ok(self.content.clone())
    }
}

/// Makes a batch ready for the writer.
///
/// # Errors
/// [`StoreError::Limit`], [`StoreError::UnknownKind`], [`StoreError::Unstorable`].
pub(crate) fn prepare(mut batch: Batch, tables: &Tables) -> Result<Batch, StoreError> {
    batch.within_limits()?;
    check_kinds(&batch, tables)?;
    let replaced = std::mem::take(&mut batch.replaced);
    for Put { record, expected } in &mut batch.puts {
        let replaced = replaced.iter().find(|replaced| replaced.key() == record.key());
        let prepared = PreparedRecord::new(&**record, *expected == Version::ABSENT)?;
        *record = Arc::new(prepared.replacing(replaced.map(|replaced| &**replaced)));
    }
    for NewEvent { fact, .. } in &mut batch.events {
        *fact = Arc::new(PreparedFact::new(&**fact)?);
    }
    Ok(batch)
}

/// A number as databases keep it.
///
/// # Errors
/// [`StoreError::Unstorable`] above 2^63 - 1.
pub(crate) fn int(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|source| unstorable(format!("the number {number}"), source))
}

/// A place in a journal as databases keep it: no journal reaches beyond the last.
pub(crate) fn position(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn check_kinds(batch: &Batch, tables: &Tables) -> Result<(), StoreError> {
    let keys = batch.deletes.iter().chain(&batch.guards).map(|(key, _)| *key);
    let puts = batch.puts.iter().map(Put::key);
    let subjects = batch.events.iter().map(|event| event.subject);
    let work = batch.work.iter().filter_map(|change| match change {
        WorkChange::Set(new) => Some(new.subject),
        WorkChange::Cancel { .. } | WorkChange::Finish(_) => None,
    });
    let erased = batch.erase.iter().copied();
    let mut all = keys.chain(puts).chain(subjects).chain(erased).chain(work);
    all.try_for_each(|Key { kind, .. }| tables.get(kind.name).map(drop))
}

/// Whether a row holds the same for both: texts as they were written, not as they are compared.
fn same(one: ValueRef<'_>, other: ValueRef<'_>) -> bool {
    match (one, other) {
        (ValueRef::Text(one), ValueRef::Text(other)) => one.as_str() == other.as_str(),
        (one, other) => one == other,
    }
}

fn unstorable(what: String, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Unstorable { what, source: why.into() }
}
