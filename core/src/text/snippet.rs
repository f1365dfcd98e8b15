use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::query::TextQuery;
use super::words::words;
use crate::base::limits::SNIPPET_CHARS_MAX;

/// A part of a text that is shown as found, at most [`SNIPPET_CHARS_MAX`] characters of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snippet {
    /// The part, as it is written; `…` stands where the text goes on.
    pub text: String,
    /// What of it was searched for, in bytes: in order, none within another.
    pub marks: Vec<Range<usize>>,
}

impl TextQuery {
    /// The part of a text around the first word that was searched for; none when the text has not every term.
    #[must_use]
    pub fn snippet(&self, text: &str) -> Option<Snippet> {
        let tokens = self.tokens_in(text);
        if !self.matches(&tokens) {
            return None;
        }
        let mut found = vec![false; tokens.len()];
        for term in self.terms() {
            for place in term.places(&tokens) {
                found[place..place + term.words().len()].fill(true);
            }
        }
        let ranges: Vec<_> = words(text).take(tokens.len()).map(|word| word.range()).collect();
        let marks: Vec<_> =
            ranges.iter().zip(&found).filter(|(_, found)| **found).map(|(range, _)| range.clone()).collect();
        Some(Snippet::cut(text, &marks))
    }
}

impl Snippet {
    fn cut(text: &str, marks: &[Range<usize>]) -> Self {
        let first = marks.first().map_or(0, |mark| mark.start);
        let begin = begin_before(text, first);
        let end = end_after(text, begin);
        let (before, after) = (if begin > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
        let within = marks.iter().filter(|mark| mark.start >= begin && mark.start < end);
        let moved = within.map(|mark| {
            // A word longer than all that is shown is shown in part.
            let place = |at: usize| at.min(end) - begin + before.len();
            place(mark.start)..place(mark.end)
        });
        let marks = moved.collect();
        Self { text: format!("{before}{}{after}", &text[begin..end]), marks }
    }
}

/// Where the part begins: some words before the first mark.
fn begin_before(text: &str, mark: usize) -> usize {
    let earliest = text[..mark].char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
    if earliest == 0 {
        return 0;
    }
    let space = text[earliest..mark].find(char::is_whitespace);
    let begin = space.map_or(mark, |space| earliest + space);
    begin + (text[begin..mark].len() - text[begin..mark].trim_start().len())
}

/// Where the part ends: at a space, if there is one in its second half.
fn end_after(text: &str, begin: usize) -> usize {
    let Some((latest, _)) = text[begin..].char_indices().nth(SHOWN) else { return text.len() };
    let part = &text[begin..begin + latest];
    let half = part.char_indices().nth(SHOWN / 2).map_or(0, |(at, _)| at);
    part[half..].rfind(char::is_whitespace).map_or(begin + latest, |space| begin + half + space)
}

/// Characters shown before the first mark, at most.
const BEFORE: usize = 60;
/// Characters of a text that are shown: one stands for what comes before, and one for what comes after.
const SHOWN: usize = SNIPPET_CHARS_MAX - 2;
