use std::fmt;
use std::str::FromStr;

use super::code::check_code;
use super::limits::{ADDRESS_CHARS_MAX, EMAIL_BYTES_MAX};
use super::text::text_key;

/// An address by which somebody can be reached; it prints and serialises like `email:anna@north.example`.
///
/// Two addresses are equal when they lead to the same place, however they are written. Debug output hides the value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// An e-mail address.
    Email(Email),
    /// A telephone number.
    Phone(Phone),
    /// An account of a messenger.
    Messenger(Messenger),
}

impl Address {
    /// The code of the address's kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Phone(_) => "phone",
            Self::Messenger(_) => "messenger",
        }
    }

    /// What it is compared by within its kind.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Email(email) => &email.key,
            Self::Phone(phone) => &phone.0,
            Self::Messenger(messenger) => &messenger.0,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.kind())?;
        match self {
            Self::Email(email) => email.fmt(f),
            Self::Phone(phone) => phone.fmt(f),
            Self::Messenger(messenger) => messenger.fmt(f),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        match text.split_once(':') {
            Some(("email", value)) => value.parse().map(Self::Email),
            Some(("phone", value)) => value.parse().map(Self::Phone),
            Some(("messenger", value)) => value.parse().map(Self::Messenger),
            _ => Err(AddressError::Kind),
        }
    }
}

serde_as_text!(Address);

/// An e-mail address: a local part of 1 to 64 bytes, `@`, and a domain.
///
/// Quoted local parts and address literals are not taken; letters of every script are.
#[derive(Clone)]
pub struct Email {
    raw: Box<str>,
    key: Box<str>,
}

impl Email {
    /// The address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.raw
    }
}

impl FromStr for Email {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::Email)?;
        if text.len() > EMAIL_BYTES_MAX || !is_local_part(local) || !domain.split('.').all(is_label) {
            return Err(AddressError::Email);
        }
        Ok(Self { raw: text.into(), key: text_key(text).into() })
    }
}

fn is_local_part(text: &str) -> bool {
    let good = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    text.len() <= 64 && text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(good))
}

fn is_label(text: &str) -> bool {
    let good = |c: char| c.is_alphanumeric() || c == '-';
    (1..=63).contains(&text.len()) && text.chars().all(good) && !text.starts_with('-') && !text.ends_with('-')
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.raw)
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Email {}

impl PartialOrd for Email {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Email {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl std::hash::Hash for Email {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

/// A telephone number by E.164: `+` and 7 to 15 digits, of which the first is not 0.
///
/// Spaces, hyphens, dots and round brackets are taken and left out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(Box<str>);

impl FromStr for Phone {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let digits = text.strip_prefix('+').ok_or(AddressError::Phone)?;
        let digits: String = digits.chars().filter(|c| !" -.()".contains(*c)).take(16).collect();
        let is_number = digits.bytes().all(|digit| digit.is_ascii_digit()) && !digits.starts_with('0');
        if !is_number || !(7..=15).contains(&digits.len()) {
            return Err(AddressError::Phone);
        }
        Ok(Self(format!("+{digits}").into()))
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account of a messenger: the messenger's code, `:`, and a name in it, like `telegram:120045`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Messenger(Box<str>);

impl FromStr for Messenger {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (network, name) = text.split_once(':').ok_or(AddressError::Messenger)?;
        let is_name = !name.is_empty()
            && name.chars().count() <= ADDRESS_CHARS_MAX
            && !name.chars().any(|c| c.is_whitespace() || c.is_control());
        if check_code(network).is_err() || !is_name {
            return Err(AddressError::Messenger);
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Messenger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Debug output names the kind of an address and hides the value, which is personal.
macro_rules! hidden {
    ($($ty:ident),*) => {$(
        impl fmt::Debug for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($ty), " { .. }"))
            }
        }
    )*};
}

hidden!(Address, Email, Phone, Messenger);

/// A text that is not an address. It does not repeat the text, which is personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No kind of address.
    #[error("not an address: `email:…`, `phone:…` or `messenger:…` is expected")]
    Kind,
    /// No e-mail address.
    #[error("not an e-mail address: `name@domain` is expected")]
    Email,
    /// No telephone number.
    #[error("not a telephone number: `+` and 7 to 15 digits are expected")]
    Phone,
    /// No account of a messenger.
    #[error("not an account of a messenger: `messenger:name` is expected")]
    Messenger,
}
