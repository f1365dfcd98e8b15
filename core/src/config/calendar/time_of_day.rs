use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::local::parse_clock;

/// A reading of the wall clock from `00:00` up to `24:00`, the end of the day; written `HH:MM` or `HH:MM:SS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    seconds: u32,
}

/// Says why a text is no reading of the wall clock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no time of day: `HH:MM` or `HH:MM:SS` up to `24:00` is expected")]
pub struct TimeOfDayError {
    text: String,
}

impl TimeOfDay {
    pub(super) fn seconds(self) -> i64 {
        i64::from(self.seconds)
    }
}

impl FromStr for TimeOfDay {
    type Err = TimeOfDayError;

    fn from_str(text: &str) -> Result<Self, TimeOfDayError> {
        let wrong = || TimeOfDayError { text: text.chars().take(TEXT_TOLD_CHARS).collect() };
        parse_clock(text).map(|seconds| Self { seconds }).ok_or_else(wrong)
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = TimeOfDayError;

    fn try_from(text: String) -> Result<Self, TimeOfDayError> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes, seconds) = (self.seconds / 3_600, self.seconds / 60 % 60, self.seconds % 60);
        write!(f, "{hours:02}:{minutes:02}")?;
        if seconds == 0 { Ok(()) } else { write!(f, ":{seconds:02}") }
    }
}

/// How much of a text that is wrong is told.
const TEXT_TOLD_CHARS: usize = 64;
