use std::collections::BTreeMap;

use okno::condition::{FieldType, Slot};
use okno::store::{Kind, Kinds, StoreError};

/// The tables of all kinds that a store keeps.
#[derive(Debug)]
pub(crate) struct Tables {
    kinds: Kinds,
    tables: BTreeMap<&'static str, Table>,
    /// What comes before the name of every table: nothing, or a quoted schema and a dot.
    prefix: String,
}

/// The table of a kind.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) kind: &'static Kind,
    /// Its name as statements call it, quoted and with its schema.
    pub(crate) name: String,
    /// A column of the table for each column of the kind.
    pub(crate) columns: Vec<TableColumn>,
    id: TableColumn,
    position: TableColumn,
}

/// How a column of a kind is kept.
#[derive(Debug, Clone)]
pub(crate) struct TableColumn {
    pub(crate) ty: FieldType,
    /// The quoted name of what is read back.
    pub(crate) raw: String,
    /// The quoted name of what is compared and sorted; of a text, the column of its key.
    pub(crate) key: String,
    /// Whether it can be absent.
    pub(crate) nullable: bool,
    /// Whether it may be longer than what an index holds.
    pub(crate) is_long: bool,
}

impl Tables {
    /// Lays out the tables, in a schema where the database has those.
    ///
    /// # Errors
    /// [`StoreError::Unstorable`] when a name cannot name a table or a column.
    pub(crate) fn new(kinds: Kinds, schema: Option<&str>) -> Result<Self, StoreError> {
        let prefix = schema.map_or_else(String::new, |schema| format!("{}.", quoted(schema)));
        let tables = kinds.iter().map(|kind| Ok((kind.name, Table::new(kind, &prefix)?)));
        let tables = tables.collect::<Result<_, StoreError>>()?;
        Ok(Self { kinds, tables, prefix })
    }

    /// The name of a table that is no kind's, as statements call it.
    pub(crate) fn own(&self, table: &str) -> String {
        format!("{}{table}", self.prefix)
    }

    /// The table of a kind.
    ///
    /// # Errors
    /// [`StoreError::UnknownKind`] when the store was not opened with it.
    pub(crate) fn get(&self, kind: &str) -> Result<&Table, StoreError> {
        self.tables.get(kind).ok_or_else(|| StoreError::UnknownKind { kind: kind.to_owned() })
    }

    /// The kind of a name that was read back.
    ///
    /// # Errors
    /// [`StoreError::UnknownKind`] when the store was not opened with it.
    pub(crate) fn kind(&self, name: &str) -> Result<&'static Kind, StoreError> {
        self.kinds.get(name).ok_or_else(|| StoreError::UnknownKind { kind: name.to_owned() })
    }

    /// Every table, by the name of its kind.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }
}

impl Table {
    fn new(kind: &'static Kind, prefix: &str) -> Result<Self, StoreError> {
        checked("table", kind.name, kind.name.starts_with("okno_") || kind.name.starts_with("sqlite_"))?;
        let mut taken = FIXED_COLUMNS.map(str::to_owned).to_vec();
        let mut columns = Vec::with_capacity(kind.columns.len());
        for column in kind.columns {
            let key = match column.ty {
                FieldType::Text => format!("{}_key", column.name),
                _ => column.name.to_owned(),
            };
            checked("column", column.name, taken.iter().any(|name| *name == column.name || *name == key))?;
            columns.push(TableColumn {
                ty: column.ty,
                raw: quoted(column.name),
                key: quoted(&key),
                nullable: true,
                is_long: column.ty == FieldType::Text,
            });
            taken.extend([column.name.to_owned(), key]);
        }
        for text in kind.texts {
            checked("text", text, false)?;
        }
        for index in kind.indexes {
            checked("index", index.name, index.columns.iter().any(|slot| kind.column(*slot).is_none()))?;
        }
        let (id, position) = (fixed("id", FieldType::Id), fixed("position", FieldType::Int));
        Ok(Self { kind, name: format!("{prefix}{}", quoted(kind.name)), columns, id, position })
    }

    /// How the column at a place is kept; `None` when the kind has no such place.
    pub(crate) fn column(&self, slot: Slot) -> Option<&TableColumn> {
        match slot {
            Slot::ID => Some(&self.id),
            Slot::POSITION => Some(&self.position),
            Slot(n) => self.columns.get(usize::from(n)),
        }
    }

    /// Whether its rows have searched texts, and so numbers.
    pub(crate) fn is_searched(&self) -> bool {
        !self.kind.texts.is_empty()
    }

    /// The quoted names of everything that a row holds, in the order of the table.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.names_of(|_| true)
    }

    /// The same with some of the kind's columns, by their places.
    pub(crate) fn names_of(&self, wanted: impl Fn(usize) -> bool) -> Vec<&str> {
        let mut names = vec!["\"tenant\"", "\"id\"", "\"row_version\"", "\"position\"", "\"row_schema\""];
        for (_, column) in self.columns.iter().enumerate().filter(|(place, _)| wanted(*place)) {
            names.push(&column.raw);
            if column.key != column.raw {
                names.push(&column.key);
            }
        }
        names.push("\"row_body\"");
        names
    }
}

/// The columns of every kind's table; a kind's own columns have other names.
const FIXED_COLUMNS: [&str; 8] =
    ["tenant", "id", "row_version", "position", "row_schema", "row_number", "row_texts", "row_body"];

/// The name of the index of a kind's texts.
pub(crate) fn text_index(kind: &Kind) -> String {
    format!("okno_text_{}", kind.name)
}

fn fixed(name: &str, ty: FieldType) -> TableColumn {
    TableColumn { ty, raw: quoted(name), key: quoted(name), nullable: false, is_long: false }
}

pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Refuses a name that a database could read in another way, and one that is taken.
fn checked(what: &str, name: &str, taken: bool) -> Result<(), StoreError> {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && name.len() <= NAME_BYTES_MAX;
    if plain && !taken {
        return Ok(());
    }
    let why =
        if taken { "the name is taken" } else { "lower-case latin letters, digits and `_` are expected" };
    Err(StoreError::Unstorable { what: format!("the {what} `{name}`"), source: why.into() })
}

/// PostgreSQL cuts longer names; `_key` and the name of an index are added to them.
const NAME_BYTES_MAX: usize = 40;
