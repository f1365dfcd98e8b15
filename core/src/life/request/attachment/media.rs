use std::fmt;
use std::str::FromStr;

use crate::base::limits::MEDIA_TYPE_CHARS_MAX;
use crate::base::serde_as_text;

/// What a file is, such as `application/pdf`: a type and a subtype in the form of RFC 6838, without parameters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaType(Box<str>);

impl MediaType {
    /// The media type as it is written: in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for MediaType {
    type Err = MediaTypeError;

    fn from_str(text: &str) -> Result<Self, MediaTypeError> {
        match text.split_once('/') {
            Some((kind, subtype)) if is_name(kind) && is_name(subtype) => {
                Ok(Self(text.to_ascii_lowercase().into()))
            }
            _ => Err(MediaTypeError { text: text.chars().take(64).collect() }),
        }
    }
}

serde_as_text!(MediaType);

/// A name by RFC 6838, 4.2: a letter or digit, then letters, digits and a few signs.
fn is_name(name: &str) -> bool {
    let sign = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(byte);
    name.len() <= MEDIA_TYPE_CHARS_MAX
        && name.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && name.as_bytes().iter().all(sign)
}

/// A text that is not a media type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a media type: one like `application/pdf` is expected")]
pub struct MediaTypeError {
    /// The text, cut to 64 characters.
    pub text: String,
}
