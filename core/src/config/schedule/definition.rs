use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// When something happens again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// On which dates.
    pub every: Every,
    /// At what time of day, as `HH:MM`.
    pub at: String,
    /// On whose wall clock: the name of a zone, such as `Europe/Moscow`.
    pub zone: String,
    /// The first date on which it may happen; periods are counted from the one that holds it.
    pub from: NaiveDate,
    /// The last date on which it may happen; without end when absent.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}

/// On which dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Every so many days.
    Days(u32),
    /// On weekdays of every so many weeks, which begin on Monday.
    Weeks {
        /// Every how many weeks.
        every: u32,
        /// The weekdays: `mon` to `sun`.
        on: Vec<String>,
    },
    /// On a day of every so many months.
    Months {
        /// Every how many months.
        every: u32,
        /// The day.
        on: MonthDay,
    },
}

/// A day of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthDay {
    /// The day of this number; the last one of a month that is shorter.
    Day(u32),
    /// The last day.
    Last,
    /// Such as the second Tuesday; a month without it is left out.
    Weekday {
        /// 1 to 5.
        nth: u8,
        /// `mon` to `sun`.
        weekday: String,
    },
}
