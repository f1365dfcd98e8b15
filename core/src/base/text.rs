use std::fmt;

use caseless::Caseless;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use unicode_normalization::UnicodeNormalization;

/// Folds a text to the key that it is compared by: NFKC, full case folding, `ё` as `е`.
///
/// Keys are compared bytewise on every store, so that no database decides what equals what.
#[must_use]
pub fn text_key(text: &str) -> String {
    // Nearly all texts are of letters that fold one by one, whatever stands beside them.
    text.chars().map(plain_key).collect::<Option<String>>().unwrap_or_else(|| any_key(text))
}

/// The key of a character of plain English or Russian.
fn plain_key(c: char) -> Option<char> {
    match c {
        '\0'..='\x7f' => Some(c.to_ascii_lowercase()),
        'а'..='я' | '«' | '»' | '–' | '—' => Some(c),
        'А'..='Я' => char::from_u32(c as u32 + 0x20),
        'Ё' | 'ё' => Some('е'),
        _ => None,
    }
}

/// The key of any text.
fn any_key(text: &str) -> String {
    text.nfkc().default_case_fold().nfkc().map(|c| if c == 'ё' { 'е' } else { c }).collect()
}

/// A text that is compared by its key: a subject, a name.
#[derive(Clone, Default)]
pub struct Text {
    raw: Box<str>,
    key: Box<str>,
}

impl Text {
    /// Makes a text and its key.
    ///
    /// # Errors
    /// [`TextError::Nul`] when it holds U+0000, which databases refuse.
    pub fn new(raw: impl Into<Box<str>>) -> Result<Self, TextError> {
        let raw = raw.into();
        if raw.contains('\0') {
            return Err(TextError::Nul);
        }
        let key = text_key(&raw).into_boxed_str();
        Ok(Self { raw, key })
    }

    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.raw
    }

    /// The key that it is compared by.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl PartialEq for Text {
    /// Two texts are the same value when they are written alike; rules compare their keys instead.
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

impl Eq for Text {}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.raw, f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.raw)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

/// Why a text is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// The text holds U+0000.
    #[error("the text holds the character U+0000")]
    Nul,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_characters_have_the_key_that_they_have_among_any_others() {
        let plain: Vec<char> = ('\0'..='\u{2fff}').filter(|c| plain_key(*c).is_some()).collect();
        assert!(plain.len() > 190);
        for c in &plain {
            assert_eq!(plain_key(*c).map(String::from), Some(any_key(&c.to_string())), "{c:?}");
        }
        let all: String = plain.iter().collect();
        assert_eq!(text_key(&all), any_key(&all));
        // A mark that joins the letter before it is not plain, nor is the letter then.
        assert_eq!(text_key("И\u{306}Ё"), any_key("й\u{451}"));
    }
}
