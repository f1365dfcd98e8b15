use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::fields::FieldValue;
use super::record::Request;
use crate::base::Text;
use crate::config::catalog::FieldCode;

/// What an erasure leaves of the personal values of a request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The subject.
    pub subject: Text,
    /// Why each thing that was put aside was put aside.
    pub reasons: Vec<String>,
    /// The private fields of the tenant's own.
    pub fields: BTreeMap<FieldCode, FieldValue>,
}

impl Left {
    /// What there is of personal values now.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let private = request.fields.iter().filter(|(_, value)| value.private);
        Self {
            subject: request.subject.clone(),
            reasons: request.stuck.iter().map(|stuck| stuck.reason.clone()).collect(),
            fields: private.map(|(code, value)| (code.clone(), value.clone())).collect(),
        }
    }
}

impl fmt::Debug for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Left { .. }")
    }
}

impl Request {
    /// Keeps of the personal values only what is left.
    pub(super) fn leave(&mut self, left: Option<&Left>) {
        self.subject = left.map(|left| left.subject.clone()).unwrap_or_default();
        for (n, stuck) in self.stuck.iter_mut().enumerate() {
            stuck.reason = left.and_then(|left| left.reasons.get(n).cloned()).unwrap_or_default();
        }
        self.fields.retain(|_, value| !value.private);
        self.fields.extend(left.into_iter().flat_map(|left| left.fields.clone()));
    }
}
