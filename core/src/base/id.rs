use uuid::Uuid;

/// Declares a typed id: a UUID that cannot be mistaken for the id of something else.
///
/// The type has `Display`, `FromStr` and serialises as text.
#[macro_export]
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub ::uuid::Uuid);

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::base::IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                ::uuid::Uuid::try_parse(text)
                    .map(Self)
                    .map_err(|_| $crate::base::IdError { text: text.chars().take(64).collect() })
            }
        }

        impl From<$name> for ::uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id! {
    /// A tenant (арендатор): an isolated client of the center; every call and every row names one.
    TenantId
}

id! {
    /// Names one command: doing a command twice under the same id gives the first answer.
    CommandId
}

/// A text that is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id: a UUID is expected")]
pub struct IdError {
    /// The text, cut to 64 characters.
    pub text: String,
}

/// Derives the id that belongs to `purpose` of `parent` (UUID v5): the same on every node and every try.
#[must_use]
pub fn derived_id(parent: Uuid, purpose: &str) -> Uuid {
    Uuid::new_v5(&parent, purpose.as_bytes())
}
