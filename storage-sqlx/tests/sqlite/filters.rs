//! SQL finds what `Filter::matches` keeps, in the order of `Query::order`, page by page.

use okno::base::limits::CONDITION_NODES_MAX;
use okno::base::{Decimal, Text};
use okno::condition::{
    Comparison, Condition, Env, Expr, FieldRef, FieldType, Filter, Place, Related, RelatedTerm, Row, Slot,
    TextMatch, Unasked, Value, ValueRef,
};
use okno::store::{Direction, GroupBy, Query, Select, SortBy, Store, Stored, Version};
use okno_storage_sqlx::SqliteStore;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use crate::support::{NOTE, PERSON, Record, at, batch, put, store, tenant};

/// Texts that are near each other, and texts that mean something to SQL, to patterns or to collations.
const TEXTS: &[&str] = &[
    "",
    "a",
    "A",
    "ab",
    "aB",
    "b",
    "%",
    "_",
    "a%",
    "'",
    "\"",
    "a''b",
    "\\",
    "ё",
    "Е",
    "Ёж",
    "еж",
    "ẞ",
    "ss",
    "ﬁ",
    "fi",
    "i",
    "İ",
    "e\u{301}",
    "é",
    "\u{d7ff}",
    "\u{e000}",
    "\u{ffff}",
    "\u{10ffff}",
    "\u{10ffff}a",
    "\u{10ffff}\u{10ffff}",
    "😀",
    "a😀",
    "\u{1}",
    "\u{7f}",
    "null",
    "?1",
    "[\"x\"]",
    "\u{feff}a",
    " a",
    "a ",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => proptest::sample::select(TEXTS).prop_map(str::to_owned),
        1 => "\\PC{0,3}",
    ]
}

fn value(ty: FieldType) -> BoxedStrategy<Value> {
    let number = prop_oneof![4 => -2_i64..3, 1 => Just(i64::MIN), 1 => Just(i64::MAX)];
    match ty {
        FieldType::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        FieldType::Int => number.prop_map(Value::Int).boxed(),
        FieldType::Decimal => number.prop_map(|units| Value::Decimal(Decimal::from_units(units))).boxed(),
        FieldType::Instant => (-2_i64..3).prop_map(|millis| Value::Instant(at(millis))).boxed(),
        FieldType::Date => {
            let dates =
                ["1969-12-31", "1970-01-01", "2024-02-29", "0001-01-01", "-0001-12-31", "+12345-01-01"];
            proptest::sample::select(dates.map(|date| Value::Date(date.parse().expect("a date"))).to_vec())
                .boxed()
        }
        FieldType::Id => (0_u128..4).prop_map(|id| Value::Id(Uuid::from_u128(id))).boxed(),
        FieldType::Code => text().prop_map(|text| Value::Code(text.into())).boxed(),
        FieldType::Text => text().prop_map(|text| Value::Text(Text::new(text).expect("a text"))).boxed(),
    }
}

fn cell(ty: FieldType) -> impl Strategy<Value = Value> {
    prop_oneof![1 => Just(Value::Absent), 4 => value(ty)]
}

fn note(id: u128) -> impl Strategy<Value = Record> {
    let cells: Vec<_> = NOTE.columns.iter().map(|column| cell(column.ty).boxed()).collect();
    cells.prop_map(move |values| Record { kind: &NOTE, id: Uuid::from_u128(id), values })
}

fn person(id: u128) -> impl Strategy<Value = Record> {
    let note = prop_oneof![1 => Just(Value::Absent), 4 => (0_u128..20).prop_map(|id| Value::Id(Uuid::from_u128(id)))];
    (note, cell(FieldType::Code)).prop_map(move |(note, role)| Record {
        kind: &PERSON,
        id: Uuid::from_u128(id),
        values: vec![note, role],
    })
}

fn expr(kind: &'static okno::store::Kind) -> impl Strategy<Value = Expr> {
    let field = move |n: usize| FieldRef::new(Slot(n as u16), kind.columns[n].name);
    let op = proptest::sample::select(vec![
        Comparison::Eq,
        Comparison::Ne,
        Comparison::Lt,
        Comparison::Le,
        Comparison::Gt,
        Comparison::Ge,
    ]);
    let how = proptest::sample::select(vec![TextMatch::Contains, TextMatch::StartsWith]);
    let columns = 0..kind.columns.len();
    let leaf = prop_oneof![
        4 => (columns.clone(), op)
            .prop_flat_map(move |(n, op)| cell(kind.columns[n].ty).prop_map(move |v| Expr::Compare(field(n), op, v))),
        2 => (columns.clone(), 0_usize..40).prop_flat_map(move |(n, count)| {
            proptest::collection::vec(cell(kind.columns[n].ty), count).prop_map(move |vs| Expr::In(field(n), vs))
        }),
        3 => (columns.clone(), how, text()).prop_map(move |(n, how, text)| {
            let key = if kind.columns[n].ty == FieldType::Text { okno::base::text_key(&text) } else { text };
            Expr::Matches(field(n), how, key.into())
        }),
        1 => columns.prop_map(move |n| Expr::Has(field(n))),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Expr::All),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Expr::Any),
            inner.prop_map(|part| Expr::Not(Box::new(part))),
        ]
    })
}

fn relation() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&["people", "fitting"][..])
}

/// A column of the people of a note, of all or of those of a role.
fn related() -> impl Strategy<Value = Related> {
    let guard = proptest::option::of(text().prop_map(|role| (Slot(1), Value::Code(role.into()))));
    let slots = proptest::sample::select(&[Slot(0), Slot(1), Slot::ID, Slot(9)][..]);
    (relation(), guard, slots).prop_map(|(relation, guard, slot)| Related { relation, guard, slot })
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        3 => (0..NOTE.columns.len()).prop_map(|n| Slot(n as u16).into()),
        2 => related().prop_map(Place::Related),
    ]
}

fn with_people() -> impl Strategy<Value = Expr> {
    let exists = (relation(), expr(&PERSON)).prop_map(|(name, inner)| Expr::Exists(name, Box::new(inner)));
    let term = (related(), expr(&PERSON))
        .prop_map(|(related, term)| Expr::Related(Box::new(RelatedTerm::new(related, "person", term))));
    let people = prop_oneof![exists, term].boxed();
    prop_oneof![
        2 => expr(&NOTE),
        2 => people.clone(),
        1 => people.clone().prop_map(|part| Expr::Not(Box::new(part))),
        1 => (expr(&NOTE), people).prop_map(|(one, two)| Expr::Any(vec![one, Expr::Not(Box::new(two))])),
    ]
}

fn sort() -> impl Strategy<Value = Vec<SortBy>> {
    let direction = proptest::sample::select(vec![Direction::Ascending, Direction::Descending]);
    let by = (place(), direction).prop_map(|(place, direction)| SortBy { place, direction });
    proptest::collection::vec(by, 0..3)
}

/// A note with the people that belong to it.
struct WithPeople<'a> {
    note: &'a Record,
    people: &'a [Record],
}

impl<'a> WithPeople<'a> {
    fn belonging<'r>(&'r self, relation: &'r str) -> impl Iterator<Item = &'a Record> + use<'a, 'r> {
        let (own, status) = (Value::Id(self.note.id), &self.note.values[0]);
        let fits = move |person: &&Record| {
            relation == "people" || (*status != Value::Absent && person.values[1] == *status)
        };
        self.people.iter().filter(move |person| person.values[0] == own).filter(fits)
    }
}

impl Row for WithPeople<'_> {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        Row::value(self.note, slot)
    }

    fn exists(&self, relation: &str, expr: &Expr, _: &dyn Env) -> bool {
        self.belonging(relation).any(|person| expr.ground(&Unasked).matches(person))
    }

    fn related(&self, related: &Related) -> ValueRef<'_> {
        let holds =
            |person: &&Record| related.guard.as_ref().is_none_or(|(_, role)| person.values[1] == *role);
        let values = self.belonging(related.relation).filter(holds);
        let present = values.map(|person| Row::value(person, related.slot));
        let present = present.filter(|value| *value != ValueRef::Absent);
        present.min_by(|a, b| a.sort_order(*b)).unwrap_or(ValueRef::Absent)
    }
}

async fn fill(store: &SqliteStore, records: &[Record]) {
    let mut batch = batch();
    for record in records {
        put(&mut batch, record.clone(), Version::ABSENT);
    }
    store.commit(batch).await.expect("committed");
}

/// The ids of every page, one after another.
async fn pages(store: &SqliteStore, mut query: Query) -> Vec<Uuid> {
    let mut ids = Vec::new();
    loop {
        let page = store.query(query.clone()).await.expect("a page");
        assert!(page.rows.len() <= query.limit);
        ids.extend(page.rows.iter().map(|row| row.id));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return ids,
        }
    }
}

#[test]
fn sql_finds_what_conditions_keep() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (_dir, store) = runtime.block_on(store());
    let mut runner = TestRunner::new(Config { cases: 600, failure_persistence: None, ..Config::default() });
    // The rows are drawn once, the conditions for each case.
    let mut notes: Vec<Record> = Vec::new();
    for id in 0..60 {
        notes.push(note(id).new_tree(&mut runner).expect("a note").current());
    }
    let mut people: Vec<Record> = Vec::new();
    for id in 0..30 {
        people.push(person(id).new_tree(&mut runner).expect("a person").current());
    }
    runtime.block_on(fill(&store, &notes));
    runtime.block_on(fill(&store, &people));
    let cases = (with_people(), sort(), place(), 1_usize..20);
    let outcome = runner.run(&cases, |(expr, sort, place, limit)| {
        let filter = expr.ground(&Unasked);
        let mut query = Query::records(tenant(), &NOTE, filter.clone());
        (query.sort, query.limit) = (sort, limit);
        let mut kept: Vec<_> = notes.iter().map(|note| WithPeople { note, people: &people }).collect();
        kept.retain(|note| filter.matches(note));
        kept.sort_by(|a, b| query.order(a, b));
        let expected: Vec<_> = kept.iter().map(|kept| kept.note.id).collect();
        for select in [Select::Records, Select::Columns(vec![Slot(1).into(), Slot::ID.into()])] {
            let found = runtime.block_on(pages(&store, Query { select, ..query.clone() }));
            prop_assert_eq!(&found, &expected);
        }
        let count = Query { select: Select::Count, ..query.clone() };
        let count = runtime.block_on(store.query(count)).expect("counted").count;
        prop_assert_eq!(count, Some(expected.len() as u64));
        kept.sort_by(|a, b| a.at(&place).sort_order(b.at(&place)));
        let counted = kept.chunk_by(|a, b| a.at(&place).sort_order(b.at(&place)).is_eq());
        let counted: Vec<_> = counted.map(|group| (group[0].at(&place), group.len() as u64)).collect();
        let select = Select::Groups(GroupBy::Value(place.clone()));
        let groups = runtime.block_on(store.query(Query { select, ..query })).expect("grouped").groups;
        // A text is shown as one of those with its key.
        let alike = groups.iter().zip(&counted).all(|((value, rows), (found, count))| {
            value.borrow().sort_order(*found).is_eq() && rows == count
        });
        prop_assert!(groups.len() == counted.len() && alike, "{:?}: {:?}, not {:?}", place, groups, counted);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}\nnotes: {notes:#?}\npeople: {people:#?}");
    }
}

#[tokio::test]
async fn columns_are_read_back_as_they_were_written() {
    let (_dir, store) = store().await;
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let notes: Vec<_> =
        (0..200).map(|id| note(id).new_tree(&mut runner).expect("a note").current()).collect();
    fill(&store, &notes).await;
    let mut query = Query::records(tenant(), &NOTE, Filter::everything());
    query.select = Select::Columns((0..NOTE.columns.len()).map(|n| Slot(n as u16).into()).collect());
    let page = store.query(query).await.expect("a page");
    let found: Vec<_> = page.rows.into_iter().map(|row| row.values).collect();
    let written: Vec<_> = notes.into_iter().map(|note| note.values).collect();
    assert_eq!(found, written);
}

#[tokio::test]
async fn wide_conditions_and_long_lists_are_taken() {
    let (_dir, store) = store().await;
    let mut records: Vec<_> = (0..3).map(crate::support::blank).collect();
    records[1].values[6] = Value::Id(Uuid::from_u128(4_999));
    records[2].values[2] = Value::Int(900);
    fill(&store, &records).await;
    let line = |n: u128| {
        Expr::Compare(FieldRef::new(Slot(1), "role"), Comparison::Eq, Value::Code(n.to_string().into()))
    };
    let related =
        Related { relation: "people", guard: Some((Slot(1), Value::Code("900".into()))), slot: Slot(1) };
    let people = (0..CONDITION_NODES_MAX as u128).map(|n| RelatedTerm::new(related.clone(), "role", line(n)));
    let people = Expr::Any(people.map(|term| Expr::Related(Box::new(term))).collect());
    let person = vec![Value::Id(Uuid::from_u128(1)), Value::Code("900".into())];
    fill(&store, &[Record { kind: &PERSON, id: Uuid::from_u128(50), values: person }]).await;
    let wide = Condition::any((0..990).map(|n| Condition::eq("weight", n))).check(&NOTE).expect("good");
    let field = okno::condition::FieldRef { slot: Slot(6), code: "line".into() };
    let ids = (0..5_000).map(|id| Value::Id(Uuid::from_u128(id))).collect();
    let long = Expr::In(field, ids);
    for (expr, expected) in [
        (people.clone(), vec![1]),
        (Expr::Not(Box::new(people)), vec![0, 2]),
        (wide.clone(), vec![2]),
        (Expr::Not(Box::new(wide)), vec![0, 1]),
        (long.clone(), vec![1]),
        (Expr::Not(Box::new(long)), vec![0, 2]),
    ] {
        let query = Query::records(tenant(), &NOTE, expr.ground(&Unasked));
        let found: Vec<_> =
            store.query(query).await.expect("a page").rows.iter().map(|row| row.id.as_u128()).collect();
        assert_eq!(found, expected);
    }
    assert!(records[0].values.iter().all(|value| *value == Value::Absent) && records[0].kind() == &NOTE);
}
