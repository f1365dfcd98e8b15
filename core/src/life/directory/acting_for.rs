//! Who may act for whom at a moment: chains of delegations.

use std::sync::Arc;

use super::record::EmployeeId;
use super::snapshot::Directory;
use super::standing_in::Delegation;
use crate::base::limits::DELEGATION_CHAIN_MAX;
use crate::base::{Party, PartyKind, Timestamp};

/// Delegations that lead from a principal to whoever may act for them, the principal's own one first.
pub type Chain = Vec<Arc<Delegation>>;

impl Directory {
    /// Whether an employee is away.
    #[must_use]
    pub fn is_absent(&self, employee: EmployeeId, now: Timestamp) -> bool {
        self.absences(employee).any(|absence| absence.holds_at(now))
    }

    /// Every way by which one employee may act for another now; none when either left.
    ///
    /// A delegate who is away passes the right on to those who stand in for them, up to
    /// [`DELEGATION_CHAIN_MAX`] links.
    #[must_use]
    pub fn chains(&self, principal: EmployeeId, delegate: EmployeeId, now: Timestamp) -> Vec<Chain> {
        if !self.is_active(principal.into()) || !self.is_active(delegate.into()) {
            return Vec::new();
        }
        let ends_there = |chain: &Chain| chain.last().is_some_and(|link| link.delegate == delegate);
        self.chains_from(principal, now).into_iter().filter(ends_there).collect()
    }

    /// Who may act for an employee now and is not away: the substitutes while the employee is.
    #[must_use]
    pub fn delegates(&self, principal: EmployeeId, now: Timestamp) -> Vec<EmployeeId> {
        let chains = self.chains_from(principal, now);
        let mut found: Vec<_> =
            chains.iter().filter_map(|chain| chain.last()).map(|link| link.delegate).collect();
        found.retain(|delegate| self.is_active((*delegate).into()) && !self.is_absent(*delegate, now));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The employees for whom an employee may act now.
    #[must_use]
    pub fn principals(&self, delegate: EmployeeId, now: Timestamp) -> Vec<EmployeeId> {
        let mut found: Vec<_> = self.delegations().map(|delegation| delegation.principal).collect();
        found.dedup();
        found.retain(|principal| !self.chains(*principal, delegate, now).is_empty());
        found
    }

    /// Who is told what a party is told: who stands for it and, while an employee is away, the substitutes.
    #[must_use]
    pub fn told(&self, party: Party, now: Timestamp) -> Vec<Party> {
        let mut told = vec![self.standing_for(party)];
        let employee = EmployeeId(party.id);
        if party.kind == PartyKind::Employee && self.is_absent(employee, now) {
            told.extend(self.delegates(employee, now).into_iter().map(Party::from));
        }
        told
    }

    /// Whether a delegation that is not in the directory yet would close a circle at some moment of its period.
    ///
    /// The circle of a moment is there as well at the latest beginning among its links, so only beginnings are tried.
    pub(super) fn closes_circle(&self, new: &Delegation) -> bool {
        let others = || self.delegations().filter(|other| other.id != new.id);
        let beginnings = others().map(|other| other.from).chain([new.from]);
        beginnings.filter(|at| new.holds_at(*at)).any(|at| {
            let mut reached = vec![new.delegate];
            let mut next = 0;
            while let Some(principal) = reached.get(next).copied() {
                let links =
                    self.delegations_of(principal).filter(|link| link.id != new.id && link.holds_at(at));
                for link in links {
                    if !reached.contains(&link.delegate) {
                        reached.push(link.delegate);
                    }
                }
                next += 1;
            }
            reached.contains(&new.principal)
        })
    }

    /// The chains of every length that begin with a principal. Those saved form no circle, so none comes back.
    fn chains_from(&self, principal: EmployeeId, now: Timestamp) -> Vec<Chain> {
        let mut chains: Vec<Chain> = self.links(principal, now).map(|link| vec![link.clone()]).collect();
        let mut next = 0;
        while let Some(chain) = chains.get(next).cloned() {
            next += 1;
            let Some(last) = chain.last().map(|link| link.delegate) else { continue };
            if chain.len() < DELEGATION_CHAIN_MAX && self.is_absent(last, now) && self.is_active(last.into())
            {
                chains.extend(self.links(last, now).map(|link| {
                    let mut longer = chain.clone();
                    longer.push(link.clone());
                    longer
                }));
            }
        }
        chains
    }

    fn links(&self, principal: EmployeeId, now: Timestamp) -> impl Iterator<Item = &Arc<Delegation>> {
        let absent = self.is_absent(principal, now);
        self.delegations_of(principal)
            .filter(move |link| link.holds_at(now) && (absent || !link.only_while_absent))
    }
}
