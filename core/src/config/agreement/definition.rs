use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::target::{Target, TargetCode};
use crate::base::WorkingTime;
use crate::condition::Condition;
use crate::config::catalog::{FieldCode, ServiceCode};

crate::code! {
    /// The code of an agreement.
    AgreementCode
}

crate::code! {
    /// The code of a calendar.
    CalendarCode
}

/// Names an agreement as it stood at one time: running work keeps it, whatever is published later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgreementRef {
    /// The agreement.
    pub code: AgreementCode,
    /// Its revision.
    pub revision: u32,
}

/// An agreement (SLA, соглашение об уровне сервиса): what is promised to a customer for some services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// Its code.
    pub code: AgreementCode,
    /// Its revision: counted by the engine, which keeps the earlier ones for the work that was born with them.
    #[serde(default)]
    pub revision: u32,
    /// Its name.
    pub name: String,
    /// Whose requests it is about.
    #[serde(default)]
    pub customer: Customer,
    /// The services that it is about; all when none is named.
    #[serde(default)]
    pub services: Vec<ServiceCode>,
    /// What must hold of a request besides.
    #[serde(default)]
    pub when: Option<Condition>,
    /// Where it stands among those that fit: the least is chosen. Among equals the most specific one is.
    #[serde(default)]
    pub order: i32,
    /// What is promised.
    pub targets: Vec<Target>,
    /// What the customer owes (обратный SLA).
    #[serde(default)]
    pub obligations: Vec<Obligation>,
    /// The least share of targets to be met, in basis points: 9,500 is 95 %.
    #[serde(default)]
    pub compliance_min_bp: Option<u16>,
    /// Bounds of named measures of quality.
    #[serde(default)]
    pub quality: Vec<QualityLimit>,
    /// What the customer gets back when too little is met.
    #[serde(default)]
    pub credits: Vec<Credit>,
}

/// Whose requests an agreement is about; each is more specific than the one before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Customer {
    /// Everybody of the tenant.
    #[default]
    Tenant,
    /// A customer unit and those below it; the nearest one is the most specific.
    Unit {
        /// The unit.
        unit: Uuid,
    },
    /// A contract, which a field of the tenant's own names.
    Contract {
        /// The field, of codes.
        field: FieldCode,
        /// The contract.
        code: String,
    },
}

/// What the customer owes, so that the targets can be met (обратный SLA).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Obligation {
    /// Its name.
    pub name: String,
    /// What is owed.
    pub owes: ObligationKind,
    /// The targets that the center is excused from when this is broken before they are due.
    #[serde(default)]
    pub excuses: Vec<TargetCode>,
    /// The least share of requests for which it is to be met, in basis points.
    #[serde(default)]
    pub compliance_min_bp: Option<u16>,
}

/// What a customer can owe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ObligationKind {
    /// Complete inputs: these fields have values when a request is submitted.
    Complete {
        /// The fields.
        fields: Vec<FieldCode>,
    },
    /// Timely inputs: a hold that waits for the requester ends within this working time.
    Timely {
        /// How long it may last.
        within: WorkingTime,
        /// The calendar.
        calendar: CalendarCode,
    },
    /// Inputs by a date: these fields have values by the instant that another one names.
    Delivered {
        /// The fields.
        fields: Vec<FieldCode>,
        /// The field that names the date, of instants.
        by: FieldCode,
    },
}

/// A bound of a named measure of quality.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityLimit {
    /// The measure, like `reopen_rate`.
    pub measure: String,
    /// The least value, in basis points.
    #[serde(default)]
    pub min_bp: Option<u16>,
    /// The greatest value, in basis points.
    #[serde(default)]
    pub max_bp: Option<u16>,
}

/// What the customer gets back when too little of a target was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// The target; all of the agreement when absent.
    #[serde(default)]
    pub target: Option<TargetCode>,
    /// When it is owed.
    pub on: CreditCause,
    /// What is given back.
    pub gives: CreditAmount,
}

/// When a credit is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum CreditCause {
    /// Below a share of met targets; of several for one target the one of the lowest share is owed.
    Below {
        /// The share, in basis points.
        share_bp: u16,
    },
    /// Whenever one was missed.
    Missed,
}

/// What a credit gives back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum CreditAmount {
    /// A share of the price.
    Price {
        /// The share, in basis points.
        share_bp: u16,
    },
    /// Penalty points.
    Points {
        /// How many.
        points: u32,
    },
}

/// How a value of a measure stands to its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QualityVerdict {
    /// It keeps the bound; the bound itself does.
    Within,
    /// It is below the least value.
    TooLow,
    /// It is above the greatest value.
    TooHigh,
}

impl QualityLimit {
    /// Holds a value of the measure, in basis points, against the bound.
    #[must_use]
    pub fn judge(&self, value_bp: u16) -> QualityVerdict {
        if self.min_bp.is_some_and(|min| value_bp < min) {
            QualityVerdict::TooLow
        } else if self.max_bp.is_some_and(|max| value_bp > max) {
            QualityVerdict::TooHigh
        } else {
            QualityVerdict::Within
        }
    }
}

impl Agreement {
    /// The least share of a target that is to be met, in basis points: its own, or that of the agreement.
    #[must_use]
    pub fn minimum_bp(&self, target: &TargetCode) -> Option<u16> {
        let found = self.targets.iter().find(|known| known.code == *target);
        found.and_then(|target| target.compliance_min_bp).or(self.compliance_min_bp)
    }

    /// Holds a value of a measure against the bound that the agreement has for it; `None` when it has none.
    #[must_use]
    pub fn judge(&self, measure: &str, value_bp: u16) -> Option<QualityVerdict> {
        self.quality.iter().find(|limit| limit.measure == measure).map(|limit| limit.judge(value_bp))
    }
}
