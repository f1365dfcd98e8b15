use serde::{Deserialize, Serialize};

/// A level of impact or urgency: 1 is the highest.
pub type Level = u8;

/// A priority: 1 is worked on first.
pub type Priority = u8;

/// Priority by impact and urgency (матрица приоритетов).
///
/// Rows are impacts from 1, columns urgencies from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriorityMatrix {
    /// The cells: `cells[impact - 1][urgency - 1]`.
    pub cells: Vec<Vec<Priority>>,
    /// The priority of a request whose impact or urgency nobody gave.
    pub unknown: Priority,
}

impl Default for PriorityMatrix {
    /// Three levels each, 1 for both highest and 5 for both lowest: the sum of the levels less one.
    fn default() -> Self {
        Self {
            cells: (0..3).map(|impact| (1..=3).map(|urgency| impact + urgency).collect()).collect(),
            unknown: 4,
        }
    }
}

impl PriorityMatrix {
    /// The priority of a request and the reason for it.
    #[must_use]
    pub fn priority(&self, impact: Option<Level>, urgency: Option<Level>) -> (Priority, PriorityReason) {
        if let (Some(impact), Some(urgency)) = (impact, urgency)
            && let Some(priority) = self.cell(impact, urgency)
        {
            return (priority, PriorityReason::Matrix { impact, urgency });
        }
        (self.unknown, PriorityReason::Unknown)
    }

    /// The cell of an impact and an urgency, when the matrix has it.
    #[must_use]
    pub fn cell(&self, impact: Level, urgency: Level) -> Option<Priority> {
        let row = self.cells.get(usize::from(impact).checked_sub(1)?)?;
        row.get(usize::from(urgency).checked_sub(1)?).copied()
    }
}

/// Why a request has its priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PriorityReason {
    /// The matrix has it in this cell.
    Matrix {
        /// The impact.
        impact: Level,
        /// The urgency.
        urgency: Level,
    },
    /// Impact or urgency is not known.
    Unknown,
    /// An escalation raised it.
    Raised {
        /// What it was before.
        from: Priority,
    },
}
