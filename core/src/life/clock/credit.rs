use serde::{Deserialize, Serialize};

use super::compliance::Compliance;
use crate::base::Decimal;
use crate::config::agreement::{Agreement, Credit, CreditAmount, CreditCause, TargetCode};

/// What a customer gets back for a period (штрафные кредиты).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credits {
    /// Each credit that is owed, in the order of the agreement.
    pub owed: Vec<CreditOwed>,
    /// What is given back together, at most the whole price.
    pub price: Decimal,
    /// The points together.
    pub points: u64,
}

/// A credit that is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditOwed {
    /// The credit.
    pub credit: Credit,
    /// How often: once below a share, and once for each that was missed.
    pub times: u64,
    /// What is given back of the price, rounded down to the last place.
    pub price: Decimal,
    /// The points.
    pub points: u64,
}

impl Compliance {
    /// Whether a least share was met; there is none to be met of nothing.
    #[must_use]
    pub fn keeps(self, minimum_bp: u16) -> bool {
        self.basis_points().is_none_or(|share| share >= u64::from(minimum_bp))
    }
}

impl Agreement {
    /// The credits of a period, by what was met of each target, and of all of them, and by the price of the period.
    #[must_use]
    pub fn credits_owed(&self, met: &dyn Fn(Option<&TargetCode>) -> Compliance, price: Decimal) -> Credits {
        let owed: Vec<CreditOwed> = self
            .credits
            .iter()
            .filter_map(|credit| self.owed(credit, met(credit.target.as_ref()), price))
            .collect();
        let given = owed.iter().fold(0_i64, |sum, owed| sum.saturating_add(owed.price.units()));
        let points = owed.iter().fold(0_u64, |sum, owed| sum.saturating_add(owed.points));
        Credits { owed, price: Decimal::from_units(given.min(price.units())), points }
    }

    fn owed(&self, credit: &Credit, met: Compliance, price: Decimal) -> Option<CreditOwed> {
        let times = match credit.on {
            CreditCause::Missed => met.missed,
            CreditCause::Below { share_bp } => {
                let lower = |other: &Credit| match other.on {
                    CreditCause::Below { share_bp: lower } => lower < share_bp && !met.keeps(lower),
                    CreditCause::Missed => false,
                };
                let rivals = self.credits.iter().filter(|other| other.target == credit.target);
                let deepest = !rivals.filter(|other| same_currency(credit, other)).any(lower);
                u64::from(deepest && !met.keeps(share_bp))
            }
        };
        let (share_bp, points) = match credit.gives {
            CreditAmount::Price { share_bp } => (share_bp, 0),
            CreditAmount::Points { points } => (0, u64::from(points)),
        };
        let given = i128::from(price.units()) * i128::from(share_bp) / WHOLE_BP * i128::from(times);
        let price = Decimal::from_units(i64::try_from(given.min(price.units().into())).unwrap_or(i64::MAX));
        let points = points.saturating_mul(times);
        (times > 0).then(|| CreditOwed { credit: credit.clone(), times, price, points })
    }
}

/// Whether two credits give back the same kind of thing: points do not take the place of a share of the price.
fn same_currency(one: &Credit, other: &Credit) -> bool {
    matches!(
        (one.gives, other.gives),
        (CreditAmount::Price { .. }, CreditAmount::Price { .. })
            | (CreditAmount::Points { .. }, CreditAmount::Points { .. })
    )
}

/// The whole in basis points.
const WHOLE_BP: i128 = 10_000;
