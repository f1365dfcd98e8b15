use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fact;
use super::record::RequestId;
use crate::base::{Party, derived_id};
use crate::condition::{Row, Slot, ValueRef};
use crate::store::Stored;

/// That somebody has to do with a request (участие). Never changed, only written and deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Involvement {
    /// The request.
    pub request: RequestId,
    /// Who.
    pub party: Party,
    /// How.
    pub role: Role,
}

impl Involvement {
    /// The id: a party has each role in a request at most once.
    #[must_use]
    pub fn id(&self) -> Uuid {
        derived_id(self.request.0, &format!("{} {}", self.role.code(), self.party))
    }
}

/// How somebody has to do with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Asked for it (заявитель).
    Requester,
    /// It concerns them (получатель).
    Recipient,
    /// Was copied in and may write as well.
    Participant,
    /// Was copied in and may read.
    Viewer,
    /// Wants to be told (наблюдатель). Watching gives no right to see anything.
    Watcher,
}

impl Role {
    /// The role's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Requester => "requester",
            Self::Recipient => "recipient",
            Self::Participant => "participant",
            Self::Viewer => "viewer",
            Self::Watcher => "watcher",
        }
    }

    /// The roles of the catalog that are held by involvement, each with the involvements that give it.
    pub(crate) const GIVING: [(&'static str, &'static [Self]); 3] = [
        ("requester", &[Self::Requester, Self::Recipient]),
        ("participant", &[Self::Participant]),
        ("viewer", &[Self::Viewer]),
    ];
}

/// Somebody who was copied into a request (участник в копии).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopiedIn {
    /// Who.
    pub party: Party,
    /// What they may do.
    pub access: CopyAccess,
}

/// What somebody who was copied in may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyAccess {
    /// Read what a requester reads.
    View,
    /// Write as well.
    Update,
}

impl CopyAccess {
    /// The involvement that it makes.
    #[must_use]
    pub fn role(self) -> Role {
        match self {
            Self::View => Role::Viewer,
            Self::Update => Role::Participant,
        }
    }
}

pub(super) struct InvolvementRow<'a>(pub(super) &'a Involvement);

impl Row for InvolvementRow<'_> {
    fn value(&self, slot: Slot) -> ValueRef<'_> {
        Stored::value(self.0, slot)
    }
}

crate::record_kind! {
    /// Involvements.
    pub static INVOLVEMENT: Involvement {
        name: "involvement",
        schema: 1,
        mark: None,
        growing: true,
        id: Involvement::id,
        facts: fact::decode,
        relations: &[],
        columns involvement_column {
            request: Id => |row| ValueRef::Id(row.request.0),
            party_kind: Code => |row| ValueRef::Code(row.party.kind.code()),
            party: Id => |row| ValueRef::Id(row.party.id),
            role: Code => |row| ValueRef::Code(row.role.code()),
        }
        indexes {
            by_party: [party, request],
            by_request: [request],
        }
    }
}
