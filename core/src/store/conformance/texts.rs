use std::sync::Arc;

use uuid::Uuid;

use super::bench::{Bench, FIRST, Fill, ascending, filter, ground, id, sample_of};
use super::sample::{GROWING, Label, Sample};
use crate::base::Text;
use crate::base::limits::TOKENS_MAX;
use crate::condition::{Comparison, Condition, Expr, FieldRef, Filter, Value};
use crate::store::{Cursor, GroupBy, Query, Select, Store, StoreError, TextFilter, Version};
use crate::text::TextQuery;

const TITLE: &[&str] = &["title"];
const BOTH: &[&str] = &["title", "rest"];

fn titled(number: u64, title: &str) -> Sample {
    Sample { title: Text::new(title).ok(), ..sample_of(&GROWING, number) }
}

/// Asks for the ids of the samples that have a text.
fn having(bench: &Bench, text: &str, texts: &[&'static str]) -> Query {
    let query = TextQuery::parse(text).expect("the suite's texts can be searched for");
    let select = Select::Columns(Vec::new());
    let text = Some(TextFilter::new(query, texts));
    Query { text, select, ..bench.query(&GROWING, Filter::everything(), &[]) }
}

async fn found(bench: &Bench, text: &str) -> Vec<Uuid> {
    bench.paged(&having(bench, text, TITLE)).await
}

fn ids(numbers: impl IntoIterator<Item = u64>) -> Vec<Uuid> {
    numbers.into_iter().map(id).collect()
}

/// A row is found when one of the texts asked for has every term of the query.
pub async fn a_row_is_found_when_a_text_has_every_term(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let titles = [
        "Срочная заявка: не печатает принтер",
        "Заявки на принтеры ТН-2041/Б",
        "ivan.petrov@example.org не пришёл счет №000123",
        "The second printer on the floor",
        "-- / \"",
    ];
    bench.put_all(titles.iter().zip(1..).map(|(title, number)| titled(number, title))).await;
    let rest = |number, rest: &str| Sample { rest: rest.to_owned(), ..titled(number, "Принтер") };
    bench.put_all([rest(6, "заявка"), Sample { title: None, ..rest(7, "Второй принтер") }]).await;
    for (text, numbers) in [
        ("заявок", vec![2, 1]),
        ("принтер", vec![6, 2, 1]),
        ("принтера заявка", vec![2, 1]),
        ("печат*", vec![1]),
        ("п*", vec![]),
        ("\"печатает принтер\"", vec![1]),
        ("\"принтер печатает\"", vec![]),
        ("\"не печа\"", vec![]),
        ("тн-2041/б", vec![2]),
        ("2041", vec![2]),
        ("тн-20*", vec![2]),
        ("тн-2042/б", vec![]),
        ("ivan.petrov@example.org", vec![3]),
        ("petrov@exam*", vec![3]),
        ("petrov.ivan", vec![]),
        ("пришел 123", vec![3]),
        ("SECOND printers", vec![4]),
        ("\"printer on the floor\"", vec![4]),
        ("сканер", vec![]),
    ] {
        assert_eq!(found(&bench, text).await, ids(numbers), "{text}");
    }
    let of_both = async |text| bench.paged(&having(&bench, text, BOTH)).await;
    assert_eq!(of_both("принтер").await, ids([7, 6, 2, 1]));
    // No text of sample 6 has both words.
    assert_eq!(of_both("принтер заявка").await, ids([2, 1]));
}

/// Rows with a text come in the order in which they were written first, the last one first; those of one batch in its
/// order.
pub async fn rows_with_a_text_come_in_the_order_of_writing(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all([titled(5, "word"), titled(2, "other"), titled(9, "word"), titled(1, "word")]).await;
    let batch = [7, 3, 8].into_iter().fold(bench.batch(), |batch, number| {
        batch.put(titled(number, "word"), Version::ABSENT).note(GROWING.key(id(number)), 1)
    });
    bench.commit(batch).await;
    assert_eq!(found(&bench, "word").await, ids([8, 3, 7, 1, 9, 5]));
    // A change keeps the place of a row, whether it had the word before or not.
    bench.commit(bench.batch().put(titled(9, "a word"), FIRST)).await;
    bench.commit(bench.batch().put(titled(2, "another word"), FIRST)).await;
    assert_eq!(found(&bench, "word").await, ids([8, 3, 7, 1, 9, 2, 5]));
    // A row that is written anew after it was deleted is a new one.
    bench.commit(bench.batch().delete(GROWING.key(id(5)), FIRST)).await;
    bench.commit(bench.batch().put(titled(5, "word"), Version::ABSENT)).await;
    assert_eq!(found(&bench, "word").await, ids([5, 8, 3, 7, 1, 9, 2]));
}

/// Pages of rows with a text follow a cursor as others do, and a count is the number of their rows.
pub async fn pages_of_rows_with_a_text_follow_a_cursor(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all((0..23).map(|n| titled(n, if n % 3 == 0 { "odd" } else { "word" }))).await;
    let expected = ids((0..23).rev().filter(|n| n % 3 != 0));
    for limit in [1, 2, 7, 15, 100] {
        let query = Query { limit, ..having(&bench, "word", TITLE) };
        assert_eq!(bench.paged(&query).await, expected, "by {limit}");
        let counted = bench.page(Query { select: Select::Count, ..query }).await;
        assert_eq!((counted.count, counted.rows.len()), (Some(15), 0));
    }
    let first = bench.page(Query { limit: 5, ..having(&bench, "word", TITLE) }).await;
    // What is written between two pages is newer than both, and what goes leaves no gap.
    bench.put_all([titled(50, "word")]).await;
    let gone = first.rows.last().map(|row| row.id).expect("a row");
    bench.commit(bench.batch().delete(GROWING.key(gone), FIRST)).await;
    let rest = bench.paged(&Query { after: first.next, ..having(&bench, "word", TITLE) }).await;
    assert_eq!(rest, expected[5..]);
}

/// A row is found by its texts as they are: what was changed, deleted or refused is not found.
pub async fn a_row_is_found_by_its_texts_as_they_are(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all([titled(1, "before"), titled(2, "before"), titled(3, "before")]).await;
    assert_eq!(found(&bench, "before").await, ids([3, 2, 1]));
    bench.commit(bench.batch().put(titled(1, "after"), FIRST)).await;
    bench.commit(bench.batch().put(Sample { title: None, ..titled(2, "") }, FIRST)).await;
    bench.commit(bench.batch().delete(GROWING.key(id(3)), FIRST)).await;
    bench.refused(bench.batch().put(titled(1, "never"), FIRST)).await;
    for (text, numbers) in [("before", vec![]), ("after", vec![1]), ("never", vec![])] {
        assert_eq!(found(&bench, text).await, ids(numbers), "{text}");
    }
    bench.commit(bench.batch().put(titled(2, "after"), Version(2))).await;
    bench.commit(bench.batch().put(titled(3, "after"), Version::ABSENT)).await;
    assert_eq!(found(&bench, "after").await, ids([3, 2, 1]));
    // What stays as it was is found as before, whatever else changes.
    bench.commit(bench.batch().put(Sample { number: None, ..titled(3, "after") }, FIRST)).await;
    assert_eq!(found(&bench, "after").await, ids([3, 2, 1]));
}

/// A filter holds of rows with a text as of others, relations included.
pub async fn a_filter_holds_of_rows_with_a_text(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all((1..=6).map(|n| titled(n, "word"))).await;
    bench.put_all([titled(7, "other"), Sample { place: Some(id(2)), ..titled(8, "word") }]).await;
    for (label, of) in [(20, 2), (21, 4), (22, 7), (23, 4)] {
        let label = Label { id: id(label), sample: id(of), name: "red".to_owned(), weight: 1 };
        bench.commit(bench.batch().put(label, Version::ABSENT)).await;
    }
    let filtered = async |filter: Filter| {
        bench.paged(&Query { filter, limit: 2, ..having(&bench, "word", TITLE) }).await
    };
    let condition = |condition: &Condition| filter(&GROWING, condition);
    // No index serves the number: the text leads to the rows.
    let high = Condition::compare("number", Comparison::Gt, 3);
    assert_eq!(filtered(condition(&high)).await, ids([8, 6, 5, 4]));
    let red = || Expr::Compare(FieldRef::new(Label::NAME, "name"), Comparison::Eq, Value::Code("red".into()));
    let labelled = || Expr::Exists("labels", Box::new(red()));
    assert_eq!(filtered(ground(&labelled())).await, ids([4, 2]));
    assert_eq!(filtered(ground(&Expr::Not(Box::new(labelled())))).await, ids([8, 6, 5, 3, 1]));
    assert_eq!(filtered(condition(&high).and(ground(&labelled()))).await, ids([4]));
    assert_eq!(filtered(ground(&Expr::Exists("stands_at", Box::new(labelled())))).await, ids([8]));
}

/// A text is searched for within a tenant.
pub async fn a_text_is_searched_for_within_a_tenant(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let other = bench.of_tenant(2);
    for number in [1, 2] {
        bench.put_all([titled(number, "word")]).await;
        other.put_all([titled(number + 5, "word"), titled(number, "secret")]).await;
    }
    assert_eq!(found(&bench, "word").await, ids([2, 1]));
    assert_eq!(found(&other, "word").await, ids([7, 6]));
    assert_eq!(found(&bench, "secret").await, ids([]));
    assert_eq!(found(&bench.of_tenant(3), "word").await, ids([]));
    let first = other.page(Query { limit: 1, ..having(&other, "word", TITLE) }).await;
    // A cursor of one tenant is a place among the rows of each.
    let rest = bench.paged(&Query { after: first.next, ..having(&bench, "word", TITLE) }).await;
    assert!(rest.iter().all(|found| ids([1, 2]).contains(found)), "{rest:?}");
    let counted = bench.page(Query { select: Select::Count, ..having(&bench, "word", TITLE) }).await;
    assert_eq!(counted.count, Some(2));
}

/// A query for a text in an order or in groups of its own, or in a text that the kind does not have, is refused.
pub async fn a_text_in_another_order_or_place_is_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all([titled(1, "word")]).await;
    let query = || having(&bench, "word", TITLE);
    for refused in [
        Query { sort: vec![ascending(Sample::CODE)], ..query() },
        Query { select: Select::Groups(GroupBy::Value(Sample::CODE.into())), ..query() },
        having(&bench, "word", &["title", "code"]),
        having(&bench, "word", &[]),
    ] {
        let error = bench.store.query(refused).await.expect_err("no index serves it");
        assert!(matches!(error, StoreError::Unindexed { .. }), "{error:?}");
    }
    for values in [vec![], vec![Value::Absent], vec![Value::Int(1), Value::Int(1)]] {
        let after = Some(Cursor { values, id: id(1) });
        let error = bench.store.query(Query { after, ..query() }).await.expect_err("the cursor does not fit");
        assert!(matches!(error, StoreError::BadCursor), "{error:?}");
    }
    for value in [i64::MIN, -1, 0, i64::MAX] {
        let after = Some(Cursor { values: vec![Value::Int(value)], id: id(1) });
        let page = bench.page(Query { after, ..query() }).await;
        assert_eq!(page.rows.len(), usize::from(value == i64::MAX), "{value}");
    }
}

/// A text of any length is found by its words up to the limit.
pub async fn a_long_text_is_found_by_its_first_words(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let many = "слово ".repeat(TOKENS_MAX / 2);
    let numbers: String = (0..TOKENS_MAX / 2 - 1).map(|n| format!("{n} ")).collect();
    let endless = "щ".repeat(5_000);
    let rest = |number, rest: String| Sample { rest, ..sample_of(&GROWING, number) };
    bench.put_all([rest(1, format!("{many}{numbers}last beyond")), rest(2, endless.clone())]).await;
    for (text, numbers) in [
        ("слово", vec![1]),
        ("\"слово слово слово\"", vec![1]),
        ("\"слово 0\"", vec![]),
        ("4321", vec![1]),
        ("\"4997 4998 last\"", vec![1]),
        ("last", vec![1]),
        ("beyond", vec![]),
        (&endless[..500], vec![2]),
        ("щщщ*", vec![2]),
    ] {
        let found = bench.paged(&having(&bench, text, &["rest"])).await;
        assert_eq!(found, ids(numbers), "{text}");
    }
}
