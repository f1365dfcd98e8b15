use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::{TenantId, derived_id};
use crate::condition::ValueRef;
use crate::life::directory::DirectoryEvent;
use crate::store::Key;

/// Where the human numbers of a prefix stand: a node takes a block of them at once, so numbers may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberBlock {
    /// The record's id, which follows from tenant and prefix.
    pub id: Uuid,
    /// What the numbers begin with.
    pub prefix: String,
    /// The first number that no node took.
    pub next: u64,
}

impl NumberBlock {
    /// The key of a prefix.
    #[must_use]
    pub fn key(tenant: TenantId, prefix: &str) -> Key {
        NUMBER_BLOCK.key(derived_id(tenant.0, &format!("numbers {prefix}")))
    }
}

crate::record_kind! {
    /// Human numbers.
    pub static NUMBER_BLOCK: NumberBlock {
        name: "number_block",
        schema: 1,
        mark: None,
        growing: false,
        id: |block| block.id,
        // No event is about a block of numbers.
        facts: |body: &str, _: Option<&str>| serde_json::from_str::<DirectoryEvent>(body),
        relations: &[],
        columns number_column {
            prefix: Code => |block| ValueRef::Code(&block.prefix),
            next: Int => |block| ValueRef::Int(i64::try_from(block.next).unwrap_or(i64::MAX)),
        }
        indexes {}
    }
}
