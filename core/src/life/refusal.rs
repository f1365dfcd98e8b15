use std::borrow::Cow;

use crate::base::{Party, TenantId, Timestamp};
use crate::config::catalog::Action;
use crate::store::Version;

/// Why a command was not done. A refused command changes nothing and is not remembered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such tenant.
    #[error("there is no tenant `{tenant}`")]
    UnknownTenant {
        /// The tenant.
        tenant: TenantId,
    },
    /// There is no such thing, or the actor may not know that there is.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// By what.
        id: String,
    },
    /// The actor may see it but not do this.
    #[error("the actor has no right to {action:?} here")]
    Denied {
        /// What was to be done.
        action: Action,
    },
    /// The life cycle has no such step from here.
    #[error("a request that is `{status}` cannot be asked to `{verb}`")]
    WrongStatus {
        /// The status of the request.
        status: &'static str,
        /// What was to be done.
        verb: &'static str,
    },
    /// A rule forbids it.
    #[error("{reason}")]
    Rule {
        /// A stable code of the rule, in snake case.
        rule: &'static str,
        /// What the rule says.
        reason: String,
    },
    /// A field of the command cannot be taken.
    #[error("`{field}`: {reason}")]
    Invalid {
        /// The path of the field.
        field: Cow<'static, str>,
        /// Why.
        reason: String,
    },
    /// A step of a macro was refused, and so no step was taken.
    #[error("step {step}: {refusal}")]
    InStep {
        /// Which step, from 1.
        step: usize,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// The record changed since the actor saw it.
    #[error("version {seen} was seen, but {current} is current")]
    Stale {
        /// The version that the command came with.
        seen: Version,
        /// The version that the record has.
        current: Version,
        /// What happened to a request in between, the latest last: at most
        /// [`CHANGES_TOLD_MAX`](crate::base::limits::CHANGES_TOLD_MAX) events, and only those that the actor may know of.
        changed: Vec<Change>,
    },
}

/// One thing that changed a record since the actor saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Who changed it.
    pub by: Party,
    /// When.
    pub at: Timestamp,
    /// The name of the event.
    pub event: &'static str,
}

impl Refusal {
    /// A rule that forbids the command.
    pub fn rule(rule: &'static str, reason: impl Into<String>) -> Self {
        Self::Rule { rule, reason: reason.into() }
    }

    /// A field that cannot be taken.
    pub fn invalid(field: impl Into<Cow<'static, str>>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }

    /// Something that is not there.
    pub fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }

    /// What was refused in the end: of a macro, the refusal of its step.
    #[must_use]
    pub fn root(&self) -> &Self {
        match self {
            Self::InStep { refusal, .. } => refusal.root(),
            other => other,
        }
    }

    /// A stable code for counting and for programs: `already_closed`, `denied`, the rule's own code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownTenant { .. } => "unknown_tenant",
            Self::NotFound { .. } => "not_found",
            Self::Denied { .. } => "denied",
            Self::WrongStatus { status: "closed", .. } => "already_closed",
            Self::WrongStatus { status: "cancelled", .. } => "already_cancelled",
            Self::WrongStatus { status: "rejected", .. } => "already_rejected",
            Self::WrongStatus { status: "merged", .. } => "already_merged",
            Self::WrongStatus { .. } => "wrong_status",
            Self::Rule { rule, .. } => rule,
            Self::Invalid { .. } => "invalid",
            Self::InStep { refusal, .. } => refusal.code(),
            Self::Stale { .. } => "stale",
        }
    }
}
