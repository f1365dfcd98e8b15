//! An ERP keeps its invoices and the requests about them in one database: both are written, or neither is.
//!
//! `cargo run --example erp_invoice` books three invoices in a temporary SQLite file.

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use okno::base::CommandId;
use okno::condition::Condition;
use okno::engine::{Acting, Command, Plan};
use okno::{Actor, Catalog, Channel, Desk, Founding, List, Person, Submit, TenantId, Text, kinds};
use okno_storage_sqlx::SqliteStore;
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;
use uuid::Uuid;

const CATALOG: &str = r#"{
    "services": [{"code": "ACC-07", "name": "Question about an invoice", "prefix": "ACC", "line": "accounts"}],
    "lines": [{"code": "accounts", "name": "Accounts"}],
    "administrators": "accounts"
}"#;

const INVOICES: &str = "CREATE TABLE invoice (
    number TEXT PRIMARY KEY,
    kopecks INTEGER NOT NULL CHECK (kopecks > 0),
    request BLOB NOT NULL)";

/// An invoice as somebody hands it in.
struct Invoice {
    number: &'static str,
    kopecks: i64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("erp.db");
    let store = SqliteStore::open(&path, kinds()).await?;
    let erp = erp(&path).await?;
    let desk = Desk::new(Arc::new(store.clone()));
    let accountant = found(&desk).await?;

    let invoices = [
        Invoice { number: "ТН-2041/Б", kopecks: 1_250_000 },
        Invoice { number: "ТН-2042/Б", kopecks: -100 },
        Invoice { number: "ТН-2043/Б", kopecks: 99_90 },
    ];
    for invoice in &invoices {
        match book(&erp, &store, &accountant, invoice).await {
            Ok(label) => println!("{} is booked; {label} asks about it", invoice.number),
            Err(error) => println!("{} is not booked, and nothing is asked: {error}", invoice.number),
        }
    }

    let booked: i64 = sqlx::query_scalar("SELECT count(*) FROM invoice").fetch_one(&erp).await?;
    let page = accountant.requests().list_own(&List::own(Condition::all([]))).await?;
    println!("{booked} invoices, {} requests", page.rows.len());
    store.close().await;
    Ok(())
}

/// Books an invoice and asks about it: one transaction of the ERP holds both.
async fn book(
    erp: &SqlitePool,
    store: &SqliteStore,
    accountant: &Acting,
    invoice: &Invoice,
) -> Result<String, Box<dyn Error>> {
    // The number of the invoice is the name of the command: booking it once more asks nothing twice.
    let command = CommandId(Uuid::new_v5(&Uuid::NAMESPACE_OID, invoice.number.as_bytes()));
    let subject = Text::new(format!("Which cost center does invoice {} belong to?", invoice.number))?;
    let submit = Submit::new("ACC-07".parse()?, subject);
    // The plan comes before the transaction: it may take numbers from the store.
    let batch = match accountant.clone().once(command).plan(Command::Submit { submit }).await? {
        Plan::Done(receipt) => return Ok(receipt.label),
        Plan::Commit(batch) => *batch,
    };
    let mut transaction = erp.begin_with("BEGIN IMMEDIATE").await?;
    let receipt = store.commit_within(&mut transaction, batch).await?;
    sqlx::query("INSERT INTO invoice (number, kopecks, request) VALUES (?, ?, ?)")
        .bind(invoice.number)
        .bind(invoice.kopecks)
        .bind(receipt.subject)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(receipt.label)
}

/// The ERP's own connections to the file, with its own table.
async fn erp(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(path)).await?;
    sqlx::query(INVOICES).execute(&pool).await?;
    Ok(pool)
}

/// A center of one service, and its accountant.
async fn found(desk: &Desk) -> Result<Acting, Box<dyn Error>> {
    let founding = Founding {
        tenant: TenantId(Uuid::from_u128(1)),
        name: Text::new("North Holding")?,
        catalog: serde_json::from_str::<Catalog>(CATALOG)?,
        administrator: Person::named("Anna Petrova")?,
    };
    desk.found(&founding).await?;
    let actor = Actor::employee(founding.tenant, founding.administrator_id(), Channel::Api);
    Ok(desk.acting(actor))
}
