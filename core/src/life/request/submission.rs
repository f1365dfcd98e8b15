use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::attachment::{MediaType, UploadId};
use crate::base::{Party, Text, Timestamp};
use crate::condition::Value;
use crate::config::catalog::{CategoryCode, FieldCode, Level, LineCode, ServiceCode};
use crate::life::directory::UnitId;

/// Asks the center for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Submit {
    /// The service.
    pub service: ServiceCode,
    /// The subject, which may not be empty.
    pub subject: Text,
    /// The message; it may be empty.
    #[serde(default)]
    pub text: String,
    /// Who asks, when the actor submits for somebody else.
    #[serde(default)]
    pub requester: Option<Party>,
    /// Whom it concerns, when somebody else.
    #[serde(default)]
    pub recipient: Option<Party>,
    /// The customer unit; the requester's own when absent.
    #[serde(default)]
    pub unit: Option<UnitId>,
    /// The line; the service's own when absent. Only who may submit for others may name one.
    #[serde(default)]
    pub line: Option<LineCode>,
    /// The category.
    #[serde(default)]
    pub category: Option<CategoryCode>,
    /// The impact.
    #[serde(default)]
    pub impact: Option<Level>,
    /// The urgency.
    #[serde(default)]
    pub urgency: Option<Level>,
    /// When what it is about happened.
    #[serde(default)]
    pub occurred_at: Option<Timestamp>,
    /// Fields of the tenant's own. A requester fills in those that are public.
    #[serde(default)]
    pub fields: BTreeMap<FieldCode, Value>,
    /// Files that come with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<NewFile>,
}

impl Submit {
    /// Asks for a service, for oneself and with nothing but a subject.
    #[must_use]
    pub fn new(service: ServiceCode, subject: Text) -> Self {
        Self {
            service,
            subject,
            text: String::new(),
            requester: None,
            recipient: None,
            unit: None,
            line: None,
            category: None,
            impact: None,
            urgency: None,
            occurred_at: None,
            fields: BTreeMap::new(),
            files: Vec::new(),
        }
    }
}

/// A file to attach, whose bytes were uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewFile {
    /// The upload.
    pub upload: UploadId,
    /// What the file is called, without the folder that it lay in.
    pub name: Text,
    /// What it is.
    pub media_type: MediaType,
}
