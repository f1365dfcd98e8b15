//! A schema, stores in it, and somebody else who works in the same database.

use std::sync::Arc;
use std::time::Duration;

use okno::base::{CommandId, ManualClock, TenantId};
use okno::conformance::{Noted, SAMPLES, Sample, id, instant, tenant};
use okno::store::{
    Batch, Digest, JournalRead, NewEvent, NewWork, Origin, Put, Queue, Read, Store, StoreError, Version,
};
use okno_storage_sqlx::{PostgresOptions, PostgresStore};
use okno_tests::postgres::{Database, Schema, server};
use okno_tests::{kinds, runtime};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// A schema with a store in it.
pub(crate) struct Bench {
    pub(crate) store: PostgresStore,
    pub(crate) schema: Schema,
}

/// Runs a test where there is a server for it.
pub(crate) fn on_a_server(test: impl AsyncFnOnce(Bench)) {
    let Some(server) = server() else { return };
    runtime().block_on(async {
        let schema = server.schema(Database::Bytewise).await;
        let store = options(&schema).open(kinds()).await.expect("the store is opened");
        test(Bench { store, schema }).await;
    });
}

/// Options with little patience, and a clock that stands.
pub(crate) fn options(schema: &Schema) -> PostgresOptions {
    PostgresOptions::new(schema.url())
        .schema(schema.name())
        .clock(Arc::new(ManualClock::new(instant(0))))
        .lock_timeout(Duration::from_millis(300))
}

impl Bench {
    /// A connection that is no store.
    pub(crate) async fn other(&self) -> PgConnection {
        PgConnection::connect(self.schema.url()).await.expect("connected")
    }

    /// A table of the schema.
    pub(crate) fn table(&self, name: &str) -> String {
        format!("\"{}\".\"{name}\"", self.schema.name())
    }

    /// Has somebody else run a statement.
    pub(crate) async fn run(&self, other: &mut PgConnection, text: &str) {
        let text = text.replace("{schema}", &format!("\"{}\"", self.schema.name()));
        other.execute(AssertSqlSafe(text)).await.expect("the statement runs");
    }

    /// Has somebody else hold the head of a tenant in a transaction.
    pub(crate) async fn hold(&self, tenant: TenantId) -> PgConnection {
        let mut other = self.other().await;
        let text =
            format!("BEGIN; SELECT 1 FROM {{schema}}.okno_head WHERE tenant = '{}' FOR UPDATE", tenant.0);
        self.run(&mut other, &text).await;
        other
    }

    /// Commits a batch of a number.
    pub(crate) async fn commit(&self, tenant: TenantId, number: u64) -> Result<(), StoreError> {
        self.store.commit(noting(tenant, number)).await.map(drop)
    }

    /// The positions of a tenant's journal.
    pub(crate) async fn positions(&self, tenant: TenantId) -> Vec<u64> {
        let read = JournalRead { tenant, after: 0, subject: None, limit: 10_000 };
        let events = self.store.events(read).await.expect("the journal is read");
        events.iter().map(|event| event.position).collect()
    }

    /// The version of a sample.
    pub(crate) async fn version(&self, tenant: TenantId, number: u64) -> Version {
        let key = SAMPLES.key(id(number));
        let view = self.store.load(Read { keys: vec![key], ..Read::new(tenant) }).await.expect("it is read");
        view.records[&key].as_ref().map_or(Version::ABSENT, |loaded| loaded.version)
    }
}

/// A batch of a number that says something of a new sample of that number.
pub(crate) fn noting(tenant: TenantId, number: u64) -> Batch {
    let mut batch = batch(tenant, number);
    let record = Arc::new(Sample::new(&SAMPLES, id(number)));
    batch.puts.push(Put { record, expected: Version::ABSENT });
    batch.events.push(NewEvent { subject: SAMPLES.key(id(number)), fact: noted(number) });
    batch
}

/// An empty batch of the command of a number.
pub(crate) fn batch(tenant: TenantId, number: u64) -> Batch {
    let digest = Digest::of(&number.to_be_bytes());
    Batch::new(tenant, instant(0), CommandId(id(number)), digest, Origin::SYSTEM)
}

/// An effect of a number, due at once.
pub(crate) fn effect(number: u64) -> NewWork {
    let (subject, body) = (SAMPLES.key(id(number)), "{}".to_owned());
    NewWork { queue: Queue::Effects, key: id(number), subject, due: instant(0), body }
}

/// The tenant that most tests work in.
pub(crate) fn here() -> TenantId {
    tenant(1)
}

fn noted(number: u64) -> Arc<Noted> {
    Arc::new(Noted { number: i64::try_from(number).expect("a small number"), text: None })
}
