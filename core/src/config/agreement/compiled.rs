use super::definition::{Agreement, AgreementRef};
use super::facts::Facts;
use super::target::{AmountRule, CustomClock, Target, TargetCode, TargetKind};
use crate::condition::{Condition, Env, Expr, Row};
use crate::config::catalog::{FieldDefinition, Priority};

/// An agreement whose conditions are ready to be asked.
#[derive(Debug, Clone)]
pub struct CompiledAgreement {
    /// The agreement.
    pub agreement: Agreement,
    /// Its targets, in its order.
    pub targets: Vec<CompiledTarget>,
    pub(super) when: Option<Expr>,
}

/// A target whose conditions are ready to be asked.
#[derive(Debug, Clone)]
pub struct CompiledTarget {
    /// The target.
    pub target: Target,
    /// Its conditions, of a custom one.
    pub custom: Option<CustomRules>,
    amounts: Vec<Option<Expr>>,
}

/// The conditions of a custom clock.
#[derive(Debug, Clone)]
pub struct CustomRules {
    /// Starts it.
    pub start: Expr,
    /// Stops it.
    pub stop: Expr,
    /// Ends it and starts it anew.
    pub reset: Option<Expr>,
    /// Ends it without a verdict.
    pub cancel: Option<Expr>,
    /// Lets it stand still.
    pub pause: Option<Expr>,
    /// Lets it go on.
    pub resume: Option<Expr>,
}

impl CompiledAgreement {
    /// Compiles an agreement that was checked; a condition that cannot be compiled never holds.
    pub(in crate::config) fn new(agreement: Agreement, fields: &[FieldDefinition]) -> Self {
        let facts = Facts(fields);
        let targets = agreement.targets.iter().map(|target| CompiledTarget::new(target, facts)).collect();
        let when = agreement.when.as_ref().map(|when| compiled(when, facts));
        Self { agreement, targets, when }
    }

    /// The name under which requests keep it.
    #[must_use]
    pub fn reference(&self) -> AgreementRef {
        AgreementRef { code: self.agreement.code.clone(), revision: self.agreement.revision }
    }

    /// Finds a target.
    #[must_use]
    pub fn target(&self, code: &TargetCode) -> Option<&CompiledTarget> {
        self.targets.iter().find(|compiled| compiled.target.code == *code)
    }
}

impl CompiledTarget {
    fn new(target: &Target, facts: Facts<'_>) -> Self {
        let custom = match &target.kind {
            TargetKind::Custom(clock) => Some(CustomRules::new(clock, facts)),
            TargetKind::Classification
            | TargetKind::FirstResponse
            | TargetKind::NextResponse { .. }
            | TargetKind::PeriodicUpdate
            | TargetKind::Resolution { .. }
            | TargetKind::Team { .. }
            | TargetKind::Supplier { .. } => None,
        };
        let of_rule = |rule: &AmountRule| rule.when.as_ref().map(|when| compiled(when, facts));
        Self { target: target.clone(), custom, amounts: target.amounts.iter().map(of_rule).collect() }
    }

    /// The first rule of amounts that fits a request.
    #[must_use]
    pub fn amount(&self, priority: Priority, row: &dyn Row, env: &dyn Env) -> Option<&AmountRule> {
        let mut rules = self.target.amounts.iter().zip(&self.amounts);
        let fits = |rule: &AmountRule, when: &Option<Expr>| {
            (rule.priorities.is_empty() || rule.priorities.contains(&priority))
                && when.as_ref().is_none_or(|when| when.matches(row, env))
        };
        rules.find(|(rule, when)| fits(rule, when)).map(|(rule, _)| rule)
    }
}

impl CustomRules {
    fn new(clock: &CustomClock, facts: Facts<'_>) -> Self {
        let optional = |condition: &Option<Condition>| condition.as_ref().map(|when| compiled(when, facts));
        Self {
            start: compiled(&clock.start, facts),
            stop: compiled(&clock.stop, facts),
            reset: optional(&clock.reset),
            cancel: optional(&clock.cancel),
            pause: optional(&clock.pause),
            resume: optional(&clock.resume),
        }
    }
}

fn compiled(condition: &Condition, facts: Facts<'_>) -> Expr {
    condition.check(&facts).unwrap_or(Expr::Any(Vec::new()))
}
