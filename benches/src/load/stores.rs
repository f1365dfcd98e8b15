//! The stores that are measured, with copies for those who write the same rows.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use okno::store::Store;
use okno::{Desk, kinds};
use okno_storage_memory::MemoryStore;
use okno_storage_sqlx::{PostgresStore, SqliteStore};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use super::bare::Bare;
use super::center::{Failed, found};
use super::cost::{memory_now, memory_peak};
use super::fill::fill;
use super::outcome::Outcome;
use super::reads::{looks, open_of_a_line};
use super::writes::{Rivals, Rounds, commands};

/// What is asked of a run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Requests that the store is filled with.
    pub size: usize,
    /// How often, and how much at once.
    pub rounds: Rounds,
    /// Whether the same is done without the engine as well.
    pub rivals: bool,
}

impl Plan {
    /// Fills a store and notes what that took.
    #[expect(clippy::disallowed_methods, reason = "what is measured is the time of this machine")]
    async fn fill(self, store: &'static str, desk: &Desk) -> Result<Outcome, Failed> {
        let (begun, memory) = (Instant::now(), memory_now());
        fill(desk, self.size).await?;
        Ok(Outcome {
            store,
            size: self.size,
            filled_in: begun.elapsed().as_secs_f64(),
            memory_each: memory_now().saturating_sub(memory) / self.size.max(1) as u64,
            open_of_a_line: open_of_a_line(desk).await?,
            ..Outcome::default()
        })
    }

    fn each(self, bytes: u64) -> u64 {
        bytes / self.size.max(1) as u64
    }
}

/// Measures the memory store.
///
/// # Errors
/// What the engine reports.
pub async fn in_memory(plan: Plan) -> Result<Outcome, Failed> {
    let desk = found(Arc::new(MemoryStore::new())).await?;
    let mut outcome = plan.fill("memory", &desk).await?;
    // The index of texts is made by the first search, and kept from then on.
    outcome.commands = commands(&desk, plan.rounds, None, None).await?;
    outcome.looks = looks(&desk, None, plan.rounds.rounds, None).await?;
    outcome.memory_peak = memory_peak();
    Ok(outcome)
}

/// Measures the store in a file, which must not be there yet.
///
/// # Errors
/// What the engine or SQLite reports.
pub async fn on_sqlite(path: &Path, plan: Plan) -> Result<Outcome, Failed> {
    if path.exists() {
        return Err(format!("`{}` is there already: a fresh file is measured", path.display()).into());
    }
    let open = async || SqliteStore::open(path, kinds()).await;
    let store = open().await?;
    let mut outcome = plan.fill("sqlite", &desk(&store).await?).await?;
    store.close().await;
    outcome.bytes_each = Some(plan.each(fs::metadata(path)?.len()));

    let store = open().await?;
    let bare = if plan.rivals { Some(Bare::sqlite(path).await?) } else { None };
    outcome.looks = looks(&desk(&store).await?, bare, plan.rounds.rounds, None).await?;
    store.close().await;

    let copies = ["a", "b", "e"].map(|name| path.with_extension(name));
    if plan.rivals {
        copies.iter().try_for_each(|copy| fs::copy(path, copy).map(drop))?;
    }
    let store = open().await?;
    let rivals = match plan.rivals {
        true => Some(Rivals::on_sqlite(path, copies.each_ref().map(|copy| &**copy)).await?),
        false => None,
    };
    outcome.commands = commands(&desk(&store).await?, plan.rounds, rivals, None).await?;
    store.close().await;
    copies.iter().try_for_each(|copy| remove(copy))?;
    outcome.memory_peak = memory_peak();
    Ok(outcome)
}

/// Measures the store in a database, which is made on the server of a URL and dropped in the end.
///
/// # Errors
/// What the engine or PostgreSQL reports.
pub async fn on_postgres(url: &str, plan: Plan) -> Result<Outcome, Failed> {
    let mut server = PgConnection::connect(url).await?;
    let postmaster = postmaster(&mut server).await?;
    let (server_url, _) = url.rsplit_once('/').ok_or("a URL ends with the name of a database")?;
    let urls = DATABASES.map(|name| format!("{server_url}/{name}"));
    for name in DATABASES {
        server.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"))).await?;
    }
    server.execute(AssertSqlSafe(format!("CREATE DATABASE {}", DATABASES[0]))).await?;

    let open = async || PostgresStore::open(&*urls[0], kinds()).await;
    let store = open().await?;
    let mut outcome = plan.fill("postgres", &desk(&store).await?).await?;
    let text = format!("SELECT pg_database_size('{}')", DATABASES[0]);
    let bytes: i64 = sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(&mut server).await?;
    outcome.bytes_each = Some(plan.each(u64::try_from(bytes)?));
    server.execute("VACUUM ANALYZE").await?;

    let bare = if plan.rivals { Some(Bare::postgres(&urls[0]).await?) } else { None };
    outcome.looks = looks(&desk(&store).await?, bare, plan.rounds.rounds, postmaster).await?;
    store.close().await;

    let mut rivals = None;
    if plan.rivals {
        // A database is copied while nobody uses it; connections that were closed may linger.
        let text = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
        sqlx::query(text).bind(DATABASES[0]).execute(&mut server).await?;
        for name in &DATABASES[1..] {
            let text = format!("CREATE DATABASE {name} TEMPLATE {}", DATABASES[0]);
            server.execute(AssertSqlSafe(text)).await?;
        }
        rivals = Some(Rivals::on_postgres(&urls[0], [&*urls[1], &*urls[2]]).await?);
    }
    let store = open().await?;
    outcome.commands = commands(&desk(&store).await?, plan.rounds, rivals, postmaster).await?;
    store.close().await;
    for name in DATABASES {
        server.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).await?;
    }
    outcome.memory_peak = memory_peak();
    Ok(outcome)
}

/// The engine's database and its copies.
const DATABASES: [&str; 3] = ["okno_load", "okno_load_a", "okno_load_b"];

/// A desk on a store, with the center founded.
async fn desk(store: &(impl Store + Clone + 'static)) -> Result<Desk, Failed> {
    found(Arc::new(store.clone())).await
}

/// The first process of a server on this machine.
async fn postmaster(server: &mut PgConnection) -> Result<Option<u32>, Failed> {
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(server).await?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let of_postgres = stat.contains("(postgres");
    let parent = stat.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().nth(1)?.parse().ok());
    Ok(parent.filter(|_| of_postgres))
}

/// Removes a file with its log, as far as they are there.
fn remove(path: &Path) -> Result<(), Failed> {
    for end in ["", "-wal", "-shm"] {
        let mut name = OsString::from(path);
        name.push(end);
        if Path::new(&name).exists() {
            fs::remove_file(name)?;
        }
    }
    Ok(())
}
