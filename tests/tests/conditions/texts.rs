//! Texts are found alike in every store: random texts, random searches, held against the words themselves.

use std::sync::Arc;

use okno::base::Text;
use okno::condition::{Condition, Env, Expr, Row, Slot, Unasked, ValueRef};
use okno::conformance::{GROWING, Label, Sample};
use okno::store::{Loaded, Put, Query, Select, TextFilter, Version};
use okno::text::{TextQuery, tokens};
use okno_tests::generate::{conditions, labels, related, samples};
use okno_tests::{Ground, IN_EVERY_ORDER, cases, runtime};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

/// Pieces of texts, and of what is searched for: forms of few words, so that they meet.
const PIECES: &[&str] = &[
    "заявка",
    "Заявки",
    "заявок",
    "ЗАЯВКАМ",
    "ёлка",
    "Елки",
    "принтер",
    "принтеры",
    "cканер",
    "сканера",
    "printer",
    "Printers",
    "printing",
    "HP",
    "1020",
    "№",
    "000123",
    "123",
    "ТН-2041/Б",
    "тн-2041",
    "2041/б",
    "IT-000123",
    "ivan.petrov@example.org",
    "petrov",
    "example.org",
    "a",
    "б",
    "-",
    "'",
    "\"",
    "*",
    "при*",
    "print*",
    "за*",
    "й",
    "и\u{306}",
    "ﬁle",
    "file",
    "\u{10FFFF}",
    "\n",
    "(",
    "AND",
    "NOT",
    ":",
    "NEAR",
];

/// A few pieces, mostly apart.
fn texts(most: usize) -> impl Strategy<Value = String> + Clone {
    let piece = (select(PIECES), select(&[" ", " ", " ", "", ", "][..]));
    prop::collection::vec(piece, 0..most)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, end)| format!("{piece}{end}")).collect())
}

/// What may be searched for: words, phrases, beginnings.
fn searches() -> impl Strategy<Value = TextQuery> + Clone {
    let phrase = texts(4).prop_map(|text| format!("\"{text}\""));
    let text = prop_oneof![4 => texts(3), 2 => phrase, 1 => select(PIECES).prop_map(str::to_owned)];
    (text, any::<bool>()).prop_filter_map("there is a word in it", |(text, typing)| {
        if typing { TextQuery::typing(&text).ok() } else { TextQuery::parse(&text).ok() }
    })
}

fn rows(most: usize) -> impl Strategy<Value = Vec<Sample>> + Clone {
    let texts = prop::collection::vec((prop::option::of(texts(12)), texts(6)), most);
    (samples(most), texts).prop_map(|(rows, texts)| {
        let with = rows.into_iter().zip(texts);
        with.map(|(row, (title, rest))| Sample {
            kind: &GROWING,
            title: title.and_then(|title| Text::new(title).ok()),
            rest,
            ..row
        })
        .collect()
    })
}

/// What becomes of a row after it was written.
#[derive(Debug, Clone)]
enum Then {
    Stays,
    Changes(Box<Sample>),
    Goes,
    ComesBack,
}

fn changes(most: usize) -> impl Strategy<Value = Vec<Then>> + Clone {
    let change = rows(2).prop_map(|mut rows| Then::Changes(Box::new(rows.remove(0))));
    let then =
        prop_oneof![4 => Just(Then::Stays), 2 => change, 1 => Just(Then::Goes), 1 => Just(Then::ComesBack)];
    prop::collection::vec(then, most)
}

/// A search with a condition over the same rows.
type Question = (TextQuery, Vec<&'static str>, Condition, Expr, usize);

fn questions() -> impl Strategy<Value = Vec<Question>> + Clone {
    let in_texts = select(vec![vec!["title"], vec!["rest"], vec!["title", "rest"], vec!["rest", "title"]]);
    let conditions = prop_oneof![2 => Just(Condition::all([])), 1 => conditions()];
    let related = prop_oneof![2 => Just(Expr::All(Vec::new())), 1 => related()];
    prop::collection::vec((searches(), in_texts, conditions, related, 1..9_usize), 24)
}

#[test]
fn a_search_finds_the_rows_that_have_its_words() {
    let runtime = runtime();
    for candidate in IN_EVERY_ORDER {
        let mut runner = TestRunner::new(cases(8));
        let all = (rows(30), changes(30), labels(), questions());
        let outcome = runner.run(&all, |(rows, changes, labels, questions)| {
            runtime.block_on(async {
                let ground = Ground::open(candidate).await;
                ground.put_all(rows.clone()).await;
                ground.put_related(&labels, &[]).await;
                let written = change(&ground, rows, changes).await;
                for question in questions {
                    asked(&ground, &written, &labels, question).await?;
                }
                Ok(())
            })
        });
        outcome.unwrap_or_else(|failure| panic!("{}: {failure}", candidate.name));
    }
}

/// Changes and deletes rows, and says which ones there are in the order in which they were written first.
async fn change(ground: &Ground, rows: Vec<Sample>, changes: Vec<Then>) -> Vec<Sample> {
    let (mut batch, mut again) = (ground.batch(3), ground.batch(4));
    let (mut written, mut back) = (Vec::new(), Vec::new());
    for (row, then) in rows.into_iter().zip(changes) {
        match then {
            Then::Stays => written.push(row),
            Then::Changes(to) => {
                let changed = Sample { id: row.id, ..*to };
                batch.puts.push(Put { record: Arc::new(changed.clone()), expected: Version(1) });
                written.push(changed);
            }
            Then::Goes => batch.deletes.push((GROWING.key(row.id), Version(1))),
            Then::ComesBack => {
                batch.deletes.push((GROWING.key(row.id), Version(1)));
                again.puts.push(Put { record: Arc::new(row.clone()), expected: Version::ABSENT });
                back.push(row);
            }
        }
    }
    // Both are mostly admitted as one group, where a store has groups.
    let (first, second) = (ground.store().commit(batch), ground.store().commit(again));
    let (first, second) = tokio::join!(first, second);
    if first.is_err() || second.is_err() {
        panic!("the rows are changed: {first:?} {second:?}");
    }
    written.into_iter().chain(back).collect()
}

/// Holds what a store finds against what the words say.
async fn asked(
    ground: &Ground,
    written: &[Sample],
    labels: &[Label],
    (search, texts, condition, related, limit): Question,
) -> Result<(), TestCaseError> {
    let has = |row: &Sample, name: &str| match name {
        "title" => row.title.as_ref().is_some_and(|title| search.matches(&tokens(title.as_str()))),
        _ => search.matches(&tokens(&row.rest)),
    };
    let expr = condition.check(&GROWING).expect("generated conditions fit the kind");
    let filter = expr.ground(&Unasked).and(related.ground(&Unasked));
    let meets = |row: &&Sample| {
        let loaded = Loaded { version: Version(1), position: 0, record: Arc::new((*row).clone()) };
        let whole = Labelled { row: &loaded, labels };
        texts.iter().any(|name| has(row, name)) && filter.matches(&whole)
    };
    let expected: Vec<_> = written.iter().rev().filter(meets).map(|row| row.id).collect();
    let text = Some(TextFilter::new(search.clone(), &texts));
    let query = Query { text, limit, ..Query::records(ground.tenant, &GROWING, filter.clone()) };
    let count = ground.store().query(Query { select: Select::Count, ..query.clone() }).await?.count;
    prop_assert_eq!(count, Some(expected.len() as u64), "{:?} in {:?} with {:?}", search, texts, filter);
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = ground.store().query(Query { after, ..query.clone() }).await?;
        prop_assert!(page.rows.len() <= limit);
        found.extend(page.rows.iter().map(|row| row.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    prop_assert_eq!(found, expected, "{:?} in {:?} with {:?}", search, texts, filter);
    Ok(())
}

/// A row with the labels that belong to it.
struct Labelled<'a> {
    row: &'a Loaded,
    labels: &'a [Label],
}

impl Row for Labelled<'_> {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        self.row.value(slot)
    }

    fn exists(&self, relation: &str, expr: &Expr, env: &dyn Env) -> bool {
        let own =
            self.labels.iter().filter(|label| relation == "labels" && label.sample == self.row.record.id());
        own.map(|label| Loaded { version: Version(1), position: 0, record: Arc::new(label.clone()) })
            .any(|label| expr.matches(&label, env))
    }
}
