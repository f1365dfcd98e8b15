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

/// What the customer gets back when less than some share of a target was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// The target; all of the agreement when absent.
    #[serde(default)]
    pub target: Option<TargetCode>,
    /// The credit is owed below this share of met targets, in basis points.
    pub below_bp: u16,
    /// The share of the price that is given back, in basis points.
    pub credit_bp: u16,
}
