//! Conditions mean the same in memory and in every store's own language: random conditions over random rows.

use okno::condition::{Env, Expr, Filter, Place, Row, Slot, Unasked, ValueRef};
use okno::conformance::{Label, SAMPLES};
use okno::store::{Loaded, Query, Select, Stored, Version};
use okno_tests::generate::{conditions, labels, related, samples, sorts};
use okno_tests::{Ground, STORES, cases, runtime};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// Conditions that are asked of each set of rows: writing rows is what costs.
const QUESTIONS: usize = 24;

#[test]
fn a_query_finds_the_rows_that_its_condition_matches() {
    let runtime = runtime();
    let rows = samples(40);
    let questions = prop::collection::vec((conditions(), sorts(), 1..12_usize), QUESTIONS);
    for candidate in STORES {
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
async fn asked(ground: &Ground, rows: &[Loaded], query: &Query) -> Result<(), TestCaseError> {
    let mut expected: Vec<&Loaded> = rows.iter().filter(|row| query.filter.matches(*row)).collect();
    expected.sort_by(|a, b| query.order(*a, *b));
    let expected: Vec<_> = expected.into_iter().map(|row| row.record.id()).collect();
    let store = ground.store();

    let count = store.query(Query { select: Select::Count, ..query.clone() }).await?;
    prop_assert_eq!(count.count, Some(expected.len() as u64), "{:?}", query.filter);

    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = store.query(Query { after, ..query.clone() }).await?;
        prop_assert!(page.rows.len() <= query.limit);
        found.extend(page.rows.iter().map(|row| row.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    prop_assert_eq!(found, expected, "{:?} by {:?}", query.filter, query.sort);
    Ok(())
}

#[test]
fn the_columns_of_a_page_are_those_of_its_records() {
    let runtime = runtime();
    for candidate in STORES {
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
    let runtime = runtime();
    let questions = prop::collection::vec((conditions(), related(), any::<bool>()), QUESTIONS);
    for candidate in STORES {
        let mut runner = TestRunner::new(cases(12));
        let outcome = runner.run(&(samples(20), labels(), questions.clone()), |(rows, labels, questions)| {
            runtime.block_on(async {
                let ground = Ground::open(candidate).await;
                let loaded = ground.put_all(rows).await;
                ground.put_labels(&labels).await;
                for (condition, relation, both) in questions {
                    let condition = condition.check(&SAMPLES).expect("generated conditions fit the kind");
                    let parts = vec![condition, relation];
                    let expr = if both { Expr::All(parts) } else { Expr::Any(parts) };
                    let query = Query::records(ground.tenant, &SAMPLES, expr.ground(&Unasked));
                    let meets = |row: &&Loaded| query.filter.matches(&Joined { row, labels: &labels });
                    let expected: Vec<_> = loaded.iter().filter(meets).map(|row| row.record.id()).collect();
                    let page = ground.store().query(query.clone()).await?;
                    let found: Vec<_> = page.rows.iter().map(|row| row.id).collect();
                    prop_assert_eq!(found, expected, "{:?}", query.filter);
                }
                Ok(())
            })
        });
        outcome.unwrap_or_else(|failure| panic!("{}: {failure}", candidate.name));
    }
}

/// A row with the labels of which some belong to it.
struct Joined<'a> {
    row: &'a Loaded,
    labels: &'a [Label],
}

impl Row for Joined<'_> {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        self.row.value(slot)
    }

    fn exists(&self, relation: &str, expr: &Expr, env: &dyn Env) -> bool {
        assert_eq!(relation, "labels");
        let id = self.row.record.id();
        self.labels.iter().any(|label| label.sample == id && expr.matches(&Labelled(label), env))
    }
}

struct Labelled<'a>(&'a Label);

impl Row for Labelled<'_> {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        match slot {
            Slot::ID => ValueRef::Id(self.0.id),
            _ => self.0.value(slot),
        }
    }
}
