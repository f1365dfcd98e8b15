//! Random rows and conditions over the conformance kinds: every column type, absent values, Cyrillic in both cases,
//! `ё` and `е`, mixed scripts, characters that mean something to SQL.

use chrono::NaiveDate;
use okno::base::{Decimal, Span, Text};
use okno::condition::{Comparison, Condition, Expr, Literal, Place, Related, Slot, TextMatch};
use okno::conformance::{EXTRAS, Extra, LABELS, Label, SAMPLES, Sample, id, instant};
use okno::store::{Direction, SortBy};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

/// Words that a row may hold and a condition may ask for; few, so that they meet.
const WORDS: &[&str] = &[
    "",
    "ё",
    "Е",
    "ёлка",
    "ЁЛКА",
    "елка",
    "Принтер HP",
    "принтер нр",
    "a",
    "A",
    "ab",
    "aB%",
    "%",
    "_",
    "a_b",
    "\\",
    "\\%",
    "'",
    "''",
    "\"",
    "*",
    "?",
    "[a]",
    "ß",
    "SS",
    "ﬁ",
    "fi",
    "İ",
    "i̇",
    "😀",
    "e\u{301}",
    "é",
    " a",
    "a ",
    "\n",
    "\u{10FFFF}",
    "\u{FFFF}",
    "ǅ",
    "Ⅷ",
    "null",
    "0",
];

const NUMBERS: &[i64] = &[i64::MIN, i64::MIN + 1, -1_000, -1, 0, 1, 2, 10, 9_007_199_254_740_993, i64::MAX];

/// A word: one of a few, or two of them joined.
pub fn words() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        4 => select(WORDS).prop_map(str::to_owned),
        1 => (select(WORDS), select(WORDS)).prop_map(|(a, b)| format!("{a}{b}")),
    ]
}

fn numbers() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![select(NUMBERS), -3..3_i64]
}

fn millis() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![-3..3_i64, select(&[-2_000_000_000_000, 2_000_000_000_000_i64][..])]
}

fn days() -> impl Strategy<Value = NaiveDate> + Clone {
    (select(&[1900, 2025, 2026, 2199][..]), 1..3_u32)
        .prop_filter_map("a date of the calendar", |(year, day)| NaiveDate::from_ymd_opt(year, 2, day))
}

fn places() -> impl Strategy<Value = Uuid> + Clone {
    prop_oneof![(0..4_u64).prop_map(|number| id(900 + number)), Just(Uuid::max())]
}

/// Up to so many rows, with ids from 0 on.
pub fn samples(rows: usize) -> impl Strategy<Value = Vec<Sample>> + Clone {
    prop::collection::vec(sample(), 1..rows).prop_map(|rows| {
        rows.into_iter().zip(0..).map(|(row, number)| Sample { id: id(number), ..row }).collect()
    })
}

/// One row with the id 0.
pub fn sample() -> impl Strategy<Value = Sample> + Clone {
    let numeric = (
        prop::option::of(any::<bool>()),
        prop::option::of(numbers()),
        prop::option::of(numbers().prop_map(decimal)),
        prop::option::of(millis()),
    );
    let other = (
        prop::option::of(days()),
        prop::option::of(places()),
        prop::option::of(words()),
        prop::option::of(words()),
    );
    (numeric, other).prop_map(|((flag, number, amount, at), (day, place, code, title))| Sample {
        flag,
        number,
        amount,
        at: at.map(instant),
        day,
        place,
        code,
        title: title.and_then(|title| Text::new(title).ok()),
        ..Sample::new(&SAMPLES, id(0))
    })
}

fn decimal(units: i64) -> Decimal {
    // A constant is written as text, which has no place for the smallest number of units.
    Decimal::from_units(units.max(-i64::MAX))
}

/// A condition over the columns of a row, nested a little.
pub fn conditions() -> impl Strategy<Value = Condition> + Clone {
    terms().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::all),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::any),
            inner.prop_map(Condition::negate),
        ]
    })
}

fn terms() -> impl Strategy<Value = Condition> + Clone {
    let names: Vec<&'static str> = SAMPLES.columns.iter().map(|column| column.name).collect();
    prop_oneof![
        1 => select(names).prop_map(Condition::has),
        6 => constants().prop_flat_map(|(field, value)| {
            comparisons(field).prop_map(move |op| Condition::compare(field, op, value.clone()))
        }),
        3 => constants_of_one().prop_map(|(field, values)| Condition::is_in(field, values)),
        3 => (select(&["title", "code"][..]), any::<bool>(), words()).prop_map(|(field, starts, text)| {
            let how = if starts { TextMatch::StartsWith } else { TextMatch::Contains };
            Condition::Matches { field: field.to_owned(), how, text }
        }),
        1 => (any_comparison(), millis()).prop_map(|(op, millis)| Condition::Age {
            field: "at".to_owned(),
            op,
            span: Span::from_millis(millis),
        }),
    ]
}

/// A field and a constant of its type.
fn constants() -> impl Strategy<Value = (&'static str, Literal)> + Clone {
    prop_oneof![
        any::<bool>().prop_map(|flag| ("flag", flag.into())),
        numbers().prop_map(|number| ("number", number.into())),
        numbers().prop_map(|units| ("amount", decimal(units).to_string().into())),
        millis().prop_map(|millis| ("at", instant(millis).to_string().into())),
        days().prop_map(|day| ("day", day.to_string().into())),
        places().prop_map(|place| ("place", place.into())),
        (0..40_u64).prop_map(|number| ("id", id(number).into())),
        (0..3_i64).prop_map(|position| ("position", position.into())),
        words().prop_map(|word| ("code", word.into())),
        words().prop_map(|word| ("title", word.into())),
    ]
}

fn constants_of_one() -> impl Strategy<Value = (&'static str, Vec<Literal>)> + Clone {
    prop::collection::vec(constants(), 1..8).prop_map(|constants| {
        let field = constants[0].0;
        let values = constants.into_iter().filter(|(other, _)| *other == field).map(|(_, value)| value);
        (field, values.collect())
    })
}

fn comparisons(field: &'static str) -> BoxedStrategy<Comparison> {
    match field {
        "flag" | "place" | "id" => select(&[Comparison::Eq, Comparison::Ne][..]).boxed(),
        _ => any_comparison().boxed(),
    }
}

fn any_comparison() -> impl Strategy<Value = Comparison> + Clone {
    use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
    select(&[Eq, Ne, Lt, Le, Gt, Ge][..])
}

/// An order of up to three columns.
pub fn sorts() -> impl Strategy<Value = Vec<SortBy>> + Clone {
    prop::collection::vec((own_places(), directions()), 0..4).prop_map(sorted)
}

/// An order of up to three columns and values of further fields.
pub fn related_sorts() -> impl Strategy<Value = Vec<SortBy>> + Clone {
    prop::collection::vec((places_of_values(), directions()), 0..4).prop_map(sorted)
}

/// A column of a sample, or of what belongs to it.
pub fn places_of_values() -> impl Strategy<Value = Place> + Clone {
    let of_extras = (select(&EXTRA_NAMES[..]), 0..EXTRAS.columns.len() as u16)
        .prop_map(|(name, slot)| Extra::of(name, Slot(slot)).into());
    let unguarded = select(&["labels", "numbered", "extras", "nothing"][..]);
    let unguarded = (unguarded, select(&[Slot(0), Slot(1), Slot(2), Slot::ID, Slot(40)][..]))
        .prop_map(|(relation, slot)| Related { relation, guard: None, slot }.into());
    prop_oneof![3 => own_places(), 4 => of_extras, 2 => unguarded]
}

fn own_places() -> impl Strategy<Value = Place> + Clone {
    let slots = (0..SAMPLES.columns.len() as u16).map(Slot).chain([Slot::ID, Slot::POSITION]);
    select(slots.map(Place::Own).collect::<Vec<_>>())
}

fn directions() -> impl Strategy<Value = Direction> + Clone {
    select(&[Direction::Ascending, Direction::Descending][..])
}

fn sorted(sorts: Vec<(Place, Direction)>) -> Vec<SortBy> {
    sorts.into_iter().map(|(place, direction)| SortBy { place, direction }).collect()
}

/// Names of further fields: two that differ in case only, and one that no sample has.
const EXTRA_NAMES: [&str; 4] = ["a", "A", "ё", "none"];

/// Values of further fields of the first samples, several of one field now and then.
pub fn extras() -> impl Strategy<Value = Vec<Extra>> + Clone {
    let values = (
        prop::option::of(-2..3_i64),
        prop::option::of(words()),
        prop::option::of(millis()),
        prop::option::of(places()),
    );
    prop::collection::vec((0..25_u64, select(&EXTRA_NAMES[..3]), values), 0..40).prop_map(|extras| {
        let numbered = extras.into_iter().zip(700..);
        numbered
            .map(|((sample, name, (number, text, at, place)), own)| Extra {
                number,
                text: text.and_then(|text| Text::new(text).ok()),
                at: at.map(instant),
                place,
                ..Extra::new(id(own), id(sample), name)
            })
            .collect()
    })
}

/// A condition over further fields and labels, nested a little.
pub fn related_conditions() -> impl Strategy<Value = Condition> + Clone {
    let terms = prop_oneof![2 => related_terms(), 1 => terms()];
    terms.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::all),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::any),
            inner.prop_map(Condition::negate),
        ]
    })
}

fn related_terms() -> impl Strategy<Value = Condition> + Clone {
    let name = || select(&EXTRA_NAMES[..]);
    let labels = || select(&["red", "blue", "ё", "", "none"][..]);
    prop_oneof![
        3 => (name(), any_comparison(), -2..3_i64)
            .prop_map(|(name, op, number)| Condition::compare(format!("{name}.number"), op, number)),
        2 => (name(), any::<bool>(), words()).prop_map(|(name, starts, text)| {
            let how = if starts { TextMatch::StartsWith } else { TextMatch::Contains };
            Condition::Matches { field: format!("{name}.text"), how, text }
        }),
        1 => (name(), words()).prop_map(|(name, text)| Condition::eq(format!("{name}.text"), text)),
        1 => (name(), any_comparison(), millis()).prop_map(|(name, op, millis)| Condition::Age {
            field: format!("{name}.at"),
            op,
            span: Span::from_millis(millis),
        }),
        1 => (name(), prop::collection::vec(places(), 0..3))
            .prop_map(|(name, places)| Condition::is_in(format!("{name}.place"), places)),
        1 => (name(), select(&["number", "text", "at", "place"][..]))
            .prop_map(|(name, column)| Condition::has(format!("{name}.{column}"))),
        1 => (labels(), any_comparison()).prop_map(|(label, op)| Condition::compare("label", op, label)),
        1 => (any_comparison(), -2..3_i64).prop_map(|(op, weight)| Condition::compare("weight", op, weight)),
    ]
}

/// Labels of the first samples, some of samples that are not there.
pub fn labels() -> impl Strategy<Value = Vec<Label>> + Clone {
    let names = select(&["red", "blue", "ё", ""][..]);
    prop::collection::vec((0..25_u64, names, -2..3_i64), 0..30).prop_map(|labels| {
        let numbered = labels.into_iter().zip(500..);
        numbered
            .map(|((sample, name, weight), number)| Label {
                id: id(number),
                sample: id(sample),
                name: name.to_owned(),
                weight,
            })
            .collect()
    })
}

/// A relation to the further fields that have the sample's own number.
pub fn numbered() -> impl Strategy<Value = Expr> + Clone {
    (select(&EXTRA_NAMES[..]), any::<bool>(), any::<bool>()).prop_map(|(name, any, negated)| {
        let inner = if any { Condition::all([]) } else { Condition::eq("name", name) };
        let inner = inner.check(&EXTRAS).expect("generated conditions fit the kind");
        let exists = Expr::Exists("numbered", Box::new(inner));
        if negated { Expr::Not(Box::new(exists)) } else { exists }
    })
}

/// A relation to labels whose inner condition is random.
pub fn related() -> impl Strategy<Value = Expr> + Clone {
    let name = select(&["red", "blue", "ё", "none"][..]).prop_map(|name| Condition::eq("name", name));
    let weight =
        (any_comparison(), -2..3_i64).prop_map(|(op, weight)| Condition::compare("weight", op, weight));
    let sample = (0..25_u64).prop_map(|sample| Condition::eq("sample", id(sample)));
    let terms = prop_oneof![4 => name, 3 => weight, 1 => sample];
    let inner = prop_oneof![
        terms.clone(),
        prop::collection::vec(terms.clone(), 0..3).prop_map(Condition::all),
        prop::collection::vec(terms, 0..3).prop_map(Condition::any),
    ];
    (inner, any::<bool>()).prop_map(|(inner, negated)| {
        let inner = inner.check(&LABELS).expect("generated conditions fit the kind");
        let exists = Expr::Exists("labels", Box::new(inner));
        if negated { Expr::Not(Box::new(exists)) } else { exists }
    })
}
