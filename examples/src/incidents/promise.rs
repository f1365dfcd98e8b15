//! What the desk of the log promised, as far as its verdicts tell: fitted, since the log holds neither targets nor a zone.

use std::error::Error;

use okno::Condition;
use okno::base::WorkingTime;
use okno::config::agreement::{
    Agreement, Amount, AmountRule, CalendarCode, CustomClock, Customer, Starts, Target, TargetCode,
    TargetKind,
};
use okno::config::calendar::{CalendarDefinition, VersionDefinition};
use okno::config::catalog::Priority;

/// The target that the log calls `made_sla`.
pub(super) const MADE_SLA: &str = "made_sla";

/// Monday to Friday, 13:00 to 22:00 of the log's own clock.
pub(super) fn calendar() -> Result<(CalendarCode, CalendarDefinition), Box<dyn Error>> {
    let hours = || vec![["13:00".to_owned(), "22:00".to_owned()]];
    let weekly = ["mon", "tue", "wed", "thu", "fri"].map(|weekday| (weekday.to_owned(), hours())).into();
    let version = VersionDefinition { weekly: Some(weekly), ..VersionDefinition::default() };
    Ok((CALENDAR.parse()?, CalendarDefinition { time_zone: "UTC".to_owned(), versions: vec![version] }))
}

/// From when an incident was opened until it was closed for the last time, whatever it waited for in between.
pub(super) fn agreement() -> Result<Agreement, Box<dyn Error>> {
    let clock = CustomClock {
        start: Condition::eq("event", "submitted"),
        stop: Condition::is_in("event", ["closed", "closing_amended"]),
        reset: None,
        cancel: None,
        pause: None,
        resume: None,
        last_stop_counts: true,
    };
    let amount = |priorities: &[Priority], hours| AmountRule {
        priorities: priorities.to_vec(),
        when: None,
        amount: Amount::Working { time: WorkingTime::hours(hours) },
    };
    let target = Target {
        code: MADE_SLA.parse::<TargetCode>()?,
        kind: TargetKind::Custom(Box::new(clock)),
        calendar: CALENDAR.parse()?,
        // Of the two highest priorities none is ever called in time.
        amounts: vec![amount(&[1, 2], 0), amount(&[3], 61), amount(&[4], 132)],
        at_closing: Default::default(),
        starts: Starts::Occurrence,
        pause_on: None,
        thresholds: Vec::new(),
        on_change: Default::default(),
        retroactive: true,
        compliance_min_bp: None,
        obligatory: true,
    };
    Ok(Agreement {
        code: "incidents".parse()?,
        revision: 0,
        name: "Incidents".to_owned(),
        customer: Customer::Tenant,
        services: Vec::new(),
        when: None,
        order: 0,
        targets: vec![target],
        obligations: Vec::new(),
        compliance_min_bp: None,
        quality: Vec::new(),
        credits: Vec::new(),
    })
}

const CALENDAR: &str = "desk";
