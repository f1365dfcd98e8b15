use std::sync::Arc;

use super::bench::{Bench, Fill, filter, id, instant, sample};
use super::extra::Extra;
use super::sample::{GROWING, Label, SAMPLES, Sample};
use crate::base::limits::{GROUP_EDGES_MAX, GROUPS_MAX};
use crate::base::{Decimal, Span, Text};
use crate::condition::{Comparison, Condition, Filter, Place, Related, Slot, Value};
use crate::store::{Edges, GroupBy, Kind, Query, Select, Store, StoreError, Version};

type Groups = Vec<(Value, u64)>;

impl Bench {
    async fn grouped(&self, kind: &'static Kind, filter: Filter, by: GroupBy) -> Groups {
        let select = Select::Groups(by);
        let query = Query { select, limit: 1, ..self.query(kind, filter, &[]) };
        let page = self.page(query).await;
        assert!(page.rows.is_empty() && page.next.is_none() && page.count.is_none());
        page.groups
    }

    async fn ungrouped(&self, kind: &'static Kind, by: GroupBy) -> StoreError {
        let query = Query { select: Select::Groups(by), ..self.query(kind, Filter::everything(), &[]) };
        self.store.query(query).await.expect_err("the groups are refused")
    }
}

fn by(place: impl Into<Place>) -> GroupBy {
    GroupBy::Value(place.into())
}

fn text(text: &str) -> Value {
    Value::Text(Text::new(text).expect("it holds no U+0000"))
}

/// Groups come in the order of their values, nothing first, and add up to the count.
pub async fn groups_are_ordered_and_add_up_to_the_count(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    assert_eq!(bench.grouped(&SAMPLES, Filter::everything(), by(Sample::NUMBER)).await, []);
    let spread = |n: u64| Sample {
        flag: (!n.is_multiple_of(3)).then_some(n % 3 == 1),
        number: (!n.is_multiple_of(4)).then_some(2 - (n % 4) as i64),
        amount: Some(Decimal::from_units(n as i64 / 6)),
        title: Text::new(["ель", "Ёлка", "ЕЛКА", "арбуз"][n as usize % 4]).ok(),
        ..sample(n)
    };
    bench.put_all((0..12).map(spread)).await;
    bench.put_all([Sample::new(&SAMPLES, id(20))]).await;
    let everything = Filter::everything;
    let int = |number: i64, count: u64| (Value::Int(number), count);
    let by_number = vec![(Value::Absent, 4), int(-1, 3), int(0, 3), int(1, 3)];
    assert_eq!(bench.grouped(&SAMPLES, everything(), by(Sample::NUMBER)).await, by_number);
    let by_flag = vec![(Value::Absent, 5), (Value::Bool(false), 4), (Value::Bool(true), 4)];
    assert_eq!(bench.grouped(&SAMPLES, everything(), by(Sample::FLAG)).await, by_flag);
    // Texts are one group by their key, shown as the least is written.
    let by_title = vec![(Value::Absent, 1), (text("арбуз"), 3), (text("Ёлка"), 6), (text("ель"), 3)];
    assert_eq!(bench.grouped(&SAMPLES, everything(), by(Sample::TITLE)).await, by_title);
    let amount = |units: i64, count: u64| (Value::Decimal(Decimal::from_units(units)), count);
    let low = filter(&SAMPLES, &Condition::compare("number", Comparison::Lt, 1));
    assert_eq!(
        bench.grouped(&SAMPLES, low.clone(), by(Sample::AMOUNT)).await,
        vec![amount(0, 2), amount(1, 4)]
    );
    for filter in [everything(), Filter::nothing(), low] {
        let query = Query { select: Select::Count, ..bench.query(&SAMPLES, filter.clone(), &[]) };
        let count = bench.page(query).await.count;
        for slot in [Sample::FLAG, Sample::NUMBER, Sample::AMOUNT, Sample::TITLE, Sample::CODE] {
            let groups = bench.grouped(&SAMPLES, filter.clone(), by(slot)).await;
            assert_eq!(Some(groups.iter().map(|(_, rows)| rows).sum()), count, "{slot:?}");
        }
    }
}

/// Rows are grouped by a related value, each once: under its least value, or under nothing.
pub async fn rows_are_grouped_by_a_related_value(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    bench.put_all((1..=5).map(sample)).await;
    for (number, of, name) in [(10, 1, "red"), (11, 1, "blue"), (12, 2, "red"), (13, 9, "green")] {
        let label = Label { id: id(number), sample: id(of), name: name.to_owned(), weight: 1 };
        bench.commit(bench.batch().put(label, Version::ABSENT)).await;
    }
    for (number, of, name, value) in [(20, 1, "a", 7), (21, 3, "a", 7), (22, 4, "a", 5), (23, 5, "b", 5)] {
        let extra = Extra { number: Some(value), ..Extra::new(id(number), id(of), name) };
        bench.commit(bench.batch().put(extra, Version::ABSENT)).await;
    }
    let label = Related { relation: "labels", guard: None, slot: Label::NAME };
    let code = |code: &str, count: u64| (Value::Code(code.into()), count);
    let by_label = bench.grouped(&SAMPLES, Filter::everything(), by(label)).await;
    assert_eq!(by_label, vec![(Value::Absent, 3), code("blue", 1), code("red", 1)]);
    let by_number = bench.grouped(&SAMPLES, Filter::everything(), by(Extra::of("a", Extra::NUMBER))).await;
    assert_eq!(by_number, vec![(Value::Absent, 2), (Value::Int(5), 1), (Value::Int(7), 2)]);
}

/// A bucket of time holds what lies from its edge to before the next: empty ones are there, what lies outside is not.
pub async fn buckets_hold_what_lies_between_their_edges(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let hours = [-1, 0, 0, 1, 4, 5, 9, 10, 11];
    let dated = |(hour, n): (&i64, u64)| Sample { at: Some(instant(0) + Span::hours(*hour)), ..sample(n) };
    bench.put_all(hours.iter().zip(0..).map(dated)).await;
    bench.put_all([sample(20)]).await;
    let edge = |hour| instant(0) + Span::hours(hour);
    let time = |hours: &[i64]| GroupBy::Time {
        place: Sample::AT.into(),
        edges: Edges::new(hours.iter().map(|hour| edge(*hour))),
    };
    let grouped = async |hours: &[i64]| bench.grouped(&SAMPLES, Filter::everything(), time(hours)).await;
    let bucket = |hour, count: u64| (Value::Instant(edge(hour)), count);
    assert_eq!(grouped(&[0, 1, 2, 5, 10]).await, [bucket(0, 2), bucket(1, 1), bucket(2, 1), bucket(5, 2)]);
    assert_eq!(grouped(&[10, 0, 0]).await, [bucket(0, 6)]);
    assert_eq!(grouped(&[-9, -1]).await, [bucket(-9, 0)]);
    assert_eq!(grouped(&[0]).await, []);
    assert_eq!(grouped(&[]).await, []);
    let many: Vec<i64> = (0..GROUP_EDGES_MAX as i64).map(|hour| hour - 500).collect();
    let found = grouped(&many).await;
    assert_eq!(found.len(), GROUP_EDGES_MAX - 1);
    let counts: Vec<_> = found.into_iter().filter(|(_, count)| *count > 0).collect();
    let single = [-1, 1, 4, 5, 9, 10, 11].map(|hour| bucket(hour, 1));
    assert_eq!(counts, [&single[..1], &[bucket(0, 2)], &single[1..]].concat());
    let numbers = GroupBy::Time { place: Sample::NUMBER.into(), edges: Edges::new([edge(0), edge(1)]) };
    assert_eq!(bench.grouped(&SAMPLES, Filter::everything(), numbers).await, [bucket(0, 0)]);
    let due = Extra { at: Some(edge(3)), ..Extra::new(id(30), id(20), "due") };
    bench.commit(bench.batch().put(due, Version::ABSENT)).await;
    let place = Extra::of("due", Extra::AT).into();
    let due = GroupBy::Time { place, edges: Edges::new([edge(0), edge(3), edge(4)]) };
    let found = bench.grouped(&SAMPLES, Filter::everything(), due).await;
    assert_eq!(found, [bucket(0, 0), bucket(3, 1)]);
}

/// Groups of a growing kind by what no index begins with are refused, and so are more groups than the limit.
pub async fn groups_without_an_index_or_over_a_limit_are_refused(store: Arc<dyn Store>) {
    let bench = Bench::new(store);
    let grown = |n: u64| Sample { kind: &GROWING, ..sample(n) };
    bench.commit((0..3).fold(bench.batch(), |batch, n| batch.put(grown(n), Version::ABSENT))).await;
    let weight = Related { relation: "labels", guard: None, slot: Label::WEIGHT };
    let edges = || Edges::new([instant(0), instant(1)]);
    let unindexed = [
        by(Sample::NUMBER),
        by(Sample::DAY),
        by(weight),
        by(Extra::of("a", Extra::PLACE)),
        GroupBy::Time { place: Slot::POSITION.into(), edges: edges() },
    ];
    for by in unindexed {
        let error = bench.ungrouped(&GROWING, by).await;
        assert!(matches!(error, StoreError::Unindexed { .. }), "{error:?}");
    }
    let name = Related { relation: "labels", guard: None, slot: Label::NAME };
    for served in [
        by(Sample::CODE),
        by(name),
        by(Extra::of("a", Extra::NUMBER)),
        GroupBy::Time { place: Sample::AT.into(), edges: edges() },
    ] {
        bench.grouped(&GROWING, Filter::everything(), served).await;
    }
    let unserved = filter(&GROWING, &Condition::eq("number", 1));
    let select = Select::Groups(by(Sample::CODE));
    let query = Query { select, ..bench.query(&GROWING, unserved, &[]) };
    let error = bench.store.query(query).await.expect_err("no index leads to the rows");
    assert!(matches!(error, StoreError::Unindexed { .. }), "{error:?}");
    let half = GROUPS_MAX as u64 / 2;
    for part in [0..half, half..2 * half] {
        bench.commit(part.fold(bench.batch(), |batch, n| batch.put(sample(n), Version::ABSENT))).await;
    }
    let groups = bench.grouped(&SAMPLES, Filter::everything(), by(Sample::CODE)).await;
    assert_eq!(groups.len(), GROUPS_MAX);
    bench.put_all([sample(2 * half)]).await;
    let many = Edges::new((0..=GROUP_EDGES_MAX as i64).map(instant));
    let time = GroupBy::Time { place: Sample::AT.into(), edges: many };
    for over in [by(Sample::CODE), time] {
        let error = bench.ungrouped(&SAMPLES, over).await;
        assert!(matches!(error, StoreError::Limit { found, max, .. } if found == max + 1), "{error:?}");
    }
}
