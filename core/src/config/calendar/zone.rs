use chrono::{DateTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

/// The release of the zone rules that are compiled in, like `2025b`.
///
/// Two nodes that compute deadlines must have the same.
#[must_use]
pub fn zone_data_version() -> &'static str {
    chrono_tz::IANA_TZDB_VERSION
}

/// Whether one release of the zone rules came before another: `2024b` before `2025a`, and `2025z` before `2025aa`.
#[must_use]
pub fn is_older_zone_data(release: &str, than: &str) -> bool {
    let order = |release: &str| {
        let letters = release.find(|c: char| !c.is_ascii_digit()).unwrap_or(release.len());
        let (year, letters) = release.split_at(letters);
        (year.parse::<u32>().unwrap_or(0), letters.len(), letters.to_owned())
    };
    order(release) < order(than)
}

/// The wall clock of a zone. Local readings are seconds as if the wall clock showed UTC.
#[derive(Debug, Clone, Copy)]
pub(in crate::config) struct Zone(pub(in crate::config) Tz);

impl Zone {
    /// How far the wall clock is ahead of UTC at an instant, in seconds.
    pub(super) fn offset_s(self, utc_s: i64) -> i64 {
        i64::from(self.0.offset_from_utc_datetime(&naive(utc_s)).fix().local_minus_utc())
    }

    /// What the wall clock reads at an instant.
    pub(in crate::config) fn reading_s(self, utc_s: i64) -> i64 {
        utc_s + self.offset_s(utc_s)
    }

    /// The first instant whose wall clock reads `local_s` or later.
    ///
    /// A reading that occurs twice is its first occurrence; one that is jumped over is the instant of the jump. So the
    /// map grows with the reading, and neighbouring stretches neither overlap nor leave a hole.
    pub(in crate::config) fn instant_s(self, local_s: i64) -> i64 {
        let offsets = self.0.offset_from_local_datetime(&naive(local_s));
        match offsets.earliest() {
            Some(offset) => local_s - i64::from(offset.fix().local_minus_utc()),
            None => self.jump_over(local_s),
        }
    }

    /// What the wall clock reads at an instant, in milliseconds.
    pub(super) fn reading_ms(self, at_ms: i64) -> i64 {
        at_ms + self.offset_s(at_ms.div_euclid(1_000)) * 1_000
    }

    /// As [`instant_s`](Self::instant_s) with milliseconds.
    pub(super) fn instant_ms(self, local_ms: i64) -> i64 {
        let (local_s, millis) = (local_ms.div_euclid(1_000), local_ms.rem_euclid(1_000));
        let instant_s = self.instant_s(local_s);
        // A reading that is jumped over is the instant of the jump, without the fraction of a second.
        let exists = self.reading_s(instant_s) == local_s;
        instant_s * 1_000 + if exists { millis } else { 0 }
    }

    fn jump_over(self, local_s: i64) -> i64 {
        // Invariant: the clock reads less at `before` and no less at `after`; no zone is two days off UTC.
        let (mut before, mut after) = (local_s - TWO_DAYS_S, local_s + TWO_DAYS_S);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if self.reading_s(middle) < local_s {
                before = middle;
            } else {
                after = middle;
            }
        }
        after
    }
}

fn naive(seconds: i64) -> NaiveDateTime {
    // Calendars ask about the years 1888 to 2212 only; chrono covers 260,000 years either way.
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().naive_utc()
}

const TWO_DAYS_S: i64 = 2 * 86_400;
