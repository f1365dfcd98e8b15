use uuid::Uuid;

use super::*;
use crate::base::{Span, Text, Timestamp};

struct World;

impl Fields for World {
    fn field(&self, code: &str) -> Option<Field> {
        let (slot, ty, tree) = match code {
            "priority" => (0, FieldType::Int, None),
            "subject" => (1, FieldType::Text, None),
            "unit" => (2, FieldType::Id, Some("unit")),
            "created" => (3, FieldType::Instant, None),
            "status" => (4, FieldType::Code, None),
            _ => return None,
        };
        let codes: &[&str] = if code == "status" { &["new", "closed"] } else { &[] };
        Some(Field { place: Slot(slot).into(), ty, tree, codes })
    }

    fn codes(&self) -> Vec<&str> {
        vec!["priority", "subject", "unit", "created", "status"]
    }
}

struct Sample {
    priority: Option<i64>,
    subject: Text,
    unit: Uuid,
    created: Timestamp,
}

impl Row for Sample {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        match slot.0 {
            0 => self.priority.map_or(ValueRef::Absent, ValueRef::Int),
            1 => ValueRef::Text(&self.subject),
            2 => ValueRef::Id(self.unit),
            3 => ValueRef::Instant(self.created),
            _ => ValueRef::Absent,
        }
    }
}

impl Env for World {
    fn now(&self) -> Timestamp {
        at(10)
    }

    fn is_under(&self, _: &str, node: ValueRef<'_>, ancestor: ValueRef<'_>) -> bool {
        ancestor == ValueRef::Id(Uuid::from_u128(1)) || node == ancestor
    }

    fn nodes_under(&self, _: &str, ancestor: ValueRef<'_>) -> Vec<Value> {
        if ancestor == ValueRef::Id(Uuid::from_u128(1)) {
            return (1..=9).map(|n| Value::Id(Uuid::from_u128(n))).collect();
        }
        vec![ancestor.to_owned()]
    }
}

fn at(hour: i64) -> Timestamp {
    Timestamp::from_millis(0).expect("in range") + Span::hours(hour)
}

fn sample() -> Sample {
    let subject = Text::new("Счёт не оплачен").expect("a text");
    Sample { priority: Some(3), subject, unit: Uuid::from_u128(7), created: at(5) }
}

fn holds(condition: &Condition, row: &Sample) -> bool {
    let expr = condition.check(&World).expect("a good condition");
    let found = expr.matches(row, &World);
    assert_eq!(expr.ground(&World).matches(row), found, "the ground form answers alike: {expr}");
    assert_eq!(expr.explain(row, &World).holds, found);
    found
}

#[test]
fn a_comparison_with_nothing_is_false_and_unequal_is_not_equal() {
    let mut row = sample();
    row.priority = None;
    for op in [Comparison::Eq, Comparison::Lt, Comparison::Le, Comparison::Gt, Comparison::Ge] {
        assert!(!holds(&Condition::compare("priority", op, 3), &row), "{op}");
    }
    assert!(holds(&Condition::compare("priority", Comparison::Ne, 3), &row));
    assert!(holds(&Condition::compare("priority", Comparison::Lt, 3).negate(), &row));
    assert!(!holds(&Condition::has("priority"), &row));
}

#[test]
fn texts_match_whatever_their_case_and_yo() {
    assert!(holds(&Condition::contains("subject", "СЧЕТ"), &sample()));
    assert!(holds(&Condition::eq("subject", "счет НЕ оплачен"), &sample()));
    assert!(!holds(&Condition::contains("subject", "акт"), &sample()));
}

#[test]
fn a_place_in_a_tree_and_an_age_are_filled_in_for_stores() {
    assert!(holds(&Condition::under("unit", Uuid::from_u128(1)), &sample()));
    assert!(!holds(&Condition::under("unit", Uuid::from_u128(2)), &sample()));
    for (op, span, expected) in [
        (Comparison::Gt, Span::hours(4), true),
        (Comparison::Gt, Span::hours(5), false),
        (Comparison::Le, Span::hours(5), true),
        (Comparison::Lt, Span::days(1_000_000), true),
        (Comparison::Gt, Span::days(1_000_000), false),
        (Comparison::Ne, Span::days(1_000_000), true),
        (Comparison::Gt, Span::days(-1_000_000), true),
    ] {
        let age = Condition::Age { field: "created".into(), op, span };
        assert_eq!(holds(&age, &sample()), expected, "{op} {span}");
    }
}

#[test]
fn every_problem_is_reported_at_once_with_its_path() {
    let bad = Condition::all([
        Condition::eq("priorty", 1),
        Condition::eq("priority", "high"),
        Condition::contains("priority", "x"),
        Condition::compare("unit", Comparison::Lt, Uuid::nil()),
        Condition::under("subject", Uuid::nil()),
        Condition::eq("status", "nev"),
    ]);
    let problems = bad.check(&World).expect_err("six problems");
    let expected = "\
error[unknown_field] condition.of[0].field: unknown field `priorty`; did you mean `priority`?
error[wrong_type] condition.of[1].value: \"high\" is not a value of type Int
error[wrong_operator] condition.of[2].op: the field `priority` (Int) is not a text
error[wrong_operator] condition.of[3].op: the field `unit` (Id) has no order
error[wrong_operator] condition.of[4].op: the field `subject` (Text) does not belong to a tree
error[unknown_value] condition.of[5].value: the field never has the value `nev`; did you mean `new`?";
    assert_eq!(problems.to_string(), expected);
}

#[test]
fn size_and_depth_are_limited() {
    let wide = Condition::all((0..2_000).map(|_| Condition::has("priority")));
    assert_eq!(wide.check(&World).expect_err("too wide").0[0].code, "condition_too_large");
    let deep = (0..100).fold(Condition::has("priority"), |inner, _| inner.negate());
    assert_eq!(deep.check(&World).expect_err("too deep").0[0].code, "condition_too_deep");
}

#[test]
fn an_explanation_shows_what_was_found() {
    let condition = Condition::all([Condition::eq("priority", 1), Condition::has("unit").negate()]);
    let explanation = condition.check(&World).expect("good").explain(&sample(), &World).to_string();
    let expected = "\
no: all of
  no: priority == 1 (found 3)
  no: not
    yes: has(unit) (found \"00000000-0000-0000-0000-000000000007\")";
    assert_eq!(explanation, expected);
}

/// Fields of which several rows hold values, and one of a dictionary.
struct Tagged;

impl Fields for Tagged {
    fn field(&self, code: &str) -> Option<Field> {
        let (guard, ty) = match code {
            "tags" => (None, FieldType::Code),
            "form.amount" => (Some((Slot(1), Value::Code("amount".into()))), FieldType::Int),
            "form.due" => (Some((Slot(1), Value::Code("due".into()))), FieldType::Instant),
            _ => return None,
        };
        let place = Related { relation: "values", guard, slot: Slot(0) }.into();
        Some(Field { place, ty, tree: (code == "tags").then_some("tag"), codes: &[] })
    }

    fn codes(&self) -> Vec<&str> {
        vec!["tags", "form.amount", "form.due"]
    }
}

/// A row of values, each with the name of its field.
struct Values(Vec<(&'static str, Value)>);

struct Named<'a>(&'a (&'static str, Value));

impl Row for Named<'_> {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        if slot == Slot(1) { ValueRef::Code(self.0.0) } else { self.0.1.borrow() }
    }
}

impl Row for Values {
    fn value(&self, _: Slot) -> ValueRef<'_> {
        ValueRef::Absent
    }

    fn exists(&self, relation: &str, expr: &Expr, env: &dyn Env) -> bool {
        relation == "values" && self.0.iter().any(|value| expr.matches(&Named(value), env))
    }

    fn related(&self, related: &Related) -> ValueRef<'_> {
        let named = |(name, _): &&(&str, Value)| match &related.guard {
            Some((_, guard)) => guard.borrow() == ValueRef::Code(name),
            None => true,
        };
        self.0.iter().find(named).map_or(ValueRef::Absent, |(_, value)| value.borrow())
    }
}

fn holds_of(condition: &Condition, row: &Values) -> bool {
    let expr = condition.check(&Tagged).expect("a good condition");
    let found = expr.matches(row, &World);
    assert_eq!(expr.ground(&World).matches(row), found, "the ground form answers alike: {expr}");
    assert_eq!(expr.explain(row, &World).holds, found);
    found
}

#[test]
fn a_term_over_related_rows_holds_when_one_of_them_meets_it() {
    let code = |code: &str| Value::Code(code.into());
    let tagged = Values(vec![("", code("vip")), ("", code("new"))]);
    assert!(holds_of(&Condition::eq("tags", "new"), &tagged));
    assert!(!holds_of(&Condition::compare("tags", Comparison::Ne, "new"), &tagged));
    assert!(holds_of(&Condition::compare("tags", Comparison::Ne, "old"), &tagged));
    assert!(holds_of(&Condition::is_in("tags", ["old", "vip"]), &tagged));
    assert!(holds_of(&Condition::contains("tags", "ew"), &tagged));
    assert!(holds_of(&Condition::has("tags"), &tagged) && !holds_of(&Condition::has("form.amount"), &tagged));
    assert!(holds_of(&Condition::under("tags", "vip"), &tagged));
    assert!(!holds_of(&Condition::under("tags", "old"), &tagged));
    let formed = Values(vec![("amount", Value::Int(5)), ("due", Value::Instant(at(4)))]);
    assert!(holds_of(&Condition::compare("form.amount", Comparison::Lt, 6), &formed));
    assert!(holds_of(&Condition::compare("form.amount", Comparison::Ne, 6), &formed));
    for (op, expected) in [(Comparison::Gt, true), (Comparison::Ne, true), (Comparison::Lt, false)] {
        let age = Condition::Age { field: "form.due".into(), op, span: Span::hours(5) };
        assert_eq!(holds_of(&age, &formed), expected, "{op}");
        // Where there is no row, no age compares, and so it is unequal to every span.
        assert_eq!(holds_of(&age, &Values(Vec::new())), op == Comparison::Ne);
    }
}

#[test]
fn problems_and_explanations_name_a_related_field_by_its_code() {
    let bad = Condition::all([Condition::eq("form.amuont", 1), Condition::eq("form.amount", "much")]);
    let expected = "\
error[unknown_field] condition.of[0].field: unknown field `form.amuont`; did you mean `form.amount`?
error[wrong_type] condition.of[1].value: \"much\" is not a value of type Int";
    assert_eq!(bad.check(&Tagged).expect_err("two problems").to_string(), expected);
    let row = Values(vec![("", Value::Code("new".into())), ("amount", Value::Int(5))]);
    let condition = Condition::all([
        Condition::compare("form.amount", Comparison::Gt, 9),
        Condition::compare("tags", Comparison::Ne, "vip"),
    ]);
    let expected = "\
no: all of
  no: form.amount > 9 (found 5)
  yes: not
    no: tags == \"vip\" (found \"new\")";
    let expr = condition.check(&Tagged).expect("good");
    assert_eq!(expr.explain(&row, &World).to_string(), expected);
    assert_eq!(expr.to_string(), "form.amount > 9 && !(tags == \"vip\")");
}

#[test]
fn the_size_of_a_condition_counts_what_it_is_compiled_to() {
    // A term over the dictionary is three nodes: the relation, the name of the field, the term.
    let wide = |terms| Condition::all((0..terms).map(|_| Condition::has("form.amount")));
    assert!(wide(333).check(&Tagged).is_ok());
    let problems = wide(334).check(&Tagged).expect_err("too wide");
    assert_eq!(problems.0.iter().map(|problem| problem.code).collect::<Vec<_>>(), ["condition_too_large"]);
}
