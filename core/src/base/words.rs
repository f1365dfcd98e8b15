use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::char::is_combining_mark;

use super::limits::WORD_CHARS_MIN;
use super::text::text_key;

/// Names and addresses that are looked for in texts, by their keys. Debug output hides them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(BTreeSet<String>);

impl Words {
    /// What stands where a word stood; its length tells nothing.
    pub const MASK: &'static str = "█";

    /// Adds what is to be looked for. What has fewer than [`WORD_CHARS_MIN`] characters is left out, as it would be found
    /// everywhere.
    pub fn add(&mut self, word: &str) {
        let key = text_key(word.trim());
        if key.chars().count() >= WORD_CHARS_MIN {
            self.0.insert(key);
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every word, as a key.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The text with [`MASK`](Self::MASK) in the place of every word, however it is written; none when it holds no word.
    ///
    /// A word is found only as a whole: `Ann` is not found in `annual`.
    #[must_use]
    pub fn mask(&self, text: &str) -> Option<String> {
        let folded = Folded::of(text);
        let mut ranges: Vec<(usize, usize)> = self.iter().flat_map(|word| folded.places(word)).collect();
        if ranges.is_empty() {
            return None;
        }
        ranges.sort_unstable();
        let (mut masked, mut end) = (String::with_capacity(text.len()), 0);
        for (from, to) in ranges {
            if from >= end {
                masked.push_str(&text[end..from]);
                masked.push_str(Self::MASK);
            }
            end = end.max(to);
        }
        masked.push_str(&text[end..]);
        Some(masked)
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({})", self.len())
    }
}

/// A text's key, and which places of the text its places come from.
struct Folded {
    key: String,
    /// Places of the key at which a character of the text begins, with the place in the text; the ends last.
    origins: Vec<(usize, usize)>,
}

impl Folded {
    /// Folds a text character by character, each together with its combining marks.
    fn of(text: &str) -> Self {
        let begins = text.char_indices().filter(|(_, c)| !is_combining_mark(*c)).map(|(at, _)| at);
        let mut begins: Vec<usize> = begins.collect();
        if begins.first().is_none_or(|first| *first > 0) {
            begins.insert(0, 0);
        }
        let mut folded = Self { key: String::with_capacity(text.len()), origins: Vec::new() };
        for (n, begin) in begins.iter().enumerate() {
            let end = begins.get(n + 1).copied().unwrap_or(text.len());
            folded.origins.push((folded.key.len(), *begin));
            folded.key.push_str(&text_key(&text[*begin..end]));
        }
        folded.origins.push((folded.key.len(), text.len()));
        folded
    }

    /// Where a word stands in the text, overlaps with itself included.
    fn places(&self, word: &str) -> Vec<(usize, usize)> {
        let step = word.chars().next().map_or(1, char::len_utf8);
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(at) = self.key.get(from..).and_then(|rest| rest.find(word)) {
            let (begin, end) = (from + at, from + at + word.len());
            if self.is_whole(begin, end) {
                found.push((self.origin_before(begin), self.origin_after(end)));
            }
            from = begin + step;
        }
        found
    }

    /// Whether no letter or digit goes on beyond an end that is one itself.
    fn is_whole(&self, begin: usize, end: usize) -> bool {
        let inner = &self.key[begin..end];
        let goes_on = |inside: Option<char>, outside: Option<char>| {
            inside.is_some_and(char::is_alphanumeric) && outside.is_some_and(char::is_alphanumeric)
        };
        !goes_on(inner.chars().next(), self.key[..begin].chars().next_back())
            && !goes_on(inner.chars().next_back(), self.key[end..].chars().next())
    }

    fn origin_before(&self, key: usize) -> usize {
        let after = self.origins.partition_point(|(at, _)| *at <= key);
        self.origins[after.saturating_sub(1)].1
    }

    fn origin_after(&self, key: usize) -> usize {
        let after = self.origins.partition_point(|(at, _)| *at < key);
        self.origins.get(after).or(self.origins.last()).map_or(0, |(_, origin)| *origin)
    }
}
