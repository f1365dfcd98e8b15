//! An auditor that knows nothing of how a store was filled: it reads the journal, the records and the queues of a tenant as
//! they stand, and says which law of the design does not hold.
//!
//! [`Holdings::read`] takes everything out of a store that nobody writes to meanwhile; [`Holdings::audit`] is pure, so that
//! each check is proven by a fault that a test plants in sound holdings.

mod clocks;
mod fold;
mod forgotten;
mod holdings;
mod jobs;
mod journal;
mod messages;
mod records;
#[cfg(test)]
mod tests;
mod ties;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use okno::life::request::Effect;
use okno::store::{Receipt, Store};
use okno::{CommandId, TenantId, Timestamp};
use uuid::Uuid;

pub use holdings::{Holdings, Item};

/// A law that a store can be held against from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Law {
    /// Journal positions have no gap, and a batch stands there whole.
    Journal,
    /// A record is the fold of its events, and so are the rows that follow from it (law 1).
    Fold,
    /// Columns say what the record says, versions count its changes.
    Records,
    /// What one request says of another, the other says as well.
    Ties,
    /// A human number and a claimed value have one owner.
    Unique,
    /// Tenants never meet (law 2).
    Tenants,
    /// No open request without a next owner or a next wake-up (law 5).
    Next,
    /// A timer takes effect once, and not before it is due (law 6).
    Timers,
    /// What a clock shows follows from what it did, and nothing that it reaches is noted twice or never (law 7).
    Clocks,
    /// What was archived or erased is gone, and a tombstone stays.
    Forgotten,
    /// What was acknowledged is there (law 8).
    Durable,
    /// A command is done once, a refused one not at all (law 10).
    Once,
    /// Bulk work did what its verdicts say, on every request.
    Jobs,
    /// Nobody is told of what did not happen; who is to be told is told, or the message waits.
    Messages,
}

/// A law that does not hold, and what shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The law.
    pub law: Law,
    /// What shows it.
    pub what: String,
}

impl Breach {
    fn of(law: Law, what: impl fmt::Display) -> Self {
        Self { law, what: what.to_string() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.law, self.what)
    }
}

/// What those who used a store know of it.
#[derive(Debug, Clone, Default)]
pub struct Witness {
    /// The commands that were acknowledged, with what they were answered.
    pub acknowledged: BTreeMap<CommandId, Receipt>,
    /// The commands that were refused for good.
    pub refused: BTreeSet<CommandId>,
    /// What was carried out, under which key, each time that it was.
    pub delivered: Vec<(Uuid, Effect)>,
    /// The instant by which everything that came due was done.
    pub settled: Option<Timestamp>,
}

/// Reads everything that a store holds of a tenant and audits it.
///
/// # Panics
/// When the store cannot be read.
pub async fn audit(store: &dyn Store, tenant: TenantId, witness: &Witness) -> Vec<Breach> {
    Holdings::read(store, tenant, witness).await.audit(witness)
}

/// Audits a tenant, and fails with everything that was found.
///
/// # Panics
/// When a law does not hold.
pub async fn assert_sound(store: &dyn Store, tenant: TenantId, witness: &Witness) {
    let breaches = audit(store, tenant, witness).await;
    assert!(breaches.is_empty(), "{}", told(&breaches));
}

/// The breaches, one a line; of many the first.
#[must_use]
pub fn told(breaches: &[Breach]) -> String {
    let lines: Vec<String> = breaches.iter().take(TOLD_MAX).map(Breach::to_string).collect();
    format!("{} breaches:\n{}", breaches.len(), lines.join("\n"))
}

const TOLD_MAX: usize = 20;

impl Holdings {
    /// Holds everything against the laws.
    #[must_use]
    pub fn audit(&self, witness: &Witness) -> Vec<Breach> {
        let mut breaches = self.audit_journal();
        breaches.extend(self.audit_commands(witness));
        breaches.extend(self.audit_records());
        breaches.extend(self.audit_unique());
        let (lives, found) = self.fold();
        breaches.extend(found);
        breaches.extend(self.audit_parts(&lives));
        breaches.extend(self.audit_ties(&lives));
        breaches.extend(self.audit_work(&lives, witness));
        breaches.extend(self.audit_clocks(&lives, witness));
        breaches.extend(self.audit_forgotten(&lives, witness));
        breaches.extend(self.audit_messages(&lives, witness));
        breaches.extend(self.audit_jobs(witness));
        breaches
    }

    /// Holds two tenants of one store against each other.
    #[must_use]
    pub fn audit_apart(&self, other: &Self) -> Vec<Breach> {
        let grown = |holdings: &Self| -> BTreeSet<_> {
            holdings.records.keys().filter(|key| key.kind.growing).copied().collect()
        };
        let both = grown(self);
        let shared = grown(other).into_iter().filter(|key| both.contains(key));
        shared.map(|key| Breach::of(Law::Tenants, format!("`{key}` belongs to two tenants"))).collect()
    }
}
