use crate::base::{TimeError, Timestamp};

/// Why a calendar has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// An amount of working time or of days is below zero.
    #[error("an amount of working time cannot be negative")]
    NegativeDuration,
    /// More than [`CALENDAR_EMPTY_DATES_MAX`](crate::base::limits::CALENDAR_EMPTY_DATES_MAX) local dates in a row have
    /// no working time.
    #[error("the calendar has no working time for more than ten years around {near}")]
    NoWorkingTime {
        /// Where the search began.
        near: Timestamp,
    },
    /// The answer lies outside the years that instants have.
    #[error("the answer lies outside the years 1900 to 2199")]
    OutOfRange,
}

impl CalendarError {
    /// The stable code, as problems of definitions have one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NegativeDuration => "negative_duration",
            Self::NoWorkingTime { .. } => "no_working_time",
            Self::OutOfRange => "out_of_range",
        }
    }
}

impl From<TimeError> for CalendarError {
    fn from(_: TimeError) -> Self {
        Self::OutOfRange
    }
}
