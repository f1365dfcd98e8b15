//! A kind with a column of every type, a kind that belongs to it, and stores of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use okno::base::{CommandId, TenantId, Timestamp};
use okno::condition::{FieldType, Row, Slot, Value, ValueRef};
use okno::store::{
    Answer, Batch, Column, DecodeError, Digest, Fact, Index, Key, Kind, Kinds, NewEvent, NewWork, Origin,
    Put, Queue, Relation, Stored, Version,
};
use okno_storage_sqlx::SqliteStore;
use serde::{Deserialize, Serialize};
use sqlx::ConnectOptions as _;
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) static NOTE: Kind = Kind {
    name: "note",
    schema: 1,
    columns: &[
        Column::new("status", FieldType::Code),
        Column::new("title", FieldType::Text),
        Column::new("weight", FieldType::Int),
        Column::new("price", FieldType::Decimal),
        Column::new("opened", FieldType::Instant),
        Column::new("day", FieldType::Date),
        Column::new("line", FieldType::Id),
        Column::new("done", FieldType::Bool),
    ],
    indexes: &[
        Index::new("status", &[Slot(0), Slot(4)]),
        Index::new("title", &[Slot(1)]),
        Index::new("opened", &[Slot(4)]),
    ],
    texts: &["title"],
    relations: &[
        Relation::new("people", &PERSON, Slot(0)),
        Relation::new("fitting", &PERSON, Slot(0)).with_same(&[(Slot(1), Slot(0))]),
    ],
    mark: None,
    growing: false,
    decode: |_, body| decode(&NOTE, body),
    decode_event: |body, content| Ok(Arc::new(Said::read(body, content)?)),
};

pub(crate) static PERSON: Kind = Kind {
    name: "person",
    schema: 1,
    columns: &[Column::new("note", FieldType::Id), Column::new("role", FieldType::Code)],
    indexes: &[Index::new("note", &[Slot(0)])],
    texts: &[],
    relations: &[],
    mark: None,
    growing: false,
    decode: |_, body| decode(&PERSON, body),
    decode_event: |body, content| Ok(Arc::new(Said::read(body, content)?)),
};

/// A record of any kind: an id and its values.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    #[serde(skip, default = "note")]
    pub(crate) kind: &'static Kind,
    pub(crate) id: Uuid,
    pub(crate) values: Vec<Value>,
}

fn note() -> &'static Kind {
    &NOTE
}

pub(crate) fn decode(kind: &'static Kind, body: &str) -> Result<Arc<dyn Stored>, DecodeError> {
    let record: Record =
        serde_json::from_str(body).map_err(|source| DecodeError { kind: kind.name, source })?;
    Ok(Arc::new(Record { kind, ..record }))
}

impl Stored for Record {
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
        let first = self.values.iter().find_map(|value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        });
        first.filter(|_| place == 0)
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl Row for Record {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        if slot == Slot::ID { ValueRef::Id(self.id) } else { Stored::value(self, slot) }
    }
}

/// A fact whose text can be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) number: u64,
    pub(crate) text: Option<String>,
}

impl Said {
    fn read(body: &str, content: Option<&str>) -> Result<Self, DecodeError> {
        let number = serde_json::from_str(body).map_err(|source| DecodeError { kind: "note", source })?;
        Ok(Self { number, text: content.map(str::to_owned) })
    }
}

impl Fact for Said {
    fn name(&self) -> &'static str {
        "said"
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&self.number)
    }

    fn content(&self) -> Result<Option<String>, serde_json::Error> {
        Ok(self.text.clone())
    }
}

pub(crate) fn kinds() -> Kinds {
    Kinds::new([&NOTE, &PERSON])
}

pub(crate) fn tenant() -> TenantId {
    TenantId(Uuid::from_u128(1))
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).expect("an instant")
}

/// A fresh file and a store in it.
pub(crate) async fn store() -> (TempDir, SqliteStore) {
    let dir = tempfile::tempdir().expect("a directory");
    let store = SqliteStore::open(dir.path().join("desk.db"), kinds()).await.expect("a store");
    (dir, store)
}

/// A batch of the next command.
pub(crate) fn batch() -> Batch {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let command = CommandId(Uuid::from_u128(number.into()));
    let mut batch =
        Batch::new(tenant(), at(1_000), command, Digest::of(&number.to_be_bytes()), Origin::SYSTEM);
    batch.answer = Answer { label: format!("N-{number}"), ..Answer::default() };
    batch
}

/// A batch that writes a new note and says so.
pub(crate) fn noting(id: u128) -> Batch {
    let mut batch = batch();
    put(&mut batch, blank(id), Version::ABSENT);
    batch
}

pub(crate) fn put(batch: &mut Batch, record: Record, expected: Version) {
    let subject = Key { kind: record.kind, id: record.id };
    batch
        .events
        .push(NewEvent { subject, fact: Arc::new(Said { number: 7, text: Some("hello".to_owned()) }) });
    batch.puts.push(Put { record: Arc::new(record), expected });
}

/// A note without any value.
pub(crate) fn blank(id: u128) -> Record {
    Record { kind: &NOTE, id: Uuid::from_u128(id), values: vec![Value::Absent; NOTE.columns.len()] }
}

/// A timer that is due since 1970.
pub(crate) fn item(key: u128, subject: Key) -> NewWork {
    NewWork { queue: Queue::Timers, key: Uuid::from_u128(key), subject, due: at(0), body: "{}".to_owned() }
}

/// A connection that is no store.
pub(crate) async fn other_program(path: &std::path::Path) -> sqlx::SqliteConnection {
    sqlx::sqlite::SqliteConnectOptions::new().filename(path).connect().await.expect("connected")
}
