//! How passages of a text are blanked.

use crate::base::limits::REDACTED_PASSAGES_MAX;
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
    if passages.iter().any(|passage| passage.contains('█')) {
        return invalid("`█` is what stands where something was blanked".to_owned());
    }
    Ok(())
}

/// The text without the passages, wherever they stand and overlap; none when it holds none of them.
pub(super) fn blank(text: &str, passages: &[String]) -> Option<String> {
    let mut ranges: Vec<(usize, usize)> = passages.iter().flat_map(|passage| places(text, passage)).collect();
    if ranges.is_empty() {
        return None;
    }
    ranges.sort_unstable();
    let (mut blanked, mut end) = (String::with_capacity(text.len()), 0);
    for (from, to) in ranges {
        if from > end || end == 0 {
            blanked.push_str(&text[end..from]);
            blanked.push_str(BLANK);
        }
        end = end.max(to);
    }
    blanked.push_str(&text[end..]);
    Some(blanked)
}

/// Where a passage stands in a text, overlaps with itself included.
fn places(text: &str, passage: &str) -> Vec<(usize, usize)> {
    let step = passage.chars().next().map_or(1, char::len_utf8);
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(at) = text[from..].find(passage) {
        found.push((from + at, from + at + passage.len()));
        from += at + step;
    }
    found
}
