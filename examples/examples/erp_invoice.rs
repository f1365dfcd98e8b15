//! An ERP keeps its invoices and the requests about them in one database: both are written, or neither is.
//!
//! `cargo run --example erp_invoice` books three invoices in a temporary SQLite file; `--store postgres:URL` books them in a
//! database, whose table `invoice` it makes.

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use std::error::Error;
use std::sync::Arc;

use clap::Parser;
use okno::base::CommandId;
use okno::condition::Condition;
use okno::engine::{Acting, Command, Plan};
use okno::store::{Batch, Receipt};
use okno::{Actor, Catalog, Channel, Desk, Founding, List, Person, Submit, TenantId, Text, kinds};
use okno_examples::Place;
use okno_storage_sqlx::{PostgresStore, SqliteStore};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{PgPool, SqlitePool};
use uuid::Uuid;

const CATALOG: &str = r#"{
    "services": [{"code": "ACC-07", "name": "Question about an invoice", "prefix": "ACC", "line": "accounts"}],
    "lines": [{"code": "accounts", "name": "Accounts"}],
    "administrators": "accounts"
}"#;

/// Books invoices, and asks about them.
#[derive(Debug, Parser)]
struct Args {
    /// The database: `sqlite:PATH` of a file that is not there yet, or `postgres:URL`.
    #[arg(long)]
    store: Option<Place>,
}

/// The ERP's own connections to the database, and the store in it.
enum Erp {
    Sqlite(SqlitePool, SqliteStore),
    Postgres(PgPool, PostgresStore),
}

/// An invoice as somebody hands it in.
struct Invoice {
    number: &'static str,
    kopecks: i64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let place = Args::parse().store.unwrap_or_else(|| Place::Sqlite(folder.path().join("erp.db")));
    let erp = Erp::open(&place).await?;
    let desk = match &erp {
        Erp::Sqlite(_, store) => Desk::new(Arc::new(store.clone())),
        Erp::Postgres(_, store) => Desk::new(Arc::new(store.clone())),
    };
    let accountant = found(&desk).await?;

    let invoices = [
        Invoice { number: "ТН-2041/Б", kopecks: 1_250_000 },
        Invoice { number: "ТН-2042/Б", kopecks: -100 },
        Invoice { number: "ТН-2043/Б", kopecks: 99_90 },
    ];
    for invoice in &invoices {
        match book(&erp, &accountant, invoice).await {
            Ok(label) => println!("{} is booked; {label} asks about it", invoice.number),
            Err(error) => println!("{} is not booked, and nothing is asked: {error}", invoice.number),
        }
    }

    let booked = erp.booked().await?;
    let page = accountant.requests().list_own(&List::own(Condition::all([]))).await?;
    println!("{booked} invoices, {} requests", page.rows.len());
    erp.close().await;
    Ok(())
}

/// Books an invoice and asks about it.
async fn book(erp: &Erp, accountant: &Acting, invoice: &Invoice) -> Result<String, Box<dyn Error>> {
    // The number of the invoice is the name of the command: booking it once more asks nothing twice.
    let command = CommandId(Uuid::new_v5(&Uuid::NAMESPACE_OID, invoice.number.as_bytes()));
    let subject = Text::new(format!("Which cost center does invoice {} belong to?", invoice.number))?;
    let submit = Submit::new("ACC-07".parse()?, subject);
    // The plan comes before the transaction: it may take numbers from the store.
    match accountant.clone().once(command).plan(Command::Submit { submit }).await? {
        Plan::Done(receipt) => Ok(receipt.label),
        Plan::Commit(batch) => Ok(erp.write(invoice, *batch).await?.label),
    }
}

impl Erp {
    /// Opens the store, and makes the ERP's own table beside its tables.
    async fn open(place: &Place) -> Result<Self, Box<dyn Error>> {
        match place {
            Place::Memory => Err("an ERP keeps its invoices in a database".into()),
            Place::Sqlite(path) if path.exists() => {
                Err(format!("`{}` exists already", path.display()).into())
            }
            Place::Sqlite(path) => {
                let store = SqliteStore::open(path, kinds()).await?;
                let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(path)).await?;
                let invoices = "CREATE TABLE invoice (number TEXT PRIMARY KEY, \
                     kopecks INTEGER NOT NULL CHECK (kopecks > 0), request BLOB NOT NULL)";
                sqlx::query(invoices).execute(&pool).await?;
                Ok(Self::Sqlite(pool, store))
            }
            Place::Postgres(url) => {
                let store = PostgresStore::open(url, kinds()).await?;
                let pool = PgPool::connect(url).await?;
                let invoices = "CREATE TABLE invoice (number TEXT PRIMARY KEY, \
                     kopecks BIGINT NOT NULL CHECK (kopecks > 0), request UUID NOT NULL)";
                sqlx::query(invoices).execute(&pool).await?;
                Ok(Self::Postgres(pool, store))
            }
        }
    }

    /// Writes an invoice and what is asked about it: one transaction of the ERP holds both.
    async fn write(&self, invoice: &Invoice, batch: Batch) -> Result<Receipt, Box<dyn Error>> {
        match self {
            Self::Sqlite(pool, store) => {
                let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
                let receipt = store.commit_within(&mut transaction, batch).await?;
                sqlx::query("INSERT INTO invoice (number, kopecks, request) VALUES (?, ?, ?)")
                    .bind(invoice.number)
                    .bind(invoice.kopecks)
                    .bind(receipt.subject)
                    .execute(&mut *transaction)
                    .await?;
                transaction.commit().await?;
                Ok(receipt)
            }
            Self::Postgres(pool, store) => {
                let mut transaction = pool.begin().await?;
                let receipt = store.commit_within(&mut transaction, batch).await?;
                sqlx::query("INSERT INTO invoice (number, kopecks, request) VALUES ($1, $2, $3)")
                    .bind(invoice.number)
                    .bind(invoice.kopecks)
                    .bind(receipt.subject)
                    .execute(&mut *transaction)
                    .await?;
                transaction.commit().await?;
                Ok(receipt)
            }
        }
    }

    async fn booked(&self) -> Result<i64, sqlx::Error> {
        let count = "SELECT count(*) FROM invoice";
        match self {
            Self::Sqlite(pool, _) => sqlx::query_scalar(count).fetch_one(pool).await,
            Self::Postgres(pool, _) => sqlx::query_scalar(count).fetch_one(pool).await,
        }
    }

    async fn close(self) {
        match self {
            Self::Sqlite(_, store) => store.close().await,
            Self::Postgres(_, store) => store.close().await,
        }
    }
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
