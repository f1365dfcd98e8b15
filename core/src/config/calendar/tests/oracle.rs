//! A second answer, found by walking minute by minute through the wall clock.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use proptest::prelude::*;

use super::super::definition::WEEKDAYS;
use super::super::{CalendarDefinition, ClockPair, DayMode, Interval, VersionDefinition};
use super::random::{Scene, scene};
use crate::base::{Timestamp, WorkingTime};

const MINUTE: i64 = 60_000;
/// Minutes that the walk covers, and where in them the interesting day begins.
const WALK: usize = 16 * 1_440;
const BEFORE: i64 = 8 * 1_440;

/// For each minute of the walk: whether it is working time, which date it belongs to, and what the clock reads.
struct Walk {
    start: Timestamp,
    minutes: Vec<(bool, NaiveDate)>,
    readings: Vec<NaiveDateTime>,
    /// The latest reading up to each minute.
    latest: Vec<NaiveDateTime>,
    /// Working minutes before each minute.
    worked: Vec<i64>,
}

impl Walk {
    fn through(scene: &Scene) -> Self {
        let zone: chrono_tz::Tz = scene.definition.time_zone.parse().expect("a zone");
        let start = scene.instant(-BEFORE * MINUTE);
        let reading = |minute: i64| -> NaiveDateTime {
            let utc: DateTime<Utc> = start.to_utc() + TimeDelta::minutes(minute);
            utc.with_timezone(&zone).naive_local()
        };
        let readings: Vec<_> = (0..WALK as i64).map(reading).collect();
        // A repeated hour adds nothing to what the clock has read at most.
        let before = (-3 * 1_440..0).map(reading).max().expect("minutes before the walk");
        let latest = readings.iter().scan(before, |latest, reading| {
            *latest = (*latest).max(*reading);
            Some(*latest)
        });
        let latest: Vec<_> = latest.collect();
        let mut days = std::collections::BTreeMap::new();
        let minutes = latest.iter().map(|latest| {
            let date = latest.date();
            let day = days.entry(date).or_insert_with(|| working_minutes(&scene.definition, date));
            (day[(latest.hour() * 60 + latest.minute()) as usize], date)
        });
        let minutes: Vec<_> = minutes.collect();
        let worked = minutes.iter().scan(0, |sum, (open, _)| {
            *sum += i64::from(*open);
            Some(*sum)
        });
        let worked = std::iter::once(0).chain(worked).collect();
        Self { start, minutes, readings, latest, worked }
    }

    fn instant(&self, minute: usize) -> Timestamp {
        Timestamp::from_millis(self.start.millis() + minute as i64 * MINUTE).expect("in range")
    }

    fn intervals(&self) -> Vec<Interval> {
        let mut intervals: Vec<Interval> = Vec::new();
        for (minute, _) in self.minutes.iter().enumerate().filter(|(_, (open, _))| *open) {
            let (start, end) = (self.instant(minute), self.instant(minute + 1));
            match intervals.last_mut().filter(|last| last.end == start) {
                Some(last) => last.end = end,
                None => intervals.push(Interval { start, end }),
            }
        }
        intervals
    }

    fn between(&self, from: usize, to: usize) -> i64 {
        (self.worked[to] - self.worked[from]) * MINUTE
    }

    fn next_open(&self, from: usize) -> Option<usize> {
        (from..WALK).find(|minute| self.minutes[*minute].0)
    }

    /// The minutes of the date that is `days` working dates after the next opening.
    fn date_after(&self, from: usize, days: usize) -> Option<Vec<usize>> {
        let opening = self.next_open(from)?;
        let mut dates: Vec<_> =
            self.minutes[opening..].iter().filter(|(open, _)| *open).map(|(_, date)| *date).collect();
        dates.dedup();
        // The last date of the walk may go on after it.
        let date = dates.get(days).filter(|_| days + 1 < dates.len())?;
        Some((0..WALK).filter(|minute| self.minutes[*minute] == (true, *date)).collect())
    }

    fn end_of_day(&self, from: usize, days: usize) -> Option<Timestamp> {
        Some(self.instant(self.date_after(from, days)?.last()? + 1))
    }

    fn same_time(&self, from: usize, days: usize) -> Option<Timestamp> {
        let opening = self.next_open(from)?;
        let open = self.date_after(from, days)?;
        let wanted = self.minutes[*open.first()?].1.and_time(self.readings[opening].time());
        let reached = (0..WALK).find(|minute| self.latest[*minute] >= wanted)?;
        let within = open.iter().find(|minute| **minute >= reached);
        Some(self.instant(within.map_or(open.last()? + 1, |minute| *minute)))
    }
}

/// The minutes of a date that are worked, straight from the words of the definition.
fn working_minutes(definition: &CalendarDefinition, date: NaiveDate) -> Vec<bool> {
    let ruling = |version: &&VersionDefinition| {
        version.valid_from.as_deref().unwrap_or("") <= date.to_string().as_str()
    };
    let version = definition.versions.iter().filter(ruling).max_by_key(|version| version.valid_from.clone());
    let mut minutes = vec![false; 1_440];
    let Some(version) = version else { return minutes };
    let rule = version.dates.get(&date.to_string());
    let month_day = format!("{:02}-{:02}", date.month(), date.day());
    let weekday = WEEKDAYS[date.weekday().num_days_from_monday() as usize];
    match rule {
        Some(rule) if rule.closed => {}
        Some(rule) if rule.intervals.is_some() => mark(&mut minutes, rule.intervals.iter().flatten(), true),
        Some(rule) if rule.works_as.is_some() => {
            mark_weekday(&mut minutes, version, rule.works_as.as_ref().unwrap());
        }
        _ if version.yearly_holidays.contains(&month_day) => {}
        _ => mark_weekday(&mut minutes, version, weekday),
    }
    for _ in 0..rule.and_then(|rule| rule.shorten_end_min).unwrap_or(0) {
        if let Some(last) = minutes.iter().rposition(|open| *open) {
            minutes[last] = false;
        }
    }
    for closure in version.closures.iter().filter(|closure| closure.date == date.to_string()) {
        mark(&mut minutes, [&[closure.from.clone(), closure.to.clone()]].into_iter(), false);
    }
    minutes
}

fn mark_weekday(minutes: &mut [bool], version: &VersionDefinition, weekday: &str) {
    let place = WEEKDAYS.iter().position(|name| *name == weekday).expect("a weekday");
    let weekly = version.weekly.as_ref().expect("hours");
    mark(minutes, weekly[weekday].iter(), true);
    for [start, end] in &weekly[WEEKDAYS[(place + 6) % 7]] {
        if minute(end) < minute(start) {
            minutes[..minute(end)].fill(true);
        }
    }
}

fn mark<'a>(minutes: &mut [bool], pairs: impl Iterator<Item = &'a ClockPair>, open: bool) {
    for [start, end] in pairs {
        let end = if minute(end) < minute(start) { 1_440 } else { minute(end) };
        minutes[minute(start)..end].fill(open);
    }
}

fn minute(clock: &str) -> usize {
    clock[..2].parse::<usize>().expect("hours") * 60 + clock[3..].parse::<usize>().expect("minutes")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_walk_through_the_wall_clock_finds_the_same(
        scene in scene(),
        (from, to) in (0..WALK, 0..WALK),
        amount in 1..3_000_i64,
        days in 0..5_usize,
    ) {
        let calendar = scene.definition.clone().check().expect("no problems").compile();
        let walk = Walk::through(&scene);
        let (from, to) = (from.min(to), from.max(to));
        let (start, end) = (walk.instant(from), walk.instant(to));

        let found: Vec<_> = calendar.intervals(walk.instant(0), walk.instant(WALK)).collect();
        prop_assert_eq!(found, walk.intervals());
        prop_assert_eq!(calendar.between(start, end).millis(), walk.between(from, to));
        prop_assert_eq!(calendar.is_open(start), walk.minutes[from].0);
        if let Some(opening) = walk.next_open(from) {
            prop_assert_eq!(calendar.next_open(start), Ok(walk.instant(opening)));
        }
        if let Some(closing) = (0..from).rev().find(|minute| walk.minutes[*minute].0) {
            prop_assert_eq!(calendar.prev_close(start), Ok(walk.instant(closing + 1)));
        }
        let amount = WorkingTime::minutes(amount);
        if let Some(due) = (from..=WALK).find(|minute| walk.between(from, *minute) == amount.millis()) {
            prop_assert_eq!(calendar.add(start, amount), Ok(walk.instant(due)));
        }
        if let Some(begin) = (0..=to).rev().find(|minute| walk.between(*minute, to) == amount.millis()) {
            prop_assert_eq!(calendar.subtract(end, amount), Ok(walk.instant(begin)));
        }
        if let Some(closing) = walk.end_of_day(from, days) {
            prop_assert_eq!(calendar.add_days(start, days as i64, DayMode::EndOfDay), Ok(closing));
        }
        if let Some(same) = walk.same_time(from, days + 1) {
            prop_assert_eq!(calendar.add_days(start, days as i64 + 1, DayMode::SameTime), Ok(same));
        }
    }
}
