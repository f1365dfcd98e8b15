use serde::{Deserialize, Serialize};

use super::command::ViewPlan;
use super::record::{Sharing, Side, ViewId};
use crate::base::Party;
use crate::store::Fact;

/// What happened to a view. Its name and its filter are the event's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ViewEvent {
    /// It was kept or changed.
    ViewSaved {
        /// The view.
        id: ViewId,
        /// Whose it is.
        owner: Party,
        /// From which side it looks.
        side: Side,
        /// Who else may use it.
        sharing: Sharing,
        /// What it is, unless that was erased.
        #[serde(skip)]
        plan: Option<Box<ViewPlan>>,
    },
    /// Its name and its filter were erased, or names in them.
    ViewErased {
        /// What is left: the event's content.
        #[serde(skip)]
        plan: Option<Box<ViewPlan>>,
    },
    /// It is kept no longer.
    ViewDeleted {
        /// The view.
        id: ViewId,
    },
}

impl Fact for ViewEvent {
    fn name(&self) -> &'static str {
        match self {
            Self::ViewSaved { .. } => "view_saved",
            Self::ViewErased { .. } => "view_erased",
            Self::ViewDeleted { .. } => "view_deleted",
        }
    }

    fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    fn content(&self) -> Result<Option<String>, serde_json::Error> {
        match self {
            Self::ViewSaved { plan, .. } | Self::ViewErased { plan } => {
                plan.as_ref().map(serde_json::to_string).transpose()
            }
            Self::ViewDeleted { .. } => Ok(None),
        }
    }
}

/// Reads an event back.
pub(super) fn decode(body: &str, content: Option<&str>) -> Result<ViewEvent, serde_json::Error> {
    let mut event = serde_json::from_str(body)?;
    if let (ViewEvent::ViewSaved { plan, .. } | ViewEvent::ViewErased { plan }, Some(content)) =
        (&mut event, content)
    {
        *plan = serde_json::from_str(content)?;
    }
    Ok(event)
}
