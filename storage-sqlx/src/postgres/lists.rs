use crate::sql::{Arg, Kept, Statement};

/// Rows of one statement, as a list for each of their columns.
#[derive(Debug)]
pub(crate) struct Lists {
    names: Vec<String>,
    lists: Vec<(Kept, Vec<Arg>)>,
}

impl Lists {
    /// No rows of columns, each with how it is kept.
    pub(crate) fn new<'a>(columns: impl IntoIterator<Item = (&'a str, Kept)>) -> Self {
        let columns = columns.into_iter().map(|(name, kept)| (name.to_owned(), (kept, Vec::new())));
        let (names, lists) = columns.unzip();
        Self { names, lists }
    }

    /// Adds a row, with a value for each column.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = Arg>) {
        for ((_, list), value) in self.lists.iter_mut().zip(row) {
            list.push(value);
        }
    }

    /// The names of the columns.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The number of rows.
    pub(crate) fn len(&self) -> usize {
        self.lists.first().map_or(0, |(_, list)| list.len())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the rows as the table `v`.
    pub(crate) fn write(self, sql: &mut Statement) {
        for (n, (kept, list)) in self.lists.into_iter().enumerate() {
            sql.push(if n == 0 { "unnest(" } else { ", " });
            sql.bind(Arg::List(kept, list));
        }
        sql.put(format_args!(") AS v({})", self.names.join(", ")));
    }
}
