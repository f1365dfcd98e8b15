use std::sync::Arc;

use uuid::Uuid;

use super::bench::{
    Bench, FIRST, Fill, ascending, descending, filter, ground, id, instant, sample, sample_of,
};
use super::extra::{Dictionary, EXTRAS, Extra};
use super::sample::{GROWING, Label, SAMPLES, Sample};
use crate::base::{Span, Text};
use crate::condition::{Comparison, Condition, Expr, FieldRef, Filter, Place, Related, TextMatch, Value};
use crate::store::{Kind, Query, Select, SortBy, Store, StoreError, Version};

fn ids(numbers: impl IntoIterator<Item = u64>) -> Vec<Uuid> {
    numbers.into_iter().map(id).collect()
}

/// The further field `name` of a sample, with a number.
fn extra(number: u64, sample: u64, name: &str, value: i64) -> Extra {
    Extra { number: Some(value), ..Extra::new(id(number), id(sample), name) }
}

fn label(number: u64, sample: u64, name: &str) -> Label {
    Label { id: id(number), sample: id(sample), name: name.to_owned(), weight: 0 }
}

/// The filter of a condition that names columns and related fields.
fn related(kind: &'static Kind, condition: &Condition) -> Filter {
    ground(&condition.check(&Dictionary(kind)).expect("the suite's conditions fit their fields"))
}

impl Bench {
    async fn extras(&self, extras: impl IntoIterator<Item = Extra>) {
        for extra in extras {
            self.commit(self.batch().put(extra, Version::ABSENT)).await;
        }
    }

    /// The ids of the samples that meet a condition over columns and related fields.
    async fn related(&self, condition: &Condition) -> Vec<Uuid> {
        let page = self.page(self.query(&SAMPLES, related(&SAMPLES, condition), &[])).await;
        page.rows.iter().map(|row| row.id).collect()
    }
}

/// A term over a related field holds when a row that belongs and holds the field meets the term.
pub async fn a_related_field_is_met_by_a_row_that_holds_it(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all((1..=4).map(sample)).await;
    for label in [label(10, 1, "vip"), label(11, 1, "new"), label(12, 2, "new")] {
        bench.commit(bench.batch().put(label, Version::ABSENT)).await;
    }
    bench.extras([extra(20, 1, "a", 5), extra(21, 2, "b", 5), extra(22, 3, "a", 7)]).await;
    let text = |n, sample, text| Extra { text: Text::new(text).ok(), ..Extra::new(id(n), id(sample), "t") };
    bench.extras([text(30, 1, "Ёлка"), text(31, 2, "ель")]).await;
    bench.extras([Extra { at: Some(instant(5)), ..Extra::new(id(40), id(2), "a") }]).await;
    let found = async |condition: Condition| bench.related(&condition).await;
    assert_eq!(found(Condition::eq("label", "vip")).await, ids([1]));
    assert_eq!(found(Condition::eq("label", "new")).await, ids([1, 2]));
    assert_eq!(found(Condition::compare("label", Comparison::Ne, "new")).await, ids([3, 4]));
    assert_eq!(found(Condition::is_in("label", ["vip", "old"]).negate()).await, ids([2, 3, 4]));
    assert_eq!(found(Condition::has("label").negate()).await, ids([3, 4]));
    // The number 5 of the field `b` is not that of `a`.
    assert_eq!(found(Condition::eq("a.number", 5)).await, ids([1]));
    assert_eq!(found(Condition::compare("a.number", Comparison::Gt, 5)).await, ids([3]));
    assert_eq!(found(Condition::compare("a.number", Comparison::Ne, 5)).await, ids([2, 3, 4]));
    assert_eq!(found(Condition::has("a.number")).await, ids([1, 3]));
    assert_eq!(found(Condition::eq("t.text", "ЕЛКА")).await, ids([1]));
    let starts =
        Condition::Matches { field: "t.text".to_owned(), how: TextMatch::StartsWith, text: "Е".to_owned() };
    assert_eq!(found(starts.clone()).await, ids([1, 2]));
    assert_eq!(found(starts.negate()).await, ids([3, 4]));
    let before = Condition::compare("a.at", Comparison::Lt, (instant(5) + Span::from_millis(1)).to_string());
    assert_eq!(found(before).await, ids([2]));
    bench.commit(bench.batch().delete(EXTRAS.key(id(20)), FIRST)).await;
    assert_eq!(found(Condition::eq("a.number", 5)).await, ids([]));
}

/// Rows are sorted by a related value, absent values first, and a cursor carries it.
pub async fn rows_are_sorted_by_a_related_value(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all((0..12).map(|n| Sample { flag: Some(n % 2 == 0), ..sample(n) })).await;
    bench.extras((0..12).map(|n| extra(100 + n, n, "other", n as i64))).await;
    bench.extras((0..9).map(|n| extra(200 + n, n, "rank", -((n / 2) as i64)))).await;
    let word = |n: u64| {
        let text = Text::new(["б", "Ё", "е", "a"][n as usize % 4]).ok();
        Extra { text, ..Extra::new(id(300 + n), id(n), "word") }
    };
    bench.extras((2..12).map(word)).await;
    let rank = || Place::from(Extra::of("rank", Extra::NUMBER));
    let word = || Place::from(Extra::of("word", Extra::TEXT));
    let sorted = async |sort: &[SortBy]| {
        let query = bench.query(&SAMPLES, Filter::everything(), sort);
        let whole = bench.paged(&query).await;
        for limit in [1, 5] {
            for select in [Select::Records, Select::Columns(vec![Sample::NUMBER.into()])] {
                let query = Query { limit, select, ..query.clone() };
                assert_eq!(bench.paged(&query).await, whole, "{sort:?} by {limit}");
            }
        }
        whole
    };
    let rising = ids([9, 10, 11, 8, 6, 7, 4, 5, 2, 3, 0, 1]);
    assert_eq!(sorted(&[ascending(rank())]).await, rising);
    assert_eq!(sorted(&[descending(rank())]).await, rising.iter().rev().copied().collect::<Vec<_>>());
    let mixed = [ascending(Sample::FLAG), descending(rank()), ascending(Sample::NUMBER)];
    assert_eq!(sorted(&mixed).await, ids([1, 3, 5, 7, 9, 11, 0, 2, 4, 6, 8, 10]));
    let by_word = ids([0, 1, 3, 7, 11, 4, 8, 2, 5, 6, 9, 10]);
    assert_eq!(sorted(&[ascending(word())]).await, by_word);
    assert_eq!(sorted(&[ascending(word()), descending(rank())]).await.len(), 12);
    let select = Select::Columns(vec![rank(), Sample::NUMBER.into(), word()]);
    let query = Query { select, ..bench.query(&SAMPLES, Filter::everything(), &[descending(rank())]) };
    let page = bench.page(Query { limit: 2, ..query }).await;
    let shown = |n: i64, word: Value| vec![Value::Int(0), Value::Int(n), word];
    assert_eq!(page.rows[0].values, shown(1, Value::Absent));
    assert_eq!(page.next.map(|next| next.values), Some(vec![Value::Int(0)]));
    assert_eq!(page.rows[1].values, shown(0, Value::Absent));
}

/// Of several related values the least one is shown and sorted by, however many there are.
pub async fn of_several_related_values_the_least_counts(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all((1..=3).map(sample)).await;
    bench.extras([extra(10, 1, "a", 9), extra(11, 1, "a", 2), extra(12, 2, "a", 5)]).await;
    bench.extras([Extra::new(id(13), id(2), "a")]).await;
    let text = |n, text| Extra { text: Text::new(text).ok(), ..Extra::new(id(n), id(3), "t") };
    // Two texts with one key: that of the row with the least id is shown.
    bench.extras([text(21, "ЁЛКА"), text(20, "Ёлка"), text(22, "я")]).await;
    let number = || Place::from(Extra::of("a", Extra::NUMBER));
    for (sort, expected) in [(ascending(number()), ids([3, 1, 2])), (descending(number()), ids([2, 1, 3]))] {
        let select = Select::Columns(vec![number(), Extra::of("t", Extra::TEXT).into()]);
        let query = Query { select, ..bench.query(&SAMPLES, Filter::everything(), &[sort]) };
        assert_eq!(bench.paged(&Query { limit: 1, ..query.clone() }).await, expected);
        let page = bench.page(query).await;
        let of = |number| page.rows.iter().find(|row| row.id == id(number)).map(|row| row.values.clone());
        assert_eq!(of(1), Some(vec![Value::Int(2), Value::Absent]));
        assert_eq!(of(2), Some(vec![Value::Int(5), Value::Absent]));
        let text = Text::new("Ёлка").expect("it holds no U+0000");
        assert_eq!(of(3), Some(vec![Value::Absent, Value::Text(text)]));
    }
}

/// A query over a growing kind in the order of a related value needs a filter that leads to an index.
pub async fn an_order_by_a_related_value_needs_an_index(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all((1..=3).map(|n| Sample { kind: &GROWING, ..sample(n) })).await;
    bench.extras([extra(10, 3, "a", 1), extra(11, 2, "a", 2)]).await;
    let sort = [ascending(Extra::of("a", Extra::NUMBER))];
    for unserved in [Condition::all([]), Condition::has("number"), Condition::eq("number", 2)] {
        let query = bench.query(&GROWING, related(&GROWING, &unserved), &sort);
        let error = bench.store.query(query).await.expect_err("no index leads to the rows");
        assert!(matches!(error, StoreError::Unindexed { .. }), "{error:?}");
    }
    for (served, expected) in [
        (Condition::is_in("code", ["c1", "c2", "c3"]), ids([1, 3, 2])),
        (Condition::compare("a.number", Comparison::Ge, 1), ids([3, 2])),
        (Condition::has("a.number"), ids([3, 2])),
    ] {
        assert_eq!(bench.paged(&bench.query(&GROWING, related(&GROWING, &served), &sort)).await, expected);
    }
    // What no index leads to is named as the condition names it.
    let weighed = bench.query(&GROWING, related(&GROWING, &Condition::eq("weight", 1)), &[]);
    let error = bench.store.query(weighed).await.expect_err("no index leads to the labels");
    assert!(matches!(&error, StoreError::Unindexed { field, .. } if field == "weight"), "{error:?}");
    let weight = Related { relation: "labels", guard: None, slot: Label::WEIGHT };
    let ordered = bench.query(&GROWING, Filter::everything(), &[ascending(weight)]);
    let error = bench.store.query(ordered).await.expect_err("no index leads to the rows");
    assert!(matches!(&error, StoreError::Unindexed { field, .. } if field == "labels.weight"), "{error:?}");
}

/// A relation can lead to the row whose id stands in a column.
pub async fn a_relation_can_lead_to_the_row_that_a_column_names(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let at = |number, place: Option<u64>| Sample { place: place.map(id), ..sample_of(&GROWING, number) };
    bench.put_all([at(1, Some(2)), at(2, Some(3)), at(3, None), at(4, Some(2)), at(5, Some(9))]).await;
    let stands_at = |inner| Expr::Exists("stands_at", Box::new(inner));
    let code = |code: &str| {
        Expr::Compare(FieldRef::new(Sample::CODE, "code"), Comparison::Eq, Value::Code(code.into()))
    };
    let found = async |expr: &Expr| {
        let page = bench.page(bench.query(&GROWING, ground(expr), &[])).await;
        page.rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(found(&stands_at(code("c2"))).await, ids([1, 4]));
    assert_eq!(found(&stands_at(stands_at(code("c3")))).await, ids([1, 4]));
    assert_eq!(found(&stands_at(code("c9"))).await, ids([]));
    assert_eq!(found(&Expr::Not(Box::new(stands_at(Expr::All(Vec::new()))))).await, ids([3, 5]));
    bench.of_tenant(2).put_all([at(9, None)]).await;
    assert_eq!(found(&stands_at(code("c9"))).await, ids([]), "the row of another tenant is none of this one");
}

/// A relation that asks for equal columns holds only where they are equal, and nothing equals an absent value.
pub async fn a_relation_holds_only_where_its_columns_are_equal(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all((1..=4).map(|n| Sample { kind: &GROWING, ..sample(n) })).await;
    bench.put_all([Sample { kind: &GROWING, number: None, ..sample(5) }]).await;
    // Of samples 1 and 2 the number was seen, of 3 an older one, of 4 nothing; 5 has no number.
    bench.extras([extra(10, 1, "seen", 1), extra(11, 2, "seen", 2), extra(12, 3, "seen", 2)]).await;
    bench.extras([Extra::new(id(13), id(4), "seen"), Extra::new(id(14), id(5), "seen")]).await;
    bench.extras([extra(15, 3, "sent", 3)]).await;
    let seen = filter(&EXTRAS, &Condition::eq("name", "seen"));
    let seen = || Expr::Exists("numbered", Box::new(seen.expr().clone()));
    let found = async |expr: Expr| {
        let query = bench.query(&GROWING, ground(&expr), &[]);
        let count = bench.page(Query { select: Select::Count, ..query.clone() }).await.count;
        let found = bench.paged(&query).await;
        assert_eq!(count, Some(found.len() as u64));
        found
    };
    assert_eq!(found(seen()).await, ids([1, 2]));
    assert_eq!(found(Expr::Not(Box::new(seen()))).await, ids([3, 4, 5]));
    assert_eq!(found(Expr::Exists("numbered", Box::new(Expr::All(Vec::new())))).await, ids([1, 2, 3]));
    bench.commit(bench.batch().put(Sample { kind: &GROWING, number: Some(7), ..sample(1) }, FIRST)).await;
    assert_eq!(found(seen()).await, ids([2]));
    let number = Related { relation: "numbered", guard: None, slot: Extra::NUMBER };
    let select = Select::Columns(vec![number.into()]);
    let page = bench.page(Query { select, ..bench.query(&GROWING, Filter::everything(), &[]) }).await;
    let shown: Vec<_> = page.rows.into_iter().flat_map(|row| row.values).collect();
    let expected = [Value::Absent, Value::Int(2), Value::Int(3), Value::Absent, Value::Absent];
    assert_eq!(shown, expected);
}
