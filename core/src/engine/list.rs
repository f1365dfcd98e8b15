use crate::condition::{Condition, Field, Fields};
use crate::life::request::REQUEST;
use crate::store::{Cursor, Direction, Select, SortBy};

/// A list of requests to ask for.
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
    /// At most so many rows.
    pub limit: usize,
}

impl List {
    /// The requests that meet a condition, oldest first.
    #[must_use]
    pub fn of(filter: Condition) -> Self {
        let sort = vec![("created_at".to_owned(), Direction::Ascending)];
        let columns = ["number", "subject", "status", "priority", "line", "created_at"];
        Self { filter, sort, columns: columns.map(str::to_owned).to_vec(), after: None, limit: 50 }
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

const PUBLIC: [&str; 13] = [
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
    "rating",
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
pub(super) fn places(
    list: &List,
    fields: &dyn Fields,
) -> Result<(Vec<SortBy>, Select), crate::base::Problems> {
    let mut problems = crate::base::Problems::default();
    let mut find = |path: String, name: &str| match fields.field(name) {
        Some(field) => Some(field.slot),
        None => {
            let problem = problems.error("unknown_field", path, format!("unknown field `{name}`"));
            if let Some(close) = crate::base::closest(name, fields.codes()) {
                problem.hint(format!("did you mean `{close}`?"));
            }
            None
        }
    };
    let mut sort = Vec::new();
    for (n, (name, direction)) in list.sort.iter().enumerate() {
        sort.extend(find(format!("sort[{n}]"), name).map(|slot| SortBy { slot, direction: *direction }));
    }
    let columns = list.columns.iter().enumerate();
    let columns = columns.filter_map(|(n, name)| find(format!("columns[{n}]"), name)).collect();
    problems.finish((sort, Select::Columns(columns)))
}
