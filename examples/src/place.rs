use std::error::Error;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use okno::kinds;
use okno::store::Store;
use okno_storage_memory::MemoryStore;
use okno_storage_sqlx::SqliteStore;

/// Where an example keeps its records: `memory`, or `sqlite:PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In memory.
    Memory,
    /// In a SQLite file that does not exist yet.
    Sqlite(PathBuf),
}

impl Place {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Sqlite(_) => "sqlite",
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
        }
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "memory" => Ok(Self::Memory),
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(path.into())),
            _ => Err("`memory` or `sqlite:PATH` is expected".to_owned()),
        }
    }
}
