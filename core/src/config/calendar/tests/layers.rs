use super::*;
use crate::base::WorkingTime;

fn layer(json: &str) -> Layer {
    serde_json::from_str(json).expect("a layer")
}

fn composed(layers: &[Layer]) -> Calendar {
    compose(layers).expect("no problems").check().expect("no problems").compile()
}

fn hours(calendar: &Calendar, date: &str) -> i64 {
    let midnight = at(&format!("{date}T00:00:00Z"));
    calendar.between(midnight, midnight + crate::base::Span::days(1)).millis() / 3_600_000
}

#[test]
fn holidays_of_every_layer_count_and_the_highest_week_holds() {
    let country = layer(
        r#"{"versions": [{"yearly_holidays": ["05-01"], "dates": {"2024-04-27": {"works_as": "mon"}}}]}"#,
    );
    let line = layer(
        r#"{"versions": [{"weekly": {"mon": [["08:00", "20:00"]], "wed": [["08:00", "20:00"]]}, "yearly_holidays": ["05-08"]}]}"#,
    );
    let calendar = composed(&[country, Layer::from(office("UTC")), line]);
    assert_eq!(hours(&calendar, "2024-04-24"), 12);
    assert_eq!(hours(&calendar, "2024-04-25"), 0, "the line's week has no Thursday");
    assert_eq!(hours(&calendar, "2024-04-27"), 12, "a Saturday with the line's Monday");
    assert_eq!((hours(&calendar, "2024-05-01"), hours(&calendar, "2024-05-08")), (0, 0));
}

#[test]
fn a_higher_rule_for_a_date_holds() {
    let country = layer(
        r#"{"versions": [{"dates": {"2024-11-02": {"works_as": "tue", "shorten_end_min": 60}, "2024-06-03": {"closed": true},
                                    "2024-12-31": {"shorten_end_min": 60}}}]}"#,
    );
    let tenant = layer(
        r#"{"versions": [{"dates": {"2024-11-02": {"shorten_end_min": 120}, "2024-06-03": {"works_as": "mon"}},
                          "yearly_holidays": ["12-31"]}]}"#,
    );
    let calendar = composed(&[country, Layer::from(office("UTC")), tenant]);
    assert_eq!(hours(&calendar, "2024-11-02"), 6, "a shortening alone keeps the lower hours");
    assert_eq!(hours(&calendar, "2024-06-03"), 8, "the tenant works");
    assert_eq!(hours(&calendar, "2024-12-31"), 0, "the tenant's holiday outdoes the country's short day");
}

#[test]
fn a_layer_that_stands_alone_leaves_only_the_zone() {
    let country = layer(r#"{"versions": [{"yearly_holidays": ["01-01"]}]}"#);
    let always = CalendarDefinition::always_open("UTC").versions;
    let line = Layer { alone: true, versions: always, time_zone: None };
    let calendar = composed(&[country, Layer::from(office("UTC")), line]);
    assert_eq!(hours(&calendar, "2024-01-01"), 24);
}

#[test]
fn versions_of_all_layers_take_effect_on_their_dates() {
    let tenant = Layer::from(office("UTC"));
    let line =
        layer(r#"{"versions": [{"valid_from": "2024-06-04", "weekly": {"tue": [["00:00", "24:00"]]}}]}"#);
    let person = layer(
        r#"{"time_zone": "UTC", "versions": [{"valid_from": "2024-06-11", "dates": {"2024-06-11": {"closed": true}}}]}"#,
    );
    let calendar = composed(&[tenant, line, person]);
    let days = ["2024-05-28", "2024-06-04", "2024-06-05", "2024-06-11", "2024-06-18"];
    assert_eq!(days.map(|day| hours(&calendar, day)), [8, 24, 0, 0, 24]);
}

#[test]
fn problems_name_their_layer() {
    let bad = layer(r#"{"time_zone": "Mars", "versions": [{"weekly": {"mon": [["9", "10"]]}}]}"#);
    let problems = compose(&[layer(r#"{"versions": []}"#), bad]).expect_err("problems");
    let found: Vec<_> = problems.0.iter().map(|problem| (problem.code, problem.path.as_str())).collect();
    assert_eq!(
        found,
        [
            ("invalid_versions", "layers[0].versions"),
            ("invalid_interval", "layers[1].versions[0].weekly.mon[0]"),
            ("unknown_time_zone", "layers[1].time_zone"),
        ]
    );
    assert_eq!(compose(&[]).expect_err("problems").0[0].code, "invalid_versions");
    let zoneless = layer(r#"{"versions": [{}]}"#);
    assert_eq!(compose(&[zoneless]).expect_err("problems").0[0].code, "unknown_time_zone");
}

#[test]
fn russian_years_have_their_official_hours() {
    let plain = composed(&[builtin::layer("RU").expect("a country"), Layer::from(office("Europe/Moscow"))]);
    let norm = |from: &str, to: &str| plain.between(at(from), at(to)).millis() / 3_600_000;
    let years: Vec<_> = (2015..=2026).map(|year| norm(&start(year), &start(year + 1))).collect();
    assert_eq!(years, [1971, 1974, 1973, 1970, 1970, 1979, 1972, 1973, 1973, 1979, 1972, 1972]);
    let decree = composed(&[
        builtin::layer("RU").expect("a country"),
        builtin::days_off_by_decree(),
        Layer::from(office("Europe/Moscow")),
    ]);
    let april = (at("2020-03-31T21:00:00Z"), at("2020-04-30T21:00:00Z"));
    assert_eq!(decree.between(april.0, april.1), WorkingTime::ZERO);
    assert!(plain.between(april.0, april.1) > WorkingTime::ZERO, "off by default");
}

fn start(year: i32) -> String {
    format!("{}-12-31T21:00:00Z", year - 1)
}

#[test]
fn every_built_in_code_has_its_days() {
    for code in builtin::CODES {
        let layer = builtin::layer(code).expect(code);
        let dates = &layer.versions[0].dates;
        for year in builtin::YEARS {
            let of_year = dates.keys().filter(|date| date.starts_with(&year.to_string())).count();
            assert!((6..40).contains(&of_year), "{code} {year}: {of_year}");
        }
        compose(&[layer, Layer::from(office("UTC"))]).expect(code).check().expect(code);
    }
    assert!(builtin::layer("FR").is_none() && builtin::layer("DE-XX").is_none());
}
