//! What the city promises, as definitions: the working hours, the holidays, and how many days each type of request has.

use std::error::Error;

use okno::Condition;
use okno::config::agreement::{
    Agreement, Amount, AmountRule, AtClosing, CalendarCode, Customer, OnReopen, Starts, Target, TargetKind,
};
use okno::config::calendar::{CalendarDefinition, DateRule, DayMode, VersionDefinition};

use super::rules::{Rules, Unit};

/// The clock towards the instant that the city names.
pub(super) const NAMED: &str = "named";
/// The clock towards so many working days.
const WORKING_DAYS: &str = "working_days";
/// The clock towards so many days of the calendar.
const CALENDAR_DAYS: &str = "calendar_days";

/// The field that says what a request is about.
pub(super) const TYPE: &str = "type";
/// The field that holds the instant that the city names.
pub(super) const TARGET: &str = "target";

/// The clock of a rule.
pub(super) fn clock_of(unit: Unit) -> &'static str {
    match unit {
        Unit::Working => WORKING_DAYS,
        Unit::Calendar => CALENDAR_DAYS,
    }
}

/// Monday to Friday, 8:30 to 17:00, without the city's holidays; and a calendar that never closes.
pub(super) fn calendars() -> Result<[(CalendarCode, CalendarDefinition); 2], Box<dyn Error>> {
    Ok([(CITY_HALL.parse()?, city_hall()), (ALWAYS.parse()?, always_open())])
}

fn city_hall() -> CalendarDefinition {
    let hours = || vec![["08:30".to_owned(), "17:00".to_owned()]];
    let weekly = ["mon", "tue", "wed", "thu", "fri"].map(|weekday| (weekday.to_owned(), hours())).into();
    let dates = HOLIDAYS.iter().map(|date| ((*date).to_owned(), DateRule::closed())).collect();
    let version = VersionDefinition { weekly: Some(weekly), dates, ..VersionDefinition::default() };
    CalendarDefinition { time_zone: ZONE.to_owned(), versions: vec![version] }
}

/// A calendar that never closes, on the wall clock of the city.
pub(super) fn always_open() -> CalendarDefinition {
    CalendarDefinition::always_open(ZONE)
}

/// A request is due at the instant that the city names, and so many days after it was opened as its type has. Each clock
/// ends when the request does, and nothing lets it stand still.
pub(super) fn agreement(rules: &Rules) -> Result<Agreement, Box<dyn Error>> {
    let named =
        AmountRule { priorities: Vec::new(), when: None, amount: Amount::FixedBy { field: TARGET.parse()? } };
    Ok(Agreement {
        code: "city".parse()?,
        revision: 0,
        name: "What the city promises".to_owned(),
        customer: Customer::Tenant,
        services: Vec::new(),
        when: None,
        order: 0,
        targets: vec![
            target(NAMED, ALWAYS, vec![named])?,
            target(WORKING_DAYS, CITY_HALL, amounts(rules, Unit::Working))?,
            target(CALENDAR_DAYS, ALWAYS, amounts(rules, Unit::Calendar))?,
        ],
        obligations: Vec::new(),
        compliance_min_bp: None,
        quality: Vec::new(),
        credits: Vec::new(),
    })
}

fn target(code: &str, calendar: &str, amounts: Vec<AmountRule>) -> Result<Target, Box<dyn Error>> {
    Ok(Target {
        code: code.parse()?,
        kind: TargetKind::Resolution { on_reopen: OnReopen::Resume },
        calendar: calendar.parse()?,
        amounts,
        at_closing: AtClosing::NextOpening,
        // A request may come to be known after it was opened.
        starts: Starts::Occurrence,
        pause_on: Some(Default::default()),
        thresholds: Vec::new(),
        on_change: Default::default(),
        compliance_min_bp: None,
        retroactive: true,
        obligatory: true,
    })
}

/// The types that have the same number of days share a rule.
fn amounts(rules: &Rules, unit: Unit) -> Vec<AmountRule> {
    let of_unit = rules.by_time().into_iter().filter(|((of, _), _)| *of == unit);
    let rule = |((_, days), types)| AmountRule {
        priorities: Vec::new(),
        when: Some(Condition::is_in(TYPE, types)),
        amount: Amount::Days { days, mode: DayMode::SameTime },
    };
    of_unit.map(rule).collect()
}

const CITY_HALL: &str = "city-hall";
const ALWAYS: &str = "always";
const ZONE: &str = "America/New_York";

/// Days on which the city did not work, as far as its deadlines tell.
const HOLIDAYS: [&str; 13] = [
    "2015-01-01",
    "2015-01-19",
    "2015-02-16",
    "2015-04-20",
    "2015-05-25",
    "2015-09-07",
    "2015-10-12",
    "2015-11-11",
    "2015-11-26",
    "2015-12-25",
    "2016-01-01",
    "2016-01-18",
    "2016-02-15",
];
