use std::error::Error;
use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on a terminal, and nothing elsewhere.
#[must_use]
pub fn progress(steps: usize) -> ProgressBar {
    let length = u64::try_from(steps).unwrap_or(u64::MAX);
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(length) } else { ProgressBar::hidden() };
    let template = "{bar:40} {pos}/{len} rows  {per_sec}  {eta} left";
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// An error in words, with its causes, a line each.
#[must_use]
pub fn in_words(error: &dyn Error) -> String {
    let mut words = format!("error: {error}");
    let mut cause = error.source();
    while let Some(source) = cause {
        words.push_str(&format!("\n  because: {source}"));
        cause = source.source();
    }
    words
}
