//! Conditions mean the same in memory and in every store's own language: random conditions over random rows.

#[path = "conditions/texts.rs"]
mod texts;

use okno::base::Timestamp;
use okno::condition::{Env, Expr, Filter, Place, Related, Row, Slot, Unasked, Value, ValueRef};
use okno::conformance::{Dictionary, Extra, Label, SAMPLES, Sample, instant};
use okno::store::{Edges, GroupBy, Loaded, Query, Select, Stored, Version};
use okno_tests::generate::{
    conditions, extras, labels, numbered, places_of_values, related, related_conditions, related_sorts,
    samples, sorts,
};
use okno_tests::{Ground, IN_EVERY_ORDER, cases, runtime};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// Conditions that are asked of each set of rows: writing rows is what costs.
const QUESTIONS: usize = 24;

#[test]
fn a_query_finds_the_rows_that_its_condition_matches() {
    let runtime = runtime();
    let rows = samples(40);
    let questions = prop::collection::vec((conditions(), sorts(), 1..12_usize), QUESTIONS);
    for candidate in IN_EVERY_ORDER {
        let mut runner = TestRunner::new(cases(12));
        let outcome = runner.run(&(rows.clone(), questions.clone()), |(rows, questions)| {
            runtime.block_on(async {
                let ground = Ground::open(candidate).await;
                let loaded = ground.put_all(rows).await;
                for (condition, sort, limit) in questions {
                    let expr = condition.check(&SAMPLES).expect("generated conditions fit the kind");
                    let filter = expr.ground(&Unasked);
                    let query = Query { sort, limit, ..Query::records(ground.tenant, &SAMPLES, filter) };
                    asked(&ground, &loaded, &query).await?;
                }
                Ok(())
            })
        });
        outcome.unwrap_or_else(|failure| panic!("{}: {failure}", candidate.name));
    }
}

/// Holds what a store answers against what evaluation in memory and sorting say.
async fn asked<R: Row>(ground: &Ground, rows: &[R], query: &Query) -> Result<(), TestCaseError> {
    let mut expected: Vec<&R> = rows.iter().filter(|row| query.filter.matches(*row)).collect();
    expected.sort_by(|a, b| query.order(*a, *b));
    let expected: Vec<_> = expected.into_iter().map(|row| row.value(Slot::ID).to_owned()).collect();
    let store = ground.store();

    let count = store.query(Query { select: Select::Count, ..query.clone() }).await?;
    prop_assert_eq!(count.count, Some(expected.len() as u64), "{:?}", query.filter);

    for by in groupings(query) {
        let select = Select::Groups(by.clone());
        let groups = store.query(Query { select, ..query.clone() }).await?.groups;
        prop_assert_eq!(
            groups,
            grouped(&by, rows.iter().filter(|row| query.filter.matches(*row))),
            "{:?}",
            by
        );
    }

    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = store.query(Query { after, ..query.clone() }).await?;
        prop_assert!(page.rows.len() <= query.limit);
        found.extend(page.rows.iter().map(|row| Value::Id(row.id)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    prop_assert_eq!(found, expected, "{:?} by {:?}", query.filter, query.sort);
    Ok(())
}

/// Groups by the places that a query sorts by: by value, and by buckets of time around the instants that rows have.
fn groupings(query: &Query) -> Vec<GroupBy> {
    let edges = || Edges::new([-2_000_000_000_000, -2, 0, 1, 2, 2_000_000_000_000].map(instant));
    let of = |place: &Place| {
        [GroupBy::Value(place.clone()), GroupBy::Time { place: place.clone(), edges: edges() }]
    };
    query.sort.iter().flat_map(|sort| of(&sort.place)).collect()
}

/// What the groups of rows are, counted one by one.
fn grouped<'a, R: Row + 'a>(by: &GroupBy, rows: impl Iterator<Item = &'a R>) -> Vec<(Value, u64)> {
    let mut groups: Vec<(Value, u64)> = match by {
        GroupBy::Value(_) => Vec::new(),
        GroupBy::Time { edges, .. } => {
            let begun = edges.instants().split_last().map_or(&[][..], |(_, begun)| begun);
            begun.iter().map(|edge| (Value::Instant(*edge), 0)).collect()
        }
    };
    for row in rows {
        let value = row.at(by.place());
        match (by, value) {
            (GroupBy::Value(_), _) => {
                let same = |(group, _): &&mut (Value, u64)| group.borrow().sort_order(value).is_eq();
                let Some((shown, count)) = groups.iter_mut().find(same) else {
                    groups.push((value.to_owned(), 1));
                    continue;
                };
                *count += 1;
                if let (Value::Text(shown), ValueRef::Text(text)) = (shown, value)
                    && text.as_str() < shown.as_str()
                {
                    *shown = text.clone();
                }
            }
            (GroupBy::Time { edges, .. }, ValueRef::Instant(at)) => {
                let of = edges.instants().windows(2).position(|edges| edges[0] <= at && at < edges[1]);
                if let Some(bucket) = of {
                    groups[bucket].1 += 1;
                }
            }
            (GroupBy::Time { .. }, _) => {}
        }
    }
    groups.sort_by(|(a, _), (b, _)| a.borrow().sort_order(b.borrow()));
    groups
}

#[test]
fn the_columns_of_a_page_are_those_of_its_records() {
    let runtime = runtime();
    for candidate in IN_EVERY_ORDER {
        let mut runner = TestRunner::new(cases(12));
        let outcome = runner.run(&samples(40), |rows| {
            runtime.block_on(async {
                let ground = Ground::open(candidate).await;
                let loaded = ground.put_all(rows).await;
                let slots: Vec<_> = (0..SAMPLES.columns.len() as u16).map(Slot).collect();
                let select = Select::Columns(slots.iter().copied().map(Place::Own).collect());
                let everything = Query::records(ground.tenant, &SAMPLES, Filter::everything());
                let page = ground.store().query(Query { select, ..everything }).await?;
                for (row, loaded) in page.rows.iter().zip(&loaded) {
                    let values: Vec<_> = slots.iter().map(|slot| loaded.value(*slot).to_owned()).collect();
                    prop_assert_eq!((row.id, row.version), (loaded.record.id(), Version(1)));
                    prop_assert_eq!(&row.values, &values);
                }
                prop_assert_eq!(page.rows.len(), loaded.len());
                Ok(())
            })
        });
        outcome.unwrap_or_else(|failure| panic!("{}: {failure}", candidate.name));
    }
}

#[test]
fn a_relation_is_met_as_the_rows_that_belong_say() {
    let relations = prop_oneof![related(), numbered()];
    let questions = prop::collection::vec((conditions(), relations, any::<bool>()), QUESTIONS);
    on_related_rows(questions, async |ground, joined, questions| {
        for (condition, relation, both) in questions {
            let condition = condition.check(&SAMPLES).expect("generated conditions fit the kind");
            let parts = vec![condition, relation];
            let expr = if both { Expr::All(parts) } else { Expr::Any(parts) };
            let query = Query::records(ground.tenant, &SAMPLES, expr.ground(&Unasked));
            asked(ground, joined, &query).await?;
        }
        Ok(())
    });
}

#[test]
fn related_fields_are_searched_sorted_and_shown_as_the_rows_that_belong_say() {
    let places = prop::collection::vec(places_of_values(), 1..4);
    let question = (related_conditions(), related_sorts(), places, 1..12_usize);
    on_related_rows(prop::collection::vec(question, QUESTIONS), async |ground, joined, questions| {
        for (condition, sort, places, limit) in questions {
            let expr = condition.check(&Dictionary(&SAMPLES)).expect("generated conditions fit their fields");
            let filter = expr.ground(&At(instant(0)));
            let query = Query { sort, limit, ..Query::records(ground.tenant, &SAMPLES, filter) };
            asked(ground, joined, &query).await?;
            let query = Query { select: Select::Columns(places.clone()), ..query };
            asked(ground, joined, &query).await?;
            let page = ground.store().query(query).await?;
            for row in page.rows {
                let of = joined.iter().find(|joined| joined.row.record.id() == row.id);
                let values = places.iter().filter_map(|place| Some(of?.at(place).to_owned()));
                prop_assert_eq!(row.values, values.collect::<Vec<_>>(), "{:?}", places);
            }
        }
        Ok(())
    });
}

/// Asks questions about random samples with random labels and further fields, on every store.
fn on_related_rows<Q: std::fmt::Debug>(
    questions: impl Strategy<Value = Q> + Clone,
    ask: impl AsyncFn(&Ground, &[Joined<'_>], Q) -> Result<(), TestCaseError>,
) {
    let runtime = runtime();
    for candidate in IN_EVERY_ORDER {
        let mut runner = TestRunner::new(cases(12));
        let given = (samples(20), labels(), extras(), questions.clone());
        let outcome = runner.run(&given, |(rows, labels, extras, questions)| {
            runtime.block_on(async {
                let ground = Ground::open(candidate).await;
                let loaded = ground.put_all(rows).await;
                ground.put_related(&labels, &extras).await;
                let (labels, extras) = (&labels, &extras);
                let joined: Vec<_> = loaded.iter().map(|row| Joined { row, labels, extras }).collect();
                ask(&ground, &joined, questions).await
            })
        });
        outcome.unwrap_or_else(|failure| panic!("{}: {failure}", candidate.name));
    }
}

/// A row with the labels and further fields of which some belong to it.
struct Joined<'a> {
    row: &'a Loaded,
    labels: &'a [Label],
    extras: &'a [Extra],
}

impl<'a> Joined<'a> {
    /// The rows of a relation that belong to this one.
    fn belonging(&self, relation: &str) -> Vec<Other<'a>> {
        let id = self.row.record.id();
        let number = self.row.value(Sample::NUMBER);
        let labels = self.labels.iter().filter(|label| label.sample == id).map(|label| Other(label));
        let extras = self.extras.iter().filter(|extra| extra.sample == id);
        match relation {
            "labels" => labels.collect(),
            "extras" => extras.map(|extra| Other(extra)).collect(),
            "numbered" => {
                let same = |extra: &&Extra| extra.number.is_some_and(|own| number == ValueRef::Int(own));
                extras.filter(same).map(|extra| Other(extra)).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Row for Joined<'_> {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        self.row.value(slot)
    }

    fn exists(&self, relation: &str, expr: &Expr, env: &dyn Env) -> bool {
        self.belonging(relation).iter().any(|other| expr.matches(other, env))
    }

    fn related(&self, related: &Related) -> ValueRef<'_> {
        let holds = |other: &Other<'_>| match &related.guard {
            Some((slot, name)) => other.lend(*slot) == name.borrow(),
            None => true,
        };
        let mut rows = self.belonging(related.relation);
        rows.retain(|other| holds(other) && other.lend(related.slot) != ValueRef::Absent);
        rows.sort_by(|a, b| {
            let order = a.lend(related.slot).sort_order(b.lend(related.slot));
            order.then_with(|| a.0.id().cmp(&b.0.id()))
        });
        rows.first().map_or(ValueRef::Absent, |least| least.lend(related.slot))
    }
}

/// A row that belongs to a sample.
struct Other<'a>(&'a dyn Stored);

impl<'a> Other<'a> {
    fn lend(&self, slot: Slot) -> ValueRef<'a> {
        match slot {
            Slot::ID => ValueRef::Id(self.0.id()),
            _ => self.0.value(slot),
        }
    }
}

impl Row for Other<'_> {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        self.lend(slot)
    }
}

/// An instant to which ages are measured.
struct At(Timestamp);

impl Env for At {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn is_under(&self, _: &str, node: ValueRef<'_>, ancestor: ValueRef<'_>) -> bool {
        node == ancestor
    }

    fn nodes_under(&self, _: &str, ancestor: ValueRef<'_>) -> Vec<Value> {
        vec![ancestor.to_owned()]
    }
}
