use chrono::{DateTime, Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::definition::{Every, MonthDay, Schedule};
use crate::base::{Problems, Timestamp};

/// Stretches of time by which something is counted, on the wall clock of a zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Buckets {
    /// How long each is.
    pub each: Bucket,
    /// On whose wall clock days begin: the name of a zone.
    pub zone: String,
    /// The first bucket holds this instant.
    pub from: Timestamp,
    /// The last bucket ends at this instant or later.
    pub to: Timestamp,
}

/// The length of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// A day.
    Day,
    /// A week from Monday on.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl Buckets {
    /// The instants at which buckets begin, and the one at which the last one ends: at most `most`.
    ///
    /// # Errors
    /// A zone that does not exist, an end before the beginning, too many buckets.
    pub fn edges(&self, most: usize) -> Result<Vec<Timestamp>, Problems> {
        let schedule = self.schedule().check()?;
        let mut problems = Problems::default();
        if self.to <= self.from {
            problems.error("bad_range", "to", "the end lies before the beginning");
        }
        let first = Timestamp::from_millis(self.from.millis() - LONGEST_MS).unwrap_or(Timestamp::MIN);
        let begun = std::iter::successors(schedule.next_after(first), |at| schedule.next_after(*at));
        let mut edges: Vec<Timestamp> = Vec::new();
        for at in begun {
            if at <= self.from {
                edges.clear();
            }
            edges.push(at);
            if at >= self.to || edges.len() > most {
                break;
            }
        }
        if edges.len() > most {
            problems.error("too_many_buckets", "to", format!("at most {} buckets are counted", most - 1));
        }
        problems.finish(edges)
    }

    fn schedule(&self) -> Schedule {
        let date = DateTime::from_timestamp_millis(self.from.millis() - LONGEST_MS);
        let from = date.map_or(NaiveDate::MIN, |date| date.date_naive());
        let (every, from) = match self.each {
            Bucket::Day => (Every::Days(1), from),
            Bucket::Week => (Every::Weeks { every: 1, on: vec!["mon".to_owned()] }, from),
            Bucket::Month => (Every::Months { every: 1, on: MonthDay::Day(1) }, from),
            Bucket::Year => {
                let january = chrono::Datelike::with_ordinal(&from, 1).unwrap_or(from);
                (Every::Months { every: 12, on: MonthDay::Day(1) }, january)
            }
        };
        let from = from.checked_sub_days(Days::new(1)).filter(|_| self.each == Bucket::Day).unwrap_or(from);
        Schedule { every, at: "00:00".to_owned(), zone: self.zone.clone(), from, until: None }
    }
}

/// A year and a few days: a bucket that holds an instant began no longer ago.
const LONGEST_MS: i64 = 370 * 86_400_000;
