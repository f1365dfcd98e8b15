use serde::{Deserialize, Serialize};

use super::record::{Sharing, Side, ViewId};
use crate::base::Text;
use crate::condition::Condition;
use crate::store::Direction;

/// What a view is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewPlan {
    /// Its id.
    pub id: ViewId,
    /// Its name.
    pub name: Text,
    /// From which side it looks.
    pub side: Side,
    /// Who else may use it.
    #[serde(default)]
    pub sharing: Sharing,
    /// Which requests it shows.
    pub filter: Condition,
    /// The fields that it is sorted by, the first one first.
    #[serde(default)]
    pub sort: Vec<(String, Direction)>,
    /// The fields that it shows.
    pub columns: Vec<String>,
}

/// Asks for a change of a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ViewCommand {
    /// Keeps a view or changes it.
    Save {
        /// What it is to be.
        plan: Box<ViewPlan>,
    },
    /// Keeps it no longer.
    Delete,
}
