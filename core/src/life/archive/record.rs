use serde::{Deserialize, Serialize};

use crate::base::{Channel, Party, Text, Timestamp};
use crate::condition::ValueRef;
use crate::config::catalog::{LineCode, PriorityReason, RequestKind, ServiceCode};
use crate::life::directory::{EmployeeId, UnitId};
use crate::life::request::{CopiedIn, Request, RequestEvent, RequestId, Status, Submitted, blob_id};
use crate::store::BlobDigest;

/// What stays of a request that was archived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The request.
    pub request: RequestId,
    /// Its human number.
    pub number: String,
    /// What it was.
    pub kind: RequestKind,
    /// The service.
    pub service: ServiceCode,
    /// The customer unit.
    pub unit: Option<UnitId>,
    /// The line that had it last.
    pub line: LineCode,
    /// The operator who had it last.
    pub assignee: Option<EmployeeId>,
    /// How confidential it was.
    pub confidentiality: u8,
    /// Who asked for it.
    pub requester: Party,
    /// Whom it concerned, when somebody else.
    pub recipient: Option<Party>,
    /// Who was copied in.
    pub copied: Vec<CopiedIn>,
    /// Where it stood at its end.
    pub status: Status,
    /// By which channel it came.
    pub channel: Channel,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// When it was closed, cancelled or rejected.
    pub closed_at: Option<Timestamp>,
    /// When it was archived.
    pub archived_at: Timestamp,
    /// Under which digest its bundle lies in the blob store.
    pub bundle: BlobDigest,
    /// How many bytes the bundle has.
    pub bytes: u64,
    /// The bundle that this one replaces, until that is deleted.
    pub former: Option<BlobDigest>,
    /// Whether everything that belonged to the request was deleted.
    pub complete: bool,
}

impl Tombstone {
    /// What stays of a request whose bundle lies under a digest.
    #[must_use]
    pub fn of(request: &Request, (bundle, bytes): (BlobDigest, u64), at: Timestamp) -> Self {
        Self {
            request: request.id,
            number: request.number.clone(),
            kind: request.kind,
            service: request.service.clone(),
            unit: request.unit,
            line: request.line.clone(),
            assignee: request.assignee,
            confidentiality: request.confidentiality,
            requester: request.requester,
            recipient: request.recipient,
            copied: request.copied_in().collect(),
            status: request.status,
            channel: request.channel,
            created_at: request.created_at,
            closed_at: request.closed_at,
            archived_at: at,
            bundle,
            bytes,
            former: None,
            complete: false,
        }
    }

    /// The request as far as it is known without its bundle: what rights are asked of.
    #[must_use]
    pub fn outline(&self) -> Request {
        let facts = Submitted {
            id: self.request,
            number: self.number.clone(),
            kind: self.kind,
            service: self.service.clone(),
            confidentiality: self.confidentiality,
            subject: Text::default(),
            requester: self.requester,
            recipient: self.recipient,
            unit: self.unit,
            channel: self.channel,
            category: None,
            impact: None,
            urgency: None,
            priority: 0,
            priority_reason: PriorityReason::Unknown,
            line: self.line.clone(),
            occurred_at: None,
            series: None,
        };
        let mut request = Request::submitted(facts, self.created_at);
        (request.status, request.assignee, request.closed_at) = (self.status, self.assignee, self.closed_at);
        request.copied.clone_from(&self.copied);
        request
    }
}

/// An event about an archived request is about the request.
fn decode(body: &str, _: Option<&str>) -> Result<RequestEvent, serde_json::Error> {
    serde_json::from_str(body)
}

crate::record_kind! {
    /// What stays of archived requests.
    pub static TOMBSTONE: Tombstone {
        name: "tombstone",
        schema: 1,
        mark: None,
        growing: true,
        id: |tombstone| tombstone.request.0,
        facts: decode,
        relations: &[],
        columns tombstone_column {
            number: Code => |t| ValueRef::Code(&t.number),
            service: Code => |t| ValueRef::Code(t.service.as_str()),
            unit: Id in "unit" => |t| ValueRef::id(t.unit),
            line: Code => |t| ValueRef::Code(t.line.as_str()),
            requester: Id => |t| ValueRef::Id(t.requester.id),
            recipient: Id => |t| ValueRef::id(t.recipient.map(|party| party.id)),
            status: Code => |t| ValueRef::Code(t.status.code()),
            created_at: Instant => |t| ValueRef::Instant(t.created_at),
            closed_at: Instant => |t| ValueRef::instant(t.closed_at),
            archived_at: Instant => |t| ValueRef::Instant(t.archived_at),
            blob: Id => |t| ValueRef::Id(blob_id(t.bundle)),
            complete: Bool => |t| ValueRef::Bool(t.complete),
        }
        indexes {
            by_number: [number],
            by_blob: [blob],
            by_complete: [complete],
            by_requester: [requester],
        }
    }
}
