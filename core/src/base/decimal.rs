use std::fmt;
use std::str::FromStr;

const SCALE: usize = 4;
const ONE: i64 = 10_i64.pow(SCALE as u32);

/// A decimal with four places, exact, up to ±922 trillion; it serialises as text (`"12.50"` stays exact in JSON).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i64);

impl Decimal {
    /// Makes a decimal from ten-thousandths.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// The value in ten-thousandths: what stores keep and compare.
    #[must_use]
    pub const fn units(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0.unsigned_abs() / ONE as u64, self.0.unsigned_abs() % ONE as u64);
        let sign = if self.0 < 0 { "-" } else { "" };
        if part == 0 {
            return write!(f, "{sign}{whole}");
        }
        let part = format!("{part:04}");
        write!(f, "{sign}{whole}.{}", part.trim_end_matches('0'))
    }
}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        parse(text).ok_or_else(|| DecimalError { text: text.chars().take(64).collect() })
    }
}

fn parse(text: &str) -> Option<Decimal> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(part) || part.len() > SCALE {
        return None;
    }
    let part: i128 = format!("{part:0<4}").parse().ok()?;
    // The least decimal has no positive counterpart: the sign comes before the range.
    let units = whole.parse::<i128>().ok()?.checked_mul(ONE.into())?.checked_add(part)?;
    i64::try_from(if negative { -units } else { units }).ok().map(Decimal)
}

serde_as_text!(Decimal);

/// A text that is not a decimal of at most four places.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a decimal: digits with at most four places are expected, like `1250.5`")]
pub struct DecimalError {
    /// The text, cut to 64 characters.
    pub text: String,
}
