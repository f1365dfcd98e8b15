use std::collections::HashMap;
use std::ops::Range;

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::stem::{key, stem};
use crate::base::limits::{TOKEN_PLACES_MAX, TOKENS_MAX};

/// The tokens of a text in order; the place of a token is its position.
///
/// A text has at most [`TOKENS_MAX`] of them, and each stands at most [`TOKEN_PLACES_MAX`] times: what goes beyond is not
/// found. A place whose token stands too often already holds none.
#[must_use]
pub fn tokens(text: &str) -> Vec<Option<String>> {
    tokens_like(text, |_| true)
}

/// The same without the tokens of words that begin with another character than wanted: a stem begins as its word does, and
/// making it is most of the work.
pub(super) fn tokens_like(text: &str, begins: impl Fn(char) -> bool) -> Vec<Option<String>> {
    let wanted = |key: &String| key.chars().next().is_none_or(&begins);
    let tokens = words(text).map(|word| Some(key(word.text)).filter(wanted).map(|key| stem(&key)));
    let mut tokens: Vec<_> = tokens.take(TOKENS_MAX).collect();
    if tokens.len() > TOKEN_PLACES_MAX {
        drop_frequent(&mut tokens);
    }
    tokens
}

fn drop_frequent(tokens: &mut [Option<String>]) {
    let mut places: HashMap<String, usize> = HashMap::new();
    for token in tokens {
        let Some(text) = token.as_ref() else { continue };
        let seen = places.entry(text.clone()).or_default();
        *seen += 1;
        if *seen > TOKEN_PLACES_MAX {
            *token = None;
        }
    }
}

/// A word of a text, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    /// Where it begins.
    at: usize,
}

impl Word<'_> {
    /// Where it stands.
    pub(super) fn range(&self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }
}

/// The words of a text: runs of letters and runs of digits.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    // A space ends a word by every rule, so that most of a text needs no table of Unicode.
    let start = text.as_ptr() as usize;
    text.split_whitespace().flat_map(move |part| {
        let at = part.as_ptr() as usize - start;
        let whole: Box<dyn Iterator<Item = (usize, &str)>> = if part.chars().all(is_plain) {
            Box::new(std::iter::once((0, part)))
        } else {
            Box::new(part.unicode_word_indices())
        };
        whole.flat_map(move |(within, word)| runs(word, at + within))
    })
}

/// Characters that the rules of Unicode treat as those here do: what is written in Latin or Cyrillic letters.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~' | 'А'..='я' | 'ё' | 'Ё' | '«' | '»' | '–' | '—' | '…' | '№' | '“' | '”' | '„')
}

/// Cuts a word where letters meet digits, and at signs. An apostrophe between letters belongs to the word.
fn runs(word: &str, at: usize) -> impl Iterator<Item = Word<'_>> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let begin = rest + word[rest..].find(|c| Class::of(c) != Class::Sign)?;
        let class = word[begin..].chars().next().map(Class::of)?;
        let end = begin + class.length(&word[begin..]);
        rest = end;
        Some(Word { text: &word[begin..end], at: at + begin })
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Sign,
}

impl Class {
    fn of(c: char) -> Self {
        if matches!(c, 'a'..='z' | 'A'..='Z' | 'А'..='я' | 'ё' | 'Ё') {
            // Most of what is written, without a look into a table.
            Self::Letter
        } else if c.is_numeric() {
            Self::Digit
        } else if c.is_alphabetic() || is_combining_mark(c) {
            Self::Letter
        } else {
            Self::Sign
        }
    }

    /// Bytes of the run of this class with which a text begins.
    fn length(self, text: &str) -> usize {
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let mut follows = || chars.peek().is_some_and(|(_, next)| Self::of(*next) == Self::Letter);
            let joins = self == Self::Letter && matches!(c, '\'' | '’') && follows();
            // A mark belongs to what it stands on.
            if Self::of(c) != self && !joins && !is_combining_mark(c) {
                return at;
            }
        }
        text.len()
    }
}
