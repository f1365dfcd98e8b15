use super::error::StoreError;
use super::query::Page;
use crate::base::Timestamp;
use crate::base::limits::{GROUP_EDGES_MAX, GROUPS_MAX};
use crate::condition::{Place, Value};

/// How rows are counted in groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupBy {
    /// By the value at a place. A row without one is counted under [`Value::Absent`], a row with several under the
    /// least, so that each is counted once. Texts of one key are one group, shown as the least of them is written.
    Value(Place),
    /// By the bucket of time that the instant at a place falls into; a row outside of all is not counted.
    Time {
        /// Where the instant stands.
        place: Place,
        /// The edges of the buckets.
        edges: Edges,
    },
}

/// Edges of buckets of time: each bucket begins at one edge and ends before the next. They rise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edges(Vec<Timestamp>);

impl GroupBy {
    /// The place of the value that rows are grouped by.
    #[must_use]
    pub fn place(&self) -> &Place {
        match self {
            Self::Value(place) | Self::Time { place, .. } => place,
        }
    }

    pub(super) fn within_limits(&self) -> Result<(), StoreError> {
        match self {
            Self::Value(_) => Ok(()),
            Self::Time { edges, .. } => {
                StoreError::within("edges of buckets", edges.0.len(), GROUP_EDGES_MAX)
            }
        }
    }
}

impl Edges {
    /// Puts edges in order, each once.
    #[must_use]
    pub fn new(edges: impl IntoIterator<Item = Timestamp>) -> Self {
        let mut edges: Vec<_> = edges.into_iter().collect();
        edges.sort_unstable();
        edges.dedup();
        Self(edges)
    }

    /// The edges, in order.
    #[must_use]
    pub fn instants(&self) -> &[Timestamp] {
        &self.0
    }

    /// The number of buckets.
    #[must_use]
    pub fn buckets(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// The number of the bucket that an instant falls into, from 0.
    #[must_use]
    pub fn bucket(&self, at: Timestamp) -> Option<usize> {
        let begun = self.0.partition_point(|edge| *edge <= at);
        begun.checked_sub(1).filter(|bucket| *bucket < self.buckets())
    }
}

impl Page {
    /// The page of the counts of values, each with how many rows have it, in order.
    ///
    /// # Errors
    /// [`StoreError::Limit`] when there are more than [`GROUPS_MAX`] groups.
    pub fn of_values(groups: Vec<(Value, u64)>) -> Result<Self, StoreError> {
        StoreError::within("groups of a query", groups.len(), GROUPS_MAX)?;
        Ok(Self { groups, ..Self::default() })
    }

    /// The page of the counts of buckets: those without a row are there as well.
    #[must_use]
    pub fn of_buckets(edges: &Edges, counts: impl IntoIterator<Item = (usize, u64)>) -> Self {
        let mut all = vec![0; edges.buckets()];
        for (bucket, count) in counts {
            if let Some(place) = all.get_mut(bucket) {
                *place += count;
            }
        }
        let begun = edges.0.iter().copied().map(Value::Instant);
        Self { groups: begun.zip(all).collect(), ..Self::default() }
    }
}
