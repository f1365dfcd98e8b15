//! Agreements (SLA, соглашение об уровне сервиса): which promises hold for which requests.
//!
//! An [`Agreement`] says for whom and for which services it is, and what is promised: its [`Target`]s. Each target makes
//! one clock for each request; what a clock does is in [`life::clock`](crate::life::clock). Agreements and the calendars
//! that they name are parts of the [catalog](crate::config::catalog::Catalog), checked and published with it.
//!
//! A request keeps the revision of the agreement that it was born with. The agreement is chosen anew when its service,
//! customer or contract changes: by the order that the agreements state, then the most specific first; two that could be
//! chosen alike are an error of the catalog.

mod check;
mod check_budgets;
mod check_custom;
mod check_escalation;
mod check_figures;
mod compiled;
mod definition;
mod escalation;
mod facts;
mod select;
mod target;

pub use compiled::{CompiledAgreement, CompiledTarget, CustomRules};
pub use definition::{
    Agreement, AgreementCode, AgreementRef, CalendarCode, Credit, CreditAmount, CreditCause, Customer,
    Obligation, ObligationKind, QualityLimit, QualityVerdict,
};
pub use escalation::{Before, EscalationAction, Warned};
pub use facts::Facts;
pub use select::{Choice, CustomerMatch, Subject};
pub use target::{
    Amount, AmountRule, AtClosing, CustomClock, OnChange, OnReopen, OnReturn, Pause, Starts, Target,
    TargetCode, TargetKind, Threshold, ThresholdAt,
};

#[cfg(test)]
mod tests;
