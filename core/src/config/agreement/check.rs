use std::collections::BTreeSet;

use super::definition::{Agreement, CalendarCode, Customer};
use super::facts::Facts;
use super::target::{Amount, Starts, Target, TargetKind, ThresholdAt};
use crate::base::limits::{
    AGREEMENTS_MAX, CALENDARS_MAX, TARGET_DAYS_MAX, TARGETS_MAX, THRESHOLD_PERCENT_MAX, THRESHOLDS_MAX,
};
use crate::base::{Problems, WorkingTime, check_code, closest};
use crate::condition::Condition;
use crate::config::calendar::CutOff;
use crate::config::catalog::{Catalog, FieldCode, FieldKind, LineCode, Priority, ServiceCode};

impl Catalog {
    pub(in crate::config) fn check_agreements(&self, problems: &mut Problems) {
        for (what, found, max) in [
            ("agreements", self.agreements.len(), AGREEMENTS_MAX),
            ("calendars", self.calendars.len(), CALENDARS_MAX),
        ] {
            if found > max {
                problems.error("too_many", what, format!("at most {max} {what} are taken"));
            }
        }
        for (n, agreement) in self.agreements.iter().enumerate() {
            let mut check = Check { catalog: self, problems: &mut *problems };
            check.agreement(agreement, &format!("agreements[{n}]"));
            for earlier in self.agreements[..n].iter().filter(|earlier| earlier.may_tie(agreement)) {
                let message = format!(
                    "`{}` and `{}` could be chosen for one request alike",
                    earlier.code, agreement.code
                );
                let problem =
                    problems.error("ambiguous_agreement", format!("agreements[{n}].order"), message);
                problem.hint("give one of them a lower `order`");
            }
        }
    }
}

impl Agreement {
    /// Whether both could fit a request with the same rank.
    fn may_tie(&self, other: &Self) -> bool {
        let customers = match (&self.customer, &other.customer) {
            (Customer::Tenant, Customer::Tenant) => true,
            // Of two units in one line of descent one is nearer.
            (Customer::Unit { unit }, Customer::Unit { unit: another }) => unit == another,
            (Customer::Contract { field, code }, Customer::Contract { field: another, code: second }) => {
                field != another || code == second
            }
            (Customer::Tenant | Customer::Unit { .. } | Customer::Contract { .. }, _) => false,
        };
        let all = self.services.is_empty() && other.services.is_empty();
        let services = all || self.services.iter().any(|service| other.services.contains(service));
        self.order == other.order && customers && services && self.when.is_some() == other.when.is_some()
    }
}

pub(super) struct Check<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) problems: &'a mut Problems,
}

impl Check<'_> {
    fn agreement(&mut self, agreement: &Agreement, path: &str) {
        for (n, service) in agreement.services.iter().enumerate() {
            let known = |known: &ServiceCode| known == service;
            if !self.catalog.services.iter().any(|service| known(&service.code)) {
                self.unknown(format!("{path}.services[{n}]"), "service", service.as_str());
            }
        }
        if let Customer::Contract { field, .. } = &agreement.customer {
            self.field(&format!("{path}.customer.field"), field, FieldKind::Code);
        }
        self.condition(&format!("{path}.when"), agreement.when.as_ref());
        self.targets(agreement, path);
        self.obligations(agreement, path);
        self.figures(agreement, path);
        self.budgets(agreement, path);
    }

    fn targets(&mut self, agreement: &Agreement, path: &str) {
        if agreement.targets.len() > TARGETS_MAX {
            let message = format!("at most {TARGETS_MAX} targets are taken");
            self.problems.error("too_many", format!("{path}.targets"), message);
        }
        let mut codes = BTreeSet::new();
        for (n, target) in agreement.targets.iter().enumerate() {
            let path = format!("{path}.targets[{n}]");
            if !codes.insert(&target.code) {
                let message = format!("`{}` occurs twice", target.code);
                self.problems.error("duplicate_code", format!("{path}.code"), message);
            }
            self.target(target, &path);
        }
    }

    fn target(&mut self, target: &Target, path: &str) {
        self.calendar(&format!("{path}.calendar"), &target.calendar);
        if let Some(line) = target.kind.line() {
            self.line(&format!("{path}.kind.line"), line);
        }
        if let Starts::Field { field } = &target.starts {
            self.field(&format!("{path}.starts.field"), field, FieldKind::Instant);
        }
        if let TargetKind::Custom(clock) = &target.kind {
            self.custom(clock, path);
        }
        self.amounts(target, path);
        self.thresholds(target, path);
    }

    fn amounts(&mut self, target: &Target, path: &str) {
        if target.amounts.is_empty() {
            self.problems.error(
                "no_amount",
                format!("{path}.amounts"),
                "a target says how much time there is",
            );
        }
        for (n, rule) in target.amounts.iter().enumerate() {
            let path = format!("{path}.amounts[{n}]");
            self.condition(&format!("{path}.when"), rule.when.as_ref());
            let longest = WorkingTime::hours(24 * TARGET_DAYS_MAX);
            let within = match &rule.amount {
                Amount::Working { time } => (WorkingTime::ZERO..=longest).contains(time),
                Amount::Days { days, .. }
                | Amount::CutOff(CutOff { days, .. })
                | Amount::Statutory { days } => (0..=TARGET_DAYS_MAX).contains(days),
                Amount::Fixed { .. } => true,
                Amount::FixedBy { field } => {
                    self.field(&format!("{path}.amount.field"), field, FieldKind::Instant);
                    true
                }
            };
            if !within {
                let message = format!("from nothing up to {TARGET_DAYS_MAX} days is expected");
                self.problems.error("bad_amount", format!("{path}.amount"), message);
            }
        }
    }

    fn thresholds(&mut self, target: &Target, path: &str) {
        if target.thresholds.len() > THRESHOLDS_MAX {
            let message = format!("at most {THRESHOLDS_MAX} thresholds are taken");
            self.problems.error("too_many", format!("{path}.thresholds"), message);
        }
        for (n, threshold) in target.thresholds.iter().enumerate() {
            let path = format!("{path}.thresholds[{n}]");
            if let Err(error) = check_code(&threshold.name) {
                self.problems.error("bad_code", format!("{path}.name"), error.to_string());
            }
            if target.thresholds[..n].iter().any(|earlier| earlier.name == threshold.name) {
                let message = format!("`{}` occurs twice", threshold.name);
                self.problems.error("duplicate_code", format!("{path}.name"), message);
            }
            let longest = WorkingTime::hours(24 * TARGET_DAYS_MAX);
            let within = match threshold.at {
                ThresholdAt::Percent { percent } => percent <= THRESHOLD_PERCENT_MAX,
                ThresholdAt::After { time } => (-longest..=longest).contains(&time),
            };
            if !within {
                let message = format!(
                    "up to {THRESHOLD_PERCENT_MAX} percent, or {TARGET_DAYS_MAX} days either way, is expected"
                );
                self.problems.error("bad_threshold", format!("{path}.at"), message);
            }
            self.escalation(threshold, &path);
        }
    }

    pub(super) fn priorities(&self) -> BTreeSet<Priority> {
        let matrix = &self.catalog.priorities;
        matrix.cells.iter().flatten().copied().chain([matrix.unknown]).collect()
    }

    pub(super) fn calendar(&mut self, path: &str, code: &CalendarCode) {
        if !self.catalog.calendars.contains_key(code) {
            let hint = closest(code.as_str(), self.catalog.calendars.keys().map(CalendarCode::as_str));
            let problem =
                self.problems.error("dangling_reference", path, format!("there is no calendar `{code}`"));
            if let Some(hint) = hint {
                problem.hint(format!("did you mean `{hint}`?"));
            }
        }
    }

    pub(super) fn line(&mut self, path: &str, code: &LineCode) {
        if !self.catalog.lines.iter().any(|line| line.code == *code) {
            self.unknown(path.to_owned(), "line", code.as_str());
        }
    }

    pub(super) fn field(&mut self, path: &str, code: &FieldCode, kind: FieldKind) {
        match self.catalog.fields.iter().find(|field| field.code == *code) {
            Some(field) if field.kind == kind => {}
            Some(_) => {
                let message = format!("the field `{code}` is not of the type that is needed here");
                self.problems.error("wrong_type", path, message);
            }
            None => self.unknown(path.to_owned(), "field", code.as_str()),
        }
    }

    pub(super) fn unknown(&mut self, path: String, what: &str, code: &str) {
        self.problems.error("dangling_reference", path, format!("there is no {what} `{code}`"));
    }

    /// Takes over the problems of a condition, under the path that it has here.
    pub(super) fn condition(&mut self, path: &str, condition: Option<&Condition>) {
        let Some(Err(found)) = condition.map(|condition| condition.check(&Facts(&self.catalog.fields)))
        else {
            return;
        };
        for mut problem in found.0 {
            problem.path = problem.path.replacen("condition", path, 1);
            self.problems.0.push(problem);
        }
    }
}
