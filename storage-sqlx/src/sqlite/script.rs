use std::sync::Arc;

use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::connection::bound;
use crate::sql::Arg;

/// Statements that run one after another. A trip to the thread of a connection costs more than most of them, so that a few
/// short ones travel together.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pieces: Vec<(Arc<str>, Vec<Arg>)>,
    rows: usize,
}

impl Script {
    /// Adds a statement that is about so many rows.
    pub(crate) fn add(&mut self, text: impl Into<Arc<str>>, args: Vec<Arg>, rows: usize) {
        self.pieces.push((text.into(), args));
        self.rows += rows;
    }

    /// Runs them and gathers the rows of all.
    pub(crate) async fn run(self, connection: &mut SqliteConnection) -> Result<Vec<SqliteRow>, sqlx::Error> {
        if self.pieces.len() > 1 && self.rows <= ROWS_TOGETHER_MAX {
            let texts: Vec<_> = self.pieces.iter().map(|(text, _)| &**text).collect();
            let text = texts.join("; ");
            let args = self.pieces.into_iter().flat_map(|(_, args)| args);
            return bound(text.into(), args)?.fetch_all(connection).await;
        }
        let mut found = Vec::new();
        for (text, args) in self.pieces {
            found.extend(bound(text, args)?.fetch_all(&mut *connection).await?);
        }
        Ok(found)
    }
}

/// Rows of statements that travel together. Of more there are too many combinations, each of which would be prepared and
/// kept; and the trips of many are shared by many.
const ROWS_TOGETHER_MAX: usize = 24;
