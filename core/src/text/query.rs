use super::stem::{key, stem, token};
use super::words::{Word, tokens_like, words};
use crate::base::limits::{SEARCHED_BEGINNING_CHARS_MIN, SEARCHED_BYTES_MAX, SEARCHED_WORDS_MAX};

/// What somebody searches for: terms that must all occur in one text.
///
/// Words stand apart by spaces; `"a phrase"` is looked for in a row, as is what is written without a space, such as
/// `ТН-2041/Б`; `prin*` is the beginning of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextQuery {
    terms: Vec<Term>,
}

/// Words that occur in a row; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term(Vec<Wanted>);

/// A word that is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A token.
    Token(String),
    /// A token, or any that begins as its word does: somebody may have written all of it or be about to.
    Beginning {
        /// The beginning.
        beginning: String,
        /// The token of the word as far as it is written.
        token: String,
    },
}

/// Why something cannot be searched for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextQueryError {
    /// There is no word in it.
    #[error("there is no word to search for")]
    Empty,
    /// It is longer than allowed.
    #[error("{found} {what} are searched for, at most {max} are allowed")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much.
        found: usize,
        /// The limit.
        max: usize,
    },
}

/// Whether the last word may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Written,
    Typing,
}

impl TextQuery {
    /// Reads what somebody searches for.
    ///
    /// # Errors
    /// [`TextQueryError`].
    pub fn parse(text: &str) -> Result<Self, TextQueryError> {
        Self::read(text, End::Written)
    }

    /// The same of what somebody has typed so far: the last word is a beginning, unless a sign or a space ends it.
    ///
    /// # Errors
    /// [`TextQueryError`].
    pub fn typing(text: &str) -> Result<Self, TextQueryError> {
        Self::read(text, End::Typing)
    }

    /// The terms; at least one.
    #[must_use]
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// Whether a text of these tokens has every term.
    #[must_use]
    pub fn matches(&self, tokens: &[Option<String>]) -> bool {
        self.terms.iter().all(|term| term.places(tokens).next().is_some())
    }

    /// The tokens of a text, as far as they can be what is searched for.
    pub(super) fn tokens_in(&self, text: &str) -> Vec<Option<String>> {
        let wanted = self.terms.iter().flat_map(Term::words);
        let wanted: Vec<char> = wanted.flat_map(Wanted::begins).collect();
        tokens_like(text, |begin| wanted.contains(&begin) || !begin.is_alphanumeric())
    }

    fn read(text: &str, end: End) -> Result<Self, TextQueryError> {
        within("bytes", text.len(), SEARCHED_BYTES_MAX)?;
        let mut terms = Vec::new();
        for (n, part) in text.split('"').enumerate() {
            // Every other part stands between two quotation marks.
            if n % 2 == 1 {
                terms.extend(Term::of(part, End::Written));
                continue;
            }
            let last = part.split_whitespace().next_back().filter(|last| part.ends_with(last));
            for word in part.split_whitespace() {
                // The mark behind a phrase or a word says that it goes on.
                let is_last = last.is_some_and(|last| std::ptr::eq(last, word));
                let goes_on = word.ends_with('*') || (is_last && ends(text, part) && end == End::Typing);
                terms.extend(Term::of(word, if goes_on { End::Typing } else { End::Written }));
            }
        }
        let count = terms.iter().map(|term| term.0.len()).sum();
        within("words", count, SEARCHED_WORDS_MAX)?;
        if terms.is_empty() { Err(TextQueryError::Empty) } else { Ok(Self { terms }) }
    }
}

/// Whether a part of a text is its end.
fn ends(text: &str, part: &str) -> bool {
    std::ptr::eq(text.as_bytes().as_ptr_range().end, part.as_bytes().as_ptr_range().end)
}

fn within(what: &'static str, found: usize, max: usize) -> Result<(), TextQueryError> {
    if found > max { Err(TextQueryError::Limit { what, found, max }) } else { Ok(()) }
}

impl Term {
    /// The term of what is written in a row; none when there is no word in it.
    fn of(text: &str, end: End) -> Option<Self> {
        let text = text.trim_end_matches('*');
        let mut last_ends = 0;
        let mut wanted: Vec<Wanted> = words(text)
            .map(|word| {
                last_ends = word.range().end;
                Wanted::Token(token_of(word))
            })
            .collect();
        let last = wanted.pop()?;
        let goes_on = end == End::Typing && last_ends == text.len();
        wanted.push(if goes_on { last.going_on(text) } else { last });
        Some(Self(wanted))
    }

    /// Its words.
    #[must_use]
    pub fn words(&self) -> &[Wanted] {
        &self.0
    }

    /// The places at which it begins among tokens.
    pub(super) fn places<'a>(&'a self, tokens: &'a [Option<String>]) -> impl Iterator<Item = usize> + 'a {
        let fits = |(wanted, token): (&Wanted, &Option<String>)| {
            token.as_ref().is_some_and(|token| wanted.fits(token))
        };
        let places = tokens.windows(self.0.len()).enumerate();
        places.filter(move |(_, part)| self.0.iter().zip(*part).all(fits)).map(|(place, _)| place)
    }
}

impl Wanted {
    /// Whether a token is what is looked for.
    #[must_use]
    pub fn fits(&self, found: &str) -> bool {
        match self {
            Self::Token(token) => found == token,
            Self::Beginning { beginning, token } => found == token || found.starts_with(&**beginning),
        }
    }

    /// The characters with which a token that fits begins.
    fn begins(&self) -> impl Iterator<Item = char> {
        let (token, beginning) = match self {
            Self::Token(token) => (token, None),
            Self::Beginning { beginning, token } => (token, beginning.chars().next()),
        };
        token.chars().next().into_iter().chain(beginning)
    }

    /// The last word of a text as a beginning.
    fn going_on(self, text: &str) -> Self {
        let beginning = words(text).last().map(|word| token(&key(word.text))).unwrap_or_default();
        match self {
            Self::Token(token) if beginning.chars().count() >= SEARCHED_BEGINNING_CHARS_MIN => {
                Self::Beginning { beginning, token }
            }
            other => other,
        }
    }
}

fn token_of(word: Word<'_>) -> String {
    stem(&key(word.text))
}
