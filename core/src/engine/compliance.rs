//! How many promises were kept: read from the requests, a page at a time.

use std::collections::BTreeMap;

use super::error::DeskError;
use super::requests::Requests;
use super::worlds::check_zone_data;
use crate::base::Timestamp;
use crate::base::limits::{COMPLIANCE_GROUPS_MAX, COMPLIANCE_REQUESTS_MAX, PAGE_ROWS_MAX};
use crate::condition::{Comparison, Condition};
use crate::config::agreement::{AgreementCode, TargetCode};
use crate::config::catalog::{Action, CheckedCatalog, LineCode, Priority, ServiceCode};
use crate::life::Refusal;
use crate::life::clock::{Clock, Compliance, Counted, Tally};
use crate::life::request::{Request, request_column};
use crate::store::{Direction, SortBy, StoreError};

/// Asks how many promises were kept (доля выполненных сроков).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComplianceQuery {
    /// From which instant on.
    pub from: Timestamp,
    /// Up to which instant, which does not belong to the period.
    pub to: Timestamp,
    /// Of which requests, among those that the actor may see as an operator.
    pub filter: Condition,
    /// What groups are told apart by; all together when empty.
    pub by: Vec<ComplianceBy>,
    /// What targets weigh by contract; 1 where nothing is said, and those of 0 are left out of what is weighted.
    pub weights: BTreeMap<TargetCode, u32>,
}

/// What promises are told apart by. Priority, service and line are those that the request has now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComplianceBy {
    /// The target.
    Target,
    /// The agreement.
    Agreement,
    /// The priority.
    Priority,
    /// The service.
    Service,
    /// The line.
    Line,
}

/// What the promises of a group have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComplianceGroup {
    /// The target.
    pub target: Option<TargetCode>,
    /// The agreement.
    pub agreement: Option<AgreementCode>,
    /// The priority.
    pub priority: Option<Priority>,
    /// The service.
    pub service: Option<ServiceCode>,
    /// The line.
    pub line: Option<LineCode>,
}

/// How many promises were kept in a period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ComplianceReport {
    /// Each group.
    pub groups: BTreeMap<ComplianceGroup, Tally>,
    /// Requests, each by all its obligatory targets.
    pub requests: Tally,
    /// Each agreement as a whole.
    pub agreements: BTreeMap<AgreementCode, AgreementCompliance>,
}

/// How an agreement was kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgreementCompliance {
    /// Its targets, each by itself.
    pub targets: BTreeMap<TargetCode, Tally>,
    /// What they reach together by weight, in basis points; `None` when nothing was decided.
    pub weighted_bp: Option<u64>,
    /// The least that is owed, in basis points.
    pub min_bp: Option<u16>,
}

impl AgreementCompliance {
    /// Whether what is owed was reached; `None` when nothing is owed, or nothing was decided.
    #[must_use]
    pub fn is_kept(&self) -> Option<bool> {
        Some(self.weighted_bp? >= u64::from(self.min_bp?))
    }
}

impl ComplianceQuery {
    /// Everything together, of every request.
    #[must_use]
    pub fn of(from: Timestamp, to: Timestamp) -> Self {
        let filter = Condition::All { of: Vec::new() };
        Self { from, to, filter, by: Vec::new(), weights: BTreeMap::new() }
    }

    fn group(&self, request: &Request, clock: &Clock) -> ComplianceGroup {
        let mut group = ComplianceGroup::default();
        for by in &self.by {
            match by {
                ComplianceBy::Target => group.target = Some(clock.target.clone()),
                ComplianceBy::Agreement => group.agreement = Some(clock.terms.agreement.code.clone()),
                ComplianceBy::Priority => group.priority = Some(request.priority),
                ComplianceBy::Service => group.service = Some(request.service.clone()),
                ComplianceBy::Line => group.line = Some(request.line.clone()),
            }
        }
        group
    }
}

impl Requests {
    /// How many promises were kept in a period, of the requests that the actor may see as an operator. What was met counts
    /// when it was met, what was missed when it was due. Requests that left for the archive are not among them.
    ///
    /// # Errors
    /// The problems of the filter, a period that ends before it begins, more requests or groups than one report has.
    pub async fn compliance(&self, asked: &ComplianceQuery) -> Result<ComplianceReport, DeskError> {
        if asked.to < asked.from {
            return Err(Refusal::invalid("to", "the period ends before it begins").into());
        }
        let world = self.0.desk.world(self.0.actor.tenant).await?;
        check_zone_data(&world)?;
        let mut query = self.query(&asked.touched(), Action::See, &world)?;
        query.sort = vec![SortBy::new(request_column::created_at, Direction::Ascending)];
        query.limit = PAGE_ROWS_MAX;
        let (mut report, mut read, now) = (ComplianceReport::default(), 0, self.0.desk.now());
        loop {
            let page = self.0.desk.store().query(query.clone()).await?;
            read += page.rows.len();
            StoreError::within("requests of a report", read, COMPLIANCE_REQUESTS_MAX)?;
            for row in page.rows.iter().filter_map(|row| row.record.as_ref()) {
                if let Some(request) = row.of::<Request>() {
                    report.add(asked, &request, (&world.catalog, now));
                }
            }
            StoreError::within("groups of a report", report.groups.len(), COMPLIANCE_GROUPS_MAX)?;
            match page.next {
                Some(cursor) => query.after = Some(cursor),
                None => break,
            }
        }
        report.conclude(asked, &world.catalog);
        Ok(report)
    }
}

impl ComplianceQuery {
    /// The requests in which something can have been decided in the period: after a request was settled nothing is, unless a
    /// clock goes on.
    fn touched(&self) -> Condition {
        let goes_on = Condition::any([
            Condition::eq("open", true),
            Condition::has("due_at"),
            Condition::compare("updated_at", Comparison::Ge, self.from.to_string()),
        ]);
        Condition::all([
            Condition::compare("created_at", Comparison::Lt, self.to.to_string()),
            Condition::has("agreement"),
            goes_on,
            self.filter.clone(),
        ])
    }
}

impl ComplianceReport {
    fn add(
        &mut self,
        asked: &ComplianceQuery,
        request: &Request,
        (catalog, now): (&CheckedCatalog, Timestamp),
    ) {
        let (from, to) = (asked.from, asked.to);
        let mut obligatory = Vec::new();
        for clock in &request.clocks {
            let counted = clock.counted(catalog, now);
            if is_obligatory(clock, catalog) {
                obligatory.extend(counted.iter().copied());
            }
            let of = self.agreements.entry(clock.terms.agreement.code.clone()).or_default();
            let of_target = of.targets.entry(clock.target.clone()).or_default();
            let of_group = self.groups.entry(asked.group(request, clock)).or_default();
            for row in counted {
                of_target.add(row, from, to);
                of_group.add(row, from, to);
            }
        }
        if let Some(one) = Counted::of_request(&obligatory) {
            self.requests.add(one, from, to);
        }
    }

    /// Weighs the targets of each agreement, and holds it against what is owed.
    fn conclude(&mut self, asked: &ComplianceQuery, catalog: &CheckedCatalog) {
        for (code, of) in &mut self.agreements {
            let weight = |target| asked.weights.get(target).copied().unwrap_or(1);
            let parts = of.targets.iter().map(|(target, tally)| (weight(target), tally.decided));
            of.weighted_bp = Compliance::weighted(parts);
            let in_force = catalog.agreements().find(|known| known.agreement.code == *code);
            of.min_bp = in_force.and_then(|known| known.agreement.compliance_min_bp);
        }
    }
}

fn is_obligatory(clock: &Clock, catalog: &CheckedCatalog) -> bool {
    let agreement = catalog.agreement(&clock.terms.agreement);
    let compiled = agreement.and_then(|agreement| agreement.target(&clock.target));
    compiled.is_some_and(|compiled| compiled.target.obligatory)
}
