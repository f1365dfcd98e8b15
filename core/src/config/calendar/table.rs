use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};

use super::csv;
use super::definition::{DateRule, Layer};
use super::local::{is_weekend, parse_date, weekday_name};
use crate::base::Problems;
use crate::base::limits::CALENDAR_IMPORT_BYTES_MAX;

/// A table of holidays of several countries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HolidayTable {
    /// One row for each country, subdivision and date.
    pub rows: Vec<HolidayRow>,
}

/// What one date is in one country or part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayRow {
    /// The country's two letters of ISO 3166-1.
    pub country: String,
    /// The part of the country by ISO 3166-2 without the country's letters; empty: the whole country.
    ///
    /// The rows of a part are complete: they repeat what holds everywhere.
    pub subdivision: String,
    /// The date.
    pub date: NaiveDate,
    /// What it is.
    pub kind: HolidayKind,
    /// For a day off in exchange: the weekend day that is given up for it.
    pub moved_from: Option<NaiveDate>,
}

/// What a row of a holiday table makes of its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HolidayKind {
    /// A public holiday, or a day off because one fell on a weekend.
    Holiday,
    /// A day off in exchange for a weekend day (перенос выходного).
    MovedDayOff,
    /// A weekend day that is worked.
    WorkingWeekendDay,
}

impl HolidayTable {
    /// Reads CSV with a header: `country,subdivision,date,kind,moved_from`, in any order; other columns are passed over.
    ///
    /// # Errors
    /// Every problem with its line: `too_large`, `missing_column`, `invalid_date`, `unknown_kind`.
    pub fn from_csv(text: &str) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut rows = match within_limit(text, &mut problems) {
            true => csv::rows(text, ',').into_iter(),
            false => Vec::new().into_iter(),
        };
        let header = rows.next().unwrap_or_default();
        let columns = COLUMNS.map(|name| header.iter().position(|column| column.trim() == name));
        for (name, column) in COLUMNS.iter().zip(columns) {
            if column.is_none() {
                problems.error("missing_column", "line 1", format!("there is no column `{name}`"));
            }
        }
        if problems.has_errors() {
            return Err(problems);
        }
        let read = |(n, row): (usize, Vec<String>)| {
            let fields =
                columns.map(|column| column.and_then(|at| row.get(at)).map_or("", |field| field.trim()));
            HolidayRow::read(fields, n + 2, &mut problems)
        };
        let rows = rows.enumerate().filter_map(read).collect();
        problems.finish(Self { rows })
    }

    /// The rows of a country, or of a part of it.
    pub fn rows_of<'a>(
        &'a self,
        country: &'a str,
        subdivision: &'a str,
    ) -> impl Iterator<Item = &'a HolidayRow> {
        self.rows.iter().filter(move |row| row.country == country && row.subdivision == subdivision)
    }

    /// What a country's layer says: days off closed, worked weekend days with the hours of the day they are exchanged
    /// for (of a Monday where the table does not tell).
    ///
    /// Russia also gets its shortened days (Labour Code, article 95: an hour less on the working day before a holiday):
    /// a day before 1–8 January, 23 February, 8 March, 1 May, 9 May, 12 June or 4 November, and a weekend day worked in
    /// exchange for such a day.
    #[must_use]
    pub fn layer(&self, country: &str, subdivision: &str) -> Option<Layer> {
        let rows: Vec<_> = self.rows_of(country, subdivision).collect();
        if rows.is_empty() {
            return None;
        }
        let exchanged: BTreeMap<_, _> =
            rows.iter().filter_map(|row| Some((row.moved_from?, row.date))).collect();
        let mut dates: BTreeMap<NaiveDate, DateRule> =
            rows.iter().map(|row| (row.date, row.rule(&exchanged))).collect();
        if country == "RU" {
            shorten_russian_days(&mut dates, &exchanged);
        }
        Some(Layer::of_dates(dates.into_iter().map(|(date, rule)| (date.to_string(), rule)).collect()))
    }
}

impl HolidayRow {
    fn read(fields: [&str; 5], line: usize, problems: &mut Problems) -> Option<Self> {
        let [country, subdivision, date, kind, moved_from] = fields;
        let mut read_date = |text: &str| {
            let date = parse_date(text);
            if date.is_none() {
                let shown: String = text.chars().take(32).collect();
                problems.error("invalid_date", format!("line {line}"), format!("`{shown}` is not a date"));
            }
            date
        };
        let date = read_date(date);
        let moved_from = if moved_from.is_empty() { None } else { Some(read_date(moved_from)?) };
        let Some((_, kind)) = KINDS.iter().find(|(name, _)| *name == kind) else {
            let shown: String = kind.chars().take(32).collect();
            problems.error("unknown_kind", format!("line {line}"), format!("`{shown}` is not a kind of day"));
            return None;
        };
        let (country, subdivision) = (country.to_owned(), subdivision.to_owned());
        Some(Self { country, subdivision, date: date?, kind: *kind, moved_from })
    }

    fn rule(&self, exchanged: &BTreeMap<NaiveDate, NaiveDate>) -> DateRule {
        match self.kind {
            HolidayKind::Holiday | HolidayKind::MovedDayOff => DateRule::closed(),
            HolidayKind::WorkingWeekendDay => {
                DateRule::works_as(exchanged.get(&self.date).map_or("mon", |date| weekday_name(*date)))
            }
        }
    }
}

/// Shortens the working days before Russian holidays, in the years that the table covers.
fn shorten_russian_days(
    dates: &mut BTreeMap<NaiveDate, DateRule>,
    exchanged: &BTreeMap<NaiveDate, NaiveDate>,
) {
    let (Some(first), Some(last)) = (dates.keys().next().copied(), dates.keys().next_back().copied()) else {
        return;
    };
    let Some(from) = NaiveDate::from_ymd_opt(first.year(), 1, 1) else { return };
    for date in from.iter_days().take_while(|date| date.year() <= last.year()) {
        let moved = is_weekend(date).then(|| exchanged.get(&date)).flatten();
        if is_before_russian_holiday(date) || moved.is_some_and(|instead| is_before_russian_holiday(*instead))
        {
            let rule = dates.entry(date).or_default();
            if !rule.closed {
                rule.shorten_end_min = Some(60);
            }
        }
    }
}

fn is_before_russian_holiday(date: NaiveDate) -> bool {
    date.checked_add_days(Days::new(1)).is_some_and(|next| match (next.month(), next.day()) {
        (1, day) => day <= 8,
        (2, 23) | (3, 8) | (5, 1 | 9) | (6, 12) | (11, 4) => true,
        _ => false,
    })
}

/// Notes a file that is too large to be a calendar.
pub(super) fn within_limit(text: &str, problems: &mut Problems) -> bool {
    let within = text.len() <= CALENDAR_IMPORT_BYTES_MAX;
    if !within {
        let message = format!("{} bytes where {CALENDAR_IMPORT_BYTES_MAX} are the limit", text.len());
        problems.error("too_large", "file", message);
    }
    within
}

const COLUMNS: [&str; 5] = ["country", "subdivision", "date", "kind", "moved_from"];

const KINDS: [(&str, HolidayKind); 3] = [
    ("holiday", HolidayKind::Holiday),
    ("moved_day_off", HolidayKind::MovedDayOff),
    ("working_weekend_day", HolidayKind::WorkingWeekendDay),
];
