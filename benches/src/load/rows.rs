//! What an operation of the engine wrote, read back from its store as rows: inserted, changed in some columns, deleted.

use std::collections::BTreeMap;

use okno::text::tokens;
use uuid::Uuid;

use super::bare::{Bare, Cell, Name, Row, TOKENS};
use super::center::Failed;

/// A table that operations write, and how the rows about one request are found.
#[derive(Debug)]
struct Source {
    table: &'static str,
    key: &'static [&'static str],
    /// The texts that are searched, as columns of the index: columns of the row, or fields of its body.
    texts: &'static [&'static str],
    /// Behind `WHERE`; `$1` is the tenant, `$2` the request, `$3` the position of the journal before the operation.
    about: &'static str,
}

const SOURCES: [Source; 6] = [
    Source {
        table: "request",
        key: &["tenant", "id"],
        texts: &["number", "subject"],
        about: "tenant = $1 AND id = $2 AND $3 >= 0",
    },
    Source {
        table: "entry",
        key: &["tenant", "id"],
        texts: &["text"],
        about: "tenant = $1 AND request = $2 AND $3 >= 0",
    },
    Source {
        table: "involvement",
        key: &["tenant", "id"],
        texts: &[],
        about: "tenant = $1 AND request = $2 AND $3 >= 0",
    },
    Source {
        table: "okno_event",
        key: &["tenant", "position"],
        texts: &[],
        about: "tenant = $1 AND subject_kind = 'request' AND subject_id = $2 AND position > $3",
    },
    Source {
        table: "okno_receipt",
        key: &["tenant", "command"],
        texts: &[],
        about: "tenant = $1 AND command IN (SELECT command FROM okno_event WHERE tenant = $1 \
                AND subject_kind = 'request' AND subject_id = $2 AND position > $3)",
    },
    Source {
        table: "okno_work",
        key: &["tenant", "queue", "key"],
        texts: &[],
        about: "tenant = $1 AND queue = 'timers' AND subject_kind = 'request' AND subject_id = $2 AND $3 >= 0",
    },
];

/// One row that an operation wrote.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// The table.
    pub table: &'static str,
    /// What happens to the row.
    pub kind: ChangeKind,
    /// The columns that are written; of a row that is gone none.
    pub columns: Vec<Name>,
    /// What they hold.
    pub values: Vec<Cell>,
    /// The columns that a row is found by that was there.
    pub key: Vec<Name>,
    /// What those hold.
    pub keys: Vec<Cell>,
}

/// What happens to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ChangeKind {
    /// It is new.
    Insert,
    /// Some of its columns hold something else.
    Update,
    /// It is gone.
    Delete,
}

/// The rows of one operation.
pub(super) type Written = Vec<Change>;

/// The journal's last position.
///
/// # Errors
/// What the database reports.
pub(super) async fn position(store: &mut Bare) -> Result<i64, Failed> {
    let rows = store.rows("SELECT position FROM okno_head WHERE tenant = $1", &[]).await?;
    match rows.first().and_then(|row| row.first()) {
        Some((_, Cell::Int(position))) => Ok(*position),
        _ => Err("the tenant has no head".into()),
    }
}

/// What was written about a request, by comparing the engine's store with one that stands where it stood before.
///
/// # Errors
/// What the database reports.
pub(super) async fn written(
    after: &mut Bare,
    before: &mut Bare,
    request: Uuid,
    since: i64,
) -> Result<Written, Failed> {
    let mut changes = Vec::new();
    for source in &SOURCES {
        let mut old = rows(before, source, request, since).await?;
        for (keys, new) in rows(after, source, request, since).await? {
            match old.remove(&keys) {
                None => {
                    changes.extend(after.is_a_file().then(|| indexed(source, &new)).flatten());
                    changes.push(Change::new(source, ChangeKind::Insert, new, Row::new()));
                }
                Some(old) if old == new => {}
                Some(old) => {
                    let (key, _) = parts(source, &new);
                    let changed = old.into_iter().zip(new).filter(|(old, new)| old != new);
                    let changed = changed.map(|(_, new)| new).collect();
                    changes.push(Change::new(source, ChangeKind::Update, changed, key));
                }
            }
        }
        let gone = old.into_values().map(|row| parts(source, &row).0);
        changes.extend(gone.map(|key| Change::new(source, ChangeKind::Delete, Row::new(), key)));
    }
    Ok(changes)
}

impl Change {
    fn new(source: &Source, kind: ChangeKind, row: Row, key: Row) -> Self {
        let ((columns, values), (key, keys)) = (row.into_iter().unzip(), key.into_iter().unzip());
        Self { table: source.table, kind, columns, values, key, keys }
    }
}

/// What SQLite's index holds of a new row: it keeps no texts to be read back.
fn indexed(source: &Source, row: &Row) -> Option<Change> {
    let cell = |name: &str| row.iter().find(|(column, _)| column.name == name).map(|(_, cell)| cell);
    let (Cell::Int(_), Cell::Text(body)) = (cell("row_number")?, cell("row_body")?) else { return None };
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let name = |name: &str| Name { name: name.to_owned(), ty: String::new() };
    let texts = source.texts.iter().map(|text| {
        let held = tokens(body[*text].as_str().unwrap_or_default());
        let held: Vec<_> =
            held.into_iter().map(|token| token.unwrap_or_else(|| NOTHING.to_owned())).collect();
        (name(text), Cell::Text(held.join(" ")))
    });
    let row = std::iter::once((name("rowid"), cell("row_number")?.clone())).chain(texts).collect();
    let table = if source.table == "request" { "okno_text_request" } else { "okno_text_entry" };
    Some(Change { table, ..Change::new(source, ChangeKind::Insert, row, Row::new()) })
}

/// What keeps a place whose token is left out.
const NOTHING: &str = "\u{fffc}";

/// The key of a row, and the rest of it.
fn parts(source: &Source, row: &Row) -> (Row, Row) {
    row.iter().cloned().partition(|(column, _)| source.key.contains(&&*column.name))
}

/// The rows about a request, by their keys.
async fn rows(
    store: &mut Bare,
    source: &Source,
    request: Uuid,
    since: i64,
) -> Result<BTreeMap<Row, Row>, Failed> {
    let tokens = !source.texts.is_empty() && !store.is_a_file();
    let tokens = if tokens { format!(", row_texts::text AS row_texts{TOKENS}") } else { String::new() };
    let text = format!("SELECT *{tokens} FROM {} WHERE {}", source.table, source.about);
    let found = store.rows(&text, &[request.into(), since.into()]).await?;
    Ok(found.into_iter().map(|row| (parts(source, &row).0, row)).collect())
}
