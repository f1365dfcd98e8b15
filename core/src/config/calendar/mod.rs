//! Working calendars (производственный календарь, график обслуживания): which instants are working time, and business
//! time computed from that.
//!
//! A [`CalendarDefinition`] is plain data: a zone, effective-dated versions, weekly hours, yearly holidays, rules for
//! single dates (closed, other hours, a moved working day, a shortened day) and closures. [`CalendarDefinition::check`]
//! reports all problems at once; the [`Calendar`] compiled from a checked one answers.
//!
//! ```
//! use okno::base::WorkingTime;
//! use okno::config::calendar::{CalendarDefinition, DateRule};
//!
//! let definition: CalendarDefinition = serde_json::from_str(r#"{
//!     "time_zone": "Europe/Moscow",
//!     "versions": [{
//!         "weekly": {"thu": [["09:00", "13:00"], ["14:00", "18:00"]], "fri": [["09:00", "13:00"], ["14:00", "18:00"]]},
//!         "yearly_holidays": ["02-23"],
//!         "dates": {"2024-02-22": {"shorten_end_min": 60}}
//!     }]
//! }"#)?;
//! let calendar = definition.check()?.compile();
//! let due = calendar.add("2024-02-22T10:00:00Z".parse()?, WorkingTime::hours(4))?;
//! assert_eq!(due.to_string(), "2024-02-29T07:00:00Z", "the short day ends at 17:00 and Friday is a holiday");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How a local date gets its instants
//!
//! The version with the greatest `valid_from` up to the date rules it whole. A date rule beats a yearly holiday, which
//! beats the weekday's hours; a shortening takes work from the end, closures are taken away last. A clock reading becomes
//! the first instant that reads it or later: one that is skipped is the instant of the jump, one that occurs twice is its
//! first occurrence. So a date lasts 23, 24 or 25 hours as it really does, and nothing is lost or counted twice.
//!
//! # Layers
//!
//! What a country, a tenant, a line and a person say is [`compose`]d into one calendar. Country layers come from
//! [`builtin`] tables or from imports: [`import_ics`], [`import_xmlcalendar_json`], [`import_xmlcalendar_csv`],
//! [`HolidayTable`].

pub mod builtin;
mod check;
mod check_version;
mod compiled;
mod csv;
mod cut_off;
mod definition;
mod error;
mod ics;
mod intervals;
mod layer;
mod local;
mod operations;
mod past;
mod rules;
mod table;
mod time_of_day;
mod xmlcalendar;
mod year;
mod zone;

pub use check::CheckedCalendar;
pub use compiled::Calendar;
pub use cut_off::CutOff;
pub use definition::{CalendarDefinition, ClockPair, Closure, DateRule, Layer, VersionDefinition, Weekly};
pub use error::CalendarError;
pub use ics::{IcsImport, import_ics};
pub use intervals::{Interval, Intervals};
pub use layer::compose;
pub(in crate::config) use local::{parse_clock, parse_weekday};
pub use operations::DayMode;
pub use table::{HolidayKind, HolidayRow, HolidayTable};
pub use time_of_day::{TimeOfDay, TimeOfDayError};
pub use xmlcalendar::{Weekends, import_xmlcalendar_csv, import_xmlcalendar_json};
pub(in crate::config) use zone::Zone;
pub use zone::{is_older_zone_data, zone_data_version};

#[cfg(test)]
mod tests;
