use std::sync::Arc;

use sqlx::sqlite::SqliteConnection;

use super::script::Script;
use crate::sql::Arg;

/// A statement of as many rows as there are: `before (?, ?), (?, ?) after`.
///
/// The number of rows is one of [`SIZES`], so that a handful of texts stays in the cache of statements.
#[derive(Debug)]
pub(crate) struct ManyRows {
    before: String,
    after: String,
    /// Arguments of a row.
    width: usize,
    texts: [Option<Arc<str>>; SIZES.len()],
}

impl ManyRows {
    /// A statement of rows with `width` arguments each.
    pub(crate) fn new(before: impl Into<String>, width: usize, after: impl Into<String>) -> Self {
        Self { before: before.into(), after: after.into(), width, texts: [const { None }; SIZES.len()] }
    }

    /// Inserts rows; every one that is there already takes the new values when `key` names what is unique.
    pub(crate) fn insert(table: &str, columns: &[&str], key: &[&str]) -> Self {
        // `OR ROLLBACK`: a row that does not fit ends the whole transaction, which spares SQLite a journal of the
        // statement. The key is never such a row, as its conflict is resolved.
        let before = format!("INSERT OR ROLLBACK INTO {table} ({}) VALUES ", columns.join(", "));
        let changed = columns.iter().filter(|column| !key.contains(column));
        let changes: Vec<_> = changed.map(|column| format!("{column} = excluded.{column}")).collect();
        let after = match key {
            [] => String::new(),
            key => format!(" ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), changes.join(", ")),
        };
        Self::new(before, columns.len(), after)
    }

    /// Reads the rows of a table that have the keys given; each begins with the number of what is read.
    pub(crate) fn select(part: usize, table: &str, columns: &[&str], key: &[&str]) -> Self {
        let columns: String = columns.iter().map(|column| format!(", t.{column}")).collect();
        let before = format!("SELECT {part}{columns} FROM (VALUES ");
        Self::new(before, key.len(), joined(table, key))
    }

    /// Deletes the rows of a table that have the keys given.
    pub(crate) fn delete(table: &str, row: &str, key: &[&str]) -> Self {
        let chosen: Vec<_> = row.split(", ").map(|column| format!("t.{column}")).collect();
        let before =
            format!("DELETE FROM {table} WHERE ({row}) IN (SELECT {} FROM (VALUES ", chosen.join(", "));
        Self::new(before, key.len(), format!("{})", joined(table, key)))
    }

    /// Runs the statement as often as the arguments of all rows need, each row exactly once.
    pub(crate) async fn write(
        &mut self,
        connection: &mut SqliteConnection,
        args: Vec<Arg>,
    ) -> Result<(), sqlx::Error> {
        let mut script = Script::default();
        self.add(&mut script, args);
        script.run(connection).await.map(drop)
    }

    /// Adds the statement to a script as often as the arguments of all rows need, each row exactly once.
    pub(crate) fn add(&mut self, script: &mut Script, args: Vec<Arg>) {
        let mut rest = args.len() / self.width;
        let mut args = args.into_iter();
        while rest > 0 {
            // Invariant: the least size is 1, and no table has so many columns that one row does not fit.
            let fits = |size: &usize| *size <= rest && *size * self.width <= ARGUMENTS_MAX;
            let size = SIZES.iter().rposition(fits).unwrap_or(0);
            let taken = args.by_ref().take(self.width * SIZES[size]).collect();
            script.add(self.text(size), taken, SIZES[size]);
            rest -= SIZES[size];
        }
    }

    /// Adds the statement to a script for the arguments of all rows; the last row may be asked for several times.
    pub(crate) fn ask(&mut self, script: &mut Script, args: &[Arg]) {
        for chunk in args.chunks(self.width * ROWS_MAX) {
            let rows = chunk.len() / self.width;
            // Invariant: the greatest size is that of a chunk, so that one suffices.
            let size = SIZES.iter().position(|size| *size >= rows).unwrap_or(SIZES.len() - 1);
            let last = &chunk[chunk.len() - self.width..];
            let filling = std::iter::repeat_n(last, SIZES[size].saturating_sub(rows)).flatten();
            let filled = chunk.iter().chain(filling).cloned().collect();
            script.add(self.text(size), filled, rows);
        }
    }

    /// The text for two rows, to look at its plan.
    #[cfg(test)]
    pub(crate) fn for_two(mut self) -> String {
        self.text(1).to_string()
    }

    /// The text for the rows of a size.
    fn text(&mut self, size: usize) -> Arc<str> {
        let Self { before, after, width, texts } = self;
        let text = texts[size].get_or_insert_with(|| {
            let row = format!("({})", vec!["?"; *width].join(", "));
            format!("{before}{}{after}", vec![row; SIZES[size]].join(", ")).into()
        });
        text.clone()
    }
}

/// The table behind the list of keys. `CROSS JOIN` keeps the list outside, so that each key is looked up.
fn joined(table: &str, key: &[&str]) -> String {
    let on = key.iter().enumerate().map(|(n, column)| format!("t.{column} = k.column{}", n + 1));
    let on: Vec<_> = on.collect();
    format!(") AS k CROSS JOIN {table} AS t ON {}", on.join(" AND "))
}

/// Rows of one statement: two or three statements write any group, and few texts are ever prepared. More rows win
/// nothing.
const SIZES: [usize; 14] = [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 48, ROWS_MAX];
const ROWS_MAX: usize = 64;
/// Arguments that SQLite takes in one statement.
const ARGUMENTS_MAX: usize = 32_766;
