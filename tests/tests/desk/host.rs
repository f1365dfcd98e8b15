//! A host that keeps its own rows in the database of the store: both are written, or neither is.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use okno::base::CommandId;
use okno::engine::{Command, Plan};
use okno::store::{Batch, JournalRead, Receipt, Store, StoreError};
use okno::{Condition, Desk, DeskError, List, Refusal, RequestCommand, RequestId, Submit, TenantId};
use okno_storage_sqlx::{PostgresOptions, PostgresStore, SqliteOptions, SqliteStore};
use okno_tests::{Database, Who, code, found, kinds, postgres, runtime, text};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Sqlite, SqlitePool, Transaction};
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));
const OTHER: TenantId = TenantId(Uuid::from_u128(2));

/// How long anybody waits for a lock.
const PATIENCE: Duration = Duration::from_millis(100);

/// An ERP with a table of invoices in one database with the center.
struct Erp {
    database: Base,
    desk: Desk,
    _guard: Box<dyn Any>,
}

/// The database of an ERP, and the store in it.
enum Base {
    Sqlite(SqlitePool, SqliteStore, PathBuf),
    Postgres(PgPool, PostgresStore),
}

/// A transaction of the ERP.
enum Open<'a> {
    Sqlite(Transaction<'a, Sqlite>, &'a SqliteStore),
    Postgres(Transaction<'a, Postgres>, &'a PostgresStore),
}

impl Erp {
    async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("erp.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let options = options.journal_mode(SqliteJournalMode::Wal);
        let pool = SqlitePool::connect_with(options).await.expect("a file can be made");
        let table = "CREATE TABLE invoice (number TEXT PRIMARY KEY, request BLOB NOT NULL)";
        sqlx::query(table).execute(&pool).await.expect("a table can be made");
        let options = SqliteOptions::new(&path).busy_timeout(PATIENCE);
        let store = options.open(kinds()).await.expect("the store lies beside it");
        Self::of(Base::Sqlite(pool, store, path), Box::new(folder)).await
    }

    async fn on_postgres(server: &'static postgres::Server) -> Self {
        let schema = server.schema(Database::Bytewise).await;
        // The tables of the host are found through its own search path, those of the store are not.
        let own = format!("host_of_{}", schema.name());
        let options: PgConnectOptions = schema.url().parse().expect("a URL");
        let pool = PgPool::connect_with(options.options([("search_path", &own)])).await.expect("it answers");
        let tables = format!(
            "DROP SCHEMA IF EXISTS {own} CASCADE; CREATE SCHEMA {own}; \
             CREATE TABLE {own}.invoice (number TEXT PRIMARY KEY, request UUID NOT NULL)"
        );
        sqlx::raw_sql(AssertSqlSafe(tables)).execute(&pool).await.expect("a table can be made");
        let options = PostgresOptions::with_pool(pool.clone()).schema(schema.name()).lock_timeout(PATIENCE);
        let store = options.open(kinds()).await.expect("the store lies beside it");
        Self::of(Base::Postgres(pool, store), Box::new(schema)).await
    }

    async fn of(database: Base, guard: Box<dyn Any>) -> Self {
        let store: Arc<dyn Store> = match &database {
            Base::Sqlite(_, store, _) => Arc::new(store.clone()),
            Base::Postgres(_, store) => Arc::new(store.clone()),
        };
        let desk = Desk::new(store);
        found(&desk, TENANT).await.expect("the center can be founded");
        Self { database, desk, _guard: guard }
    }

    async fn begin(&self) -> Open<'_> {
        match &self.database {
            Base::Sqlite(pool, store, _) => {
                let transaction = pool.begin_with("BEGIN IMMEDIATE").await.expect("nobody else writes");
                Open::Sqlite(transaction, store)
            }
            Base::Postgres(pool, store) => {
                Open::Postgres(pool.begin().await.expect("the server answers"), store)
            }
        }
    }

    /// Decides what somebody asks, under a command id of its own.
    async fn plan(&self, who: Who, id: u128, command: Command) -> Result<Plan, DeskError> {
        let acting = self.desk.acting(who.actor(TENANT)).once(CommandId(Uuid::from_u128(id)));
        acting.plan(command).await
    }

    async fn batch(&self, who: Who, id: u128, command: Command) -> Batch {
        match self.plan(who, id, command).await.expect("the rules allow it") {
            Plan::Commit(batch) => *batch,
            Plan::Done(receipt) => panic!("it was done before: {receipt:?}"),
        }
    }

    async fn commit(&self, batch: Batch) -> Receipt {
        self.desk.store().commit(batch).await.expect("admitted")
    }

    async fn invoices(&self) -> i64 {
        let text = "SELECT count(*) FROM invoice";
        match &self.database {
            Base::Sqlite(pool, ..) => sqlx::query_scalar(text).fetch_one(pool).await,
            Base::Postgres(pool, _) => sqlx::query_scalar(text).fetch_one(pool).await,
        }
        .expect("the table is there")
    }

    async fn events(&self) -> usize {
        let read = JournalRead { tenant: TENANT, after: 0, subject: None, limit: 1_000 };
        self.desk.store().events(read).await.expect("the journal is there").len()
    }

    async fn requests(&self) -> usize {
        let requester = self.desk.acting(Who::Requester.actor(TENANT)).requests();
        let all = List::own(Condition::all([]));
        requester.list_own(&all).await.expect("a requester lists").rows.len()
    }
}

impl Open<'_> {
    async fn commit_within(&mut self, batch: Batch) -> Result<Receipt, StoreError> {
        match self {
            Self::Sqlite(transaction, store) => store.commit_within(transaction, batch).await,
            Self::Postgres(transaction, store) => store.commit_within(transaction, batch).await,
        }
    }

    async fn book(&mut self, number: &str, receipt: &Receipt) {
        let text = "INSERT INTO invoice (number, request) VALUES ($1, $2)";
        let booked = match self {
            Self::Sqlite(transaction, _) => {
                let insert = sqlx::query(text).bind(number).bind(receipt.subject);
                insert.execute(&mut **transaction).await.map(drop)
            }
            Self::Postgres(transaction, _) => {
                let insert = sqlx::query(text).bind(number).bind(receipt.subject);
                insert.execute(&mut **transaction).await.map(drop)
            }
        };
        booked.expect("the invoice is booked");
    }

    async fn commit(self) {
        match self {
            Self::Sqlite(transaction, _) => transaction.commit().await,
            Self::Postgres(transaction, _) => transaction.commit().await,
        }
        .expect("everything is committed");
    }

    async fn rollback(self) {
        match self {
            Self::Sqlite(transaction, _) => transaction.rollback().await,
            Self::Postgres(transaction, _) => transaction.rollback().await,
        }
        .expect("everything is rolled back");
    }
}

/// Runs a test on every database that a host can have.
fn on_every_database(test: impl AsyncFn(Erp)) {
    runtime().block_on(async {
        test(Erp::on_sqlite().await).await;
        if let Some(server) = postgres::server() {
            test(Erp::on_postgres(server).await).await;
        }
    });
}

fn question() -> Command {
    let submit = Submit::new(code("IT-01"), text("Which cost center does invoice 2041 belong to?"));
    Command::Submit { submit }
}

fn step(id: Uuid, command: RequestCommand) -> Command {
    Command::Request { id: RequestId(id), command }
}

#[test]
fn an_invoice_and_the_request_about_it_are_written_together() {
    on_every_database(async |erp| {
        let batch = erp.batch(Who::Requester, 1, question()).await;
        let before = erp.events().await;
        assert_eq!(erp.requests().await, 0, "a plan changes nothing");
        let mut transaction = erp.begin().await;
        let receipt = transaction.commit_within(batch).await.expect("admitted");
        transaction.book("2041", &receipt).await;
        assert_eq!(erp.requests().await, 0, "nobody sees it yet");
        transaction.commit().await;

        assert_eq!((erp.invoices().await, erp.requests().await), (1, 1));
        assert_eq!(erp.events().await as u64, receipt.position);
        assert!(erp.events().await > before);
        let done = erp.plan(Who::Requester, 1, question()).await.expect("the first answer");
        assert!(matches!(done, Plan::Done(first) if first == receipt), "it is not done twice");
        let operator = erp.desk.acting(Who::Operator.actor(TENANT)).requests();
        operator.claim(RequestId(receipt.subject)).await.expect("the request is as good as any other");
    });
}

#[test]
fn a_rollback_of_the_host_leaves_nothing() {
    on_every_database(async |erp| {
        let batch = erp.batch(Who::Requester, 1, question()).await;
        let before = erp.events().await;
        let mut transaction = erp.begin().await;
        let receipt = transaction.commit_within(batch).await.expect("admitted");
        transaction.book("2041", &receipt).await;
        transaction.rollback().await;
        assert_eq!((erp.invoices().await, erp.requests().await, erp.events().await), (0, 0, before));

        let batch = erp.batch(Who::Requester, 1, question()).await;
        let again = erp.commit(batch).await;
        assert_eq!(again.position, receipt.position);
    });
}

#[test]
fn a_refused_batch_leaves_the_hosts_transaction_as_it_was() {
    on_every_database(async |erp| {
        let first = erp.commit(erp.batch(Who::Requester, 1, question()).await).await;
        let claim = step(first.subject, RequestCommand::Claim);
        let late = erp.batch(Who::Operator, 2, claim.clone()).await;
        let repeated = erp.batch(Who::Operator, 3, step(first.subject, RequestCommand::Start)).await;
        let colleague = erp.desk.acting(Who::Colleague.actor(TENANT)).requests();
        colleague.claim(RequestId(first.subject)).await.expect("nobody has it");

        let mut transaction = erp.begin().await;
        transaction.book("2041", &first).await;
        let refusal = transaction.commit_within(late).await.expect_err("somebody was quicker");
        assert!(matches!(refusal, StoreError::Conflict { .. }), "{refusal}");
        let mut used = repeated;
        used.command = CommandId(Uuid::from_u128(1));
        let refusal = transaction.commit_within(used).await.expect_err("the id is used");
        let StoreError::Repeated { first: answer } = refusal else { panic!("{refusal}") };
        assert_eq!(answer.receipt, first);
        transaction.commit().await;
        assert_eq!(erp.invoices().await, 1);

        let error = erp.plan(Who::Operator, 2, claim).await.expect_err("a rule refuses what is planned anew");
        assert_eq!(error.refusal().map(Refusal::code), Some("already_assigned"));
        let (request, _) = colleague.get(RequestId(first.subject)).await.expect("in sight");
        assert_eq!(request.assignee, Some(Who::Colleague.employee(TENANT)));
    });
}

#[test]
fn several_commands_of_one_transaction_see_each_other() {
    on_every_database(async |erp| {
        let one = erp.batch(Who::Requester, 1, question()).await;
        let two = erp.batch(Who::Neighbour, 2, question()).await;
        let mut transaction = erp.begin().await;
        let one = transaction.commit_within(one).await.expect("admitted");
        let two = transaction.commit_within(two).await.expect("admitted");
        transaction.commit().await;
        assert!(two.position > one.position);
        assert_ne!(two.label, one.label);
    });
}

#[test]
fn a_transaction_of_another_database_is_refused() {
    on_every_database(async |erp| {
        let batch = erp.batch(Who::Requester, 1, question()).await;
        let refusal = match &erp.database {
            Base::Sqlite(_, store, path) => {
                let elsewhere = SqliteConnectOptions::new().filename(path.with_file_name("other.db"));
                let pool = SqlitePool::connect_with(elsewhere.create_if_missing(true)).await.expect("a file");
                let mut transaction = pool.begin().await.expect("nobody else writes");
                store.commit_within(&mut transaction, batch).await
            }
            Base::Postgres(pool, store) => {
                let elsewhere = pool.connect_options().as_ref().clone().database("template1");
                let pool = PgPool::connect_with(elsewhere).await.expect("the server answers");
                let mut transaction = pool.begin().await.expect("the server answers");
                store.commit_within(&mut transaction, batch).await
            }
        };
        let refusal = refusal.expect_err("the store is not there");
        assert!(matches!(refusal, StoreError::Missing { .. }), "{refusal}");
    });
}

#[test]
fn while_a_host_holds_a_tenant_others_are_told_that_it_is_locked() {
    on_every_database(async |erp| {
        found(&erp.desk, OTHER).await.expect("the center can be founded");
        let batch = erp.batch(Who::Requester, 1, question()).await;
        let mut transaction = erp.begin().await;
        transaction.commit_within(batch).await.expect("admitted");
        let requester = erp.desk.acting(Who::Neighbour.actor(TENANT));
        let error = requester.run(question()).await.expect_err("the host holds the tenant");
        assert!(
            matches!(error, DeskError::Store(StoreError::Locked { .. })) && error.is_retryable(),
            "{error}"
        );
        if let Base::Postgres(..) = erp.database {
            let elsewhere = erp.desk.acting(Who::Neighbour.actor(OTHER));
            elsewhere.run(question()).await.expect("other tenants go on");
        }
        transaction.commit().await;
        requester.run(question()).await.expect("the tenant is free again");
    });
}
