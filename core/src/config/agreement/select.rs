use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::compiled::CompiledAgreement;
use super::definition::{AgreementRef, Customer};
use crate::condition::{Env, Row};
use crate::config::catalog::{CheckedCatalog, FieldCode, ServiceCode};

/// What an agreement is chosen by.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The service.
    pub service: &'a ServiceCode,
    /// The customer unit and those above it, upwards.
    pub units: &'a [Uuid],
    /// The request as a row of [`Facts`](super::Facts).
    pub row: &'a dyn Row,
    /// The code in a field of the tenant's own.
    pub code: &'a dyn Fn(&FieldCode) -> Option<&'a str>,
    /// Time and trees.
    pub env: &'a dyn Env,
}

impl std::fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subject")
            .field("service", self.service)
            .field("units", &self.units)
            .finish_non_exhaustive()
    }
}

/// Which agreement was chosen, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The agreement.
    pub agreement: AgreementRef,
    /// The order that it states.
    pub order: i32,
    /// Why it fits the customer.
    pub customer: CustomerMatch,
    /// Whether it names the service.
    pub names_service: bool,
    /// How many others fitted as well.
    pub others: u32,
}

/// Why an agreement fits a customer; each is more specific than the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CustomerMatch {
    /// It is everybody's.
    Tenant,
    /// It is that of a unit.
    Unit {
        /// The unit.
        unit: Uuid,
        /// How many levels it lies above the customer unit.
        above: u16,
    },
    /// It is that of a contract.
    Contract {
        /// The field that names the contract.
        field: FieldCode,
    },
}

impl CustomerMatch {
    fn specificity(&self) -> (u8, Reverse<u16>) {
        match self {
            Self::Tenant => (0, Reverse(0)),
            Self::Unit { above, .. } => (1, Reverse(*above)),
            Self::Contract { .. } => (2, Reverse(0)),
        }
    }
}

impl CheckedCatalog {
    /// Chooses the agreement of a request: by the stated order, then the most specific one. The check of the catalog makes
    /// sure that no two are chosen alike.
    #[must_use]
    pub fn choose(&self, subject: Subject<'_>) -> Option<Choice> {
        let fitting: Vec<(&CompiledAgreement, CustomerMatch)> =
            self.agreements().filter_map(|compiled| Some((compiled, compiled.fits(subject)?))).collect();
        let rank = |(compiled, customer): &&(&CompiledAgreement, CustomerMatch)| {
            let agreement = &compiled.agreement;
            let specific = (customer.specificity(), !agreement.services.is_empty(), agreement.when.is_some());
            (agreement.order, Reverse(specific))
        };
        let (compiled, customer) = fitting.iter().min_by_key(rank)?;
        Some(Choice {
            agreement: compiled.reference(),
            order: compiled.agreement.order,
            customer: customer.clone(),
            names_service: !compiled.agreement.services.is_empty(),
            others: u32::try_from(fitting.len() - 1).unwrap_or(u32::MAX),
        })
    }
}

impl CompiledAgreement {
    /// Why the agreement fits a request; `None` when it does not.
    fn fits(&self, subject: Subject<'_>) -> Option<CustomerMatch> {
        let services = &self.agreement.services;
        let of_service = services.is_empty() || services.contains(subject.service);
        let holds = self.when.as_ref().is_none_or(|when| when.matches(subject.row, subject.env));
        if !of_service || !holds {
            return None;
        }
        match &self.agreement.customer {
            Customer::Tenant => Some(CustomerMatch::Tenant),
            Customer::Unit { unit } => {
                let above = subject.units.iter().position(|above| above == unit)?;
                Some(CustomerMatch::Unit { unit: *unit, above: u16::try_from(above).unwrap_or(u16::MAX) })
            }
            Customer::Contract { field, code } => {
                let named = (subject.code)(field) == Some(code.as_str());
                named.then(|| CustomerMatch::Contract { field: field.clone() })
            }
        }
    }
}
