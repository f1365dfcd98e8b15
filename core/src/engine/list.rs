use crate::base::{Problems, closest};
use crate::condition::{Condition, Field, Fields, Place, TextMatch};
use crate::life::request::REQUEST;
use crate::store::{Cursor, Direction, SortBy};

/// A list of requests, employees or contacts to ask for.
#[derive(Debug, Clone)]
pub struct List {
    /// What its rows meet.
    pub filter: Condition,
    /// The columns that it is sorted by, the first one first.
    pub sort: Vec<(String, Direction)>,
    /// The columns wanted.
    pub columns: Vec<String>,
    /// The page after this place.
    pub after: Option<Cursor>,
    /// Only those in which something was written that the actor has not read.
    pub unread: bool,
    /// At most so many rows.
    pub limit: usize,
}

impl List {
    /// The requests that meet a condition, oldest first.
    #[must_use]
    pub fn of(filter: Condition) -> Self {
        let sort = vec![("created_at".to_owned(), Direction::Ascending)];
        let columns = ["number", "subject", "status", "priority", "line", "created_at"];
        Self {
            filter,
            sort,
            columns: columns.map(str::to_owned).to_vec(),
            after: None,
            unread: false,
            limit: 50,
        }
    }

    /// Employees or contacts whose names begin with a text, by name.
    #[must_use]
    pub fn named(prefix: &str) -> Self {
        let filter = Condition::Matches {
            field: "name".to_owned(),
            how: TextMatch::StartsWith,
            text: prefix.to_owned(),
        };
        let sort = vec![("name".to_owned(), Direction::Ascending)];
        let columns = ["name", "active"].map(str::to_owned).to_vec();
        Self { filter, sort, columns, after: None, unread: false, limit: 50 }
    }

    /// The same with columns that a requester sees.
    #[must_use]
    pub fn own(filter: Condition) -> Self {
        let columns = ["number", "subject", "status", "priority", "created_at"];
        Self { columns: columns.map(str::to_owned).to_vec(), ..Self::of(filter) }
    }
}

/// The fields that a requester may search, sort and see: nothing internal can be guessed through a filter.
#[derive(Debug)]
pub(super) struct PublicFields;

const PUBLIC: [&str; 12] = [
    "id",
    "number",
    "service",
    "subject",
    "requester",
    "recipient",
    "unit",
    "priority",
    "status",
    "created_at",
    "resolved_at",
    "closed_at",
];

impl Fields for PublicFields {
    fn field(&self, code: &str) -> Option<Field> {
        if PUBLIC.contains(&code) { REQUEST.field(code) } else { None }
    }

    fn codes(&self) -> Vec<&str> {
        PUBLIC.to_vec()
    }
}

/// The places of columns by their names.
pub(super) fn places(list: &List, fields: &dyn Fields) -> Result<(Vec<SortBy>, Vec<Place>), Problems> {
    let mut problems = Problems::default();
    let mut find = |path: String, name: &str| match fields.field(name) {
        Some(field) => Some(field.place),
        None => {
            let problem = problems.error("unknown_field", path, format!("unknown field `{name}`"));
            if let Some(close) = closest(name, fields.codes()) {
                problem.hint(format!("did you mean `{close}`?"));
            }
            None
        }
    };
    let mut sort = Vec::new();
    for (n, (name, direction)) in list.sort.iter().enumerate() {
        sort.extend(find(format!("sort[{n}]"), name).map(|place| SortBy { place, direction: *direction }));
    }
    let columns = list.columns.iter().enumerate();
    let columns = columns.filter_map(|(n, name)| find(format!("columns[{n}]"), name)).collect();
    problems.finish((sort, columns))
}
