//! Lists by tags and by the fields of the tenant's own.

use std::collections::BTreeMap;

use okno::base::Span;
use okno::condition::{Comparison, Condition, Value};
use okno::engine::List;
use okno::store::Direction;
use okno::{DeskError, RequestCommand, RequestId};
use okno_tests::{Center, Who, code, on_every_store};

#[test]
fn requests_are_found_by_their_tags() {
    on_every_store(async |store| {
        let (center, [a, b, c]) = three(store).await;
        let operator = center.requests(Who::Operator);
        for (id, tag) in [(a, "vip"), (a, "new"), (b, "new")] {
            operator.tag(id, code(tag)).await.expect("an operator may");
        }
        let found = async |filter: Condition| names(&center, Who::Operator, List::of(filter)).await;
        assert_eq!(found(Condition::eq("tags", "vip")).await, [a]);
        assert_eq!(found(Condition::is_in("tags", ["vip", "new"])).await, [a, b]);
        assert_eq!(found(Condition::has("tags").negate()).await, [c]);
        assert_eq!(found(Condition::compare("tags", Comparison::Ne, "new")).await, [c]);
        assert_eq!(operator.count(&Condition::eq("tags", "new")).await.expect("counted"), 2);
        operator.untag(a, code("new")).await.expect("it has it");
        assert_eq!(found(Condition::eq("tags", "new")).await, [b]);
    });
}

#[test]
fn requests_are_found_and_sorted_by_indexed_fields() {
    on_every_store(async |store| {
        let (center, [a, b, c]) = three(store).await;
        for (id, amount, color) in [(a, "20", "red"), (b, "5.5", "blue"), (c, "7", "red")] {
            set(&center, id, [("amount", decimal(amount)), ("color", Value::Code(color.into()))]).await;
        }
        let found = async |filter: Condition| names(&center, Who::Operator, List::of(filter)).await;
        let amount = |op, than: &str| Condition::compare("amount", op, than);
        assert_eq!(found(amount(Comparison::Gt, "6")).await, [a, c]);
        assert_eq!(
            found(Condition::all([amount(Comparison::Gt, "6"), Condition::eq("color", "red")])).await,
            [a, c]
        );
        assert_eq!(found(amount(Comparison::Eq, "5.5")).await, [b]);
        assert_eq!(found(Condition::has("amount").negate()).await, []);

        let sorted = async |direction| {
            let sort = vec![("amount".to_owned(), direction)];
            let columns = vec!["amount".to_owned(), "number".to_owned()];
            let list = List { sort, columns, limit: 2, ..List::of(Condition::has("amount")) };
            names(&center, Who::Operator, list).await
        };
        assert_eq!(sorted(Direction::Ascending).await, [b, c, a]);
        assert_eq!(sorted(Direction::Descending).await, [a, c, b]);

        let step = RequestCommand::SetFields { values: [(code("amount"), None)].into() };
        center.requests(Who::Operator).step(a, step).await.expect("an operator may");
        set(&center, b, [("amount", decimal("100"))]).await;
        assert_eq!(found(amount(Comparison::Gt, "6")).await, [b, c], "what was said before is forgotten");
        assert_eq!(found(Condition::has("amount").negate()).await, [a]);
    });
}

#[test]
fn a_field_that_is_not_indexed_and_one_that_is_not_there_are_told_apart() {
    on_every_store(async |store| {
        let (center, _) = three(store).await;
        let remark = Condition::has("remark");
        let operator = center.requests(Who::Operator);
        let error = operator.count(&remark).await.expect_err("it is not indexed");
        let expected = "error[not_indexed] condition.field: requests are not searched and sorted by `remark`: it is \
                        not indexed";
        assert_eq!(error.to_string(), expected);
        let sort = vec![("remark".to_owned(), Direction::Ascending)];
        let error =
            operator.list(&List { sort, ..List::of(Condition::all([])) }).await.expect_err("not indexed");
        assert!(error.to_string().starts_with("error[not_indexed] sort[0]"), "{error}");
        let error = operator.count(&Condition::has("amuont")).await.expect_err("there is none");
        assert!(error.to_string().ends_with("unknown field `amuont`; did you mean `amount`?"), "{error}");
    });
}

#[test]
fn a_requester_searches_and_sees_public_fields_and_guesses_nothing_else() {
    on_every_store(async |store| {
        let (center, [a, b, _]) = three(store).await;
        set(&center, a, [("amount", decimal("20")), ("color", Value::Code("red".into()))]).await;
        set(&center, b, [("amount", decimal("5"))]).await;
        center.requests(Who::Operator).tag(a, code("vip")).await.expect("an operator may");
        let requester = center.requests(Who::Requester);
        let columns = vec!["number".to_owned(), "amount".to_owned()];
        let list = List { columns, ..List::own(Condition::compare("amount", Comparison::Gt, "6")) };
        let page = requester.list_own(&list).await.expect("the field is public");
        assert_eq!(page.rows.iter().map(|row| row.values[1].clone()).collect::<Vec<_>>(), [decimal("20")]);
        for hidden in ["tags", "color", "remark", "touch_ms", "nothing"] {
            let filter = Condition::has(hidden);
            let refused = requester.count_own(&filter).await.expect_err("it is not there");
            let unknown = format!("error[unknown_field] condition.field: unknown field `{hidden}`");
            assert!(matches!(refused, DeskError::Problems(_)), "{refused}");
            assert!(refused.to_string().starts_with(&unknown), "{refused}");
        }
        let theirs = center.requests(Who::Neighbour).count_own(&Condition::has("amount")).await;
        assert_eq!(theirs.expect("counted"), 0);
    });
}

/// Three requests of the requester, a minute apart.
async fn three(store: okno_tests::Candidate) -> (Center, [RequestId; 3]) {
    let mut center = Center::open(store).await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(center.submit("IT-01").await);
        center.wait(Span::minutes(1));
    }
    let all = all.try_into().expect("three");
    (center, all)
}

async fn set<const N: usize>(center: &Center, id: RequestId, values: [(&str, Value); N]) {
    let values: BTreeMap<_, _> =
        values.into_iter().map(|(field, value)| (code(field), Some(value))).collect();
    center.requests(Who::Operator).step(id, RequestCommand::SetFields { values }).await.expect("they fit");
}

/// The requests of every page of a list.
async fn names(center: &Center, who: Who, mut list: List) -> Vec<RequestId> {
    let mut found = Vec::new();
    loop {
        let page = center.requests(who).list(&list).await.expect("an index serves it");
        found.extend(page.rows.iter().map(|row| RequestId(row.id)));
        match page.next {
            Some(cursor) => list.after = Some(cursor),
            None => return found,
        }
    }
}

fn decimal(text: &str) -> Value {
    Value::Decimal(text.parse().expect("a decimal"))
}
