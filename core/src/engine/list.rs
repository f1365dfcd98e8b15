use uuid::Uuid;

use crate::base::{Problems, Span};
use crate::condition::{
    Comparison, Condition, Expr, Field, FieldType, Fields, Literal, Place, Related, TextMatch, Value,
};
use crate::config::catalog::{Action, CheckedCatalog, FieldDefinition, FieldKind};
use crate::life::request::{REQUEST, field_value_column, tag_column};
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

/// What lists of requests can be filtered and sorted by, and show: columns, tags, and the indexed fields of the tenant's
/// own. For a requester only what is public: nothing internal can be guessed through a filter.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestFields<'a> {
    catalog: &'a CheckedCatalog,
    public: bool,
}

impl<'a> RequestFields<'a> {
    pub(super) fn new(catalog: &'a CheckedCatalog, action: Action) -> Self {
        Self { catalog, public: action == Action::SeeOwn }
    }

    /// Holds a condition against the fields for whoever uses it.
    ///
    /// # Errors
    /// The problems of the condition.
    pub(super) fn ask(&self, condition: &Condition, user: Uuid) -> Result<Expr, Problems> {
        let used = condition.used_by(user, self);
        if self.public { used.check(self) } else { used.replacing(&of_time_left).check(self) }
    }

    /// The fields of the tenant's own that are there for who asks.
    fn own(&self) -> impl Iterator<Item = &'a FieldDefinition> {
        let public = self.public;
        self.catalog.definition().fields.iter().filter(move |field| field.public || !public)
    }
}

impl Fields for RequestFields<'_> {
    fn field(&self, code: &str) -> Option<Field> {
        if code == "tags" && !self.public {
            let place = Related { relation: "tag", guard: None, slot: tag_column::tag };
            return Some(Field { place: place.into(), ty: FieldType::Code, tree: None, codes: &[] });
        }
        let code = if code == REMAINING && !self.public { "due_at" } else { code };
        let column = REQUEST.field(code).filter(|_| PUBLIC.contains(&code) || !self.public);
        let own = || self.own().find(|field| field.code.as_str() == code && field.indexed);
        column.or_else(|| own().map(dictionary_field))
    }

    fn codes(&self) -> Vec<&str> {
        let columns = if self.public { PUBLIC.to_vec() } else { REQUEST.codes() };
        let derived = ["tags", OVERDUE, REMAINING].into_iter().filter(|_| !self.public);
        let own = self.own().filter(|field| field.indexed).map(|field| field.code.as_str());
        columns.into_iter().chain(derived).chain(own).collect()
    }

    fn closed(&self, code: &str) -> Option<String> {
        let found = self.own().find(|field| field.code.as_str() == code && !field.indexed)?;
        Some(format!("requests are not searched and sorted by `{}`: it is not indexed", found.code))
    }
}

/// Whether work is late: an open request of which a running clock is due by now. What stands still is not late.
const OVERDUE: &str = "overdue";

/// How long it is until the earliest of the running clocks is due. Its order is that of `due_at`: what stands still, or has
/// no clock, is nothing and comes first.
const REMAINING: &str = "remaining";

/// What is asked of the time left, as a condition over when requests are due: so an index serves it.
fn of_time_left(leaf: &Condition) -> Option<Condition> {
    let due = |op, span| Condition::Age { field: "due_at".to_owned(), op, span };
    match leaf {
        Condition::Compare { field, op: Comparison::Eq, value: Literal::Bool(late) } if field == OVERDUE => {
            let overdue = Condition::all([Condition::eq("open", true), due(Comparison::Ge, Span::ZERO)]);
            Some(if *late { overdue } else { overdue.negate() })
        }
        Condition::Compare { field, op, value: Literal::Text(span) } if field == REMAINING => {
            let span: Span = span.parse().ok()?;
            Some(due(op.mirrored(), Span::from_millis(span.millis().saturating_neg())))
        }
        _ => None,
    }
}

fn dictionary_field(field: &FieldDefinition) -> Field {
    let ty = field.kind.ty();
    let slot = match field.kind {
        FieldKind::Bool => field_value_column::bool,
        FieldKind::Int => field_value_column::int,
        FieldKind::Decimal => field_value_column::decimal,
        FieldKind::Instant => field_value_column::instant,
        FieldKind::Date => field_value_column::date,
        FieldKind::Code => field_value_column::code,
        FieldKind::Text => field_value_column::text,
    };
    let guard = Some((field_value_column::field, Value::Code(field.code.as_str().into())));
    Field { place: Related { relation: "field_value", guard, slot }.into(), ty, tree: None, codes: &[] }
}

/// The places of columns by their names.
pub(super) fn places(list: &List, fields: &dyn Fields) -> Result<(Vec<SortBy>, Vec<Place>), Problems> {
    let mut problems = Problems::default();
    let mut find = |path: String, name: &str| fields.find(name, path, &mut problems).map(|field| field.place);
    let mut sort = Vec::new();
    for (n, (name, direction)) in list.sort.iter().enumerate() {
        sort.extend(find(format!("sort[{n}]"), name).map(|place| SortBy { place, direction: *direction }));
    }
    let columns = list.columns.iter().enumerate();
    let columns = columns.filter_map(|(n, name)| find(format!("columns[{n}]"), name)).collect();
    problems.finish((sort, columns))
}
