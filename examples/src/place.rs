use std::error::Error;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use okno::kinds;
use okno::store::Store;
use okno_storage_memory::MemoryStore;
use okno_storage_sqlx::{PostgresStore, SqliteStore};

/// Where an example keeps its records: `memory`, `sqlite:PATH` or `postgres:URL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In memory.
    Memory,
    /// In a SQLite file that does not exist yet.
    Sqlite(PathBuf),
    /// In the schema `okno` of a PostgreSQL database, in which nobody founded a center yet.
    Postgres(String),
}

impl Place {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Opens a fresh store there.
    ///
    /// # Errors
    /// The file exists already, or the store cannot be opened.
    pub async fn open(&self) -> Result<Arc<dyn Store>, Box<dyn Error>> {
        match self {
            Self::Memory => Ok(Arc::new(MemoryStore::new())),
            Self::Sqlite(path) if path.exists() => Err(format!("`{}` exists already", path.display()).into()),
            Self::Sqlite(path) => Ok(Arc::new(SqliteStore::open(path, kinds()).await?)),
            Self::Postgres(url) => Ok(Arc::new(PostgresStore::open(url, kinds()).await?)),
        }
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            // What follows is the URL, with its scheme or without: `postgres://…` is one as it stands.
            Some(("postgres", _)) if text.starts_with("postgres://") => Ok(Self::Postgres(text.to_owned())),
            Some(("postgres", url)) if !url.is_empty() => Ok(Self::Postgres(url.to_owned())),
            _ => Err("`memory`, `sqlite:PATH` or `postgres:URL` is expected".to_owned()),
        }
    }
}
