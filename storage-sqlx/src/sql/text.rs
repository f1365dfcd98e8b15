//! Searched texts: what a row of an index holds, and what it is asked.

use std::fmt::Write as _;

use okno::condition::Value;
use okno::store::{Query, Stored, TextFilter};
use okno::text::{Term, TextQuery, Wanted, tokens};

use super::statement::{Arg, Dialect, Statement};
use super::table::{Tables, text_index};

/// The searched texts of a record.
#[derive(Debug, Default)]
pub(crate) struct PreparedTexts {
    raw: Vec<Option<String>>,
    indexed: Option<Vec<String>>,
    /// Whether the record that it replaces is known to have the same.
    pub(crate) same: bool,
}

impl PreparedTexts {
    /// Takes the texts of a record. Those of a new one are going to be indexed: it is done here, where no writer waits.
    pub(crate) fn new(record: &dyn Stored, is_new: bool) -> Self {
        let places = 0..record.kind().texts.len();
        let raw: Vec<_> = places.map(|place| record.text(place).map(str::to_owned)).collect();
        let indexed = is_new.then(|| raw.iter().map(indexed).collect());
        Self { raw, indexed, same: false }
    }

    /// Holds the texts against those of the record that it replaces.
    pub(crate) fn replacing(&mut self, replaced: Option<&dyn Stored>) {
        let same = |replaced: &dyn Stored| {
            (0..).zip(&self.raw).all(|(place, text)| text.as_deref() == replaced.text(place))
        };
        self.same = replaced.is_some_and(same);
    }

    /// Whether there is any text.
    #[cfg(feature = "sqlite")]
    pub(crate) fn is_some(&self) -> bool {
        self.raw.iter().any(Option::is_some)
    }

    /// One of the texts, as it was taken.
    pub(crate) fn raw(&self, place: usize) -> Option<&str> {
        self.raw.get(place)?.as_deref()
    }

    /// What an index holds of each text: its tokens, each in its place.
    pub(crate) fn indexed(&self) -> Vec<String> {
        self.indexed.clone().unwrap_or_else(|| self.raw.iter().map(indexed).collect())
    }
}

fn indexed(text: &Option<String>) -> String {
    let mut indexed = String::new();
    for token in text.as_deref().map(tokens).unwrap_or_default() {
        indexed.push_str(if indexed.is_empty() { "" } else { " " });
        indexed.push_str(token.as_deref().unwrap_or(NOTHING));
    }
    indexed
}

/// What keeps a place whose token is not found there; no word has it.
const NOTHING: &str = "\u{fffc}";

/// The number of a row of `t0` among those of its tenant.
pub(super) fn number(dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => format!("t0.\"row_number\" & {ROWS_MAX}"),
        Dialect::Postgres => "t0.\"row_number\"".to_owned(),
    }
}

/// What rises with the numbers of a tenant's rows.
pub(super) fn order(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "x.rowid",
        Dialect::Postgres => "t0.\"row_number\"",
    }
}

/// Writes what the rows of an index have to meet: one text of a row of the tenant has every term, and the row was written
/// before the one at the cursor.
pub(super) fn write(sql: &mut Statement, tables: &Tables, query: &Query, text: &TextFilter) {
    let before = match query.after.as_ref().and_then(|cursor| cursor.values.first()) {
        Some(Value::Int(before)) => (*before).clamp(0, ROWS_MAX),
        _ => ROWS_MAX,
    };
    match sql.dialect {
        Dialect::Sqlite => {
            sql.put(format_args!(" AND x.{} MATCH ", text_index(query.kind)));
            sql.bind(Arg::Text(fts5(&text.query, &text.texts)));
            for (operator, bound) in [(">=", 0), ("<", before)] {
                let head = tables.own("okno_head");
                sql.put(format_args!(" AND x.rowid {operator} ((SELECT number FROM {head} WHERE tenant = "));
                sql.bind(Arg::Id(query.tenant.0));
                sql.put(format_args!(") << {NUMBER_BITS}) + "));
                sql.bind(Arg::Int(bound));
            }
        }
        Dialect::Postgres => {
            sql.push(" AND t0.\"row_texts\" @@ ");
            sql.bind(Arg::Text(tsquery(&text.query, text.places(query.kind))));
            sql.push("::tsquery AND t0.\"row_number\" < ");
            sql.bind(Arg::Int(before));
        }
    }
}

/// Bits of a row's number that tell the rows of one tenant apart, in a database that numbers all together.
pub(crate) const NUMBER_BITS: u32 = 40;
const ROWS_MAX: i64 = (1 << NUMBER_BITS) - 1;

/// What an index of FTS5 is asked: one of the texts has every term.
fn fts5(query: &TextQuery, texts: &[&'static str]) -> String {
    let mut asked = String::new();
    for (n, text) in texts.iter().enumerate() {
        let _ = write!(asked, "{}\"{text}\" : (", if n == 0 { "" } else { " OR " });
        for (n, term) in query.terms().iter().enumerate() {
            asked.push_str(if n == 0 { "" } else { " AND " });
            fts5_term(&mut asked, term);
        }
        asked.push(')');
    }
    asked
}

/// What a tsvector is asked: one of the texts has every term. A token begins with the place of its text.
fn tsquery(query: &TextQuery, texts: impl Iterator<Item = usize>) -> String {
    let of_text = |text: usize| {
        let terms: Vec<_> = query.terms().iter().map(|term| tsquery_term(text, term)).collect();
        format!("({})", terms.join(" & "))
    };
    texts.map(of_text).collect::<Vec<_>>().join(" | ")
}

fn tsquery_term(text: usize, term: &Term) -> String {
    let row = |tokens: &[&str]| {
        let tokens: Vec<_> = tokens.iter().map(|token| format!("'{text}{token}'")).collect();
        tokens.join(" <-> ")
    };
    let tokens = tokens_of(term);
    match begun(term, &tokens) {
        Some(begun) => format!("({}:* | {})", row(&begun), row(&tokens)),
        None => format!("({})", row(&tokens)),
    }
}

/// What a tsvector holds of the texts of a record: each token once, with its places. Tokens hold no quotation mark.
#[cfg(feature = "postgres")]
pub(crate) fn tsvector(texts: &PreparedTexts) -> String {
    let mut places = std::collections::BTreeMap::<(usize, &str), Vec<usize>>::new();
    let indexed = texts.indexed();
    for (text, tokens) in indexed.iter().enumerate() {
        let tokens = tokens.split(' ').zip(1..).filter(|(token, _)| !token.is_empty() && *token != NOTHING);
        tokens.for_each(|(token, place)| places.entry((text, token)).or_default().push(place));
    }
    let mut vector = String::new();
    for ((text, token), places) in places {
        let places: Vec<_> = places.iter().map(usize::to_string).collect();
        let _ = write!(vector, "'{text}{token}':{} ", places.join(","));
    }
    vector
}

/// Writes a phrase, or two when it ends with a beginning. Tokens hold no quotation mark.
fn fts5_term(asked: &mut String, term: &Term) {
    let tokens = tokens_of(term);
    let _ = match begun(term, &tokens) {
        Some(begun) => write!(asked, "(\"{}\" * OR \"{}\")", begun.join(" "), tokens.join(" ")),
        None => write!(asked, "\"{}\"", tokens.join(" ")),
    };
}

/// The tokens of a term.
fn tokens_of(term: &Term) -> Vec<&str> {
    let tokens = term.words().iter().map(|wanted| match wanted {
        Wanted::Token(token) | Wanted::Beginning { token, .. } => &**token,
    });
    tokens.collect()
}

/// The tokens of a term that ends with a beginning, which stands in the place of the last one.
fn begun<'a>(term: &'a Term, tokens: &[&'a str]) -> Option<Vec<&'a str>> {
    match term.words().last() {
        Some(Wanted::Beginning { beginning, .. }) => {
            let before = tokens.split_last().map_or(&[][..], |(_, before)| before);
            Some([before, &[beginning]].concat())
        }
        Some(Wanted::Token(_)) | None => None,
    }
}
