use std::collections::BTreeMap;

use serde::Serialize;

/// What a replay came to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Outcome {
    /// Rows read.
    pub events: usize,
    /// Incidents read.
    pub incidents: usize,
    /// Rows that were applied whole.
    pub rows_applied: usize,
    /// Rows that were left out, since the engine closes by itself.
    pub rows_skipped: usize,
    /// Rows that the life cycle refused, by reason.
    pub rows_refused: BTreeMap<String, usize>,
    /// How often engine and log agree.
    #[serde(rename = "match")]
    pub matches: Match,
    /// Commands done, refused ones among them.
    pub commands: usize,
    /// Wall time of the rows, in seconds.
    pub seconds: f64,
    /// The store.
    pub store: String,
    /// What the engine closed by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_closed: Option<AutoClosed>,
}

/// How often engine and log agree: `active` after every row, the rest after the last row of an incident.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Match {
    /// The priority.
    pub priority: Equal,
    /// How often it was reopened.
    pub reopen_count: Equal,
    /// How often its group changed.
    pub reassignment_count: Equal,
    /// When it was resolved, where the log has it.
    pub resolved_at: Equal,
    /// When it was closed, where the log has it.
    pub closed_at: Equal,
    /// Whether it is active.
    pub active: Equal,
    /// Whether it was closed in time.
    pub made_sla: Equal,
}

impl Match {
    /// The lines of the equality table.
    #[must_use]
    pub fn lines(&self) -> [(&'static str, Equal); 7] {
        [
            ("priority", self.priority),
            ("reopen_count", self.reopen_count),
            ("reassignment_count", self.reassignment_count),
            ("resolved_at", self.resolved_at),
            ("closed_at", self.closed_at),
            ("active", self.active),
            ("made_sla", self.made_sla),
        ]
    }
}

/// How many of some are equal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Equal {
    /// Equal ones.
    pub equal: usize,
    /// All.
    pub of: usize,
}

impl Equal {
    /// Counts one more.
    pub fn count(&mut self, equal: bool) {
        self.equal += usize::from(equal);
        self.of += 1;
    }
}

/// What the engine closed by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct AutoClosed {
    /// Incidents that it closed in the end.
    pub closed: usize,
    /// Those that the log closed in the same hour or up to an hour later.
    pub within_hour: usize,
    /// All incidents.
    pub of: usize,
}
