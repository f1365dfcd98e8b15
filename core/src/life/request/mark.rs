use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fact;
use super::record::RequestId;
use crate::base::{Party, derived_id};
use crate::condition::ValueRef;
use crate::store::Key;

/// How far somebody has read a request. It is nobody's history, so no event tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMark {
    /// The request.
    pub request: RequestId,
    /// Who.
    pub party: Party,
    /// How many entries it had.
    pub seen: u32,
    /// How many public entries it had.
    pub seen_public: u32,
}

impl ReadMark {
    /// The key: somebody has one mark in a request.
    #[must_use]
    pub fn key(request: RequestId, party: Party) -> Key {
        READ_MARK.key(id(request, party))
    }
}

fn id(request: RequestId, party: Party) -> Uuid {
    derived_id(request.0, &format!("read by {party}"))
}

crate::record_kind! {
    /// Marks of how far people have read.
    pub static READ_MARK: ReadMark {
        name: "read_mark",
        schema: 1,
        mark: None,
        growing: true,
        id: |mark| id(mark.request, mark.party),
        facts: fact::decode,
        relations: &[],
        columns mark_column {
            request: Id => |mark| ValueRef::Id(mark.request.0),
            party_kind: Code => |mark| ValueRef::Code(mark.party.kind.code()),
            party: Id => |mark| ValueRef::Id(mark.party.id),
            seen: Int => |mark| ValueRef::Int(mark.seen.into()),
            seen_public: Int => |mark| ValueRef::Int(mark.seen_public.into()),
        }
        indexes {
            by_request: [request, party],
            by_party: [party, request],
        }
    }
}
