use super::limits::CODE_CHARS_MAX;

/// Declares a typed code: the name that a definition has in files, rules and tables.
///
/// A code has 1 to 64 characters: letters, digits, `-`, `_`, `.` and `/`.
#[macro_export]
macro_rules! code {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(::std::sync::Arc<str>);

        impl $name {
            /// Makes a code.
            ///
            /// # Errors
            /// When the text is not one.
            pub fn new(text: impl AsRef<str>) -> Result<Self, $crate::base::CodeError> {
                $crate::base::check_code(text.as_ref())?;
                Ok(Self(::std::sync::Arc::from(text.as_ref())))
            }

            /// The code as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::base::CodeError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <::std::borrow::Cow<'de, str> as ::serde::Deserialize>::deserialize(deserializer)?;
                Self::new(text).map_err(::serde::de::Error::custom)
            }
        }
    };
}

/// A text that is not a code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a code: 1 to 64 letters, digits, `-`, `_`, `.` or `/` are expected")]
pub struct CodeError {
    /// The text, cut to 64 characters.
    pub text: String,
}

#[doc(hidden)]
pub fn check_code(text: &str) -> Result<(), CodeError> {
    let good = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    if !text.is_empty() && text.chars().count() <= CODE_CHARS_MAX && text.chars().all(good) {
        return Ok(());
    }
    Err(CodeError { text: text.chars().take(64).collect() })
}
