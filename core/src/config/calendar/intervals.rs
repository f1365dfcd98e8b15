use std::iter::FusedIterator;

use super::compiled::Calendar;
use crate::base::Timestamp;

/// A half-open stretch of working time: the start belongs to it, the end does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval {
    /// The opening.
    pub start: Timestamp,
    /// The closing.
    pub end: Timestamp,
}

impl Calendar {
    /// The working intervals between two instants, clipped to them, joined where they touch; made as they are asked for.
    #[must_use]
    pub fn intervals(&self, from: Timestamp, to: Timestamp) -> Intervals<'_> {
        let place = self.year_at(from).map_or(usize::MAX, |(place, _)| place);
        let stretch = self.year(place).map_or(0, |year| year.first_ending_after(from.millis()));
        Intervals { calendar: self, place, stretch, from, to }
    }
}

/// Working intervals in order; see [`Calendar::intervals`].
#[derive(Debug, Clone)]
pub struct Intervals<'a> {
    calendar: &'a Calendar,
    /// The year and the stretch that come next.
    place: usize,
    stretch: usize,
    from: Timestamp,
    to: Timestamp,
}

impl Intervals<'_> {
    /// The next stretch, clipped, without passing it.
    fn peek(&mut self) -> Option<Interval> {
        loop {
            let year = self.calendar.year(self.place).filter(|year| year.start < self.to.millis())?;
            if let Some(stretch) = year.stretches.get(self.stretch) {
                let start = stretch.start.max(self.from.millis());
                let end = stretch.end.min(self.to.millis());
                let clipped = (start < end).then_some((start, end))?;
                // Both lie between two instants.
                let (start, end) =
                    (Timestamp::from_millis(clipped.0).ok()?, Timestamp::from_millis(clipped.1).ok()?);
                return Some(Interval { start, end });
            }
            self.place += 1;
            self.stretch = 0;
        }
    }
}

impl Iterator for Intervals<'_> {
    type Item = Interval;

    fn next(&mut self) -> Option<Interval> {
        let mut joined = self.peek()?;
        self.stretch += 1;
        while let Some(next) = self.peek().filter(|next| next.start == joined.end) {
            joined.end = next.end;
            self.stretch += 1;
        }
        Some(joined)
    }
}

impl FusedIterator for Intervals<'_> {}
