use std::collections::BTreeMap;

use serde::Serialize;

use super::hold::HoldReason;
use super::promise::Promise;
use super::rating::Rating;
use super::record::{Request, RequestId};
use super::status::Status;
use crate::base::{Party, Text, Timestamp};
use crate::condition::Value;
use crate::config::catalog::{CheckedCatalog, FieldCode, Priority, ServiceCode};

/// What a requester sees of a request: nothing internal is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicRequest {
    /// Its id.
    pub id: RequestId,
    /// Its human number.
    pub number: String,
    /// The service.
    pub service: ServiceCode,
    /// The subject.
    pub subject: Text,
    /// Who asks.
    pub requester: Party,
    /// Whom it concerns, when somebody else.
    pub recipient: Option<Party>,
    /// The priority.
    pub priority: Priority,
    /// Where it stands.
    pub status: Status,
    /// Whether the center waits for the requester.
    pub awaits_requester: bool,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// When it will be done at the latest, as far as that is promised.
    pub promise: Option<Promise>,
    /// When it was resolved.
    pub resolved_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// How the requester rates the way it was served.
    pub rating: Option<Rating>,
    /// The tenant's own fields that requesters see.
    pub fields: BTreeMap<FieldCode, Value>,
}

impl PublicRequest {
    /// What a requester sees of a request now; the catalog says which fields are public.
    #[must_use]
    pub fn new(request: &Request, catalog: &CheckedCatalog, now: Timestamp) -> Self {
        let awaits_requester = request.hold.as_ref().is_some_and(|hold| hold.reason == HoldReason::Requester);
        Self {
            id: request.id,
            number: request.number.clone(),
            service: request.service.clone(),
            subject: request.subject.clone(),
            requester: request.requester,
            recipient: request.recipient,
            priority: request.priority,
            status: request.status,
            awaits_requester: awaits_requester || request.status == Status::Resolved,
            created_at: request.created_at,
            promise: request.promise(catalog, now),
            resolved_at: request.resolved_at,
            closed_at: request.closed_at,
            rating: request.rating,
            fields: catalog.public_values(request.fields.iter().map(|(code, value)| (code, &value.value))),
        }
    }
}
