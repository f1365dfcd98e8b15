use std::sync::Arc;

use super::bench::{
    Bench, FIRST, Fill, ascending, descending, filter, ground, id, instant, sample, sample_of,
};
use super::extra::Extra;
use super::sample::{DIRECTORY, GROWING, Label, SAMPLES, Sample};
use crate::base::limits::{PAGE_COLUMNS_MAX, PAGE_RELATED_MAX, PAGE_ROWS_MAX, SORT_COLUMNS_MAX};
use crate::base::{Decimal, Text};
use crate::condition::{Comparison, Condition, Expr, FieldRef, Filter, Place, Slot, Value};
use crate::store::{Cursor, Edges, GroupBy, Head, Query, Read, Select, Store, StoreError, Version};

fn titled(number: u64, title: &str) -> Sample {
    Sample { title: Text::new(title).ok(), ..sample(number) }
}

fn ids(numbers: impl IntoIterator<Item = u64>) -> Vec<uuid::Uuid> {
    numbers.into_iter().map(id).collect()
}

/// A query returns what its filter matches, in its order, absent values first.
pub async fn a_query_returns_what_matches_in_its_order(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all((0..20).map(sample)).await;
    bench.put_all([Sample { number: None, code: None, ..sample(30) }]).await;
    let high = Condition::compare("number", Comparison::Ge, 15);
    let or_absent = Condition::any([high.clone(), Condition::has("number").negate()]);
    assert_eq!(bench.found(&high, &[descending(Sample::NUMBER)]).await, ids((15..20).rev()));
    assert_eq!(bench.found(&or_absent, &[ascending(Sample::NUMBER)]).await, ids([30, 15, 16, 17, 18, 19]));
    assert_eq!(bench.found(&or_absent, &[descending(Sample::NUMBER)]).await, ids([19, 18, 17, 16, 15, 30]));
    assert_eq!(bench.found(&or_absent, &[]).await, ids([15, 16, 17, 18, 19, 30]));
    let other = Condition::compare("code", Comparison::Ne, "c3");
    assert_eq!(bench.found(&other, &[]).await.len(), 20);
}

/// Equal rows are ordered by id, in the direction of the last sort column.
pub async fn equal_rows_are_ordered_by_id(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all((0..6).map(|n| Sample { flag: Some(n < 3), number: Some(1), ..sample(n) })).await;
    let everything = Condition::all([]);
    let sorted = async |sort: &[_]| bench.found(&everything, sort).await;
    assert_eq!(sorted(&[ascending(Sample::FLAG)]).await, ids([3, 4, 5, 0, 1, 2]));
    assert_eq!(sorted(&[descending(Sample::FLAG)]).await, ids([2, 1, 0, 5, 4, 3]));
    assert_eq!(sorted(&[descending(Sample::FLAG), ascending(Sample::NUMBER)]).await, ids([0, 1, 2, 3, 4, 5]));
    assert_eq!(sorted(&[ascending(Sample::FLAG), descending(Sample::NUMBER)]).await, ids([5, 4, 3, 2, 1, 0]));
}

/// Columns of every type are sorted by their values.
pub async fn columns_of_every_type_are_sorted(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let rising = |n: u64| {
        let number = [i64::MIN, -7, 0, 1, i64::MAX][n as usize];
        Sample {
            flag: Some(n > 2),
            number: Some(number),
            amount: Some(Decimal::from_units(number)),
            at: Some(instant(number.clamp(-3_000_000_000_000, 3_000_000_000_000))),
            day: chrono::NaiveDate::from_ymd_opt(1900 + 70 * n as i32, 2, 1),
            place: Some(id(0x80 + n)),
            code: Some(["", "B", "a", "б", "😀"][n as usize].to_owned()),
            title: Text::new(["", "100%", "Арбуз", "ЕЛЬ", "ёлка"][n as usize]).ok(),
            ..sample(10 - n)
        }
    };
    bench.put_all((0..5).map(rising)).await;
    bench.put_all([Sample::new(&SAMPLES, id(1))]).await;
    let everything = Condition::all([]);
    for slot in (0..8).map(Slot).filter(|slot| *slot != Sample::FLAG) {
        let rising = bench.found(&everything, &[ascending(slot)]).await;
        // Keys: "ель" before "елка" bytewise? ь (U+044C) follows к (U+043A).
        let expected = if slot == Sample::TITLE { [1, 10, 9, 8, 6, 7] } else { [1, 10, 9, 8, 7, 6] };
        assert_eq!(rising, ids(expected), "{slot:?}");
        let falling = bench.found(&everything, &[descending(slot)]).await;
        assert_eq!(falling, ids(expected.into_iter().rev()), "{slot:?}");
    }
}

/// Pages that follow a cursor neither repeat nor skip a row that stays where it was.
pub async fn pages_neither_repeat_nor_skip_rows(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let spread =
        |n: u64| Sample { number: (!n.is_multiple_of(4)).then_some((n % 4) as i64), ..sample(2 * n) };
    bench.put_all((0..30).map(spread)).await;
    for sort in
        [vec![], vec![ascending(Sample::NUMBER)], vec![descending(Sample::NUMBER), ascending(Sample::CODE)]]
    {
        let query = bench.query(&SAMPLES, Filter::everything(), &sort);
        let whole = bench.paged(&query).await;
        assert_eq!(whole.len(), 30);
        for limit in [1, 7, 30] {
            assert_eq!(bench.paged(&Query { limit, ..query.clone() }).await, whole, "{sort:?} by {limit}");
        }
    }
    let sort = [ascending(Sample::NUMBER)];
    let query = Query { limit: 10, ..bench.query(&SAMPLES, Filter::everything(), &sort) };
    let whole = bench.paged(&query).await;
    let first = bench.page(query.clone()).await;
    // Rows come and go on both sides of the cursor.
    bench.put_all((0..30).map(|n| Sample { number: Some((n % 4) as i64), ..sample(2 * n + 1) })).await;
    let gone = SAMPLES.key(first.rows[9].id);
    bench.commit(bench.batch().delete(gone, FIRST)).await;
    let mut seen: Vec<_> = first.rows.iter().map(|row| row.id).collect();
    seen.extend(bench.paged(&Query { after: first.next, ..query }).await);
    let unmoved: Vec<_> = seen.iter().copied().filter(|id| whole.contains(id)).collect();
    assert_eq!(unmoved, whole);
    seen.sort_unstable();
    seen.dedup();
    assert!(seen.len() > 30, "rows that came behind the cursor are seen once");
}

/// The last page has no cursor, and a page in between has one.
pub async fn the_last_page_has_no_cursor(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let query = |limit| Query { limit, ..bench.query(&SAMPLES, Filter::everything(), &[]) };
    assert_eq!(bench.page(query(3)).await.next, None);
    bench.put_all((0..3).map(sample)).await;
    assert_eq!(bench.page(query(3)).await.next, None);
    let next = bench.page(query(2)).await.next;
    assert_eq!(next, Some(Cursor { values: Vec::new(), id: id(1) }));
    let last = bench.page(Query { after: next, ..query(2) }).await;
    assert_eq!((last.rows.len(), last.next), (1, None));
}

/// A count is the number of rows that all pages together hold.
pub async fn a_count_is_the_number_of_rows_of_all_pages(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all((0..25).map(sample)).await;
    let low = filter(&SAMPLES, &Condition::compare("number", Comparison::Lt, 20));
    for filter in [Filter::everything(), Filter::nothing(), low] {
        let query = Query { limit: 4, ..bench.query(&SAMPLES, filter, &[descending(Sample::CODE)]) };
        let count = bench.page(Query { select: Select::Count, ..query.clone() }).await;
        assert_eq!((count.rows.len(), &count.next), (0, &None));
        let after = bench.page(query.clone()).await.next;
        assert_eq!(count.count, Some(bench.paged(&query).await.len() as u64));
        let behind = bench.page(Query { select: Select::Count, after, ..query }).await;
        assert_eq!(behind.count, count.count);
    }
}

/// A query over a growing kind whose only selective terms have no index is refused.
pub async fn a_query_without_an_index_over_a_growing_kind_is_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all((0..5).map(|n| Sample { kind: &GROWING, ..sample(n) })).await;
    let number = Condition::eq("number", 3);
    let code = Condition::eq("code", "c3");
    let query = |condition: &Condition, sort: &[_]| bench.query(&GROWING, filter(&GROWING, condition), sort);
    let choice = Condition::any([code.clone(), number.clone()]);
    for refused in
        [query(&number, &[]), query(&choice, &[]), query(&Condition::all([]), &[ascending(Sample::DAY)])]
    {
        let error = bench.store.query(refused).await.expect_err("no index serves the query");
        assert!(matches!(error, StoreError::Unindexed { .. }), "{error:?}");
    }
    let both = Condition::all([code.clone(), number]);
    for served in [query(&both, &[]), query(&code, &[ascending(Sample::DAY)])] {
        let page = bench.page(served).await;
        assert_eq!(page.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [id(3)]);
    }
    let in_order = query(&Condition::has("number"), &[ascending(Sample::CODE)]);
    assert_eq!(bench.page(in_order).await.rows.len(), 5);
    // The rows of a relation are found by an index of their kind.
    let weight = compare(Label::WEIGHT, "weight", Value::Int(3));
    let name = compare(Label::NAME, "name", Value::Code("red".into()));
    let labelled = |inner| ground(&Expr::Exists("labels", Box::new(inner)));
    let scanned = bench.query(&GROWING, labelled(weight.clone()), &[]);
    let error = bench.store.query(scanned).await.expect_err("no index leads to the labels");
    assert!(matches!(error, StoreError::Unindexed { .. }), "{error:?}");
    let served = bench.query(&GROWING, labelled(Expr::All(vec![weight, name])), &[]);
    assert!(bench.page(served).await.rows.is_empty());
}

/// A cursor that does not fit the order of its query is refused.
pub async fn a_cursor_of_another_query_is_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all((0..3).map(sample)).await;
    let query = bench.query(&SAMPLES, Filter::everything(), &[ascending(Sample::NUMBER)]);
    let text = Value::Code("c1".into());
    for values in [vec![], vec![text.clone()], vec![Value::Int(1), Value::Int(1)]] {
        let after = Some(Cursor { values, id: id(1) });
        let error =
            bench.store.query(Query { after, ..query.clone() }).await.expect_err("the cursor does not fit");
        assert!(matches!(error, StoreError::BadCursor), "{error:?}");
    }
    for value in [Value::Absent, Value::Int(0)] {
        let after = Some(Cursor { values: vec![value], id: id(0) });
        assert!(bench.page(Query { after, ..query.clone() }).await.rows.len() >= 2);
    }
}

/// A query over a limit is refused.
pub async fn a_query_over_a_limit_is_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let query = bench.query(&SAMPLES, Filter::everything(), &[]);
    let wide = vec![ascending(Sample::NUMBER); SORT_COLUMNS_MAX + 1];
    let columns = |count, place: Place| Select::Columns(vec![place; count]);
    let many = columns(PAGE_COLUMNS_MAX, Sample::NUMBER.into());
    // Each of them is another field.
    let field = |n: usize| Place::from(Extra::of(&format!("f{n}"), Extra::NUMBER));
    let related = Select::Columns((0..PAGE_RELATED_MAX).map(field).collect());
    let more = columns(PAGE_COLUMNS_MAX + 1, Sample::NUMBER.into());
    let more_related = Select::Columns((0..=PAGE_RELATED_MAX).map(field).collect());
    for within in [many, related] {
        bench.page(Query { select: within, ..query.clone() }).await;
    }
    for over in [
        Query { limit: PAGE_ROWS_MAX + 1, ..query.clone() },
        Query { sort: wide, ..query.clone() },
        Query { select: more, ..query.clone() },
        Query { select: more_related, ..query },
    ] {
        let error = bench.store.query(over).await.expect_err("the limit is passed");
        assert!(matches!(error, StoreError::Limit { .. }), "{error:?}");
    }
}

/// A page holds of each row what was asked for: the columns in the order asked, or the whole record.
pub async fn a_page_holds_what_was_asked_of_each_row(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let full = Sample {
        flag: Some(false),
        amount: Some(Decimal::from_units(-12_500)),
        at: Some(instant(123)),
        day: chrono::NaiveDate::from_ymd_opt(2026, 2, 28),
        place: Some(id(100)),
        ..titled(1, "Ёлка «Ель»")
    };
    bench.commit(bench.batch().put(full.clone(), Version::ABSENT).note(SAMPLES.key(id(1)), 1)).await;
    bench.put_all([Sample::new(&SAMPLES, id(2))]).await;
    let slots = [Slot::POSITION, Slot::ID].into_iter().chain((0..8).rev().map(Slot));
    let places = slots.map(Place::Own).collect();
    let query = bench.query(&SAMPLES, Filter::everything(), &[]);
    let page = bench.page(Query { select: Select::Columns(places), ..query.clone() }).await;
    let expected = [
        Value::Int(1),
        Value::Id(id(1)),
        Value::Text(Text::new("Ёлка «Ель»").expect("it holds no U+0000")),
        Value::Code("c1".into()),
        Value::Id(id(100)),
        Value::Date(full.day.expect("the sample has a day")),
        Value::Instant(instant(123)),
        Value::Decimal(Decimal::from_units(-12_500)),
        Value::Int(1),
        Value::Bool(false),
    ];
    assert_eq!(page.rows[0].values, expected);
    assert!(page.rows[1].values[2..].iter().all(|value| *value == Value::Absent));
    assert!(page.rows.iter().all(|row| row.version == FIRST && row.record.is_none()));
    let page = bench.page(query).await;
    let record = page.rows[0].record.as_ref().expect("the record was asked for");
    assert_eq!((record.of::<Sample>().as_deref(), record.version), (Some(&full), FIRST));
    assert_eq!((page.rows[0].values.len(), page.count), (0, None));
}

/// A page tells where its tenant stood at the moment of its rows, its count or its groups.
pub async fn a_page_tells_where_its_tenant_stood(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let all = bench.query(&SAMPLES, Filter::everything(), &[ascending(Sample::NUMBER)]);
    assert_eq!(bench.page(all.clone()).await.head, Head::default());
    let writer = {
        let bench = bench.clone();
        tokio::spawn(async move {
            for number in 0..40 {
                let batch = bench.batch().put(sample(number), Version::ABSENT);
                bench.commit(batch.note(SAMPLES.key(id(number)), 1)).await;
            }
        })
    };
    let groups = Select::Groups(GroupBy::Value(Sample::CODE.into()));
    let behind_all = Some(Cursor { values: vec![Value::Int(-1)], id: id(0) });
    let mut position = 0;
    while position < 40 {
        for select in [Select::Records, Select::Columns(Vec::new()), Select::Count, groups.clone()] {
            for after in [None, behind_all.clone()] {
                // Each has a row and an event, and a code of its own.
                let page = bench.page(Query { select: select.clone(), after, ..all.clone() }).await;
                let found = page.rows.len() + page.groups.len();
                position = page.head.position;
                assert_eq!(page.count.unwrap_or(found as u64), position, "{select:?}");
            }
        }
        tokio::task::yield_now().await;
    }
    writer.await.expect("the writer ends");
    bench.commit(bench.batch().put(sample_of(&DIRECTORY, 1), Version::ABSENT)).await;
    let head = bench.store.load(Read::new(bench.tenant)).await.expect("the head is read").head;
    assert!(head.directory > 0);
    for select in [Select::Records, Select::Count, groups] {
        let nothing = Query { select, ..bench.query(&SAMPLES, Filter::nothing(), &[]) };
        assert_eq!(bench.page(nothing.clone()).await.head, head, "{nothing:?}");
    }
    let edges = GroupBy::Time { place: Sample::AT.into(), edges: Edges::new([]) };
    assert_eq!(bench.page(Query { select: Select::Groups(edges), sort: Vec::new(), ..all }).await.head, head);
}

/// Texts are compared by their keys and codes byte by byte, whatever characters they hold.
pub async fn texts_are_compared_by_keys_and_codes_by_bytes(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let words = ["Ёлка", "ЕЛКА", "елка 50%", "a_b", "A\\B", "it's", "say \"hi\"", "[x]*?", ""];
    let worded =
        |(word, number): (&&str, u64)| Sample { code: Some((*word).to_owned()), ..titled(number, word) };
    bench.put_all(words.iter().zip(0..).map(worded)).await;
    bench.put_all([Sample { code: None, ..sample(20) }]).await;
    let found = async |condition: Condition| bench.found(&condition, &[]).await;
    assert_eq!(found(Condition::eq("title", "ёлкА")).await, ids([0, 1]));
    assert_eq!(found(Condition::eq("code", "Ёлка")).await, ids([0]));
    assert!(found(Condition::eq("code", "ёлка")).await.is_empty());
    assert_eq!(found(Condition::contains("title", "ЁЛК")).await, ids([0, 1, 2]));
    for (part, number) in [("%", 2), ("_", 3), ("\\", 4), ("'", 5), ("\"", 6), ("[x]*", 7)] {
        assert_eq!(found(Condition::contains("title", part)).await, ids([number]), "{part}");
        assert_eq!(found(Condition::contains("code", part)).await, ids([number]), "{part}");
    }
    assert!(found(Condition::contains("code", "елк")).await == ids([2]));
    assert_eq!(found(Condition::contains("title", "")).await, ids(0..9));
    let starts = |text: &str| Condition::Matches {
        field: "title".to_owned(),
        how: crate::condition::TextMatch::StartsWith,
        text: text.to_owned(),
    };
    assert_eq!(found(starts("ЕЛ")).await, ids([0, 1, 2]));
    assert_eq!(found(starts("b")).await, ids([]));
}

/// A text of any length is found by an index, and sorted by all of its characters.
pub async fn a_text_of_any_length_is_found_by_an_index(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    // No two pieces are alike, so that no database makes it much shorter.
    let mut state = 2_041_u32;
    let pieces = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_u32(0x4e00 + (state >> 16) % 0x5000).unwrap_or_default()
    });
    let long: String = pieces.take(4_000).collect();
    let ended = |end: &str| format!("{long}{end}");
    let titles = [ended("c"), ended("a"), long.clone(), ended("b"), "z".to_owned()];
    bench.put_all((0..).zip(&titles).map(|(n, title)| titled(n, title))).await;

    let found = async |op, title: &str| {
        let condition = Condition::compare("title", op, title);
        bench.found(&condition, &[ascending(Sample::TITLE)]).await
    };
    assert_eq!(found(Comparison::Eq, &titles[1]).await, ids([1]));
    assert_eq!(found(Comparison::Lt, &titles[3]).await, ids([4, 2, 1]));
    assert_eq!(found(Comparison::Le, &titles[3]).await, ids([4, 2, 1, 3]));
    assert_eq!(found(Comparison::Gt, &titles[1]).await, ids([3, 0]));
    assert_eq!(found(Comparison::Ge, &titles[1]).await, ids([1, 3, 0]));
    assert_eq!(found(Comparison::Ne, &titles[1]).await, ids([4, 2, 3, 0]));
    let among =
        Condition::In { field: "title".to_owned(), values: vec![titles[0].clone().into(), "z".into()] };
    assert_eq!(bench.found(&among, &[descending(Sample::TITLE)]).await, ids([0, 4]));
    let everything = bench.query(&SAMPLES, Filter::everything(), &[descending(Sample::TITLE)]);
    assert_eq!(bench.paged(&Query { limit: 2, ..everything }).await, ids([0, 3, 1, 2, 4]));
}

/// Numbers, decimals and instants are compared exactly, at their limits too.
pub async fn numbers_are_compared_exactly_at_their_limits(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let numbers = [i64::MIN, i64::MIN + 1, -1, 0, (1 << 53) + 1, i64::MAX - 1, i64::MAX];
    let numbered = |(number, n): (&i64, u64)| Sample {
        number: Some(*number),
        amount: Some(Decimal::from_units(*number)),
        ..sample(n)
    };
    bench.put_all(numbers.iter().zip(0..).map(numbered)).await;
    let compare = |slot, op, value: Value| ground(&Expr::Compare(FieldRef::new(slot, "value"), op, value));
    for (place, number) in numbers.into_iter().enumerate() {
        for (op, expected) in [
            (Comparison::Eq, place..place + 1),
            (Comparison::Lt, 0..place),
            (Comparison::Le, 0..place + 1),
            (Comparison::Gt, place + 1..7),
            (Comparison::Ge, place..7),
        ] {
            let expected = ids(expected.map(|n| n as u64));
            let amount = Value::Decimal(Decimal::from_units(number));
            for filter in
                [compare(Sample::NUMBER, op, Value::Int(number)), compare(Sample::AMOUNT, op, amount)]
            {
                let page = bench.page(bench.query(&SAMPLES, filter, &[])).await;
                let found: Vec<_> = page.rows.iter().map(|row| row.id).collect();
                assert_eq!(found, expected, "{op:?} {number}");
            }
        }
    }
}

/// A comparison with an absent value is false, and `!=` is its negation.
pub async fn a_comparison_with_an_absent_value_is_false(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all([Sample::new(&SAMPLES, id(1)), Sample { flag: Some(false), ..sample(2) }]).await;
    let found = async |condition: Condition| bench.found(&condition, &[]).await;
    for op in [Comparison::Eq, Comparison::Lt, Comparison::Le, Comparison::Gt, Comparison::Ge] {
        let low = Condition::compare("number", op, 2);
        let both = [found(low.clone()).await, found(low.negate()).await];
        assert!(!both[0].contains(&id(1)) && both[1].contains(&id(1)), "{op:?}");
        assert_eq!(both.concat().len(), 2);
    }
    assert_eq!(found(Condition::compare("number", Comparison::Ne, 2)).await, ids([1]));
    assert_eq!(found(Condition::eq("flag", false).negate()).await, ids([1]));
    assert_eq!(found(Condition::is_in("code", ["c2", "x"]).negate()).await, ids([1]));
    assert_eq!(found(Condition::contains("code", "c").negate()).await, ids([1]));
    assert_eq!(found(Condition::has("code")).await, ids([2]));
    assert_eq!(found(Condition::is_in::<&str>("code", [])).await, ids([]));
    assert_eq!(found(Condition::is_in::<&str>("code", []).negate()).await, ids([1, 2]));
}

/// A row meets a relation when a row that belongs to it meets the inner expression.
pub async fn a_relation_is_met_by_a_row_that_belongs(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all((1..=4).map(|n| Sample { kind: &GROWING, ..sample(n) })).await;
    for (label, of, name, weight) in
        [(10, 1, "red", 1), (11, 1, "blue", 2), (12, 2, "red", 3), (13, 9, "red", 4)]
    {
        let label = Label { id: id(label), sample: id(of), name: name.to_owned(), weight };
        bench.commit(bench.batch().put(label, Version::ABSENT)).await;
    }
    let name = |name: &str| compare(Label::NAME, "name", Value::Code(name.into()));
    let weight = |weight| compare(Label::WEIGHT, "weight", Value::Int(weight));
    let labelled = |inner| Expr::Exists("labels", Box::new(inner));
    let found = async |expr: Expr| {
        let page = bench.page(bench.query(&GROWING, ground(&expr), &[])).await;
        page.rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(found(labelled(name("red"))).await, ids([1, 2]));
    // One row must meet both terms: sample 1 has a red label and one of weight 2, but not in one.
    assert_eq!(found(labelled(Expr::All(vec![name("red"), weight(2)]))).await, ids([]));
    assert_eq!(found(labelled(Expr::All(vec![name("red"), weight(3)]))).await, ids([2]));
    assert_eq!(found(labelled(Expr::All(Vec::new()))).await, ids([1, 2]));
    assert_eq!(found(labelled(Expr::Any(Vec::new()))).await, ids([]));
    assert_eq!(found(Expr::Not(Box::new(labelled(name("blue"))))).await, ids([2, 3, 4]));
    let either =
        Expr::Any(vec![labelled(name("blue")), compare(Sample::CODE, "code", Value::Code("c4".into()))]);
    assert_eq!(found(either).await, ids([1, 4]));
    bench.commit(bench.batch().delete(super::sample::LABELS.key(id(12)), FIRST)).await;
    assert_eq!(found(labelled(name("red"))).await, ids([1]));
}

fn compare(slot: Slot, code: &'static str, value: Value) -> Expr {
    Expr::Compare(FieldRef::new(slot, code), Comparison::Eq, value)
}
