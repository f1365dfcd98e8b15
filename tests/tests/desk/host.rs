//! A host that keeps its own rows in the database of the store: both are written, or neither is.

use std::path::PathBuf;
use std::sync::Arc;

use okno::base::CommandId;
use okno::engine::{Command, Plan};
use okno::store::{Batch, JournalRead, Receipt, Store, StoreError};
use okno::{Condition, Desk, List, Refusal, RequestCommand, RequestId, Submit, TenantId};
use okno_storage_sqlx::SqliteStore;
use okno_tests::{Who, code, found, kinds, runtime, text};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{Sqlite, SqlitePool, Transaction};
use tempfile::TempDir;
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));

/// An ERP with a table of invoices in one file with the center.
struct Erp {
    pool: SqlitePool,
    store: SqliteStore,
    desk: Desk,
    path: PathBuf,
    _folder: TempDir,
}

impl Erp {
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("erp.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let options = options.journal_mode(SqliteJournalMode::Wal);
        let pool = SqlitePool::connect_with(options).await.expect("a file can be made");
        let table = "CREATE TABLE invoice (number TEXT PRIMARY KEY, request BLOB NOT NULL)";
        sqlx::query(table).execute(&pool).await.expect("a table can be made");
        let store = SqliteStore::open(&path, kinds()).await.expect("the store lies beside it");
        let desk = Desk::new(Arc::new(store.clone()));
        found(&desk, TENANT).await.expect("the center can be founded");
        Self { pool, store, desk, path, _folder: folder }
    }

    async fn begin(&self) -> Transaction<'_, Sqlite> {
        self.pool.begin_with("BEGIN IMMEDIATE").await.expect("nobody else writes")
    }

    /// Decides what somebody asks, under a command id of its own.
    async fn plan(&self, who: Who, id: u128, command: Command) -> Result<Plan, okno::DeskError> {
        let acting = self.desk.acting(who.actor(TENANT)).once(CommandId(Uuid::from_u128(id)));
        acting.plan(command).await
    }

    async fn batch(&self, who: Who, id: u128, command: Command) -> Batch {
        match self.plan(who, id, command).await.expect("the rules allow it") {
            Plan::Commit(batch) => *batch,
            Plan::Done(receipt) => panic!("it was done before: {receipt:?}"),
        }
    }

    async fn invoices(&self) -> i64 {
        let count = sqlx::query_scalar("SELECT count(*) FROM invoice");
        count.fetch_one(&self.pool).await.expect("the table is there")
    }

    async fn events(&self) -> usize {
        let read = JournalRead { tenant: TENANT, after: 0, subject: None, limit: 1_000 };
        self.store.events(read).await.expect("the journal is there").len()
    }

    async fn requests(&self) -> usize {
        let requester = self.desk.acting(Who::Requester.actor(TENANT)).requests();
        requester.list_own(&List::own(Condition::all([]))).await.expect("a requester lists").rows.len()
    }
}

fn question() -> Command {
    let submit = Submit::new(code("IT-01"), text("Which cost center does invoice 2041 belong to?"));
    Command::Submit { submit }
}

fn step(id: Uuid, command: RequestCommand) -> Command {
    Command::Request { id: RequestId(id), command }
}

async fn book(transaction: &mut Transaction<'_, Sqlite>, number: &str, receipt: &Receipt) {
    let text = "INSERT INTO invoice (number, request) VALUES (?, ?)";
    let insert = sqlx::query(text).bind(number).bind(receipt.subject);
    insert.execute(&mut **transaction).await.expect("the invoice is booked");
}

#[test]
fn an_invoice_and_the_request_about_it_are_written_together() {
    runtime().block_on(async {
        let erp = Erp::open().await;
        let batch = erp.batch(Who::Requester, 1, question()).await;
        let before = erp.events().await;
        assert_eq!(erp.requests().await, 0, "a plan changes nothing");
        let mut transaction = erp.begin().await;
        let receipt = erp.store.commit_within(&mut transaction, batch).await.expect("admitted");
        book(&mut transaction, "2041", &receipt).await;
        assert_eq!(erp.requests().await, 0, "nobody sees it yet");
        transaction.commit().await.expect("both are committed");

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
    runtime().block_on(async {
        let erp = Erp::open().await;
        let batch = erp.batch(Who::Requester, 1, question()).await;
        let before = erp.events().await;
        let mut transaction = erp.begin().await;
        let receipt = erp.store.commit_within(&mut transaction, batch).await.expect("admitted");
        book(&mut transaction, "2041", &receipt).await;
        transaction.rollback().await.expect("rolled back");
        assert_eq!((erp.invoices().await, erp.requests().await, erp.events().await), (0, 0, before));

        let batch = erp.batch(Who::Requester, 1, question()).await;
        let again = erp.store.commit(batch).await.expect("the command id is free, and so is the position");
        assert_eq!(again.position, receipt.position);
    });
}

#[test]
fn a_refused_batch_leaves_the_hosts_transaction_as_it_was() {
    runtime().block_on(async {
        let erp = Erp::open().await;
        let first = erp.store.commit(erp.batch(Who::Requester, 1, question()).await).await.expect("admitted");
        let claim = step(first.subject, RequestCommand::Claim);
        let late = erp.batch(Who::Operator, 2, claim.clone()).await;
        let repeated = erp.batch(Who::Operator, 3, step(first.subject, RequestCommand::Start)).await;
        let colleague = erp.desk.acting(Who::Colleague.actor(TENANT)).requests();
        colleague.claim(RequestId(first.subject)).await.expect("nobody has it");

        let mut transaction = erp.begin().await;
        book(&mut transaction, "2041", &first).await;
        let refusal =
            erp.store.commit_within(&mut transaction, late).await.expect_err("somebody was quicker");
        assert!(matches!(refusal, StoreError::Conflict { .. }), "{refusal}");
        let mut used = repeated;
        used.command = CommandId(Uuid::from_u128(1));
        let refusal = erp.store.commit_within(&mut transaction, used).await.expect_err("the id is used");
        let StoreError::Repeated { first: answer } = refusal else { panic!("{refusal}") };
        assert_eq!(answer.receipt, first);
        transaction.commit().await.expect("the invoice alone");
        assert_eq!(erp.invoices().await, 1);

        let error = erp.plan(Who::Operator, 2, claim).await.expect_err("a rule refuses what is planned anew");
        assert_eq!(error.refusal().map(Refusal::code), Some("already_assigned"));
        let (request, _) = colleague.get(RequestId(first.subject)).await.expect("in sight");
        assert_eq!(request.assignee, Some(Who::Colleague.employee(TENANT)));
    });
}

#[test]
fn several_commands_of_one_transaction_see_each_other() {
    runtime().block_on(async {
        let erp = Erp::open().await;
        let one = erp.batch(Who::Requester, 1, question()).await;
        let two = erp.batch(Who::Neighbour, 2, question()).await;
        let mut transaction = erp.begin().await;
        let one = erp.store.commit_within(&mut transaction, one).await.expect("admitted");
        let two = erp.store.commit_within(&mut transaction, two).await.expect("admitted");
        transaction.commit().await.expect("both are committed");
        assert!(two.position > one.position);
        assert_ne!(two.label, one.label);
    });
}

#[test]
fn a_transaction_of_another_database_is_refused() {
    runtime().block_on(async {
        let erp = Erp::open().await;
        let batch = erp.batch(Who::Requester, 1, question()).await;
        let elsewhere = erp.path.with_file_name("other.db");
        let options = SqliteConnectOptions::new().filename(elsewhere).create_if_missing(true);
        let other = SqlitePool::connect_with(options).await.expect("a file can be made");
        let mut transaction = other.begin().await.expect("nobody else writes");
        let refusal = erp.store.commit_within(&mut transaction, batch).await.expect_err("not its place");
        assert!(matches!(refusal, StoreError::Missing { .. }), "{refusal}");
    });
}

#[test]
fn while_the_host_holds_the_file_others_are_told_that_it_is_locked() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("erp.db");
        let patience = std::time::Duration::from_millis(50);
        let options = okno_storage_sqlx::SqliteOptions::new(&path).busy_timeout(patience);
        let store = options.open(kinds()).await.expect("a fresh store");
        let desk = Desk::new(Arc::new(store.clone()));
        found(&desk, TENANT).await.expect("the center can be founded");
        let erp =
            SqlitePool::connect_with(SqliteConnectOptions::new().filename(&path)).await.expect("opened");
        let requester = desk.acting(Who::Requester.actor(TENANT));
        let Plan::Commit(batch) = requester.plan(question()).await.expect("allowed") else {
            panic!("a fresh command was not done before")
        };
        let mut transaction = erp.begin_with("BEGIN IMMEDIATE").await.expect("nobody else writes");
        store.commit_within(&mut transaction, *batch).await.expect("admitted");
        let error = requester.run(question()).await.expect_err("the file is held");
        assert!(error.is_retryable(), "{error}");
        transaction.commit().await.expect("committed");
        requester.run(question()).await.expect("the file is free again");
    });
}
