use serde::{Deserialize, Serialize};

use super::reading::ClockReading;
use super::record::{Clock, ClockState, Stretch};
use crate::base::limits::EXPLAINED_SEGMENTS_MAX;
use crate::base::{Timestamp, WorkingTime};
use crate::config::agreement::CalendarCode;
use crate::config::calendar::Calendar;
use crate::config::catalog::CheckedCatalog;

/// Why a clock shows what it shows (обоснование срока): its cycle, segment by segment, without a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// What the clock shows.
    pub reading: ClockReading,
    /// The working time that there is.
    pub target: WorkingTime,
    /// The segments, in order.
    pub segments: Vec<Segment>,
}

/// A time in which a clock counted, or why it did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub to: Timestamp,
    /// What it is.
    pub kind: SegmentKind,
    /// The place in the journal of the event that let the clock run, or stand still.
    pub cause: Option<u64>,
}

/// What a segment is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SegmentKind {
    /// Working time, which counts.
    Counted {
        /// How much.
        time: WorkingTime,
        /// The calendar.
        calendar: CalendarCode,
        /// The date from which its version rules; absent: since ever.
        version: Option<String>,
    },
    /// Outside working time.
    Closed {
        /// The calendar.
        calendar: CalendarCode,
    },
    /// The clock stood still.
    Paused,
}

impl Clock {
    /// Explains the clock at an instant; `cause` finds the place in the journal of what happened at an instant.
    #[must_use]
    pub fn explain(
        &self,
        catalog: &CheckedCatalog,
        now: Timestamp,
        cause: &dyn Fn(Timestamp) -> Option<u64>,
    ) -> Explanation {
        let reading = self.read(catalog, now);
        let mut segments = Vec::new();
        let mut reached = self.since.unwrap_or(now);
        let until = match self.state {
            ClockState::Stopped { at, .. } => at,
            ClockState::Cancelled => {
                self.stretches.last().and_then(|last| last.ended).map_or(reached, |ended| ended.0)
            }
            ClockState::NotStarted | ClockState::Running | ClockState::Paused => now.max(reached),
        };
        for stretch in &self.stretches {
            if reached < stretch.start {
                segments.push(Segment::paused(reached, stretch.start, cause(reached)));
            }
            let (end, measured) =
                stretch.ended.map_or((until, None), |(end, measured)| (end, Some(measured)));
            if let Some(calendar) = catalog.calendar(&stretch.calendar) {
                count(stretch, (end, measured), calendar, cause(stretch.start), &mut segments);
            }
            reached = reached.max(end);
        }
        if reached < until {
            segments.push(Segment::paused(reached, until, cause(reached)));
        }
        Explanation { target: reading.elapsed + reading.remaining, reading, segments }
    }
}

impl Segment {
    fn paused(from: Timestamp, to: Timestamp, cause: Option<u64>) -> Self {
        Self { from, to, kind: SegmentKind::Paused, cause }
    }
}

/// Splits a stretch into what counted and what did not. One that is too long, or that a later edit of its calendar would
/// tell differently from what was measured, is told as a whole.
fn count(
    stretch: &Stretch,
    (end, measured): (Timestamp, Option<WorkingTime>),
    calendar: &Calendar,
    cause: Option<u64>,
    segments: &mut Vec<Segment>,
) {
    let code = || stretch.calendar.clone();
    let counted = |from: Timestamp, to: Timestamp, time: WorkingTime| Segment {
        from,
        to,
        kind: SegmentKind::Counted { time, calendar: code(), version: calendar.version_at(from) },
        cause,
    };
    let closed = |from, to| Segment { from, to, kind: SegmentKind::Closed { calendar: code() }, cause };
    let total = calendar.between(stretch.start, end.max(stretch.start));
    let room = EXPLAINED_SEGMENTS_MAX.saturating_sub(segments.len()) / 2;
    let whole = measured.is_some_and(|measured| measured != total)
        || calendar.intervals(stretch.start, end).nth(room).is_some();
    if whole {
        segments.push(counted(stretch.start, end, measured.unwrap_or(total)));
        return;
    }
    let mut reached = stretch.start;
    for open in calendar.intervals(stretch.start, end) {
        if reached < open.start {
            segments.push(closed(reached, open.start));
        }
        segments.push(counted(
            open.start,
            open.end,
            WorkingTime::from_millis((open.end - open.start).millis()),
        ));
        reached = open.end;
    }
    if reached < end {
        segments.push(closed(reached, end));
    }
}
