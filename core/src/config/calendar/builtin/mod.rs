//! Country layers that come with the library: public holidays, moved days off and worked weekend days of 2015–2027.
//!
//! The tables are derived from the Python package `holidays` 0.109 (MIT; see `LICENSE-holidays` beside them). They say which
//! days are off, not which hours are worked: lay them below a working week with [`compose`](super::compose).
//!
//! ```
//! use okno::config::calendar::{CalendarDefinition, Layer, builtin, compose};
//!
//! let week: Layer = serde_json::from_str(r#"{
//!     "time_zone": "Europe/Moscow",
//!     "versions": [{"weekly": {"mon": [["09:00", "18:00"]], "tue": [["09:00", "18:00"]], "wed": [["09:00", "18:00"]],
//!                              "thu": [["09:00", "18:00"]], "fri": [["09:00", "18:00"]]}}]
//! }"#)?;
//! let russia = builtin::layer("RU").ok_or("a country of the list")?;
//! let calendar = compose(&[russia, week])?.check()?.compile();
//! assert!(calendar.is_open("2024-04-27T07:00:00Z".parse()?), "a Saturday worked for a Monday");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::NaiveDate;

use super::definition::{DateRule, Layer};
use super::table::HolidayTable;

/// The codes that [`layer`] knows: countries by ISO 3166-1, parts of them by ISO 3166-2.
///
/// `DE` and `GB` alone are the days that every part keeps; `GB-ENG` also stands for Wales.
pub const CODES: [&str; 11] =
    ["RU", "BY", "KZ", "DE", "DE-BE", "DE-BY", "GB", "GB-ENG", "GB-SCT", "US", "US-MA"];

/// The years that the tables cover.
pub const YEARS: RangeInclusive<i32> = 2015..=2027;

/// The layer of a country or of a part of it; `None` for a code that is not in [`CODES`].
///
/// It is without Russia's [days off by decree](days_off_by_decree), and says nothing outside [`YEARS`].
#[must_use]
pub fn layer(code: &str) -> Option<Layer> {
    let (country, subdivision) = code.split_once('-').unwrap_or((code, ""));
    let (_, table) = TABLES.iter().find(|(known, _)| *known == country)?;
    // The embedded tables are read whole by a test.
    HolidayTable::from_csv(table).ok()?.layer(country, subdivision)
}

/// Russia's non-working days by presidential decree (нерабочие дни по указам), as a layer of its own to lay above `RU`.
///
/// Off by default, since employers differed: 2020-03-30 to 04-30 (decrees 206 and 239), 2020-05-06 to 05-08 (294),
/// 2020-06-24 (345), 2020-07-01 (354), 2021-05-04 to 05-07 (242), 2021-10-30 to 11-07 (595).
#[must_use]
pub fn days_off_by_decree() -> Layer {
    let days = DECREES.iter().flat_map(|((year, month, day), count)| {
        let first = NaiveDate::from_ymd_opt(*year, *month, *day);
        first.into_iter().flat_map(|first| first.iter_days().take(*count))
    });
    Layer::of_dates(days.map(|date| (date.to_string(), DateRule::closed())).collect::<BTreeMap<_, _>>())
}

const TABLES: [(&str, &str); 6] = [
    ("RU", include_str!("ru.csv")),
    ("BY", include_str!("by.csv")),
    ("KZ", include_str!("kz.csv")),
    ("DE", include_str!("de.csv")),
    ("GB", include_str!("gb.csv")),
    ("US", include_str!("us.csv")),
];

/// The first date and how many there are.
const DECREES: [((i32, u32, u32), usize); 6] = [
    ((2020, 3, 30), 32),
    ((2020, 5, 6), 3),
    ((2020, 6, 24), 1),
    ((2020, 7, 1), 1),
    ((2021, 5, 4), 4),
    ((2021, 10, 30), 9),
];
