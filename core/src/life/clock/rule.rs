use serde::{Deserialize, Serialize};

use super::record::Clock;
use crate::base::Timestamp;
use crate::config::agreement::{AgreementRef, TargetCode};

/// Names a threshold from which something follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationRule {
    /// The target.
    pub target: TargetCode,
    /// The threshold.
    pub name: String,
}

/// A threshold that a clock just reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) rule: EscalationRule,
    pub(crate) agreement: AgreementRef,
    pub(crate) cycle: u32,
    /// When it was reached.
    pub(crate) at: Timestamp,
    /// The escalations that led to what the clock runs towards.
    pub(crate) led_by: Vec<EscalationRule>,
}

impl Reached {
    pub(super) fn new(clock: &Clock, name: &str, at: Timestamp) -> Self {
        Self {
            rule: EscalationRule { target: clock.target.clone(), name: name.to_owned() },
            agreement: clock.terms.agreement.clone(),
            cycle: clock.cycle,
            at,
            led_by: clock.led_by.clone(),
        }
    }
}
