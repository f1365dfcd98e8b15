//! The map from clock readings to instants, in every zone and year, against the words of its rule.

use chrono::{Datelike, NaiveDate, Offset, TimeZone};
use proptest::prelude::*;

use super::super::year::{day_number_start_s, day_of_reading};
use super::super::zone::Zone;
use super::{at, week};

/// A stretch of UTC during which the clock is ahead of it by one offset.
struct Steady {
    start: i64,
    end: i64,
    offset: i64,
}

/// The steady stretches of a zone, found by looking every hour and then halving.
fn steady(zone: chrono_tz::Tz, from: i64, to: i64) -> Vec<Steady> {
    let offset = |utc: i64| {
        let naive = chrono::DateTime::from_timestamp(utc, 0).expect("in range").naive_utc();
        i64::from(zone.offset_from_utc_datetime(&naive).fix().local_minus_utc())
    };
    let mut stretches = vec![Steady { start: from, end: to, offset: offset(from) }];
    for hour in (from..to).step_by(3_600) {
        let last = stretches.last_mut().expect("one at least");
        if offset(hour + 3_600) == last.offset {
            continue;
        }
        let (mut before, mut after) = (hour, hour + 3_600);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if offset(middle) == last.offset { before = middle } else { after = middle }
        }
        last.end = after;
        stretches.push(Steady { start: after, end: to, offset: offset(after) });
    }
    stretches
}

/// The least instant whose reading is `reading` or later.
fn first_instant(stretches: &[Steady], reading: i64) -> i64 {
    let in_stretch = |one: &Steady| {
        let instant = one.start.max(reading - one.offset);
        (instant < one.end).then_some(instant)
    };
    stretches.iter().find_map(in_stretch).expect("the stretches reach beyond the reading")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_reading_is_the_first_instant_that_reads_it_or_later(
        zone in proptest::sample::select(chrono_tz::TZ_VARIANTS.as_slice()), year in 1901..2100_i32,
    ) {
        let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let hours = r#"[["00:00", "00:20"], ["01:15", "02:30"], ["03:00", "12:00"], ["23:30", "24:00"]]"#;
        let calendar = week(zone.name(), &days, hours).check().expect("no problems").compile();
        let midnight = |year| day_number_start_s(NaiveDate::from_ymd_opt(year, 1, 1).expect("a date").num_days_from_ce());
        let (from, to) = (midnight(year), midnight(year + 1));
        let stretches = steady(zone, from - 3 * 86_400, to + 3 * 86_400);
        let mut worked = 0;
        for day in day_of_reading(from)..day_of_reading(to) {
            for (start, end) in [(0, 1_200), (4_500, 9_000), (10_800, 43_200), (84_600, 86_400)] {
                let readings = [start, end].map(|of_day| day_number_start_s(day) + of_day);
                let [start, end] = readings.map(|reading| first_instant(&stretches, reading));
                prop_assert_eq!(Zone(zone).instant_s(readings[0]), start);
                prop_assert_eq!(Zone(zone).instant_s(readings[1]), end);
                worked += (end - start) * 1_000;
            }
        }
        let (first, next) = (first_instant(&stretches, from), first_instant(&stretches, to));
        let [first, next] = [first, next].map(|utc| at(&chrono::DateTime::from_timestamp(utc, 0).expect("in range").to_rfc3339()));
        prop_assert_eq!(calendar.between(first, next).millis(), worked);
    }
}
