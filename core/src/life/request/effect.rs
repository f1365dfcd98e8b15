use serde::{Deserialize, Serialize};

use super::record::RequestId;
use crate::base::Party;

/// Something to be done outside, once the decision is durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effect {
    /// Tells somebody that something happened.
    Notify {
        /// Who is told.
        to: Party,
        /// The request.
        request: RequestId,
        /// Its human number.
        number: String,
        /// The name of the event.
        event: String,
    },
}
