//! How passages of a text are blanked.

use std::collections::BTreeSet;

use crate::base::limits::{REDACTED_PASSAGE_BYTES_MAX, REDACTED_PASSAGES_MAX};
use crate::life::refusal::Refusal;

/// What stands where something was blanked; its length tells nothing.
pub(super) const BLANK: &str = "███";

/// Takes passages that can be blanked so that nothing is left of them.
pub(super) fn check_passages(passages: &[String]) -> Result<(), Refusal> {
    let invalid = |reason: String| Err(Refusal::invalid("what.passages", reason));
    if passages.len() > REDACTED_PASSAGES_MAX {
        return invalid(format!("at most {REDACTED_PASSAGES_MAX} passages are blanked at once"));
    }
    if passages.is_empty() || passages.iter().any(|passage| passage.trim().is_empty()) {
        return invalid("a passage is empty".to_owned());
    }
    if passages.iter().any(|passage| passage.len() > REDACTED_PASSAGE_BYTES_MAX) {
        return invalid(format!("a passage has at most {REDACTED_PASSAGE_BYTES_MAX} bytes"));
    }
    if passages.iter().any(|passage| passage.contains('█')) {
        return invalid("`█` is what stands where something was blanked".to_owned());
    }
    Ok(())
}

/// The text without the passages, wherever they stand and overlap; none when it holds none of them.
pub(super) fn blank(text: &str, passages: &[String]) -> Option<String> {
    let mut ends = vec![0; text.len()];
    for passage in passages.iter().collect::<BTreeSet<_>>() {
        mark(text.as_bytes(), passage.as_bytes(), &mut ends);
    }
    let (mut blanked, mut end) = (String::with_capacity(text.len()), 0);
    for (from, to) in ends.into_iter().enumerate().filter(|(_, to)| *to > 0) {
        if from > end || end == 0 {
            blanked.push_str(&text[end..from]);
            blanked.push_str(BLANK);
        }
        end = end.max(to);
    }
    blanked.push_str(&text[end..]);
    (end > 0).then_some(blanked)
}

/// Notes at each place where a passage begins how far it reaches, overlaps with itself included. The text is gone through
/// once (Knuth, Morris, Pratt), however often the passage nearly stands in it.
fn mark(text: &[u8], passage: &[u8], ends: &mut [usize]) {
    let borders = borders(passage);
    let mut matched = 0;
    for (at, byte) in text.iter().enumerate() {
        matched = grown(passage, &borders, matched, *byte);
        if matched == passage.len() {
            let from = at + 1 - matched;
            ends[from] = ends[from].max(at + 1);
        }
    }
}

/// For each beginning of a passage, how much of its end is again a beginning.
fn borders(passage: &[u8]) -> Vec<usize> {
    let mut borders = vec![0];
    for byte in passage.iter().skip(1) {
        let border = grown(passage, &borders, borders[borders.len() - 1], *byte);
        borders.push(border);
    }
    borders
}

/// How much of a passage matches when one byte more was read.
fn grown(passage: &[u8], borders: &[usize], mut matched: usize, byte: u8) -> usize {
    while matched > 0 && passage.get(matched) != Some(&byte) {
        matched = borders[matched - 1];
    }
    matched + usize::from(passage.get(matched) == Some(&byte))
}
