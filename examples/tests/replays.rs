//! What the replays of real logs come to, on the samples beside the examples.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use okno_examples::incidents::{self, Mode};
use okno_examples::{Place, city};

fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(file)
}

fn equal(equal: usize, of: usize) -> serde_json::Value {
    serde_json::json!({"equal": equal, "of": of})
}

async fn city_requests(place: Place, log: &city::Log) -> Result<city::Outcome, Box<dyn Error>> {
    let rules = city::Rules::own()?;
    let center = city::Center::found(place.open().await?, &rules, "2015-01-01T05:00:00Z".parse()?).await?;
    city::Replay::new(&center, log, &rules).run(|| {}).await
}

#[tokio::test]
async fn deadlines_and_verdicts_of_a_city_are_its_own_on_every_store() -> Result<(), Box<dyn Error>> {
    let log = city::Log::open(&data("boston311_sample.csv.gz"))?;
    let folder = tempfile::tempdir()?;
    for place in [Place::Memory, Place::Sqlite(folder.path().join("city.db"))] {
        let outcome = city_requests(place, &log).await?;
        let expected = serde_json::json!({
            "requests": 1_003, "with_target": 740, "due": equal(692, 740), "verdict_from_target": equal(866, 866),
            "verdict_from_rule": equal(630, 641), "stable_types": {"verdict_from_rule": equal(329, 330)},
        });
        assert_eq!(serde_json::to_value(&outcome)?, expected);
        assert!(outcome.refused.is_empty() && outcome.passed > 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_row_that_makes_no_sense_is_counted_and_the_others_are_replayed() -> Result<(), Box<dyn Error>> {
    let text = "\
case_id,open,target,closed,on_time,status,type,source
1,2015-03-06T18:10:00,2015-03-10T08:30:00,2015-03-10T08:30:00,ONTIME,Closed,Sidewalk Repair (Make Safe),Twitter
1,2015-03-06T18:10:00,,,,Open,Sidewalk Repair (Make Safe),Twitter
2,2015-02-30T18:10:00,,,,Open,Sign Repair,Twitter
3,,,,,Open,Sign Repair,Twitter
,2015-03-06T18:10:00,,,,Open,Sign Repair,Twitter
4,2015-03-06T18:10:00
5,2015-03-08T02:30:00,,2015-03-01T00:00:00,ONTIME,Closed,Nobody knows this type,Pigeon
6,2015-11-01T01:30:00,2015-11-01T01:30:00,2015-11-01T01:30:01,OVERDUE,Closed,,
7,9999-01-01T00:00:00,,,,Open,Sign Repair,Twitter
";
    let log = city::Log::read(text.as_bytes())?;
    let left_out: Vec<_> = log.left_out.iter().map(|(reason, rows)| (*reason, *rows)).collect();
    let expected = [
        ("a case that was there before", 1),
        ("a time that makes no sense", 2),
        ("no case number", 1),
        ("no time of opening", 1),
        ("not a row of the table", 1),
    ];
    assert_eq!(left_out, expected);
    // A reading that is jumped over is the instant of the jump; one that occurs twice is its first occurrence.
    let opened: Vec<String> = log.rows.iter().map(|row| row.opened.to_string()).collect();
    assert_eq!(opened, ["2015-03-06T23:10:00Z", "2015-03-08T07:00:00Z", "2015-11-01T05:30:00Z"]);
    let outcome = city_requests(Place::Memory, &log).await?;
    let expected = serde_json::json!({
        "requests": 3, "with_target": 2, "due": equal(1, 1), "verdict_from_target": equal(3, 3),
        "verdict_from_rule": equal(1, 1), "stable_types": {"verdict_from_rule": equal(0, 0)},
    });
    assert_eq!(serde_json::to_value(&outcome)?, expected);
    Ok(())
}

#[tokio::test]
async fn incidents_end_as_their_log_says() -> Result<(), Box<dyn Error>> {
    let log = incidents::Log::open(&data("uci_incidents_sample.csv.gz"))?;
    let center = incidents::Center::found(Place::Memory.open().await?, &log, None).await?;
    let outcome = incidents::Replay::new(&center, &log, Mode::AsLogged).run(|| Duration::ZERO, || {}).await?;
    let figures = outcome.matches.lines().map(|(what, equal)| (what, equal.equal, equal.of));
    let expected = [
        ("priority", 1_039, 1_039),
        ("reopen_count", 1_039, 1_039),
        ("reassignment_count", 1_034, 1_039),
        ("resolved_at", 948, 948),
        ("closed_at", 1_039, 1_039),
        ("active", 6_305, 6_305),
        ("made_sla", 1_039, 1_039),
    ];
    assert_eq!(figures, expected);
    Ok(())
}
