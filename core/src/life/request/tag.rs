use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fact;
use super::record::RequestId;
use crate::base::derived_id;
use crate::condition::{Row, Slot, ValueRef};
use crate::config::catalog::TagCode;
use crate::store::Stored;

/// That a request has a tag. Never changed, only written and deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tagging {
    /// The request.
    pub request: RequestId,
    /// The tag.
    pub tag: TagCode,
}

impl Tagging {
    /// The id: a request has a tag at most once.
    #[must_use]
    pub fn id(&self) -> Uuid {
        derived_id(self.request.0, &format!("tag {}", self.tag))
    }
}

pub(super) struct TaggingRow<'a>(pub(super) &'a Tagging);

impl Row for TaggingRow<'_> {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        Stored::value(self.0, slot)
    }
}

crate::record_kind! {
    /// Tags of requests.
    pub static TAG: Tagging {
        name: "tag",
        schema: 1,
        mark: None,
        growing: true,
        id: Tagging::id,
        facts: fact::decode,
        relations: &[],
        columns tag_column {
            request: Id => |row| ValueRef::Id(row.request.0),
            tag: Code => |row| ValueRef::Code(row.tag.as_str()),
        }
        indexes {
            by_tag: [tag, request],
            by_request: [request],
        }
    }
}
