//! Local dates and clock readings: what a definition's texts mean.

use chrono::{Datelike, NaiveDate};

use super::definition::WEEKDAYS;

/// Seconds of a day on the wall clock.
pub(super) const DAY_S: u32 = 86_400;

/// A stretch of one local date in seconds of the wall clock, `start < end <= DAY_S`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Reads `HH:MM` or `HH:MM:SS` up to `24:00` as seconds of the day.
pub(in crate::config) fn parse_clock(text: &str) -> Option<u32> {
    let mut fields = text.split(':').map(two_digits);
    let (hour, minute, second) = (fields.next()??, fields.next()??, fields.next().unwrap_or(Some(0))?);
    let seconds = hour * 3_600 + minute * 60 + second;
    let valid = fields.next().is_none() && minute < 60 && second < 60 && seconds <= DAY_S;
    valid.then_some(seconds)
}

/// Reads `YYYY-MM-DD`.
pub(super) fn parse_date(text: &str) -> Option<NaiveDate> {
    let shaped =
        text.len() == 10 && text.is_ascii() && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    if !shaped {
        return None;
    }
    let year: u32 = digits(&text[..4])?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, two_digits(&text[5..7])?, two_digits(&text[8..])?)
}

/// Reads `MM-DD`, 29 February among them.
pub(super) fn parse_month_day(text: &str) -> Option<(u32, u32)> {
    let (month, day) = text.split_once('-')?;
    let (month, day) = (two_digits(month)?, two_digits(day)?);
    NaiveDate::from_ymd_opt(LEAP_YEAR, month, day).map(|_| (month, day))
}

/// Reads `mon` to `sun` as 0 to 6.
pub(in crate::config) fn parse_weekday(text: &str) -> Option<usize> {
    WEEKDAYS.iter().position(|weekday| *weekday == text)
}

/// The name of a date's weekday.
pub(super) fn weekday_name(date: NaiveDate) -> &'static str {
    WEEKDAYS[weekday_index(date)]
}

/// 0 for Monday to 6 for Sunday.
pub(super) fn weekday_index(date: NaiveDate) -> usize {
    date.weekday().num_days_from_monday() as usize
}

/// Whether a date is a Saturday or a Sunday.
pub(super) fn is_weekend(date: NaiveDate) -> bool {
    weekday_index(date) >= 5
}

fn two_digits(text: &str) -> Option<u32> {
    if text.len() == 2 { digits(text) } else { None }
}

/// Reads plain digits: `parse` alone would take a sign.
pub(super) fn digits(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Any leap year: it has every day that a year can have.
const LEAP_YEAR: i32 = 2_000;
