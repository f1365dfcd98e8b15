use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::check::at_most;
use super::definition::{ClockPair, Closure, DateRule, VersionDefinition, WEEKDAYS, Weekly};
use super::local::{DAY_S, Piece, parse_clock, parse_date, parse_month_day, parse_weekday};
use super::rules::{Hours, TypedRule, Version};
use crate::base::Problems;
use crate::base::limits::{CALENDAR_DATES_MAX, CALENDAR_PIECES_MAX};

/// The check of one version, under its path.
pub(super) struct VersionCheck<'a> {
    pub(super) problems: &'a mut Problems,
    pub(super) path: &'a str,
}

impl VersionCheck<'_> {
    /// The version in typed form; what is wrong in it is noted and left out.
    pub(super) fn run(&mut self, definition: &VersionDefinition) -> Version {
        let from = definition.valid_from.as_ref().and_then(|text| self.date("valid_from", text));
        let weekly = definition.weekly.as_ref().map(|weekly| self.weekly(weekly)).unwrap_or_default();
        self.at_most("yearly_holidays", definition.yearly_holidays.len());
        self.at_most("dates", definition.dates.len());
        self.at_most("closures", definition.closures.len());
        let holidays = definition.yearly_holidays.iter().enumerate();
        let holidays = holidays.filter_map(|(n, text)| self.month_day(n, text)).collect();
        let dates = definition.dates.iter().filter_map(|(text, rule)| self.rule(text, rule)).collect();
        let closures = self.closures(&definition.closures);
        Version { from: from.map(|date| date.num_days_from_ce()), weekly, holidays, dates, closures }
    }

    fn at_most(&mut self, field: &str, count: usize) {
        at_most(self.problems, &format!("{}.{field}", self.path), count, CALENDAR_DATES_MAX);
    }

    fn error(&mut self, code: &'static str, field: &str, message: impl Into<String>) {
        self.problems.error(code, format!("{}.{field}", self.path), message);
    }

    fn date(&mut self, field: &str, text: &str) -> Option<NaiveDate> {
        let date = parse_date(text);
        if date.is_none() {
            self.error("invalid_date", field, format!("`{}` is not a date like `2026-01-31`", short(text)));
        }
        date
    }

    fn month_day(&mut self, n: usize, text: &str) -> Option<(u32, u32)> {
        let month_day = parse_month_day(text);
        if month_day.is_none() {
            let message = format!("`{}` is not a day of the year like `05-01`", short(text));
            self.error("invalid_date", &format!("yearly_holidays[{n}]"), message);
        }
        month_day
    }

    fn weekday(&mut self, field: &str, text: &str) -> Option<usize> {
        let weekday = parse_weekday(text);
        if weekday.is_none() {
            let message = format!("`{}` is not a weekday; they are {}", short(text), WEEKDAYS.join(", "));
            self.error("unknown_weekday", field, message);
        }
        weekday
    }

    /// Splits what goes over midnight, so that each weekday has the pieces of its own date.
    fn weekly(&mut self, weekly: &Weekly) -> [Vec<Piece>; 7] {
        let mut pieces: [Vec<Piece>; 7] = Default::default();
        for (name, pairs) in weekly {
            let field = format!("weekly.{}", short(name));
            let Some(weekday) = self.weekday(&field, name) else { continue };
            for (n, pair) in self.bounded(&field, pairs).iter().enumerate() {
                let Some((start, end)) = self.clocks(&format!("{field}[{n}]"), pair) else { continue };
                if start < end {
                    pieces[weekday].push(Piece { start, end });
                    continue;
                }
                pieces[weekday].push(Piece { start, end: DAY_S });
                if end > 0 {
                    pieces[(weekday + 1) % 7].push(Piece { start: 0, end });
                }
            }
        }
        for (weekday, pieces) in pieces.iter_mut().enumerate() {
            self.join(&format!("weekly.{}", WEEKDAYS[weekday]), pieces);
        }
        pieces
    }

    fn rule(&mut self, text: &str, rule: &DateRule) -> Option<(i32, TypedRule)> {
        let field = format!("dates.{}", short(text));
        let date = self.date(&field, text);
        let hours = self.hours(&field, rule);
        let shorten_min = u64::try_from(rule.shorten_end_min.unwrap_or(0));
        if shorten_min.is_err() {
            let field = format!("{field}.shorten_end_min");
            self.error("invalid_shortening", &field, "a day cannot be shortened by less than nothing");
        }
        let shorten_s = shorten_min.ok()?.saturating_mul(60);
        Some((date?.num_days_from_ce(), TypedRule { hours: hours?, shorten_s }))
    }

    fn hours(&mut self, field: &str, rule: &DateRule) -> Option<Hours> {
        match (rule.closed, &rule.intervals, &rule.works_as, rule.shorten_end_min) {
            (true, None, None, None) => Some(Hours::Closed),
            (false, Some(pairs), None, _) => Some(Hours::Pieces(self.date_pieces(field, pairs))),
            (false, None, Some(weekday), _) => {
                self.weekday(&format!("{field}.works_as"), weekday).map(Hours::WorksAs)
            }
            (false, None, None, Some(_)) => Some(Hours::Usual),
            _ => {
                let message = "a date is either closed, or has intervals, or works as a weekday; only the last two, or \
                               nothing else, go with a shortening";
                self.error("conflicting_date_rules", field, message);
                None
            }
        }
    }

    fn date_pieces(&mut self, field: &str, pairs: &[ClockPair]) -> Vec<Piece> {
        let field = format!("{field}.intervals");
        let mut pieces = Vec::new();
        for (n, pair) in self.bounded(&field, pairs).iter().enumerate() {
            pieces.extend(self.same_date(&format!("{field}[{n}]"), pair));
        }
        self.join(&field, &mut pieces);
        pieces
    }

    fn closures(&mut self, all: &[Closure]) -> BTreeMap<i32, Vec<Piece>> {
        let mut closures = BTreeMap::<i32, Vec<Piece>>::new();
        for (n, closure) in all.iter().take(CALENDAR_DATES_MAX).enumerate() {
            let Some((day, piece)) = self.closure(n, closure) else { continue };
            let of_date = closures.entry(day).or_default();
            of_date.push(piece);
            if of_date.len() > CALENDAR_PIECES_MAX {
                let message = format!("more than {CALENDAR_PIECES_MAX} closures on one date");
                self.error("too_many", &format!("closures[{n}]"), message);
            }
        }
        closures
    }

    fn closure(&mut self, n: usize, closure: &Closure) -> Option<(i32, Piece)> {
        let field = format!("closures[{n}]");
        let date = self.date(&format!("{field}.date"), &closure.date);
        let piece = self.same_date(&field, &[closure.from.clone(), closure.to.clone()]);
        Some((date?.num_days_from_ce(), piece?))
    }

    fn bounded<'p>(&mut self, field: &str, pairs: &'p [ClockPair]) -> &'p [ClockPair] {
        at_most(self.problems, &format!("{}.{field}", self.path), pairs.len(), CALENDAR_PIECES_MAX);
        &pairs[..pairs.len().min(CALENDAR_PIECES_MAX)]
    }

    /// A stretch that ends on the date it begins on.
    fn same_date(&mut self, field: &str, pair: &ClockPair) -> Option<Piece> {
        let (start, end) = self.clocks(field, pair)?;
        if start > end {
            self.error(
                "invalid_interval",
                field,
                "the end comes before the start; on a single date it cannot",
            );
            return None;
        }
        Some(Piece { start, end })
    }

    /// Two clock texts that are not the same and of which only the second may be `24:00`.
    fn clocks(&mut self, field: &str, [start, end]: &ClockPair) -> Option<(u32, u32)> {
        let (Some(from), Some(to)) = (parse_clock(start), parse_clock(end)) else {
            let message =
                format!("`{}`–`{}` is not a pair of clock times like `09:00`", short(start), short(end));
            self.error("invalid_interval", field, message);
            return None;
        };
        if from == DAY_S {
            self.error("invalid_interval", field, "`24:00` is only an end; the next day begins at `00:00`");
            return None;
        }
        if from == to {
            self.error(
                "invalid_interval",
                field,
                "start and end are the same; a whole day is `00:00`–`24:00`",
            );
            return None;
        }
        if (LAST_MINUTE_S..DAY_S).contains(&to) {
            let path = format!("{}.{field}", self.path);
            self.problems.warning(
                "ends_before_midnight",
                path,
                format!("`{end}` leaves out the end of the day"),
            );
            self.problems.0.last_mut().map(|problem| problem.hint("the end of a day is `24:00`"));
        }
        Some((from, to))
    }

    /// Sorts pieces and joins those that touch.
    fn join(&mut self, field: &str, pieces: &mut Vec<Piece>) {
        pieces.sort();
        if pieces.windows(2).any(|pair| pair[1].start < pair[0].end) {
            self.error("overlapping_intervals", field, "intervals may touch but not overlap");
        }
        pieces.dedup_by(|next, last| {
            let touches = next.start <= last.end;
            if touches {
                last.end = last.end.max(next.end);
            }
            touches
        });
    }
}

fn short(text: &str) -> String {
    text.chars().take(32).collect()
}

/// 23:59, where people stop who mean midnight.
const LAST_MINUTE_S: u32 = 23 * 3_600 + 59 * 60;
