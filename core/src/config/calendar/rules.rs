use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::local::{Piece, weekday_index};

/// A checked definition in typed form: which stretches of the wall clock a local date has.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    /// Invariant: ascending by `from`, no two alike, at least one.
    pub(super) versions: Vec<Version>,
}

/// One version; dates are days since 0001-01-01 (chrono's count from the common era).
#[derive(Debug, Clone, Default)]
pub(super) struct Version {
    /// The first date that it rules; `None` sorts first: since ever.
    pub(super) from: Option<i32>,
    /// Invariant: pieces of a date are sorted, joined where they touch, and do not overlap.
    pub(super) weekly: [Vec<Piece>; 7],
    pub(super) holidays: BTreeSet<(u32, u32)>,
    pub(super) dates: BTreeMap<i32, TypedRule>,
    pub(super) closures: BTreeMap<i32, Vec<Piece>>,
}

/// A date rule in typed form.
#[derive(Debug, Clone)]
pub(super) struct TypedRule {
    pub(super) hours: Hours,
    pub(super) shorten_s: u64,
}

/// Which hours a date has before it is shortened.
#[derive(Debug, Clone)]
pub(super) enum Hours {
    /// Those of the day as it would be without the rule.
    Usual,
    Closed,
    Pieces(Vec<Piece>),
    WorksAs(usize),
}

impl Rules {
    /// The first date that the version ruling a date rules; `None`: since ever, or by no version at all.
    pub(super) fn version_from(&self, day: i32) -> Option<NaiveDate> {
        let later = self.versions.partition_point(|version| version.from.is_none_or(|from| from <= day));
        let version = self.versions.get(later.checked_sub(1)?)?;
        version.from.and_then(NaiveDate::from_num_days_from_ce_opt)
    }

    /// The pieces of working time of a date, sorted, joined, not overlapping.
    pub(super) fn pieces(&self, date: NaiveDate) -> Cow<'_, [Piece]> {
        let day = date.num_days_from_ce();
        let later = self.versions.partition_point(|version| version.from.is_none_or(|from| from <= day));
        // Before the first version there is no working time.
        later.checked_sub(1).map_or(Cow::Borrowed(&[][..]), |at| self.versions[at].pieces(date, day))
    }
}

impl Version {
    fn pieces(&self, date: NaiveDate, day: i32) -> Cow<'_, [Piece]> {
        let mut pieces = Cow::Borrowed(match self.dates.get(&day) {
            None => self.usual(date),
            Some(rule) => self.hours(&rule.hours, date),
        });
        if let Some(rule) = self.dates.get(&day).filter(|rule| rule.shorten_s > 0) {
            shorten_end(pieces.to_mut(), rule.shorten_s);
        }
        if let Some(closures) = self.closures.get(&day) {
            pieces = Cow::Owned(
                closures.iter().fold(pieces.into_owned(), |left, closure| take_away(&left, *closure)),
            );
        }
        pieces
    }

    fn hours<'a>(&'a self, hours: &'a Hours, date: NaiveDate) -> &'a [Piece] {
        match hours {
            Hours::Usual => self.usual(date),
            Hours::Closed => &[],
            Hours::Pieces(pieces) => pieces,
            Hours::WorksAs(weekday) => &self.weekly[*weekday],
        }
    }

    fn usual(&self, date: NaiveDate) -> &[Piece] {
        let holiday = self.holidays.contains(&(date.month(), date.day()));
        if holiday { &[] } else { &self.weekly[weekday_index(date)] }
    }
}

fn shorten_end(pieces: &mut Vec<Piece>, mut seconds: u64) {
    while let Some(last) = pieces.last_mut() {
        let length = last.end - last.start;
        if seconds < u64::from(length) {
            last.end -= seconds as u32;
            return;
        }
        seconds -= u64::from(length);
        pieces.pop();
    }
}

fn take_away(pieces: &[Piece], closure: Piece) -> Vec<Piece> {
    let before = |piece: &Piece| Piece { start: piece.start, end: piece.end.min(closure.start) };
    let after = |piece: &Piece| Piece { start: piece.start.max(closure.end), end: piece.end };
    let parts = pieces.iter().flat_map(|piece| [before(piece), after(piece)]);
    parts.filter(|part| part.start < part.end).collect()
}
