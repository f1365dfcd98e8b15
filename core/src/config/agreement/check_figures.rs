//! What the customer owes, and the figures that an agreement is held against.

use std::collections::BTreeSet;

use super::check::Check;
use super::definition::{Agreement, CreditAmount, CreditCause, Obligation, ObligationKind};
use super::target::TargetCode;
use crate::base::check_code;
use crate::base::limits::{CREDITS_MAX, OBLIGATIONS_MAX, QUALITY_LIMITS_MAX};
use crate::config::catalog::{FieldCode, FieldKind};

impl Check<'_> {
    pub(super) fn obligations(&mut self, agreement: &Agreement, path: &str) {
        let mut names = BTreeSet::new();
        for (n, obligation) in agreement.obligations.iter().enumerate() {
            let path = format!("{path}.obligations[{n}]");
            if !names.insert(&obligation.name) {
                let message = format!("`{}` occurs twice", obligation.name);
                self.problems.error("duplicate_name", format!("{path}.name"), message);
            }
            for (n, code) in obligation.excuses.iter().enumerate() {
                self.target_of(agreement, code, format!("{path}.excuses[{n}]"));
            }
            self.owes(obligation, &format!("{path}.owes"));
        }
    }

    fn owes(&mut self, obligation: &Obligation, path: &str) {
        match &obligation.owes {
            ObligationKind::Complete { fields } => self.inputs(fields, path),
            ObligationKind::Timely { calendar, .. } => {
                self.calendar(&format!("{path}.calendar"), calendar);
            }
            ObligationKind::Delivered { fields, by } => {
                self.inputs(fields, path);
                self.field(&format!("{path}.by"), by, FieldKind::Instant);
            }
        }
    }

    fn inputs(&mut self, fields: &[FieldCode], path: &str) {
        for (n, field) in fields.iter().enumerate() {
            if !self.catalog.fields.iter().any(|known| known.code == *field) {
                self.unknown(format!("{path}.fields[{n}]"), "field", field.as_str());
            }
        }
    }

    fn target_of(&mut self, agreement: &Agreement, code: &TargetCode, path: String) {
        if agreement.targets.iter().all(|target| target.code != *code) {
            self.unknown(path, "target", code.as_str());
        }
    }

    /// Shares are at most the whole, bounds are not crossed, credits name targets.
    pub(super) fn figures(&mut self, agreement: &Agreement, path: &str) {
        for (what, found, max) in [
            ("obligations", agreement.obligations.len(), OBLIGATIONS_MAX),
            ("quality", agreement.quality.len(), QUALITY_LIMITS_MAX),
            ("credits", agreement.credits.len(), CREDITS_MAX),
        ] {
            if found > max {
                let message = format!("at most {max} are taken");
                self.problems.error("too_many", format!("{path}.{what}"), message);
            }
        }
        for (n, credit) in agreement.credits.iter().enumerate() {
            if let Some(code) = &credit.target {
                self.target_of(agreement, code, format!("{path}.credits[{n}].target"));
            }
        }
        for path in bad_shares(agreement, path) {
            let message = "shares from 0 to 10,000 basis points are expected, the least before the greatest";
            self.problems.error("bad_share", path, message);
        }
    }
}

fn bad_shares(agreement: &Agreement, path: &str) -> Vec<String> {
    let whole = |share: Option<u16>| share.is_none_or(|share| share <= WHOLE_BP);
    let mut shares = vec![(format!("{path}.compliance_min_bp"), whole(agreement.compliance_min_bp))];
    shares.extend(agreement.targets.iter().enumerate().map(|(n, target)| {
        (format!("{path}.targets[{n}].compliance_min_bp"), whole(target.compliance_min_bp))
    }));
    shares.extend(agreement.obligations.iter().enumerate().map(|(n, obligation)| {
        (format!("{path}.obligations[{n}].compliance_min_bp"), whole(obligation.compliance_min_bp))
    }));
    shares.extend(agreement.quality.iter().enumerate().map(|(n, limit)| {
        let crossed = matches!((limit.min_bp, limit.max_bp), (Some(min), Some(max)) if min > max);
        let bounded = limit.min_bp.is_some() || limit.max_bp.is_some();
        let twice = agreement.quality[..n].iter().any(|other| other.measure == limit.measure);
        let good = !crossed && bounded && !twice && check_code(&limit.measure).is_ok();
        (format!("{path}.quality[{n}]"), good)
    }));
    shares.extend(agreement.credits.iter().enumerate().map(|(n, credit)| {
        let below = match credit.on {
            CreditCause::Below { share_bp } => share_bp <= WHOLE_BP,
            CreditCause::Missed => true,
        };
        let gives = match credit.gives {
            CreditAmount::Price { share_bp } => share_bp <= WHOLE_BP,
            CreditAmount::Points { .. } => true,
        };
        (format!("{path}.credits[{n}]"), below && gives)
    }));
    shares.into_iter().filter(|(_, good)| !good).map(|(path, _)| path).collect()
}

/// The whole in basis points.
const WHOLE_BP: u16 = 10_000;
